"""Amounts of cells: each is a number of the ledger with its value, or told of."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeVar

from budgetkit.blocks import Grid, Where
from budgetkit.disclosure import Disclosure
from tests.fuzzing.places import covers, digits_of, sheet_of, teller
from tests.fuzzing.plain import amount, digit_runs

_BEFORE = 6
"""How many entries that begin before a place in its line may reach to it."""
_T = TypeVar("_T")


def _cells_of(disclosure: Disclosure) -> Iterator[tuple[str, Where]]:
    for block in disclosure.blocks:
        if isinstance(block, Grid):
            for row in block.rows:
                for cell in row:
                    if cell.text and amount(cell.text) is not None:
                        yield cell.text, cell.passage.where()


def _values_of(text: str) -> set[object]:
    """The value of an amount; in brackets, which only budget tables take for a minus, both."""
    value = amount(text)
    return {value} if value is None or "(" not in text else {value, -value}


class _Near(Generic[_T]):
    """Entries by place: those of a line by where they begin, for it may hold ten thousand."""

    def __init__(self) -> None:
        self.entries: dict[tuple[object, ...], list[tuple[int, int, _T]]] = defaultdict(list)
        self.unsorted: set[tuple[object, ...]] = set()
        self.whole: set[tuple[object, ...]] = set()

    def add(self, where: Where, entry: _T) -> None:
        """Keeps an entry at its place."""
        sheet = sheet_of(where)
        self.entries[sheet].append((where.start or 0, len(self.entries[sheet]), entry))
        self.unsorted.add(sheet)
        if where.start is None:
            self.whole.add(sheet)

    def at(self, where: Where) -> Iterator[_T]:
        """The entries of a page; of a line those that may touch a place in it."""
        sheet = sheet_of(where)
        found = self.entries.get(sheet, [])
        if where.start is None or where.end is None or sheet in self.whole:
            yield from (entry for _, _, entry in found)
            return
        if sheet in self.unsorted:
            found.sort(key=_first_two)
            self.unsorted.discard(sheet)
        first = bisect.bisect_left(found, (where.start,))
        last = bisect.bisect_left(found, (max(where.end, where.start + 1),))
        yield from (entry for _, _, entry in found[max(0, first - _BEFORE) : last])


def _first_two(entry: tuple[int, int, object]) -> tuple[int, int]:
    return entry[:2]


def not_valued(disclosure: Disclosure, told: str) -> Iterator[str]:
    """Amounts of cells that are no number of the ledger with the same value, and not told of."""
    values = _Near[tuple[object, Where]]()
    for number in disclosure.ledger:
        values.add(number.where, (number.value, number.where))
    listed = _Near[tuple[str, Where]]()
    for token in disclosure.leftovers:
        if token.reason == "unreadable amount" or f"'{token.text}', {token.where.text}" in told:
            listed.add(token.where, (digits_of(token.text), token.where))
    reasons = _Near[tuple[str, Where, str]]()
    for token in disclosure.set_aside:
        where = token.where
        reasons.add(where, (digits_of(token.text), where, token.reason))
        if token.reason == "repeated table":
            listed.add(where, (digits_of(token.text), where))
    tells = teller(disclosure)
    for text, where in _cells_of(disclosure):
        digits = digits_of(text)
        if any(
            known in _values_of(text) and (covers(place, where) or covers(where, place))
            for known, place in values.at(where)
        ):
            continue
        if any(
            digits == known and (covers(place, where) or covers(where, place))  # in brackets
            for known, place in listed.at(where)
        ):
            continue
        if any(tells(run, where) for run in digit_runs(text)):
            continue
        why = {
            reason
            for known, place, reason in reasons.at(where)
            if known in digits and covers(place, where)
        }
        yield f"'{text.strip()}' is no number ({where}; {', '.join(sorted(why)) or 'other value'})"
