"""Rows of a table that no rule closes, read by the places of their words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from budgetkit.amounts import fold_width
from budgetkit.blocks import Problem, Where
from budgetkit.language import said
from budgetkit.readers.characters import Char, TextLine
from budgetkit.readers.ruled import RuledGrid

__all__ = ["find_words", "numbers_alone", "recover_rows"]

_NUMBER = re.compile(r"[-+(（]?[\d,]*\d(?:\.\d+)?%?[)）]?")
_WORD_GAP = 0.9
"""Words stand farther apart than this many type sizes."""
_LINE_GAP = 0.9
"""Lines of one cell stand no farther apart than this many type sizes."""
_ROW_GAP = 3.5
"""A row stands no farther below the last than this many type sizes."""


def find_words(line: TextLine) -> list[list[Char]]:
    """A line's characters in groups, a wide gap between each two."""
    groups: list[list[Char]] = []
    for char in line.chars:
        if groups and char.x0 - groups[-1][-1].x1 <= _WORD_GAP * (char.bottom - char.top):
            groups[-1].append(char)
        else:
            groups.append([char])
    return groups


def numbers_alone(line: TextLine) -> list[list[Char]]:
    """The words of a line that are a number and nothing else, where it has other words too."""
    words = find_words(line)
    if len(words) < 2:
        return []
    return [word for word in words if _NUMBER.fullmatch(fold_width("".join(c.sign for c in word)))]


def recover_rows(grids: list[RuledGrid], lines: list[TextLine]) -> Iterator[Problem]:
    """Adds the lines right below a grid to it where their words stand in its columns.

    The rule below the last row of a page is sometimes missing, and the row with it. Every row
    that is read so is named; the lines taken leave `lines`.
    """
    for grid in grids:
        rows = _rows_below(grid, lines)
        for row in rows:
            _add_row(grid, row)
            for line in row:
                lines.remove(line)
        if rows:
            yield Problem(
                "row_without_rule",
                said(
                    "page {page}: {count} row(s) below the last rule of a table were read by the "
                    "places of their words; compare with the source",
                    page=grid.page,
                    count=len(rows),
                ),
                Where(page=grid.page, box=(grid.left, grid.top, grid.right, grid.bottom)),
            )


def _rows_below(grid: RuledGrid, lines: list[TextLine]) -> list[list[TextLine]]:
    """The lines right below a grid as rows; none where they do not fit its columns."""
    rows: list[list[TextLine]] = []
    bottom, gap = grid.bottom, _ROW_GAP
    for line in lines:
        if line.top < bottom - 0.5 * line.size:
            continue
        if line.top - bottom > gap * line.size or not _fits(grid, line):
            break
        if rows and line.top - bottom <= _LINE_GAP * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
        bottom, gap = line.bottom, _ROW_GAP / 2
    while rows and not any(numbers_alone(line) for line in rows[-1]):
        rows.pop()
    return rows


def _fits(grid: RuledGrid, line: TextLine) -> bool:
    columns = [_column(grid, word) for word in find_words(line)]
    return None not in columns


def _column(grid: RuledGrid, word: list[Char]) -> int | None:
    """The column whose edges hold a word, None where it crosses one."""
    place = bisect_right(grid.columns, word[0].x0 + 1) - 1
    if 0 <= place < len(grid.columns) - 1 and word[-1].x1 <= grid.columns[place + 1] + 1:
        return place
    return None


def _add_row(grid: RuledGrid, lines: list[TextLine]) -> None:
    row = len(grid.rows) - 1
    grid.rows.append(max(line.bottom for line in lines))
    for column in range(len(grid.columns) - 1):
        grid.places[row, column] = (1, 1)
        grid.owner[row, column] = (row, column)
    for line in lines:
        for word in find_words(line):
            place = _column(grid, word)
            assert place is not None, "only lines that fit are added"
            grid.chars[row, place].extend(word)
