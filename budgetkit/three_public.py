"""The three public expenses alone, where a table prints them together with meetings and training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from budgetkit.identities.across import Quantities
from budgetkit.ledger import FactKey, Number, fact_key
from budgetkit.vocabulary import load

__all__ = ["three_public_alone"]

_FLOW = ("flow", "three_public")


def three_public_alone(printed: Quantities) -> Mapping[FactKey, Number | None]:
    """The numbers of the three public expenses in tables that print meetings and training beside.

    Such a table's first total is of all five. By the key of the total: the number that is of the
    three alone (together with meetings and training it makes up the first), None where there is
    none; and by the key of each of the three what stands under the heading of the three.
    """
    rows: dict[tuple[int | None, str | None], list[Number]] = {}
    for key, numbers in printed.items():
        if _FLOW in key:
            for number in numbers:
                rows.setdefault((number.table, number.row), []).append(number)
    found: dict[FactKey, Number | None] = {}
    for key, numbers in printed.items():
        facts = dict(key)
        if _FLOW in key and not {"heading", "public_item", "measure"} & facts.keys():
            row = rows[numbers[0].table, numbers[0].row]
            if more := _beside(row, facts):
                found.setdefault(key, _alone(row, facts, numbers[0], more))
                for number in row:
                    if _is_under_heading(number) and "public_item" in number.facts:
                        found.setdefault(_plain_key(number), number)
    return found


def _beside(row: Sequence[Number], facts: Mapping[str, str]) -> dict[str, Number]:
    """Meetings and training of the same year and unit in a row, by their headings."""
    found: dict[str, Number] = {}
    for number in row:
        heading = number.facts.get("heading", "")
        if heading in _words()["beside"] and _plain_key(number) == fact_key(facts):
            found.setdefault(heading, number)
    return found


def _alone(
    row: Sequence[Number], facts: Mapping[str, str], whole: Number, more: Mapping[str, Number]
) -> Number | None:
    extra = sum(number.value for number in more.values())
    if not extra:
        return whole
    for number in row:
        own = number.facts.get("heading", "") not in _words()["beside"]
        if own and _plain_key(number) == fact_key(facts) and number.value + extra == whole.value:
            return number
    items = [n for n in row if n.facts.get("public_item") in {"travel_abroad", "vehicles", "receptions"}
             and _plain_key(n) == fact_key(facts, public_item=n.facts["public_item"])]  # fmt: skip
    return whole if items and sum(n.value for n in items) == whole.value else None


def _is_under_heading(number: Number) -> bool:
    return number.facts.get("heading", "") in _words()["headings"]


def _plain_key(number: Number) -> FactKey:
    return fact_key({k: v for k, v in number.facts.items() if k != "heading"})


def _words() -> Mapping[str, Sequence[str]]:
    words: Mapping[str, Sequence[str]] = load("compare.toml")["three_public"]
    return words
