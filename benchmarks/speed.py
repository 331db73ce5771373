"""How fast is it, on this machine, today?

    python benchmarks/speed.py [SOURCE] [--rounds 25] [--report]

Prints medians and minima of: reading and checking one document in a warm process; `budgetkit check`
as a whole process beside `python -c "import pandas"`, run in turns; what `import budgetkit` loads;
with --report the whole report. Beside the seconds stands the time of a fixed piece of plain Python
from the same run, because machines differ and a busy one is slow for everybody.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median

from budgetkit.disclosure import read_disclosure
from budgetkit.reconciliation import check_disclosure

HEAVY = (
    *("pandas", "numpy", "matplotlib", "papermill", "jpype", "tabula", "highspy", "scipy"),
    *("pyarrow", "duckdb", "fsspec", "distributed", "dask"),
)
MOST_WARM, MOST_RATIO, MOST_REPORT = 0.080, 2.5, 90.0


def workload() -> None:
    """A fixed piece of plain Python: small objects, dictionaries, text; nothing of budgetkit."""
    words: dict[str, list[int]] = {}
    for number in range(60_000):
        words.setdefault(f"{number % 997:04d}", []).append(number)
    sorted(sum(values) for values in words.values())


def clocked(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - cpu


def warm_lines(source: str, rounds: int) -> Iterator[str]:
    """Read and check in one process, in turns with the fixed workload."""

    def read_and_check() -> None:
        _ = check_disclosure(read_disclosure(source)).finding_list

    for _ in range(3):
        read_and_check()
        workload()
    pairs = [(clocked(read_and_check), clocked(workload)) for _ in range(rounds)]
    wall = [ours[0] for ours, _ in pairs]
    cpu = [ours[1] for ours, _ in pairs]
    fixed = [theirs[1] for _, theirs in pairs]
    yield f"| read + check, warm, wall | {_ms(wall)} | ≤ {MOST_WARM * 1e3:.0f} ms median |"
    yield f"| read + check, warm, processor | {_ms(cpu)} | |"
    yield f"| the fixed workload, processor | {_ms(fixed)} | |"
    yield f"| read + check ÷ the fixed workload | {median(cpu) / median(fixed):.2f} | |"


def process_lines(source: str, rounds: int) -> Iterator[str]:
    """The command as a whole process, in turns with an import of pandas."""
    check = [sys.executable, "-m", "budgetkit", "check", source]
    pandas = [sys.executable, "-c", "import pandas"]
    for command in (check, pandas):
        _seconds(command)
    pairs = [(_seconds(check), _seconds(pandas)) for _ in range(rounds)]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratio = median(a / b for a, b in pairs)
    yield f"| `budgetkit check`, whole process | {_ms(ours)} | |"
    yield f'| `python -c "import pandas"` | {_ms(theirs)} | |'
    yield f"| their ratio, median of pairs | {ratio:.2f} | ≤ {MOST_RATIO} |"


def import_lines() -> Iterator[str]:
    """Which heavy packages `import budgetkit` loads."""
    code = f"import sys, budgetkit; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    yield f"| `import budgetkit` loads, of {', '.join(HEAVY)} | {done.stdout.strip() or 'none'} | none |"


def report_lines(source: str) -> Iterator[str]:
    """The whole report as a process, into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = _seconds([sys.executable, "-m", "budgetkit", "report", source, "--out", folder])
    yield f"| `budgetkit report` | {seconds:.1f} s | ≤ {MOST_REPORT:.0f} s |"


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode > 1:  # 1 says that something inconsistent was found
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return time.perf_counter() - start


def _ms(seconds: list[float]) -> str:
    return f"{median(seconds) * 1e3:.0f} ms (least {min(seconds) * 1e3:.0f})"


def machine_lines() -> Iterator[str]:
    """What it ran on: the processor, how busy it is, and the versions that matter."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    yield f"{_processor()}, {cores} cores{load}, {platform.system()} {platform.release()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("budgetkit", "pandas", "highspy"))
    yield f"Python {platform.python_version()}, {packages}"


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def main() -> None:
    """Runs all measurements and prints them as a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", nargs="?", default="kezhou-hrss-2026", help="a file or a key")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--report", action="store_true", help="also time the whole report")
    options = parser.parse_args()
    for line in machine_lines():
        print(line)
    print("\n| what | median | target |\n|---|---|---|")
    parts = [
        warm_lines(options.source, options.rounds),
        process_lines(options.source, max(5, options.rounds // 2)),
        import_lines(),
    ]
    if options.report:
        parts.append(report_lines(options.source))
    for part in parts:
        for line in part:
            print(line, flush=True)


if __name__ == "__main__":
    main()
