"""Whether rows of a table add up to another row, in every column, rounding allowed for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from budgetkit.amounts import Amount

__all__ = ["RowSums"]

_ZERO = Decimal(0)


class RowSums:
    """The amounts of some rows, by the position of the row; each row has a mapping by column."""

    def __init__(self, rows: Iterable[Mapping[int, Amount]]) -> None:
        self._rows = [
            {column: (amount.value, amount.half) for column, amount in row.items()} for row in rows
        ]

    def add_up(self, whole: int, parts: Sequence[int]) -> bool | None:
        """Whether parts make up a whole in every column; None where neither prints an amount."""
        left = dict(self._rows[whole])
        for part in parts:
            self._take(left, part)
        return _is_nothing(left) if left else None

    def first_that_add_up(self, whole: int, parts: Sequence[int]) -> int:
        """How many of the first parts make up a whole, the fewest; 0 where none do."""
        left = dict(self._rows[whole])
        for count, part in enumerate(parts, start=1):
            self._take(left, part)
            if left and _is_nothing(left):
                return count
        return 0

    def _take(self, left: dict[int, tuple[Decimal, Decimal]], part: int) -> None:
        for column, (value, half) in self._rows[part].items():
            rest, wide = left.get(column, (_ZERO, _ZERO))
            left[column] = rest - value, wide + half


def _is_nothing(left: Mapping[int, tuple[Decimal, Decimal]]) -> bool:
    return all(abs(rest) <= wide for rest, wide in left.values())
