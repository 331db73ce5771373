"""Per-person standards as data frames: every standard, and the need beside every budget.

The computation is in needs.py and exact; the frames hold Decimals, rounded to the fen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from budgetkit.display import place_words
from budgetkit.language import joined, tell
from budgetkit.needs import MONTHS, Assumption, Need, ProjectNeed, pays_receivers, project_need
from budgetkit.project_targets import targeted_projects
from budgetkit.projects import Project
from budgetkit.rates import Standard

if TYPE_CHECKING:
    import pandas as pd

    from budgetkit.disclosure import Disclosure

__all__ = [
    "all_projects",
    "decimal_of",
    "find_needs",
    "frame_of",
    "monthly_yuan",
    "need_parts",
    "needs_table",
    "standard_row",
    "standards_table",
]

_FEN = Decimal("0.01")


def find_needs(disclosure: Disclosure) -> list[ProjectNeed]:
    """The computed needs of every project that pays receivers, in document order.

    A project pays receivers where its description or its performance table names a standard per
    person, household or event, or lump sums with a named number of receivers.
    """
    return list(_needs(all_projects(disclosure)))


def all_projects(disclosure: Disclosure) -> list[Project]:
    """The described projects, then those that only a performance table names."""
    described = disclosure.project_list
    return [*described, *targeted_projects(described, disclosure.target_tables)]


def _needs(projects: Sequence[Project]) -> Iterator[ProjectNeed]:
    for project in projects:
        if pays_receivers(project):
            yield project_need(project)


def decimal_of(value: Fraction | None, step: Decimal = _FEN) -> Decimal | None:
    """A fraction as a Decimal: exact where it has two places or fewer, else rounded to them."""
    if value is None:
        return None
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(step)


def standards_table(disclosure: Disclosure, language: str = "") -> pd.DataFrame:
    """Every standard of every project, one row each, in document order.

    Columns: project (name), label, amount (Decimal, printed) and unit (printed), yuan (Decimal,
    元), per (person, person_day, household, event, none), period (once, day, week, month,
    quarter, year), bound (at_least, at_most or ""), count (Decimal receivers or None), count_of
    (sentence, label, project, target, only_target or ""), times (Decimal payments a year or None), months
    (Decimal months that are paid, of a standard a month, quarter or year), days (the same of a
    standard a day), need_yuan (Decimal, 元 a year, or None), yuan_per_person_month (Decimal, None
    where it is not paid per person and month, quarter or year), limit_yuan (Decimal, the performance
    table's limit of this cost, or None), limit_headcount (receivers that the limit pays), alternative (True for a
    standard of the performance table that the description states in other words: not counted
    again), funding_source (of the project, as printed), field (where it was read), condition,
    assumptions (text in `language`, en or zh; else the one in use), number (ledger id), line (of
    the source, or None), where (file, page and line in words). Empty, with the same columns, for a
    document that names no standard.
    """
    rows = [
        standard_row(found.project, need, language)
        for found in map(project_need, all_projects(disclosure))
        for need in found.needs
    ]
    return frame_of(rows, _STANDARD_COLUMNS)


def standard_row(project: Project, need: Need, language: str = "") -> dict[str, object]:
    """One standard with its need, as the columns of standards_table."""
    standard = need.standard
    return {
        "project": project.name,
        "label": standard.label,
        "amount": standard.amount,
        "unit": standard.unit,
        "yuan": standard.yuan,
        "per": standard.per,
        "period": standard.period,
        "bound": standard.bound,
        "count": standard.count,
        "count_of": standard.count_of,
        "times": decimal_of(need.times),
        "months": decimal_of(_months(need)),
        "days": decimal_of(need.times) if standard.period == "day" else None,
        "need_yuan": decimal_of(need.need),
        "yuan_per_person_month": decimal_of(monthly_yuan(standard)),
        "limit_yuan": need.limit.yuan if need.limit else None,
        "limit_headcount": decimal_of(need.limit_headcount),
        "alternative": need.alternative,
        "funding_source": project.funding_source,
        "field": standard.field,
        "condition": standard.condition,
        "assumptions": _sentences(need.assumptions, language),
        "number": standard.number,
        "line": standard.where.line,
        "where": tell(place_words(standard.where), language),
    }


def _months(need: Need) -> Fraction | None:
    if need.times is None or need.standard.period not in MONTHS:
        return None
    return need.times / MONTHS[need.standard.period]


def monthly_yuan(standard: Standard) -> Fraction | None:
    """A standard in 元 per person and month; None for other receivers and other periods."""
    if standard.per != "person" or standard.period not in MONTHS:
        return None
    return Fraction(standard.yuan) * MONTHS[standard.period]


def _sentences(assumptions: Sequence[Assumption], language: str) -> str:
    said = {a.text(language): a.sentence for a in assumptions}
    return tell(joined(said.values()), language)


def needs_table(disclosure: Disclosure, language: str = "") -> pd.DataFrame:
    """Every project that pays receivers, one row each: the computed need beside the budget.

    Columns: project (name), main_label, main_yuan, per, period (of the standard with the largest
    need), headcount, months (Decimal months of the project's period, 12 where none is named),
    need_yuan (all computed standards together), budget_yuan, carryover_yuan (0 where none is
    known), residual_yuan (budget less need), share (need / budget, 1 is all of it), outcome
    (explained, not_explained, not_judged, not_computed), implied_headcount (receivers that the budget pays at
    the main standard alone), implied_standard_yuan (what it pays each receiver per period of the
    main standard), cost_per_person_yuan (budget by receiver), funding_source, standards (text:
    every standard as printed), assumptions (text in `language`, en or zh; else the one in use). Amounts are Decimals
    in 元, rounded to the fen; None where a term is not named. Empty, with the same columns, for a
    document without such projects.
    """
    rows: list[dict[str, object]] = []
    for found in find_needs(disclosure):
        main = found.main
        rows.append(
            {
                "project": found.project.name,
                "main_label": main.standard.label if main else "",
                "main_yuan": main.standard.yuan if main else None,
                "per": main.standard.per if main else "",
                "period": main.standard.period if main else "",
                "headcount": decimal_of(found.headcount),
                "months": Decimal(found.project.months or 12),
                "need_yuan": decimal_of(found.total),
                "budget_yuan": decimal_of(found.budget),
                "carryover_yuan": decimal_of(found.carryover),
                "residual_yuan": decimal_of(found.residual),
                "share": decimal_of(found.share, Decimal("0.0001")),
                "outcome": found.outcome,
                "implied_headcount": decimal_of(found.implied_headcount),
                "implied_standard_yuan": decimal_of(found.implied_standard),
                "cost_per_person_yuan": decimal_of(found.cost_per_person),
                "funding_source": found.project.funding_source,
                "standards": "；".join(_printed(need.standard) for need in found.needs),
                "assumptions": _sentences(
                    [a for need in found.needs for a in need.assumptions] + [*found.assumptions],
                    language,
                ),
            }
        )
    return frame_of(rows, _NEED_COLUMNS)


def _printed(standard: Standard) -> str:
    return re.sub(r"\s+", "", f"{standard.text}")


def need_parts(disclosure: Disclosure) -> pd.DataFrame:
    """The same, tidy, for pictures: one row a bar segment.

    Columns: project, bar (need or budget), part (a standard's label; residual; budget;
    carryover), yuan (Decimal). The segments of the bar "need" and the residual add up to the
    budget, unless the need exceeds it: then there is no residual.
    """
    rows: list[dict[str, object]] = []
    for found in find_needs(disclosure):
        name = found.project.name
        for need in found.needs:
            if need.need and not need.alternative:
                rows.append(_part(name, "need", need.standard.label, need.need))
        if found.residual is not None and found.residual > 0:
            rows.append(_part(name, "need", "residual", found.residual))
        if found.budget is not None:
            rows.append(_part(name, "budget", "budget", found.budget))
        if found.carryover:
            rows.append(_part(name, "budget", "carryover", found.carryover))
    return frame_of(rows, ("project", "bar", "part", "yuan"))


def _part(project: str, bar: str, part: str, yuan: Fraction) -> dict[str, object]:
    return {"project": project, "bar": bar, "part": part, "yuan": decimal_of(yuan)}


_STANDARD_COLUMNS = (
    "project", "label", "amount", "unit", "yuan", "per", "period", "bound", "count", "count_of",
    "times", "months", "days", "need_yuan", "yuan_per_person_month", "limit_yuan", "limit_headcount", "alternative",
    "funding_source", "field", "condition", "assumptions", "number",
    "line", "where",
)  # fmt: skip

_NEED_COLUMNS = (
    "project", "main_label", "main_yuan", "per", "period", "headcount", "months", "need_yuan",
    "budget_yuan", "carryover_yuan", "residual_yuan", "share", "outcome", "implied_headcount",
    "implied_standard_yuan", "cost_per_person_yuan", "funding_source", "standards", "assumptions",
)  # fmt: skip


def frame_of(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    # Amounts stay Decimal objects: nothing is lost, and None is a blank.
    return pd.DataFrame(list(rows), columns=list(columns), dtype=object)
