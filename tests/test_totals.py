"""Totals of many documents as rows: exact, in one unit, and joined by year from the rows alone."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import budgetkit
from budgetkit import compare
from budgetkit.compare import compare_documents
from budgetkit.language import in_language
from budgetkit.places import find_place
from budgetkit.schemas import find_schema
from budgetkit.totals import total_quantities, total_records
from budgetkit.vocabulary import load
from budgetkit.years import pair_years
from tests.test_compare import write

Rows = list[dict[str, Any]]
KEY = "kezhou-hrss-2026"
THREE_PUBLIC = """# {name}2026年部门预算公开

## 财政拨款“三公”经费支出情况表

编制部门：{name}
单位：万元

| 项目 | 2025年预算数 | 2026年预算数 |
| 合计 | 9.50 | 8.00 |
| 因公出国（境）费 | 0.00 | 0.00 |
| 公务用车购置及运行维护费 | 7.50 | 6.00 |
| 其中：公务用车购置费 | 3.00 | 2.00 |
| 公务用车运行维护费 | 4.50 | 4.00 |
| 公务接待费 | 2.00 | 2.00 |
"""


def rows_of(*paths: Path) -> Rows:
    """Rows as the data set of a corpus holds them."""
    found: Rows = []
    for disclosure in map(budgetkit.read, paths):
        leading = {
            "key": disclosure.key,
            "year": disclosure.year,
            "document_kind": disclosure.kind,
            "place": find_place(disclosure) or None,
            "department": disclosure.department or None,
        }
        found += [{**leading, **row} for row in total_records(disclosure)]
    return found


def outcomes(rows: Rows) -> dict[str, str]:
    return {row["quantity"]: row["outcome"] for row in pair_years(rows) if row["implied"]}


@pytest.fixture
def years(tmp_path: Path) -> tuple[Path, Path]:
    later = write(tmp_path, 2026)
    return later, write(tmp_path, 2025, "元", total="450,049", basic="400,000", project="50,049")


def test_totals_are_exact_yuan_whatever_unit_is_printed(years: tuple[Path, Path]) -> None:
    now, before = ({r["quantity"]: r for r in rows_of(p) if not r["implied"]} for p in years)
    total = now["general_public_budget"]
    assert (total["value"], total["half"], total["unit"]) == (600_000, 50, "元")
    assert before["general_public_budget"]["value"] == Decimal(450_049)
    assert before["general_public_budget"]["half"] == Decimal("0.5")
    assert total["value_year"] == total["year"] == 2026
    assert total["where"].startswith("table 1, ")


def test_what_a_change_implies_is_a_row_of_the_year_before(years: tuple[Path, Path]) -> None:
    [row] = [r for r in rows_of(years[0])
             if r["implied"] and r["quantity"] == "general_public_budget"]  # fmt: skip
    assert (row["value"], row["half"], row["value_year"]) == (450_000, 100, 2025)
    assert row["base"] == "比上年预算"


def test_stored_rows_give_the_same_outcomes_as_the_documents_compared(
    years: tuple[Path, Path],
) -> None:
    """In any order, and after they were a Parquet table."""
    rows = rows_of(*years)
    random.Random(1).shuffle(rows)
    stored = pa.Table.from_pylist(rows).to_pylist()
    expected = list(compare.previous_frame(compare_documents(years))["outcome"])
    words = {row["en"]: name for name, row in load("compare.toml")["outcome"].items()}
    found = outcomes(stored)
    assert [found["general_public_budget"], found["general_public_basic"]] == [
        words[outcome] for outcome in expected
    ]
    [row] = [r for r in pair_years(stored) if r["quantity"] == "general_public_budget"]
    assert (row["told"], row["published"]) == (450_000, 450_049)
    assert (row["difference"], row["rounding"]) == (Decimal(-49), Decimal("100.5"))
    assert list(row) == [field.name for field in find_schema("years").fields]


def test_another_department_another_kind_and_another_place_are_not_the_year_before(
    years: tuple[Path, Path],
) -> None:
    rows = [{**row, "place": "甲市"} for row in rows_of(*years)]
    assert pair_years(rows)
    earlier = {r["key"] for r in rows if r["year"] == 2025}
    for change in (
        {"department": "某市别某局"},
        {"document_kind": "final_accounts"},
        {"place": "别市"},
        {"department": None},
        {"value_year": 2024, "year": 2024},
    ):
        changed = [{**row, **change} if row["key"] in earlier else row for row in rows]
        assert pair_years(changed) == [], change


def test_two_departments_of_one_name_are_not_guessed_between(years: tuple[Path, Path]) -> None:
    """某区某某局 of two cities: which of them is meant nothing says."""
    rows = rows_of(*years)
    later = [{**r, "department": "丙区某某局", "place": "丙区"} for r in rows
             if r["year"] == 2026]  # fmt: skip
    earlier = [{**r, "department": "丙区某某局"} for r in rows if r["year"] == 2025]
    one = [{**r, "key": "one", "place": "甲市丙区"} for r in earlier]
    other = [{**r, "key": "other", "place": "乙市丙区"} for r in earlier]
    assert {r["earlier"] for r in pair_years([*later, *one])} == {"one"}
    assert pair_years([*later, *one, *other]) == []
    known = [{**r, "place": "乙市丙区"} for r in later]
    assert {r["earlier"] for r in pair_years([*known, *one, *other])} == {"other"}


def test_a_quantity_that_the_year_before_does_not_state_is_said_so(
    years: tuple[Path, Path],
) -> None:
    rows = [r for r in rows_of(*years)
            if not (r["year"] == 2025 and r["quantity"] == "general_public_basic")]  # fmt: skip
    [row] = [r for r in pair_years(rows) if r["outcome"] == "not_stated"]
    assert row["quantity"] == "general_public_basic"
    assert row["published"] is row["difference"] is row["published_where"] is None


def test_each_of_the_three_public_expenses_is_a_total_of_both_printed_years(
    tmp_path: Path,
) -> None:
    path = tmp_path / "three.md"
    path.write_text(THREE_PUBLIC.format(name="甲市某某局"), encoding="utf-8")
    found = {(r["quantity"], r["value_year"]): r["value"] / 10_000 for r in rows_of(path)}
    assert found["three_public", 2026] == Decimal(8)
    assert found["three_public", 2025] == Decimal("9.5")
    for quantity, value in (("travel_abroad", 0), ("vehicles", 6), ("vehicle_purchase", 2),
                            ("vehicle_running", 4), ("receptions", 2)):  # fmt: skip
        assert found[quantity, 2026] == value
    assert {row["place"] for row in rows_of(path)} == {"甲市"}


def test_rows_of_the_reference_document_fit_their_schemas_in_any_language() -> None:
    disclosure = budgetkit.read(KEY)
    rows = total_records(disclosure)
    with in_language("zh"):
        assert total_records(disclosure) == rows
    names = [field.name for field in find_schema("totals").fields]
    assert all(list(row) == names for row in rows)
    keys = [tuple(row[f.name] for f in find_schema("totals").fields if f.key) for row in rows]
    assert len(keys) == len(set(keys))
    values = {r["quantity"]: r["value"] for r in rows if not r["implied"]}
    assert values["personnel"] + values["operating"] == values["general_public_basic"]
    assert values["basic"] + values["project"] == values["expenditure"]


def test_every_total_is_stated_by_facts_of_its_own() -> None:
    seen = [tuple(sorted(facts.items())) for q in total_quantities().values() for facts in q.facts]
    assert len(seen) == len(set(seen))


def test_daily_operating_expenditure_is_operating_expenditure(tmp_path: Path) -> None:
    path = tmp_path / "basic.md"
    path.write_text(
        "# 甲市某某局2026年部门预算公开\n\n## 一般公共预算基本支出情况表\n\n单位：万元\n\n"
        "| 科目编码 | 科目名称 | 小计 | 人员支出 | 日常公用支出 |\n"
        "|  | 合计 | 9.00 | 7.00 | 2.00 |\n"
        "| 301 | 工资福利支出 | 7.00 | 7.00 |  |\n"
        "| 302 | 商品和服务支出 | 2.00 |  | 2.00 |\n",
        encoding="utf-8",
    )
    found = {row["quantity"]: row["value"] / 10_000 for row in rows_of(path)}
    assert (found["personnel"], found["operating"], found["general_public_basic"]) == (7, 2, 9)
