"""The number tokens of a table that are no amounts of its cells: set aside, left over, or named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from budgetkit.amounts import NUMBER, fold_width, is_plain_amount, squeeze
from budgetkit.blocks import Cell, Passage, Problem, Where
from budgetkit.heading_rows import Matrix
from budgetkit.labels import parse_label
from budgetkit.language import said
from budgetkit.ledger import SetAside

if TYPE_CHECKING:
    from budgetkit.tables import BudgetTable

__all__ = ["REPEATED", "number_tokens", "put_copy_aside", "repeated_table", "set_aside_rest"]

REPEATED = "repeated table"
_DIGIT = re.compile(r"\d")
_CODE_LIKE = re.compile(r"\d{2,9}")


def set_aside_rest(table: BudgetTable, repeated: Matrix, problems: list[Problem]) -> None:
    """Conservation: every number token outside amount cells is listed with its reason.

    A cell that is nothing but an amount is none of a heading or a name: it is left over, and said
    to be.
    """
    roles = {column.index: column.role for column in table.columns}
    strange: list[Cell] = []
    for line, cells in enumerate([*table.matrix, *repeated]):
        heading = line < table.heading.rows or line >= len(table.matrix)
        for index, cell in cells.items():
            if ((line, index) in table.cells and not heading) or not _DIGIT.search(cell.text):
                continue
            left = not heading and (
                (line, index) in table.unread or roles.get(index, "outside") == "outside"
            )
            reason = _reason(heading, roles.get(index, "outside"), left, cell.text)
            if not left and line < len(table.matrix) and is_plain_amount(cell.text):
                strange.append(cell)
                left = True
            tokens = number_tokens(cell.passage, reason, table.number)
            (table.leftovers if left else table.aside).extend(tokens)

    if strange:
        problems.append(_among_words(table.number, strange))


def put_copy_aside(table: BudgetTable, copy: Matrix, problems: list[Problem]) -> None:
    cells = [cell for row in copy for cell in row.values() if cell.text]
    for cell in cells:
        table.aside.extend(number_tokens(cell.passage, REPEATED, table.number))
    problems.append(repeated_table(table, cells[0].passage.where(), table.number))


def repeated_table(table: BudgetTable, where: Where, first: int) -> Problem:
    """Says that a table stands in the document a second time and is read once."""
    return Problem(
        "duplicate_table",
        said(
            "the table '{title}' ({where}) repeats table {first} number for number; it is "
            "read once, delete the copy if it is a slip of the text",
            title=table.title,
            where=where.text,
            first=first,
        ),
        where,
        first,
    )


def _among_words(table: int, cells: Sequence[Cell]) -> Problem:
    where = cells[0].passage.where()
    return Problem(
        "amount_among_words",
        said(
            "table {table}: {count} amounts ('{first}' …, {where}) stand in its headings or among its "
            "names and are not read; compare with the source",
            table=table,
            count=len(cells),
            first=squeeze(cells[0].text)[:20],
            where=where.text,
        ),
        where,
        table,
    )


def number_tokens(passage: Passage, reason: str, table: int) -> Iterator[SetAside]:
    """The number tokens of a text, set aside with one reason."""
    for match in NUMBER.finditer(fold_width(passage.text)):
        yield SetAside(
            passage.text[match.start() : match.end()],
            reason,
            "table",
            passage.where(match.start(), match.end()),
            table,
        )


def _reason(heading: bool, role: str, left: bool, text: str) -> str:
    if left:
        return "outside the columns" if role == "outside" else "unreadable amount"
    if heading:
        return "column number" if _CODE_LIKE.fullmatch(text) or len(text) <= 2 else "heading"
    if role in {"code", "unit_code"} or parse_label(text).code:
        return "code"
    if role == "index":
        return "list number"
    return "part of a name"
