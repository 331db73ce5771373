"""Performance tables of other shapes: over several pages, several in a list, half filled in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from budgetkit.areas import find_areas
from budgetkit.blocks import Block, Cell, Grid, Paragraph, Passage, Piece, Where
from budgetkit.identities.target_observations import target_observations
from budgetkit.identities.targets import target_identities
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, check_identity
from budgetkit.target_pages import join_pages
from budgetkit.targets import TargetReading, read_targets

HEADING = "一级指标 二级指标 三级指标 指标值 分值(90)"
FIELDS = ["项目名称 - - 河道清淤 - -", "主管部门 - - 某市水务局 - -", "资金总额 - - 12.00 - -"]
ROWS = [
    "绩效指标 产出指标 数量指标 清淤长度 ≥8公里 20",
    "- - 质量指标 验收合格率 100% 20",
    "- 效益指标 社会效益指标 受益人数 ≥500人 40",
    "- 满意度指标 服务对象满意度指标 居民满意度 ≥90% 10",
]


def passage(text: str, page: int) -> Passage:
    return Passage(text, (Piece(0, len(text), page=page, boxes=((0, 0, 1, 1),)),))


def grid(page: int, *rows: str) -> Grid:
    """A ruled grid; cells are parted by blanks, "-" is a blank one, "." continues a merged one."""
    made = []
    for line, row in enumerate(rows):
        texts = enumerate(row.split())
        cells = [
            Cell(passage("" if text == "-" else text.replace("~", " "), page), line, column)
            for column, text in texts
            if text != "."
        ]
        made.append(tuple(cells))
    return Grid(tuple(made), exact=True)


def blocks(*parts: str | Grid) -> list[Block]:
    return [Paragraph(passage(part, 1)) if isinstance(part, str) else part for part in parts]


def read(*parts: str | Grid) -> TargetReading:
    document = blocks(*parts)
    _, areas = join_pages(find_areas(document)[0])
    return read_targets(areas, 1, document)


def checks(reading: TargetReading, numbers: Sequence[Number] = ()) -> list[Check]:
    identities = target_identities(reading, numbers)
    return [check_identity(identity, f"c{i}") for i, identity in enumerate(identities)]


def outcomes(reading: TargetReading, rule: str, numbers: Sequence[Number] = ()) -> list[str]:
    return [check.outcome for check in checks(reading, numbers) if check.rule == rule]


def first_page(rows: Sequence[str], page: int = 1) -> Grid:
    return grid(page, *(f"{field} -" for field in FIELDS), f"- {HEADING}", *rows)


def names(reading: TargetReading) -> list[str]:
    return [target.name for target in reading.targets]


# --- pages --------------------------------------------------------------------------------------


def test_a_later_page_with_fewer_columns_is_read_into_the_columns_of_the_heading() -> None:
    # The later page has lost the column of the label that runs down beside all indicators.
    later = grid(2, "- 质量指标 验收合格率 100% 20", *(row[2:] for row in ROWS[2:]))
    reading = read("项目支出绩效目标表", first_page(ROWS[:1]), later)
    assert names(reading) == ["清淤长度", "验收合格率", "受益人数", "居民满意度"]
    assert [target.weight for target in reading.targets] == [20, 20, 40, 10]
    assert reading.targets[1].level_1 == "产出指标"
    assert not reading.problems
    assert outcomes(reading, "targets.weights") == ["holds"]


def test_columns_that_only_the_fields_needed_are_gone_on_the_later_page() -> None:
    wide = grid(
        1,
        "项目名称 . - 河道清淤 - - - -",
        "- 一级指标 二级指标 三级指标 . . 指标值 分值(90)",
        "绩效指标 产出指标 数量指标 清淤长度 . . ≥8公里 50",
    )
    reading = read("项目支出绩效目标表", wide, grid(2, *ROWS[2:]))
    assert [target.weight for target in reading.targets] == [50, 40, 10]
    assert [target.target_text for target in reading.targets] == ["≥8公里", "≥500人", "≥90%"]


def test_the_heading_printed_again_in_other_columns_leads_to_the_same_roles() -> None:
    wide = grid(
        1,
        "- 指标名称 . 指标性质 . 指标值 计量单位 指标权重(%)",
        "绩效指标 清淤长度 . ≥ . 8 公里 60",
    )
    later = grid(
        2, "绩效指标 指标名称 指标性质 指标值 计量单位 指标权重(%)", "- 居民满意度 ≥ 90 % 40"
    )
    reading = read("部门整体绩效目标表", wide, later)
    assert [(t.operator, str(t.value), t.unit, str(t.weight)) for t in reading.targets] == [
        ("≥", "8", "公里", "60"),
        ("≥", "90", "%", "40"),
    ]
    assert not reading.problems


def test_pieces_of_a_cut_cell_above_a_page_do_not_part_it_from_its_table() -> None:
    pieces = ["年度绩", "效指标", "产出指", "标"]
    reading = read("项目支出绩效目标表", first_page(ROWS[:2]), *pieces, grid(2, *ROWS[2:]))
    assert len(reading.headers) == 1 and len(reading.targets) == 4


def test_the_title_printed_again_above_a_later_page_begins_no_table() -> None:
    title = "项目支出绩效目标表"
    reading = read(title, first_page(ROWS[:2]), title, grid(2, *ROWS[2:]))
    assert len(reading.headers) == 1 and len(reading.targets) == 4


def test_a_budget_table_behind_a_performance_table_stays_one() -> None:
    money = grid(2, "科目编码 科目名称 合计 基本支出", "208 社会保障支出 30.00 30.00")
    document = blocks("项目支出绩效目标表", first_page(ROWS), "某段说明。", money)
    budgets, targets = join_pages(find_areas(document)[0])
    assert len(budgets) == 1 and len(targets) == 1


def test_a_title_inside_the_grid_of_the_next_page_begins_the_next_table() -> None:
    second = grid(2, "湖泊治理项目绩效目标表 . . . . .", *(f"{f} -" for f in FIELDS), *ROWS[:0])
    reading = read("项目支出绩效目标表", first_page(ROWS), second)
    assert [table.title for table in reading.headers] == [
        "项目支出绩效目标表",
        "湖泊治理项目绩效目标表",
    ]
    assert reading.targets[-1].target_text == "≥90%"


def test_weights_are_not_checked_where_the_end_of_the_table_was_not_read() -> None:
    reading = read("项目支出绩效目标表", first_page(ROWS[:3]), "满意度指标", "居民满意度 ≥90% 10")
    assert outcomes(reading, "targets.weights") == ["not_checkable"]
    assert [problem.kind for problem in reading.problems] == ["unread_rows"]
    whole = read("项目支出绩效目标表", first_page(ROWS[:3]), "第四部分 名词解释")
    assert outcomes(whole, "targets.weights") == ["violated"]


# --- lists of projects, fields ------------------------------------------------------------------


def test_a_list_of_projects_is_a_table_of_its_own_for_every_project() -> None:
    listed = grid(
        1,
        "序号 项目名称 当年财政拨款预算金额 当年绩效目标 指标名称 指标性质 指标值 计量单位 指标权重(%)",
        "1 河道清淤 12.00 保障行洪 清淤长度 ≥ 8 公里 70",
        ". . . . 居民满意度 ≥ 90 % 30",
        "2 湖泊治理 30.00 改善水质 治理面积 ≥ 5 平方公里 100",
    )
    reading = read("一般性项目绩效目标表", listed)
    assert [(t.project, len(t.targets)) for t in reading.headers] == [
        ("河道清淤", 2),
        ("湖泊治理", 1),
    ]
    assert [t.budget["budget_appropriation"].value for t in reading.headers] == [12, 30]
    assert outcomes(reading, "targets.weights") == ["holds", "holds"]
    assert {number.table for number in reading.numbers} == {1, 2}


def test_this_years_money_is_told_from_the_whole_term_of_a_project() -> None:
    reading = read(
        "专项资金绩效目标表",
        grid(
            1,
            "项目名称 . 河道清淤 . . .",
            "主管部门 . 某市水务局 实施期限 3年 -",
            "资金金额(万元) 实施期资金总额: 36.00 年度资金总额: 12.00 -",
            ". 其中:财政拨款 30.00 其中:财政拨款 10.00 -",
            ". 其他资金 6.00 其他资金 2.00 -",
            f"- {HEADING}",
            *ROWS,
        ),
    )
    table = reading.headers[0]
    assert {role: number.text for role, number in table.budget.items()} == {
        "budget_total": "12.00",
        "budget_appropriation": "10.00",
        "budget_other": "2.00",
    }
    assert table.department == "某市水务局"
    assert outcomes(reading, "targets.head_sum") == ["holds"]
    assert sum(number.text in {"36.00", "30.00", "6.00"} for number in reading.numbers) == 3


def test_the_unit_beside_several_amounts_holds_for_all_of_them() -> None:
    reading = read(
        "项目支出绩效目标表",
        grid(
            1,
            "项目名称 . 河道清淤 - -",
            "资金金额(元) 资金总额 120000 - -",
            ". 财政拨款 120000 - -",
            "总体目标 保障行洪 . . .",
            *[row.replace("绩效指标 ", "- ", 1) for row in [HEADING, *ROWS]],
        ),
    )
    assert {number.unit for number in reading.headers[0].budget.values()} == {"元"}


def test_a_name_in_one_cell_with_its_label_is_the_projects() -> None:
    rows = ["项目名称~河道清淤 . . . . .", f"- {HEADING}", *ROWS]
    table = read("专项资金绩效目标表", grid(1, *rows)).headers[0]
    assert table.project == "河道清淤"


def test_a_form_left_blank_has_no_indicators_and_is_not_the_departments_table() -> None:
    empty = [
        "绩效指标 产出指标 数量指标 …… - -",
        "- - 质量指标 …… - -",
        "- 效益指标 社会效益指标 / / -",
    ]
    rows = ["项目名称 - - - - -", f"- {HEADING}", *empty]
    reading = read("专项资金绩效目标表", grid(1, *rows))
    assert reading.targets == [] and not reading.problems
    assert reading.headers[0].of_project and outcomes(reading, "targets.weights") == []


# --- what is said of them -----------------------------------------------------------------------


def cost_table(*rows: str, budget: str = "100.00") -> TargetReading:
    fields = ["项目名称 . . 河道清淤 .", f"资金总额 . . {budget} ."]
    return read(
        "项目支出绩效目标表", grid(1, *fields, "一级指标 二级指标 三级指标 指标值 备注", *rows)
    )


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        (["成本指标 经济成本指标 机械费 ≤60万元 -", ". . 人工费 ≤50万元 -"], "violated"),
        # The first states the whole, the others what it is made of.
        (
            [
                "成本指标 经济成本指标 清淤费用 ≤100万元 -",
                ". . 机械费 ≤60万元 -",
                ". . 人工费 ≤40万元 -",
            ],
            "holds",
        ),
        (["成本指标 经济成本指标 单个河段补助金额 ≤120万元 -"], "not_checkable"),
        (["成本指标 经济成本指标 机械费；人工费 ≤60万元；≤50万元 -"], "not_checkable"),
        (["成本指标 经济成本指标 清淤单位补助 ≤140万元/km2/月 -"], "not_checkable"),
    ],
)
def test_cost_indicators_are_summed_only_where_they_are_parts(
    rows: list[str], outcome: str
) -> None:
    assert outcomes(cost_table(*rows), "targets.cost_sum") == [outcome]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("成本指标 经济成本指标 清淤成本 ≥60万元 -", True),
        ("成本指标 经济成本指标 困难家庭补贴标准 ≥500元/人 -", False),
        ("产出指标 时效指标 设备使用时限 ≥5年 -", False),
        ("产出指标 时效指标 响应时间；按期完成率 ≤2小时 -", False),
        ("产出指标 时效指标 故障响应时间 ≥2小时 -", True),
    ],
)
def test_a_sign_is_doubted_only_where_the_name_says_which_way_is_better(
    row: str, wrong: bool
) -> None:
    found = target_observations(cost_table(row))
    assert any(o.rule == "targets.operator" and o.outcome == "violated" for o in found) is wrong


def budget_row(line: int, name: str, **amounts: str) -> list[Number]:
    return [
        Number(
            f"t9.r{line}.c{column}", text, Decimal(text), Decimal("0.005"), "万元", "table",
            Where(), table=9,
            facts={"project": name, "nature": "project", **({"fund": fund} if fund != "all" else {})},
        )
        for column, (fund, text) in enumerate(amounts.items(), start=1)
    ]  # fmt: skip


def funded(total: str, appropriation: str) -> Grid:
    fields = [f"资金总额 . . {total} .", f"财政拨款 . . {appropriation} ."]
    heading = "一级指标 二级指标 三级指标 指标值 备注"
    return grid(1, "项目名称 . . 河道清淤 .", *fields, heading, "产出指标 数量指标 长度 ≥8公里 -")


def test_the_column_of_all_funds_states_the_whole_budget_not_the_appropriation() -> None:
    row = budget_row(1, "河道清淤", all="31.00", own_funds="31.00")
    reading = read("项目支出绩效目标表", funded("31.00", "0.00"))
    assert outcomes(reading, "targets.budget_table", row) == ["holds"]
    other = read("项目支出绩效目标表", funded("30.00", "0.00"))
    assert outcomes(other, "targets.budget_table", row) == ["violated"]


def test_projects_of_one_name_are_compared_with_the_row_that_fits() -> None:
    rows = [*budget_row(1, "河道清淤", all="20.00"), *budget_row(2, "河道清淤", all="3.00")]
    fitting = read("项目支出绩效目标表", funded("3.00", "3.00"))
    assert outcomes(fitting, "targets.budget_table", rows) == ["holds"]
    none = read("项目支出绩效目标表", funded("5.00", "5.00"))
    assert outcomes(none, "targets.budget_table", rows) == ["not_checkable"]


def test_a_part_of_the_money_in_the_objectives_is_not_the_budget() -> None:
    heading = "一级指标 二级指标 三级指标 指标值 备注"
    table = [
        "项目名称 . . 河道清淤 .",
        "资金总额 . . 100.00 .",
        "总体目标 {} . . .",
        heading,
        "产出指标 数量指标 长度 ≥8公里 -",
    ]
    for text, outcome in [
        ("安排中央专项资金30万元，完成清淤。", []),
        ("安排培训项目经费30万元，完成清淤。", []),
        ("本项目经费30万元，完成清淤。", ["violated"]),
    ]:
        reading = read("项目支出绩效目标表", grid(1, *(row.format(text) for row in table)))
        assert outcomes(reading, "targets.objective_budget") == outcome
