"""How many receivers fit: a range of headcounts for each limit and for the budget, and all of them.

Everything is exact and in 元. A headcount fits where everybody can be paid each standard in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from budgetkit.display import group_digits
from budgetkit.language import Said, joined, said, tell, told
from budgetkit.needs import Need, ProjectNeed
from budgetkit.rates import core_name
from budgetkit.standards import decimal_of, find_needs, frame_of

if TYPE_CHECKING:
    import pandas as pd

    from budgetkit.disclosure import Disclosure

__all__ = [
    "HeadcountRange",
    "common_range",
    "find_ranges",
    "headcount_sentences",
    "headcounts_table",
    "paid_together",
]


@dataclass(frozen=True, slots=True)
class HeadcountRange:
    """The headcounts that one amount of money, or one statement, allows.

    `kind` is limit (of the performance table), budget, stated (a headcount that is printed) or
    all (what fits every limit and the budget). `label` names the cost or the count, `yuan` is the
    money and `each` what one receiver costs of it in the year, both None for a stated count.
    From `least` to `most` headcounts fit; `most` is None where nothing ends the range.
    `condition` is printed and says that not everybody counted is paid.
    """

    kind: str
    label: str
    yuan: Fraction | None
    each: Fraction | None
    least: int
    most: int | None
    condition: str = ""

    @property
    def empty(self) -> bool:
        """True where no headcount fits."""
        return self.most is not None and self.most < self.least

    @property
    def words(self) -> str:
        """The range as people write it: 0-158, or 20 and more."""
        if self.most is None:
            return said("{least} and more", least=_count(self.least))
        if self.least == self.most:
            return _count(self.least)
        return f"{_count(self.least)}–{_count(self.most)}"


def paid_together(found: ProjectNeed) -> tuple[Need, ...]:
    """The standards that the receivers of the main standard all get; it comes first.

    They are of the same count. Without a count, the only standard for receivers stands alone.
    """
    paid = [
        need for need in found.needs
        if need.standard.per in {"person", "person_day", "household"}
        and need.times and not need.alternative
    ]  # fmt: skip
    main = found.main
    if main is None or main not in paid:
        return (paid[0],) if len(paid) == 1 and main is None else ()
    same = [n for n in paid if _receivers(n) == _receivers(main) and n is not main]
    return (main, *same)


def _receivers(need: Need) -> tuple[str, bool]:
    return need.standard.count_number, need.standard.per == "household"


def find_ranges(found: ProjectNeed) -> list[HeadcountRange]:
    """The ranges of one project: each limit, the budget, the stated count. Empty for no money."""
    together = paid_together(found)
    ranges = [
        _limited(need) for need in together if need.limit is not None and need.per_receiver
    ]  # fmt: skip
    each = sum((need.per_receiver or Fraction(0) for need in together), Fraction(0))
    if found.budget is not None and each:
        rest = max(found.budget - other_needs(found, together), Fraction(0))
        label = " + ".join(need.standard.label for need in together)
        ranges.append(HeadcountRange("budget", label, rest, each, 0, rest // each))
    if ranges and (stated := _stated(found, together[0])) is not None:
        ranges.append(stated)
    return ranges


def other_needs(found: ProjectNeed, together: Sequence[Need]) -> Fraction:
    """What the project's other standards need: lump sums, and those of other receivers."""
    return sum(
        (need.need for need in found.needs
         if need.need is not None and need not in together and not need.alternative),
        Fraction(0),
    )  # fmt: skip


def _limited(need: Need) -> HeadcountRange:
    assert need.limit is not None
    each = need.per_receiver
    assert each is not None
    limit = Fraction(need.limit.yuan)
    standard = need.standard
    return HeadcountRange(
        "limit", standard.label, limit, each, 0, limit // each, condition=standard.condition
    )


def _stated(found: ProjectNeed, main: Need) -> HeadcountRange | None:
    number = main.standard.count_number
    count = next((c for c in found.project.headcounts if c.number == number), None)
    if count is None:
        return None
    value = int(count.value)
    least = 0 if count.bound == "at_most" else value
    most = None if count.bound == "at_least" else value
    label = core_name(count.label) or count.label or told("receivers")
    return HeadcountRange("stated", label, None, None, least, most)


def common_range(ranges: Sequence[HeadcountRange]) -> HeadcountRange | None:
    """The headcounts that fit every limit and the budget; None where there is neither."""
    money = [found for found in ranges if found.kind in {"limit", "budget"}]
    tops = [found.most for found in money if found.most is not None]
    if not tops:
        return None
    return HeadcountRange("all", "", None, None, max(f.least for f in money), min(tops))


def headcounts_table(disclosure: Disclosure) -> pd.DataFrame:
    """The headcounts that fit, one row a range, for every project that pays receivers.

    Columns: project (name), by (limit: of a cost in the performance table; budget; stated: a
    printed headcount; all: what fits all limits and the budget), label (of the standard or the
    count; several paid to the same receivers are joined by +), money_yuan (Decimal, 元; of a budget
    what other standards leave), each_yuan (Decimal, 元 a receiver and year), least and most (whole
    receivers; most is None where nothing ends the range), condition (printed, for those paid).
    Empty, with the same columns, where no standard can be set beside money.
    """
    rows: list[dict[str, object]] = []
    for found, ranges in _projects(disclosure):
        shared = common_range(ranges)
        for one in [*ranges, *([shared] if shared is not None else [])]:
            rows.append(
                {
                    "project": found.project.name,
                    "by": one.kind,
                    "label": one.label,
                    "money_yuan": decimal_of(one.yuan),
                    "each_yuan": decimal_of(one.each),
                    "least": one.least,
                    "most": one.most,
                    "condition": one.condition,
                }
            )
    return frame_of(rows, _COLUMNS)


_COLUMNS = ("project", "by", "label", "money_yuan", "each_yuan", "least", "most", "condition")


def _projects(disclosure: Disclosure) -> Iterator[tuple[ProjectNeed, list[HeadcountRange]]]:
    for found in find_needs(disclosure):
        if ranges := find_ranges(found):
            yield found, ranges


def headcount_sentences(disclosure: Disclosure) -> list[str]:
    """Which headcounts fit, one sentence a project, in the language in use."""
    return [tell(_sentence(found, ranges)) for found, ranges in _projects(disclosure)]


def _sentence(found: ProjectNeed, ranges: Sequence[HeadcountRange]) -> Said:
    parts: list[str] = []
    for one in ranges:
        if one.kind == "limit" and one.yuan is not None:
            parts.append(
                said(
                    "the limit of {money} 万元 for {label} pays at most {most} in full",
                    money=_myriads(one.yuan), label=one.label, most=_count(one.most or 0),
                )
            )  # fmt: skip
        elif one.kind == "budget" and one.yuan is not None:
            parts.append(
                said(
                    "the budget, were all of its {money} 万元 spent on {label}, pays at most "
                    "{most} in full",
                    money=_myriads(one.yuan), label=one.label, most=_count(one.most or 0),
                )
            )  # fmt: skip
    shared = common_range(ranges)
    assert shared is not None
    if shared.empty:
        parts.append(said("no headcount fits all of them"))
    elif len(parts) > 1:
        parts.append(said("{range} receivers fit all of them", range=shared.words))
    for one in ranges:
        if one.kind == "stated":
            parts.append(_compare(one, shared, ranges))
            if any(need.standard.count_of == "only_target" for need in paid_together(found)):
                parts.append(said("whether these are the receivers is not said"))
    parts += [
        said("only those who meet the condition get {label}: {condition}",
             label=one.label, condition=one.condition)
        for one in ranges if one.condition
    ]  # fmt: skip
    return joined([found.project.name, joined(parts)], ": ")


def _compare(
    stated: HeadcountRange, shared: HeadcountRange, ranges: Sequence[HeadcountRange]
) -> Said:
    least, most = stated.least, shared.most or 0
    values = {"count": stated.words, "label": stated.label}
    if least <= most:
        return said("the {count} of “{label}” are no more than that", **values)
    tight = [r.label for r in ranges if r.most is not None and r.most < least]
    return said(
        "the {count} of “{label}” are more than {tight} pays in full",
        **values, tight=joined(dict.fromkeys(tight), " and "),
    )  # fmt: skip


def _count(value: int) -> str:
    return f"{value:,}"


def _myriads(yuan: Fraction) -> str:
    value = decimal_of(yuan / 10_000, Decimal("0.0001"))
    assert value is not None
    return group_digits(value.normalize() + 0 if value else value)
