"""Why a repair is believed, in words: what must change with it, what it completes, who confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from budgetkit.amounts import format_decimal
from budgetkit.language import Said, joined, said
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, place_text, right_text, side_text
from budgetkit.repairs import Repair

_MOST_CONFIRMING = 4

__all__ = ["copies_text", "grounds_of", "terms_in", "together_text"]


def together_text(others: Sequence[Number]) -> str:
    """The other numbers that the repair changes too; empty where there are none."""
    if not others:
        return ""
    return said("together with {places}", places=joined(map(place_text, others), ", "))


def copies_text(number: Number, others: Sequence[Number], repair: Repair) -> Said:
    """The other places that print the same fact and take the same repair."""
    alike = [place_text(other) for other in others if other.text == number.text]
    unlike = [
        said(
            "{printed} → {repair} ({place})",
            printed=other.text,
            repair=format_decimal(repair.values[other.id].value),
            place=place_text(other),
        )
        for other in others
        if other.text != number.text
    ]
    told = []
    if alike:
        told.append(
            said("printed alike, and to be changed alike, in {places}", places=joined(alike))
        )
    if unlike:
        told.append(said("with it {places}", places=joined(unlike, ", ")))
    return joined(told, " and ")


def grounds_of(number: Number, repair: Repair, groups: set[str]) -> list[str]:
    """What gives the repaired value: sums it completes, and other places that print it."""
    mended = repair.values[number.id]
    there = [c for c in repair.checks if c.outcome.startswith("holds")]
    there.sort(key=lambda c: (number.id not in c.numbers, c.id not in groups, c.outcome != "holds"))
    if len({n.value for n in repair.values.values()}) > 1:
        there = [c for c in there if number.id in c.numbers]  # several facts: each its own grounds
    same: dict[str, Number] = {}
    totals: dict[str, Number] = {}
    sums: list[Check] = []
    for check in there:
        if check.identity.exact and check.outcome == "holds":
            for _, other in terms_in(check):
                if other.id not in repair.values:
                    same.setdefault(other.id, other)
        elif check.identity.relation == "=":
            sums.append(check)
            if check.outcome == "holds" and not check.identity.per:
                for side in (check.identity.left, check.identity.right):
                    if len(side) == 1 and side[0][1].id not in repair.values:
                        totals.setdefault(side[0][1].id, side[0][1])
    told: list[str] = []
    if sums:
        told.append(said("{text} makes {sum}", text=mended.text, sum=_equation(sums[0])))
        if len(sums) == 2:
            told.append(said("1 more identity holds then"))
        elif len(sums) > 2:
            told.append(said("{count} more identities hold then", count=len(sums) - 1))
    confirming = list({**same, **totals}.values())
    if confirming:
        told.append(_confirming(confirming))
    return told


def _confirming(numbers: Sequence[Number]) -> Said:
    listed: Said = joined(
        (
            said("{text} ({place})", text=number.text, place=place_text(number))
            for number in numbers[:_MOST_CONFIRMING]
        ),
        ", ",
    )
    more = len(numbers) - _MOST_CONFIRMING
    if more > 0:
        listed = said("{places} and {count} more", places=listed, count=more)
    if len(numbers) == 1:
        return said("1 other number confirms it: {places}", places=listed)
    return said("{count} other numbers confirm it: {places}", count=len(numbers), places=listed)


def _equation(check: Check) -> Said:
    return said(
        "{left} {sign} {right}",
        left=side_text(check.identity.left),
        sign="=" if check.outcome == "holds" or check.identity.per else "≈",
        right=right_text(check.identity),
    )


def terms_in(check: Check) -> list[tuple[Decimal, Number]]:
    identity = check.identity
    return [*identity.left, *identity.right, *identity.per]
