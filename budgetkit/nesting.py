"""Which rows of a list belong below which, as their amounts say where nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from budgetkit.amounts import Amount

__all__ = ["Sums", "nesting"]

_MOST_TRIES = 2_000
_MOST_ADDENDS = 1_000_000
"""Rows that are added up in search of the nestings of one section; documents take some ten thousand
at most.
"""


class Sums:
    """Tells whether rows add up to a row in every column of amounts, rounding allowed for."""

    def __init__(self, amounts: Mapping[tuple[int, int], Amount]) -> None:
        """`amounts` are those printed in a section, by position of the row and column."""
        # Whole numbers of half the finest place: searches add up millions of them.
        places = max((amount.places for amount in amounts.values()), default=0) + 1
        columns = {column: i for i, column in enumerate(sorted({c for _, c in amounts}))}
        self.width = len(columns)
        self.room = _MOST_ADDENDS
        self.rows: dict[int, list[tuple[int, int, int]]] = {}
        for (row, column), amount in amounts.items():
            value, half = int(amount.value.scaleb(places)), int(amount.half.scaleb(places))
            self.rows.setdefault(row, []).append((columns[column], value, half))

    def add_up(self, whole: int, parts: Iterable[int]) -> bool | None:
        """Whether parts add up to a whole; None where nothing is printed to add."""
        rest = _Rest(self, whole)
        printed = whole in self.rows
        for part in parts:
            rest.take(part)
            printed = printed or part in self.rows
        return rest.is_nothing() if printed else None

    def heads(self, whole: int, rows: Sequence[int]) -> int:
        """How many of the rows, from the first, add up to a whole; 0 for none or for zeros.

        Uses up `room`.
        """
        self.room -= 1
        rest = _Rest(self, whole)
        if whole not in self.rows or rest.is_nothing():
            return 0
        for count, row in enumerate(rows, start=1):
            self.room -= 1
            rest.take(row)
            if rest.is_nothing():
                return count
        return 0


class _Rest:
    """What is left of a row's amounts when those of others are taken from it."""

    def __init__(self, sums: Sums, whole: int) -> None:
        self.rows = sums.rows
        self.values, self.halves = [0] * sums.width, [0] * sums.width
        for column, value, half in self.rows.get(whole, ()):
            self.values[column], self.halves[column] = value, half
        self.last = 0  # the column that showed a rest last, the likeliest to show it again

    def take(self, row: int) -> None:
        for column, value, half in self.rows.get(row, ()):
            self.values[column] -= value
            self.halves[column] += half

    def is_nothing(self) -> bool:
        """Whether rounding explains the rest of every column."""
        if not self.values or abs(self.values[self.last]) > self.halves[self.last]:
            return not self.values
        for column, value in enumerate(self.values):
            if abs(value) > self.halves[column]:
                self.last = column
                return False
        return True


def nesting(whole: int, parts: Sequence[int], sums: Sums) -> dict[int, int]:
    """For each part the row it belongs to, so that every whole has its sum; empty if none is.

    From the last row upwards, a row is the heading of the rows that follow it directly, as soon
    as they add up to it. Where a single row does, it may as well be its neighbour: both are
    tried. Where there are too many ways, none is found.
    """
    tries = _MOST_TRIES

    def build(position: int, roots: tuple[int, ...], parents: dict[int, int]) -> dict[int, int]:
        nonlocal tries
        tries -= 1
        while position >= 0 and sums.room > 0:
            part = parts[position]
            count = sums.heads(part, roots)
            if count == 1 and tries > 0:
                apart = build(position - 1, (part, *roots), parents)
                if apart:
                    return apart
            if count:
                parents = {**parents, **dict.fromkeys(roots[:count], part)}
            roots = (part, *roots[count:])
            position -= 1
        if sums.room > 0 and sums.add_up(whole, roots):
            return {**parents, **dict.fromkeys(roots, whole)}
        return {}

    return build(len(parts) - 1, (), {})
