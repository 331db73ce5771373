"""A list printed in blocks side by side under one heading, with one total for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from budgetkit.identities import Identity, terms_of
from budgetkit.language import said
from budgetkit.ledger import Number
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable

__all__ = ["block_identities", "sections_in_blocks"]


def sections_in_blocks(table: BudgetTable) -> dict[int, tuple[int, ...]]:
    """Every section that is one of several blocks of a list, to all blocks of that list.

    Blocks stand under one heading and repeat its columns: code, name, amount.
    """
    shapes: dict[tuple[str, tuple[tuple[str, ...], ...]], list[int]] = {}
    for section in range(len(table.rows)):
        columns = [column for column in table.columns if column.section == section]
        amounts = [column for column in columns if column.role == "amount"]
        if len(amounts) != 1 or len(columns[0].path) < 2:
            continue
        shape = (columns[0].path[0], tuple(column.path[1:] for column in columns))
        shapes.setdefault(shape, []).append(section)
    return {
        section: tuple(sections)
        for sections in shapes.values()
        if len(sections) > 1
        for section in sections
    }


def block_identities(table: BudgetTable) -> Iterator[Identity]:
    """The total of a list in blocks over the rows of all its blocks."""
    for sections in sorted(set(sections_in_blocks(table).values())):
        totals = [row for s in sections for row in table.rows[s] if row.kind == "total"]
        if len(totals) != 1:
            continue
        printed = [
            number
            for section in sections
            if (number := _amount(table, section, totals[0])) is not None
        ]
        parts = [
            number
            for section in sections
            for row in table.rows[section]
            if _is_root(table.rows[section], row)
            and (number := _amount(table, section, row)) is not None
        ]
        if len(printed) == 1 and parts:
            yield Identity(
                "structure.column_total",
                terms_of(printed),
                terms_of(parts),
                exact=len(parts) == 1,
                note=said(
                    "table {table}: {row} over all its blocks",
                    table=table.number,
                    row=totals[0].key,
                ),
            )


def _amount(table: BudgetTable, section: int, row: Row) -> Number | None:
    return table.cells.get((row.line, table.amount_columns(section)[0].index))


def _is_root(rows: list[Row], row: Row) -> bool:
    """Whether a row is a part of the total and of no other row."""
    if row.kind == "total" or not row.key:
        return False
    return row.parent is None or rows[row.parent].kind == "total"
