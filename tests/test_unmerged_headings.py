"""Headings whose cells nobody merged over their columns, in workbooks and on web pages."""

import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.totals import total_records

Rows = Sequence[Sequence[str]]
TITLE = "某市某某局2026年部门预算公开"


def as_page(caption: str, rows: Rows) -> bytes:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f"<html><body><h1>{TITLE}</h1><p>{caption}</p><p>单位：万元</p><table>{body}</table>"
        "</body></html>"
    ).encode()


def as_workbook(caption: str, rows: Rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        amount = book.add_format({"num_format": "0.00"})
        for line, row in enumerate([[TITLE], [caption], ["单位：万元"], *rows]):
            for column, cell in enumerate(row):
                if "." in cell:
                    sheet.write_number(line, column, float(cell), amount)
                elif cell:
                    sheet.write_string(line, column, cell)
    return out.getvalue()


FORMATS = pytest.mark.parametrize(
    ("ending", "written"), [("html", as_page), ("xlsx", as_workbook)], ids=["page", "workbook"]
)
Written = Callable[[str, Rows], bytes]


def read(folder: Path, ending: str, data: bytes) -> Disclosure:
    path = folder / f"made.{ending}"
    path.write_bytes(data)
    return budgetkit.read(path)


def headings_of(disclosure: Disclosure) -> list[str]:
    [table] = disclosure.budget_tables
    return [column.heading for column in table.columns]


THREE = [
    ["合计", "因公出国（境）费", "公务用车购置及运行费", "", "", "公务接待费"],
    ["", "", "小计", "购置费", "运行费", ""],
    ["9.00", "3.00", "4.00", "1.00", "3.00", "2.00"],
]
DEEP = [
    ["科目编码", "科目名称", "合计", "财政拨款", "", "", "", ""],
    ["", "", "", "小计", "基本支出", "", "", "项目支出"],
    ["", "", "", "", "小计", "人员经费", "公用经费", ""],
    ["", "合计", "9.00", "9.00", "7.00", "3.00", "4.00", "2.00"],
    ["205", "教育支出", "9.00", "9.00", "7.00", "3.00", "4.00", "2.00"],
]
BALANCE = [
    ["收入", "", "支出", ""],
    ["项目", "预算数", "项目", "预算数"],
    ["一、财政拨款收入", "9.00", "一、教育支出", "9.00"],
    ["收入总计", "9.00", "支出总计", "9.00"],
]


@FORMATS
def test_a_heading_spreads_over_the_columns_that_the_row_below_names(
    tmp_path: Path, ending: str, written: Written
) -> None:
    disclosure = read(tmp_path, ending, written("财政拨款“三公”经费支出情况表", THREE))
    assert disclosure.problems == []
    found = {row["quantity"]: row["value"] for row in total_records(disclosure)}
    assert found == {
        "three_public": Decimal(90_000),
        "travel_abroad": 30_000,
        "vehicles": 40_000,
        "vehicle_purchase": 10_000,
        "vehicle_running": 30_000,
        "receptions": 20_000,
    }
    assert budgetkit.check(disclosure).findings.empty


@FORMATS
def test_headings_of_three_rows_nest(tmp_path: Path, ending: str, written: Written) -> None:
    disclosure = read(tmp_path, ending, written("部门支出总体情况表", DEEP))
    assert headings_of(disclosure)[3:] == [
        "财政拨款 / 小计",
        "财政拨款 / 基本支出 / 小计",
        "财政拨款 / 基本支出 / 人员经费",
        "财政拨款 / 基本支出 / 公用经费",
        "财政拨款 / 项目支出",
    ]
    assert disclosure.problems == []
    assert budgetkit.check(disclosure).findings.empty


@FORMATS
def test_lists_side_by_side_keep_their_headings(
    tmp_path: Path, ending: str, written: Written
) -> None:
    disclosure = read(tmp_path, ending, written("部门收支总体情况表", BALANCE))
    assert headings_of(disclosure) == [
        "收入 / 项目",
        "收入 / 预算数",
        "支出 / 项目",
        "支出 / 预算数",
    ]
    found = {row["quantity"]: row["value"] for row in total_records(disclosure)}
    assert (found["income"], found["expenditure"]) == (90_000, 90_000)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (["", "", "甲方", "乙方", ""], "words that no heading has"),
        (["", "", "", "公用经费", ""], "nothing below the group's own heading"),
        (["", "某某项目", "人员经费", "公用经费", ""], "a text outside of the group"),
        (["201", "", "小计", "公用经费", ""], "a code"),
        (["", "", "一、人员经费", "公用经费", ""], "a list number"),
    ],
)
def test_a_row_that_may_be_data_is_no_heading(tmp_path: Path, second: list[str], why: str) -> None:
    rows = [
        ["科目编码", "科目名称", "基本支出", "", "项目支出"],
        second,
        ["205", "教育支出", "3.00", "4.00", "2.00"],
    ]
    disclosure = read(tmp_path, "xlsx", as_workbook("部门支出总体情况表", rows))
    [table] = disclosure.budget_tables
    assert table.heading.rows == 1, why
    assert headings_of(disclosure)[2:] == ["基本支出", "", "项目支出"]


def test_blank_cells_beside_merged_ones_stay_blank(tmp_path: Path) -> None:
    data = as_page("部门支出总体情况表", [
        ["科目编码", "科目名称", "财政拨款", "基本支出", "", "项目支出"],
        ["", "", "", "小计", "公用经费", ""],
        ["205", "教育支出", "3.00", "3.00", "4.00", "2.00"],
    ])  # fmt: skip
    merged = data.replace("<td>科目编码".encode(), "<td rowspan=2>科目编码".encode())
    merged = merged.replace(b"<tr><td></td><td>", b"<tr><td>")
    assert read(tmp_path, "html", data).budget_tables[0].heading.rows == 2
    disclosure = read(tmp_path, "html", merged)
    assert "基本支出 / 公用经费" not in headings_of(disclosure)


def test_a_total_beside_a_column_without_heading_accuses_nobody(tmp_path: Path) -> None:
    """The column may be a part of it: whose heading spreads over it is not told."""
    rows = [
        ["科目编码", "科目名称", "合计", "基本支出", "", "项目支出"],
        ["", "", "", "甲方", "乙方", ""],
        ["", "合计", "9.00", "3.00", "4.00", "2.00"],
        ["205", "教育支出", "9.00", "3.00", "4.00", "2.00"],
    ]
    disclosure = read(tmp_path, "xlsx", as_workbook("部门支出总体情况表", rows))
    assert disclosure.problems
    assert not budgetkit.check(disclosure).inconsistent
