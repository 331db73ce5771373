"""Identities: signed sums of numbers that a disclosure's own structure says must agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgetkit.amounts import Interval
from budgetkit.blocks import Where
from budgetkit.ledger import YUAN, Number
from budgetkit.observations import Observation

__all__ = ["Identity", "Term", "interval_of", "number_ids", "observed", "sum_of", "terms_of"]

Term = tuple[Decimal, Number]
"""A coefficient (sign and unit conversion) and the number it applies to."""

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Identity:
    """Two sides that must agree, and the rule that says why.

    `relation` is "=" or "<=" (left at most right). With `per`, the left side is a percentage:
    left = 100 × right / per. `exact` marks the same quantity printed twice: no rounding excuses a
    difference beyond the coarser print. `missing` says why it cannot be checked, where it cannot.
    `blanks` counts blank cells taken as zero; `note` says what the check compares.
    """

    rule: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    relation: str = "="
    per: tuple[Term, ...] = ()
    exact: bool = False
    missing: str = ""
    blanks: int = 0
    note: str = ""
    constant: Decimal = Decimal(0)
    """Added to the right side: 100 for weights, 0 for nearly all others."""
    observed: str = ""
    """The outcome of something that is no sum (a direction, a name, a year), with `places`."""
    places: tuple[Where, ...] = ()
    one_off: str = ""
    """The rule to name instead where the sides differ by one in the last printed place."""
    unrounded: bool = False
    """The numbers are set, not measured (weights, limits): nothing was rounded between them."""


def terms_of(numbers: Iterable[Number], sign: int = 1, unit: str = "") -> tuple[Term, ...]:
    """Numbers as terms; with `unit`, amounts of money are converted to it exactly."""
    terms = []
    for number in numbers:
        factor = _ONE
        if unit and number.unit != unit and number.unit in YUAN and unit in YUAN:
            factor = YUAN[number.unit] / YUAN[unit]
        terms.append((factor * sign, number))
    return tuple(terms)


def sum_of(terms: Sequence[Term]) -> tuple[Decimal, Decimal]:
    """The sum of the printed values and how far rounding may have moved it."""
    value = half = Decimal(0)
    for factor, number in terms:
        value += factor * number.value
        half += abs(factor) * number.half
    return value, half


def observed(observation: Observation) -> Identity:
    """An observation in the shape of an identity, so that it is counted and listed like one."""
    return Identity(
        observation.rule,
        terms_of(observation.numbers),
        (),
        observed=observation.outcome,
        note=observation.message,
        places=observation.places,
    )


def interval_of(terms: Sequence[Term]) -> Interval:
    """All values that a sum of printed numbers may stand for."""
    value, half = sum_of(terms)
    return Interval(value - half, value + half)


def number_ids(identity: Identity) -> tuple[str, ...]:
    """The ids of all numbers an identity names, each once, left side first."""
    seen: dict[str, None] = {}
    for _, number in (*identity.left, *identity.right, *identity.per):
        seen.setdefault(number.id)
    return tuple(seen)
