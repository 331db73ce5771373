"""Tables whose columns were concluded and whose sums say that the conclusion is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from budgetkit.language import said
from budgetkit.reconcile import Check
from budgetkit.tables import BudgetTable

__all__ = ["doubt_misread"]


def doubt_misread(checks: Sequence[Check], tables: Sequence[BudgetTable]) -> list[Check]:
    """The checks, with those not checkable that only a misread table may break.

    Of a table without ruling lines one wrong number breaks all the sums that it stands in. Where
    several sums break that have no number in common, the words were rather read into the wrong
    columns, and the publisher is not to blame.
    """
    result = list(checks)
    for table in tables:
        if not table.by_places:
            continue
        own = {number.id for number in table.cells.values()}
        broken = [
            position
            for position, check in enumerate(result)
            if check.outcome == "violated"
            and not check.identity.observed
            and own.intersection(check.numbers)
        ]
        if not broken or own.intersection(*(result[position].numbers for position in broken)):
            continue
        reason = said(
            "table {table} has no ruling lines, and several of its sums do not hold as its words "
            "stand, so its columns may be misread; compare with the source",
            table=table.number,
        )
        for position in broken:
            check = result[position]
            result[position] = Check(check.id, check.identity, "not_checkable", reason=reason)
    return result
