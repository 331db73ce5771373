"""What a careful reader notices that is no sum: a direction, a name, a year, a count of names."""

from __future__ import annotations

from dataclasses import dataclass

from budgetkit.blocks import Where
from budgetkit.ledger import Number

__all__ = ["Observation"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing noticed: rule, message, the numbers it is about and the places to look at.

    `outcome` is "violated" for what should be looked at, "holds" for what was looked at and is
    as it should be.
    """

    rule: str
    message: str
    numbers: tuple[Number, ...] = ()
    places: tuple[Where, ...] = ()
    outcome: str = "violated"
