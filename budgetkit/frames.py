"""The facts of a disclosure as pandas DataFrames. The only module that imports pandas for data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from budgetkit.ledger import Number
from budgetkit.reconcile import Check, Finding
from budgetkit.records import (
    Record,
    check_records,
    finding_records,
    number_records,
    records_of,
    table_records,
)
from budgetkit.schemas import Schema, find_schema, table_schema
from budgetkit.tables import BudgetTable

__all__ = [
    "checks_frame",
    "findings_frame",
    "frame_of",
    "numbers_frame",
    "objects_frame",
    "table_frame",
]

_DTYPES = {"string": "str", "integer": "Int64", "boolean": "boolean"}


def frame_of(schema: Schema, rows: Sequence[Record]) -> pd.DataFrame:
    """Rows as a DataFrame with the schema's columns, in its order, typed even where empty.

    Text is str, whole numbers are Int64, amounts are Decimal objects (None where blank), so that
    nothing is lost; ids and lists are tuples, facts are mappings.
    """
    columns = {}
    for field in schema.fields:
        values = [row.get(field.name) for row in rows]
        columns[field.name] = pd.Series(values, dtype=_DTYPES.get(field.type, "object"))
    return pd.DataFrame(columns)


def objects_frame(name: str, items: Iterable[object]) -> pd.DataFrame:
    """Claims, projects or targets as a DataFrame, by the schema of that name."""
    schema = find_schema(name)
    return frame_of(schema, records_of(schema, items))


def numbers_frame(ledger: Iterable[Number]) -> pd.DataFrame:
    """The ledger, one row a number; what became of a number is in the Reconciliation."""
    schema = find_schema("numbers")
    return frame_of(schema, number_records(ledger)).drop(columns="status")


def table_frame(table: BudgetTable) -> pd.DataFrame:
    """One table, one row a printed row; amounts in the printed unit."""
    return frame_of(table_schema(table), table_records(table))


def checks_frame(checks: Iterable[Check]) -> pd.DataFrame:
    """Every check: rule, outcome, both sides, difference, tolerance, numbers, message."""
    return frame_of(find_schema("checks"), check_records(checks))


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Every finding: rule, level, title, message, checks, numbers, places, suspects."""
    return frame_of(find_schema("findings"), finding_records(findings))
