"""Which violated checks belong together: those that share numbers, and the halves of a shift."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budgetkit.reconcile import Check

__all__ = ["Shifts", "connected"]

_SUMS = {"structure.column_total", "structure.roll_up", "structure.list_sum"}
_Place = tuple[str, str]


class Shifts:
    """Finds the check that is off by the same amount the other way, in another column."""

    def __init__(self, violated: Sequence[Check]) -> None:
        self.known: dict[tuple[str, _Place, Decimal], list[Check]] = defaultdict(list)
        for check in violated:
            if check.difference is not None and check.rule.startswith("structure."):
                self.known[check.rule, table_row(check), check.difference].append(check)

    def partner(self, check: Check) -> Check | None:
        """The first such check of the same table and row."""
        if check.difference is None or not check.rule.startswith("structure."):
            return None
        others = self.known.get((check.rule, table_row(check), -check.difference), ())
        return next((other for other in others if other is not check), None)


def table_row(check: Check) -> _Place:
    """The table and the row that a check of a table's sums tells of in its note."""
    table, _, rest = check.identity.note.partition(",")
    return table, rest.partition(":")[2]


def connected(violated: Sequence[Check]) -> list[list[Check]]:
    """Violated checks of one level that share numbers, or are the two halves of a shift."""
    shifts = Shifts(violated)
    owner: dict[str, int] = {}
    above: list[int] = []
    groups: dict[int, list[Check]] = {}

    def group_of(position: int) -> int:
        while above[position] != position:
            above[position] = above[above[position]]
            position = above[position]
        return position

    for position, check in enumerate(violated):
        above.append(position)
        names = [f"{check.level}:{number}" for number in check.numbers]
        names.extend(_marks(check, shifts))
        joined = sorted({group_of(owner[name]) for name in names if name in owner})
        target = joined[0] if joined else position
        members = groups.setdefault(target, [])
        for other in joined[1:]:
            members.extend(groups.pop(other))
            above[other] = target
        members.append(check)
        above[position] = target
        for name in names:
            owner[name] = target
    return [groups[key] for key in sorted(groups)]


def _marks(check: Check, shifts: Shifts) -> Iterator[str]:
    other = shifts.partner(check)
    if other is not None:
        yield "shift:" + "|".join(sorted((check.id, other.id)))
    elif check.rule in _SUMS and (check.difference or 0) >= 0:
        # Sums over the rows of one parent: what one row lacks, all columns lack.
        yield f"parent:{check.level}:" + "|".join(table_row(check))
