"""Project descriptions: fields, amounts, lists and standards, against descriptions read by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import budgetkit
from budgetkit.blocks import Paragraph, Passage, Piece
from budgetkit.identities.standards import project_identities
from budgetkit.lines import read_lines
from budgetkit.projects import Project, read_projects
from budgetkit.quotes import item_name
from budgetkit.rates import Rate, parse_rate
from budgetkit.reconcile import Check, check_identity


def read(*paragraphs: str) -> list[Project]:
    """Projects of a text, one line a paragraph."""
    blocks = [
        Paragraph(Passage(text, (Piece(0, len(text), line),)))
        for line, text in enumerate(paragraphs, start=1)
    ]
    lines, _ = read_lines(blocks, set())
    return read_projects(lines, [])


def one(*paragraphs: str) -> Project:
    """A project called 补助项目 with these fields."""
    (project,) = read("（一）项目名称：补助项目", *paragraphs)
    return project


def checks(project: Project) -> list[Check]:
    return [check_identity(identity, "c") for identity in project_identities([project])]


def outcomes(project: Project, rule: str) -> list[str]:
    return [check.outcome for check in checks(project) if check.rule == rule]


@pytest.fixture(scope="module")
def reference() -> list[Project]:
    disclosure = budgetkit.read("kezhou-hrss-2026")
    areas = [index for index, block in enumerate(disclosure.blocks) if not _is_text(block)]
    lines, _ = read_lines(disclosure.blocks, set(areas))
    return read_projects(lines, disclosure.budget_tables)


def _is_text(block: object) -> bool:
    return isinstance(block, Paragraph)


# --- the reference document ---------------------------------------------------------------------


def test_the_eleven_projects_have_the_amounts_of_table_7(reference: list[Project]) -> None:
    printed = "1,000.00 109.00 100.00 130.81 7.00 2.94 10.00 12.00 19.54 15.00 10.00"
    amounts = [Decimal(text.replace(",", "")) for text in printed.split()]
    assert [project.amount for project in reference] == amounts
    assert sum(amounts) == Decimal("1416.29")
    assert [project.table_number.value for project in reference if project.table_number] == amounts
    assert not any(project.unread for project in reference)


def test_a_label_glued_to_the_name_is_split_off(reference: list[Project]) -> None:
    first = reference[0]
    assert first.name.endswith("计划中央财政补助资金")
    assert first.basis.startswith("根据《关于提前下达")


def test_period_source_and_beneficiaries_are_read(reference: list[Project]) -> None:
    first = reference[0]
    assert (first.period_start, first.period_end, first.months) == ("2026-01-01", "2026-12-31", 12)
    assert first.funding_source == "中央财政补助资金"
    assert [project.beneficiaries for project in reference if project.beneficiaries] == [
        170, 80, 10, 130, 50,
    ]  # fmt: skip


def test_the_standards_of_the_reference_document(reference: list[Project]) -> None:
    found = [(s.label, s.yuan, s.per, s.period) for project in reference for s in project.standards]
    assert found == [
        ("工作生活补贴", 40_000, "person", "year"),
        ("安家费", 3_000, "person", "once"),
        ("生活补贴", 1_089, "person", "month"),
        ("过节补助", 4_500, "none", "once"),
        ("冬碳费", 1_400, "none", "once"),
        ("遗孀生活费", 18_000, "none", "once"),
        ("工作经费", 5_000, "none", "once"),
    ]


def test_the_list_that_misses_500_yuan_is_found_in_all_three_places(
    reference: list[Project],
) -> None:
    violated = [c for c in checks(reference[5]) if c.outcome == "violated"]
    assert [(c.rule, c.difference) for c in violated] == [("projects.items", -500)] * 3
    others = [c for project in reference for c in checks(project) if project.number != 6]
    assert [c.message for c in others if c.outcome == "violated"] == []


def test_every_value_of_the_descriptions_is_quoted_by_its_ledger_id(
    reference: list[Project],
) -> None:
    quoted = [number for project in reference for number in project.numbers]
    assert len(quoted) == len(set(quoted))
    known = {number.id for number in budgetkit.read("kezhou-hrss-2026").ledger}
    assert set(quoted) <= known


def test_carry_over_of_the_same_item_is_found(reference: list[Project]) -> None:
    carried = [[number.text for number in project.carryover] for project in reference]
    assert carried[1] == ["2.82", "6.27"]
    assert not any(carried[:1] + carried[2:])


# --- other wordings -----------------------------------------------------------------------------


def test_headings_of_their_own_are_labels_too() -> None:
    projects = read(
        "某专项（政策资金）经费情况说明", "一、项目概述", "推动产业发展。", "二、立项依据",
        "1、《实施意见》。", "三、实施主体", "某委员会", "四、实施方案", "按程序拨付",
        "五、实施周期", "2025.1.1-2025.12.31", "六、年度预算安排",
        "2025年度项目总预算1170.00万，其中支持规模化发展870.00万，支持创新发展70.00万，"
        "支持协同发展180.00万，支持国际化发展50.00万，合计1170.00万。",
        "七、绩效目标", "详见绩效目标表",
        "另一专项经费情况说明", "一、项目概述", "加强联动。", "二、立项依据", "1、《要点》。",
        "五、实施周期", "2025全年度。",
    )  # fmt: skip
    assert [project.name for project in projects] == ["某专项(政策资金)", "另一专项"]
    first, second = projects
    assert (first.carrier, first.months, second.months) == ("某委员会", 12, 12)
    assert (first.amount, first.unit, first.yuan) == (Decimal("1170.00"), "万元", 11_700_000)
    assert [item.name for item in first.items] == [
        "支持规模化发展", "支持创新发展", "支持协同发展", "支持国际化发展",
    ]  # fmt: skip
    assert outcomes(first, "projects.items") == ["holds"]
    assert second.amount is None


@pytest.mark.parametrize(
    ("before", "behind", "rate"),
    [
        ("工作生活补贴每人每年", "", Rate("person", "year")),
        ("生活补贴", "/人/月", Rate("person", "month")),
        ("培训费", "/人/天", Rate("person_day", "day")),
        ("每人每天", "", Rate("person_day", "day")),
        ("农村低保每户每年", "", Rate("household", "year")),
        ("每人每月不低于", "", Rate("person", "month")),
        ("人均补助标准", "/月", Rate("person", "month")),
        ("劳务费", "/人月", Rate("person", "month")),
        ("劳务费", "/人*月", Rate("person", "month")),
        ("检查", "/人·次", Rate("event", "once")),
        ("讲课费", "/课时", Rate("event", "once")),
        ("奖励每人", "", Rate("person", "once")),
        ("新市民补贴", "/户/月", Rate("household", "month")),
    ],
)
def test_rates_are_read_from_either_side_of_the_amount(
    before: str, behind: str, rate: Rate
) -> None:
    assert parse_rate(before, behind) == rate


@pytest.mark.parametrize(("before", "behind"), [("过节补助", ""), ("按月发放", ""), ("共计", "")])
def test_a_plain_amount_is_no_rate(before: str, behind: str) -> None:
    assert parse_rate(before, behind) is None


def test_standards_of_other_places() -> None:
    project = one(
        "补助标准：城市低保对象每人每月不低于650元，农村低保每户每年5400元；"
        "讲课费不超过500元/课时，协管员工资标准为4.5万元/人/年。",
        "补助人数：1200户",
    )
    found = [(s.label, s.yuan, s.per, s.period, s.bound, s.count) for s in project.standards]
    assert found == [
        ("城市低保对象", 650, "person", "month", "at_least", None),
        ("农村低保", 5_400, "household", "year", "", 1_200),
        ("讲课费", 500, "event", "once", "at_most", None),
        ("协管员工资", 45_000, "person", "year", "", None),
    ]


def test_the_period_may_stand_in_another_clause() -> None:
    (standard,) = one("补贴标准：按月发放，每人1000元。").standards
    assert (standard.per, standard.period) == ("person", "month")


def test_the_count_of_the_same_sentence_belongs_to_its_standard() -> None:
    project = one("资金分配情况：为20名困难职工发放慰问金，每人500元。", "补贴人数：90人")
    (standard,) = project.standards
    assert (standard.count, standard.count_of) == (20, "sentence")


def test_full_width_digits_and_punctuation_are_read() -> None:
    project = one("预算安排规模：１，２３４．５０万元", "资金来源：本级财政")
    assert (project.amount, project.yuan) == (Decimal("1234.50"), 12_345_000)


# --- lists --------------------------------------------------------------------------------------


def test_numbered_items_add_up_to_the_amount() -> None:
    project = one(
        "预算安排规模：1234.50万元",
        "资金分配情况：用于以下：1.场地费500万元；2.宣传费400.5万元；3.其他334万元。",
    )
    assert [item.name for item in project.items] == ["场地费", "宣传费", "其他"]
    assert outcomes(project, "projects.itemised") == ["holds"]


def test_a_list_that_names_all_parts_by_its_wording_must_add_up() -> None:
    text = "资金分配情况：分别为：一等奖10.00万元、二等奖12.00万元和三等奖{}万元。"
    good = one("预算安排规模：30.00万元", text.format("8.00"))
    bad = one("预算安排规模：30.00万元", text.format("9.00"))
    assert outcomes(good, "projects.items") == ["holds"]
    assert outcomes(bad, "projects.items") == ["violated"]


def test_where_zeros_are_dropped_a_whole_number_is_exact() -> None:
    text = "资金分配情况：项目资金100万元。包含：培训{}万元、补贴50万元。"
    good = one("预算安排规模：100.00万元", text.format(50))
    bad = one("预算安排规模：100.00万元", text.format(51))
    assert outcomes(good, "projects.itemised") == ["holds"]
    assert outcomes(bad, "projects.itemised") == ["violated"]


def test_whole_numbers_alone_may_be_rounded() -> None:
    project = one("预算安排规模：100.00万元", "资金分配情况：包含：甲33万元、乙33万元、丙33万元。")
    assert outcomes(project, "projects.itemised") == ["holds_by_rounding"]


def test_a_sum_of_the_last_items_only_is_read_as_such() -> None:
    project = one("补贴标准：慰问金900元；过节费500元、冬炭费300元，共计800元。")
    assert outcomes(project, "projects.items") == ["holds"]


def test_sources_make_up_the_whole() -> None:
    text = "资金分配情况：项目资金100.00万元，其中：财政资金80.00万元、自筹资金{}万元。"
    good = one("预算规模：100.00万元", text.format("20.00"))
    assert outcomes(good, "projects.items") == ["holds"]
    bad = one("预算规模：100.00万元", text.format("30.00"))
    assert outcomes(bad, "projects.items") == ["violated"]


def test_the_sum_in_yuan_is_the_amount_in_myriads() -> None:
    project = one("预算安排规模：2.94万元", "补贴标准：过节费11400元、生活费18000元，共计29400元。")
    assert outcomes(project, "projects.repeated_amount") == ["holds"]


def test_the_investment_of_all_years_may_exceed_the_amount_of_the_year() -> None:
    project = one("预算安排规模：10.00万元", "资金分配情况：项目总投资500万元。")
    assert [c.message for c in checks(project) if c.outcome == "violated"] == []


def test_a_statement_made_twice_in_one_field_is_compared_with_nothing() -> None:
    project = one(
        "补贴标准：给予慰问金500元，再发放慰问金300元。", "发放程序：慰问金200元，打卡发放。"
    )
    assert outcomes(project, "projects.repeated_list") == []


def test_a_qualified_name_is_another_statement() -> None:
    project = one(
        "补贴标准：春节慰问金500元，中秋慰问金300元。", "发放程序：慰问金200元，打卡发放。"
    )
    assert outcomes(project, "projects.repeated_list") == []


def test_counts_repeated_word_for_word_are_compared() -> None:
    project = one("补贴人数：享受补贴人数为80人", "补贴方式：享受补贴人数为90人，按月发放。")
    assert outcomes(project, "projects.beneficiaries") == ["violated"]


# --- bad input ----------------------------------------------------------------------------------


def test_a_field_without_a_value_is_named() -> None:
    project = one("预算规模：960万元", "资金来源：")
    assert project.unread == ("source",)
    assert project.amount == 960


def test_an_amount_that_is_no_number_is_named_and_nothing_is_checked() -> None:
    project = one("立项依据：无", "预算规模：另行安排", "补贴标准：每人每月100元。")
    assert (project.amount, project.amount_number, project.yuan) == (None, "", None)
    assert project.unread == ("amount",)
    assert checks(project) == []


def test_an_amount_without_a_unit_is_no_money() -> None:
    project = one("预算规模：30.00", "资金来源：本级")
    assert project.yuan is None


def test_a_list_is_checked_beside_an_amount_without_a_unit() -> None:
    text = "资金分配情况：安排补助100.00万元，其中：培训40.00万元、见习{}万元。"
    assert outcomes(one("预算规模：100.00", text.format("70.00")), "projects.parts") == ["violated"]
    good = checks(one("预算规模：100.00", text.format("60.00")))
    assert {c.rule: c.outcome for c in good} == {"projects.itemised": "holds"}


def test_a_text_without_labels_has_no_projects() -> None:
    assert read("第三部分 情况说明", "本年收入100.00万元，比上年增加5.00万元。") == []


def test_one_label_alone_is_no_description() -> None:
    assert read("项目名称：某项目", "", "第四部分 名词解释") == []


# --- properties ---------------------------------------------------------------------------------

_AMOUNT = st.integers(1, 999_999).map(lambda cents: Decimal(cents).scaleb(-2))
_NAMES = ["慰问金", "取暖费", "交通费", "培训费", "医疗费", "住宿费"]


@given(
    amounts=st.lists(_AMOUNT, min_size=2, max_size=6),
    comma=st.sampled_from("、，；"),
    total=st.sampled_from(["共计", "合计", "总计"]),
)
def test_a_true_list_is_never_accused(amounts: list[Decimal], comma: str, total: str) -> None:
    items = comma.join(f"{n}{a}元" for n, a in zip(_NAMES, amounts, strict=False))
    project = one(f"补贴标准：{items}，{total}{sum(amounts)}元。", "资金来源：本级财政")
    assert outcomes(project, "projects.items") == ["holds"]
    (found,) = project.lists
    assert [item_name(q) for q in found.items] == _NAMES[: len(amounts)]


@given(
    amounts=st.lists(_AMOUNT, min_size=2, max_size=6),
    off=st.integers(10, 9_999).map(lambda cents: Decimal(cents).scaleb(-2)),
)
def test_a_list_off_by_more_than_rounding_is_reported(amounts: list[Decimal], off: Decimal) -> None:
    items = "、".join(f"{n}{a}元" for n, a in zip(_NAMES, amounts, strict=False))
    project = one(f"补贴标准：{items}，共计{sum(amounts) + off}元。", "资金来源：本级财政")
    assert outcomes(project, "projects.items") == ["violated"]
