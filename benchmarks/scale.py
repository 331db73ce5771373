"""How does a corpus run scale with workers, on a cluster, and with the number of documents?

    python benchmarks/scale.py FOLDER [--repeats 3] [--documents 60] [--copies 10] [--side]
        [--cases 20000] [--kills 50] [--only PART] [--record docs/scale.md]

FOLDER holds disclosures. All runs are of the command itself (`budgetkit corpus`, without clean
data), from its start to its end, each into an empty folder, in turns, as often as --repeats says.
Seconds are medians; ratios are medians of the turns' own ratios; memory is the most in any turn.
Every line is printed when it is measured; --record puts them between the marks of a page that is
written by hand. Parts (--only, several of them; all by default):

- workers: one process against two. A reading process takes one processor: Java and Python take
  turns in it. `check` on one document lets them work side by side; with --side there is a
  run of one process that does, so that nobody takes the ratio for more than it is.
- cluster: a Dask scheduler and two workers of one thread on this machine, started anew for every
  run, their start not counted, against the pool of two processes, whose start is.
- growth: copies of the first --documents of the folder, under other names and so with other keys,
  against these documents; then, on what has just been read, the same command with nothing to do;
  last with one document taken away.
- fuzz, kills: what benchmarks/fuzz.py and benchmarks/faults.py come to.

Memory is what a process was seen to hold (resident set, ten looks a second): the main process,
which hands out the work, in the growth runs and when there is nothing to do; in all parts the
largest reading process, in which Java runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import psutil
import pyarrow.parquet as pq
from corpus import record_page
from speed import machine_lines

from budgetkit.corpus import find_documents

PARTS = ("workers", "cluster", "growth", "fuzz", "kills")
_LOOK = 0.1
_SEARCH = 30
"""A search for processes every so many looks: it takes the processor from those who work."""
_SIDE = {"BUDGETKIT_SIDE_BY_SIDE": "1"}
_READS = "budgetkit.corpus.processes"


@dataclass(frozen=True)
class Taken:
    """What one run took: seconds, and megabytes of the main process and of the largest worker."""

    seconds: float
    main: float
    worker: float


def run_corpus(
    folder: Path,
    out: Path,
    *options: str,
    environment: dict[str, str] | None = None,
    workers: int | None = None,
) -> Taken:
    """Runs the command and watches it, and the reading processes that it or the process `workers`
    has started. Raises SystemExit where it fails or a document cannot be read: what reads less is
    fast."""
    command = [sys.executable, "-m", "budgetkit", "corpus", str(folder), "--out", str(out)]
    start = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, "--quiet", "--no-clean", *options],
            stdout=said,
            stderr=said,
            env={**os.environ, **(environment or {})},
        )
        main = worker = 0.0
        readers: list[int] = []
        looks = 0
        while process.poll() is None:
            if not readers or looks % _SEARCH == 0:
                readers = reading_processes(workers or process.pid)
            main = max(main, _megabytes(process.pid))
            worker = max(worker, *(_megabytes(reader) for reader in readers), 0.0)
            looks += 1
            time.sleep(_LOOK)
        seconds = time.monotonic() - start
        if process.returncode not in {0, 1}:
            said.seek(0)
            sys.exit(said.read().decode("utf-8", "replace")[-2000:])
    return Taken(seconds, main, worker)


def reading_processes(ancestor: int) -> list[int]:
    """The processes that read, and in which Java runs, among those that a process has started."""
    found = []
    with suppress(psutil.Error):  # it has ended
        for process in psutil.Process(ancestor).children(recursive=True):
            with suppress(psutil.Error):
                if any(_READS in word for word in process.cmdline()):
                    found.append(process.pid)
    return found


def _megabytes(pid: int) -> float:
    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, int]]:
    """A Dask scheduler and two workers on this machine: its address, and the workers' process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    port = address.rpartition(":")[2]
    with (
        subprocess.Popen(
            [*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"],
            **quiet,  # type: ignore[call-overload]
        ) as scheduler,
        subprocess.Popen(
            [*dask, "worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"],
            **quiet,  # type: ignore[call-overload]
        ) as workers,
    ):
        try:
            _await_workers(address)
            yield address, workers.pid
        finally:
            workers.terminate()
            workers.wait(30)
            scheduler.terminate()


def _await_workers(address: str) -> None:
    from distributed import Client

    with Client(address, timeout="60s", set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(2, timeout=60)  # type: ignore[no-untyped-call]


def measure_workers(folder: Path, work: Path, repeats: int, side: bool) -> Iterator[str]:
    """One process, two processes, and with `side` one in which Java and Python work at the same
    time, in turns."""
    one, two, beside = [], [], []
    for _ in range(repeats):
        one.append(run_corpus(folder, _empty(work / "one"), "--workers", "1"))
        two.append(run_corpus(folder, _empty(work / "two"), "--workers", "2"))
        if side:
            beside.append(
                run_corpus(folder, _empty(work / "side"), "--workers", "1", environment=_SIDE)
            )
        _tell(f"1: {one[-1].seconds:.1f} s, 2: {two[-1].seconds:.1f} s")
    count = len(find_documents(folder).documents)
    spans = f"{_middle(one):.1f} s to {_middle(two):.1f} s"
    yield _row(
        f"{count} documents, 2 workers against 1, start-up included",
        f"{_ratio(one, two):.2f} × ({spans})",
        "1.8 ×",
    )
    if side:
        yield _row(
            "the same against 1 process with Java and Python side by side",
            f"{_ratio(beside, two):.2f} × ({_middle(beside):.1f} s)",
        )
    yield _memory_row(f"over {count} documents", *one, *two)


def measure_cluster(folder: Path, work: Path, repeats: int) -> Iterator[str]:
    """The pool of two processes and a cluster of two workers, in turns."""
    pool, dask = [], []
    for _ in range(repeats):
        pool.append(run_corpus(folder, _empty(work / "pool"), "--workers", "2"))
        with cluster(work) as (address, workers):
            dask.append(
                run_corpus(folder, _empty(work / "dask"), "--scheduler", address, workers=workers)
            )
        _tell(f"pool: {pool[-1].seconds:.1f} s, cluster: {dask[-1].seconds:.1f} s")
    yield _row(
        "the same on a Dask cluster of 2 workers on this machine, against the pool of 2",
        f"{_ratio(pool, dask):.2f} × ({_middle(pool):.1f} s to {_middle(dask):.1f} s)",
        "≥ 0.9 ×",
    )
    yield _memory_row("on the cluster", *dask)


def measure_growth(folder: Path, work: Path, copies: int, repeats: int) -> Iterator[str]:
    """Some documents, copies of them, and the copies again with nothing to do."""
    many, out = work / "many", work / "many-out"
    few_count = len(find_documents(folder).documents)
    few, lots, nothing, again = [], [], [], []
    for _ in range(repeats):
        _copy_documents(folder, many, copies)
        few.append(run_corpus(folder, _empty(work / "few-out"), "--workers", "2"))
        _tell(f"{few_count} documents: {few[-1].seconds:.1f} s, main {few[-1].main:.0f} MB")
        lots.append(run_corpus(many, _empty(out), "--workers", "2"))
        count = _rows_published(out)
        _tell(f"{count} documents: {lots[-1].seconds:.1f} s, main {lots[-1].main:.0f} MB")
        nothing.append(run_corpus(many, out, "--workers", "2"))
        for address in find_documents(many).documents[0].files:
            Path(address).unlink()
        again.append(run_corpus(many, out, "--workers", "2"))
        _tell(f"nothing to do: {nothing[-1].seconds:.1f} s; one away: {again[-1].seconds:.1f} s")
    spans = f"{_middle(few):.1f} s to {_middle(lots):.1f} s"
    yield _row(
        f"growth: {count} documents against {few_count}",
        f"{_ratio(lots, few):.2f} × ({spans})",
        "≤ 10.5 ×",
    )
    yield _row(
        f"memory of the main process, {few_count} and {count} documents",
        f"{_most(few)} and {_most(lots)}; with nothing to do {_most(nothing)}",
        "flat",
    )
    yield _memory_row(f"over {count} documents", *lots)
    yield _row(
        f"resume with nothing to do, these {count} documents", f"{_middle(nothing):.1f} s", "≤ 5 s"
    )
    yield _row(
        f"one document of {count} taken away: looked at and published again, nothing read",
        f"{_middle(again):.1f} s",
    )
    size = sum(path.stat().st_size for path in out.rglob("*.parquet")) / 2**20
    kept = sum(path.stat().st_size for path in (out / ".done").rglob("*.zip")) / 2**20
    yield _row(
        f"the data sets of {count - 1} documents, and what is kept for the next run",
        f"{size:.1f} MB, {kept:.1f} MB",
    )


def _copy_documents(folder: Path, many: Path, copies: int) -> None:
    """So many copies of every document of a folder, under names that no other has."""
    _empty(many)
    for document in find_documents(folder).documents:
        for number in range(copies):
            for address in document.files:
                path = Path(address)
                shutil.copy(path, many / f"{path.stem}-{number:03d}{path.suffix}")


def _rows_published(out: Path) -> int:
    """How many documents a run has published; one that could not be read has ended all of this."""
    return int(pq.read_table(out / "documents", columns=["key"]).num_rows)


def measure_other(script: str, *arguments: str) -> str:
    """The last line of another benchmark: how many of how many. Its lines go to standard error.

    Raises SystemExit where it does not come to that line.
    """
    path = Path(__file__).with_name(script)
    done = subprocess.run(
        [sys.executable, str(path), *arguments], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    _tell(done.stdout)
    last = done.stdout.rstrip().rpartition("\n")[2]
    if " of " not in last:
        sys.exit(f"{script} came to no result")
    return last


def _row(figure: str, measured: str, least: str = "") -> str:
    return f"| {figure} | {measured} | {least} |"


def _ratio(first: Sequence[Taken], second: Sequence[Taken]) -> float:
    """The median over the turns, each a pair of runs one after the other."""
    return median(a.seconds / b.seconds for a, b in zip(first, second, strict=True))


def _middle(taken: Sequence[Taken]) -> float:
    return median(each.seconds for each in taken)


def _most(taken: Sequence[Taken]) -> str:
    return f"{max(each.main for each in taken):.0f} MB"


def _memory_row(of: str, *taken: Taken) -> str:
    most = max(each.worker for each in taken)
    return _row(f"memory a worker, Java included, {of}", f"{most:.0f} MB", "≤ 600 MB")


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measures the parts and prints their table."""
    options = _options()
    command = f"{options.folder.name} --repeats {options.repeats} --documents {options.documents}"
    command += "".join(f" --only {part}" for part in options.only or ())
    lines: list[str] = []
    with tempfile.TemporaryDirectory(prefix="budgetkit-scale-") as folder:
        for line in measure(options, Path(folder), command):
            print(line, flush=True)
            lines.append(line)
    if options.record:
        record_page(options.record, lines)


def measure(options: argparse.Namespace, work: Path, command: str) -> Iterator[str]:
    """The lines of the page, each as soon as it is measured."""
    parts, folder, repeats = options.only or PARTS, options.folder, options.repeats
    yield from (f"{date.today()}, `python benchmarks/scale.py {command}`:", "", *machine_lines())
    yield from ("", "| figure | measured | at least |", "|---|---|---|")
    if "workers" in parts:
        yield from measure_workers(folder, work, repeats, options.side)
    if "cluster" in parts:
        yield from measure_cluster(folder, work, repeats)
    if "growth" in parts:
        chosen = _some_of(folder, work / "some", options.documents)
        yield from measure_growth(chosen, work, options.copies, repeats)
    if "fuzz" in parts:
        came = measure_other("fuzz.py", "--cases", str(options.cases))
        yield _row("fuzz cases without a crash, hang or silent pass", came, "all")
    if "kills" in parts:
        came = measure_other("faults.py", str(folder), "--kills", str(options.kills))
        yield _row("kill -9 moments survived", came, "all")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--documents", type=int, default=60, help="so many of the folder to copy")
    parser.add_argument("--side", action="store_true", help="one process side by side too")
    parser.add_argument("--cases", type=int, default=20_000, help="of fuzzing")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--only", choices=PARTS, action="append", help="default: all parts")
    parser.add_argument("--record", type=Path, help="a page that holds the two marks")
    return parser.parse_args()


def _some_of(folder: Path, chosen: Path, count: int) -> Path:
    """A folder with the first `count` documents of another, or all where it has fewer."""
    _empty(chosen)
    for document in find_documents(folder).documents[:count]:
        for address in document.files:
            shutil.copy(address, chosen)
    return chosen


if __name__ == "__main__":
    main()
