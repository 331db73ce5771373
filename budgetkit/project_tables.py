"""Project descriptions matched with the rows of the project tables and with carry-over."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from budgetkit.labels import plain_name
from budgetkit.ledger import YUAN, Number
from budgetkit.quotes import words
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import load

if TYPE_CHECKING:
    from budgetkit.projects import Project

__all__ = ["comparable_name", "match_tables"]


@functools.lru_cache(maxsize=20_000)
def comparable_name(name: str) -> str:
    """A project's name without year, quotes, brackets and the words that titles differ by."""
    plain = re.sub(r"[()\[\]、,·\-—]", "", plain_name(name))
    for pattern in words("names", "ignored"):
        shorter = re.sub(pattern, "", plain)
        plain = shorter if len(shorter) >= 2 else plain
    return plain


@dataclass(frozen=True, slots=True)
class _Row:
    table: int
    key: str
    name: str
    function: str
    total: Number


def _rows(tables: Sequence[BudgetTable]) -> Iterator[_Row]:
    for table in tables:
        if table.kind.id not in words("names", "tables"):
            continue
        for section, rows in enumerate(table.rows):
            columns = table.amount_columns(section)
            for row in rows:
                if not row.project:
                    continue
                cells = [table.cells.get((row.line, column.index)) for column in columns]
                total = next((cell for cell in cells if cell is not None), None)
                if total is not None:
                    yield _Row(table.number, row.key, row.project, row.label.name, total)


def match_tables(projects: Sequence[Project], tables: Sequence[BudgetTable]) -> list[Project]:
    """Pairs descriptions with table rows, the most alike first; an equal amount speaks for it."""
    rows = list(_rows(tables))
    scored = sorted(
        (
            (-_alike(project, row), p, r)
            for p, project in enumerate(projects)
            for r, row in enumerate(rows)
        )
    )
    paired: dict[int, _Row] = {}
    used: set[int] = set()
    for score, p, r in scored:
        if score < 0 and p not in paired and r not in used:
            paired[p] = rows[r]
            used.add(r)
    shared = Counter(row.function for row in rows)
    carried = list(_carried(tables))
    matched = []
    for p, project in enumerate(projects):
        row = paired.get(p)
        if row is not None:
            project = replace(
                project,
                table=row.table,
                table_row=row.key,
                table_name=row.name,
                table_number=row.total,
                function=row.function,
            )
        alone = row.function if row is not None and shared[row.function] == 1 else ""
        matched.append(replace(project, carryover=_carryover(project, alone, carried)))
    return matched


def _carried(tables: Sequence[BudgetTable]) -> Iterator[tuple[str, Number]]:
    """The named amounts of the tables on carry-over, each with its name."""
    for table in tables:
        if table.kind.id not in words("names", "carryover"):
            continue
        for section, rows in enumerate(table.rows):
            columns = table.amount_columns(section)
            for row in rows:
                cells = [table.cells.get((row.line, column.index)) for column in columns]
                first = next((cell for cell in cells if cell is not None), None)
                if row.kind in {"item", "project"} and not row.children and first is not None:
                    yield row.project or row.label.name, first


def _carryover(
    project: Project, function: str, carried: Sequence[tuple[str, Number]]
) -> tuple[Number, ...]:
    """Carry-over under the project's name, or under its functional item's where it is alone."""
    name = comparable_name(project.name)
    return tuple(
        number
        for printed, number in carried
        if comparable_name(printed) == name
        or (len(function) >= 4 and function in plain_name(printed))
    )


def _alike(project: Project, row: _Row) -> float:
    """0 for two projects, else how alike the names are, with a bonus for an equal amount."""
    if plain_name(project.name) == plain_name(row.name):
        return 2.0
    matcher = SequenceMatcher(None, comparable_name(project.name), comparable_name(row.name), False)
    names = load("projects.toml")["names"]
    if matcher.real_quick_ratio() < float(names["alike_with_amount"]):
        return 0.0
    equal = project.yuan is not None and project.yuan == row.total.value * YUAN.get(
        row.total.unit, Decimal(0)
    )
    enough = float(names["alike_with_amount"] if equal else names["alike"])
    score = matcher.ratio() if matcher.quick_ratio() >= enough else 0.0
    return score + (0.3 if equal else 0.0) if score >= enough else 0.0
