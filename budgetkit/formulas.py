"""Sums as spreadsheet formulas: which printed totals follow from which cells of their sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell

from budgetkit.amounts import format_decimal
from budgetkit.identities import Identity
from budgetkit.language import Said, said
from budgetkit.reconcile import Check

__all__ = ["Place", "Total", "find_totals", "sum_expression"]

Place = tuple[int, int]
"""Row and column of a cell on its sheet, from zero."""

#: The rules whose left side is one total and whose right side is all of its parts.
SUM_RULES = frozenset(
    {
        "structure.row_total",
        "structure.column_total",
        "structure.roll_up",
        "structure.list_sum",
        "structure.of_which_sum",
    }
)

_ARGUMENTS = 200  # Excel takes 255 in one SUM
_LONGEST = 8000  # Excel takes a formula of 8192 characters


@dataclass(slots=True)
class Total:
    """A printed total: its formula where it has one, and what its other sums give.

    `formula` is empty where the printed value has to stay: a sum holds by rounding only, or is
    violated (then `violated`).
    """

    formula: str = ""
    notes: list[Said] = field(default_factory=list)
    rounded: bool = False
    violated: bool = False


def find_totals(checks: Iterable[Check], places: Mapping[str, Place]) -> dict[str, Total]:
    """The totals among the cells of one sheet, by number id; `places` tells where each stands.

    A total becomes a formula where one of its sums holds exactly and none is violated. No formula
    refers to itself, however long the way round.
    """
    totals: dict[str, Total] = {}
    made: dict[str, tuple[str, ...]] = {}
    taken = frozenset(places.values())
    for check in checks:
        if not _is_sum(check.identity) or check.outcome == "not_checkable":
            continue
        if not all(number in places for number in check.numbers):
            continue
        if not check.identity.left or not check.identity.right:
            _note_blank(check, totals)
            continue
        whole = check.identity.left[0][1].id
        total = totals.setdefault(whole, Total())
        parts = tuple(number.id for _, number in check.identity.right)
        cells = [(places[n.id], factor < 0) for factor, n in check.identity.right]
        if check.outcome == "violated":
            total.violated = True
            total.notes.append(_note(check, cells, taken))
        elif check.outcome == "holds_by_rounding":
            total.rounded = True
            total.notes.append(_note(check, cells, taken))
        elif not total.formula and not _reaches(parts, whole, made):
            total.formula = sum_expression(cells, taken)
            made[whole] = parts
    for total in totals.values():
        if total.violated:
            total.formula = ""
    return totals


def _is_sum(identity: Identity) -> bool:
    return (
        identity.rule in SUM_RULES
        and identity.relation == "="
        and len(identity.left) < 2
        and not identity.constant
        and all(factor == 1 for factor, _ in identity.left)
        and all(abs(factor) == 1 for factor, _ in identity.right)
    )


def _reaches(start: Sequence[str], end: str, made: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the formulas already made lead from some numbers to another."""
    seen = set(start)
    waiting = list(start)
    while waiting:
        number = waiting.pop()
        if number == end:
            return True
        fresh = [part for part in made.get(number, ()) if part not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return False


def sum_expression(cells: Sequence[tuple[Place, bool]], taken: frozenset[Place]) -> str:
    """The formula that adds up some cells, without its =; a cell marked True is taken away.

    Neighbours become ranges; a range goes on over cells without a number, never over another
    number (`taken` are the cells of all numbers). Empty where Excel takes no formula so long.
    """
    if any(minus for _, minus in cells):
        signed = [("-" if minus else "+") + _name(place) for place, minus in cells]
        text = "".join(signed).removeprefix("+")
    else:
        ranges = _ranges([place for place, _ in cells], taken)
        if ranges == [_name(cells[0][0])]:
            return ranges[0]
        text = "+".join(
            f"SUM({','.join(ranges[at : at + _ARGUMENTS])})"
            for at in range(0, len(ranges), _ARGUMENTS)
        )
    return text if len(text) < _LONGEST else ""


def _name(place: Place) -> str:
    return str(xl_rowcol_to_cell(*place))


def _ranges(places: Sequence[Place], taken: frozenset[Place]) -> list[str]:
    """Cells as names and ranges: along the row where all stand in one, else down the columns."""
    across = len({row for row, _ in places}) == 1
    ordered = sorted(places, key=lambda place: place if across else place[::-1])
    runs: list[list[Place]] = []
    for place in ordered:
        if runs and _goes_on(runs[-1][-1], place, across, taken):
            runs[-1].append(place)
        else:
            runs.append([place])
    return [_name(r[0]) if len(r) == 1 else f"{_name(r[0])}:{_name(r[-1])}" for r in runs]


def _goes_on(last: Place, place: Place, across: bool, taken: frozenset[Place]) -> bool:
    (row, column), (next_row, next_column) = last, place
    if across:
        return not any((row, c) in taken for c in range(column + 1, next_column))
    return column == next_column and not any((r, column) in taken for r in range(row + 1, next_row))


def _note_blank(check: Check, totals: dict[str, Total]) -> None:
    """Notes on what is printed where the other side of a violated sum is blank."""
    if check.outcome != "violated":
        return
    for _, number in (*check.identity.left, *check.identity.right):
        total = totals.setdefault(number.id, Total())
        if check.identity.left:
            note = said("printed {printed}, but its parts are blank", printed=number.text)
            total.violated = True
        else:
            note = said("printed {printed}, but the total over it is blank", printed=number.text)
        total.notes.append(note)


def _note(check: Check, cells: Sequence[tuple[Place, bool]], taken: frozenset[Place]) -> Said:
    """What a sum that does not hold exactly gives, beside the printed total."""
    values = {
        "printed": check.identity.left[0][1].text,
        "cells": sum_expression(cells, taken),
        "total": format_decimal(check.right or Decimal(0)),
        "difference": format_decimal(check.difference or Decimal(0)),
        "tolerance": format_decimal(check.tolerance or Decimal(0)),
    }
    if check.outcome == "violated":
        return said(
            "printed {printed}, but {cells} gives {total}: difference {difference}, of which "
            "rounding explains at most {tolerance}",
            **values,
        )
    return said(
        "printed {printed}; {cells} gives {total}. The difference {difference} is within rounding "
        "(at most {tolerance}), so the printed value stands",
        **values,
    )
