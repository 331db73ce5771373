"""What a careful reader marks in names, lists and missing rows, and what such a reader lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

import budgetkit

TABLE = """
# 某局2026年部门预算公开

## 部门支出总体情况表

单位：万元

| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 总计 | 30.00 | 20.00 | 10.00 |
| 208 | 社会保障和就业支出 | 18.00 | 12.00 | 6.00 |
| 20801 | 人力资源和社会保障管理事务 | 18.00 | 12.00 | 6.00 |
| 2080101 | 行政运行 | 12.00 | 12.00 |  |
| 2080102 | 一般行政管理事务 | 6.00 |  | 6.00 |
| 210 | 卫生健康支出 | 12.00 | 8.00 | 4.00 |
| 21011 | 行政事业单位医疗 | 12.00 | 8.00 | 4.00 |
| 2101101 | 行政单位医疗 | 8.00 | 8.00 |  |
| 2101102 | 事业单位医疗 | 4.00 |  | 4.00 |
"""
PROJECTS = """
## 一般公共预算项目支出情况表

单位：万元

| 科目编码 | 科目名称 | 项目名称 | 项目支出 |
| 合计 |  |  | 6.00 |
| 2080102 | 一般行政管理事务 | {name} | 6.00 |
"""


def found(tmp_path: Path, text: str, rule: str) -> list[str]:
    path = tmp_path / "some.md"
    path.write_text(text + "\n第四部分 名词解释\n", encoding="utf-8")
    result = budgetkit.check(budgetkit.read(path))
    return [finding.message for finding in result.finding_list if finding.rule == rule]


@pytest.mark.parametrize(
    ("printed", "said", "marked"),
    [
        ("市级统计普查中心建设", "市级统计监测中心建设", False),  # 监测 and 普查: two words
        ("市级公共海迅基地建设", "市级公共实训基地建设", True),  # 海迅 stands nowhere else
        ("对社会保险基金的补助", "对社会保障基金的补助", False),
    ],
)
def test_two_names_made_of_words_of_the_document_are_no_slip(
    tmp_path: Path, printed: str, said: str, marked: bool
) -> None:
    other = "全市普查工作由本局开展，监测工作同步推进，社会保险和社会保障经办有序。"
    text = (
        TABLE + PROJECTS.format(name=printed) + f"\n第三部分 说明\n\n{other}\n\n安排{said}经费。\n"
    )
    assert bool(found(tmp_path, text, "wording.name")) is marked


@pytest.mark.parametrize(
    ("sentence", "marked"),
    [
        ("本局下设3个直属单位，分别是甲馆、乙馆。", True),
        ("本局下设3个直属单位，分别是甲馆、乙馆、丙馆。", False),
        # Names in brackets, and what is said of each name, are no names of their own.
        ("本局下设2个直属单位，分别是甲馆（甲一中心、甲二中心）、乙馆。", False),
        ("本局下设2个直属单位，分别是：甲馆，属全额单位；乙馆，属差额单位。", False),
        ("本局设11个处室，分别为：办公室、综合一处至综合九处、法规处。", False),
        ("本局下设1个事业单位为甲馆，处级建制，经费来源为财政拨款。", False),
        ("本局下设9个直属单位，分别是甲馆、乙馆", False),  # the line breaks off
    ],
)
def test_a_list_is_counted_only_where_it_is_plain_and_whole(
    tmp_path: Path, sentence: str, marked: bool
) -> None:
    text = TABLE + f"\n第一部分 概况\n\n{sentence}\n"
    assert bool(found(tmp_path, text, "narrative.listed_names")) is marked


def test_pieces_of_codes_and_names_are_not_two_names_of_one_code(tmp_path: Path) -> None:
    again = TABLE.replace("支出总体", "支出").replace("# 某局2026年部门预算公开\n", "")
    cut = again.replace("人力资源和社会保障管理事务", "社会保障管理事务")
    assert not found(tmp_path, TABLE + cut, "wording.code_name")
    other = again.replace("人力资源和社会保障管理事务", "人力资源事务")
    assert found(tmp_path, TABLE + other, "wording.code_name")
    joined = again.replace("| 2080101 | 行政运行 |", "| 2080101 | 行政运行50101-工资 |")
    assert not found(tmp_path, TABLE + joined, "wording.code_name")


def test_a_total_that_stands_anywhere_in_the_table_is_not_missing(tmp_path: Path) -> None:
    without = TABLE.replace("|  | 总计 | 30.00 | 20.00 | 10.00 |\n", "")
    heading = without.replace("| 合计 |", "| 金额 |")
    assert [m for m in found(tmp_path, heading, "structure.missing_row") if "total" in m]
    assert not found(tmp_path, TABLE, "structure.missing_row")


def test_a_list_that_goes_on_in_the_next_table_has_lost_no_row(tmp_path: Path) -> None:
    heading = "| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出 | 项目支出 |\n"
    tail = (
        "| 2101101 | 行政单位医疗 | 8.00 | 8.00 |  |\n| 2101102 | 事业单位医疗 | 4.00 |  | 4.00 |\n"
    )
    more = (
        "| 221 | 住房保障支出 | 5.00 | 5.00 |  |\n"
        "| 22102 | 住房改革支出 | 5.00 | 5.00 |  |\n"
        "| 2210201 | 住房公积金 | 5.00 | 5.00 |  |\n"
    )
    second = "\n## {}\n\n单位：万元\n\n" + heading + tail + more
    first = TABLE.replace(tail, "")
    apart = found(
        tmp_path, first + second.format("一般公共预算支出情况表"), "structure.missing_row"
    )
    assert any("21011 above" in message for message in apart)
    one = found(tmp_path, first + second.format("部门支出总体情况表"), "structure.missing_row")
    assert not any("21011 above" in message for message in one)


def test_items_with_their_parts_below_them_need_no_total(tmp_path: Path) -> None:
    title = "\n## 财政拨款“三公”经费支出情况表\n\n单位：万元\n\n"
    text = title + (
        "| 项目 | 合计 | 一般公共预算 |\n| 行政经费 | 30.00 | 30.00 |\n| 三公经费 | 9.00 | 9.00 |\n"
        "| 其中：（一）因公出国（境）费 | 4.00 | 4.00 |\n| （二）公务接待费 | 5.00 | 5.00 |\n"
    )
    assert not found(tmp_path, TABLE + text, "structure.missing_row")
