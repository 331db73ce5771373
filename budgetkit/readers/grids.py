"""Cells with spans, as tables of Word, Excel and web pages have them, to grids."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from budgetkit.blocks import Cell, Grid, Passage

__all__ = ["PlacedText", "SpannedText", "build_grid", "place_in_rows", "without_idle"]

_MOST_SPAN = 1000  # what browsers allow too; a page may say colspan="1000000"


@dataclass(frozen=True, slots=True)
class SpannedText:
    """A cell before it has its place: its text, and how many columns and rows it takes."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A cell in its place."""

    text: str
    row: int
    column: int
    rows: int
    columns: int


def place_in_rows(rows: Sequence[Sequence[SpannedText]]) -> list[list[PlacedText]]:
    """Gives every cell the first column that cells from above leave free, as browsers do.

    Spans end with the table; columns and rows in which no cell begins are taken out.
    """
    placed: list[list[PlacedText]] = []
    above: list[tuple[int, int, int]] = []  # (first column, column behind, last row)
    for number, row in enumerate(rows):
        above = sorted(span for span in above if span[2] >= number)
        column = 0
        cells: list[PlacedText] = []
        for cell in row:
            column = _free(above, column)
            width = max(1, min(cell.columns, _MOST_SPAN))
            following = next((first for first, _, _ in above if first > column), column + width)
            width = min(width, following - column)
            height = len(rows) - number if cell.rows <= 0 else min(cell.rows, len(rows) - number)
            cells.append(PlacedText(cell.text, number, column, height, width))
            column += width
        above += [(c.column, c.column + c.columns, c.row + c.rows - 1) for c in cells if c.rows > 1]
        placed.append(cells)
    return without_idle(placed)


def _free(above: Iterable[tuple[int, int, int]], column: int) -> int:
    for first, behind, _ in above:
        if first <= column < behind:
            column = behind
    return column


def without_idle(placed: list[list[PlacedText]]) -> list[list[PlacedText]]:
    """The cells without the columns and rows in which no cell begins.

    Those only come from how a program drew the borders, and would be columns without a heading.
    """
    columns = sorted({cell.column for row in placed for cell in row})
    rows = [number for number, row in enumerate(placed) if row]

    def span(begins: list[int], first: int, length: int) -> tuple[int, int]:
        start = bisect.bisect_left(begins, first)
        return start, max(1, bisect.bisect_left(begins, first + length) - start)

    moved = []
    for row in (placed[number] for number in rows):
        cells = []
        for cell in row:
            top, height = span(rows, cell.row, cell.rows)
            left, width = span(columns, cell.column, cell.columns)
            cells.append(PlacedText(cell.text, top, left, height, width))
        moved.append(cells)
    return moved


def build_grid(
    placed: Sequence[Sequence[PlacedText]], passages: Sequence[dict[int, Passage]], source: str
) -> Grid:
    """The grid of placed cells, with the passages of each row by column; its spans are exact."""
    return Grid(
        tuple(
            tuple(
                Cell(texts.get(c.column, Passage("")), c.row, c.column, c.rows, c.columns)
                for c in row
            )
            for row, texts in zip(placed, passages, strict=True)
        ),
        exact=True,
        source=source,
    )
