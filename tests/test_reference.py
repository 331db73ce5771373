"""The reference document, against its printed totals and what a careful reader counted in it."""

from collections import Counter
from decimal import Decimal

import pytest

import budgetkit
from budgetkit.amounts import NUMBER, fold_width, parse_amount
from budgetkit.disclosure import Disclosure
from budgetkit.reconciliation import Reconciliation
from budgetkit.sources import find_source

KEY = "kezhou-hrss-2026"
# Numeric cells counted by hand, table by table.
CELLS = [15, 81, 51, 11, 45, 57, 42, 0, 0, 8, 15]
KINDS = [
    "overall_balance",
    "income",
    "expenditure",
    "appropriation_balance",
    "general_budget_expenditure",
    "general_budget_basic",
    "general_budget_projects",
    "government_funds_expenditure",
    "state_capital_expenditure",
    "three_public",
    "carryover_detail",
]
# Sums whose printed total is off by 0.01: the parts of 73.74 are 26.87 + 37.38 + 9.48.
OFF_BY_A_CENT = {Decimal("0.01"), Decimal("-0.01")}


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read(KEY)


@pytest.fixture(scope="module")
def result(disclosure: Disclosure) -> Reconciliation:
    return budgetkit.check(disclosure)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return find_source(KEY).data.decode("utf-8").split("\n")


def test_eleven_tables_with_every_printed_cell(disclosure: Disclosure) -> None:
    assert [table.kind.id for table in disclosure.budget_tables] == KINDS
    assert [len(table.cells) for table in disclosure.budget_tables] == CELLS
    assert sum(number.part == "table" for number in disclosure.ledger) == 325
    assert {table.unit for table in disclosure.budget_tables} == {"万元"}


def test_what_the_document_is(disclosure: Disclosure) -> None:
    assert disclosure.title == "克孜勒苏柯尔克孜自治州人力资源和社会保障局2026年部门预算公开"
    assert (disclosure.year, disclosure.kind) == (2026, "budget")
    assert disclosure.department == "克孜勒苏柯尔克孜自治州人力资源和社会保障局"


def test_the_empty_tables_are_there_with_their_note(disclosure: Disclosure) -> None:
    for number in (8, 9):
        table = disclosure.table(number)
        assert not table.cells
        assert "空表" in table.note
    assert [t.number for t in disclosure.budget_tables if t.note] == [8, 9]


def test_every_amount_points_at_itself_in_the_raw_line(
    disclosure: Disclosure, lines: list[str]
) -> None:
    numbers = [number for number in disclosure.ledger if number.part == "table"]
    for number in numbers:
        where = number.where
        assert where.line is not None
        assert lines[where.line - 1][where.start : where.end] == number.text
        amount = parse_amount(number.text)
        assert amount is not None
        assert amount.value == number.value
    places = {(number.where.line, number.where.start) for number in numbers}
    assert len(places) == 325


def test_no_number_token_of_a_table_is_lost_or_counted_twice(
    disclosure: Disclosure, lines: list[str]
) -> None:
    """Conservation: a token is in exactly one cell, set aside with a reason, or left over."""
    areas = {
        cell.passage.where().line
        for table in disclosure.budget_tables
        for row in table.matrix
        for cell in row.values()
    }
    cells = [number.where for number in disclosure.ledger if number.part == "table"]
    tokens = [token for token in disclosure.set_aside if token.part == "table"]
    places = Counter(
        (where.line, where.start) for where in [*cells, *(token.where for token in tokens)]
    )
    printed = {
        (line, match.start())
        for line in areas
        if line is not None
        for match in NUMBER.finditer(fold_width(lines[line - 1]))
    }
    assert set(places.values()) == {1}
    assert printed <= set(places)
    assert all(token.reason for token in tokens)
    assert [token for token in disclosure.leftovers if token.part == "table"] == []


def test_codes_are_text_of_the_whole_code(disclosure: Disclosure) -> None:
    codes = {n.row for n in disclosure.ledger if n.table == 2}
    assert {"205", "20599", "2059999", "2210201"} <= codes
    assert {n.row for n in disclosure.ledger if n.table == 6} >= {"301", "30101", "30231"}


def test_the_printed_column_numbers_align_the_income_table(disclosure: Disclosure) -> None:
    """The heading text is displaced by one; 677.12 of own funds stands in printed column 10."""
    total = {n.column: n.text for n in disclosure.ledger if n.table == 2 and n.row == "总计"}
    assert total == {
        "1": "3,755.39",
        "2": "2,767.93",
        "3": "1,428.12",
        "4": "1,339.81",
        "10": "677.12",
        "11": "310.34",
    }
    names = {c.number: c.slug for c in disclosure.table(2).columns}
    assert names["10"] == "own_funds"


def test_the_row_broken_by_a_page_is_one_row_again(disclosure: Disclosure) -> None:
    names = [row.name for row in disclosure.table(7).rows[0]]
    assert not any(name.startswith("理事务支出") for name in names)
    assert len([row for row in disclosure.table(7).rows[0] if row.project]) == 11
    # The name stands whole before the break and its end again behind it.
    assert {row.label.name for row in disclosure.table(7).rows[0] if row.code == "2080199"} == {
        "其他人力资源和社会保障管理事务支出"
    }


def test_printed_totals_are_confirmed(result: Reconciliation) -> None:
    """The total of every table, as printed at its top or bottom."""
    totals = {n.id: n.text for n in result.disclosure.ledger if n.text == "3,755.39" and n.table}
    assert len(totals) == 4
    assert {result.status[number] for number in totals} == {"confirmed"}


def test_every_cell_of_the_tables_is_checked(result: Reconciliation) -> None:
    table_numbers = [n for n in result.disclosure.ledger if n.part == "table"]
    statuses = Counter(result.status[n.id] for n in table_numbers)
    assert statuses["unchecked"] == 0
    assert sum(statuses.values()) == 325


def test_sums_off_by_a_cent_hold_by_rounding(result: Reconciliation) -> None:
    rounded = [
        check
        for check in result.check_list
        if check.rule.startswith("structure.") and check.outcome == "holds_by_rounding"
    ]
    assert {check.difference for check in rounded} == OFF_BY_A_CENT
    assert any(
        [number.text for _, number in check.identity.right] == ["26.87", "37.38", "9.48"]
        and [number.text for _, number in check.identity.left] == ["73.74"]
        for check in rounded
    )


def test_only_the_shifted_amount_is_inconsistent_in_the_tables(result: Reconciliation) -> None:
    table_numbers = {n.id for n in result.disclosure.ledger if n.part == "table"}
    violated = [
        check
        for check in result.check_list
        if check.outcome == "violated"
        and check.level == "inconsistent"
        and set(check.numbers) <= table_numbers
    ]
    assert {check.difference for check in violated} == {Decimal("3.00"), Decimal("-3.00")}
    assert len(violated) == 2


def test_the_shifted_amount_is_shown_with_both_readings(result: Reconciliation) -> None:
    shifts = [f for f in result.finding_list if f.rule == "structure.column_shift"]
    assert len(shifts) == 1
    finding = shifts[0]
    assert finding.level == "inconsistent"
    by_id = {n.id: n for n in result.disclosure.ledger}
    suspects = [by_id[suspect.number] for suspect in finding.suspects]
    assert {(n.table, n.text, n.column) for n in suspects} == {(7, "3.00", "6"), (7, "3.00", "7")}
    assert any("机房管理维护" in place for place in finding.places)
    assert "资本性支出（基本建设）" in finding.message


def test_two_readings_give_the_same_result(result: Reconciliation) -> None:
    again = budgetkit.check(budgetkit.read(KEY))
    assert again.to_dict() == result.to_dict()
