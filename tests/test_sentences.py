"""Sentences as other places print them, and as bad copies leave them: read, or listed as not read."""

from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.reconciliation import Reconciliation

TABLE = """## 部门支出总体情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 1,234.50 | 1,000.00 | 234.50 |
| 208 | 社会保障和就业支出 | 1,234.50 | 1,000.00 | 234.50 |
"""
HEAD = "### 三、关于某局2026年支出预算情况说明"


def read(tmp_path: Path, *paragraphs: str, table: str = TABLE) -> tuple[Disclosure, Reconciliation]:
    path = tmp_path / "document.md"
    body = "\n\n".join(
        ["# 某局2026年部门预算公开", table, HEAD, *paragraphs, "## 第四部分 名词解释"]
    )
    path.write_text(body + "\n", encoding="utf-8")
    disclosure = budgetkit.read(path)
    return disclosure, budgetkit.check(disclosure)


def claims(disclosure: Disclosure) -> list[tuple[str, Decimal, str, str]]:
    return [(c.kind, c.number.value, c.number.unit, c.direction) for c in disclosure.claim_list]


def inconsistent(result: Reconciliation) -> list[str]:
    return [f.message for f in result.finding_list if f.level == "inconsistent"]


def outcomes(result: Reconciliation, rule: str) -> list[str]:
    return [check.outcome for check in result.check_list if check.rule == rule]


def accounted(disclosure: Disclosure, text: str) -> bool:
    """Whether a number stands in the ledger, or is listed as set aside or unread."""
    listed = [*disclosure.set_aside, *disclosure.leftovers]
    return text in {n.text for n in disclosure.ledger} | {aside.text for aside in listed}


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


@pytest.mark.parametrize(
    ("words", "direction", "base_year"),
    [
        ("与上年持平", "flat", 2025),
        ("同比无增减变化", "flat", 2025),
        ("与2025年预算数一致", "flat", 2025),
        ("与2026年年初预算数相比，无变化", "flat", 2026),
        ("与上年基本持平", "", None),
        ("与本部门职责一致", "", None),
        ("增加0.50万元", "", None),
    ],
)
def test_what_has_not_changed_is_flat(
    tmp_path: Path, words: str, direction: str, base_year: int | None
) -> None:
    (claim, *_) = read(tmp_path, f"2026年公务接待费3.00万元，{words}，主要原因是厉行节约。")[
        0
    ].claim_list
    assert (claim.direction, claim.base_year) == (direction, base_year)


def test_all_amounts_of_a_sentence_may_be_flat_at_once(tmp_path: Path) -> None:
    text = (
        "2026年公务接待费3.00万元，因公出国（境）费1.00万元，均与上年持平。公务用车购置费2.00万元。"
    )
    read_well = read(tmp_path, text)[0]
    assert [c.direction for c in read_well.claim_list] == ["flat", "flat", ""]


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ("补助标准为每人每月500元", "standard"),
        ("补助标准为500元/人", "standard"),
        ("共有车辆3辆", "asset"),
        ("办公用房面积1,200平方米", "asset"),
        ("公务接待12批次", "count"),
        ("补助资金500元", "amount"),
    ],
)
def test_things_owned_and_amounts_for_each_person_are_kinds_of_their_own(
    tmp_path: Path, printed: str, kind: str
) -> None:
    assert [c.kind for c in read(tmp_path, f"本单位{printed}。")[0].claim_list] == [kind]


def test_a_change_is_the_sum_of_the_changes_given_as_its_reason(tmp_path: Path) -> None:
    text = (
        "2026年支出预算10.00万元，其中：基本支出6.00万元，项目支出4.00万元；支出比2025年增加3.00万元，"
        "主要是基本支出增加{}万元，项目支出{}万元。"
    )
    for parts, outcome in {
        ("2.00", "增加1.00"): "holds",
        ("4.00", "减少1.00"): "holds",
        ("1.00", "增加1.00"): "violated",
        ("4.00", "增加1.00"): "not_checkable",
    }.items():
        _, result = read(tmp_path, text.format(*parts))
        assert outcomes(result, "narrative.part_changes") == [outcome], parts


def test_reasons_that_need_not_be_all_are_no_sum(tmp_path: Path) -> None:
    text = "2026年支出预算10.00万元，比上年增加3.00万元，主要是基本支出增加1.00万元。"
    _, result = read(tmp_path, text)
    (check,) = [c for c in result.check_list if c.rule == "narrative.part_changes"]
    assert check.outcome == "not_checkable"
    assert "need not be all" in check.reason


def test_a_rate_is_compared_with_what_its_change_is_compared_with(tmp_path: Path) -> None:
    text = "2026年支出预算10.00万元，与2026年年初预算相比，增加2.00万元，增长25.00%。"
    assert [c.base_year for c in read(tmp_path, text)[0].claim_list] == [None, 2026, 2026]


TRAINING = """## 部门支出总体情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 15.00 | 15.00 |  |
| 201 | 一般公共服务支出 | 3.00 | 3.00 |  |
| 20113 | 商贸事务 | 3.00 | 3.00 |  |
| 2011301 | 行政运行 | 3.00 | 3.00 |  |
| 205 | 教育支出 | 12.00 | 12.00 |  |
| 20508 | 进修及培训 | 12.00 | 12.00 |  |
| 2050803 | 培训支出 | 12.00 | 12.00 |  |
"""


@pytest.mark.parametrize(
    "subject",
    [
        "2050803-培训支出",
        "1.2050803-培训支出",
        "（二）2050803—培训支出",
        "培训支出（2050803）",
        "[2050803]培训支出",
        "205（类）08（款）03（项）培训支出",
        "205类08款03项培训支出",
        "1.205（类）08（款）03（项）培训支出",
        "教育支出（205类）进修及培训（08款）培训支出（03项）",
        "教育支出（205）进修及培训（08）培训支出（03）",
        "（205）教育支出（08）进修及培训（03）培训支出",
        "教育支出（类）进修及培训（款）培训支出（项）",
        "教育（类）进修及培训（款）培训支出（项）2026年预算数为",
        "教育支出-进修及培训-培训支出",
    ],
)
def test_a_code_and_a_path_name_the_row_of_a_table(tmp_path: Path, subject: str) -> None:
    read_well, result = read(tmp_path, f"{subject}12.00万元。", table=TRAINING)
    assert [c.facts.get("function") for c in read_well.claim_list] == ["2050803"]
    assert outcomes(result, "narrative.same_quantity") == ["holds"]
    _, result = read(tmp_path, f"{subject}12.50万元。", table=TRAINING)
    assert outcomes(result, "narrative.same_quantity") == ["violated"]


def test_items_that_are_counted_are_no_pieces_of_a_code(tmp_path: Path) -> None:
    text = "本单位205类设备，重点任务12项。"
    assert [c.number.text for c in read(tmp_path, text)[0].claim_list] == ["205", "12"]


def lists(disclosure: Disclosure) -> list[tuple[str, list[str]]]:
    """The lists of the text: the whole as printed, and its parts."""
    return [
        (found.whole.number.text, [part.number.text for part in found.parts])
        for found in disclosure.narrative.lists
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "2026年财政拨款收支总预算9.00万元。收入包括：一般公共预算拨款9.00万元。"
            "支出包括：教育支出7.00万元、住房保障支出2.00万元。",
            [("9.00", ["9.00"]), ("9.00", ["7.00", "2.00"])],
        ),
        (
            "2026年“三公”经费预算为20.00万元，实际支出决算为9.00万元。其中公务接待费为7.00万元；公务用车运行维护费为2.00万元。",
            [("9.00", ["7.00", "2.00"])],
        ),
        (
            "2026年“三公”经费支出9.00万元。分项情况是：因公出国（境）费2.00万元；公务用车购置及运行费7.00万元，"
            "其中：公务用车购置费3.00万元；公务用车运行费4.00万元。",
            [("9.00", ["2.00", "7.00"]), ("7.00", ["3.00", "4.00"])],
        ),
        (
            "2026年“三公”经费支出9.00万元。其中，因公出国（境）费没有，原因是减少开支；"
            "公务接待费2.00万元；公务用车购置及运行费7.00万元。",
            [("9.00", ["2.00", "7.00"])],
        ),
        (
            "2026年政府采购预算9.00万元，其中：政府集中采购2.00万元，主要原因是设备更新。分散采购7.00万元。",
            [("9.00", ["2.00", "7.00"])],
        ),
        (
            "2026年政府采购预算9.00万元，其中：政府集中采购2.00万元，主要原因是设备更新。分散采购6.00万元。",
            [("9.00", ["2.00"])],
        ),
    ],
)
def test_lists_are_read_as_other_places_word_them(
    tmp_path: Path, text: str, expected: list[tuple[str, list[str]]]
) -> None:
    assert lists(read(tmp_path, text)[0]) == expected


def test_the_lines_below_list_the_total_that_says_so(tmp_path: Path) -> None:
    text = (
        "2026年支出预算9.00万元，其中本年支出7.00万元，比上年减少1.00万元，下降12.5%。支出具体情况如下。\n\n"
        "1.教育支出7.00万元，主要原因：一是人员减少；二是下拨补助5.00万元；三是压减经费。\n\n"
        "2.住房保障支出2.00万元。"
    )
    read_well, result = read(tmp_path, text, table="")
    assert ("9.00", ["7.00", "2.00"]) in lists(read_well)
    assert inconsistent(result) == []


def test_a_paragraph_on_one_item_heads_no_list_of_the_others(tmp_path: Path) -> None:
    text = "公务接待费9.00万元。具体情况如下：\n\n1.因公出国（境）费20.00万元。\n\n2.公务用车购置费30.00万元。"
    assert lists(read(tmp_path, text)[0]) == []


def test_a_section_that_splits_its_total_once_more_is_checked(tmp_path: Path) -> None:
    text = (
        "### 四、政府采购情况\n\n2026年政府采购预算9.00万元。\n\n"
        "按资金类型划分，一般公共预算拨款7.00万元，单位资金2.00万元。"
    )
    assert lists(read(tmp_path, text)[0]) == [("9.00", ["7.00", "2.00"])]


def test_money_in_the_same_words_about_another_thing_is_no_repeat(tmp_path: Path) -> None:
    text = (
        "2026年基本支出预算90.00万元，比上年增加，主要原因是财政拨款增加{}万元。\n\n"
        "2026年{}预算80.00万元，比上年增加，主要原因是财政拨款增加5.00万元。"
    )
    for number, thing, expected in (
        ("7.00", "项目支出", []),
        ("7.00", "基本支出", ["violated"]),
        ("5.00", "基本支出", ["holds"]),
    ):
        _, result = read(tmp_path, text.format(number, thing), table="")
        assert outcomes(result, "narrative.repeated_clause") == expected, thing
