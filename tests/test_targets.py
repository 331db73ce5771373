"""Performance tables: every indicator, every number token, and what must agree with what."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit.amounts import NUMBER, fold_width, squeeze
from budgetkit.areas import TableArea, find_areas
from budgetkit.disclosure import Disclosure
from budgetkit.identities.target_observations import target_observations
from budgetkit.identities.targets import target_identities
from budgetkit.readers import read_blocks
from budgetkit.reconcile import Check, check_identity
from budgetkit.target_layout import field_role
from budgetkit.targets import Target, TargetReading, read_targets

RAW = Path(__file__).parents[1] / "data" / "raw" / "kezhou-hrss-2026"
HEADING = "| 一级指标 | 二级指标 | 三级指标 | 指标值 | 上年完成值 | 分值权重 |"


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read(RAW)


@pytest.fixture(scope="module")
def reading(disclosure: Disclosure) -> TargetReading:
    return read_targets(disclosure.target_areas, 12)


@pytest.fixture(scope="module")
def raw_lines() -> list[str]:
    return (RAW / "source.md").read_text(encoding="utf-8").split("\n")


def areas_of(text: str) -> list[TableArea]:
    blocks = read_blocks(text.encode(), "targets.md").blocks
    return [area for area in find_areas(blocks)[0] if area.kind.id == "performance_targets"]


def read(*rows: str, title: str = "项目支出绩效目标表") -> TargetReading:
    text = "\n".join(["# 某局2026年部门预算公开", "", f"## {title}", "", *rows, "", "名词解释"])
    return read_targets(areas_of(text), 1)


def checks_of(reading: TargetReading, disclosure: Disclosure | None = None) -> list[Check]:
    numbers = disclosure.ledger if disclosure else []
    projects = disclosure.project_list if disclosure else []
    found = target_identities(reading, numbers, projects)
    return [check_identity(identity, f"c{i}") for i, identity in enumerate(found)]


def noticed(reading: TargetReading) -> list[tuple[str, int | None]]:
    return [
        (found.rule, found.places[0].line)
        for found in target_observations(reading)
        if found.outcome == "violated"
    ]


def at_line(reading: TargetReading, line: int) -> Target:
    return next(target for target in reading.targets if target.where.line == line)


# --- the reference document: counts, conservation, places ---------------------------------------


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


def row(target: str, previous: str = "", weight: str = "100", name: str = "甲") -> TargetReading:
    return read(HEADING, f"| 产出指标 | 数量指标 | {name} | {target} | {previous} | {weight} |")


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
