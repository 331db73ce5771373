"""Sentences as other places print them, and as bad copies leave them: read, or listed as not read."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.narratives import TABLE, accounted, claims, inconsistent, outcomes, read


def test_the_base_of_a_comparison_may_stand_in_the_sentence(tmp_path: Path) -> None:
    sentence = "2026年支出预算1,234.50万元，比2025年年初预算数1,134.50万元{}100.00万元，增长{}%。"
    read_well, result = read(tmp_path, sentence.format("增加", "8.81"))
    assert [c.kind for c in read_well.claim_list] == ["amount", "base", "change", "growth"]
    assert outcomes(result, "narrative.base_and_change") == ["holds"]
    assert outcomes(result, "narrative.growth") == ["holds"]
    _, result = read(tmp_path, sentence.format("增加", "8.10"))
    assert outcomes(result, "narrative.growth") == ["violated"]


def test_a_change_behind_the_last_item_may_belong_to_the_total(tmp_path: Path) -> None:
    sentence = (
        "2026年支出预算1,234.50万元，其中：基本支出1,000.00万元、项目支出234.50万元，"
        "较上年增加300.00万元，增长32.10%。"
    )
    disclosure, result = read(tmp_path, sentence)
    change = next(c for c in disclosure.claim_list if c.kind == "change")
    assert change.owner is not None
    assert change.owner.number.text == "1,234.50"
    assert inconsistent(result) == []


def test_an_amount_in_brackets_is_taken_apart_there(tmp_path: Path) -> None:
    sentence = (
        "2026年支出预算1,234.50万元，其中：基本支出1,000.00万元（人员经费900.00万元；公用经费{}万元。），"
        "比上年增加100.00万元，增长11.11%；项目支出234.50万元。"
    )
    _, result = read(tmp_path, sentence.format("100.00"))
    assert inconsistent(result) == []
    assert set(outcomes(result, "narrative.list_sum")) == {"holds"}
    _, result = read(tmp_path, sentence.format("110.00"))
    assert inconsistent(result)


def test_a_bare_zero_among_amounts_with_decimals_hides_no_slip(tmp_path: Path) -> None:
    sentence = (
        "2026年“三公”经费预算3.00万元，其中：因公出国（境）费0万元，"
        "公务用车购置及运行费2.00万元，公务接待费{}万元。"
    )
    _, result = read(tmp_path, sentence.format("1.00"))
    assert set(outcomes(result, "narrative.list_sum")) == {"holds"}
    _, result = read(tmp_path, sentence.format("1.50"))
    assert outcomes(result, "narrative.list_sum") == ["violated"]
    assert inconsistent(result)


def test_a_paragraph_may_name_its_subject_first(tmp_path: Path) -> None:
    first = "（一）基本支出。2026年预算数1,000.00万元，主要用于人员。"
    second = "（二）项目支出。2026年预算数{}万元。"
    _, result = read(tmp_path, first, second.format("234.50"))
    assert outcomes(result, "narrative.same_quantity") == ["holds", "holds"]
    _, result = read(tmp_path, first, second.format("243.50"))
    assert outcomes(result, "narrative.same_quantity") == ["holds", "violated"]


def test_one_off_in_the_last_place_is_asked_not_accused(tmp_path: Path) -> None:
    _, result = read(tmp_path, "2026年支出预算1,234.50万元，其中：基本支出1,000.00万元，占80.99%。")
    assert inconsistent(result) == []
    assert outcomes(result, "narrative.last_place") == ["violated"]


def test_numbers_with_spaces_between_their_digits_are_one(tmp_path: Path) -> None:
    disclosure, result = read(tmp_path, "2 0 2 6年某局支出预算 1 , 2 3 4 . 5 0万元。")
    assert [c.number.value for c in disclosure.claim_list] == [Decimal("1234.50")]
    assert outcomes(result, "narrative.same_quantity") == ["holds"]


@pytest.mark.parametrize("between", [["12"], ["- 12 -"], ["第 12 页"], []])
def test_a_sentence_cut_by_a_page_is_one_sentence(tmp_path: Path, between: list[str]) -> None:
    disclosure, result = read(
        tmp_path,
        "某局2026年支出预算1,234.50万元，比上年预算增加134.50万元，主要原因是人员增加，增长",
        *between,
        "12.23%，其中基本支出1,000.00万元。",
    )
    assert claims(disclosure)[:3] == [
        ("amount", Decimal("1234.50"), "万元", ""),
        ("change", Decimal("134.50"), "万元", "up"),
        ("growth", Decimal("12.23"), "%", "up"),
    ]
    assert outcomes(result, "narrative.growth") == ["holds"]
    if between:
        assert "page number" in {aside.reason for aside in disclosure.set_aside}


def test_full_width_digits_and_signs_are_the_same_sentence(tmp_path: Path) -> None:
    narrow = "依据某财发〔2025〕12号，支出预算1,234.50万元，占100.00%。"
    wide = "依据某财发〔２０２５〕１２号，支出预算１，２３４．５０万元，占１００．００％。"
    first, _ = read(tmp_path, narrow)
    second, result = read(tmp_path, wide)
    assert claims(first) == claims(second)
    assert len(claims(second)) == 2
    assert "document number" in {aside.reason for aside in second.set_aside}
    assert inconsistent(result) == []


def test_a_claim_about_a_table_that_is_missing_is_not_checkable(tmp_path: Path) -> None:
    sentence = "2026年政府性基金预算支出500.00万元，比上年增加20.00万元。"
    disclosure, result = read(tmp_path, sentence)
    assert accounted(disclosure, "500.00")
    number = next(n for n in disclosure.ledger if n.text == "500.00")
    assert result.status[number.id] == "unchecked"
    assert inconsistent(result) == []


def test_two_claims_that_contradict_each_other_are_shown_together(tmp_path: Path) -> None:
    _, result = read(
        tmp_path,
        "某局政府采购预算总额300.00万元。",
        "某局政府采购预算总额330.00万元。",
    )
    assert outcomes(result, "narrative.repeated") == ["violated"]
    (message,) = inconsistent(result)
    assert "300.00" in message
    assert "330.00" in message


@pytest.mark.parametrize("printed", ["-3.00", "－3.00", "(3.00)", "（3.00）"])
def test_a_negative_amount_in_a_table_is_negative(tmp_path: Path, printed: str) -> None:
    table = TABLE.replace("1,234.50", "997.00").replace("234.50", printed)
    disclosure, result = read(tmp_path, "某局2026年支出预算997.00万元。", table=table)
    found = [n.value for n in disclosure.ledger if n.text == printed]
    assert found == [Decimal("-3.00")] * 2
    assert inconsistent(result) == []


@pytest.mark.parametrize(
    ("printed", "value"), [("-3.00", "-3.00"), ("－3.00", "-3.00"), ("-3.00 ", "-3.00")]
)
def test_a_negative_amount_in_a_sentence_is_negative(
    tmp_path: Path, printed: str, value: str
) -> None:
    disclosure, result = read(tmp_path, f"基本支出1,000.00万元，比上年增加{printed}万元。")
    assert [c.number.value for c in disclosure.claim_list] == [Decimal("1000.00"), Decimal(value)]
    assert outcomes(result, "narrative.negative_change") == ["violated"]


def test_a_target_without_a_number_is_text_and_counts_as_none(tmp_path: Path) -> None:
    table = """## 项目支出绩效目标表

（2026年）

| 预算单位 | 某局 |
| 项目名称 | 机房维护 |
| 项目资金（万元） | 年度预算总额 | 3.00 | 其中：财政拨款 | 3.00 | 其他资金 | 0.00 |
| 项目总体目标 | 机房稳定运行。 |
| 一级指标 | 二级指标 | 三级指标 | 指标值 | 上年完成值 | 指标分值权重 |
| 产出指标 | 数量指标 | 维护机房数量（间） | ≥间 | 1间 | 50 |
| 效益指标 | 社会效益指标 | 运行稳定 |  | 稳定 | 50 |
"""
    disclosure, result = read(tmp_path, "项目支出3.00万元。", table=table)
    assert [target.value for target in disclosure.target_list] == [None, None]
    assert inconsistent(result) == []
    said = [problem.message for problem in disclosure.problems]
    assert len(said) == 2
    assert all("no readable target value" in message for message in said)


def test_an_amount_in_brackets_in_a_sentence_is_accounted_for(tmp_path: Path) -> None:
    disclosure, _ = read(tmp_path, "基本支出1,000.00万元，比上年增加(3.00)万元。")
    assert accounted(disclosure, "3.00") or accounted(disclosure, "(3.00)")


def test_a_reason_that_names_no_subject_repeats_nothing(tmp_path: Path) -> None:
    text = (
        "2026年收入预算1,000.00万元，主要原因是人员经费增加，比2025年增加{}万元。\n\n"
        "2026年支出预算1,000.00万元，主要原因是专项工作增加，比2025年增加{}万元。"
    )
    _, result = read(tmp_path, text.format("26.21", "66.60"))
    assert outcomes(result, "narrative.repeated_clause") == []


def test_a_change_goes_with_the_item_that_is_said_to_be_flat_before(tmp_path: Path) -> None:
    text = (
        "三公经费支出决算5.48万元，比上年增加1.55万元，增长39.4%。其中，公务用车运行维护费支出决算"
        "比预算无增减变化，比上年增加1.05万元，增长35.8%。"
    )
    _, result = read(tmp_path, text)
    assert inconsistent(result) == []
    _, result = read(tmp_path, text.replace("增长39.4%", "增长93.4%"))
    assert outcomes(result, "narrative.growth").count("violated") == 1


@pytest.mark.parametrize("base", ["比上年累计支出", "较去年同期支出", "比2025年支出"])
def test_what_was_spent_the_year_before_is_the_base_of_a_change(tmp_path: Path, base: str) -> None:
    text = f"2026年公务接待支出124.00万元，{base}148.00万元下降24.00万元，下降{{}}%。"
    read_well, result = read(tmp_path, text.format("16.22"))
    assert [c.kind for c in read_well.claim_list] == ["amount", "base", "change", "growth"]
    assert all(c.subject for c in read_well.claim_list)
    assert inconsistent(result) == []
    _, result = read(tmp_path, text.format("19.35"))
    assert outcomes(result, "narrative.growth") == ["violated"]


def test_an_excess_over_the_budget_is_a_change_against_the_same_year(tmp_path: Path) -> None:
    text = (
        "2026年支出决算1,741.75万元，决算数大于预算数55.93万元，主要原因是工资调整。其中：\n\n"
        "1.教育支出1,595.95万元。\n\n2.其他支出145.80万元。"
    )
    read_well, result = read(tmp_path, text)
    excess = read_well.claim_list[1]
    assert (excess.kind, excess.sign, excess.base_year) == ("change", 1, excess.year)
    assert inconsistent(result) == []


def test_wages_below_basic_and_below_project_expenditure_are_two_amounts(tmp_path: Path) -> None:
    text = (
        "1.基本支出预算100.00万元。其中：\n\n工资福利支出预算80.00万元。\n\n商品和服务支出预算20.00万元。\n\n"
        "2.项目支出50.00万元。其中：\n\n工资福利支出10.00万元。\n\n商品和服务支出40.00万元。"
    )
    read_well, result = read(tmp_path, text)
    assert outcomes(result, "narrative.repeated") == []
    natures = [c.facts.get("nature") for c in read_well.claim_list]
    assert natures == ["basic"] * 3 + ["project"] * 3
    assert outcomes(read(tmp_path, text.replace("20.00", "25.00"))[1], "narrative.list_sum") != [
        "holds",
        "holds",
    ]


@pytest.mark.parametrize(
    ("scope", "condition"),
    [("机关和所属事业单位", "institutions"), ("机关和参公事业单位", None), ("本级", None)],
)
def test_operating_costs_with_institutions_are_not_those_of_agencies(
    tmp_path: Path, scope: str, condition: str | None
) -> None:
    text = f"2026年{scope}机关运行经费财政拨款预算12.00万元。"
    (claim,) = read(tmp_path, text)[0].claim_list
    assert claim.facts["flow"] == "agency_operating_costs"
    assert claim.facts.get("scope") == condition


OPERATING = """## 一般公共预算支出情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 60.00 | 60.00 |  |
| 201 | 一般公共服务支出 | 60.00 | 60.00 |  |
| 20103 | 政府办公厅（室）及相关机构事务 | 60.00 | 60.00 |  |
| 2010301 | 行政运行 | {agencies} | {agencies} |  |
| {code} | {name} | {others} | {others} |  |

## 一般公共预算基本支出情况表

单位：万元

| 经济分类科目编码 | 经济分类科目名称 | 合计 | 人员经费 | 公用经费 |
|  | 总计 | 60.00 | 50.00 | 10.00 |
| 301 | 工资福利支出 | 50.00 | 50.00 |  |
| 302 | 商品和服务支出 | 10.00 |  | 10.00 |
"""


@pytest.mark.parametrize(
    ("agencies", "code", "name", "printed", "outcome"),
    [
        ("60.00", "2010350", "事业运行", "8.00", "violated"),
        ("40.00", "2010350", "事业运行", "8.00", "not_checkable"),
        ("40.00", "2010350", "事业运行", "10.00", "holds"),
        ("40.00", "2010306", "政务公开审批", "8.00", "violated"),
    ],
)
def test_operating_costs_are_asked_of_tables_of_agencies_alone(
    tmp_path: Path, agencies: str, code: str, name: str, printed: str, outcome: str
) -> None:
    others = "0.00" if agencies == "60.00" else "20.00"
    table = OPERATING.format(agencies=agencies, code=code, name=name, others=others)
    _, result = read(tmp_path, f"2026年机关运行经费财政拨款预算{printed}万元。", table=table)
    assert outcomes(result, "narrative.agency_operating_costs") == [outcome]
    (check,) = [c for c in result.check_list if c.rule == "narrative.agency_operating_costs"]
    assert ("no institutions" in check.reason) == (outcome == "not_checkable")


def test_operating_costs_are_not_asked_where_nothing_tells_the_kind_of_unit(
    tmp_path: Path,
) -> None:
    table = OPERATING.format(agencies="60.00", code="2010306", name="x", others="0.00")
    table = table.replace("2010301", "2010399").replace("行政运行", "其他支出")
    _, result = read(tmp_path, "2026年机关运行经费财政拨款预算8.00万元。", table=table)
    (check,) = [c for c in result.check_list if c.rule == "narrative.agency_operating_costs"]
    assert check.outcome == "not_checkable"
    assert check.reason.startswith("whether")
