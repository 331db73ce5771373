"""The grids of one printed table as one matrix, without what later pages repeat."""

from __future__ import annotations

from collections.abc import Sequence

from budgetkit.amounts import is_plain_amount
from budgetkit.blocks import Cell, Grid
from budgetkit.heading_rows import Matrix
from budgetkit.labels import plain_name

__all__ = ["merge_grids"]


def merge_grids(grids: Sequence[Grid]) -> tuple[Matrix, Matrix, list[Matrix]]:
    """All grids as one matrix; apart from it the heading rows that later pages repeat, and whole
    copies of what stands before them."""
    matrix: Matrix = []
    repeated: Matrix = []
    copies: list[Matrix] = []
    for position, grid in enumerate(grids):
        rows = [{cell.column: cell for cell in row} for row in grid.rows]
        if position:
            if _is_copy(rows, matrix):
                copies.append(rows)
                continue
            heading = [_row_texts(row) for row in matrix[:6]]
            while rows and _row_texts(rows[0]) in heading and _is_heading_row(rows[0]):
                repeated.append(rows.pop(0))
        matrix.extend(rows)
    return matrix, repeated, copies


def _is_copy(rows: Matrix, matrix: Matrix) -> bool:
    """Whether rows with amounts repeat those at the top of a table, cell for cell."""
    return (
        len(rows) <= len(matrix)
        and any(is_plain_amount(cell.text) for row in rows for cell in row.values())
        and all(_row_texts(a) == _row_texts(b) for a, b in zip(rows, matrix, strict=False))
    )


def _is_heading_row(row: dict[int, Cell]) -> bool:
    texts = [cell.text for cell in row.values() if cell.text]
    return bool(texts) and not any(map(is_plain_amount, texts))


def _row_texts(row: dict[int, Cell]) -> list[tuple[int, str]]:
    return [(index, plain_name(cell.text)) for index, cell in sorted(row.items()) if cell.text]
