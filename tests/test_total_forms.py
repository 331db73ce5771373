"""Totals are found under the headings that other places print, and only where they are printed."""

from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.schemas import amount_names
from budgetkit.totals import total_records

HEAD = "# 某市某某局2026年部门预算公开\n\n"


def read(tmp_path: Path, text: str) -> Disclosure:
    path = tmp_path / "made.md"
    path.write_text(text, encoding="utf-8")
    return budgetkit.read(path)


def totals_of(disclosure: Disclosure, year: int | None = 2026) -> dict[str, Decimal]:
    return {
        row["quantity"]: row["value"]
        for row in total_records(disclosure)
        if row["value_year"] == year and not row["implied"]
    }


THREE_AND_AGENCY = f"""{HEAD}## 2026年部门“三公”经费和机关运行经费预算表

单位：万元

| {{year}}“三公”经费预算数 |  |  |  |  |  | {{year}}机关运行经费预算数 |
| 合计 | 因公出国(境)费 | 公务接待费 | 公务用车购置及运行费 |  |  |  |
|  |  |  | 小计 | 购置费 | 运行费 |  |
| 41.00 | 3.00 | 2.00 | 36.00 | 15.00 | 21.00 | 64.00 |
"""


@pytest.mark.parametrize("year", ["", "2026年"])
def test_three_public_expenses_beside_operating_costs_have_their_names(
    tmp_path: Path, year: str
) -> None:
    disclosure = read(tmp_path, THREE_AND_AGENCY.format(year=year))
    assert totals_of(disclosure) == {
        "three_public": 410_000,
        "travel_abroad": 30_000,
        "receptions": 20_000,
        "vehicles": 360_000,
        "vehicle_purchase": 150_000,
        "vehicle_running": 210_000,
        "agency_operating_costs": 640_000,
    }
    names = amount_names(disclosure.budget_tables[0].columns)
    assert not any(name.startswith("column") for name in names.values())


def test_a_purchase_that_is_none_of_vehicles_is_no_purchase_of_vehicles(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## 财政拨款“三公”经费支出情况表\n\n单位：万元\n\n"
        "| 项目 | 购置费 | 运行费 |\n| 办公设备 | 7.00 | 5.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert not {"vehicle_purchase", "vehicle_running"} & found.keys()


def test_rows_below_the_vehicles_say_what_they_are_in_short(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## 财政拨款“三公”经费支出情况表\n\n单位：万元\n\n"
        "| 项目 | 预算 |\n| “三公”经费 | 9.00 |\n| 1.公务接待费 | 1.00 |\n"
        "| 2.公务用车购置及运行费 | 8.00 |\n| 其中：购置费 | 5.00 |\n| 运行费 | 3.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert found["three_public"] == 90_000
    assert found["vehicle_purchase"] == 50_000


def test_a_heading_cut_into_lines_is_one_heading(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## 一般公共预算“三公”经费、会议费、培训费支出预算表\n\n单位：万元\n\n"
        "| 合计 | “三公”经费 | 因公出国 | 公务接 | 会议费 | 培训费 |\n"
        "|  |  | （境）费 | 待费 |  |  |\n"
        "| 9.00 | 4.00 | 3.00 | 1.00 | 2.00 | 3.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert (found["travel_abroad"], found["receptions"]) == (30_000, 10_000)
    assert found["three_public"] == 40_000


YEARS = """{head}## 一般公共预算“三公”经费支出表

单位：万元

| 单位名称 | 2025年 |  |  | 2026年 |  |  |
|  | 合计 | 因公出国（境）费 | 公务接待费 | 合计 | 因公出国（境）费 | 公务接待费 |
| 合计 | 9.00 | 3.00 | 6.00 | 7.00 | 2.00 | 5.00 |
| 某某局机关 | 5.00 | 1.00 | 4.00 | 4.00 | 1.00 | 3.00 |
| 某某中心 | 4.00 | 2.00 | 2.00 | 3.00 | 1.00 | 2.00 |
"""


def test_columns_headed_by_a_year_are_of_that_year(tmp_path: Path) -> None:
    disclosure = read(tmp_path, YEARS.format(head=HEAD))
    three = {"three_public", "travel_abroad", "receptions"}
    assert {k: totals_of(disclosure)[k] for k in three} == {
        "three_public": 70_000,
        "travel_abroad": 20_000,
        "receptions": 50_000,
    }
    assert totals_of(disclosure, 2025)["three_public"] == 90_000


def test_of_columns_of_several_years_none_is_taken_where_the_year_is_unknown(
    tmp_path: Path,
) -> None:
    found = total_records(read(tmp_path, YEARS.format(head="# 部门预算公开\n\n")))
    assert "three_public" not in {row["quantity"] for row in found}


def test_a_column_headed_budget_holds_the_totals_of_its_table(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## 一般公共预算基本支出情况表\n\n单位：万元\n\n"
        "| 科目编码 | 科目名称 | 预算 |\n|  | 合计 | 12.00 |\n| 301 | 工资福利支出 | 8.00 |\n"
        "| 302 | 商品和服务支出 | 4.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert found["general_public_basic"] == 120_000
    assert (found["wages"], found["goods_and_services"]) == (80_000, 40_000)


def test_a_sentence_on_budgeted_money_states_no_total(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## 部门收支总体情况表\n\n单位：万元\n\n| 收入 | | 支出 | |\n"
        "| 项目 | 预算 | 项目 | 预算 |\n| 一、财政拨款 | 50.00 | 一、教育支出 | 50.00 |\n"
        "| 收入总计 | 50.00 | 支出总计 | 50.00 |\n\n"
        "全面实施绩效目标管理，涉及项目3个，预算资金20.00万元，其中财政拨款20.00万元。\n"
    )
    assert budgetkit.check(read(tmp_path, text)).findings.empty


PREVIOUS = f"""{HEAD}## 财政拨款“三公”经费支出情况表

单位：万元

| 项目 | 预算 |
| 合计 | 26.00 |
| 因公出国（境）费 | 1.00 |
| 公务用车购置及运行维护费 | 24.00 |
| 公务接待费 | 1.00 |

2026年“三公”经费预算26.00万元，比上年减少25.00万元。其中：因公出国（境）费1.00万元，比上年增加1.00万元；公务用车运行维护费24.00万元，
比上年减少6.00万元；公务接待费1.00万元，比上年减少1.00万元。
"""


def test_a_part_that_is_nothing_this_year_may_have_been_something_before(tmp_path: Path) -> None:
    """The text says nothing of 19.00 for vehicles bought last year: its parts are not all parts."""
    disclosure = read(tmp_path, PREVIOUS)
    assert budgetkit.check(disclosure).findings.empty
    [before] = [r for r in total_records(disclosure) if r["quantity"] == "three_public"
                and r["implied"]]  # fmt: skip
    assert before["value"] == 510_000


def test_no_total_of_last_year_is_made_of_parts_that_are_not_all(tmp_path: Path) -> None:
    text = PREVIOUS.replace("2026年“三公”经费预算26.00万元，比上年减少25.00万元。其中：", "2026年")
    found = [r["quantity"] for r in total_records(read(tmp_path, text)) if r["implied"]]
    assert "receptions" in found and "three_public" not in found


def test_parts_that_are_all_parts_must_give_last_years_total(tmp_path: Path) -> None:
    text = PREVIOUS.replace("公务用车运行维护费24", "公务用车购置及运行维护费24")
    rules = budgetkit.check(read(tmp_path, text)).findings["rule"].tolist()
    assert "narrative.previous_year" in rules


def test_expenditure_split_into_personnel_operating_and_special_business(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## 一般公共预算支出明细表（按功能分类科目）\n\n单位：元\n\n"
        "| 功能科目编码 | 功能科目名称 | 合计 | 人员经费支出 | 公用经费支出 | 专项业务经费支出 |\n"
        "|  | 合计 | 90.00 | 50.00 | 10.00 | 30.00 |\n"
        "| 201 | 一般公共服务支出 | 90.00 | 50.00 | 10.00 | 30.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert (found["personnel"], found["operating"]) == (50, 10)
    assert found["general_public_project"] == 30


def test_total_expenditure_counts_what_is_carried_forward_as_the_document_does(
    tmp_path: Path,
) -> None:
    text = (
        f"{HEAD}## 部门收支总体情况表\n\n单位：万元\n\n| 收入 | | 支出 | |\n"
        "| 项目 | 预算数 | 项目 | 预算数 |\n| 一、财政拨款收入 | 50.00 | 一、教育支出 | 45.00 |\n"
        "| 本年收入合计 | 50.00 | 本年支出合计 | 45.00 |\n"
        "| 上年结转 | 2.00 | 年末结转和结余 | 7.00 |\n| 收入总计 | 52.00 | 支出总计 | 52.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert (found["income"], found["expenditure"]) == (520_000, 520_000)


def test_a_unit_cut_into_two_rows_is_no_heading(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## “三公”经费支出预算表\n\n"
        "|  |  |  | 单位：万 |\n| 部门名称：某市某某局 |  |  | 元 |\n"
        "| 合计 | 因公出国（境）费 | 公务用车购置及运行维护费 | 公务接待费 |\n"
        "| 9.00 | 3.00 | 4.00 | 2.00 |\n"
    )
    disclosure = read(tmp_path, text)
    [table] = disclosure.budget_tables
    assert (table.unit, disclosure.department) == ("万元", "某市某某局")
    assert next(column.heading for column in table.columns) == "合计"
    assert totals_of(disclosure)["three_public"] == 90_000


def test_a_balance_that_lists_personnel_and_operating_together_states_basic_expenditure(
    tmp_path: Path,
) -> None:
    text = (
        f"{HEAD}## 部门收支总体情况表\n\n单位：万元\n\n| 收入 | | 支出 | |\n"
        "| 项目 | 预算数 | 支出经济分类科目 | 预算数 |\n"
        "| 一、部门预算 | 50.00 | 一、部门预算 | 50.00 |\n"
        "| 1、财政拨款 | 50.00 | 1、人员经费和公用经费支出 | 30.00 |\n"
        "|  |  | (1)工资福利支出 | 20.00 |\n|  |  | (2)商品和服务支出 | 10.00 |\n"
        "|  |  | 2、专项业务经费支出 | 20.00 |\n"
        "| 本年收入合计 | 50.00 | 本年支出合计 | 50.00 |\n| 上年结转 | 1.00 |  |  |\n"
        "| 收入总计 | 51.00 | 支出总计 | 51.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert (found["basic"], found["project"]) == (300_000, 200_000)
    assert (found["income"], found["expenditure"]) == (510_000, 510_000)


@pytest.mark.parametrize("heading", ["机关运行经费支出", "金额"])
def test_a_table_of_operating_costs_states_their_total(tmp_path: Path, heading: str) -> None:
    text = (
        f"{HEAD}## 一般公共预算机关运行经费支出预算表\n\n单位：万元\n\n"
        f"| 科目编码 | 科目名称 | {heading} |\n|  | 合计 | 12.00 |\n"
        "| 302 | 商品和服务支出 | 12.00 |\n| 30201 | 办公费 | 12.00 |\n"
    )
    assert totals_of(read(tmp_path, text)) == {"agency_operating_costs": 120_000}


@pytest.mark.parametrize(
    "rows",
    [
        "| 项目 | 金额 |\n| 合计 | 30.00 |\n| 人员经费合计 | 20.00 |\n| 公用经费合计 | 10.00 |\n",
        "| 项目 | 金额 |\n| 合计 | 30.00 |\n| 人员经费（小计） | 20.00 |\n| 公用经费（小计） | 10.00 |\n",
        "| 项目 | 金额 |\n| 合计 | 30.00 |\n| 一、人员经费 | 20.00 |\n| 二、公用经费 | 10.00 |\n",
        "| 科目编码 | 科目名称 | 合计 | 人员类项目支出 | 公用经费项目支出 |\n"
        "|  | 合计 | 30.00 | 20.00 | 10.00 |\n",
        "| 科目编码 | 科目名称 | 合计 | 人员类 | 运转类（公用经费） |\n"
        "|  | 合计 | 30.00 | 20.00 | 10.00 |\n",
    ],
    ids=["totals", "bracketed", "numbered", "classes", "short classes"],
)
def test_personnel_and_operating_expenditure_are_found_in_each_form(
    tmp_path: Path, rows: str
) -> None:
    text = f"{HEAD}## 一般公共预算基本支出情况表\n\n单位：万元\n\n{rows}"
    found = totals_of(read(tmp_path, text))
    assert found == {
        "personnel": 200_000,
        "operating": 100_000,
        "general_public_basic": 300_000,
    }


def test_vehicles_in_short_are_vehicles(tmp_path: Path) -> None:
    text = (
        f"{HEAD}## “三公”经费预算表\n\n单位：万元\n\n| 项目 | 2026年预算数 |\n| 合计 | 8.00 |\n"
        "| 1.因公出国（境）经费 | 1.00 |\n| 2.公务接待费 | 2.00 |\n| 3.公务用车费 | 5.00 |\n"
        "| 其中：（1）公车运行维护费 | 3.00 |\n| （2）公车购置费 | 2.00 |\n"
    )
    found = totals_of(read(tmp_path, text))
    assert (found["vehicles"], found["vehicle_running"]) == (50_000, 30_000)
    assert found["vehicle_purchase"] == 20_000
