"""The ledger: every printed number of a disclosure, with its place, unit and what it states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from budgetkit.amounts import Amount, Interval
from budgetkit.blocks import Where

__all__ = ["FactKey", "Number", "SetAside", "fact_key"]

FactKey = tuple[tuple[str, str], ...]

#: How many of the named unit make one 元; None for units that are no money.
YUAN = {"元": Decimal(1), "千元": Decimal(1000), "万元": Decimal(10_000), "亿元": Decimal(10**8)}


@dataclass(frozen=True, slots=True)
class Number:
    """One printed number.

    `value` and `half` are in the printed unit; `facts` says what the number states (flow, fund,
    nature, classification code …), `name` names it for people.
    """

    id: str
    text: str
    value: Decimal
    half: Decimal
    unit: str
    part: str
    where: Where
    table: int | None = None
    table_kind: str | None = None
    row: str | None = None
    column: str | None = None
    name: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def interval(self) -> Interval:
        """The unrounded values that print as this number."""
        return Interval(self.value - self.half, self.value + self.half)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A number token that is no value of the ledger, with the reason (year, code, …)."""

    text: str
    reason: str
    part: str
    where: Where
    table: int | None = None


def fact_key(facts: Mapping[str, str], **changes: str | None) -> FactKey:
    """What a number states as a sortable key, with some facts changed (None takes one out)."""
    merged = {**facts, **{name: value for name, value in changes.items() if value is not None}}
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
    merged.pop("scope", None)  # says for whom a condition holds, not what is stated
    return tuple(sorted(merged.items()))


def number_from(amount: Amount, number_id: str, unit: str, part: str, where: Where) -> Number:
    """A ledger number from a parsed amount."""
    return Number(number_id, amount.text, amount.value, amount.half, unit, part, where)
