"""Lists that print no amount: the units of a department, the forms that a disclosure is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from budgetkit.amounts import parse_amount
from budgetkit.areas import TableArea
from budgetkit.blocks import Where
from budgetkit.headings import Column
from budgetkit.labels import parse_label
from budgetkit.ledger import SetAside
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_term

__all__ = ["Roster", "as_roster"]

REASON = "list without amounts"
_LIST_KINDS = frozenset({"unknown", "list_of_tables"})
_AMOUNT_ROLES = frozenset({"", "total"})
"""Roles of terms that head amounts; the others head codes, names and remarks."""


@dataclass(frozen=True, slots=True)
class Roster:
    """One list: its title ("" where none is printed), headings, rows as printed, and place.

    `aside` are its number tokens (running numbers, codes), so that none is lost.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    where: Where
    aside: tuple[SetAside, ...] = ()

    @property
    def name(self) -> str:
        """What the list is called: its title, else its headings."""
        return self.title or " · ".join(text for text in self.headings if text)


def as_roster(area: TableArea, table: BudgetTable) -> Roster | None:
    """The list that a table without amounts is; None for a budget table, an empty one included.

    A table is one where its kind is known, where a unit of money is printed, where a heading is a
    term for amounts, or where any cell but running numbers could be one.
    """
    if table.kind.id not in _LIST_KINDS or area.unit or table.cells or table.unread:
        return None
    if table.leftovers or any(_heads_amounts(column) for column in table.columns):
        return None
    running = {column.index for column in table.columns if column.role == "index"}
    for row in table.matrix:
        for index, cell in row.items():
            if index not in running and parse_amount(cell.text) is not None:
                return None
    width = range(len(table.columns))
    texts = [
        tuple(row[i].text if i in row else "" for i in width)
        for row in table.matrix
        if any(cell.text for cell in row.values())
    ]
    if len(texts) < 2:
        return None
    headed = min(table.heading.rows, 1)
    return Roster(
        table.title,
        texts[0] if headed else (),
        tuple(texts[headed:]),
        table.where,
        tuple(_set_aside([*table.aside])),
    )


def _heads_amounts(column: Column) -> bool:
    """Whether a heading of the column is a term for amounts: 合计, 金额, 基本支出."""
    terms = (find_term(parse_label(text).name) for text in column.path)
    return any(term is not None and term.role in _AMOUNT_ROLES for term in terms)


def _set_aside(tokens: Sequence[SetAside]) -> list[SetAside]:
    return [replace(token, reason=REASON, table=None) for token in tokens]
