"""How does a corpus run scale with workers, on a cluster, and with the number of documents?

    python benchmarks/scale.py FOLDER [--repeats 3] [--copies 10] [--only NAME] [--record docs/scale.md]

FOLDER holds disclosures. All runs are of the command itself (`budgetkit corpus`, without clean
data), from its start to its end, each into an empty folder, in turns. --record puts the tables
between the marks of a page that is written by hand. Parts (--only): workers, cluster, growth.

- workers: one process against two. A reading process takes one processor: Java and Python take
  turns in it. `check` on one document lets them work side by side; `side by side` is a run of one
  process that does, so that nobody takes the ratio for more than it is.
- cluster: a Dask scheduler and two workers of one thread on this machine, started anew for every
  run, their start not counted, against the pool of two processes, whose start is.
- growth: as many copies of the folder as asked, under other names, against the folder; memory of
  the main process at its highest; then the same command again, with nothing to do.
- memory of a worker: the most that a reading process, in which Java runs, was seen to hold (resident
  set, ten looks a second).
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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import psutil
from corpus import record_page
from speed import machine_lines

from budgetkit.corpus import find_documents

PARTS = ("workers", "cluster", "growth")
_LOOK = 0.1
_SEARCH = 30
"""A search for processes every so many looks: it takes the processor from those who work."""
_READS = "budgetkit.corpus.processes"


@dataclass(frozen=True)
class Taken:
    """What one run took: seconds, and megabytes of the main process and of the largest worker."""

    seconds: float
    main: float
    worker: float


def run_corpus(
    folder: Path, out: Path, *options: str, environment: dict[str, str] | None = None
) -> Taken:
    """Runs the command and watches it. Raises SystemExit where it fails."""
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
        looks = 0
        while process.poll() is None:
            if looks % _SEARCH == 0:
                workers = reading_processes()
            held, most = watch(process.pid, workers)
            main, worker, looks = max(main, held), max(worker, most), looks + 1
            time.sleep(_LOOK)
        seconds = time.monotonic() - start
        if process.returncode not in {0, 1}:
            said.seek(0)
            sys.exit(said.read().decode("utf-8", "replace")[-2000:])
    return Taken(seconds, main, worker)


def watch(pid: int, workers: set[psutil.Process]) -> tuple[float, float]:
    """Megabytes of a process itself, and of the largest reading process among `workers`."""
    main = _megabytes(psutil.Process(pid)) if psutil.pid_exists(pid) else 0.0
    return main, max((_megabytes(worker) for worker in workers), default=0.0)


def reading_processes() -> set[psutil.Process]:
    """All reading processes on this machine; Java runs inside them."""
    return {
        process
        for process in psutil.process_iter(["cmdline"])
        if any(_READS in word for word in process.info["cmdline"] or ())
    }


def _megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A Dask scheduler and two workers on this machine, at the address that it gives."""
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
            yield address
        finally:
            workers.terminate()
            workers.wait(30)
            scheduler.terminate()


def _await_workers(address: str) -> None:
    from distributed import Client

    with Client(address, timeout="60s", set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(2, timeout=60)  # type: ignore[no-untyped-call]


def measure_workers(folder: Path, work: Path, repeats: int) -> Iterator[str]:
    """One process, two processes, and one in which Java and Python work side by side, in turns."""
    side = {"BUDGETKIT_SIDE_BY_SIDE": "1"}
    one, two, beside = [], [], []
    for _ in range(repeats):
        one.append(run_corpus(folder, _empty(work / "one"), "--workers", "1"))
        two.append(run_corpus(folder, _empty(work / "two"), "--workers", "2"))
        beside.append(run_corpus(folder, _empty(work / "side"), "--workers", "1", environment=side))
        _tell(f"1: {one[-1].seconds:.1f} s, 2: {two[-1].seconds:.1f} s")
    count = len(find_documents(folder).documents)
    spans = f"{_middle(one):.1f} s to {_middle(two):.1f} s"
    yield _row(
        f"{count} documents, 2 workers against 1, start-up included",
        f"{_ratio(one, two):.2f} × ({spans})",
        "1.8 ×",
    )
    yield _row(
        "the same against 1 process with Java and Python side by side",
        f"{_ratio(beside, two):.2f} × ({_middle(beside):.1f} s)",
    )
    most = max(each.worker for each in (*one, *two))
    yield _row("memory a worker, Java included", f"{most:.0f} MB", "≤ 600 MB")


def measure_cluster(folder: Path, work: Path, repeats: int) -> Iterator[str]:
    """The pool of two processes and a cluster of two workers, in turns."""
    pool, dask = [], []
    for _ in range(repeats):
        pool.append(run_corpus(folder, _empty(work / "pool"), "--workers", "2"))
        with cluster(work) as address:
            dask.append(run_corpus(folder, _empty(work / "dask"), "--scheduler", address))
        _tell(f"pool: {pool[-1].seconds:.1f} s, cluster: {dask[-1].seconds:.1f} s")
    yield _row(
        "the same on a Dask cluster of 2 workers on this machine, against the pool",
        f"{_ratio(pool, dask):.2f} × ({_middle(dask):.1f} s)",
        "≥ 0.9 ×",
    )


def measure_growth(folder: Path, work: Path, copies: int) -> Iterator[str]:
    """The folder, copies of it, and the copies again with nothing to do."""
    many = _empty(work / "many")
    documents = find_documents(folder).documents
    for number in range(copies):
        for document in documents:
            for address in document.files:
                path = Path(address)
                shutil.copy(path, many / f"{path.stem}-{number:03d}{path.suffix}")
    few = run_corpus(folder, _empty(work / "few-out"), "--workers", "2")
    _tell(f"{len(documents)} documents: {few.seconds:.1f} s")
    out = _empty(work / "many-out")
    lots = run_corpus(many, out, "--workers", "2")
    _tell(f"{copies * len(documents)} documents: {lots.seconds:.1f} s")
    nothing = run_corpus(many, out, "--workers", "2")
    min(many.iterdir()).unlink()
    again = run_corpus(many, out, "--workers", "2")
    count = copies * len(documents)
    yield _row(
        f"growth: {count} documents against {len(documents)}",
        f"{lots.seconds / few.seconds:.2f} × ({few.seconds:.1f} s to {lots.seconds:.1f} s)",
        "≤ 10.5 ×",
    )
    yield _row(
        f"memory of the main process, {len(documents)} and {count} documents",
        f"{few.main:.0f} MB and {lots.main:.0f} MB",
        "flat",
    )
    yield _row(
        f"memory a worker, Java included, over {count} documents",
        f"{lots.worker:.0f} MB",
        "≤ 600 MB",
    )
    yield _row(f"resume with nothing to do, {count} documents", f"{nothing.seconds:.1f} s", "≤ 5 s")
    yield _row(
        f"one document of {count} taken away: looked at and published again, nothing read",
        f"{again.seconds:.1f} s",
    )
    size = sum(path.stat().st_size for path in out.rglob("*.parquet")) / 2**20
    kept = sum(path.stat().st_size for path in (out / ".done").rglob("*.zip")) / 2**20
    yield _row(
        f"the data sets of {count} documents, and what is kept for the next run",
        f"{size:.1f} MB, {kept:.1f} MB",
    )


def _row(figure: str, measured: str, least: str = "") -> str:
    return f"| {figure} | {measured} | {least} |"


def _ratio(first: Sequence[Taken], second: Sequence[Taken]) -> float:
    """The median over the turns, each a pair of runs one after the other."""
    return median(a.seconds / b.seconds for a, b in zip(first, second, strict=True))


def _middle(taken: Sequence[Taken]) -> float:
    return median(each.seconds for each in taken)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measures the parts and prints their table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--documents", type=int, help="only so many of the folder for growth")
    parser.add_argument("--only", choices=PARTS, action="append", help="default: all parts")
    parser.add_argument("--record", type=Path, help="a page that holds the two marks")
    options = parser.parse_args()
    parts = options.only or PARTS
    words = [options.folder.name, f"--repeats {options.repeats}"]
    words += [f"--only {part}" for part in options.only or ()]
    lines = [f"{date.today()}, `python benchmarks/scale.py {' '.join(words)}`", ""]
    lines += [*machine_lines(), "", "| figure | measured | at least |", "|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="budgetkit-scale-") as folder:
        work = Path(folder)
        if "workers" in parts:
            lines += measure_workers(options.folder, work, options.repeats)
        if "cluster" in parts:
            lines += measure_cluster(options.folder, work, options.repeats)
        if "growth" in parts:
            chosen = _some_of(options.folder, work / "some", options.documents)
            lines += measure_growth(chosen, work, options.copies)
    if options.record:
        record_page(options.record, lines)
    print("\n".join(lines))


def _some_of(folder: Path, chosen: Path, count: int | None) -> Path:
    """The folder, or a folder with the first `count` of its documents."""
    if count is None:
        return folder
    _empty(chosen)
    for document in find_documents(folder).documents[:count]:
        for address in document.files:
            shutil.copy(address, chosen)
    return chosen


if __name__ == "__main__":
    main()
