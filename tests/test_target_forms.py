"""Performance tables of other shapes, and what is said of cells that cannot be read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgetkit.amounts import squeeze
from tests.target_texts import HEADING, checks_of, read, row

# --- other places' tables -------------------------------------------------------------------------


def test_four_columns_without_weights_are_read() -> None:
    found = read(
        "| 项目名称 | 微心愿经费 | | 主管部门 | 某局 |",
        "| 专项资金情况（万元） | 资金总额 | 21.50 |",
        "| | 财政拨款 | 21.50 |",
        "| | 其他资金 | 0.00 |",
        "| 年度目标 | 汇聚社会力量。 |",
        "| 一级指标 | 二级指标 | 三级指标 | 指标值 |",
        "| 成本指标 | 经济成本指标 | 总支出成本控制率 | ≤100% |",
        "| 产出指标 | 数量指标 | 媒体发稿数量 | ≥3篇 |",
        "| 效益指标 | 社会效益指标 | 实现“微心愿”数 | ≥800个 |",
        "| 满意度指标 | 服务对象满意度指标 | 受益对象满意度 | ≥90% |",
    )
    assert [(t.operator, t.value, t.unit, t.weight) for t in found.targets] == [
        ("≤", Decimal(100), "%", None),
        ("≥", Decimal(3), "篇", None),
        ("≥", Decimal(800), "个", None),
        ("≥", Decimal(90), "%", None),
    ]
    assert not found.problems
    rules = {check.rule: check.outcome for check in checks_of(found)}
    assert rules == {"targets.head_sum": "holds"}


def test_sign_and_unit_in_columns_of_their_own_are_read() -> None:
    found = read(
        "| 单位名称：某局 |",
        "| 绩效指标 | 指标名称 | 指标性质 | 指标值 | 计量单位 | 指标权重(%) | 是否核心 |",
        "| | 续建水库 | ≥ | 27 | 座 | 60 | 是 |",
        "| | 受益人口 | ≥ | 150 | 万人次 | 30 | 是 |",
        "| | 公众评价 | 定性 | 好 | | 10 | 否 |",
        title="部门整体绩效目标表",
    )
    first, second, third = found.targets
    assert (first.operator, first.value, first.unit, first.weight) == (
        "≥", Decimal(27), "座", Decimal(60),
    )  # fmt: skip
    assert (second.value, second.unit) == (Decimal(150), "万人次")
    assert (third.operator, third.value, third.target_text) == ("", None, "好")
    assert [check.outcome for check in checks_of(found)] == ["holds"]


def test_a_heading_that_says_90_points_asks_for_90() -> None:
    rows = [
        "| 资金总额：50.00 | 执行率分值（10分） |",
        "| 一级指标 | 二级指标 | 三级指标 | 指标值 | 分值权重（90分） |",
        "| 产出指标 | 数量指标 | 保安人数 | 15人 | 60 |",
    ]
    full = read(*rows, "| 效益指标 | 社会效益指标 | 秩序 | 长期 | 30 |")
    assert full.headers[0].budget["budget_total"].value == Decimal("50.00")
    assert [check.outcome for check in checks_of(full)] == ["holds"]
    short = read(*rows, "| 效益指标 | 社会效益指标 | 秩序 | 长期 | 25 |")
    check = checks_of(short)[0]
    assert (check.outcome, check.right, check.level) == ("violated", Decimal(90), "inconsistent")


def test_tables_that_follow_each_other_under_one_title_are_told_apart() -> None:
    rows = [HEADING, "| 产出指标 | 数量指标 | 培训人数（人） | ≥5人 | 5人 | 100 |"]
    found = read("| 项目名称 | 甲 |", *rows, "| 项目名称 | 乙 |", *rows)
    assert [(table.number, table.project, len(table.targets)) for table in found.headers] == [
        (1, "甲", 1),
        (2, "乙", 1),
    ]


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "operator", "value", "unit"),
    [
        ("＞＝９５％", "≥", "95", "%"),
        ("≥１，２００．５０ 万元", "≥", "1200.50", "万元"),
        ("> =95%", "≥", "95", "%"),
        ("5次", "", "5", "次"),
        ("90%以上", "≥", "90", "%"),
        ("不少于3场次", "≥", "3", "场次"),
        ("-3.00", "", "-3.00", ""),
        ("－3.00", "", "-3.00", ""),
        ("(3.00)", "", "-3.00", ""),
        ("=-3.00%", "=", "-3.00", "%"),
        ("≥12000", "≥", "12000", ""),
        ("≤200元/人/天", "≤", "200", "元/人/天"),
    ],
)
def test_a_target_is_read_however_it_is_printed(
    text: str, operator: str, value: str, unit: str
) -> None:
    target = row(text).targets[0]
    assert (target.operator, target.value, target.unit) == (operator, Decimal(value), unit)
    assert target.target_text == squeeze(text)


def test_a_row_too_short_is_read_and_said() -> None:
    found = read(HEADING, "| 产出指标 | 数量指标 | 培训人数（人） | ≥5人 |")
    assert (found.targets[0].value, found.targets[0].weight) == (Decimal(5), None)
    assert [problem.kind for problem in found.problems] == ["short_row"]
    assert "weight" in found.problems[0].message and found.problems[0].where.line == 6
    assert [check.outcome for check in checks_of(found)] == []


def test_a_missing_weight_is_no_wrong_sum() -> None:
    found = read(
        HEADING,
        "| 产出指标 | 数量指标 | 培训人数（人） | ≥5人 | 5人 | 60 |",
        "| 产出指标 | 数量指标 | 培训次数（次） | ≥5次 | 5次 | 四十 |",
    )
    assert [check.outcome for check in checks_of(found)] == ["not_checkable"]
    assert [problem.kind for problem in found.problems] == ["short_row"]


def test_an_unreadable_budget_is_a_problem() -> None:
    found = read("| 项目名称 | 甲 |", "| 年度预算总额 | 1,2O4.00 |", HEADING)
    assert [problem.kind for problem in found.problems] == ["unreadable_amount"]
    assert "budget_total" not in found.headers[0].budget


def test_an_unreadable_target_is_a_problem_and_no_value() -> None:
    found = row("≥1,2O4人")
    assert found.targets[0].value is None
    assert [problem.kind for problem in found.problems] == ["unreadable_amount"]
    assert [token.text for token in found.set_aside] == ["1", "2", "4"]


def test_a_table_without_a_heading_is_a_problem() -> None:
    found = read("| 项目名称 | 甲 |", "| 培训人数 | 5人 |")
    assert [problem.kind for problem in found.problems] == ["no_indicator_heading"]
    assert len(found.numbers) + len(found.set_aside) == 1


def test_a_private_cell_is_dropped_with_its_numbers() -> None:
    found = read(
        "| 项目负责人 | 某某某 | 联系电话 | 5551234 |", "| 经办人：某某某5551234 |", HEADING
    )
    assert "某某某" not in repr(found) and "5551234" not in repr(found)
    assert [token.reason for token in found.set_aside] == ["private", "private"]
