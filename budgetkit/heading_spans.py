"""Headings whose cells are not merged over the columns that they head, as many spreadsheets have them.

Such a cell stands over blank ones, and the row below names the columns one by one. Where files
tell merged cells, a blank cell could be anything: it belongs to the heading on its left only where
the row below begins under that heading, names nothing outside of such groups, and mostly in words
that headings have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from budgetkit.blocks import Cell
from budgetkit.heading_rows import Matrix, count_rows_before_amounts, opens_data
from budgetkit.labels import parse_label
from budgetkit.vocabulary import is_term

__all__ = ["MERGING", "spread_headings"]

MERGING = frozenset({"sheet", "table"})
"""Sources of grids that tell which cells are merged: sheets, tables of Word and of web pages."""
_DEEPEST = 6


@dataclass(slots=True)
class _Group:
    """A heading cell with the columns up to the next one, and whether a row below names them."""

    row: int
    first: int
    last: int
    named: bool = False


def spread_headings(matrix: Matrix, width: int) -> Matrix:
    """The matrix with the spans that its heading cells mean; the same one where they are merged, or
    where it is not plain what they span."""
    limit = min(count_rows_before_amounts(matrix), _DEEPEST)
    heading = matrix[:limit]
    if limit < 2 or any(_is_merged(cell) for row in heading for cell in row.values()):
        return matrix
    done: list[_Group] = []
    open_groups = _parted(matrix[0], 0, 0, width - 1)
    covered = open_groups[0].first if open_groups else width
    depth = 1
    while depth < limit and _goes_on(matrix[depth], open_groups, covered):
        below: list[_Group] = []
        for group in open_groups:
            parts = _parted(matrix[depth], depth, group.first, group.last)
            group.named = bool(parts)
            (done if parts else below).append(group)
            below.extend(parts)
        below.extend(_parted(matrix[depth], depth, 0, covered - 1))
        open_groups, depth = sorted(below, key=lambda group: group.first), depth + 1
        covered = min(covered, open_groups[0].first)
    return _spanned(matrix, [*done, *open_groups], depth) if depth > 1 else matrix


def _is_merged(cell: Cell) -> bool:
    return cell.row_span > 1 or cell.column_span > 1


def _parted(row: Mapping[int, Cell], line: int, first: int, last: int) -> list[_Group]:
    """The heading cells of a row between two columns, each up to the next one."""
    starts = [index for index in range(first, last + 1) if index in row and row[index].text]
    ends = [*(start - 1 for start in starts[1:]), last]
    return [_Group(line, start, end) for start, end in zip(starts, ends, strict=False)]


def _goes_on(row: Mapping[int, Cell], groups: list[_Group], covered: int) -> bool:
    """Whether a row names columns of the groups above it, and nothing else."""
    texts = {index: cell.text for index, cell in row.items() if cell.text}
    over = {i: g for g in groups if g.last > g.first for i in range(g.first, g.last + 1)}
    inside = {index: over[index] for index in texts if index in over}
    if not inside or any(index >= covered and index not in inside for index in texts):
        return False
    if any(group.first not in texts for group in inside.values()):
        return False
    if any(opens_data(text, leading=len(texts) == 1) for text in texts.values()):
        return False
    known = sum(is_term(parse_label(text).name) for text in texts.values())
    return known * 2 >= len(texts)


def _spanned(matrix: Matrix, groups: list[_Group], depth: int) -> Matrix:
    """The matrix with its heading cells spread over their columns, and down to the last row of the
    heading where nothing stands below them."""
    spread: Matrix = [{} for _ in range(depth)]
    for group in groups:
        cell = matrix[group.row][group.first]
        columns = group.last - group.first + 1 if group.named else 1
        rows = 1 if group.named else depth - group.row
        spread[group.row][group.first] = replace(cell, column_span=columns, row_span=rows)
    return [*spread, *matrix[depth:]]
