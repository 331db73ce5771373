"""Sums that hold by rounding alone, where nothing else in the document was rounded.

Whoever adds up unrounded amounts and prints them rounded is off by a last place every few sums.
Where many sums of a document hold to the last place, the one that does not was probably copied
or typed wrong: worth a question, no proof.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

from budgetkit.identities import Identity, observed
from budgetkit.language import said
from budgetkit.ledger import Number
from budgetkit.observations import Observation
from budgetkit.reconcile import Check

__all__ = ["last_place_identities"]

RULE = "structure.last_place"
_LEAST_SUMS = 5  # different ones, so that a document that rounds would show it
_LEAST_TERMS = 4
_LEAST_BROKEN = 3  # round amounts hold exactly whatever is done with them
_ONE = Decimal(1)


def last_place_identities(
    checks: Sequence[Check], contradicted: Collection[str]
) -> Iterator[Identity]:
    """At most one question for every number that alone keeps sums from holding exactly.

    Sums that name a `contradicted` number are left out: something else is wrong there.
    """
    loose = [
        check
        for check in checks
        if check.outcome == "holds_by_rounding"
        and _is_sum(check)
        and not any(n in contradicted for n in check.numbers)
    ]
    sure = [check for check in loose if _rounds_zeros(check)]
    for check in sure:
        yield observed(
            _question(
                [check],
                said("nothing but amounts that are printed as zero could have been rounded"),
            )
        )
    rest = [check for check in loose if not any(check is other for other in sure)]
    if not rest:
        return
    if set.intersection(*(set(check.numbers) for check in rest)):
        exact = {_amounts(c) for c in checks if c.outcome == "holds" and _is_sum(c) and _tells(c)}
        if len(exact) >= _LEAST_SUMS:
            yield observed(
                _question(
                    rest,
                    said(
                        "the other sums of this document, {count} of them, are exact",
                        count=len(exact),
                    ),
                )
            )
            return
    yield Identity(
        RULE,
        (),
        (),
        missing=said(
            "{count} sums of this document hold by rounding", count=len({_amounts(c) for c in rest})
        ),
        note=said("whether a last place is wrong"),
    )


def _question(checks: Sequence[Check], why: str) -> Observation:
    numbers = {n.id: n for check in checks for n in _numbers(check)}
    return Observation(
        RULE,
        said(
            "{sum}: off by {amount}, within rounding, but {why}",
            sum=checks[0].message,
            amount=format(abs(checks[0].difference or Decimal(0)), "f"),
            why=why,
        ),
        tuple(numbers.values()),
        tuple(n.where for n in _numbers(checks[0])[:1]),
    )


def _is_sum(check: Check) -> bool:
    """Whether a check adds up amounts of tables, in one unit, and was made."""
    identity = check.identity
    return (
        check.outcome in {"holds", "holds_by_rounding"}
        and not identity.observed
        and not identity.per
        and not identity.exact
        and identity.relation == "="
        and bool(identity.left and identity.right)
        and all(abs(factor) == _ONE for factor, _ in (*identity.left, *identity.right))
        and all(n.part == "table" and n.unit == identity.left[0][1].unit for n in _numbers(check))
    )


def _rounds_zeros(check: Check) -> bool:
    """Whether the difference is more than the amounts other than zero can have been rounded by.

    A single amount against a single amount is the same amount twice.
    """
    printed = [n for n in _numbers(check) if n.value]
    sides = (check.identity.left, check.identity.right)
    if all(sum(bool(n.value) for _, n in side) == 1 for side in sides):
        return len({n.half for n in printed}) == 1
    return abs(check.difference or Decimal(0)) > sum((n.half for n in printed), Decimal(0))


def _tells(check: Check) -> bool:
    """Whether rounding would show in a sum: several amounts, and not all of them round."""
    printed = [n for n in _numbers(check) if n.value]
    # An integer that is printed as one has no finer digits to be round in.
    broken = sum(bool(n.value % 1) or 2 * n.half >= 1 for n in printed)
    return len(printed) >= _LEAST_TERMS and broken >= _LEAST_BROKEN


def _amounts(check: Check) -> tuple[Decimal, ...]:
    return tuple(sorted(n.value for n in _numbers(check) if n.value))


def _numbers(check: Check) -> list[Number]:
    return [number for _, number in (*check.identity.left, *check.identity.right)]
