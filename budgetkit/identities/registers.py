"""Lists without a total or a heading of their own, against the tables that print their amounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from budgetkit.identities import Identity, terms_of
from budgetkit.identities.across import Quantities
from budgetkit.labels import plain_name
from budgetkit.language import said
from budgetkit.ledger import Number, fact_key
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import load

__all__ = ["register_identities"]

_LEAST_NAME = 5  # characters: shorter names (培训, 设备购置) are those of many things


def register_identities(tables: Sequence[BudgetTable], index: Quantities) -> Iterator[Identity]:
    """Occasions listed one by one against their amount in another table; projects named twice."""
    for listed in load("relations.toml")["list"]:
        whole = next(iter(index.get(fact_key(listed["whole"]), [])), None)
        for table in tables:
            if table.kind.id == listed["kind"]:
                yield from _occasions(table, whole)
    yield from _same_projects(tables)


def _occasions(table: BudgetTable, whole: Number | None) -> Iterator[Identity]:
    if len(table.rows) != 1 or any(row.kind == "total" for row in table.rows[0]):
        return
    money = [c for c in table.amount_columns(0) if c.facts.get("measure") is None]
    if len(money) != 1:
        return
    parts = [
        number
        for row in table.rows[0]
        if row.parent is None and (number := table.cells.get((row.line, money[0].index)))
    ]
    if not parts:
        return
    unit = whole.unit if whole is not None else parts[0].unit
    yield Identity(
        "across.occasions",
        terms_of([whole] if whole is not None else []),
        terms_of(parts, unit=unit),
        missing=""
        if whole is not None
        else said("nothing else states what table {table} lists", table=table.number),
        note=said("all that table {table} lists, one by one", table=table.number),
    )


def _same_projects(tables: Sequence[BudgetTable]) -> Iterator[Identity]:
    """Projects that a table of no known kind names again, with one amount each."""
    known: dict[str, list[Number]] = {}
    for table in tables:
        if table.kind.id == "projects" and table.amount_columns(0):
            first = table.amount_columns(0)[0].index
            for row in table.rows[0]:
                name = plain_name(row.name)
                number = table.cells.get((row.line, first))
                if len(name) >= _LEAST_NAME and row.kind not in {"total", "unit"} and number:
                    known.setdefault(name, []).append(number)
    for table in tables:
        columns = table.amount_columns(0)
        if table.kind.id != "unknown" or len(columns) != 1 or len(table.rows) != 1:
            continue
        for row in table.rows[0]:
            stated = known.get(plain_name(row.name), [])
            number = table.cells.get((row.line, columns[0].index))
            if len(stated) == 1 and number is not None:
                yield Identity(
                    "across.same_project",
                    terms_of(stated),
                    terms_of([number], unit=stated[0].unit),
                    exact=True,
                    note=said(
                        "project '{name}' in tables {first} and {other}",
                        name=row.name,
                        first=stated[0].table,
                        other=table.number,
                    ),
                )
