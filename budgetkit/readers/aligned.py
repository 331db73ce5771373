"""Tables without ruling lines, read by the places of their words.

Amounts that stand below each other form a column, names and codes left of them too; a heading
belongs to the columns that it stands over. Where the words of a row fit no such columns, nothing
is read as a table, and the lines stay text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from budgetkit.readers.aligned_headings import depths_of, find_headings
from budgetkit.readers.aligned_rows import (
    MOST_HEADINGS,
    WordColumn,
    WordRow,
    counts_columns,
    find_columns,
    find_runs,
    find_words,
    heading_rows,
    join_rows,
    nearest_column,
    place_of,
)
from budgetkit.readers.characters import TextLine
from budgetkit.readers.ruled import RuledGrid

__all__ = ["find_aligned"]


def find_aligned(page: int, lines: list[TextLine]) -> tuple[list[RuledGrid], int]:
    """Grids for the tables that some lines form, and how many amounts in columns form none.

    The lines of the grids leave `lines`.
    """
    rows = [WordRow(line, find_words(line), [line]) for line in lines]
    grids: list[RuledGrid] = []
    lost = 0
    for first, last in find_runs(rows):
        data = join_rows(rows[first:last])
        above = heading_rows(rows[:first], data)
        grid = _read_table(page, above, data, bool(first))
        if grid is None:
            lost += sum(row.amounts for row in data)
            continue
        grids.append(grid)
        for row in (*above, *data):
            for line in row.lines:
                lines.remove(line)
    return grids, lost


def _read_table(
    page: int, above: Sequence[WordRow], data: Sequence[WordRow], goes_on: bool
) -> RuledGrid | None:
    """The grid of some rows and the headings above them; None where the places say too little.

    Amounts below text have a heading, and none that is written downwards.
    """
    columns = find_columns(data)
    if columns is None or len(above) > MOST_HEADINGS or (goes_on and not above):
        return None
    if above and counts_columns(above[-1]):
        return _build(page, above[:-1], [above[-1], *data], columns)
    return _build(page, above, data, columns)


def _build(
    page: int, above: Sequence[WordRow], data: Sequence[WordRow], columns: list[WordColumn]
) -> RuledGrid | None:
    """The grid of a table: headings over their columns, every word of a row in its column."""
    headings = find_headings(above, columns)
    depths = depths_of(headings) if headings is not None else None
    if headings is None or depths is None:
        return None
    levelled = list(zip(headings, depths, strict=True))
    height = 1 + max(depths, default=-1)
    edges = [min(h.top for h, depth in levelled if depth == level) for level in range(height)]
    edges += [*(row.line.top for row in data), data[-1].line.bottom]
    sides = [columns[0].x0 - 1, *((a.x1 + b.x0) / 2 for a, b in pairwise(columns))]
    sides.append(columns[-1].x1 + 1)
    if any(b <= a for a, b in (*pairwise(edges), *pairwise(sides))):
        return None
    grid = RuledGrid(page, sides, edges, {}, {}, source="places")
    for heading, depth in levelled:
        below = any(d > depth and heading.covers(other) for other, d in levelled)
        _put(grid, depth, heading.first, 1 if below else height - depth, heading.last)
        grid.chars[depth, heading.first].extend(heading.chars)
    for number, row in enumerate(data, start=height):
        for word in row.words:
            place = place_of(columns, word) if row.amounts else nearest_column(columns, word)
            grid.chars[number, place or 0].extend(word.chars)
    for number in range(len(edges) - 1):
        for column in range(len(columns)):
            if (number, column) not in grid.owner:
                _put(grid, number, column, 1, column)
    return grid


def _put(grid: RuledGrid, row: int, first: int, height: int, last: int) -> None:
    grid.places[row, first] = (height, last - first + 1)
    for line in range(row, row + height):
        for column in range(first, last + 1):
            grid.owner[line, column] = (row, first)
