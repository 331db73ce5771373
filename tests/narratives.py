"""A small disclosure around a few sentences, and what became of them, for tests of the narrative."""

from decimal import Decimal
from pathlib import Path

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.reconciliation import Reconciliation

TABLE = """## 部门支出总体情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 1,234.50 | 1,000.00 | 234.50 |
| 208 | 社会保障和就业支出 | 1,234.50 | 1,000.00 | 234.50 |
"""
HEAD = "### 三、关于某局2026年支出预算情况说明"


def read(tmp_path: Path, *paragraphs: str, table: str = TABLE) -> tuple[Disclosure, Reconciliation]:
    path = tmp_path / "document.md"
    body = "\n\n".join(
        ["# 某局2026年部门预算公开", table, HEAD, *paragraphs, "## 第四部分 名词解释"]
    )
    path.write_text(body + "\n", encoding="utf-8")
    disclosure = budgetkit.read(path)
    return disclosure, budgetkit.check(disclosure)


def claims(disclosure: Disclosure) -> list[tuple[str, Decimal, str, str]]:
    return [(c.kind, c.number.value, c.number.unit, c.direction) for c in disclosure.claim_list]


def inconsistent(result: Reconciliation) -> list[str]:
    return [f.message for f in result.finding_list if f.level == "inconsistent"]


def outcomes(result: Reconciliation, rule: str) -> list[str]:
    return [check.outcome for check in result.check_list if check.rule == rule]


def accounted(disclosure: Disclosure, text: str) -> bool:
    """Whether a number stands in the ledger, or is listed as set aside or unread."""
    listed = [*disclosure.set_aside, *disclosure.leftovers]
    return text in {n.text for n in disclosure.ledger} | {aside.text for aside in listed}
