"""Lists without amounts are no budget tables; what could be a table stays one."""

import json
from pathlib import Path

import pytest

import budgetkit
from budgetkit.cli import main
from budgetkit.disclosure import Disclosure

UNITS = """| 序号 | 单位名称 | 备注 |
| 1 | 某市某局（本级） |  |
| 2 | 某市某局某中心 | 预算不单列 |
"""
TABLE = """部门支出总体情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 3.00 | 2.00 | 1.00 |
| 208 | 社会保障和就业支出 | 3.00 | 2.00 | 1.00 |
"""


def read_text(folder: Path, *parts: str) -> Disclosure:
    path = folder / "made.md"
    path.write_text("\n\n".join(["某市某局2026年部门预算", *parts]), encoding="utf-8")
    return budgetkit.read(path)


def test_a_list_of_units_takes_no_number_no_unit_and_no_picture(tmp_path: Path) -> None:
    read = read_text(tmp_path, UNITS, TABLE)
    assert [(t.number, t.kind.id) for t in read.budget_tables] == [(1, "expenditure")]
    (roster,) = read.rosters
    assert roster.name == "序号 · 单位名称 · 备注"
    assert roster.rows[1] == ("2", "某市某局某中心", "预算不单列")
    assert roster.where.line == 3


def test_no_number_token_of_a_list_is_lost(tmp_path: Path) -> None:
    read = read_text(tmp_path, UNITS, TABLE)
    told = [(a.text, a.table) for a in read.set_aside if a.reason == "list without amounts"]
    assert told == [("1", None), ("2", None)]
    assert read.leftovers == []


def test_check_names_the_list_and_json_holds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read_text(tmp_path, UNITS, TABLE)
    main(["check", str(tmp_path / "made.md")])
    assert "序号 · 单位名称 · 备注 (line 3, 2 rows)" in capsys.readouterr().out
    main(["check", str(tmp_path / "made.md"), "--json"])
    (listed,) = json.loads(capsys.readouterr().out)["lists"]
    assert listed["headings"] == ["序号", "单位名称", "备注"]
    assert listed["where"]["line"] == 3


@pytest.mark.parametrize(
    "grid",
    [
        "| 项目 | 金额 |\n| 办公费 |  |\n| 印刷费 |  |\n",
        "| 名称 | 内容 |\n| 某项目 | 500 |\n| 某活动 | 无 |\n",
        "单位：万元\n\n| 名称 | 内容 |\n| 某项目 | 甲 |\n| 某活动 | 乙 |\n",
        "政府性基金预算支出表\n\n| 科目编码 | 科目名称 | 备注 |\n|  |  |  |\n| 无 |  |  |\n",
    ],
    ids=["amount heading", "a cell that may be an amount", "unit of money", "known kind"],
)
def test_what_could_be_a_budget_table_stays_one(grid: str, tmp_path: Path) -> None:
    read = read_text(tmp_path, TABLE, "第二部分 其他", "说明如下。", "另有下列事项。", grid)
    assert read.rosters == []
    assert len(read.budget_tables) == 2
