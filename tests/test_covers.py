"""Covers and tables of contents: what a document is called, and numbers that are no values."""

from pathlib import Path

import pytest

import budgetkit
from budgetkit.blocks import Aside, Block, Paragraph, Passage
from budgetkit.covers import read_cover, trim_department

TEXT = """2026年度

某市某局

部门预算

目　录

第一部分 部门概况....................1

第二部分 2026年度部门预算表..........7

第二部分 2026年度部门预算表

一、部门支出总体情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 3.00 | 2.00 | 1.00 |
| 208 | 社会保障和就业支出 | 3.00 | 2.00 | 1.00 |

第四部分 名词解释
"""


def test_a_cover_in_three_lines_is_the_title_and_contents_hold_no_values(tmp_path: Path) -> None:
    path = tmp_path / "cover.md"
    path.write_text(TEXT, encoding="utf-8")
    read = budgetkit.read(path)
    assert read.title == "2026年度某市某局部门预算"
    assert read.year == 2026
    assert read.department == "某市某局"
    assert [number.text for number in read.ledger if number.part == "prose"] == []
    assert {a.text for a in read.set_aside if a.reason == "page number"} == {"1", "7"}


def paragraphs(*lines: str) -> list[Block]:
    return [Paragraph(Passage(line)) for line in lines]


@pytest.mark.parametrize(
    ("lines", "department"),
    [
        (["某市某局2026年度部门预算信息公开", "目录"], "某市某局"),
        (["2026年度", "某市某局（本级）", "单位预算"], "某市某局(本级)"),
        (["中共某市委某部", "2026年部门预算情况说明"], "中共某市委某部"),
        (["某大学2024年度部门决算"], ""),
        (["某某大学2024年度部门决算"], "某某大学"),
        (["关于某市某局2026年部门综合预算的说明"], "某市某局"),
        (["某市2026年区级部门预算", "预算主管部门：某市某区某局"], "某市某区某局"),
        (["某市2026年市级单位预算"], ""),
        (["某市某局2026年部门预算", "单位：万元"], "某市某局"),
    ],
)
def test_the_department_is_read_from_the_cover(lines: list[str], department: str) -> None:
    """From a labelled line or from the title; a place alone is nobody's name."""
    assert read_cover(paragraphs(*lines)).department == department


def test_a_running_title_stands_in_for_a_cover() -> None:
    heads = [Aside("3", "page number"), Aside("某市某局2025年度部门决算", "running head")]
    cover = read_cover(paragraphs("收入决算表"), heads)
    assert (cover.title, cover.year, cover.kind) == (heads[1].text, 2025, "final_accounts")
    assert cover.department == "某市某局"


def test_form_fields_behind_a_department_are_no_part_of_its_name() -> None:
    printed = "某市某局(汇总)保密审查情况:已审查部门主要负责人审签情况:已审签"
    nameless = read_cover(paragraphs("第一部分 概况"))
    assert trim_department(printed, nameless) == "某市某局(汇总)"
    named = read_cover(paragraphs("某市某局（汇总）2026年部门预算"))
    assert trim_department("某市某局(汇总)另有说明:无", named) == "某市某局(汇总)"


TABLES = """{first}收支总体情况表

单位：万元

| 收入 |  | 支出 |  |
| 项目 | 预算数 | 项目 | 预算数 |
| 一、财政拨款收入 | 50.00 | 一、教育支出 | 50.00 |
| 收入总计 | 50.00 | 支出总计 | 50.00 |

{second}支出总体情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 50.00 | 20.00 | 30.00 |
| 205 | 教育支出 | 50.00 | 20.00 | 30.00 |
"""


@pytest.mark.parametrize(
    ("first", "second", "year", "kind"),
    [
        ("2026年部门", "部门", 2026, "budget"),
        ("2026年度部门", "2026年度部门", 2026, "budget"),
        ("2024年度部门决算", "部门决算", 2024, "final_accounts"),
        ("2026年部门", "2025年部门", None, "budget"),
        ("部门", "部门", None, "budget"),
    ],
)
def test_tables_without_a_cover_say_year_and_kind_in_their_titles(
    tmp_path: Path, first: str, second: str, year: int | None, kind: str
) -> None:
    path = tmp_path / "tables.md"
    path.write_text(TABLES.format(first=first, second=second), encoding="utf-8")
    read = budgetkit.read(path)
    assert (read.year, read.kind) == (year, kind)


def test_a_title_that_says_department_twice_names_it_once() -> None:
    title = paragraphs("某市某某局部门2026年度部门预算")
    assert read_cover(title).department == "某市某某局"


@pytest.mark.parametrize(
    ("year", "name", "found"),
    [
        ("（2026年度）", "某市某某局", (2026, "某市某某局")),
        ("（2026年度）", "某市", (2026, "")),
        ("", "某市某某局", (None, "某市某某局")),
    ],
)
def test_tables_without_a_cover_name_their_department_in_a_cell(
    tmp_path: Path, year: str, name: str, found: tuple[int | None, str]
) -> None:
    text = TABLES.format(first="部门", second="部门")
    text += (
        f"\n部门整体支出绩效目标表\n\n| {year} |  |  |\n| 部门名称 | {name} |  |\n"
        "| 一级指标 | 二级指标 | 指标值 |\n| 产出指标 | 数量指标 | ≥5次 |\n"
    )
    path = tmp_path / "tables.md"
    path.write_text(text, encoding="utf-8")
    read = budgetkit.read(path)
    assert (read.year, read.department) == found
