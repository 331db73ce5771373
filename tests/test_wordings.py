"""Changes, codes and lists in the words of other places: what they state, and what they sum to."""

from pathlib import Path

import pytest

from budgetkit.disclosure import Disclosure
from tests.narratives import inconsistent, outcomes, read


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
