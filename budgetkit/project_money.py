"""The same money of a project in the three places that print it, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.language import said, tell
from budgetkit.ledger import YUAN, Number
from budgetkit.projects import Project
from budgetkit.standards import all_projects, frame_of

if TYPE_CHECKING:
    import pandas as pd

    from budgetkit.disclosure import Disclosure

__all__ = ["amounts_table"]

_COLUMNS = (
    "project", "narrative_yuan", "project_table_yuan", "performance_table_yuan", "agree",
    "project_table", "performance_table",
)  # fmt: skip


def amounts_table(disclosure: Disclosure) -> pd.DataFrame:
    """Every described project's budget where it is printed, one row each, in document order.

    Columns: project (name), narrative_yuan, project_table_yuan, performance_table_yuan (Decimal,
    元, None where that place has no amount of this project), agree (in the language in use: yes,
    no, or only one place: amounts agree where they are equal to their printed places),
    project_table and performance_table (numbers of the tables, or None). Projects without any
    amount are left out. Empty, with the same columns, for a document without projects.
    """
    ledger = {number.id: number for number in disclosure.ledger}
    budgets = {table.number: table.budget for table in disclosure.target_tables}
    rows: list[dict[str, object]] = []
    for project in all_projects(disclosure):
        budget = budgets.get(project.target_table or 0, {})
        printed = budget.get("budget_total") or budget.get("budget_appropriation")
        stated = ledger.get(project.amount_number)
        if stated is printed:  # only the performance table names it
            stated = None
        places = (stated, project.table_number, printed)
        amounts = [_yuan(number) for number in places]
        if not any(amount is not None for amount in amounts):
            continue
        rows.append(
            {
                "project": project.name,
                "narrative_yuan": _stated(project, amounts[0], stated),
                "project_table_yuan": amounts[1],
                "performance_table_yuan": amounts[2],
                "agree": _agree(list(_intervals(places))),
                "project_table": project.table,
                "performance_table": project.target_table,
            }
        )
    return frame_of(rows, _COLUMNS)


def _stated(project: Project, amount: Decimal | None, number: Number | None) -> Decimal | None:
    """The narrative's amount; its unit may stand apart from the number."""
    return project.yuan if number is not None and amount is None else amount


def _yuan(number: Number | None) -> Decimal | None:
    if number is None or number.unit not in YUAN:
        return None
    return number.value * YUAN[number.unit]


def _intervals(places: tuple[Number | None, ...]) -> Iterator[tuple[Decimal, Decimal]]:
    """What each printed amount may stand for: half of its last printed place either way."""
    for number in places:
        value = _yuan(number)
        if number is not None and value is not None:
            half = number.half * YUAN[number.unit]
            yield value - half, value + half


def _agree(intervals: list[tuple[Decimal, Decimal]]) -> str:
    if len(intervals) < 2:
        return tell(said("only one place"))
    meet = max(low for low, _ in intervals) <= min(high for _, high in intervals)
    return tell(said("yes")) if meet else tell(said("no"))
