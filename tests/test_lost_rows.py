"""Rows that the rest of a document shows to be lost, and lists that are merely short."""

from pathlib import Path

import pytest

import budgetkit

CLASSES = ("一般公共服务", "外交", "国防", "公共安全", "教育", "科学技术")
NUMERALS = "一二三四五六"
COVER = "# 某局2026年部门预算公开\n\n"


def found(folder: Path, text: str, rule: str) -> list[str]:
    path = folder / "document.md"
    path.write_text(COVER + text + "\n第四部分 名词解释\n", encoding="utf-8")
    result = budgetkit.check(budgetkit.read(path))
    return [finding.message for finding in result.finding_list if finding.rule == rule]


def table(title: str, heading: str, *rows: str) -> str:
    return f"\n## {title}\n\n单位：万元\n\n" + "\n".join([heading, *rows]) + "\n"


@pytest.mark.parametrize(
    ("left_out", "marked"), [((), False), ((3,), True), ((1, 3), False), ((5,), False)]
)
def test_one_class_that_a_list_skips_is_missed_and_several_are_a_habit(
    tmp_path: Path, left_out: tuple[int, ...], marked: bool
) -> None:
    rows = [
        f"| {NUMERALS[i]}、{name}支出 | {'9.00' if i == 0 else '0.00'} |"
        for i, name in enumerate(CLASSES)
        if i not in left_out
    ]
    text = table("支出总表", "| 项目 | 金额 |", *rows, "| 支出合计 | 9.00 |")
    assert bool(found(tmp_path, text, "structure.missing_row")) is marked


UNITS = ("| 901 | 某局 | 9.00 | 9.00 |  |", "| 901001 | 某局机关 | 9.00 | 9.00 |  |")


def test_a_unit_is_missed_where_all_other_lists_print_it_over_its_parts(tmp_path: Path) -> None:
    heading = "| 单位编码 | 单位名称 | 合计 | 基本支出 | 项目支出 |"
    total = "|  | 合计 | 9.00 | 9.00 |  |"
    whole = [
        table(title, heading, total, *UNITS)
        for title in ("部门支出总表", "财政拨款支出表", "一般公共预算支出表")
    ]
    assert not found(tmp_path, "".join(whole), "structure.missing_row")
    cut = "".join([*whole[:2], whole[2].replace(UNITS[0] + "\n", "")])
    assert found(tmp_path, cut, "structure.missing_row")


def test_a_total_that_no_column_adds_up_to_is_asked_about(tmp_path: Path) -> None:
    heading = "| 合计 | 公务接待费 | 会议费 | 培训费 |"
    title = "“三公”经费、会议费、培训费支出表"
    right = table(title, heading, "| 37.10 | 4.20 | 11.70 | 21.20 |")
    assert not found(tmp_path, right, "structure.unclear_sum")
    wrong = right.replace("37.10", "31.70")
    assert found(tmp_path, wrong, "structure.unclear_sum")


def test_a_register_with_quantities_is_one_list_whose_amounts_add_up(tmp_path: Path) -> None:
    heading = "| 采购项目 | 数量 | 规格型号 | 预算金额 |"
    rows = ("| 合计 | 5 |  | 30.00 |", "| 台式计算机 | 3 | 甲型 | 18.00 |")
    text = table("政府采购预算表", heading, *rows, "| 打印设备 | 2 | 乙型 | 12.00 |")
    assert not found(tmp_path, text, "structure.unclear_sum")
    assert found(tmp_path, text.replace("12.00", "13.00"), "structure.unclear_sum")


def test_a_total_without_a_word_for_it_is_the_sum_of_basic_and_project(tmp_path: Path) -> None:
    heading = "| 科目编码 | 科目名称 | 财政拨款支出 | 基本支出 | 项目支出 |"
    rows = [
        f"| {code} | {name} | 9.00 | 5.00 | 4.00 |"
        for code, name in (
            ("205", "教育支出"),
            ("20502", "普通教育"),
            ("2050202", "小学教育"),
            ("206", "科学技术支出"),
            ("20602", "基础研究"),
            ("2060201", "机构运行"),
        )
    ]
    text = table("财政拨款支出表", heading, *rows, "| 合计 |  | 18.00 | 10.00 | 8.00 |")
    assert not found(tmp_path, text, "structure.row_total")
    wrong = text.replace("小学教育 | 9.00 | 5.00 | 4.00", "小学教育 | 9.00 |  | 5.00")
    assert found(tmp_path, wrong, "structure.row_total")
