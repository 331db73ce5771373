"""The headings of a table without ruling lines: over which columns each one stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from budgetkit.readers.aligned_rows import (
    WORD_GAP,
    WRAPPED,
    Word,
    WordColumn,
    WordRow,
    nearest_column,
)
from budgetkit.readers.characters import Char

__all__ = ["Heading", "depths_of", "find_headings"]


def depths_of(headings: Sequence[Heading]) -> list[int] | None:
    """How many headings stand over each one; None where two of them share a place."""
    depths: list[int] = []
    for position, heading in enumerate(headings):
        over = [
            (o, d) for o, d in zip(headings[:position], depths, strict=True) if o.meets(heading)
        ]
        if any(not other.covers(heading) for other, _ in over):
            return None
        depths.append(1 + max((depth for _, depth in over), default=-1))
    return depths


@dataclass(slots=True)
class Heading:
    """A heading: its words, line by line from below, and the columns that it stands over."""

    first: int
    last: int
    chars: list[Char]
    top: float

    def meets(self, other: Heading) -> bool:
        return other.first <= self.last and self.first <= other.last

    def covers(self, other: Heading) -> bool:
        return self.first <= other.first and other.last <= self.last


def find_headings(above: Sequence[WordRow], columns: list[WordColumn]) -> list[Heading] | None:
    """The headings from above; columns without any word below their heading are added.

    Each heading stands over one column or over the middle of a group that has headings of its
    own. A line as near as those of one cell, over the same column, goes on in the same heading.
    """
    for row in above:
        row.words = _spaced_out(row.words, columns)
    _add_columns(above, columns)
    cells = _cells(above, columns)
    found: list[Heading] = []
    tops: dict[int, Heading] = {}
    for row in reversed(above):
        level: list[Heading] = []
        spans = _spans(row, cells, tops)
        if spans is None:
            return None
        for word, (first, last) in zip(row.words, spans, strict=True):
            under = tops.get(first) if first == last else None
            near = under is not None and under.first == under.last
            if under is not None and near and under.top - word.top <= WRAPPED * row.line.size:
                under.chars[:0] = word.chars
                under.top = word.top
                continue
            level.append(Heading(first, last, list(word.chars), word.top))
        for heading in level:
            tops.update(dict.fromkeys(range(heading.first, heading.last + 1), heading))
        found[:0] = level
    return sorted(found, key=lambda heading: heading.top)


def _add_columns(above: Sequence[WordRow], columns: list[WordColumn]) -> None:
    """Adds a column for every heading over none, but for those over the middle of several.

    Amounts stand at the right of their column and headings in its middle: amounts without a
    heading, right behind a heading without amounts, are of one column with it. Names and codes
    stand at the left of theirs.
    """
    for row in reversed(above):
        below = [
            word
            for other in above
            if other.line.top - row.line.top > WRAPPED * row.line.size
            for word in other.words
        ]
        for word in row.words:
            if any(column.covers(word) for column in columns) or _is_tail(
                word, row, above, columns
            ):
                continue
            headed = [c for c in columns if any(c.covers(other) for other in below)]
            if _over_middle(word, headed):
                continue
            place = sum(column.x0 < word.x0 for column in columns)
            ahead = columns[place - 1] if place else None
            if (
                ahead is not None
                and not ahead.money
                and word.x0 - ahead.x1 < _BEHIND * row.line.size
                and _lacks_heading(ahead, above)
            ):
                ahead.x1 = word.x1
                continue
            behind = columns[place] if place < len(columns) else None
            if (
                behind is not None
                and behind.money
                and behind.x0 - word.x1 < _BEHIND * row.line.size
                and _lacks_heading(behind, above)
            ):
                behind.x0 = word.x0
            else:
                columns.insert(place, WordColumn(word.x0, word.x1, money=True))


def _is_tail(
    word: Word, row: WordRow, above: Sequence[WordRow], columns: Sequence[WordColumn]
) -> bool:
    """Whether a word is the last line of a heading above it that stands over a column."""
    lines = [
        other for other in above if 0 < row.line.top - other.line.top <= WRAPPED * row.line.size
    ]
    return any(
        head.x0 <= word.middle <= head.x1 and any(column.covers(head) for column in columns)
        for other in lines
        for head in other.words
    )


def _lacks_heading(column: WordColumn, above: Sequence[WordRow]) -> bool:
    return not any(column.covers(word) for row in above for word in row.words)


_BEHIND = 12
"""Amounts stand no farther behind their heading than this many type sizes."""


def _spaced_out(words: Sequence[Word], columns: Sequence[WordColumn]) -> list[Word]:
    """The words of a line with 合　计 as one: single characters over one column, or over none."""
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        if before is not None and len(word.chars) == 1 and _is_spaced(before):
            apart = nearest_column(columns, before) != nearest_column(columns, word)
            if not apart and word.x0 - before.x1 <= _SPACED * word.size:
                before.chars.extend(word.chars)
                continue
        joined.append(word)
    return joined


_SPACED = 4.5
"""How far apart, in type sizes, the characters of a short word may be set."""


def _is_spaced(word: Word) -> bool:
    return all(b.x0 - a.x1 > WORD_GAP * word.size for a, b in pairwise(word.chars))


def _cells(above: Sequence[WordRow], columns: Sequence[WordColumn]) -> list[WordColumn]:
    """How far the cells of each column reach: its lowest heading stands in their middle."""
    cells = [WordColumn(c.x0, c.x1, c.money) for c in columns]
    for place, column in enumerate(columns):
        over = [word for row in above for word in row.words if column.covers(word)]
        alone = [word for word in over if sum(c.covers(word) for c in columns) == 1]
        if not alone:
            continue
        middle = alone[-1].middle
        half = max(middle - column.x0, column.x1 - middle, middle - alone[-1].x0)
        left = columns[place - 1].x1 if place else middle - half
        right = columns[place + 1].x0 if place + 1 < len(columns) else middle + half
        cells[place].x0, cells[place].x1 = max(middle - half, left), min(middle + half, right)
    return cells


def _over_middle(word: Word, columns: Sequence[WordColumn]) -> bool:
    return any(
        abs((left.x0 + right.x1) / 2 - word.middle) <= word.size
        for i, left in enumerate(columns)
        for right in columns[i + 1 :]
    )


def _spans(
    row: WordRow, columns: Sequence[WordColumn], tops: dict[int, Heading]
) -> list[tuple[int, int]] | None:
    """The columns of each heading of one line: runs beside each other whose middles lie nearest.

    Several columns may be of one heading where each has a heading in a row below it; such columns
    are rather covered than left without. None where a heading stands over no column.
    """
    size = row.line.size
    lower = {
        column for column, heading in tops.items() if heading.top - row.line.top > WRAPPED * size
    }
    count = len(columns)
    best: list[tuple[float, list[tuple[int, int]]] | None] = [(0.0, [])] + [None] * count
    for word in row.words:
        following: list[tuple[float, list[tuple[int, int]]] | None] = [None] * (count + 1)
        for start, known in enumerate(best):
            if known is None:
                continue
            for first in range(start, count):
                for last in range(first, count):
                    if last > first and not lower.issuperset(range(first, last + 1)):
                        break
                    middle = (columns[first].x0 + columns[last].x1) / 2
                    cost = known[0] + _miss(word, columns[first : last + 1], middle, size)
                    cost -= _COVERED * (last - first)
                    cost += _ALONE * (first == last and first in lower)
                    at = following[last + 1]
                    if at is None or cost < at[0]:
                        following[last + 1] = (cost, [*known[1], (first, last)])
        best = following
    found = [item for item in best if item is not None]
    spans = min(found, key=lambda item: item[0])[1] if found else []
    fits = len(spans) == len(row.words) and all(
        columns[first].x0 - size <= word.middle <= columns[last].x1 + size
        for word, (first, last) in zip(row.words, spans, strict=True)
    )
    return spans if fits else None


_ALONE = 0.8
"""What a group of one column counts, for a heading over another one: few are."""
_COVERED = 0.4
"""What a further column below a group's heading counts, in type sizes off its middle."""


def _miss(word: Word, columns: Sequence[WordColumn], middle: float, size: float) -> float:
    """How far a heading is from the middle of some columns; a single one it need only overlap."""
    if len(columns) == 1 and columns[0].covers(word):
        return min(abs(middle - word.middle) / size, 1.0)
    return abs(middle - word.middle) / size
