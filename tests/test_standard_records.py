"""Subsidy standards of many documents as rows: those of the table of one document, and no others."""

from decimal import Decimal

import pytest

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.language import in_language
from budgetkit.schemas import find_schema
from budgetkit.standard_scale import not_comparable_table, scale_table, standard_records
from budgetkit.standards import standards_table


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read("kezhou-hrss-2026")


def test_every_standard_is_a_row_with_its_number_in_the_ledger(disclosure: Disclosure) -> None:
    rows = standard_records(disclosure)
    table = standards_table(disclosure)
    assert [row["number"] for row in rows] == list(table["number"])
    printed = {number.id: number.value for number in disclosure.ledger}
    assert all(printed[row["number"]] == row["amount"] for row in rows)
    assert [list(row) for row in rows] == [
        [field.name for field in find_schema("standards").fields]
    ] * len(rows)


def test_a_standard_is_on_the_scale_of_yuan_a_month_or_says_why_not(
    disclosure: Disclosure,
) -> None:
    rows = standard_records(disclosure)
    comparable = [row for row in rows if row["not_comparable"] is None]
    assert len(comparable) == len(scale_table(disclosure)) > 0
    assert len(rows) - len(comparable) == len(not_comparable_table(disclosure)) > 0
    assert sorted(row["yuan_per_person_month"] for row in comparable) == sorted(
        scale_table(disclosure)["yuan_per_person_month"]
    )


def test_the_need_is_standard_by_count_by_times(disclosure: Disclosure) -> None:
    known = [row for row in standard_records(disclosure) if row["need_yuan"] is not None]
    assert known
    for row in known:
        count = Decimal(1) if row["per"] == "none" else row["count"]
        assert row["need_yuan"] == row["yuan"] * count * row["times"]


def test_the_rows_are_the_same_in_every_language(disclosure: Disclosure) -> None:
    rows = standard_records(disclosure)
    with in_language("zh"):
        assert standard_records(disclosure) == rows
