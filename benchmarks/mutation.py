"""How many slips of one number does the check notice, and does it name the number?

Corrupts one number of a document at a time, reads and checks the copy, and compares with the
unchanged document:

    python benchmarks/mutation.py SOURCE [--mutants 2000] [--seed 1] [--part table] [--misses]

Slips: a digit, two neighbouring digits swapped, ten times, a tenth, one more or less in the last
place, a cell moved into the blank cell beside it, a row dropped. Text is corrupted in the raw
file, so that its reader is measured too; of other formats the blocks are corrupted that their
reader yields.

- noticed: any finding that the unchanged document does not have;
- inconsistent: one of these is of level inconsistent;
- named first: the first suspect of the first such finding is the corrupted number, and its repair
  is the original value. For a moved cell: the first suspect stands where the cell was moved to,
  and its reasons say that it moved. For a dropped row: the first suspect is a total of the same
  table, and its reasons say that a row is missing, with an amount of that row (to rounding).
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from budgetkit.amounts import NUMBER
from budgetkit.disclosure import read_source
from budgetkit.errors import SourceError
from budgetkit.ledger import Number
from budgetkit.mutants import (
    DROPPED,
    KINDS,
    MOVED,
    Mutant,
    count_findings,
    fresh_findings,
    mutate,
    stands_at,
)
from budgetkit.readers import read_blocks
from budgetkit.reconciliation import Reconciliation, check_disclosure
from budgetkit.sources import Source, find_source

_RETRIES = 40


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant."""

    part: str
    kind: str
    number: str
    place: str
    original: str
    mutated: str
    noticed: bool
    inconsistent: bool
    named: bool
    rules: str
    first_suspect: str
    seconds: float


def judge(mutant: Mutant, checked: Reconciliation, before: Counter[tuple[str, str]]) -> Outcome:
    """Compares a mutant's findings with those of the unchanged document."""
    fresh = fresh_findings(checked, before)
    wrong = [finding for finding in fresh if finding.level == "inconsistent"]
    numbers = {number.id: number for number in checked.disclosure.ledger}
    suspect = wrong[0].suspects[0] if wrong and wrong[0].suspects else None
    named = suspect is not None and _is_named(
        mutant, numbers[suspect.number], suspect.repair, suspect.why
    )
    shown = "" if suspect is None else f"{suspect.printed} → {suspect.repair}: {suspect.why}"
    if suspect is not None:
        shown = f"{suspect.number} {shown}"
    original = mutant.number
    return Outcome(
        original.part,
        mutant.kind,
        original.id,
        str(original.where),
        original.text,
        mutant.text,
        bool(fresh),
        bool(wrong),
        named,
        " ".join(dict.fromkeys(finding.rule for finding in fresh)),
        shown,
        0.0,
    )


def _is_named(mutant: Mutant, suspect: Number, repair: str, why: str) -> bool:
    if mutant.kind == DROPPED:
        amounts = [Decimal(found[0].replace(",", "")) for found in NUMBER.finditer(why)]
        return (
            "missing" in why
            and suspect.table == mutant.number.table
            and any(
                abs(amount - gone.value) <= 20 * gone.half
                for amount in amounts
                for gone in mutant.dropped
            )
        )
    here = stands_at(mutant, suspect)
    if mutant.kind == MOVED:
        return here and "moved" in why
    return here and Decimal(repair) == mutant.number.value


def run(
    source: Source, mutants: int, seed: int, parts: Sequence[str], progress: bool
) -> Iterator[Outcome]:
    """Outcomes of so many mutants, the numbers of all parts equally likely."""
    rng = random.Random(seed)
    read = read_source(source)
    blocks = read_blocks(source.data, str(source.path)).blocks
    before = count_findings(check_disclosure(read))
    numbers = [n for n in read.ledger if n.part in parts]
    if not numbers:
        sys.exit(f"{source.path}: no number in the part {', '.join(parts)}")
    made = 0
    while made < mutants:
        mutant = None
        for _ in range(_RETRIES):
            kind = rng.choice(KINDS)
            mutant = mutate(source, read, blocks, rng.choice(numbers), kind, rng)
            if mutant is not None:
                break
        if mutant is None:
            sys.exit(f"{source.path}: no slip of the list can happen to its numbers")
        made += 1
        start = time.perf_counter()
        try:
            checked = check_disclosure(mutant.read())
        except SourceError as error:
            number = mutant.number
            yield Outcome(
                number.part, mutant.kind, number.id, str(number.where), number.text, mutant.text,
                True, False, False, f"refused: {error}", "", time.perf_counter() - start,
            )  # fmt: skip
            continue
        seconds = time.perf_counter() - start
        yield replace(judge(mutant, checked, before), seconds=seconds)
        if progress and made % 100 == 0:
            print(f"\r{made} of {mutants}", end="", file=sys.stderr, flush=True)
    if progress:
        print("\r", end="", file=sys.stderr)


def table_of(outcomes: Sequence[Outcome]) -> str:
    """Rates by part, and by part and kind."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.part, "all"].append(outcome)
        groups[outcome.part, outcome.kind].append(outcome)
    lines = [
        "| part | slip | mutants | noticed | inconsistent | named first, of those inconsistent |",
        "|---|---|---|---|---|---|",
    ]
    order = {kind: place for place, kind in enumerate(("all", *KINDS))}
    for (part, kind), members in sorted(groups.items(), key=lambda g: (g[0][0], order[g[0][1]])):
        wrong = [o for o in members if o.inconsistent]
        noticed = sum(o.noticed for o in members)
        lines.append(
            f"| {part} | {kind} | {len(members)} | {_rate(noticed, members)}"
            f" | {_rate(len(wrong), members)} | {_rate(sum(o.named for o in wrong), wrong)} |"
        )
    return "\n".join(lines)


def _rate(count: int, of: Sequence[Outcome]) -> str:
    return f"{100 * count / len(of):.1f}%" if of else "–"


def misses_of(outcomes: Sequence[Outcome]) -> str:
    """The mutants that went unnoticed or were not named first, each once."""
    seen: Counter[str] = Counter()
    for o in outcomes:
        if o.noticed and (o.named or not o.inconsistent):
            continue
        verdict = "not named" if o.noticed else "UNNOTICED"
        change = f"{o.original} → {o.mutated}" if o.mutated else f"{o.original} dropped"
        seen[
            f"{verdict:9} {o.part} {o.kind:10} {o.number} ({o.place}) {change} [{o.rules}] "
            f"{o.first_suspect}"
        ] += 1
    return "\n".join(f"{count}× {line}" for line, count in sorted(seen.items()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="a file, or a key under data/raw")
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", action="append", choices=("table", "prose", "target"))
    parser.add_argument("--misses", action="store_true", help="list what was missed")
    parser.add_argument("--json", type=Path, help="write every outcome to this file")
    parser.add_argument("--csv", type=Path, help="write every outcome to this file")
    options = parser.parse_args(arguments)
    source = find_source(options.source)
    parts = options.part or ["table", "prose", "target"]
    start = time.perf_counter()
    outcomes = list(run(source, options.mutants, options.seed, parts, sys.stderr.isatty()))
    elapsed = time.perf_counter() - start
    rows = [asdict(outcome) for outcome in outcomes]
    if options.json:
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    if options.csv:
        with options.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    print(table_of(outcomes))
    pace = sorted(outcome.seconds for outcome in outcomes)
    print(
        f"\n{len(outcomes)} mutants of {source.key}, seed {options.seed}: "
        f"{len(outcomes) / elapsed:.1f} a second (one mutant: median "
        f"{pace[len(pace) // 2] * 1000:.0f} ms, slowest {pace[-1] * 1000:.0f} ms), one process"
    )
    print(
        f"{platform.machine()} {platform.system()}, Python {platform.python_version()}, "
        f"highspy {version('highspy')}"
    )
    if options.misses:
        print("\n" + misses_of(outcomes))


if __name__ == "__main__":
    main()
