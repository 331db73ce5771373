"""What if: the need of a project with another headcount, other months, standard or take-up.

All values are exact fractions, in 元; where the money runs out follows from a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from budgetkit.headcounts import other_needs, paid_together
from budgetkit.language import said, tell
from budgetkit.needs import MONTHS, ProjectNeed
from budgetkit.standards import decimal_of, find_needs, frame_of

if TYPE_CHECKING:
    import pandas as pd

    from budgetkit.disclosure import Disclosure

__all__ = [
    "VARIABLES",
    "Scenario",
    "break_even_table",
    "find_scenarios",
    "scenario_of",
    "scenarios_table",
    "variable_name",
]

VARIABLES = ("headcount", "times", "standard", "takeup")
_FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One project's need as a product that can be varied.

    `headcount` receivers, of whom the share `takeup` (1 is all) is paid `standard` 元 for `times`
    months, days or once (`unit`: month, day, once); `rate` is how often in one such unit (1/12 for
    a standard a year). `monthly` and `once` are what each gets of other standards, per month and
    in all; `fixed` is the need of other receivers and lump sums. `budget` is printed.
    """

    project: str
    label: str
    period: str
    headcount: Fraction
    times: Fraction
    unit: str
    standard: Fraction
    rate: Fraction
    budget: Fraction
    takeup: Fraction = Fraction(1)
    monthly: Fraction = Fraction(0)
    once: Fraction = Fraction(0)
    fixed: Fraction = Fraction(0)

    @property
    def each(self) -> Fraction:
        """What one receiver costs in the year."""
        return self.times * (self.standard * self.rate + self.monthly) + self.once

    @property
    def need(self) -> Fraction:
        """The need of everybody who is paid, and what is fixed."""
        return self.headcount * self.takeup * self.each + self.fixed

    @property
    def left(self) -> Fraction:
        """Budget less need: negative where money is missing."""
        return self.budget - self.need

    def vary(self, **values: Fraction) -> Scenario:
        """The same with other values of headcount, times, standard or takeup."""
        changed: dict[str, Any] = {**values}
        return replace(self, **changed)

    def break_even(self, variable: str) -> Fraction | None:
        """The value of one variable at which the need is the budget, the others as they are.

        None where it has no influence, or where the money is gone without it.
        """
        bare = self.vary(**{variable: Fraction(0)}).need
        slope = self.vary(**{variable: Fraction(1)}).need - bare
        if slope <= 0 or bare > self.budget:
            return None
        return (self.budget - bare) / slope


def scenario_of(found: ProjectNeed) -> Scenario | None:
    """A project's scenario as printed; None without a headcount, a standard or a budget."""
    together = paid_together(found)
    if not together or found.budget is None:
        return None
    main, *others = together
    if not main.count or not main.times:
        return None
    period = main.standard.period
    monthly = once = Fraction(0)
    for need in others:
        yearly = need.per_receiver or Fraction(0)
        if period in MONTHS and need.standard.period in MONTHS:
            monthly += Fraction(need.standard.yuan) * MONTHS[need.standard.period]
        else:
            once += yearly
    rate = MONTHS.get(period, Fraction(1))
    unit = "month" if period in MONTHS else "day" if period == "day" else "once"
    return Scenario(
        project=found.project.name,
        label=main.standard.label,
        period=period,
        headcount=main.count,
        times=main.times / rate,
        unit=unit,
        standard=Fraction(main.standard.yuan),
        rate=rate,
        budget=found.budget,
        monthly=monthly,
        once=once,
        fixed=other_needs(found, together),
    )


def find_scenarios(disclosure: Disclosure) -> list[Scenario]:
    """The scenarios of all projects that name a standard, a headcount and a budget."""
    found = (scenario_of(need) for need in find_needs(disclosure))
    return [scenario for scenario in found if scenario is not None]


def variable_name(variable: str, scenario: Scenario) -> str:
    """What a variable is called, with its unit, in the language in use."""
    if variable == "headcount":
        return tell(said("receivers"))
    if variable == "takeup":
        return tell(said("take-up, % of the receivers"))
    if variable == "times":
        names = {"month": said("months"), "day": said("days"), "once": said("payments")}
        return tell(names[scenario.unit])
    names = {
        "month": said("standard, 元 a month"),
        "quarter": said("standard, 元 a quarter"),
        "year": said("standard, 元 a year"),
        "day": said("standard, 元 a day"),
    }
    return tell(names.get(scenario.period, said("standard, 元 each")))


def break_even_table(disclosure: Disclosure) -> pd.DataFrame:
    """Where the money runs out, one row a project with a standard, a headcount and a budget.

    Columns: project (name), label (of the standard with the largest need), standard_yuan (Decimal,
    元 per period), period, headcount (stated receivers), budget_yuan and need_yuan (Decimal, 元;
    all standards), people_paid (whole receivers that the budget pays in full, other standards of
    theirs included), standard_most_yuan (Decimal, 元, rounded down to the fen: the highest
    standard that the budget pays the stated headcount), rise_yuan and rise_percent (Decimal: that
    less the printed standard), takeup_percent (Decimal: the share of the receivers at which the
    money runs out; 100 or more: it lasts for all), takeup_with_carryover_percent (the same with
    what was carried over from last year). Computed from the description or the performance table.
    Empty, with the same columns, where nothing can be computed.
    """
    rows: list[dict[str, object]] = []
    for need in find_needs(disclosure):
        found = scenario_of(need)
        if found is None:
            continue
        most = found.break_even("standard")
        rise = None if most is None else most - found.standard
        people = found.break_even("headcount")
        with_more = Scenario.break_even(replace(found, budget=found.budget + need.carryover),
                                        "takeup")  # fmt: skip
        rows.append(
            {
                "project": found.project,
                "label": found.label,
                "standard_yuan": decimal_of(found.standard),
                "period": found.period,
                "headcount": decimal_of(found.headcount),
                "budget_yuan": decimal_of(found.budget),
                "need_yuan": decimal_of(found.need),
                "people_paid": None if people is None else int(people),
                "standard_most_yuan": _down(most),
                "rise_yuan": _down(rise),
                "rise_percent": decimal_of(None if rise is None else rise / found.standard * 100),
                "takeup_percent": _percent(found.break_even("takeup")),
                "takeup_with_carryover_percent": _percent(with_more),
            }
        )
    return frame_of(rows, _BREAK_EVEN)


_BREAK_EVEN = (
    "project", "label", "standard_yuan", "period", "headcount", "budget_yuan", "need_yuan",
    "people_paid", "standard_most_yuan", "rise_yuan", "rise_percent", "takeup_percent",
    "takeup_with_carryover_percent",
)  # fmt: skip


def _down(value: Fraction | None) -> Decimal | None:
    """Down to the fen: a fen more could not be paid."""
    if value is None:
        return None
    fen = value * 100
    return (Decimal(fen.numerator // fen.denominator) / 100).quantize(_FEN, ROUND_DOWN)


def _percent(value: Fraction | None) -> Decimal | None:
    return None if value is None else decimal_of(value * 100)


def scenarios_table(disclosure: Disclosure) -> pd.DataFrame:
    """One row a project and variable: the straight lines of the picture.

    Columns: project, variable (name with unit, in the language in use), stated (Decimal),
    need_at_half_yuan, need_yuan and need_at_one_and_a_half_yuan (Decimal, 元: the need with half,
    all and one and a half times the stated value), budget_yuan, break_even (Decimal: the value at
    which the need is the budget, or None). Take-up is in percent; payments of once only have no row.
    """
    rows: list[dict[str, object]] = []
    for found in find_scenarios(disclosure):
        for variable in VARIABLES:
            if variable == "times" and found.unit == "once":
                continue
            value: Fraction = getattr(found, variable)
            factor = 100 if variable == "takeup" else 1
            even = found.break_even(variable)
            rows.append(
                {
                    "project": found.project,
                    "variable": variable_name(variable, found),
                    "stated": decimal_of(value * factor),
                    "need_at_half_yuan": decimal_of(found.vary(**{variable: value / 2}).need),
                    "need_yuan": decimal_of(found.need),
                    "need_at_one_and_a_half_yuan": decimal_of(
                        found.vary(**{variable: value * 3 / 2}).need
                    ),
                    "budget_yuan": decimal_of(found.budget),
                    "break_even": None if even is None else decimal_of(even * factor),
                }
            )
    return frame_of(rows, _SCENARIOS)


_SCENARIOS = (
    "project", "variable", "stated", "need_at_half_yuan", "need_yuan",
    "need_at_one_and_a_half_yuan", "budget_yuan", "break_even",
)  # fmt: skip
