"""Tables and sentences as other templates print them; names and amounts are made up."""

from pathlib import Path

import pytest

import budgetkit
from budgetkit.reconciliation import Reconciliation

FINAL_ACCOUNTS = (Path(__file__).parent / "documents" / "final-accounts.md").read_text("utf-8")


def check(tmp_path: Path, text: str) -> Reconciliation:
    path = tmp_path / "made-up.md"
    path.write_text(text, encoding="utf-8")
    return budgetkit.check(budgetkit.read(path))


def accused(result: Reconciliation) -> list[str]:
    return [f.message for f in result.finding_list if f.level == "inconsistent"]


def test_the_national_template_of_final_accounts_is_recognised(tmp_path: Path) -> None:
    read = check(tmp_path, FINAL_ACCOUNTS).disclosure
    assert read.kind == "final_accounts"
    assert read.year == 2024
    assert [table.kind.id for table in read.budget_tables] == [
        "overall_balance",
        "income",
        "expenditure",
        "appropriation_balance",
        "general_budget_expenditure",
        "general_budget_basic",
        "three_public",
        "government_funds_balance",
    ]
    assert {table.department for table in read.budget_tables} == {"某市某局"}
    assert not read.leftovers


def test_true_final_accounts_are_confirmed_and_not_accused(tmp_path: Path) -> None:
    result = check(tmp_path, FINAL_ACCOUNTS)
    assert result.finding_list == []
    tables = [n for n in result.disclosure.ledger if n.part == "table"]
    assert len(tables) == 156
    assert all(result.status[number.id] == "confirmed" for number in tables)


@pytest.mark.parametrize(
    ("printed", "slip"),
    [
        # what is carried forward counts in the grand total and not in the year's
        ("| 年末结转和结余 | 59 | 70.00 |", "| 年末结转和结余 | 59 | 60.00 |"),
        # one list in two blocks side by side, with one total
        ("| 公用经费合计 |  |  |  |  | 100.00 |", "| 公用经费合计 |  |  |  |  | 110.00 |"),
        ("| 2010301 | 行政运行 | 700.00 | 450.00 |", "| 2010301 | 行政运行 | 700.00 | 540.00 |"),
        ("完成年初预算的106.88%", "完成年初预算的160.88%"),
        ("支出决算为9.50万元", "支出决算为5.90万元"),
    ],
)
def test_a_slip_in_final_accounts_is_found(tmp_path: Path, printed: str, slip: str) -> None:
    assert FINAL_ACCOUNTS.count(printed) == 1
    assert accused(check(tmp_path, FINAL_ACCOUNTS.replace(printed, slip)))


def test_units_over_units_and_projects_below_them_are_nested_by_their_sums(tmp_path: Path) -> None:
    text = """# 某市某局2026年部门预算公开

## 部门专项业务经费支出表

单位：元

| 单位编码 | 单位（项目）名称 | 项目金额 | 项目简介 |
| 合计 |  | 900.00 |  |
| 117 | 某市某局 | 900.00 |  |
| 117001 | 某市某局（本级） | 700.00 |  |
|  | 通用项目 | 300.00 |  |
|  | 培训 | 100.00 | 用于培训2次 |
|  | 会议 | 200.00 |  |
|  | 专用项目 | 400.00 |  |
|  | 审计 | 400.00 |  |
| 117002 | 某市某中心 | 200.00 |  |
|  | 专用项目 | 200.00 |  |
|  | 普查 | 200.00 |  |

第四部分 名词解释
"""
    result = check(tmp_path, text)
    assert accused(result) == []
    assert {result.status[n.id] for n in result.disclosure.ledger} == {"confirmed"}
    assert accused(
        check(
            tmp_path,
            text.replace("| 117002 | 某市某中心 | 200.00", "| 117002 | 某市某中心 | 210.00"),
        )
    )


def test_codes_whose_upper_parts_are_left_blank_are_those_of_the_row_above(tmp_path: Path) -> None:
    text = """# 某市某局2026年部门预算公开

## 支出总体情况表

单位：万元

| 科目编码 |  |  | 科目名称 | 合计 | 基本支出 | 项目支出 |
| 类 | 款 | 项 |  |  |  |  |
|  |  |  | 合计 | 30.00 | 10.00 | 20.00 |
| 201 |  |  | 一般公共服务支出 | 30.00 | 10.00 | 20.00 |
|  | 8 |  | 审计事务 | 30.00 | 10.00 | 20.00 |
|  |  | 01 | 行政运行 | 10.00 | 10.00 |  |
|  |  | 04 | 审计业务 | 20.00 |  | 20.00 |

第四部分 名词解释
"""
    result = check(tmp_path, text)
    codes = [row.code for row in result.disclosure.budget_tables[0].rows[0]]
    assert codes == ["", "201", "20108", "2010801", "2010804"]
    assert accused(result) == []


def test_last_year_beside_this_year_is_not_taken_for_it(tmp_path: Path) -> None:
    text = """# 某市某局2026年部门预算公开

## 财政拨款“三公”经费支出表

单位：万元

| 项目 | 2025年预算数 | 2026年预算数 | 增减额 |
| 合计 | 20.00 | 16.00 | -4.00 |
| 公务接待费 | 8.00 | 6.00 | -2.00 |
| 公务用车购置及运行费 | 12.00 | 10.00 | -2.00 |

## 第三部分 说明

一、“三公”经费情况说明

2026年“三公”经费预算16.00万元，比上年减少4.00万元，下降20.00%。
"""
    result = check(tmp_path, text)
    assert accused(result) == []
    assert {result.status[n.id] for n in result.disclosure.ledger} == {"confirmed"}
    assert accused(check(tmp_path, text.replace("| 10.00 | -2.00 |", "| 10.00 | -3.00 |")))


def test_units_above_functional_codes_lack_no_rows_below_them(tmp_path: Path) -> None:
    text = """# 某市某局2026年部门预算公开

## 支出预算分类汇总表

单位：万元

| 科目代码 | 科目名称 | 总计 | 基本支出 | 项目支出 |
|  | 合计 | 30.00 | 10.00 | 20.00 |
| 105 | 某市某局 | 30.00 | 10.00 | 20.00 |
| 105001 | 某市某局本级 | 30.00 | 10.00 | 20.00 |
| 201 | 一般公共服务支出 | 25.00 | 10.00 | 15.00 |
| 20103 | 政府办公厅（室）及相关机构事务 | 25.00 | 10.00 | 15.00 |
| 2010301 | 行政运行 | 10.00 | 10.00 |  |
| 2010302 | 一般行政管理事务 | 15.00 |  | 15.00 |
| 205 | 教育支出 | 5.00 |  | 5.00 |
| 20508 | 进修及培训 | 5.00 |  | 5.00 |
| 2050803 | 培训支出 | 5.00 |  | 5.00 |

第四部分 名词解释
"""
    result = check(tmp_path, text)
    assert result.finding_list == []
    assert accused(check(tmp_path, text.replace("| 15.00 |  | 15.00 |", "| 51.00 |  | 51.00 |")))


def test_a_class_without_code_heads_the_coded_rows_that_add_up_to_it(tmp_path: Path) -> None:
    text = """# 某县某局2026年部门预算公开

## 财政拨款支出预算表（部门经济分类科目）

单位：万元

| 科目编码 | 单位代码 | 单位名称（科目） | 总计 | 基本支出 | 项目支出 |
|  |  | 合计 | 60.00 | 45.00 | 15.00 |
|  |  | 工资福利支出 | 30.00 | 30.00 |  |
| 30101 | 301101 | 基本工资 | 20.00 | 20.00 |  |
| 30102 | 301101 | 津贴补贴 | 10.00 | 10.00 |  |
|  |  | 商品和服务支出 | 30.00 | 15.00 | 15.00 |
| 30201 | 301101 | 办公费 | 18.00 | 8.00 | 10.00 |
| 30299 | 301101 | 其他商品和服务支出 | 12.00 | 7.00 | 5.00 |

第四部分 名词解释
"""
    result = check(tmp_path, text)
    assert result.finding_list == []
    assert {result.status[n.id] for n in result.disclosure.ledger} == {"confirmed"}
    slip = check(tmp_path, text.replace("| 18.00 | 8.00 |", "| 13.00 | 8.00 |"))
    assert slip.finding_list


def test_things_counted_in_different_units_and_years_below_each_other_add_up_to_nothing(
    tmp_path: Path,
) -> None:
    text = """# 某市某局2026年部门预算公开

## 部门基本情况表

| 项目 | 单位 | 数量 |
| 人员编制 | 人 | 86 |
| 车辆 | 辆 | 7 |
| 房屋面积 | 平方米 | 5230.50 |

## “三公”经费支出预算表

单位：万元

| 年度 | 合计 | 因公出国（境）费 | 公务接待费 |
| 2025年预算数 | 9.00 | 4.00 | 5.00 |
| 2026年预算数 | 7.00 | 3.00 | 4.00 |
| 2026年比2025年增减额 | -2.00 | -1.00 | -1.00 |

第四部分 名词解释
"""
    assert check(tmp_path, text).finding_list == []


@pytest.mark.parametrize("heading", ["部门（单位）代码", "单位/科目编码", "支出功能分类科目编码"])
def test_codes_are_no_amounts_however_their_column_is_headed(tmp_path: Path, heading: str) -> None:
    text = f"""# 某州某局2026年部门预算公开

## 部门收入预算表

单位：元

| {heading} | 名称 | 合计 | 一般公共预算 | 单位资金 |
|  | 合计 | 30 | 20 | 10 |
| 131 | 某州某局 | 30 | 20 | 10 |
| 131001 | 某州某局（本级） | 18 | 12 | 6 |
| 131002 | 某州某中心 | 12 | 8 | 4 |

第四部分 名词解释
"""
    table = check(tmp_path, text).disclosure.budget_tables[0]
    assert [row.code for row in table.rows[0]] == ["", "131", "131001", "131002"]
    assert len(table.cells) == 12


@pytest.mark.parametrize("nothing", ["-", "--", "－", "0.00", ""])
def test_a_column_in_which_nearly_nothing_is_printed_still_holds_amounts(
    tmp_path: Path, nothing: str
) -> None:
    text = """# 某盟某局2026年部门预算公开

## 部门支出总表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 | 经营支出 |
|  | 合计 | 60.00 | 45.00 | 15.00 | NIL |
| 213 | 农林水支出 | 60.00 | 45.00 | 15.00 | NIL |
| 21301 | 农业农村 | 60.00 | 45.00 | 15.00 | NIL |
| 2130101 | 行政运行 | 35.00 | 35.00 | NIL | NIL |
| 2130104 | 事业运行 | 8.00 | 8.00 | NIL | NIL |
| 2130106 | 科技转化与推广服务 | 2.00 | 2.00 | NIL | NIL |
| 2130199 | 其他农业农村支出 | 15.00 | NIL | 15.00 | NIL |

第四部分 名词解释
""".replace("NIL", nothing)
    result = check(tmp_path, text)
    table = result.disclosure.budget_tables[0]
    assert [column.role for column in table.columns[2:]] == ["amount"] * 4
    assert result.finding_list == []
    assert accused(check(tmp_path, text.replace("| 15.00 |", "| 16.00 |", 1)))


def test_a_unit_whose_code_looks_like_a_class_of_expenditure_is_a_unit(tmp_path: Path) -> None:
    text = """# 某市某局2026年部门预算公开

## 部门收入总表

单位：万元

| 科目编码 | 科目名称 | 总计 | 本年收入 | 上年结转 |
|  | 合计 | 30.00 | 25.00 | 5.00 |
| 207 | 某市某局 | 30.00 | 25.00 | 5.00 |
| 207001 | 某市某局本级 | 30.00 | 25.00 | 5.00 |
| 201 | 一般公共服务支出 | 20.00 | 15.00 | 5.00 |
| 20103 | 政府办公厅（室）及相关机构事务 | 20.00 | 15.00 | 5.00 |
| 2010301 | 行政运行 | 20.00 | 15.00 | 5.00 |
| 210 | 卫生健康支出 | 10.00 | 10.00 |  |
| 21011 | 行政事业单位医疗 | 10.00 | 10.00 |  |
| 2101101 | 行政单位医疗 | 10.00 | 10.00 |  |

第四部分 名词解释
"""
    result = check(tmp_path, text)
    assert result.finding_list == []
    rows = result.disclosure.budget_tables[0].rows[0]
    assert [row.kind for row in rows[:4]] == ["total", "unit", "unit", "item"]


def test_a_title_need_not_say_that_it_is_a_table_nor_a_total_stand_among_the_names(
    tmp_path: Path,
) -> None:
    text = """# 某市某局2026年部门预算信息公开

部门政府采购预算

单位：万元

| 序号 | 项目名称 | 目录序号 | 采购金额 | 一般公共预算拨款 | 其他资金 |
|  | 合计 |  | 60.00 | 50.00 | 10.00 |
| 1 | 机关运行 | A020101 | 45.00 | 40.00 | 5.00 |
| 2 | 某某系统运维 | C160700 | 15.00 | 10.00 | 5.00 |

第四部分 名词解释
"""
    result = check(tmp_path, text)
    table = result.disclosure.budget_tables[0]
    assert table.kind.id == "procurement"
    assert table.rows[0][0].kind == "total"
    assert {result.status[n.id] for n in result.disclosure.ledger if n.part == "table"} == {
        "confirmed"
    }


WHOLE_YUAN = """# 某某局2026年部门预算

## 表1 部门支出总表

单位：元

| 科目名称 | 2025 | 2026 |
|---|---|---|
| 行政运行 | 450049 | 400049 |
| 教育支出 | 100000 | 100000 |
| 合计 | 550049 | 500049 |

后文。
"""


def test_whole_yuan_without_separators_beside_a_name_are_amounts(tmp_path: Path) -> None:
    result = check(tmp_path, WHOLE_YUAN)
    (table,) = result.disclosure.budget_tables
    assert [number.text for number in table.cells.values()] == [
        "450049", "400049", "100000", "100000", "550049", "500049",
    ]  # fmt: skip
    assert not accused(result)


def test_a_table_of_which_no_row_was_told_says_that_its_numbers_are_not_read(
    tmp_path: Path,
) -> None:
    text = WHOLE_YUAN.replace("| 行政运行 | 450049 | 400049 |", "| 行政运行 | 甲 | 400049 |")
    lost = text.replace("| 教育支出 | 100000 | 100000 |\n| 合计 | 550049 | 500049 |\n", "")
    (problem,) = [p for p in check(tmp_path, lost).disclosure.problems if p.kind == "no_rows"]
    assert "400049" in problem.message
