"""A corpus run: every disclosure of a folder read, checked and written, on one machine or many."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budgetkit.corpus.documents import Folder, find_documents
from budgetkit.corpus.processes import Limits, Reply, close_processes, run_watched
from budgetkit.corpus.progress import Progress
from budgetkit.corpus.publish import (
    check_output,
    clear_leftovers,
    finish_earlier,
    is_published,
    manifest_of,
    publish,
)
from budgetkit.corpus.store import OutputError, Store, shown, why
from budgetkit.corpus.tasks import (
    DONE,
    MERGE,
    READ,
    Merge,
    Result,
    Task,
    done_folder,
    earlier_result,
    toolkit,
    write_failure,
)
from budgetkit.errors import SourceError

__all__ = ["Run", "write_corpus"]

_LOCK = ".lock"
_PART_SECONDS, _PART_MEMORY = 1800.0, 4000
_AHEAD = 4
"""Tasks handed out for each that is worked on: enough that nobody waits, few enough to forget."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to: a result for every document in the order of their keys, how many were
    read by this run, and in how many seconds."""

    results: tuple[Result, ...]
    fresh: int
    seconds: float

    @property
    def failed(self) -> list[Result]:
        """The documents that could not be used."""
        return [result for result in self.results if result.status == "failed"]

    @property
    def inconsistent(self) -> bool:
        """Whether a document contradicts itself."""
        return any(result.status == "inconsistent" for result in self.results)


def write_corpus(
    folder: str | Path,
    out: str | Path,
    *,
    workers: int | None = None,
    scheduler: str = "",
    limits: Limits | None = None,
    together: bool = False,
    clean: bool = True,
    reports: bool = False,
    again: bool = False,
    quiet: bool = False,
    progress: Callable[[str], object] = print,
    work: str = READ,
) -> Run:
    """Reads and checks every disclosure of a folder tree or list, and writes all of it to `out`.

    `out` then holds a Parquet data set for each of documents, numbers, claims, projects,
    standards, targets, totals, checks, findings and problems; summary.csv, findings.csv and
    index.html for people; left-aside.txt with the names of files that are no documents; with
    `clean` the clean data and check.json of each document in a folder of its key, with `reports`
    its report in reports/. `folder` and `out` are local paths or addresses that fsspec knows. The
    work is done by `workers` processes on this machine (one a processor), or by the workers of the
    Dask cluster at `scheduler`, which must reach both addresses.

    A document that cannot be used, kills its process or breaks a limit is a row of `documents`
    with the reason, and the others go on. What an earlier run with the same toolkit made from the
    same files is taken over, unless `again`; so a run that was stopped goes on with the same
    call. Data sets are put in place when all documents are done. Raises SourceError where there
    are no documents, the cluster cannot be used or `out` cannot be written.
    """
    start = time.monotonic()
    found = find_documents(
        folder, together=together, without=out, progress=_counting(progress, quiet)
    )
    joined = [document.name for document in found.documents if document.guessed]
    _tell_aside(found, joined, progress)
    store = Store(out)
    crew = _Crew(workers, scheduler, limits or Limits())
    crew.find_cluster()
    store.create()
    # The crew ends first: what it was just writing is cleared when nobody writes any more.
    with store.locked(_LOCK), _cleared(store), crew:
        check_output(store)
        finish_earlier(store)
        store.make_folder(DONE)
        tasks = [
            Task(document, store.address, toolkit(), clean, reports) for document in found.documents
        ]
        known = {} if again else _earlier(store, tasks)
        waiting = [task for task in tasks if task.document.key not in known]
        if known:
            progress(f"{len(known)} of {len(tasks)} documents stand from an earlier run")
        results = {**known, **_read_all(crew, store, waiting, work, progress, quiet)}
        ordered = [results[key] for key in sorted(results)]
        manifest = manifest_of(found.address, toolkit(), ordered, found.others)
        if not is_published(store, manifest):
            publish(store, manifest, ordered, found.others, crew.merge)
    return Run(tuple(ordered), len(waiting), time.monotonic() - start)


@contextlib.contextmanager
def _cleared(store: Store) -> Iterator[None]:
    """Where a run is stopped or fails, what it was just writing is removed: a full disk needs it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OutputError):  # what was wrong is told already
            clear_leftovers(store)
        raise


def _counting(say: Callable[[str], object], quiet: bool) -> Callable[[int, int], None]:
    """Tells now and then how many documents have been looked at, where there are many."""
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if not quiet and time.monotonic() - last > 5:
            last = time.monotonic()
            say(f"looked at {done} of {total} documents")

    return tell


def _tell_aside(found: Folder, joined: Sequence[str], progress: Callable[[str], object]) -> None:
    if found.others:
        progress(f"not documents, left aside: {_some(found.others, '; all in left-aside.txt')}")
    if found.outputs:
        folders = [name or "the folder itself" for name in found.outputs]
        progress(f"written by budgetkit, passed over what it wrote in: {_some(folders)}")
    if found.apart:
        progress(
            f"each file is a disclosure of its own in: {_some(found.apart)}; where the files of a folder "
            "are one, put an origin card there (budgetkit add) or say --together"
        )
    if joined:
        progress(
            f"the files are one disclosure in: {_some(joined)}; where they are not, name "
            "each by itself in a list, as an index.csv with a column `file` in the folder of all"
        )


def _some(names: Sequence[str], rest: str = "", most: int = 10) -> str:
    more = f" and {len(names) - most} more{rest}" if len(names) > most else ""
    return ", ".join(shown(name) for name in names[:most]) + more


def _earlier(store: Store, tasks: Sequence[Task]) -> dict[str, Result]:
    """What is done and unchanged, by key."""
    with ThreadPoolExecutor(4, "earlier") as pool:
        found = pool.map(lambda task: earlier_result(store, task), tasks)
        return {result.key: result for result in found if result is not None}


def _read_all(
    crew: _Crew,
    store: Store,
    tasks: Sequence[Task],
    work: str,
    progress: Callable[[str], object],
    quiet: bool,
) -> dict[str, Result]:
    """Every task's result by key. The largest come first, lest one of them ends alone."""
    for folder in sorted({done_folder(task.document.key) for task in tasks}):
        store.make_folder(folder)
    told = Progress(len(tasks), progress, quiet)
    results: dict[str, Result] = {}
    ordered = sorted(tasks, key=lambda task: (-task.document.size, task.document.key))
    for task, reply in crew.run(work, ordered):
        result = reply.result
        if not isinstance(result, Result):
            result = write_failure(task, reply.reason, reply.blame, reply.trace)
        results[result.key] = result
        told.tell(result)
    return results


class _Crew:
    """Those who do the tasks: threads here, each with a process of its own, or a Dask cluster.

    Both are an Executor, and the same function runs in both. Threads
    are started when the first task comes.
    """

    def __init__(self, workers: int | None, scheduler: str, limits: Limits) -> None:
        self._workers = workers or _processors()
        self._scheduler, self._limits = scheduler, limits
        self._client: Any = None
        self._executor: Executor | None = None
        self._at_work: dict[Future[Reply], Any] = {}

    def find_cluster(self) -> None:
        """Connects to the cluster, where there is to be one. Raises SourceError where it cannot."""
        if self._scheduler:
            self._assembled()

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._client is not None:
            with contextlib.suppress(Exception):  # the cluster may be what failed
                self._executor.shutdown(wait=False)  # type: ignore[union-attr]
            with contextlib.suppress(Exception):
                self._client.close(timeout=5)
        elif self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            close_processes()
            while not all(future.done() for future in self._at_work):
                close_processes()  # one may just have been started
                time.sleep(0.02)
            self._executor.shutdown(wait=True)

    def run(
        self, work: str, tasks: Sequence[Any], limits: Limits | None = None
    ) -> Iterator[tuple[Any, Reply]]:
        """Every task with its reply, in the order in which they end.

        Raises OutputError where the output cannot be written, SourceError where the cluster is
        lost; what was finished before then is kept for the next run.
        """
        if not tasks:
            return
        executor = self._assembled()
        rest = iter(tasks)
        at_work = self._at_work = {}
        while True:
            for task in rest:
                at_work[self._submit(executor, work, task, limits)] = task
                if len(at_work) >= self._workers * _AHEAD:
                    break
            if not at_work:
                return
            done, _ = wait(at_work, return_when=FIRST_COMPLETED)
            for future in done:
                task = at_work.pop(future)
                reply = self._reply(future)
                if reply.blame == "output":
                    raise OutputError(reply.reason)
                yield task, reply

    def merge(self, merges: Sequence[Merge]) -> None:
        """Writes parts of data sets, which no limit of a document ends."""
        limits = Limits(
            max(_PART_SECONDS, self._limits.seconds), max(_PART_MEMORY, self._limits.megabytes)
        )
        for merge, reply in self.run(MERGE, merges, limits):
            if reply.blame:
                raise OutputError(
                    f"{merge.out}: the data set {merge.data_set} was not written "
                    f"({reply.reason}); run the same command again"
                )

    def _submit(
        self, executor: Executor, work: str, task: Any, limits: Limits | None
    ) -> Future[Reply]:
        try:
            return executor.submit(run_watched, work, task, limits or self._limits)
        except Exception as error:
            if not self._scheduler:
                raise
            raise self._lost() from error

    def _reply(self, future: Future[Reply]) -> Reply:
        try:
            return future.result()
        except (CancelledError, OSError) as error:
            if not self._scheduler:
                raise
            raise self._lost() from error
        except Exception as error:  # whatever a cluster fails with: there is no reply
            if not self._scheduler:
                raise
            if type(error).__name__ == "KilledWorker":
                return Reply(blame="death", reason="the workers that read it died")
            raise SourceError(
                f"{self._scheduler}: a worker cannot work ({type(error).__name__}: {why(error)}); "
                "install this version of budgetkit on it"
            ) from error

    def _lost(self) -> SourceError:
        return SourceError(
            f"{self._scheduler}: the connection to the cluster was lost; start it again and "
            "run the same command, which goes on where it was"
        )

    def _assembled(self) -> Executor:
        if self._executor is None:
            if self._scheduler:
                self._client = _connect(self._scheduler)
                self._workers = max(1, sum(self._client.ncores().values()))
                self._executor = self._client.get_executor(pure=False)
            else:
                self._executor = ThreadPoolExecutor(self._workers, "corpus")
        return self._executor


def _connect(address: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise SourceError(
            "--scheduler needs the package distributed; install budgetkit[cluster]"
        ) from error
    try:
        # A client that cannot be made out of its address leaves a traceback when it goes.
        addresses: Any = distributed.comm  # published without types
        addresses.resolve_address(address)
        make: Any = distributed.Client  # published without types
        client = make(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SourceError(
            f"{address}: there is no Dask scheduler ({' '.join(str(error).split())}); start one with "
            "`dask scheduler`, and workers with `dask worker ADDRESS`"
        ) from error
    if not client.ncores():
        client.close()
        raise SourceError(
            f"{address}: the scheduler has no workers; start some with `dask worker {address}`"
        )
    return client


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
