"""Where the tokens of a disclosure stand, compared: which place holds which, and what is told of."""

from __future__ import annotations

from collections.abc import Callable

from budgetkit.blocks import Where
from budgetkit.disclosure import Disclosure
from tests.fuzzing.plain import digit_runs

_SLACK = 0.6  # points


def digits_of(text: str) -> str:
    """The digits of a text alone."""
    return "".join(digit_runs(text))


def sheet_of(where: Where) -> tuple[object, ...]:
    """What two places must have in common to be compared: a page, or a line of it."""
    return (where.page, None if where.box else where.line)


def covers(entry: Where, token: Where) -> bool:
    """Whether the place of an entry holds a token."""
    if token.box is not None:
        if entry.box is None:
            return False
        x, y = (token.box[0] + token.box[2]) / 2, (token.box[1] + token.box[3]) / 2
        return (
            entry.box[0] - _SLACK <= x <= entry.box[2] + _SLACK
            and entry.box[1] - _SLACK <= y <= entry.box[3] + _SLACK
        )
    if entry.start is None or entry.end is None or token.start is None:
        return True
    return entry.start <= token.start < max(entry.end, entry.start + 1)


def teller(disclosure: Disclosure) -> Callable[[str, Where], bool]:
    """Whether a problem tells of a run of digits: by its line, its box, or the number itself."""
    lines: set[tuple[int | None, int]] = set()
    boxes: list[Where] = []
    named: set[str] = set()
    for problem in disclosure.problems:
        where = problem.where
        if where.line is not None:
            lines.add((where.page, where.line))
        elif where.box is not None:
            boxes.append(where)
        named.update(digit_runs(problem.message))

    def tells(run: str, where: Where) -> bool:
        if run in named or (where.line is not None and (where.page, where.line) in lines):
            return True
        return any(box.page == where.page and covers(box, where) for box in boxes)

    return tells
