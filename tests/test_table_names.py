"""No two tables of a document are called alike, in either language."""

from pathlib import Path

import budgetkit

HEAD = "某市某局2026年部门预算\n\n"
FUNCTION = """{title}

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | {a} | {a} |  |
| 208 | 社会保障和就业支出 | {a} | {a} |  |
"""
ECONOMIC = """{title}

单位：万元

| 经济分类科目编码 | 科目名称 | 合计 |
|  | 合计 | {a} |
| 301 | 工资福利支出 | {a} |
"""


def names(folder: Path, *tables: str) -> list[tuple[str, str]]:
    path = folder / "made.md"
    path.write_text(HEAD + "\n说明如下。\n\n".join(tables), encoding="utf-8")
    read = budgetkit.read(path)
    return [(table.names["en"], table.names["zh"]) for table in read.budget_tables]


def test_tables_of_one_kind_are_told_apart_by_their_classification(tmp_path: Path) -> None:
    told = names(
        tmp_path,
        FUNCTION.format(title="一般公共预算支出表", a="3.00"),
        ECONOMIC.format(title="一般公共预算支出经济分类情况表", a="3.00"),
    )
    assert told == [
        ("General public budget expenditure, by function", "一般公共预算支出表（按功能分类）"),
        (
            "General public budget expenditure, by economic classification",
            "一般公共预算支出表（按经济分类）",
        ),
    ]


def test_a_table_alone_of_its_kind_is_called_by_the_kind(tmp_path: Path) -> None:
    told = names(tmp_path, FUNCTION.format(title="一般公共预算支出表", a="3.00"))
    assert told == [("General public budget expenditure", "一般公共预算支出表")]


def test_tables_of_one_classification_are_told_apart_by_title_then_by_number(
    tmp_path: Path,
) -> None:
    told = names(
        tmp_path,
        FUNCTION.format(title="一般公共预算支出表", a="3.00"),
        FUNCTION.format(title="一般公共预算当年拨款支出表", a="4.00"),
        FUNCTION.format(title="一般公共预算支出表", a="5.00"),
    )
    english = [name for name, _ in told]
    assert english[1] == "General public budget expenditure (一般公共预算当年拨款支出表)"
    assert english[2] == f"{english[0]} (2)"
    assert len(set(told)) == 3
