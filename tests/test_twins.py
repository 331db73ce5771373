"""Two lists that print the same amounts: the one row in which they differ is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

import budgetkit

ROWS = (
    ("30101", "基本工资", "20.11"),
    ("30102", "津贴补贴", "31.22"),
    ("30103", "奖金", "12.33"),
    ("30107", "绩效工资", "8.44"),
    ("30113", "住房公积金", "9.55"),
    ("30199", "其他工资福利支出", "3.66"),
)


def document(second: dict[str, str], total: str = "85.31") -> str:
    """Two tables of economic codes; the second prints some rows otherwise."""
    text = "# 某局2026年部门预算公开\n"
    for title, changed, whole in (
        ("财政拨款基本支出预算表", {}, "85.31"),
        ("一般公共预算基本支出预算表", second, total),
    ):
        text += f"\n## {title}\n\n单位：万元\n\n| 经济分类科目编码 | 科目名称 | 合计 |\n"
        text += f"|  | 总计 | {whole} |\n"
        for code, name, amount in ROWS:
            text += f"| {code} | {name} | {changed.get(code, amount)} |\n"
    return text + "\n第四部分 名词解释\n"


@pytest.mark.parametrize(
    ("second", "total", "marked"),
    [
        ({}, "85.31", False),
        ({"30107": "8.45"}, "85.31", True),  # hidden by the rounding of the sum
        ({"30107": "9.44"}, "86.31", False),  # one list really is larger
        ({"30107": "8.45", "30113": "9.54"}, "85.31", False),  # two amounts are no slip of one
    ],
)
def test_lists_with_the_same_amounts_have_them_in_every_row(
    tmp_path: Path, second: dict[str, str], total: str, marked: bool
) -> None:
    path = tmp_path / "some.md"
    path.write_text(document(second, total), encoding="utf-8")
    result = budgetkit.check(budgetkit.read(path))
    found = [f for f in result.finding_list if f.rule == "structure.twin_lists"]
    assert bool(found) is marked
    assert all(f.level == "implausible" for f in found)
