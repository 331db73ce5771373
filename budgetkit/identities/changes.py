"""Years side by side in a table: last year, this year, the change and its rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgetkit.headings import Column
from budgetkit.identities import Identity, terms_of
from budgetkit.language import said
from budgetkit.ledger import FactKey, Number, fact_key
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable

__all__ = ["change_identities"]

_Key = tuple[FactKey, tuple[str, ...]]
_YEARS = ("period", "measure", "stage")


@dataclass(frozen=True, slots=True)
class _Years:
    """The columns of one quantity: this year's, last year's, the change and the rate."""

    current: int
    previous: int
    change: int | None
    growth: int | None


def change_identities(table: BudgetTable) -> Iterator[Identity]:
    """Change is this year less last year, and growth its share of last year, row by row.

    Where most rows contradict, the headings are not what they seem and nothing is checked.
    """
    for section, rows in enumerate(table.rows):
        for years in _years(table.amount_columns(section)):
            doubt = _doubt(table, rows, years)
            for row in rows:
                yield from _row(table, row, years, doubt)


def _years(columns: Sequence[Column]) -> Iterator[_Years]:
    groups: dict[_Key, dict[str, list[int]]] = {}
    for column in columns:
        facts = {**column.base, **column.facts}
        groups.setdefault(_key(column, facts), {}).setdefault(_what(facts), []).append(column.index)
    for group in groups.values():
        if len(group.get("current", [])) != 1 or len(group.get("previous", [])) != 1:
            continue
        change, growth = group.get("change", []), group.get("growth", [])
        if len(change) > 1 or len(growth) > 1 or not (change or growth):
            continue
        yield _Years(
            group["current"][0],
            group["previous"][0],
            change[0] if change else None,
            growth[0] if growth else None,
        )


def _key(column: Column, facts: Mapping[str, str]) -> _Key:
    plain = {name: value for name, value in facts.items() if name not in (*_YEARS, "heading")}
    return fact_key(plain), column.path[1:]


def _what(facts: Mapping[str, str]) -> str:
    if facts.get("measure"):
        return facts["measure"]
    return facts.get("period", "current")


def _row(table: BudgetTable, row: Row, years: _Years, doubt: str) -> Iterator[Identity]:
    cells = {place: table.cells.get((row.line, place)) for place in _places(years)}
    current, previous = cells[years.current], cells[years.previous]
    both = [(1, current), (-1, previous)]
    right = tuple(t for sign, n in both if n is not None for t in terms_of([n], sign=sign))
    change = cells.get(years.change) if years.change is not None else None
    if change is not None:
        yield Identity(
            "structure.change",
            terms_of([change]),
            right,
            missing=doubt or _blank(change, current, previous),
            blanks=sum(number is None for _, number in both),
            note=said(
                "table {table}, row {row}: change from last year to this",
                table=table.number,
                row=row.key,
            ),
        )
    growth = cells.get(years.growth) if years.growth is not None else None
    if growth is not None and current is not None and previous is not None and previous.value:
        yield Identity(
            "structure.growth",
            terms_of([growth]),
            right,
            per=terms_of([previous]),
            missing=doubt,
            note=said(
                "table {table}, row {row}: growth from last year to this",
                table=table.number,
                row=row.key,
            ),
        )


def _places(years: _Years) -> list[int]:
    places = (years.current, years.previous, years.change, years.growth)
    return [place for place in places if place is not None]


def _blank(change: Number, current: Number | None, previous: Number | None) -> str:
    """Blank is not zero until the change says so."""
    if current is not None and previous is not None:
        return ""
    return (
        ""
        if _off(change, current, previous) <= _room(change, current, previous)
        else said("a term is blank")
    )


def _off(change: Number, current: Number | None, previous: Number | None) -> Decimal:
    now = current.value if current is not None else Decimal(0)
    before = previous.value if previous is not None else Decimal(0)
    return abs(change.value - (now - before))


def _room(*numbers: Number | None) -> Decimal:
    return sum((number.half for number in numbers if number is not None), Decimal(0))


def _doubt(table: BudgetTable, rows: Sequence[Row], years: _Years) -> str:
    if years.change is None:
        return ""
    agreed = denied = unsigned = 0
    for row in rows:
        change = table.cells.get((row.line, years.change))
        current = table.cells.get((row.line, years.current))
        previous = table.cells.get((row.line, years.previous))
        if change is None or current is None or previous is None or not change.value:
            continue
        if _off(change, current, previous) <= _room(change, current, previous):
            agreed += 1
        else:
            denied += 1
            turned = abs(change.value) - abs(current.value - previous.value)
            unsigned += abs(turned) <= _room(change, current, previous)
    if unsigned and unsigned == denied:
        return said("the change is printed without its sign")
    return said("most rows contradict what the headings say") if denied > agreed else ""
