"""Standards of all projects on one scale, yuan a person and month, and what is not comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from budgetkit.amounts import squeeze
from budgetkit.display import place_words
from budgetkit.language import Said, said, tell
from budgetkit.needs import Need, project_need
from budgetkit.records import Record
from budgetkit.schemas import find_schema
from budgetkit.standards import all_projects, decimal_of, frame_of, monthly_yuan, standard_row

if TYPE_CHECKING:
    import pandas as pd

    from budgetkit.disclosure import Disclosure

__all__ = ["not_comparable_table", "scale_table", "standard_records"]


def scale_table(disclosure: Disclosure) -> pd.DataFrame:
    """Standards that are paid to a person for a month, quarter or year, largest first.

    Columns: project, label, printed (amount and unit as printed), yuan_per_person_month (Decimal,
    a year's twelfth), bound (at_least or ""), where (place in the source). Upper limits and
    alternatives are not among them: see not_comparable_table. Empty, with the same columns, where
    there is none.
    """
    rows = []
    for need in _needs(disclosure):
        monthly = monthly_yuan(need.standard)
        if monthly is None or why_not_comparable(need) is not None:
            continue
        rows.append(
            {
                **_named(need),
                "yuan_per_person_month": decimal_of(monthly),
                "bound": need.standard.bound,
                "where": tell(place_words(need.standard.where)),
            }
        )
    rows.sort(key=lambda row: -(row["yuan_per_person_month"] or 0))  # type: ignore[operator]
    columns = ("project", "label", "printed", "yuan_per_person_month", "bound", "where")
    return frame_of(rows, columns)


def not_comparable_table(disclosure: Disclosure) -> pd.DataFrame:
    """Standards that have no place on that scale, with the reason, in document order.

    Columns: project, label, printed (amount and unit as printed), why (in the language in use),
    where. Empty, with the same columns, where all are comparable.
    """
    rows: list[dict[str, object]] = []
    for need in _needs(disclosure):
        why = why_not_comparable(need)
        if why is not None:
            place = tell(place_words(need.standard.where))
            rows.append({**_named(need), "why": tell(why), "where": place})
    return frame_of(rows, ("project", "label", "printed", "why", "where"))


def standard_records(disclosure: Disclosure) -> list[Record]:
    """Every subsidy standard of a disclosure, one row each, in document order.

    Columns are those of the schema `standards`: as printed, in 元, and in 元 per person and month
    where it is paid so; `not_comparable` is the reason why a standard has no place on that scale.
    Texts of the toolkit are in English, whatever language is in use.
    """
    names = [field.name for field in find_schema("standards").fields]
    rows: list[Record] = []
    for found in map(project_need, all_projects(disclosure)):
        for need in found.needs:
            row = standard_row(found.project, need, "en")
            row["project_id"] = found.project.id
            row["sentence"] = squeeze(need.standard.text)
            row["page"] = need.standard.where.page
            why = why_not_comparable(need)
            row["not_comparable"] = None if why is None else tell(why, "en")
            rows.append({name: None if row[name] == "" else row[name] for name in names})
    return rows


def _needs(disclosure: Disclosure) -> list[Need]:
    return [need for project in all_projects(disclosure) for need in project_need(project).needs]


def _named(need: Need) -> dict[str, object]:
    standard = need.standard
    printed = f"{standard.amount:,f} {standard.unit}"
    return {"project": standard.project, "label": standard.label, "printed": printed}


def why_not_comparable(need: Need) -> Said | None:
    """Why a standard is not comparable; None where it is."""
    standard = need.standard
    if need.alternative:
        return said("the description states the same in other words")
    if standard.per == "event":
        return said("per event: how many there are is not said")
    if standard.per == "household":
        return said("per household: how many people live in one is not said")
    if standard.per == "person_day":
        return said("per day: paid for a few days, not for a month")
    if standard.per == "none" and standard.period == "once":
        return said("a lump sum, not an amount for one person")
    if standard.per == "none":
        return said("who receives it is not said")
    if any(assumption.id == "period_unsaid" for assumption in need.assumptions):
        return said("for which period is not said")
    if standard.period == "once":
        return said("paid once, not every month")
    if standard.bound == "at_most":
        return said("only a limit: what is paid may be less")
    if monthly_yuan(standard) is None:
        return said("its period is no month, quarter or year")
    return None
