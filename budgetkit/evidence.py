"""What the ledger and the checks say for and against single numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from budgetkit.effort import Effort
from budgetkit.ledger import Number
from budgetkit.reconcile import Check
from budgetkit.slips import Neighbours, Slip, find_slip

__all__ = ["Evidence"]


class Evidence:
    """What the ledger and the checks say about single numbers."""

    def __init__(
        self, checks: Sequence[Check], numbers: Sequence[Number], effort: Effort | None = None
    ) -> None:
        self.effort = effort or Effort()
        self.index: dict[str, list[Check]] = defaultdict(list)
        for check in checks:
            if check.identity.observed or check.outcome == "not_checkable":
                continue
            for number in check.numbers:
                self.index[number].append(check)
        self.checks = checks
        self.numbers = numbers
        self.order = {number.id: position for position, number in enumerate(numbers)}
        self._places: dict[str, int] = {}
        self._cells: dict[tuple[int, str, str], list[Number]] | None = None

    def named(self, checks: Iterable[str]) -> list[Check]:
        """The checks with these ids, in the document's order."""
        if not self._places:
            self._places = {check.id: place for place, check in enumerate(self.checks)}
        places = {self._places[check] for check in checks if check in self._places}
        return [self.checks[place] for place in sorted(places)]

    def confirmations(self, number: str) -> int:
        """How many holding equalities name a number, those that hold exactly twice."""
        return sum(
            2 if check.outcome == "holds" else 1
            for check in self.index.get(number, ())
            if check.outcome.startswith("holds") and check.identity.relation == "="
        )

    def beside(self, number: Number) -> Neighbours:
        """The cells next to a number in its row and its column, where it stands in a table."""
        if number.table is None:
            return Neighbours()
        if self._cells is None:
            self._cells = defaultdict(list)
            for other in self.numbers:
                if other.table is not None:
                    self._cells[other.table, "row", str(other.row)].append(other)
                    self._cells[other.table, "column", str(other.column)].append(other)
        row = self._cells.get((number.table, "row", str(number.row)), [])
        column = self._cells.get((number.table, "column", str(number.column)), [])
        return Neighbours(_next_to(number, row), _next_to(number, column))

    def slip(self, number: Number, repair: Decimal) -> Slip:
        """The likeliest slip from a repair to what is printed."""
        return find_slip(number, repair, self.beside(number))

    def plausibility(self, number: Number, repair: Decimal) -> int:
        """The rank of that slip."""
        return self.slip(number, repair).rank


def _next_to(number: Number, cells: Sequence[Number]) -> list[Number]:
    place = next((i for i, other in enumerate(cells) if other.id == number.id), None)
    if place is None:
        return []
    return [cells[i] for i in (place - 1, place + 1) if 0 <= i < len(cells)]
