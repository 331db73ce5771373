"""Covers and tables of contents: what a document is called, and numbers that are no values."""

from pathlib import Path

import budgetkit

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
    assert [number.text for number in read.ledger if number.part == "prose"] == []
    assert {a.text for a in read.set_aside if a.reason == "page number"} == {"1", "7"}
