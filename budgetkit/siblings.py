"""What the numbers listed beside a set number say of it: the odd one out, or one left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from budgetkit.amounts import format_decimal
from budgetkit.language import said
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, Suspect

__all__ = ["find_left_out", "stand_alone"]

_FEWEST = 3  # so many alike make a habit


def stand_alone(number: Number, repair: Decimal, violated: Sequence[Check]) -> int:
    """How many more of a list's set numbers are like the repair than like the print.

    Weights under one heading are mostly alike, so that the odd one is the likelier slip; nothing
    of the sort is known of measured amounts, for which the answer is 0.
    """
    counts = Counter(
        other.value
        for check in violated
        if check.identity.unrounded and check.identity.constant
        for _, other in check.identity.left
        if other.id != number.id
    )
    return counts[repair] - counts[number.value]


def find_left_out(violated: Sequence[Check]) -> list[Suspect]:
    """A list of set numbers that lacks one: it is short of its constant by what others have.

    The suspect is the first number that has the missing value; it stays as printed.
    """
    lists = [c for c in violated if c.identity.unrounded and c.identity.constant]
    if not lists or len(lists) != len(violated):
        return []
    short = {-(check.difference or Decimal(0)) for check in lists}
    if len(short) != 1 or (lacking := short.pop()) <= 0:
        return []
    smallest = min(lists, key=lambda check: len(check.identity.left))
    numbers = [number for _, number in smallest.identity.left]
    alike = [number for number in numbers if number.value == lacking]
    if not alike or (len(alike) < _FEWEST and 2 * len(alike) < len(numbers)):
        return []
    first = alike[0]
    why = said(
        "a row seems to be missing beside it, with {amount}, as {alike} of the {count} printed "
        "rows have",
        amount=format_decimal(lacking),
        alike=len(alike),
        count=len(numbers),
    )
    return [Suspect(first.id, first.text, format_decimal(first.value), why)]
