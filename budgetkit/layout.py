"""Slips of layout: a number that stands in the wrong column, a row that is not there."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from budgetkit.amounts import format_decimal
from budgetkit.effort import Effort
from budgetkit.facts import cell_facts
from budgetkit.headings import Column
from budgetkit.identities.structure import row_formulas, structure_identities
from budgetkit.language import joined, said
from budgetkit.ledger import Number, fact_key
from budgetkit.reconcile import Check, Suspect, check_identity, place_text
from budgetkit.repairs import Index
from budgetkit.tables import BudgetTable

__all__ = ["find_missing_row", "find_moved"]

_COLUMN_SUMS = ("structure.column_total", "structure.roll_up", "structure.list_sum")


def find_moved(
    violated: Sequence[Check],
    tables: Sequence[BudgetTable],
    numbers: Sequence[Number],
    index: Index,
    effort: Effort,
) -> list[Suspect]:
    """Numbers that, moved into the blank cell beside them, make the whole table add up.

    Each was tried: with the number in the other cell every identity of the table was checked
    again, and prints of the same quantity elsewhere agree.
    """
    table = _one_table(violated, tables)
    if table is None:
        return []
    wrong = {_mark(check) for check in violated if check.rule.startswith("structure.")}
    others = {
        _mark(check)
        for cell in table.cells.values()
        for check in index.get(cell.id, ())
        if check.outcome == "violated"
    } - wrong
    lines = _lines_of(violated, table)
    outside = [set(c.numbers) for c in violated if not c.rule.startswith("structure.")]
    # Moving a number can mend what is of its table, and what names it.
    movable = set.intersection(*outside) if outside else None
    amounts = _Spans(violated)
    found: list[Suspect] = []
    for (line, place), number in sorted(table.cells.items()):
        if line not in lines or (movable is not None and number.id not in movable):
            continue
        if not number.value or abs(number.value) not in amounts:
            continue
        for target in _blank_beside(table, line, place):
            if effort.is_spent():
                return found
            effort.move(len(table.cells))
            moved = replace(number, column=target.number, facts=_facts_at(table, line, target))
            cells = {at: n for at, n in table.cells.items() if at != (line, place)}
            cells[line, target.index] = moved
            if _violations(replace(table, cells=cells)) - others:
                continue
            same = [n for n in _stating(moved, numbers) if n.id != number.id]
            if any(n.value != number.value for n in same if n.unit == number.unit):
                continue
            why = said(
                "moved to column {column} ({heading}), the blank cell beside it, table {table} "
                "adds up",
                column=target.number,
                heading=_heading(target),
                table=table.number,
            )
            if same:
                there = said(
                    "{place} prints {text} for what stands there",
                    place=place_text(same[0]),
                    text=same[0].text,
                )
                why = joined([why, there])
            found.append(Suspect(number.id, number.text, format_decimal(number.value), why))
    return found


def _one_table(violated: Sequence[Check], tables: Sequence[BudgetTable]) -> BudgetTable | None:
    """The table whose own identities fail, where it is one."""
    wrong = {
        number.table
        for check in violated
        if check.rule.startswith("structure.")
        for _, number in (*check.identity.left, *check.identity.right)
    }
    if len(wrong) != 1:
        return None
    return next((table for table in tables if table.number in wrong), None)


def _lines_of(violated: Sequence[Check], table: BudgetTable) -> set[int]:
    """The lines that violated checks name, and those of the rows below them."""
    named = {number for check in violated for number in check.numbers}
    lines = {line for (line, _), cell in table.cells.items() if cell.id in named}
    below = {
        rows[child].line
        for rows in table.rows
        for row in rows
        if row.line in lines
        for child in row.children
    }
    return lines | below


class _Spans:
    """The amounts that explain by how much one of some checks is off, rounding allowed for."""

    def __init__(self, violated: Sequence[Check]) -> None:
        self.starts: list[Decimal] = []
        self.ends: list[Decimal] = []
        zero = Decimal(0)
        offs = ((abs(c.difference or zero), c.tolerance or zero) for c in violated)
        for start, end in sorted((off - room, off + room) for off, room in offs):
            if self.ends and start <= self.ends[-1]:
                self.ends[-1] = max(end, self.ends[-1])
            else:
                self.starts.append(start)
                self.ends.append(end)

    def __contains__(self, amount: Decimal) -> bool:
        before = bisect.bisect_right(self.starts, amount) - 1
        return before >= 0 and amount <= self.ends[before]


def _mark(check: Check) -> tuple[str, str]:
    return check.rule, check.identity.note


def _violations(table: BudgetTable) -> set[tuple[str, str]]:
    return {
        _mark(check)
        for identity in structure_identities(table)
        if (check := check_identity(identity, "")).outcome == "violated"
    }


def _blank_beside(table: BudgetTable, line: int, index: int) -> list[Column]:
    """The amount columns left and right of a cell that are blank in its row."""
    section = next(c.section for c in table.columns if c.index == index)
    columns = table.amount_columns(section)
    place = next((i for i, column in enumerate(columns) if column.index == index), None)
    if place is None:
        return []
    beside = [columns[i] for i in (place - 1, place + 1) if 0 <= i < len(columns)]
    return [
        column
        for column in beside
        if (line, column.index) not in table.cells and (line, column.index) not in table.unread
    ]


def _facts_at(table: BudgetTable, line: int, column: Column) -> Mapping[str, str]:
    row = next(r for r in table.rows[column.section] if r.line == line)
    return cell_facts(table.kind, table.columns, row, column)


def _stating(number: Number, numbers: Iterable[Number]) -> list[Number]:
    """Other numbers that state the same quantity."""
    if "flow" not in number.facts:
        return []
    key = fact_key(number.facts)
    return [n for n in numbers if n.part == number.part and n.facts and fact_key(n.facts) == key]


def _heading(column: Column) -> str:
    return column.path[-1] if column.path else column.number


def find_missing_row(
    violated: Sequence[Check],
    tables: Sequence[BudgetTable],
    numbers: Sequence[Number],
    index: Index,
    certain: bool = True,
) -> list[Suspect]:
    """The total that lacks a row: what it is short of adds up across its columns.

    Such a row is believed where its columns agree with each other as the headings say, or where
    another table prints the same amount for a code that this one lacks; with `certain` off it is
    named even where neither can be told. The totals stay as they are printed, so the repair is
    the print itself.
    """
    table = _one_table(violated, tables)
    if table is None or not all(_short(check) for check in violated):
        return []
    totals = [c.identity.left[0][1] for c in violated if c.rule in _COLUMN_SUMS]
    if not totals or len({(total.table, total.row) for total in totals}) != 1:
        return []
    mine = {check.id for check in violated}
    amounts = {
        column: amount
        for (column, total), amount in _lacking(table, totals[0]).items()
        if not any(
            c.outcome == "violated" and c.id not in mine and c.rule in _COLUMN_SUMS
            for c in index.get(total, ())
        )
    }
    if not amounts or not all(_accounts(check, amounts.values()) for check in violated):
        return []
    section = _section_of(table, totals[0])
    columns = table.amount_columns(section)
    first = totals[0]
    agree = _row_agrees(table, columns, amounts)
    elsewhere = _printed_elsewhere(table, first, next(iter(amounts.values())), numbers)
    if agree is False or (certain and not (agree or elsewhere)):
        return []
    numbered = {column.index: column.number for column in columns}
    texts = [
        said(
            "{amount} in column {column}",
            amount=elsewhere.text if elsewhere and not position else format_decimal(amount),
            column=numbered[index],
        )
        for position, (index, amount) in enumerate(amounts.items())
    ]
    why = said("a row seems to be missing below it, with {amounts}", amounts=joined(texts, ", "))
    if elsewhere is not None:
        why = joined(
            [
                why,
                said("{place} prints {text}", place=place_text(elsewhere), text=elsewhere.text),
            ]
        )
    return [Suspect(first.id, first.text, format_decimal(first.value), why)]


def _short(check: Check) -> bool:
    """Whether a sum falls short of its total."""
    identity = check.identity
    return (
        identity.relation == "="
        and not identity.per
        and len(identity.left) == 1
        and (check.difference or Decimal(0)) > 0
    )


def _lacking(table: BudgetTable, total: Number) -> dict[tuple[int, str], Decimal]:
    """By column and total, how much the rows below a total's row are short of it."""
    place = next((place for place, cell in table.cells.items() if cell.id == total.id), None)
    if place is None:
        return {}
    section = _section_of(table, total)
    rows = table.rows[section]
    columns = {column.index for column in table.amount_columns(section)}
    parent = next((row for row in rows if row.line == place[0]), None)
    if parent is None:
        return {}
    lines = [rows[child].line for child in parent.children if not rows[child].of_which]
    lacking: dict[tuple[int, str], Decimal] = {}
    for (line, index), whole in sorted(table.cells.items()):
        if line == place[0] and index in columns:
            parts = [table.cells[part, index] for part in lines if (part, index) in table.cells]
            off = whole.value - sum((part.value for part in parts), Decimal(0))
            if abs(off) > whole.half + sum(part.half for part in parts):
                lacking[index, whole.id] = off
    return lacking


def _accounts(check: Check, amounts: Iterable[Decimal]) -> bool:
    """Whether a missing row with one of these amounts explains a check."""
    off, room = check.difference or Decimal(0), check.tolerance or Decimal(0)
    return any(abs(off - amount) <= room for amount in amounts)


def _section_of(table: BudgetTable, number: Number) -> int:
    index = next(place[1] for place, cell in table.cells.items() if cell.id == number.id)
    return next(column.section for column in table.columns if column.index == index)


def _row_agrees(
    table: BudgetTable, columns: Sequence[Column], amounts: Mapping[int, Decimal]
) -> bool | None:
    """Whether the missing amounts add up across the columns; None where no heading says so."""
    known = None
    for total, parts in row_formulas(table.heading.nodes, columns):
        there = [amounts[part] for part in parts if part in amounts]
        if total not in amounts and not there:
            continue
        if total not in amounts or not there:
            return False
        room = Decimal("0.02") * (1 + len(there))
        if abs(amounts[total] - sum(there)) > room:
            return False
        known = True
    return known


def _printed_elsewhere(
    table: BudgetTable, total: Number, amount: Decimal, numbers: Iterable[Number]
) -> Number | None:
    """The same amount in another table, for a code below the total's that this table lacks."""
    here = {row.code for rows in table.rows for row in rows if row.code}
    above = next((r.code for rows in table.rows for r in rows if r.key == total.row), "")
    best: Number | None = None
    for number in numbers:
        if number.part != "table" or number.table == table.number or not number.row:
            continue
        code = number.row.partition(" / ")[0]
        if not code.isdigit() or code in here or not code.startswith(above):
            continue
        near = abs(number.value - amount) <= number.half * 6
        if near and (best is None or abs(number.value - amount) < abs(best.value - amount)):
            best = number
    return best
