"""Why a repair is believed, in words: what must change with it, what it completes, who confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from budgetkit.amounts import format_decimal
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, place_text, side_text
from budgetkit.repairs import Repair

__all__ = ["copies_text", "grounds_of", "terms_in", "together_text"]


def together_text(others: Sequence[Number]) -> str:
    """The other numbers that the repair changes too; empty where there are none."""
    if not others:
        return ""
    return f"together with {', '.join(place_text(other) for other in others)}"


def copies_text(number: Number, others: Sequence[Number], repair: Repair) -> str:
    """The other places that print the same fact and take the same repair."""
    alike = [place_text(other) for other in others if other.text == number.text]
    unlike = [
        f"{other.text} → {format_decimal(repair.values[other.id].value)} ({place_text(other)})"
        for other in others
        if other.text != number.text
    ]
    said = [f"printed alike, and to be changed alike, in {'; '.join(alike)}"] if alike else []
    return " and ".join([*said, f"with it {', '.join(unlike)}"] if unlike else said)


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
    said = []
    if sums:
        said.append(f"{mended.text} makes {_equation(sums[0])}")
        if len(sums) > 1:
            count = len(sums) - 1
            said.append(f"{count} more {'identities hold' if count > 1 else 'identity holds'} then")
    confirming = list({**same, **totals}.values())
    if confirming:
        listed = ", ".join(f"{other.text} ({place_text(other)})" for other in confirming[:4])
        more = f" and {len(confirming) - 4} more" if confirming[4:] else ""
        confirm = "numbers confirm" if len(confirming) > 1 else "number confirms"
        said.append(f"{len(confirming)} other {confirm} it: {listed}{more}")
    return said


def _equation(check: Check) -> str:
    identity = check.identity
    left, right = side_text(identity.left), side_text(identity.right)
    if identity.per:
        return f"{left} = 100 × ({right}) / ({side_text(identity.per)})"
    if identity.constant:
        right = f"{right} + {format_decimal(identity.constant)}"
    sign = "=" if check.outcome == "holds" else "≈"
    return f"{left} {sign} {right}"


def terms_in(check: Check) -> list[tuple[Decimal, Number]]:
    identity = check.identity
    return [*identity.left, *identity.right, *identity.per]
