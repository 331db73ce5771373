"""One document in every format: the same cells, claims, projects and targets come out."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import budgetkit
from budgetkit.disclosure import Disclosure

KEY = "kezhou-hrss-2026"
FOLDER = Path(__file__).parent / "facsimiles"
NAMES = [
    "reference.docx",
    "reference.xlsx",
    "reference.xls",
    "reference.html",
    "reference.pdf",
]
# Ids of running text count its lines, which every format breaks in its own way.
COUNTED = {"number", "amount_number", "beneficiaries_number", "where", "line", "page"}


@functools.cache
def read(name: str) -> Disclosure:
    return budgetkit.read(KEY if name == "text" else FOLDER / name)


def plain(value: Any) -> Any:
    """A value without spaces, line breaks and what counts lines."""
    if isinstance(value, str):
        return "".join(value.split())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in COUNTED}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if value is None or value is pd.NA or value != value else value


def records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for record in frame.to_dict("records"):
        yield plain({str(key): value for key, value in record.items()})


def cells(disclosure: Disclosure) -> list[tuple[Any, ...]]:
    return [
        (n.table, n.table_kind, plain(n.row), n.column, n.text, n.value, n.half, n.unit)
        for n in disclosure.ledger
        if n.part == "table"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_is_read_from_every_format(name: str) -> None:
    found = cells(read(name))
    assert len(found) == 325
    assert found == cells(read("text"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["claims", "projects", "targets"])
def test_every_sentence_project_and_target_is_read_from_every_format(name: str, what: str) -> None:
    found = list(records(getattr(read(name), what)))
    assert found
    assert found == list(records(getattr(read("text"), what)))


@pytest.mark.parametrize("name", NAMES)
def test_checks_come_out_the_same_from_every_format(name: str) -> None:
    outcomes = [check.outcome for check in budgetkit.check(read(name)).check_list]
    expected = [check.outcome for check in budgetkit.check(read("text")).check_list]
    assert sorted(outcomes) == sorted(expected)


@pytest.mark.parametrize("name", NAMES)
def test_merged_headings_come_out_as_one_cell_with_its_spans(name: str) -> None:
    income = next(table for table in read(name).budget_tables if table.kind.id == "income")
    spans = {
        plain(cell.text): (cell.row_span, cell.column_span)
        for line in range(income.heading.rows)
        for cell in income.matrix[line].values()
        if cell.text
    }
    assert spans["功能分类科目编码"] == (1, 3)
    assert spans["财政拨款（补助）"] == (1, 7)
    assert spans["总计"] == (2, 1)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_read_is_nothing(name: str) -> None:
    assert [problem.message for problem in read(name).problems] == []


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("pdf")])
def test_every_number_has_a_place_of_its_own(name: str) -> None:
    places = [n.where for n in read(name).ledger]
    assert all(where.line is not None and where.start is not None for where in places)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", ["reference.xlsx", "reference.xls"])
def test_the_workbooks_hold_their_amounts_as_numbers(name: str) -> None:
    """So that the printed places are read from formats, as they must be from real workbooks."""
    book = CalamineWorkbook.from_path(FOLDER / name)
    values = [
        v
        for sheet in book.sheet_names
        for r in book.get_sheet_by_name(sheet).to_python()
        for v in r
    ]
    assert sum(isinstance(value, int | float) for value in values) > 325


def test_rows_without_a_rule_below_are_read_and_the_gap_is_named() -> None:
    """tabula drops such a row: its loss would break the sum, or pass unseen where it is zero."""
    found = read("missing-rules.pdf")
    assert cells(found) == cells(read("text"))
    pages = sorted(
        number.where.page or 0
        for number in found.ledger
        if (number.table, plain(number.row), number.column)
        in {(3, "2210201", "1"), (6, "30309", "1")}
    )
    named = " ".join(problem.message for problem in found.problems)
    assert len(pages) == 2 and all(f"page {page}:" in named for page in pages)
