"""What must agree in performance tables, and what a careful reader notices about them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgetkit.disclosure import Disclosure
from budgetkit.identities.target_observations import target_observations
from budgetkit.targets import TargetReading
from tests.target_texts import HEADING, checks_of, read, row


def noticed(reading: TargetReading) -> list[tuple[str, int | None]]:
    return [
        (found.rule, found.places[0].line)
        for found in target_observations(reading)
        if found.outcome == "violated"
    ]


# --- the reference document: what agrees, what does not -----------------------------------------


def test_what_holds_and_what_does_not(reading: TargetReading, disclosure: Disclosure) -> None:
    outcomes: dict[str, list[str]] = {}
    for check in checks_of(reading, disclosure):
        outcomes.setdefault(check.rule, []).append(check.outcome)
    violated = {rule: found.count("violated") for rule, found in outcomes.items()}
    assert {rule: count for rule, count in violated.items() if count} == {
        "targets.cost_sum": 1,
        "targets.narrative_repeat": 3,
    }
    assert not any("not_checkable" in found for found in outcomes.values())
    assert outcomes["targets.weights"] == ["holds"] * 11
    assert outcomes["targets.head_sum"] == ["holds"] * 10
    assert outcomes["targets.budget_table"] == ["holds"] * 8
    assert outcomes["targets.budget_cover"] == ["holds"]
    assert outcomes["targets.overall_source"] == ["holds"] * 4
    assert outcomes["targets.objective_standard"] == ["holds"] * 3


def test_cost_indicators_beyond_the_budget_are_traced_to_the_carry_over(
    reading: TargetReading, disclosure: Disclosure
) -> None:
    check = next(
        check
        for check in checks_of(reading, disclosure)
        if check.rule == "targets.cost_sum" and check.outcome == "violated"
    )
    assert check.left == Decimal("348.90") and check.right == Decimal("339.81")
    assert check.difference == Decimal("2.82") + Decimal("6.27")
    assert "carry-over of table 11" in check.message
    assert check.level == "implausible"


def test_weights_of_90_are_said_to_leave_the_execution_rate_out(reading: TargetReading) -> None:
    weights = [check for check in checks_of(reading) if check.rule == "targets.weights"]
    assert all(
        "the execution rate of the budget (10) is scored apart" in c.message for c in weights
    )
    assert weights[0].message.endswith("20 + 20 + 10 + 20 + 20 = 90")


def test_the_observations_on_the_reference_document(reading: TargetReading) -> None:
    assert sorted(noticed(reading)) == [
        ("targets.empty_target", 843),
        ("targets.new_with_previous", 999),
        ("targets.new_with_previous", 1006),
        ("targets.operator", 904),
        ("targets.unit", 881),
        ("targets.unit", 998),
        ("targets.weaker", 810),
        ("targets.weaker", 817),
        ("targets.weaker", 830),
        ("targets.weaker", 831),
        ("targets.weaker", 920),
    ]


# --- directions, units, words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "previous", "rules"),
    [
        ("投诉办结率（%）", "≥95%", "95", set()),
        ("差错率（%）", "≥5%", "5%", {"targets.operator"}),
        ("群众满意度（%）", "≤95%", "95%", {"targets.operator"}),
        ("培训天数（天）", "≥6天", "6", set()),
        ("培训天数（人）", "≥6天", "6天", {"targets.unit"}),
        ("补助资金（万元）", "≥6万元", "60000元", {"targets.unit"}),
        ("覆盖率（%）", "=101%", "100%", {"targets.range"}),
        ("增长率（%）", "≥110%", "105%", set()),
        ("流失率（%）", "≤20%", "10", {"targets.weaker"}),
        ("参加人数（万人）", "≥0.5万人", "6000人", {"targets.unit", "targets.weaker"}),
        ("培训人数（人）", "=9人", "10人", set()),
        ("参加人数（人）", "≥100人", "新增", set()),
        ("参加人数（人）", "≥100人", "10人", {"targets.leap"}),
        ("促进就业", "作用较显著", "作用显著", {"targets.weaker"}),
        ("促进就业", "作用显著", "作用较显著", set()),
        ("促进就业", "促进就业", "有效", {"targets.empty_target"}),
        ("完成时间", "13月底前", "", {"targets.range"}),
        ("完成时间", "11月底前", "10", {"targets.weaker"}),
    ],
)
def test_what_is_noticed_about_one_indicator(
    name: str, target: str, previous: str, rules: set[str]
) -> None:
    assert {rule for rule, _ in noticed(row(target, previous, name=name))} == rules


def test_a_new_indicator_of_another_project_is_not_questioned() -> None:
    head = "| 项目名称 | {} |"
    line = "| 产出指标 | 时效指标 | 项目资金支付及时率（%） | =100% | {} | 100 |"
    found = read(
        head.format("设备更新经费"), HEADING, line.format("100%"),
        head.format("人才引进补贴"), HEADING, line.format("新增"),
    )  # fmt: skip
    assert noticed(found) == []


def test_projects_that_share_only_words_for_money_share_no_indicator() -> None:
    line = "| 成本指标 | 经济成本指标 | 下企业检查工作经费（万元） | ≤3万元 | {} | 100 |"
    found = read(
        "| 项目名称 | 劳动监察工作经费 |", HEADING, line.format("2万元"),
        "| 项目名称 | 仲裁办案工作经费 |", HEADING, line.format("新增"),
    )  # fmt: skip
    assert noticed(found) == []


def test_an_indicator_in_thousands_of_rows_is_compared_with_the_next_one() -> None:
    """All pairs of a damaged table's rows took gigabytes."""
    line = "| 产出指标 | 数量指标 | 培训场次（场次） | ≥{}场次 | | 10 |"
    rows = [line.format(2 if number == 1000 else 1) for number in range(2000)]
    found = list(target_observations(read("| 项目名称 | 甲 |", HEADING, *rows)))
    repeated = [one.outcome for one in found if one.rule == "targets.repeated"]
    assert len(repeated) == 1999 and repeated.count("violated") == 2


def test_costs_below_the_budget_are_no_fault_where_nothing_shows_the_practice() -> None:
    found = read(
        "| 项目名称 | 甲 |",
        "| 项目资金（万元） | 年度预算总额 | 10.00 |",
        HEADING,
        "| 成本指标 | 经济成本指标 | 设备购置费（万元） | ≤8万元 | 8万元 | 100 |",
    )
    cost = next(check for check in checks_of(found) if check.rule == "targets.cost_sum")
    assert cost.outcome == "holds" and cost.identity.relation == "<="
    assert "do not list in full" in cost.message


def test_a_total_cost_is_not_added_to_its_parts() -> None:
    found = read(
        "| 项目名称 | 甲 |",
        "| 项目资金（万元） | 年度预算总额 | 10.00 |",
        HEADING,
        "| 成本指标 | 经济成本指标 | 项目总成本 | ≤10万元 | | 50 |",
        "| 成本指标 | 经济成本指标 | 人员成本 | ≤6万元 | | 50 |",
    )
    cost = next(check for check in checks_of(found) if check.rule == "targets.cost_sum")
    assert (cost.outcome, cost.left) == ("holds", Decimal(10))
