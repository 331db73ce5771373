"""Performance tables of the reference document: every indicator, row and number token."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from budgetkit.amounts import NUMBER, fold_width
from budgetkit.disclosure import Disclosure
from budgetkit.target_layout import field_role
from budgetkit.targets import TargetReading
from tests.target_texts import at_line

RAW = Path(__file__).parents[1] / "data" / "raw" / "kezhou-hrss-2026"


@pytest.fixture(scope="module")
def raw_lines() -> list[str]:
    return (RAW / "source.md").read_text(encoding="utf-8").split("\n")


def test_all_132_indicators_of_the_eleven_tables_are_read(reading: TargetReading) -> None:
    assert [len(table.targets) for table in reading.headers] == [
        5, 17, 11, 13, 8, 11, 13, 20, 12, 12, 10,
    ]  # fmt: skip
    assert len(reading.targets) == 132
    assert [table.number for table in reading.headers] == list(range(12, 23))
    assert not reading.problems


def test_every_indicator_has_name_levels_target_and_weight(reading: TargetReading) -> None:
    for target in reading.targets:
        assert target.level_1 and target.level_2 and target.level_3, target.id
        assert target.target_text and target.weight is not None, target.id
        if target.table > 12:
            assert target.level_1 in {"产出指标", "成本指标", "效益指标", "满意度指标"}
            assert target.basis and target.previous_text, target.id
            assert target.scoring and target.evidence, target.id


def test_411_values_are_counted_by_what_they_are(reading: TargetReading) -> None:
    columns = [number.column for number in reading.numbers]
    assert len(columns) == 411
    assert columns.count("weight") == 132
    # 3 of the overall table, 3 of each of the ten project tables.
    assert sum(str(column).startswith("budget_") for column in columns) == 33
    assert columns.count("objective") == 29
    assert columns.count("target") == 120
    assert columns.count("previous") == 97
    assert {number.part for number in reading.numbers} == {"target"}
    assert len({number.id for number in reading.numbers}) == 411


def test_every_number_token_is_in_the_ledger_or_set_aside(
    disclosure: Disclosure, reading: TargetReading
) -> None:
    printed = {
        (where.line, where.start)
        for area in disclosure.target_areas
        for grid in area.grids
        for row in grid.rows
        for cell in row
        for match in NUMBER.finditer(fold_width(cell.passage.text))
        if (where := cell.passage.where(*match.span()))
    }
    places = [item.where for item in (*reading.numbers, *reading.set_aside)]
    read_at = [(where.line, where.start) for where in places]
    assert len(read_at) == len(set(read_at)), "a token is read twice"
    # 81 is the tail of 130.81, which a page break cut in two.
    assert printed - set(read_at) == {(841, 3)}
    assert set(read_at) <= printed


def test_what_is_set_aside_are_years_document_numbers_and_private_cells(
    reading: TargetReading,
) -> None:
    reasons: dict[str, list[str]] = {}
    for token in reading.set_aside:
        reasons.setdefault(token.reason, []).append(token.text)
    assert set(reasons) == {"year", "document number", "private"}
    assert set(reasons["year"]) == {"2026"} and len(reasons["year"]) == 13
    assert sorted(reasons["document number"]) == ["2024", "2024", "2024", "51", "52", "79"]
    assert reasons["private"] == ["", ""]


def test_a_number_points_at_its_digits(reading: TargetReading, raw_lines: list[str]) -> None:
    for number in reading.numbers:
        where = number.where
        assert where.line is not None
        printed = raw_lines[where.line - 1][where.start : where.end]
        assert printed == ("130." if number.text == "130.81" and where.line == 839 else number.text)


def test_no_private_cell_reaches_any_output(reading: TargetReading, raw_lines: list[str]) -> None:
    private = set()
    for line in raw_lines[752:1007]:
        cells = [re.sub(r"<[^>]*>", "", cell).strip() for cell in line.split("\t")]
        label = ""
        for cell in filter(None, cells):
            role = field_role(cell)
            if not role and label == "private":
                private |= {cell, *re.findall(r"\d{4,}", cell)}
            label = role or label
    assert len(private) >= 4, "two names, a telephone number in two parts"
    output = repr(reading)
    assert not [text for text in private if text in output]


# --- the reference document: full rows -----------------------------------------------------------


def test_a_plain_row_is_read_in_full(reading: TargetReading) -> None:
    target = at_line(reading, 791)
    assert target.project == "2026 年度单位其他收入资金"
    assert (target.level_1, target.level_2) == ("成本指标", "经济成本指标")
    assert (target.level_3, target.name) == ("大学生培训费（万元）", "大学生培训费")
    assert (target.operator, target.value, target.unit) == ("≤", Decimal(200), "万元")
    assert target.basis == "预算支出标准"
    assert target.previous is not None
    assert (target.previous.value, target.previous.unit) == (Decimal(196), "万元")
    assert target.weight == Decimal(7)
    assert (target.scoring, target.evidence) == ("按照正常比例赋分", "原始凭证")


def test_the_overall_table_has_no_previous_values_and_no_project(reading: TargetReading) -> None:
    table = reading.headers[0]
    assert table.project == ""
    assert {role: number.text for role, number in table.budget.items()} == {
        "budget_upper": "1,650.15",
        "budget_own_level": "1,428.12",
        "budget_other": "677.12",
    }
    first = table.targets[0]
    assert (first.level_1, first.level_2) == ("履职效能", "质量指标")
    assert (first.operator, first.value, first.unit) == ("≤", Decimal("5.50"), "%")
    assert (first.basis, first.previous_text, first.weight) == ("2026 年工作计划", "", Decimal(20))


def test_a_cell_cut_by_a_page_break_is_one_cell(reading: TargetReading) -> None:
    living = at_line(reading, 792)
    assert (living.operator, living.value, living.unit) == ("≤", Decimal("9.60"), "万元")
    assert living.previous is not None
    assert (living.previous.value, living.previous_unit) == (Decimal("4.2"), "万元")
    assert living.scoring == "按照正常比例赋分"
    posts = at_line(reading, 839)
    assert (posts.operator, posts.value, posts.unit) == ("≤", Decimal("130.81"), "万元")


def test_a_level_name_cut_by_a_page_break_is_one_name(reading: TargetReading) -> None:
    last = at_line(reading, 883)
    assert (last.level_1, last.level_2) == ("满意度指标", "满意度指标")
    assert {at_line(reading, line).level_2 for line in (932, 934, 935, 936)} == {"经济成本指标"}


def test_rows_that_begin_in_another_column_are_realigned(reading: TargetReading) -> None:
    right = at_line(reading, 905)
    assert (right.level_1, right.level_2) == ("成本指标", "经济成本指标")
    assert (right.operator, right.value, right.weight) == ("≤", Decimal(7), Decimal(10))
    left = at_line(reading, 957)
    assert (left.level_1, left.level_2) == ("产出指标", "时效指标")
    assert (left.name, left.operator, left.value) == ("案件结案时限", "≤", Decimal(60))
    assert (left.weight, left.evidence) == (Decimal(5), "工作资料")


def test_a_heading_that_lost_its_scoring_cell_is_realigned(reading: TargetReading) -> None:
    for line, evidence in ((830, "工作资料"), (809, "工作资料"), (920, "工作资料")):
        target = at_line(reading, line)
        assert (target.scoring, target.evidence) == ("按照正常比例赋分", evidence)


def test_a_deadline_is_a_month_and_keeps_its_text(reading: TargetReading) -> None:
    deadline = at_line(reading, 1001)
    assert deadline.target_text == "2026年10月底前"
    assert (deadline.operator, deadline.value, deadline.unit) == ("", Decimal(10), "月")


def test_a_qualitative_target_is_text_without_a_number(reading: TargetReading) -> None:
    effect = at_line(reading, 795)
    assert (effect.target_text, effect.value, effect.unit) == ("效果明显", None, "")
    assert effect.weight == Decimal(10)
