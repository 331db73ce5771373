"""Rows of the clean data as plain mappings, column name to value, without pandas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from budgetkit.blocks import Problem
from budgetkit.disclosure import Disclosure
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, Finding
from budgetkit.rows import Row
from budgetkit.schemas import Schema, SectionLayout, code_dimension, find_schema, lay_out
from budgetkit.tables import BudgetTable

__all__ = [
    "Record",
    "check_records",
    "finding_records",
    "number_records",
    "problem_records",
    "records_of",
    "table_records",
]

Record = dict[str, Any]
"""One row: str, int, Decimal, bool, mapping (facts), tuple (ids and lists) or None for blank."""


def records_of(schema: Schema, items: Iterable[object]) -> list[Record]:
    """One row for every object, each column from the attribute that the schema names.

    Raises AttributeError where an object has no such attribute: schema and code must agree.
    """
    return [{f.name: _reach(item, f.attribute) for f in schema.fields} for item in items]


def _reach(item: object, attribute: str) -> Any:
    value: Any = item
    for part in attribute.split("."):
        if value is None:
            return None
        value = value[part] if isinstance(value, Mapping) else getattr(value, part)
    return None if value == "" else value


def number_records(
    ledger: Iterable[Number], status: Mapping[str, str] | None = None
) -> list[Record]:
    """The rows of numbers.csv; `status` says what became of every number."""
    known = status or {}
    schema = find_schema("numbers")
    plain = [f for f in schema.fields if f.name != "status"]
    return [
        {
            **{f.name: _reach(number, f.attribute) for f in plain},
            "status": known.get(number.id),
        }
        for number in ledger
    ]


def check_records(checks: Iterable[Check]) -> list[Record]:
    """The rows of checks.csv."""
    return records_of(find_schema("checks"), checks)


def finding_records(findings: Iterable[Finding]) -> list[Record]:
    """The rows of findings.csv; a suspect is a mapping: number, printed, repair, why, copies."""
    return [
        {
            **record,
            "suspects": tuple(
                {
                    "number": s.number,
                    "printed": s.printed,
                    "repair": s.repair,
                    "why": s.why,
                    "copies": list(s.copies),
                }
                for s in record["suspects"]
            ),
        }
        for record in records_of(find_schema("findings"), findings)
    ]


def problem_records(problems: Iterable[Problem]) -> list[Record]:
    """The rows of problems.csv."""
    return records_of(find_schema("problems"), problems)


def later_records(disclosure: Disclosure, name: str) -> list[Record]:
    """The rows of claims, projects or targets, as far as the disclosure was read for them."""
    items = getattr(disclosure, f"{name.removesuffix('s')}_list", ())
    return records_of(find_schema(name), items)


def table_records(table: BudgetTable) -> list[Record]:
    """One row per printed row of a table; lists side by side share a row, each with its prefix."""
    layouts = lay_out(table)
    by_line: dict[int, Record] = {}
    for section, layout in enumerate(layouts):
        for row in table.rows[section]:
            record = by_line.setdefault(row.line, {})
            record.update(_row_record(table, row, layout, _level(table.rows[section], row)))
    return [by_line[line] for line in sorted(by_line)]


def _row_record(table: BudgetTable, row: Row, layout: SectionLayout, level: int) -> Record:
    record: Record = {
        f"{layout.prefix}name": _printed_name(row) or None,
        f"{layout.prefix}row_kind": row.kind,
        f"{layout.prefix}level": level,
    }
    if row.code:
        record[layout.codes[code_dimension(row)]] = row.code
    if layout.project:
        record[f"{layout.prefix}project_name"] = row.project or None
    for index, name in layout.amounts.items():
        number = table.cells.get((row.line, index))
        value: Decimal | None = number.value if number is not None else None
        record[name] = value
    return record


def _printed_name(row: Row) -> str:
    """The label without a code printed inside it."""
    if not row.label.code:
        return row.label.printed
    return re.sub(rf"[\[【(（]?{row.label.code}[\]】)）]?\s*", "", row.label.printed, count=1)


def _level(rows: list[Row], row: Row) -> int:
    level = 0
    parent = row.parent
    while parent is not None and level < len(rows):
        level += 1
        parent = rows[parent].parent
    return level
