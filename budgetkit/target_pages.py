"""Performance tables over several pages: which grids belong to one, and its columns on each page.

A later page has neither title nor heading, and a grid of its own: columns that only the fields of
the first page needed are gone, and so may be the label that runs down beside all indicators. What
the rows say tells which column is which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from budgetkit.amounts import parse_amount, squeeze
from budgetkit.areas import TableArea
from budgetkit.blocks import Block, Cell, Grid, Paragraph, Passage
from budgetkit.target_layout import (
    Layout,
    field_role,
    fit_of,
    heading_layout,
    is_level,
    is_title,
    is_vertical,
    leading_operator,
    repaired_layout,
    starts_table,
)
from budgetkit.target_records import KIND
from budgetkit.vocabulary import kind_named

__all__ = ["aligned_rows", "goes_on", "join_pages"]

Rows = list[tuple[Cell, ...]]
_BESIDE = -1
"""The column of what stands left of all columns of the heading."""

_CENTS = 2
_AMOUNTS = 2
_PIECES = 12
"""How many paragraphs behind a table may be pieces of it."""

_DIGIT = re.compile(r"\d")
_MOST = 0.75
"""The share of a page's rows that must look like indicators of the table before it."""


def join_pages(areas: Sequence[TableArea]) -> tuple[list[TableArea], list[TableArea]]:
    """The areas of budget tables and those of performance tables, each with all its pages.

    A grid behind a performance table that holds nothing but indicator rows is that table's next
    page, whether pieces of a merged cell, or the title printed again, stand above it.
    """
    budgets: list[TableArea] = []
    targets: list[TableArea] = []
    before: TableArea | None = None
    for area in _parted(areas):
        own = area.kind.id == KIND
        if before is not None and (own or not area.title) and _is_later_page(before, area, own):
            before.grids.extend(area.grids)
        elif own:
            before = area
            targets.append(area)
        else:
            before = None
            budgets.append(area)
    return budgets, targets


def _parted(areas: Sequence[TableArea]) -> Iterator[TableArea]:
    """The areas, with a grid of amounts that stands untitled behind indicators as one of its own."""
    for area in areas:
        kept: list[Grid] = []
        apart: list[Grid] = []
        for grid in area.grids:
            foreign = area.kind.id == KIND and kept and _is_foreign(kept, grid)
            (apart if foreign else kept).append(grid)
        area.grids[:] = kept
        yield area
        for grid in apart:
            yield TableArea(kind_named("unknown"), "", area.unit, area.department, [grid])


def _is_foreign(before: Sequence[Grid], grid: Grid) -> bool:
    amounts = [parse_amount(cell.text) for row in grid.rows for cell in row]
    printed = sum(amount is not None and amount.places == _CENTS for amount in amounts)
    rows, more = _lead(grid)
    if more or printed < _AMOUNTS or any(field_role(cell.text) for row in rows for cell in row):
        return False
    return not _fits_below(_last_layout(before), rows, told=False)


def _is_later_page(before: TableArea, area: TableArea, titled: bool) -> bool:
    rows, more = _lead(area.grids[0])
    return not more and _fits_below(_last_layout(before.grids), rows, told=titled)


def _fits_below(layout: Layout | None, rows: Rows, told: bool) -> bool:
    """Whether rows are indicators below a heading; unless `told` so, one must show what it is."""
    if layout is None or not rows:
        return False
    texts = [
        (cell.column, cell.text)
        for row in _moved(layout, rows)
        for cell in row
        if cell.text and not is_vertical(cell.text)
    ]
    fitting = sum(fit_of(layout.get(column, ""), text) >= 0 for column, text in texts)
    telling = any(is_level(text) or leading_operator(text) for _, text in texts)
    return (told or telling) and fitting >= _MOST * len(texts)


def goes_on(blocks: Sequence[Block], area: TableArea) -> bool:
    """Whether pieces of indicators stand behind a table in the text: a page that was not read."""
    last = _last_passage(area.grids[-1])
    position = next(
        (i for i, b in enumerate(blocks) if isinstance(b, Grid) and _last_passage(b) is last),
        len(blocks),
    )
    for block in blocks[position + 1 : position + 1 + _PIECES]:
        if not isinstance(block, Paragraph) or field_role(block.text) or is_title(block.text):
            return False
        words = [squeeze(word) for word in block.text.split()]
        if any(leading_operator(word) and _DIGIT.search(word) for word in words):
            return True
    return False


def _last_passage(grid: Grid) -> Passage | None:
    """The passage of a grid's last cell, by which a grid is known again in the text."""
    return next((cell.passage for row in reversed(grid.rows) for cell in reversed(row)), None)


def aligned_rows(grids: Sequence[Grid]) -> Rows:
    """The rows of all grids, the columns of a later page moved to those of the heading."""
    rows: Rows = []
    layout: Layout | None = None
    for grid in grids:
        following = _next_layout(layout, grid)
        if layout is None or not grid.exact:
            rows.extend(grid.rows)
        else:
            lead, _ = _lead(grid)
            rest, repeated = _below_repeated(layout, grid.rows[len(lead) :])
            rows.extend([*_moved(layout, lead), *rest])
            following = layout if repeated else following
        layout = following
    return rows


def _below_repeated(layout: Layout, rows: Sequence[tuple[Cell, ...]]) -> tuple[Rows, bool]:
    """Rows below the same heading printed again, its columns moved to those of the first one."""
    own = heading_layout(rows[0]) if rows else None
    another = any(starts_table(row) for row in rows)
    if own is None or another or sorted(own.values()) != sorted(layout.values()):
        return list(rows), False
    places = {role: column for column, role in layout.items()}
    move = {column: places[role] for column, role in own.items()}
    unknown = {cell.column for row in rows for cell in row} - set(move)
    move.update({c: _BESIDE if c < min(own) else max(layout) + 1 for c in unknown})
    return [tuple(replace(c, column=move[c.column]) for c in row) for row in rows], True


def _lead(grid: Grid) -> tuple[Rows, bool]:
    """The rows above the first heading or the first field of another table, and if one follows."""
    for position, row in enumerate(grid.rows):
        if heading_layout(row) is not None or starts_table(row):
            return list(grid.rows[:position]), True
    return list(grid.rows), False


def _last_layout(grids: Sequence[Grid]) -> Layout | None:
    layout: Layout | None = None
    for grid in grids:
        layout = _next_layout(layout, grid)
    return layout


def _next_layout(layout: Layout | None, grid: Grid) -> Layout | None:
    """The layout at the end of a grid; None where another table's fields have begun."""
    # From its end upwards: a damaged table may repeat its heading a thousand times.
    for position in range(len(grid.rows) - 1, -1, -1):
        row = grid.rows[position]
        found = heading_layout(row)
        if found is not None:
            return repaired_layout(found, grid.rows[position + 1 :])[0]
        if starts_table(row):
            return None
    return layout


def _moved(layout: Layout, rows: Rows) -> Rows:
    """The rows with the columns that fit the layout best; as they are where nothing fits better."""
    columns = sorted({cell.column for row in rows for cell in row})
    wanted = sorted(layout)
    texts = [
        [(c.column, c.text) for c in row if c.text and not is_vertical(c.text)] for row in rows
    ]
    best: dict[int, int] = {}
    best_score = sum(fit_of(layout.get(column, ""), text) for row in texts for column, text in row)
    for move in _moves(columns, wanted):
        score = sum(
            fit_of(layout.get(move[column], ""), text) for row in texts for column, text in row
        )
        if score > best_score:
            best, best_score = move, score
    if not best:
        return rows
    return [tuple(replace(cell, column=best[cell.column]) for cell in row) for row in rows]


def _moves(columns: Sequence[int], wanted: Sequence[int]) -> list[dict[int, int]]:
    """Every way to lay the columns of a page beside those of the heading without a gap."""
    size = min(len(columns), len(wanted))
    moves = []
    for start in range(len(columns) - size, -1, -1):
        for goal in range(len(wanted) - size, -1, -1):
            move = dict.fromkeys(columns[:start], _BESIDE)
            move.update(dict.fromkeys(columns[start + size :], wanted[-1] + 1))
            kept = zip(columns[start : start + size], wanted[goal : goal + size], strict=True)
            moves.append({**move, **dict(kept)})
    return moves
