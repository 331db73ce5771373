"""What a table's own structure says: row totals, column totals, roll-ups, lists and 其中."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from budgetkit.headings import Column, HeadingNode
from budgetkit.identities import Identity, terms_of
from budgetkit.identities.blocks import block_identities, sections_in_blocks
from budgetkit.language import said
from budgetkit.ledger import Number
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import partitions

__all__ = ["doubt_parts", "row_formulas", "structure_identities"]

_LARGE = 20
"""A difference is no rounding where it is larger than this many halves of a last place."""
_LEAST_CONFIRMED = 4
"""Rows that must show a sum that no heading announces."""
Formula = tuple[int, tuple[int, ...]]
"""A total's column and the columns that make it up."""


def structure_identities(table: BudgetTable) -> Iterator[Identity]:
    """All identities inside one table, rows first, in printed order.

    What codes, numbers and totals say is taken at its word. What only the layout suggests (a
    heading read as a sum, names without code or number) is doubted where the table itself
    mostly contradicts it: then it is not checked, and says so.
    """
    blocks = sections_in_blocks(table)
    yield from block_identities(table)
    for section, rows in enumerate(table.rows):
        # Rates do not add up.
        columns = [c for c in table.amount_columns(section) if _measure(c) != "growth"]
        formulas = row_formulas(table.heading.nodes, columns)
        formulas = [_without_strangers(table, rows, formula) for formula in formulas]
        for formula in formulas:
            doubt = "" if _is_known(formula, columns) else _doubt_formula(table, rows, formula)
            for row in rows:
                yield from _row_total(table, row, formula, doubt)
        for formula in _implied_formulas(table.heading.nodes, columns):
            if _is_confirmed(table, rows, formula):
                for row in rows:
                    yield from _row_total(table, row, formula, "")
        for index, row in enumerate(rows):
            if row.children and not (section in blocks and row.kind == "total"):
                yield from _column_sums(table, rows, index, columns, formulas)


def row_formulas(nodes: Sequence[HeadingNode], columns: Sequence[Column]) -> list[Formula]:
    """Which columns add up to which, from the heading tree of one section."""
    amounts = {column.index for column in columns}
    formulas: list[Formula] = []

    def walk(siblings: Sequence[HeadingNode]) -> None:
        mine = [node for node in siblings if any(leaf.first in amounts for leaf in node.leaves())]
        total = next((n for n in mine if n.is_total and not n.children), None)
        if total is not None and total.first in amounts:
            parts = [
                column
                for node in _parts_of(total, mine)
                for column in _stands_for(node, amounts)
                if column != total.first
            ]
            if parts:
                formulas.append((total.first, tuple(parts)))
        for node in mine:
            if node.children:
                walk(node.children)

    walk(nodes)
    return formulas


def _parts_of(total: HeadingNode, siblings: Sequence[HeadingNode]) -> list[HeadingNode]:
    """The headings that a total adds up: those behind it, in front of it where it is the last.

    Behind 其中 all that follow are parts as well: they are complete where the vocabulary splits
    the whole so, and say nothing of the total where it does not.
    """
    behind = [n for n in siblings if n.first > total.first] or [
        n for n in siblings if n.first < total.first
    ]
    opener = next((i for i, node in enumerate(behind) if node.is_part), None)
    if opener is None:
        return behind
    if opener == 0:
        inner = behind[0].children if len(behind) == 1 else behind
        return behind if len(inner) > 1 and _is_split(inner) else []
    return behind[:opener]


def _implied_formulas(nodes: Sequence[HeadingNode], columns: Sequence[Column]) -> list[Formula]:
    """Headings that do not say that they are totals, before all the parts of a known split."""
    amounts = {column.index for column in columns}
    if any(node.is_total for node in nodes):
        return []
    mine = [n for n in nodes if n.first in amounts and not n.children]
    return [
        (mine[i].first, (mine[i + 1].first, mine[i + 2].first))
        for i in range(len(mine) - 2)
        if _is_split(mine[i + 1 : i + 3]) and not _is_split(mine[i : i + 2])
    ]


def _is_confirmed(table: BudgetTable, rows: Sequence[Row], formula: Formula) -> bool:
    """Whether nearly all rows show that one column is the sum of others."""
    total, parts = formula
    told = [
        _agrees(whole, addends)
        for row in rows
        if (whole := table.cells.get((row.line, total))) is not None
        and (addends := [table.cells[row.line, p] for p in parts if (row.line, p) in table.cells])
    ]
    return len(told) >= _LEAST_CONFIRMED and sum(told) * 5 >= len(told) * 4


def _is_split(nodes: Sequence[HeadingNode]) -> bool:
    """Whether some headings are all the parts that the vocabulary knows of one whole."""
    terms = [node.term for node in nodes]
    return any(
        {term.facts.get(split.dimension) for term in terms if term is not None} >= set(split.parts)
        for split in partitions()
    )


def _is_known(formula: Formula, columns: Sequence[Column]) -> bool:
    """Whether the vocabulary splits a whole into just the parts of a formula."""
    parts = [column for column in columns if column.index in formula[1]]
    return any(
        sorted(column.facts.get(split.dimension, "") for column in parts) == sorted(split.parts)
        for split in partitions()
    )


def _without_strangers(table: BudgetTable, rows: Sequence[Row], formula: Formula) -> Formula:
    """A formula without the columns that no row counts in: a memorandum beside the sum."""
    total, parts = formula
    strangers = set()
    excesses = [(row.line, _excess(table, row, formula)) for row in rows]
    for part in parts:
        told = [
            abs(difference) > _LARGE * stranger.half
            and abs(difference - stranger.value) <= stranger.half * 2
            for line, difference in excesses
            if difference is not None
            and (stranger := table.cells.get((line, part))) is not None
            and stranger.value
        ]
        if len(told) > 1 and all(told):
            strangers.add(part)
    return total, tuple(part for part in parts if part not in strangers)


def _excess(table: BudgetTable, row: Row, formula: Formula) -> Decimal | None:
    """By how much the parts in a row exceed their printed total."""
    total, parts = formula
    whole = table.cells.get((row.line, total))
    if whole is None:
        return None
    addends = [table.cells[row.line, part] for part in parts if (row.line, part) in table.cells]
    return sum((n.value for n in addends), Decimal(0)) - whole.value


def _doubt_formula(table: BudgetTable, rows: Sequence[Row], formula: Formula) -> str:
    """Why a heading is not read as a sum: more rows contradict it than confirm it."""
    total, parts = formula
    agreed = denied = 0
    for row in rows:
        whole = table.cells.get((row.line, total))
        addends = [table.cells[row.line, part] for part in parts if (row.line, part) in table.cells]
        if whole is None or not addends or not (whole.value or any(n.value for n in addends)):
            continue
        if _agrees(whole, addends):
            agreed += 1
        else:
            denied += 1
    if denied > agreed and (denied > 1 or len(rows) == 1):
        return said("most rows contradict that this heading is the sum of those beside it")
    return ""


def _agrees(whole: Number | None, addends: Sequence[Number]) -> bool:
    value = whole.value if whole is not None else Decimal(0)
    half = whole.half if whole is not None else Decimal(0)
    difference = abs(value - sum((n.value for n in addends), Decimal(0)))
    return difference <= half + sum((n.half for n in addends), Decimal(0))


def _stands_for(node: HeadingNode, amounts: set[int]) -> list[int]:
    """The columns that a heading's amount is printed in: its own total, else all its leaves."""
    if not node.children:
        return [node.first] if node.first in amounts else []
    for child in node.children:
        if child.is_total and not child.children:
            return [child.first]
    return [
        index
        for child in node.children
        if not child.is_part
        for index in _stands_for(child, amounts)
    ]


def _row_total(table: BudgetTable, row: Row, formula: Formula, doubt: str) -> Iterator[Identity]:
    total, parts = formula
    whole = table.cells.get((row.line, total))
    addends = [table.cells[row.line, part] for part in parts if (row.line, part) in table.cells]
    if whole is None and not addends:
        return
    missing = doubt or _unread(table, row.line, (total, *parts))
    if not missing and _prints_nameless(table, row.line, min((total, *parts))):
        missing = said("a column of amounts beside its parts has no heading")
    if not missing and whole is None:
        missing = said("the total is blank")
    if not missing and not addends:
        missing = said("the parts are blank")
    yield Identity(
        "structure.row_total",
        terms_of([whole] if whole else []),
        terms_of(addends),
        missing=missing,
        exact=len(addends) == 1,
        blanks=len(parts) - len(addends),
        note=said(
            "table {table}, row {row}: total over its columns", table=table.number, row=row.key
        ),
    )


def _prints_nameless(table: BudgetTable, line: int, first: int) -> bool:
    """Whether a row prints an amount in a column that no heading names, and may be a part."""
    section = next(column.section for column in table.columns if column.index == first)
    return any(
        not column.path and (line, column.index) in table.cells
        for column in table.amount_columns(section)
        if column.index > first
    )


def _unread(table: BudgetTable, line: int, columns: Sequence[int]) -> str:
    for column in columns:
        if (line, column) in table.unread:
            return said("a term is unread: '{unread}'", unread=table.unread[line, column][:20])
    return ""


def _column_sums(
    table: BudgetTable,
    rows: Sequence[Row],
    index: int,
    columns: Sequence[Column],
    formulas: Sequence[Formula],
) -> Iterator[Identity]:
    row = rows[index]
    for of_which in (False, True):
        parts = [rows[child] for child in row.children if rows[child].of_which == of_which]
        if not parts:
            continue
        doubt = "" if of_which else doubt_parts(table, row, parts, columns)
        for column in columns:
            yield from _sum_of_rows(table, row, parts, column, formulas, of_which, doubt)


def doubt_parts(
    table: BudgetTable, row: Row, parts: Sequence[Row], columns: Sequence[Column]
) -> str:
    """Why rows are not read as the parts of another: nothing but their place says so, and no
    column confirms it."""
    if not any(part.basis == "guess" for part in parts) or _split_by_words(row, parts):
        return ""
    told = [
        _agrees(whole, addends)
        for column in columns
        if (whole := table.cells.get((row.line, column.index))) is not None
        and (
            addends := [
                table.cells[part.line, column.index]
                for part in parts
                if (part.line, column.index) in table.cells
            ]
        )
        and (whole.value or any(n.value for n in addends))
    ]
    if sum(told) * 2 > len(told):
        return ""
    return said("neither codes nor numbers tell which rows are its parts, nor do the sums")


def _split_by_words(row: Row, parts: Sequence[Row]) -> bool:
    """Whether the vocabulary splits what a row states into just what the rows below it state."""
    return any(
        row.facts.get(split.dimension, "") == split.whole
        and sorted(part.facts.get(split.dimension, "") for part in parts) == sorted(split.parts)
        for split in partitions()
    )


def _sum_of_rows(
    table: BudgetTable,
    row: Row,
    parts: Sequence[Row],
    column: Column,
    formulas: Sequence[Formula],
    of_which: bool,
    doubt: str,
) -> Iterator[Identity]:
    whole = table.cells.get((row.line, column.index))
    addends = [
        table.cells[part.line, column.index]
        for part in parts
        if (part.line, column.index) in table.cells
    ]
    if whole is None and not addends:
        return
    missing = doubt or next(
        filter(None, (_unread(table, r.line, (column.index,)) for r in (row, *parts))), ""
    )
    if not missing and whole is None and not _is_zero(table, row, column, formulas):
        missing = said("the total is blank")
    if (
        not missing
        and not addends
        and (of_which or not all(_is_zero(table, part, column, formulas) for part in parts))
    ):
        missing = said("the parts are blank")
    if not missing and table.cut and sum(n.value for n in addends) != (whole.value if whole else 0):
        missing = said("the text ends inside this table, rows may be missing")
    if not missing and _measure(column) == "quantity" and not _agrees(whole, addends):
        missing = said("quantities of different things need not add up")
    complete = not of_which or _complete(row, parts)
    left, right = terms_of([whole] if whole else []), terms_of(addends)
    yield Identity(
        _rule(row, parts, of_which, complete),
        left if complete else right,
        right if complete else left,
        relation="=" if complete else "<=",
        missing=missing,
        exact=complete and len(addends) == 1,
        blanks=len(parts) - len(addends),
        note=said(
            "table {table}, column {column}: {row} over its rows",
            table=table.number,
            column=column.number,
            row=row.key,
        ),
    )


def _measure(column: Column) -> str:
    return column.facts.get("measure", "") or column.base.get("measure", "")


def _rule(row: Row, parts: Sequence[Row], of_which: bool, complete: bool) -> str:
    if of_which:
        return "structure.of_which_sum" if complete else "structure.of_which"
    if row.kind in {"total", "unit"}:
        return "structure.column_total"
    return "structure.roll_up" if row.code else "structure.list_sum"


def _complete(row: Row, parts: Sequence[Row]) -> bool:
    """Whether the parts of a 其中 are all the parts there are, as the vocabulary has it."""
    for split in partitions():
        if row.facts.get(split.dimension, "") == split.whole and split.whole:
            named = {part.facts.get(split.dimension) for part in parts}
            if named >= set(split.parts):
                return True
    return False


def _is_zero(table: BudgetTable, row: Row, column: Column, formulas: Sequence[Formula]) -> bool:
    """Blank is not zero until the table says so: its row adds up without the blank cell."""
    for total, parts in formulas:
        if column.index not in parts:
            continue
        whole = table.cells.get((row.line, total))
        others = [table.cells[row.line, p] for p in parts if (row.line, p) in table.cells]
        if whole is not None and others:
            difference = abs(whole.value - sum(other.value for other in others))
            return difference <= whole.half + sum(other.half for other in others)
    return False


def numbers_in(table: BudgetTable) -> list[Number]:
    """The table's numbers in printed order."""
    return [table.cells[place] for place in sorted(table.cells)]
