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
import hashlib
import json
import platform
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from budgetkit.amounts import NUMBER, fold_width
from budgetkit.blocks import Block, Cell, Grid, Paragraph, Passage
from budgetkit.disclosure import Disclosure, parse_blocks, read_source
from budgetkit.errors import SourceError
from budgetkit.ledger import Number
from budgetkit.readers import read_blocks
from budgetkit.readers.markdown import decode_text
from budgetkit.reconcile import Finding
from budgetkit.reconciliation import Reconciliation, check_disclosure
from budgetkit.sources import Source, find_source

KINDS = ("digit", "swap", "times_ten", "tenth", "last_place", "moved", "dropped")
MOVED, DROPPED = "moved", "dropped"
_LINE = re.compile(r"\b(?:line|page) \d+(?:, characters \d+-\d+)?")
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


@dataclass(frozen=True)
class Mutant:
    """A corrupted copy: how to read it, the corrupted text, and where the number now stands."""

    kind: str
    number: Number
    text: str
    read: Callable[[], Disclosure]
    at: tuple[object, ...]
    dropped: tuple[Number, ...] = ()


def corrupt_text(text: str, kind: str, rng: random.Random) -> str | None:
    """A number's text with one slip, signs, units and separators kept; None where it cannot be."""
    match = NUMBER.search(fold_width(text))
    if match is None:
        return None
    start, end = match.span()
    core = text[start:end].lstrip("+-")
    start = end - len(core)
    mutated = _corrupt_core(fold_width(core), kind, rng)
    if mutated is None or mutated == fold_width(core):
        return None
    return text[:start] + mutated + text[end:]


def _corrupt_core(core: str, kind: str, rng: random.Random) -> str | None:
    value = Decimal(core.replace(",", ""))
    places = len(core.partition(".")[2])
    digits = [i for i, sign in enumerate(core) if sign.isdigit()]
    if kind == "digit":
        place = rng.choice(digits)
        lowest = 1 if place == 0 and len(core.partition(".")[0]) > 1 else 0
        fresh = rng.choice([d for d in range(lowest, 10) if str(d) != core[place]])
        return core[:place] + str(fresh) + core[place + 1 :]
    if kind == "swap":
        pairs = [
            (a, b)
            for a, b in pairwise(digits)
            if core[a] != core[b] and not (a == 0 and core[b] == "0" and core[1:2] != ".")
        ]
        if not pairs:
            return None
        a, b = rng.choice(pairs)
        signs = list(core)
        signs[a], signs[b] = signs[b], signs[a]
        return "".join(signs)
    if kind == "last_place":
        changed = value + rng.choice((-1, 1)) * Decimal(1).scaleb(-places)
        return None if changed < 0 else _printed(changed, places, core)
    if value == 0:
        return None
    if kind == "times_ten":
        return _printed(value * 10, max(places - 1, 0), core)
    if kind == "tenth":
        return _printed(value / 10, places + 1 if places or value % 10 else 0, core)
    return None


def _printed(value: Decimal, places: int, like: str) -> str:
    grouped = "," in like or (value >= 1000 and "." in like)
    return format(value, f"{',' if grouped else ''}.{places}f")


def mutate(
    source: Source,
    read: Disclosure,
    blocks: Sequence[Block],
    number: Number,
    kind: str,
    rng: random.Random,
) -> Mutant | None:
    """One corrupted copy of the document, or None where this slip cannot happen here."""
    if read.reader == "markdown" and number.where.line is not None:
        return _mutate_text(source, read, number, kind, rng)
    return _mutate_blocks(source, read, blocks, number, kind, rng)


def _mutate_text(
    source: Source, read: Disclosure, number: Number, kind: str, rng: random.Random
) -> Mutant | None:
    text = decode_text(source.data, str(source.path))
    lines = re.split(r"(\r\n|\n|\r)", text)  # line ends stand between, so that they stay
    where = number.where
    assert where.line is not None and where.start is not None and where.end is not None
    position = 2 * (where.line - 1)
    line = lines[position]
    at: tuple[object, ...] = (where.line, where.start)
    dropped: tuple[Number, ...] = ()
    shown = ""
    if kind == DROPPED:
        if "\t" not in line:
            return None
        del lines[position : position + 2]
        dropped = tuple(n for n in read.ledger if n.where.line == where.line)
    elif kind == MOVED:
        moved = _move_in_line(line, where.start, rng)
        if moved is None:
            return None
        lines[position], start = moved
        at = (where.line, start)
        shown = "moved"
    else:
        if line[where.start : where.end] != number.text:
            return None
        corrupted = corrupt_text(number.text, kind, rng)
        if corrupted is None:
            return None
        lines[position] = line[: where.start] + corrupted + line[where.end :]
        shown = corrupted
    data = "".join(lines).encode("utf-8")
    copy = replace(source, data=data, sha256=hashlib.sha256(data).hexdigest())
    return Mutant(kind, number, shown, partial(read_source, copy), at, dropped)


def _move_in_line(line: str, start: int, rng: random.Random) -> tuple[str, int] | None:
    """A tab-separated line with the cell at `start` in the blank cell beside it."""
    cells = line.split("\t")
    offset = 0
    for index, cell in enumerate(cells):
        if offset <= start <= offset + len(cell):
            blank = [
                i for i in (index - 1, index + 1) if 0 <= i < len(cells) and not cells[i].strip()
            ]
            if not blank:
                return None
            target = rng.choice(blank)
            cells[target], cells[index] = cells[index], cells[target]
            before = sum(len(c) + 1 for c in cells[:target])
            return "\t".join(cells), before + start - offset
        offset += len(cell) + 1
    return None


def _mutate_blocks(
    source: Source,
    read: Disclosure,
    blocks: Sequence[Block],
    number: Number,
    kind: str,
    rng: random.Random,
) -> Mutant | None:
    for index, block in enumerate(blocks):
        changed = _mutate_block(block, number, kind, rng)
        if changed is None:
            continue
        fresh, shown, at, texts = changed
        copy = [*blocks[:index], fresh, *blocks[index + 1 :]]
        dropped = tuple(
            n for n in read.ledger if kind == DROPPED and (n.where.page, n.where.box) in texts
        )
        parse = partial(parse_blocks, copy, source, read.reader)
        return Mutant(kind, number, shown, parse, at, dropped)
    return None


Changed = tuple[Block, str, tuple[object, ...], set[tuple[object, ...]]]


def _mutate_block(block: Block, number: Number, kind: str, rng: random.Random) -> Changed | None:
    if isinstance(block, Paragraph):
        place = _find(block.passage, number)
        if place is None or kind in {MOVED, DROPPED}:
            return None
        corrupted = corrupt_text(number.text, kind, rng)
        if corrupted is None:
            return None
        fresh = _replaced(block.passage, place, number.text, corrupted)
        return replace(block, passage=fresh), corrupted, _at(fresh, place, corrupted), set()
    for row_index, row in enumerate(block.rows):
        for cell_index, cell in enumerate(row):
            place = _find(cell.passage, number)
            if place is not None:
                return _mutate_grid(block, row_index, cell_index, place, number, kind, rng)
    return None


def _mutate_grid(
    grid: Grid,
    row_index: int,
    cell_index: int,
    place: int,
    number: Number,
    kind: str,
    rng: random.Random,
) -> Changed | None:
    row = grid.rows[row_index]
    cell = row[cell_index]

    def with_row(*fresh: tuple[Cell, ...]) -> Grid:
        return replace(grid, rows=(*grid.rows[:row_index], *fresh, *grid.rows[row_index + 1 :]))

    if kind == DROPPED:
        gone = {
            (where.page, where.box)
            for c in row
            for token in NUMBER.finditer(fold_width(c.passage.text))
            for where in [c.passage.where(token.start(), token.end())]
        }
        return with_row(), "", (), gone
    if kind == MOVED:
        beside = [
            i
            for i in (cell_index - 1, cell_index + 1)
            if 0 <= i < len(row) and not row[i].text and row[i].column_span == 1
        ]
        if not beside:
            return None
        cells = list(row)
        target = rng.choice(beside)
        cells[target] = replace(cells[target], passage=cell.passage)
        cells[cell_index] = replace(cell, passage=row[target].passage)
        where = cell.passage.where(place, place + len(number.text))
        return with_row(tuple(cells)), "moved", (where.page, where.box), set()
    corrupted = corrupt_text(number.text, kind, rng)
    if corrupted is None:
        return None
    fresh = _replaced(cell.passage, place, number.text, corrupted)
    cells = list(row)
    cells[cell_index] = replace(cell, passage=fresh)
    return with_row(tuple(cells)), corrupted, _at(fresh, place, corrupted), set()


def _find(passage: Passage, number: Number) -> int | None:
    """Where in a passage a number of the ledger stands."""
    start = passage.text.find(number.text)
    while start >= 0:
        if passage.where(start, start + len(number.text)) == number.where:
            return start
        start = passage.text.find(number.text, start + 1)
    return None


def _replaced(passage: Passage, start: int, old: str, new: str) -> Passage:
    """The passage with other digits at one place; the piece that held them holds the new ones."""
    longer = len(new) - len(old)
    pieces = []
    for piece in passage.pieces:
        if piece.start <= start < piece.start + piece.length:
            boxes = piece.boxes
            if len(boxes) == piece.length and boxes:
                inside = start - piece.start
                old_boxes = boxes[inside : inside + len(old)]
                boxes = (
                    *boxes[:inside],
                    *[old_boxes[min(i, len(old_boxes) - 1)] for i in range(len(new))],
                    *boxes[inside + len(old) :],
                )
            pieces.append(replace(piece, length=piece.length + longer, boxes=boxes))
        elif piece.start > start:
            pieces.append(replace(piece, start=piece.start + longer))
        else:
            pieces.append(piece)
    text = passage.text[:start] + new + passage.text[start + len(old) :]
    return Passage(text, tuple(pieces))


def _at(passage: Passage, start: int, text: str) -> tuple[object, ...]:
    where = passage.where(start, start + len(text))
    return where.page, where.box


def _findings(checked: Reconciliation) -> Counter[tuple[str, str]]:
    return Counter((f.rule, _LINE.sub("", f.message)) for f in checked.finding_list)


def judge(mutant: Mutant, checked: Reconciliation, before: Counter[tuple[str, str]]) -> Outcome:
    """Compares a mutant's findings with those of the unchanged document."""
    known = Counter(before)
    fresh: list[Finding] = []
    for finding in checked.finding_list:
        key = (finding.rule, _LINE.sub("", finding.message))
        if known[key] > 0:
            known[key] -= 1
        else:
            fresh.append(finding)
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
    where = suspect.where
    here = (
        (where.line, where.start) == mutant.at
        if where.line is not None
        else (where.page, where.box) == mutant.at
    )
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
    before = _findings(check_disclosure(read))
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
