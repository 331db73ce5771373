"""How far the search for suspects may go in one document."""

from __future__ import annotations

__all__ = ["Effort"]

_STEPS = 1_000_000
PER_CHECK = 150
"""Steps for the repair of a number, for every check that names it."""
PER_CELL = 40
"""Steps for one reading of a table with a number moved, for every cell of the table."""

PER_MODEL = 4_000
PER_ITERATION = 80
"""Steps for one model of the solver, and for each of its own iterations."""


class Effort:
    """What is left of it, in steps of about a microsecond.

    Steps are counted, not seconds: the same document gives the same suspects on every machine.
    """

    def __init__(self, steps: int = _STEPS) -> None:
        self.left = steps

    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0

    def repair(self, checks: int) -> None:
        """Spends what the search for one number's repair takes."""
        self.left -= PER_CHECK * (1 + checks)

    def move(self, cells: int) -> None:
        """Spends what one reading of a table with a number moved takes."""
        self.left -= PER_CELL * (1 + cells)

    def solve(self, iterations: int) -> None:
        """Spends what the solver took for one model."""
        self.left -= PER_MODEL + PER_ITERATION * iterations
