"""Tables without ruling lines, read by the places of their words.

Amounts that stand below each other form a column, names and codes left of them too; a heading
belongs to the columns that it stands over. Where the words of a row fit no such columns, nothing
is read as a table, and the lines stay text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from budgetkit.amounts import fold_width
from budgetkit.readers.characters import Char, TextLine
from budgetkit.readers.ruled import RuledGrid

__all__ = ["find_aligned"]

_MONEY = re.compile(r"[-+]?(?:\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+)%?")
_DIGITS = re.compile(r"[\d.,%+-]")
_SENTENCE = re.compile(r"[。；！？]|，.*，")
_CAPTION = re.compile(r":|表(?:\(.*\))?$")
_WORD_GAP = 0.5
"""Words stand farther apart than this many type sizes."""
_AMOUNT_GAP = 0.12
"""An amount and a name beside it are two words even where they stand as near as this."""
_ROW_GAP = 2.6
"""Lines farther apart than this many type sizes are not of one table."""
_WRAPPED = 1.45
"""Lines of one heading stand no farther apart, from foot to foot, than this many type sizes."""
_MOST_HEADINGS = 8
_LEAST_ROWS = 2
_LEAST_AMOUNTS = 4
"""A table of a single row has at least so many amounts."""


@dataclass(slots=True)
class _Word:
    """Characters that belong together, and whether they are an amount."""

    chars: list[Char]
    money: bool = False

    @property
    def x0(self) -> float:
        return self.chars[0].x0

    @property
    def x1(self) -> float:
        return self.chars[-1].x1

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(slots=True)
class _Column:
    """One column: how far its words reach, and whether amounts stand in it."""

    x0: float
    x1: float
    money: bool

    def covers(self, word: _Word) -> bool:
        return word.x0 < self.x1 and self.x0 < word.x1


@dataclass(slots=True)
class _Row:
    """The lines of one row of the table with their words."""

    line: TextLine
    words: list[_Word]
    lines: list[TextLine] = field(default_factory=list)

    @property
    def amounts(self) -> int:
        return sum(word.money for word in self.words)


def find_aligned(page: int, lines: list[TextLine]) -> list[RuledGrid]:
    """Grids for the tables that some lines form; their lines leave `lines`."""
    rows = [_Row(line, _words(line), [line]) for line in lines]
    grids: list[RuledGrid] = []
    for first, last in _runs(rows):
        data = rows[first:last]
        columns = _columns(data)
        if columns is None:
            continue
        above = _heading_rows(rows[:first], data)
        grid = _build(page, above, data, columns)
        if grid is None:
            continue
        grids.append(grid)
        for row in (*above, *data):
            lines.remove(row.line)
    return grids


def _words(line: TextLine) -> list[_Word]:
    words: list[_Word] = []
    size = line.size
    for char in line.chars:
        before = words[-1].chars[-1] if words else None
        if before is not None:
            gap = char.x0 - before.x1
            turns = bool(_DIGITS.match(char.sign)) != bool(_DIGITS.match(before.sign))
            near = gap <= (_AMOUNT_GAP if turns else _WORD_GAP) * size
            if near:
                words[-1].chars.append(char)
                continue
        words.append(_Word([char]))
    for word in words:
        text = fold_width("".join(char.sign for char in word.chars))
        word.money = bool(_MONEY.fullmatch(text))
    return words


def _runs(rows: Sequence[_Row]) -> list[tuple[int, int]]:
    """From which row to which the tables reach: rows with amounts, names alone between them."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    end = 0
    for index, row in enumerate(rows):
        told = row.amounts > 0 and (len(row.words) > 1)
        if start is not None and (
            _SENTENCE.search(row.line.text) or _apart(rows[index - 1], row)
        ):
            runs.append((start, end))
            start = None
        if told and not _SENTENCE.search(row.line.text):
            start = index if start is None else start
            end = index + 1
    if start is not None:
        runs.append((start, end))
    return [(a, b) for a, b in runs if _is_table(rows[a:b])]


def _apart(above: _Row, below: _Row) -> bool:
    return below.line.top - above.line.bottom > _ROW_GAP * min(above.line.size, below.line.size)


def _is_table(rows: Sequence[_Row]) -> bool:
    told = [row for row in rows if row.amounts]
    return len(told) >= _LEAST_ROWS or any(row.amounts >= _LEAST_AMOUNTS for row in told)


def _columns(rows: Sequence[_Row]) -> list[_Column] | None:
    """The columns that the words of the rows form; None where they form none."""
    money = _united([word for row in rows for word in row.words if word.money], money=True)
    names = _united(
        [
            word
            for row in rows
            for word in row.words
            if not word.money and not any(column.covers(word) for column in money)
        ],
        money=False,
    )
    columns = sorted([*money, *names], key=lambda column: column.x0)
    if len(columns) < 2 or columns[0].money:
        return None
    for row in rows:
        taken = [_place(columns, word) for word in row.words if word.money]
        if None in taken or len(set(taken)) < len(taken):
            return None  # two amounts of a row in one column: the places say nothing
    return columns


def _united(words: Sequence[_Word], money: bool) -> list[_Column]:
    columns: list[_Column] = []
    for word in sorted(words, key=lambda word: word.x0):
        if columns and word.x0 < columns[-1].x1:
            columns[-1].x1 = max(columns[-1].x1, word.x1)
        else:
            columns.append(_Column(word.x0, word.x1, money))
    return columns


def _place(columns: Sequence[_Column], word: _Word) -> int | None:
    """The column of a word: the one it overlaps; a long name belongs where it begins."""
    over = [i for i, column in enumerate(columns) if column.covers(word)]
    if word.money:
        return over[0] if len(over) == 1 else None
    if over:
        return over[0]
    left = [i for i, column in enumerate(columns) if column.x0 <= word.x0]
    return left[-1] if left else 0


def _heading_rows(above: Sequence[_Row], data: Sequence[_Row]) -> list[_Row]:
    """The rows right above the first one with amounts, up to the caption of the table."""
    found: list[_Row] = []
    below = data[0]
    sizes = sorted(row.line.size for row in data)
    usual = sizes[len(sizes) // 2]
    for row in reversed(above[-_MOST_HEADINGS:]):
        text = fold_width(row.line.text)
        large = row.line.size > 1.2 * usual and len(row.words) == 1
        if _apart(row, below) or large or _CAPTION.search(text) or _SENTENCE.search(text):
            break
        found.insert(0, row)
        below = row
    return found


def _build(
    page: int, above: Sequence[_Row], data: Sequence[_Row], columns: list[_Column]
) -> RuledGrid | None:
    """The grid of a table: headings over their columns, every word of a row in its column."""
    for row in reversed(above):
        for word in row.words:
            if not any(c.covers(word) for c in columns) and not _is_group(word, columns):
                columns.append(_Column(word.x0, word.x1, money=True))
                columns.sort(key=lambda column: column.x0)
    headings = _headings(above, columns)
    rows = [*headings, *[_placed(row, columns) for row in data]]
    lines = [row.line for row in (*above, *data)]
    tops = [min(c.top for chars in row.values() for c in chars) for row in rows]
    edges = [*tops, max(line.bottom for line in lines)]
    if any(b <= a for a, b in pairwise(edges)):
        return None
    sides = [columns[0].x0 - 1, *[(a.x1 + b.x0) / 2 for a, b in pairwise(columns)]]
    sides.append(columns[-1].x1 + 1)
    grid = RuledGrid(page, sides, edges, {}, {})
    for number, row in enumerate(rows):
        covered = 0
        for (first, last), chars in sorted(row.items()):
            if first < covered:
                return None
            for blank in range(covered, first):
                grid.places[number, blank] = (1, 1)
            grid.places[number, first] = (1, last - first + 1)
            grid.chars[number, first].extend(chars)
            covered = last + 1
        for blank in range(covered, len(columns)):
            grid.places[number, blank] = (1, 1)
    for (number, first), (_, width) in grid.places.items():
        for column in range(first, first + width):
            grid.owner[number, column] = (number, first)
    return grid


_Cells = dict[tuple[int, int], list[Char]]
"""First and last column to the characters of a cell."""


def _placed(row: _Row, columns: Sequence[_Column]) -> _Cells:
    cells: _Cells = {}
    for word in row.words:
        place = _place(columns, word) or 0
        cells.setdefault((place, place), []).extend(word.chars)
    return cells


def _headings(above: Sequence[_Row], columns: Sequence[_Column]) -> list[_Cells]:
    """The heading rows, from above: each word over one column or a group of them.

    Lines that stand as near as those of one cell are one row.
    """
    rows: list[_Cells] = []
    below: set[int] = set()
    before: TextLine | None = None
    for row in reversed(above):
        cells: _Cells = {}
        for word in row.words:
            span = _span(word, row.words, columns, below)
            cells.setdefault(span, []).extend(word.chars)
        wrapped = (
            before is not None and before.bottom - row.line.bottom <= _WRAPPED * row.line.size
        )
        if rows and wrapped and all(first == last for first, last in cells):
            for span, chars in cells.items():
                rows[0].setdefault(span, []).extend(chars)
        else:
            rows.insert(0, cells)
        below.update(c for first, last in cells for c in range(first, last + 1))
        before = row.line
    return [cells for cells in rows if cells]


def _is_group(word: _Word, columns: Sequence[_Column]) -> bool:
    """Whether a word in a gap stands over the middle of some columns."""
    first, last = _best(word, columns, range(len(columns)))
    size = word.chars[0].bottom - word.chars[0].top
    middle = (columns[first].x0 + columns[last].x1) / 2
    return last > first and abs(middle - word.middle) <= size


def _span(
    word: _Word, beside: Sequence[_Word], columns: Sequence[_Column], below: set[int]
) -> tuple[int, int]:
    """The columns that a heading stands over: more than one where headings stand below it."""
    over = [i for i, column in enumerate(columns) if column.covers(word)]
    others = {
        i
        for other in beside
        if other is not word
        for i, column in enumerate(columns)
        if column.covers(other)
    }
    if over and not all(i in below for i in over):
        nearest = min(over, key=lambda i: abs((columns[i].x0 + columns[i].x1) / 2 - word.middle))
        return nearest, nearest
    free = [i for i in range(len(columns)) if i in over or (i in below and i not in others)]
    first, last = _best(word, columns, free)
    if over and not first <= over[0] <= last:
        return over[0], over[-1]
    return first, last


def _best(
    word: _Word, columns: Sequence[_Column], free: Sequence[int] | range
) -> tuple[int, int]:
    """The run of columns whose middle is nearest to a word's."""
    runs = [
        (i, j)
        for i in free
        for j in free
        if i <= j and all(k in free for k in range(i, j + 1))
    ]
    return min(
        runs,
        key=lambda run: (
            round(abs((columns[run[0]].x0 + columns[run[1]].x1) / 2 - word.middle), 1),
            run[1] - run[0],
        ),
        default=(0, 0),
    )
