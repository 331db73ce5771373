"""Sums that only the layout suggests and the amounts deny: asked about, not called wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from budgetkit.amounts import format_decimal
from budgetkit.identities.structure import doubt_parts, row_formulas
from budgetkit.language import said
from budgetkit.observations import Observation
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable

__all__ = ["unclear_heading", "unclear_sum"]

RULE = "structure.unclear_sum"
_MOST_OTHERS = 12  # columns whose sums are all tried


def unclear_sum(
    table: BudgetTable, section: int, row: Row, children: Sequence[Row]
) -> Iterator[Observation]:
    """A whole whose rows below do not add up to it, where nothing tells which are its parts."""
    parts = [child for child in children if not child.of_which]
    # Things counted in different units (posts, vehicles, floor space) add up to nothing.
    columns = [c for c in table.amount_columns(section) if c.facts.get("measure") != "quantity"]
    if not parts or not doubt_parts(table, row, parts, columns):
        return
    for column in columns:
        whole = table.cells.get((row.line, column.index))
        addends = [
            number
            for part in parts
            if (number := table.cells.get((part.line, column.index))) is not None
        ]
        if whole is not None and whole.value and addends:
            total = format_decimal(sum((n.value for n in addends), Decimal(0)))
            yield Observation(
                RULE,
                said(
                    "table {table}, column {column}: '{name}' prints {whole}, "
                    "the {count} rows below it add up "
                    "to {total}; neither codes nor numbers tell which of them are its "
                    "parts, so a row may be lost or wrong",
                    table=table.number,
                    column=column.number,
                    name=row.name,
                    whole=whole.text,
                    count=len(addends),
                    total=total,
                ),
                (whole, *addends),
                (whole.where,),
            )
            return


def unclear_heading(table: BudgetTable) -> Iterator[Observation]:
    """The only row of a table whose total is the sum of no columns beside it."""
    if len(table.rows) != 1 or len(table.rows[0]) != 1:
        return
    row = table.rows[0][0]
    for total, parts in row_formulas(table.heading.nodes, table.amount_columns(0)):
        whole = table.cells.get((row.line, total))
        addends = [table.cells[row.line, p] for p in parts if (row.line, p) in table.cells]
        others = [n for (_, column), n in sorted(table.cells.items()) if column != total]
        if whole is None or not whole.value or not len(addends) > 1 or len(others) > _MOST_OTHERS:
            continue
        sums = (
            sum((n.value for n in some), Decimal(0))
            for count in range(1, len(others) + 1)
            for some in combinations(others, count)
        )
        if not any(abs(value - whole.value) <= len(others) * whole.half for value in sums):
            total_text = format_decimal(sum((n.value for n in addends), Decimal(0)))
            yield Observation(
                RULE,
                said(
                    "table {table}: the total {whole} is the sum of no columns beside it; those "
                    "that its heading suggests add up to {total}",
                    table=table.number,
                    whole=whole.text,
                    total=total_text,
                ),
                (whole, *addends),
                (whole.where,),
            )
