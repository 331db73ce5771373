"""The three public expenses are three, also where a table adds meetings and training to them."""

from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit.totals import total_records

TABLE = """# 某市某某局2026年部门预算公开

## 一般公共预算“三公”经费、会议费和培训费支出表

单位：万元

| 合计 | “三公”经费 |  |  |  | 会议费 | 培训费 |
|  | 小计 | 因公出国（境）费 | 公务用车购置及运行费 | 公务接待费 |  |  |
| {whole} | {three} | 1.00 | 8.00 | 3.00 | {meetings} | 6.00 |
"""


@pytest.mark.parametrize(
    ("whole", "three", "meetings", "told"),
    [
        ("22.00", "12.00", "4.00", Decimal(120_000)),
        ("18.00", "12.00", "", Decimal(120_000)),
        # Which of the two totals is wrong nobody can say: none is told.
        ("25.00", "12.00", "4.00", None),
    ],
)
def test_meetings_and_training_are_not_counted_with_the_three(
    tmp_path: Path, whole: str, three: str, meetings: str, told: Decimal | None
) -> None:
    path = tmp_path / "made.md"
    text = TABLE.format(whole=whole, three=three, meetings=meetings)
    path.write_text(text, encoding="utf-8")
    rows = {row["quantity"]: row["value"] for row in total_records(budgetkit.read(path))}
    assert rows.get("three_public") == told
    assert rows["receptions"] == 30_000 and rows["vehicles"] == 80_000


def test_a_table_of_the_three_alone_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "made.md"
    path.write_text(
        "# 某市某某局2026年部门预算公开\n\n## 财政拨款“三公”经费支出情况表\n\n单位：万元\n\n"
        "| “三公”经费支出内容 | 合计 |\n| 合计 | 12.00 |\n| 因公出国（境）费 |  |\n"
        "| 公务接待费 | 4.00 |\n| 公务用车购置及运行费（小计） | 8.00 |\n",
        encoding="utf-8",
    )
    rows = {row["quantity"]: row["value"] for row in total_records(budgetkit.read(path))}
    assert rows["three_public"] == 120_000
    assert "travel_abroad" not in rows
