"""The questions of the lessons, with answers computed from the document that is read."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from budgetkit.disclosure import Disclosure
from budgetkit.display import place_words
from budgetkit.editions import Edition, Stated, compare_documents
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.ledger import fact_key
from budgetkit.needs import ProjectNeed
from budgetkit.standards import find_needs, monthly_yuan
from budgetkit.teaching import Question, Quiz, check_answer, plant_slip, show_answer

__all__ = [
    "check_answer",
    "plant_slip",
    "project_text",
    "reading_quiz",
    "sentences_with",
    "show_answer",
    "subsidy_project",
    "subsidy_quiz",
]

_MYRIAD = Decimal(10_000)
_CENT = Decimal("0.01")
_TENTH = Decimal("0.05")
_SPENDING = {"flow": "expenditure"}


def reading_quiz(disclosure: Disclosure) -> Quiz:
    """Questions on reading: total, unit, share, largest class, the year before, rounding.

    Raises SourceError where the document does not print what they ask for.
    """
    editions = compare_documents([disclosure]).editions
    now, before = editions[-1], editions[0]
    total, basic, project = (
        _stated(now, **facts) for facts in ({}, {"nature": "basic"}, {"nature": "project"})
    )
    before_project = _stated(before, nature="project")
    classes = {
        code: stated.value
        for key, stated in now.stated.items()
        if len(code := dict(key).get("function", "")) == 3
        and key == fact_key(_SPENDING, function=code)
    }
    if not classes or before is now:
        raise SourceError(
            f"{disclosure.key}: the lesson asks for expenditure by class and for the year before, "
            "which this document does not print; choose another"
        )
    largest = max(classes, key=lambda code: classes[code])
    share = 100 * basic.value / total.value
    moved = project.value - before_project.value
    return Quiz(
        {
            "total": Question(
                total.value / _MYRIAD,
                said("the row is called 合计 or 支出总计, the column 预算数 or 合计"),
                mistakes=_other_totals(now, total),
            ),
            "total_yuan": Question(total.value, said("1 万元 is 10,000 yuan")),
            "basic_share": Question(
                share,
                said("divide basic expenditure by the total, and multiply by 100"),
                _TENTH,
                ((100 - share, said("this is the share of project expenditure")),
                 (100 * basic.value / project.value,
                  said("divide by the total, not by the other part"))),
            ),
            "largest_class": Question(
                largest,
                said("compare the rows whose code has three digits (类)"),
                mistakes=tuple(
                    (code, said("this class (类) gets less than another one"))
                    for code in classes
                    if code != largest
                ),
            ),
            "last_year_project": Question(
                before_project.value / _MYRIAD,
                said("this year's project expenditure, and the change back"),
                before_project.half / _MYRIAD,
                (((project.value + moved) / _MYRIAD,
                  said("wrong way: if it fell, last year's was larger")),
                 (abs(moved) / _MYRIAD, said("this is the change; what was it before?"))),
            ),
            "rounding": Question(
                Decimal("0.02"),
                said("each printed number may be off by half of its last place; count them all"),
                mistakes=(
                    (Decimal("0.015"), said("the total is rounded, too")),
                    (Decimal("0.005"), said("this is one number; four take part")),
                    (_CENT, said("this is the difference that was seen, not the largest possible")),
                ),
            ),
        }
    )  # fmt: skip


def _stated(edition: Edition, **facts: str) -> Stated:
    found = edition.find({**_SPENDING, **facts})
    if found is None:
        raise SourceError(
            f"{edition.disclosure.key}: the lesson asks for expenditure that this document does not "
            f"print ({edition.label}: {facts or 'the total'}); choose another"
        )
    return found


def _other_totals(now: Edition, total: Stated) -> tuple[tuple[Decimal, str], ...]:
    found = now.find({**_SPENDING, "fund": "general_public_budget"})
    if found is None or found.value == total.value:
        return ()
    return ((found.value / _MYRIAD, said("this is the general public budget alone")),)


def sentences_with(disclosure: Disclosure, *words: str) -> str:
    """The paragraphs of the text that hold all of these words, as printed, with their places."""
    found = [line for line in disclosure.lines if all(word in line.text for word in words)]
    return "\n\n".join(f"[{place_words(line.passage.where())}] {line.text}" for line in found)


def project_text(disclosure: Disclosure) -> str:
    """What the document says of the lesson's project, as printed, with its places."""
    lines = [disclosure.lines[index] for index in subsidy_project(disclosure).project.lines]
    return "\n\n".join(f"[{place_words(line.passage.where())}] {line.text}" for line in lines)


def subsidy_project(disclosure: Disclosure) -> ProjectNeed:
    """The project of the lesson: the first that pays so much per person and month.

    Raises SourceError where the document has none with headcount and budget.
    """
    for found in find_needs(disclosure):
        main = found.main
        if main is None or main.standard.period != "month" or main.standard.per != "person":
            continue
        if found.budget and found.headcount and found.total:
            return found
    raise SourceError(
        f"{disclosure.key}: no project names a standard per person and month, a headcount and a "
        "budget, which the lesson asks for; choose another document"
    )


def subsidy_quiz(disclosure: Disclosure, living_cost: int | float | Decimal) -> Quiz:
    """Questions on a subsidy: need, residual, how many it pays, how far it may rise, is it enough.

    `living_cost` is an assumed amount in yuan a month, which class and teacher agree on. Raises
    ValueError where it is not more than zero.
    """
    if living_cost <= 0:
        raise ValueError(f"living_cost is {living_cost}; assume more than 0 yuan a month")
    cost = Fraction(str(living_cost))
    found = subsidy_project(disclosure)
    main = found.main
    assert main is not None and found.budget is not None and found.headcount is not None
    standard = monthly_yuan(main.standard)
    assert standard is not None
    months = Fraction(found.project.months or 12)
    heads, budget = found.headcount, found.budget
    need = heads * standard * months
    most = budget / (standard * months)
    paid = _exact(budget / (heads * months)).quantize(_CENT, ROUND_FLOOR)
    cover = Fraction(100) * standard / cost
    return Quiz(
        {
            "need": Question(
                _exact(need),
                said("people times yuan a month times months"),
                mistakes=((_exact(heads * standard), said("this is the need of one month")),),
            ),
            "residual": Question(
                _exact(budget - need),
                said("budget less need, both in yuan"),
                mistakes=((_exact(need), said("this is the need; what is left of the budget?")),),
            ),
            "headcount": Question(
                _exact(most).to_integral_value(ROUND_FLOOR),
                said("divide the budget by what one person costs in a year"),
                mistakes=(
                    (_exact(most).to_integral_value(ROUND_FLOOR) + 1,
                     said("for the last one the money does not last twelve months")),
                ),
            ),
            "highest_standard": Question(
                paid,
                said("divide the budget by people and months"),
                mistakes=(
                    (paid + _CENT, said("a cent too much: the budget does not pay it to all")),
                    (_exact(budget / heads), said("this is for a whole year")),
                ),
            ),
            "cover": Question(
                _exact(cover),
                said("the standard as a share of the assumed cost of living, in percent"),
                _TENTH,
                ((_exact(100 - cover), said("this is what is missing")),),
            ),
            "budget_needed": Question(
                _exact(heads * cost * months) / _MYRIAD,
                said("people times the assumed cost of living times months, in 万元"),
                mistakes=(
                    (_exact(heads * cost * months - need) / _MYRIAD,
                     said("this is what has to be added; the whole budget is asked for")),
                ),
            ),
        }
    )  # fmt: skip


def _exact(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
