"""How many damaged and hostile files come to an answer or to one clear error?

    python benchmarks/fuzz.py [--cases 20000] [--seed 1] [--corpus FOLDER] [--workers 2]
    python benchmarks/fuzz.py --replay NUMBER [--keep FOLDER]

Every case is a file that began as a small document of this project (or, with --corpus, as a page or two of a
PDF in that folder) and was damaged on purpose; `tests/fuzzing` makes and judges it. A failure is
any other exception than the one a user sees, a hang, more memory than allowed, or a silent pass:
an answer in which a number of the file is neither read nor told of. Every case follows from the
seed and its number: --replay makes one again, and --keep keeps its file. The last line says how
many of how many cases had no failure; status 1 where one had.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.fuzzing.cases import FORMATS, make_case
from tests.fuzzing.oracle import ANSWER, ERROR, FAILURE
from tests.fuzzing.runner import Limits, Plan, Result, run_case, run_cases


def main() -> int:
    """Runs the cases and prints what became of them; status 1 where one failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="a folder of PDF disclosures to begin with too")
    parser.add_argument("--only", choices=FORMATS, action="append", help="a format to begin with")
    parser.add_argument("--seconds", type=float, default=20.0, help="limit of one case")
    parser.add_argument("--memory", type=float, default=600.0, help="limit of one case, in MB")
    parser.add_argument("--longest", type=int, default=10_000_000, help="the longest line")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--failures", type=Path, help="a file to write what failed to")
    parser.add_argument("--replay", type=int, nargs="+", help="only these cases, in this process")
    parser.add_argument("--keep", type=Path, help="with --replay: a folder for the cases' files")
    options = parser.parse_args()
    corpus = tuple(sorted(options.corpus.glob("*.pdf"))) if options.corpus else ()
    plan = Plan(options.seed, tuple(options.only or FORMATS), corpus, options.longest)
    if options.replay:
        return replay(plan, options.replay, options.keep)
    numbers = range(options.first, options.first + options.cases)
    limits = Limits(options.seconds, options.memory)
    start = time.monotonic()
    results: list[Result] = []
    try:
        for result in run_cases(plan, numbers, options.workers, limits):
            results.append(result)
            _tell(result, len(results), start, options.failures)
    except KeyboardInterrupt:
        print("stopped: the table is of what was done", file=sys.stderr)
    print("\n".join(record(results, time.monotonic() - start, options.workers)))
    return int(any(result.outcome == FAILURE for result in results))


def _tell(result: Result, done: int, start: float, failures: Path | None) -> None:
    """Prints a failure at once, and how far the run is."""
    if result.outcome == FAILURE:
        line = f"{result.number} {result.format} {list(result.history)}: {result.detail}"
        print(line, file=sys.stderr, flush=True)
        if failures:
            with failures.open("a", encoding="utf-8") as file:
                file.write(line + "\n\n")
    if done % 500 == 0:
        print(f"{done} cases, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


def replay(plan: Plan, numbers: Sequence[int], keep: Path | None) -> int:
    """Makes some cases again, judges them here, and keeps their files where asked to."""
    status = 0
    for number in numbers:
        case = make_case(plan.seed, number, plan.formats, plan.corpus, plan.longest)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / case.name).write_bytes(case.data)
            print(keep / case.name)
        with tempfile.TemporaryDirectory() as folder:
            result = run_case(plan, number, Path(folder))
        status |= result.outcome == FAILURE
        print(f"{number} {result.format} {list(result.history)} {len(case.data)} bytes")
        print(f"  {result.outcome} in {result.seconds:.2f} s: {result.detail}")
    return status


def record(results: Sequence[Result], spent: float, workers: int) -> Iterator[str]:
    """The table that stands in docs/benchmarks.md."""
    yield (
        f"{platform.machine()} {platform.system()}, Python {platform.python_version()}, budgetkit "
        f"{version('budgetkit')}; {workers} processes, {spent / 60:.0f} minutes."
    )
    yield ""
    yield "| begun as | cases | answers | clear errors | failures | median | longest | most memory |"
    yield "|---|---|---|---|---|---|---|---|"
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.format].append(result)
    for name in [*(name for name in FORMATS if name in groups), ""]:
        group = groups[name] if name else list(results)
        outcomes = Counter(result.outcome for result in group)
        yield (
            f"| {name or 'all'} | {len(group):,} | {outcomes[ANSWER]:,} | {outcomes[ERROR]:,} | "
            f"{outcomes[FAILURE]:,} | {median(r.seconds for r in group) * 1e3:.0f} ms | "
            f"{max(r.seconds for r in group):.1f} s | {max(r.megabytes for r in group):.0f} MB |"
        )
    yield ""
    yield f"Mean {mean(r.seconds for r in results) * 1e3:.0f} ms a case. Without a failure:"
    yield ""
    passed = sum(result.outcome != FAILURE for result in results)
    yield f"{passed:,} of {len(results):,}"


if __name__ == "__main__":
    sys.exit(main())
