"""Copies of a document with one number corrupted: by its text, or by its blocks."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import pairwise

from budgetkit.amounts import NUMBER, fold_width
from budgetkit.blocks import Block, Cell, Grid, Paragraph, Passage
from budgetkit.disclosure import Disclosure, parse_blocks, read_source
from budgetkit.ledger import Number
from budgetkit.readers.markdown import decode_text
from budgetkit.reconcile import Finding
from budgetkit.reconciliation import Reconciliation
from budgetkit.sources import Source

__all__ = [
    "DROPPED",
    "KINDS",
    "MOVED",
    "Mutant",
    "corrupt_text",
    "count_findings",
    "fresh_findings",
    "mutate",
    "stands_at",
]

KINDS = ("digit", "swap", "times_ten", "tenth", "last_place", "moved", "dropped")
MOVED, DROPPED = "moved", "dropped"
_LINE = re.compile(r"\b(?:line|page) \d+(?:, characters \d+-\d+)?")


@dataclass(frozen=True)
class Mutant:
    """A corrupted copy: how to read it, the corrupted text, and where the number now stands."""

    kind: str
    number: Number
    text: str
    read: Callable[[], Disclosure]
    at: tuple[object, ...]
    dropped: tuple[Number, ...] = ()


def count_findings(checked: Reconciliation) -> Counter[tuple[str, str]]:
    """The findings of a document by rule and message, without the places, which a slip may move."""
    return Counter((f.rule, _LINE.sub("", f.message)) for f in checked.finding_list)


def fresh_findings(checked: Reconciliation, before: Counter[tuple[str, str]]) -> list[Finding]:
    """The findings of a copy that the unchanged document does not have."""
    known = Counter(before)
    fresh: list[Finding] = []
    for finding in checked.finding_list:
        key = (finding.rule, _LINE.sub("", finding.message))
        if known[key] > 0:
            known[key] -= 1
        else:
            fresh.append(finding)
    return fresh


def stands_at(mutant: Mutant, number: Number) -> bool:
    """Whether a number of the copy is the corrupted one."""
    where = number.where
    if where.line is not None:
        return (where.line, where.start) == mutant.at
    return (where.page, where.box) == mutant.at


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
    file = replace(source.files[0], data=data, sha256=hashlib.sha256(data).hexdigest())
    copy = replace(source, files=(file, *source.files[1:]))
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
        gone: set[tuple[object, ...]] = {
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
