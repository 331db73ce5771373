"""Headcounts that fit, break-even, places of the same money, one scale: against sums by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import budgetkit
from budgetkit import explore, figures
from budgetkit.headcounts import common_range, find_ranges, headcount_sentences, headcounts_table
from budgetkit.language import in_language
from budgetkit.needs import project_need
from budgetkit.project_money import amounts_table
from budgetkit.scenarios import break_even_table, find_scenarios, scenario_of, scenarios_table
from budgetkit.standard_scale import not_comparable_table, scale_table
from budgetkit.standards import monthly_yuan, needs_table, standards_table
from tests.test_standards import YEAR, need, one

EMPTY = "# 某局2026年部门预算公开\n\n一般公共预算 10.00 万元。\n"


@pytest.fixture(scope="module")
def reference() -> Any:
    return budgetkit.read("kezhou-hrss-2026")


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("made") / "made.md"
    path.write_text(EMPTY, encoding="utf-8")
    return budgetkit.read(path)


# --- conversion -----------------------------------------------------------------------------------


@given(amount=st.integers(1, 9_999), people=st.integers(1, 9_999), places=st.integers(0, 2))
def test_units_of_a_standard_are_converted_exactly(amount: int, people: int, places: int) -> None:
    printed = f"{Decimal(amount) / 10**places:f}"
    exact = Fraction(amount, 10**places)
    cases = [
        (f"{printed}元/人/月", exact, 12 * exact, exact),
        (f"{printed}万元/人/月", exact * 10_000, 120_000 * exact, exact * 10_000),
        (f"{printed}万元/人/年", exact * 10_000, exact * 10_000, exact * 10_000 / 12),
        (f"{printed}元/人/年", exact, exact, exact / 12),
        (f"{printed}元/人/天", exact, None, None),
    ]
    for text, yuan, yearly, monthly in cases:
        project = one(
            "预算规模：1.00万元", YEAR, f"补贴人数：{people}人", f"补贴标准：生活补贴{text}。"
        )
        (found,) = project_need(project).needs
        assert Fraction(found.standard.yuan) == yuan
        assert monthly_yuan(found.standard) == monthly
        assert found.per_receiver == yearly
        assert found.need == (None if yearly is None else people * yearly)


@given(amount=st.integers(1, 99_999), people=st.integers(1, 999))
def test_a_lump_sum_for_several_people_is_shared_exactly(amount: int, people: int) -> None:
    found = need(
        "预算规模：100万元", f"资金分配情况：过节补助共{people}人。", f"补贴标准：过节补助{amount}元。"
    )  # fmt: skip
    (lump,) = found.needs
    assert lump.need == amount
    assert lump.per_receiver == Fraction(amount, people)


# --- headcounts -----------------------------------------------------------------------------------


def test_limits_and_budget_of_the_reference_document_leave_158_people(reference: Any) -> None:
    table = headcounts_table(reference)
    first = table[table["project"].str.contains("三支一扶.*计划")]
    # 952.6 万元 at 4 万元; 47.4 万元 at 3,000 元; 1,000 万元 at 4.3 万元
    assert first["by"].tolist() == ["limit", "limit", "budget", "stated", "all"]
    assert first["most"].tolist() == [238, 158, 232, 170, 158]
    sentence = headcount_sentences(reference)[0]
    assert "0–158 receivers fit all of them" in sentence
    assert "the 170 of" in sentence and "more than 安家费 pays in full" in sentence
    assert "only those who meet the condition get 安家费" in sentence


def test_the_sentences_are_told_in_chinese(reference: Any) -> None:
    with in_language("zh"):
        sentence = headcount_sentences(reference)[0]
    assert "0–158人（户）同时符合以上各项" in sentence
    assert "fit" not in sentence


@given(people=st.integers(1, 2_000), yuan=st.integers(1, 5_000), budget=st.integers(1, 10_000_000))
def test_one_more_than_the_most_does_not_fit(people: int, yuan: int, budget: int) -> None:
    found = need(
        f"预算规模：{budget}元", YEAR, f"补贴人数：{people}人", f"补贴标准：补贴{yuan}元/人/月。"
    )
    shared = common_range(find_ranges(found))
    assert shared is not None and shared.most is not None
    assert shared.most * yuan * 12 <= budget < (shared.most + 1) * yuan * 12
    scenario = scenario_of(found)
    assert scenario is not None
    for variable in ("headcount", "times", "standard", "takeup"):
        even = scenario.break_even(variable)
        assert even is not None
        assert scenario.vary(**{variable: even}).need == budget


def test_lump_sums_are_paid_before_people_are_counted() -> None:
    found = need(
        "预算规模：10000元", YEAR, "补贴人数：3人", "补贴标准：生活补贴每人每年3000元，印刷费4000元。"
    )  # fmt: skip
    assert [(r.kind, r.most) for r in find_ranges(found)] == [("budget", 2), ("stated", 3)]


# --- break-even -----------------------------------------------------------------------------------


def test_where_the_money_of_the_reference_document_runs_out(reference: Any) -> None:
    table = break_even_table(reference)
    assert table["people_paid"].tolist() == [232, 83, 125]
    # (1,000 万元 - 170 × 3,000) / 170; 109 万元 / 80 / 12; 15 万元 / 130 / 6; down to the fen
    assert table["standard_most_yuan"].tolist() == [
        Decimal("55823.52"), Decimal("1135.41"), Decimal("192.30"),
    ]  # fmt: skip
    assert table["takeup_percent"].tolist() == [
        Decimal("136.80"), Decimal("104.26"), Decimal("96.15"),
    ]  # fmt: skip
    needs = needs_table(reference).set_index("project")["need_yuan"]
    for scenario in find_scenarios(reference):
        assert scenario.need == Fraction(needs[scenario.project])


# --- the same money -------------------------------------------------------------------------------


def test_the_amounts_of_text_and_tables_stand_side_by_side(reference: Any) -> None:
    table = amounts_table(reference)
    assert len(table) == 11
    assert set(table["agree"]) == {"yes"}
    assert table["narrative_yuan"].sum() == 14_162_900
    assert table["performance_table_yuan"].notna().sum() == 8


def test_another_amount_in_the_project_table_disagrees(reference: Any, tmp_path: Path) -> None:
    source = Path(reference.source)
    if not source.exists():
        source = Path(__file__).parent.parent / "data" / "raw" / "kezhou-hrss-2026" / source.name
    text = source.read_text(encoding="utf-8").replace("预算安排规模:109.00", "预算安排规模:108.00")
    path = tmp_path / "slip.md"
    path.write_text(text, encoding="utf-8")
    table = amounts_table(budgetkit.read(path))
    (slip,) = table[table["agree"] == "no"].itertuples(index=False)
    assert "见习补助资金" in slip.project
    assert (slip.narrative_yuan, slip.project_table_yuan) == (1_080_000, 1_090_000)


# --- one scale ------------------------------------------------------------------------------------


def test_every_standard_is_on_the_scale_or_named_with_a_reason(reference: Any) -> None:
    scale, others = scale_table(reference), not_comparable_table(reference)
    assert len(scale) + len(others) == len(standards_table(reference))
    assert scale["yuan_per_person_month"].tolist() == [Decimal("3333.33"), 1_089]
    assert others["why"].str.len().min() > 0
    assert "paid once, not every month" in set(others["why"])


# --- sliders --------------------------------------------------------------------------------------


def test_a_slider_moves_the_picture(reference: Any) -> None:
    box: Any = explore.explore_standards(reference)
    chooser, room = box.children
    headcount, *_, picture, sentence = room.children[0].children
    before = picture.value
    assert "731.00" in sentence.value
    headcount.value = 300
    assert picture.value != before
    assert "1,290.00" in sentence.value and "290.00 万元 are missing" in sentence.value
    chooser.value = 1
    assert "104.54" in room.children[0].children[-1].value


def test_sliders_are_loaded_only_when_asked_for() -> None:
    import subprocess
    import sys

    code = "import budgetkit.explore, sys; sys.exit('ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- a document without standards -----------------------------------------------------------------


def test_a_document_without_standards_has_one_line_and_no_picture(nothing: Any) -> None:
    tables = (headcounts_table, break_even_table, scenarios_table, amounts_table, scale_table)
    for table in (*tables, not_comparable_table):
        assert table(nothing).empty
        assert "project" in table(nothing).columns
    for plot in (figures.plot_headcounts, figures.plot_scenarios, figures.plot_standard_scale):
        picture = plot(nothing)
        assert picture._repr_png_() is None
        assert "of this document" in str(picture._repr_html_())
    assert str(explore.explore_standards(nothing)).startswith("No project of this document")


@pytest.mark.parametrize("name", ["en", "zh"])
def test_pictures_of_standards_lose_no_character(reference: Any, name: str) -> None:
    with in_language(name):
        for plot in (figures.plot_headcounts, figures.plot_scenarios, figures.plot_standard_scale):
            picture = plot(reference)
            assert picture._repr_png_() == plot(reference)._repr_png_()
            assert picture.alt
