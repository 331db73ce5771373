"""Rows that a table's own structure asks for and that are not there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from budgetkit.identities.blocks import sections_in_blocks
from budgetkit.ledger import Number
from budgetkit.observations import Observation
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import partitions

__all__ = ["gap_observations"]

RULE = "structure.missing_row"
_NUMBER = re.compile(r"(\d{1,2})\s*(?:[、．]|\.(?!\d))")
_LEAST_ROWS = 3  # a list of one or two rows needs no total


def gap_observations(table: BudgetTable) -> Iterator[Observation]:
    """A code without the code above or below it, a skipped list number, a list without a total.

    Only where the table itself prints such rows elsewhere: another of its codes of that length
    has the row above, or most have the rows below, that one lacks.
    """
    blocks = sections_in_blocks(table)
    for section, rows in enumerate(table.rows):
        columns = {column.index for column in table.amount_columns(section)}
        printed = [
            row for row in rows if any((row.line, index) in table.cells for index in columns)
        ]
        coded = [row for row in printed if row.code.isdigit() and len(row.code) in {3, 5, 7}]
        yield from _no_parent(table, coded)
        yield from _no_children(table, coded)
        for row in rows:
            children = [rows[child] for child in row.children]
            yield from _skipped_number(table, row, children)
            yield from _half_a_split(table, row, children, columns)
        totals = [
            r for s in blocks.get(section, (section,)) for r in table.rows[s] if r.kind == "total"
        ]
        if len(printed) >= _LEAST_ROWS and not totals:
            yield _gap(table, printed[0], "a list without a row for its total")


def _no_parent(table: BudgetTable, rows: Sequence[Row]) -> Iterator[Observation]:
    codes = {row.code for row in rows}
    for length in (5, 7):
        above: dict[str, Row] = {}
        for row in rows:
            if len(row.code) == length:
                above.setdefault(row.code[: length - 2], row)
        lacking = [code for code in above if code not in codes]
        if lacking and len(lacking) < len(above):
            for code in lacking:
                row = above[code]
                yield _gap(table, row, f"code {row.code} without a row for {code} above it")


def _no_children(table: BudgetTable, rows: Sequence[Row]) -> Iterator[Observation]:
    below: dict[str, int] = defaultdict(int)
    for row in rows:
        if len(row.code) > 3:
            below[row.code[:-2]] += 1
    for length in (3, 5):
        here = {row.code: row for row in rows if len(row.code) == length}
        lacking = [code for code in here if not below[code]]
        if lacking and len(lacking) * 2 < len(here):
            for code in lacking:
                yield _gap(table, here[code], f"code {code} without the rows below it")


def _skipped_number(table: BudgetTable, row: Row, children: Sequence[Row]) -> Iterator[Observation]:
    """List numbers below one row that do not count 1, 2, 3."""
    expected = 1
    for child in children:
        found = _NUMBER.match(child.label.printed)
        if found is None:
            continue
        if int(found[1]) != expected and int(found[1]) > 1:
            yield _gap(table, child, f"'{child.label.printed}' without number {expected} before it")
            return
        expected = int(found[1]) + 1


def _half_a_split(
    table: BudgetTable, row: Row, children: Sequence[Row], columns: Collection[int]
) -> Iterator[Observation]:
    """Some parts of a whole that the vocabulary splits completely, all blank; the rest is gone."""
    for split in partitions():
        if not split.whole or row.facts.get(split.dimension) != split.whole:
            continue
        named = {child.facts.get(split.dimension) for child in children} & set(split.parts)
        if not named or named == set(split.parts):
            continue
        for (line, index), whole in sorted(table.cells.items()):
            if line != row.line or index not in columns or not whole.value:
                continue
            if not any((child.line, index) in table.cells for child in children):
                yield _gap(table, row, f"'{row.label.printed}' with only some of its parts")
                return


def _gap(table: BudgetTable, row: Row, what: str) -> Observation:
    numbers = _cells(table, row)
    return Observation(
        RULE,
        f"table {table.number} prints {what}; a row may have been lost",
        numbers,
        tuple(number.where for number in numbers[:1]),
    )


def _cells(table: BudgetTable, row: Row) -> tuple[Number, ...]:
    return tuple(number for (line, _), number in sorted(table.cells.items()) if line == row.line)
