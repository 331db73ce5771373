"""Does a corpus run survive kill -9 at any moment?

    python benchmarks/faults.py FOLDER [--kills 50] [--seed 1] [--workers 2] [--documents 12]
                                [--record docs/benchmarks.md]

Takes some documents of a folder and some of tests/rules as a corpus, and the same corpus with one
document changed and one more as its later state. Undisturbed runs say what data each gives. Then
runs of the later state, from nothing or from the earlier state's output, are killed at random
moments and started again, until they end: the process that waits is killed, or one of those that
read. A share of the moments is drawn from the end of a run, where parts are written and put in
place, which is short. After every kill: no process and no temporary file is left, every visible
Parquet file can be read and is one that an undisturbed run writes, and where there is a corpus.json
all data sets are of one run. At the end of every run its data must be those of the undisturbed one,
byte by byte. The first thing that is not so ends the benchmark with status 1. The last line says
how many of how many kills were survived.

The folder's documents are taken by size, from the smallest, since what counts is the moments.
--record puts the result between the marks of a page that is written by hand.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

import psutil
import pyarrow.parquet as pq
from speed import machine_lines

from budgetkit.corpus.datasets import DATA_SETS
from budgetkit.corpus.documents import ENDINGS
from budgetkit.corpus.publish import MANIFEST
from budgetkit.corpus.tasks import DONE, NEW

RULES = Path(__file__).resolve().parent.parent / "tests" / "rules"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
PHASES = ("looking", "reading", "writing parts", "putting in place", "ending")
SMALL = 8
"""Documents of tests/rules."""
READER, LATE = 0.25, 0.4
"""Shares of the kills that hit a reading process, and that wait for the end of a run."""
Files = dict[str, str]


class Broken(Exception):
    """Something did not survive."""


def main() -> int:
    """Kills runs and tells how many kills were survived."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="budgetkit-faults-") as name:
        base = Path(name)
        bench = Bench(base, options)
        try:
            bench.measure()
            while bench.survived < options.kills:
                bench.round()
        except Broken as broken:
            print(f"after {bench.survived} kills: {broken}", file=sys.stderr)
            print(f"{bench.survived} of {options.kills}")
            return 1
    print(f"{bench.survived} of {options.kills}")
    if options.record:
        record(options, bench)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--documents", type=int, default=12)
    parser.add_argument("--record", type=Path)
    return parser.parse_args()


class Bench:
    """Runs that are killed, and what became of them."""

    def __init__(self, base: Path, options: argparse.Namespace) -> None:
        self.base, self.options = base, options
        self.chance = random.Random(options.seed)
        self.survived = 0
        self.kills: Counter[tuple[str, str]] = Counter()
        self.runs = 0
        self.out = base / "out"
        self.temporary = base / "temporary"
        self.temporary.mkdir()
        self.earlier = make_corpus(base / "earlier", options.folder, options.documents)
        self.later = base / "later"
        shutil.copytree(self.earlier, self.later)
        names = sorted(path.name for path in RULES.iterdir())
        shutil.copy(RULES / names[-1], self.later / "one-more.md")
        shutil.copy(RULES / names[-2], self.later / names[0])

    def measure(self) -> None:
        """Undisturbed runs: their data, how long they take, and how long their end takes."""
        self.run_to_the_end(self.earlier, self.base / "published")
        self.before = visible(self.base / "published")
        begun = time.monotonic()
        process = self.start(self.later)
        while process.poll() is None and phase_of(self.out) in {"looking", "reading"}:
            time.sleep(0.01)
        ending = time.monotonic()
        process.wait()
        self.seconds, self.end_seconds = time.monotonic() - begun, time.monotonic() - ending
        self.after = visible(self.out)
        if MANIFEST not in self.after or process.returncode not in {0, 1}:
            raise Broken(f"the undisturbed run ended with status {process.returncode}")
        shutil.rmtree(self.out)
        count = sum(path.is_file() for path in self.later.rglob("*"))
        print(
            f"{count} documents, undisturbed {self.seconds:.1f} s, of which {self.end_seconds:.1f} "
            "s for writing parts and putting in place",
            flush=True,
        )

    def round(self) -> None:
        """One run from its beginning to its end, killed on the way until the kills are used up."""
        shutil.rmtree(self.out, ignore_errors=True)
        if self.chance.random() < 0.5:
            shutil.copytree(self.base / "published", self.out)
        while self.survived < self.options.kills and not self.kill_once():
            self.check_moment()
            self.survived += 1
            if self.survived % 10 == 0:
                print(f"{self.survived} survived, {self.runs} runs", flush=True)
        self.run_to_the_end(self.later, self.out)
        if visible(self.out) != self.after:
            raise Broken("the data differ from those of an undisturbed run")

    def kill_once(self) -> bool:
        """Starts the run and kills somebody at a random moment; whether it ended before."""
        process = self.start(self.later)
        late = self.chance.random() < LATE
        moment = self.chance.random() * (self.end_seconds if late else self.seconds)
        while late and process.poll() is None and phase_of(self.out) in {"looking", "reading"}:
            time.sleep(0.005)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            pass
        else:
            return True
        family = children(process.pid)
        readers = [child for child in family if "serve(" in line_of(child)]
        phase = phase_of(self.out)
        if readers and self.chance.random() < READER:
            self.kills[phase, "a reading process"] += 1
            kill(self.chance.choice(readers))
            if process.wait(600) not in {0, 1}:
                raise Broken(f"a killed reading process ended the run: {process.returncode}")
            if visible(self.out) != self.after:
                raise Broken("a killed reading process changed the data")
            self.check_gone(family)
            shutil.rmtree(self.out)
            return False
        self.kills[phase, "the process that waits"] += 1
        process.kill()
        process.wait(10)
        self.check_gone(family)
        return False

    def start(self, corpus: Path) -> subprocess.Popen[bytes]:
        """A run as the command line starts it."""
        self.runs += 1
        return subprocess.Popen(
            [sys.executable, "-m", "budgetkit", "corpus", corpus, "--out", self.out, "--quiet",
             "--workers", str(self.options.workers)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": os.fspath(self.temporary)},
        )  # fmt: skip

    def run_to_the_end(self, corpus: Path, out: Path) -> None:
        """A run that nobody disturbs."""
        process = self.start(corpus)
        if process.wait(900) not in {0, 1} or not (self.out / MANIFEST).exists():
            raise Broken(f"a run that nobody disturbed ended with status {process.returncode}")
        if hidden(self.out):
            raise Broken(f"left behind: {', '.join(hidden(self.out))}")
        if out != self.out:
            self.out.rename(out)

    def check_gone(self, family: list[psutil.Process]) -> None:
        """No process and no temporary file is left of a run."""
        _, alive = psutil.wait_procs(family, timeout=20)
        if alive:
            raise Broken(f"{len(alive)} processes live on")
        end = time.monotonic() + 20
        while left := [path.name for path in self.temporary.glob("budgetkit-*")]:
            if time.monotonic() > end:
                raise Broken(f"temporary files are left: {', '.join(left)}")
            time.sleep(0.05)

    def check_moment(self) -> None:
        """What is visible after a kill is whole and of runs that came to their end."""
        now = visible(self.out)
        for name, digest in now.items():
            if name.endswith(".parquet"):
                pq.read_table(self.out / name)
            if digest not in {self.before.get(name), self.after.get(name)}:
                raise Broken(f"{name} is none of an undisturbed run's")
        generations = [published(self.before), published(self.after)]
        for name in DATA_SETS:
            part = below(now, name)
            if part and part not in [below(files, name) for files in generations]:
                raise Broken(f"the data set {name} is not whole")
        if MANIFEST in now and published(now) not in generations:
            raise Broken("data sets of two runs stand beside each other under one corpus.json")


def make_corpus(folder: Path, documents: Path, count: int) -> Path:
    """The smallest documents of a folder and some of tests/rules."""
    folder.mkdir()
    found = [
        p for p in documents.rglob("*") if p.suffix.lower() in ENDINGS and p.name != "index.csv"
    ]
    for number, path in enumerate(sorted(found, key=lambda p: (p.stat().st_size, p))[:count]):
        shutil.copy(path, folder / f"{number:03d}{path.suffix.lower()}")
    for path in sorted(RULES.iterdir())[:SMALL]:
        shutil.copy(path, folder)
    return folder


def visible(out: Path) -> Files:
    """The files of an output with their digests, hidden ones apart."""
    found = ((p, p.relative_to(out).as_posix()) for p in sorted(out.rglob("*")) if p.is_file())
    return {
        name: "-" if name == MANIFEST else hashlib.sha256(path.read_bytes()).hexdigest()
        for path, name in found
        if not name.startswith(".")
    }


def hidden(out: Path) -> list[str]:
    """Names that only a run in progress should have."""
    return [path.name for path in out.rglob(".*") if path.name.endswith((".new", ".old"))]


def published(files: Files) -> Files:
    """What all documents together gave."""
    return {n: d for n, d in files.items() if "/" not in n or n.split("/")[0] in DATA_SETS}


def below(files: Files, name: str) -> Files:
    """The files of a data set."""
    return {path: digest for path, digest in files.items() if path.startswith(f"{name}/")}


def phase_of(out: Path) -> str:
    """How far a run is, as its output tells."""
    new = out / NEW
    if (new / MANIFEST).exists():
        return "putting in place"
    if new.exists():
        return "writing parts"
    if (out / MANIFEST).exists():
        return "ending" if newer(out / MANIFEST, out / DONE) else "reading"
    return "reading" if (out / DONE).exists() else "looking"


def newer(path: Path, than: Path) -> bool:
    """Whether a file was written after what lies below a folder."""
    try:
        last = max((p.stat().st_mtime_ns for p in than.rglob("*")), default=0)
        return path.stat().st_mtime_ns > last
    except OSError:
        return False


def children(pid: int) -> list[psutil.Process]:
    """All that a process has started."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def line_of(process: psutil.Process) -> str:
    """A process's command line, "" where it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def kill(process: psutil.Process) -> None:
    """Kill -9; it may be gone."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def record(options: argparse.Namespace, bench: Bench) -> None:
    """Puts the result between the marks of a page."""
    text = options.record.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    victims = sorted({victim for _, victim in bench.kills}, reverse=True)
    command = f"benchmarks/faults.py FOLDER --kills {options.kills} --seed {options.seed}"
    lines = [
        f"{date.today()}, `python {command} --workers {options.workers}`:",
        "",
        *machine_lines(),
        "",
        f"**{bench.survived} of {options.kills}** kills survived, in {bench.runs} runs of "
        f"{sum(p.is_file() for p in bench.later.rglob('*')) or options.documents + SMALL + 1} documents; "
        f"an undisturbed one takes {bench.seconds:.1f} s, of which {bench.end_seconds:.1f} s for "
        "writing parts and putting them in place.",
        "",
        "| killed while | " + " | ".join(victims) + " |",
        "|---" * (len(victims) + 1) + "|",
        *(
            f"| {phase} | " + " | ".join(str(bench.kills[phase, v]) for v in victims) + " |"
            for phase in PHASES
            if any(bench.kills[phase, v] for v in victims)
        ),
    ]
    body = "\n".join(lines)
    options.record.write_text(f"{head}{BEGIN}\n\n{body}\n\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
