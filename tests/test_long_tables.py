"""Tables and texts of thousands of rows are read and checked in time, whatever their shape."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import budgetkit

HEAD = "# 某局2026年部门预算公开\n\n## 一般公共预算支出情况表\n\n单位：万元\n\n"
CODED = "功能分类科目编码\t功能分类科目名称\t合计\t基本支出\t项目支出"
PLAIN = "项目\t合计\t基本支出"
TARGETS = (
    "| 一级指标 | 二级指标 | 三级指标 | 指标值 | 上年完成值 | 分值权重 |\n"
    "| 产出指标 | 数量指标 | 某指标 | ≥5人 | 5 | 100 |\n"
)
_MOST = 5
"""So many times what a plain table of 5,000 rows takes on the same machine is in time."""


def table(heading: str, rows: Sequence[str]) -> str:
    return HEAD + "\n".join([heading, *rows]) + "\n\n第四部分 名词解释\n"


def totals() -> str:
    return table(PLAIN, [f"{'合计' if i % 2 else '某项'}\t1.00\t1.00" for i in range(1_500)])


def units() -> str:
    return table(CODED, [f"{100_000 + i}\t某局\t1.00\t1.00\t" for i in range(6_000)])


def slips() -> str:
    codes = [f"2{i % 100:02}{i // 100 % 100:02}{i % 97:02}" for i in range(3_500)]
    rows = [f"{code}\t某支出\t{i}.00\t1.00\t7.00" for i, code in enumerate(codes)]
    return table(CODED, ["\t合计\t9.00\t9.00\t", *rows])


def objectives() -> str:
    said = "".join(f"目标{i}：完成某事{i}次，受益{i}人。" for i in range(3_500))
    return (
        HEAD.replace("一般公共预算支出情况表", "项目支出绩效目标表")
        + f"| 年度目标 | {said} |\n{TARGETS}"
    )


def forms() -> str:
    form = "\n\n## 项目支出绩效目标表\n\n| 项目名称 | 项目{} |\n| 资金总额 | {}.00 |\n"
    return HEAD + "".join(form.format(i, i) + TARGETS for i in range(1_200))


def seconds(text: str, folder: Path) -> float:
    path = folder / "document.md"
    path.write_text(text, encoding="utf-8")
    start = time.process_time()
    result = budgetkit.check(budgetkit.read(path))
    assert len(result.disclosure.ledger) > 1_000
    return time.process_time() - start


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> float:
    plain = table(PLAIN, [f"某项{i}\t1.00\t1.00" for i in range(5_000)])
    return seconds(plain, tmp_path_factory.mktemp("plain"))


def columns() -> str:
    return table("\t".join(["项目", *["合计"] * 6_000]), ["某项" + "\t1.00" * 6_000])


@pytest.mark.parametrize("make", [columns, totals, units, slips, objectives, forms])
def test_thousands_of_rows_of_any_shape_and_columns_are_checked_in_time(
    make: Callable[[], str], usual: float, tmp_path: Path
) -> None:
    assert seconds(make(), tmp_path) < _MOST * usual
