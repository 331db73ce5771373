"""Needs beside budgets, against sums worked by hand."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import budgetkit
from budgetkit.blocks import Grid, Paragraph, Passage, Piece
from budgetkit.identities.standards import project_observations
from budgetkit.lines import read_lines
from budgetkit.needs import ProjectNeed, pays_receivers, project_need
from budgetkit.project_targets import join_targets, targeted_projects
from budgetkit.projects import Project, read_projects
from budgetkit.standards import need_parts, needs_table, standards_table
from budgetkit.targets import read_targets

YEAR = "资金执行时间：2026年1月1日-2026年12月31日"


def one(*paragraphs: str) -> Project:
    texts = ["（一）项目名称：补助项目", *paragraphs]
    blocks = [
        Paragraph(Passage(text, (Piece(0, len(text), line),)))
        for line, text in enumerate(texts, start=1)
    ]
    lines, _ = read_lines(blocks, set())
    (project,) = read_projects(lines, [])
    return project


def need(*paragraphs: str) -> ProjectNeed:
    return project_need(one(*paragraphs))


def assumed(found: ProjectNeed) -> set[str]:
    return {assumption.id for need in found.needs for assumption in need.assumptions}


@pytest.fixture(scope="module")
def reference() -> Any:
    """The reference document's projects with their performance tables."""
    disclosure = budgetkit.read("kezhou-hrss-2026")
    grids = {index for index, block in enumerate(disclosure.blocks) if isinstance(block, Grid)}
    lines, _ = read_lines(disclosure.blocks, grids)
    tables = read_targets(disclosure.target_areas, 12).headers
    projects = join_targets(read_projects(lines, disclosure.budget_tables), tables)
    return SimpleNamespace(project_list=projects, target_tables=tables)


# --- by hand ------------------------------------------------------------------------------------


def test_170_people_at_four_myriads_a_year() -> None:
    found = need(
        "预算安排规模：1,000.00万元", YEAR, "补贴人数：170人", "补贴标准：生活补贴每人每年4万元。"
    )
    assert found.total == 170 * 40_000 == 6_800_000
    assert found.residual == 3_200_000
    assert found.implied_headcount == 250
    assert found.implied_standard == Fraction(10_000_000, 170)
    assert found.cost_per_person == Fraction(10_000_000, 170)
    assert found.share == Fraction(68, 100)
    assert found.outcome == "explained"


def test_80_people_at_1089_a_month() -> None:
    found = need(
        "预算安排规模：109.00万元", YEAR, "补贴人数：80人", "补贴标准：生活补贴1089元/人/月。"
    )
    assert found.total == 80 * 1089 * 12 == 1_045_440
    assert found.residual == 44_560
    assert found.implied_headcount == Fraction(1_090_000, 1089 * 12)
    assert found.implied_standard == Fraction(1_090_000, 80 * 12)


def test_half_a_year_is_six_months() -> None:
    found = need(
        "预算规模：1万元", "执行时间：2026年7月1日-2026年12月31日", "补贴人数：10人",
        "补贴标准：每人每月100元，每人每年1200元。",
    )  # fmt: skip
    assert [n.need for n in found.needs] == [6_000, 6_000]


def test_twelve_months_are_an_assumption_that_is_named() -> None:
    monthly = need("预算规模：1万元", "补贴人数：10人", "补贴标准：按月发放，每人100元。")
    assert monthly.total == 12_000
    assert "months_of_monthly" in assumed(monthly)
    silent = need("预算规模：1万元", "补贴人数：10人", "补贴标准：100元/人/月。")
    assert "months_of_year" in assumed(silent)
    assert "months_of_period" in assumed(
        need("预算规模：1万元", YEAR, "补贴人数：10人", "补贴标准：100元/人/月。")
    )


def test_days_named_in_the_text_are_counted() -> None:
    found = need(
        "预算规模：15万元", "补贴人数：130人", "资金分配情况：开展培训6天，每人每天200元。"
    )
    assert found.total == 130 * 6 * 200


def test_lump_sums_are_taken_as_printed() -> None:
    found = need("预算规模：2.94万元", "补贴标准：过节费11400元、生活费18000元，共计29400元。")
    assert found.total == 29_400
    assert found.residual == 0
    assert found.implied_headcount is None


def test_a_missing_headcount_computes_nothing_and_says_so() -> None:
    found = need("预算规模：960万元", "补助标准：每人每月650元。")
    assert (found.total, found.residual, found.outcome) == (None, None, "not_computed")
    assert "no_count" in assumed(found)


def test_a_missing_budget_compares_nothing_and_says_so() -> None:
    found = need("预算规模：另定", "补助标准：每人每月650元。", "补贴人数：10人")
    assert found.total == 78_000
    assert (found.residual, found.outcome) == (None, "not_computed")
    assert [a.id for a in found.assumptions] == ["budget_unknown"]


def test_events_that_nobody_counts_compute_nothing() -> None:
    found = need("预算规模：10万元", "补助标准：讲课费500元/课时。", "补贴人数：10人")
    assert found.total is None
    assert "no_times" in assumed(found)


def test_the_standards_nearest_to_the_budget_explain_it() -> None:
    found = need(
        "预算规模：10.00万元", YEAR, "补贴人数：100人",
        "补贴标准：餐费每人每年1000元，住宿费每人每年9000元。",
    )  # fmt: skip
    assert found.total == 1_000_000
    assert [n.standard.label for n in found.combined] == ["餐费"]
    assert found.outcome == "explained"


@pytest.mark.parametrize(
    ("amount", "outcome"),
    [("104.54", "explained"), ("209", "explained"), ("210", "not_explained"),
     ("83.64", "explained"), ("83.6", "not_explained")],
)  # fmt: skip
def test_a_budget_is_explained_from_half_to_a_quarter_more(amount: str, outcome: str) -> None:
    found = need(
        f"预算规模：{amount}万元", YEAR, "补贴人数：80人", "补贴标准：生活补贴1089元/人/月。"
    )
    assert found.outcome == outcome


def test_what_does_not_explain_is_at_most_implausible() -> None:
    from budgetkit.rules import find_rule

    assert find_rule("standards.need").level == "implausible"
    project = one("预算规模：9999万元", YEAR, "补贴人数：80人", "补贴标准：补贴1089元/人/月。")
    (observation,) = project_observations([project])
    assert observation.outcome == "violated"
    assert "104.54 万元 of 9999 万元" in observation.message


# --- the reference document ---------------------------------------------------------------------


def test_the_four_projects_that_pay_people(reference: Any) -> None:
    table = needs_table(reference).set_index("project")
    assert [name.replace(" ", "") for name in table.index] == [
        "2026年高校毕业生“三支一扶”计划中央财政补助资金",
        "2026年见习补助资金（中央自治区）",
        "矿产开发公司下岗失业人员补助资金项目",
        "三支一扶岗前培训经费",
    ]
    assert table["budget_yuan"].tolist() == [10_000_000, 1_090_000, 29_400, 150_000]
    assert table["need_yuan"].tolist() == [
        170 * 40_000 + 170 * 3_000, 80 * 1_089 * 12, 28_900, 130 * 6 * 200,
    ]  # fmt: skip
    assert table["residual_yuan"].tolist() == [2_690_000, 44_560, 500, -6_000]
    assert table["headcount"].tolist() == [170, 80, 10, 130]
    assert table["implied_headcount"].tolist() == [250, Decimal("83.41"), None, 125]
    assert table["carryover_yuan"].tolist() == [0, 90_900, 0, 0]
    assert set(table["outcome"]) == {"explained"}


def test_the_limits_of_the_performance_table_imply_headcounts(reference: Any) -> None:
    table = standards_table(reference).set_index("label")
    # 952.6 万元 at 4 万元 and 47.4 万元 at 3000 元
    assert table.loc["工作生活补贴", "limit_headcount"] == Decimal("238.15")
    assert table.loc["安家费", "limit_headcount"] == 158


def test_a_standard_of_the_performance_table_is_not_counted_twice(reference: Any) -> None:
    table = standards_table(reference)
    again = table[table["alternative"]]
    assert again["label"].tolist() == ["过节补助", "遗孀生活费", "冬碳费"]
    assert again["need_yuan"].tolist() == [5_000, 18_000, 1_400]


def test_the_parts_of_a_need_and_its_residual_make_up_the_budget(reference: Any) -> None:
    parts = need_parts(reference)
    for _, rows in parts.groupby("project"):
        needed = rows.loc[rows["bar"] == "need", "yuan"].sum()
        budget = rows.loc[rows["part"] == "budget", "yuan"].sum()
        assert needed == budget or needed > budget


def test_monthly_yuan_is_on_one_scale(reference: Any) -> None:
    table = standards_table(reference).drop_duplicates("label").set_index("label")
    assert table.loc["工作生活补贴", "yuan_per_person_month"] == Decimal("3333.33")
    assert table.loc["生活补贴", "yuan_per_person_month"] == 1089
    assert table.loc["安家费", "yuan_per_person_month"] is None


def test_assumptions_are_said_in_both_languages(reference: Any) -> None:
    english, chinese = needs_table(reference), needs_table(reference, "zh")
    assert "6 days" in english["assumptions"].iloc[3]
    assert "计6天" in chinese["assumptions"].iloc[3]


def test_a_project_that_only_a_performance_table_names_is_found(reference: Any) -> None:
    found = targeted_projects([], reference.target_tables)
    assert [(p.target_table, p.yuan) for p in found] == [(17, 29_400), (22, 150_000)]


def test_a_document_without_projects_has_empty_tables_with_all_columns() -> None:
    nothing = SimpleNamespace(project_list=[], target_tables=[])
    for table in (standards_table, needs_table, need_parts):
        frame = table(nothing)  # type: ignore[operator]
        assert frame.empty
        assert "project" in frame.columns


# --- properties ---------------------------------------------------------------------------------


@given(
    people=st.integers(1, 5_000),
    yuan=st.integers(1, 20_000),
    months=st.integers(1, 12),
    unit=st.sampled_from(["元/人/月", "每人每月"]),
)
def test_need_is_standard_times_people_times_months(
    people: int, yuan: int, months: int, unit: str
) -> None:
    said = f"生活补贴{yuan}{unit}" if "/" in unit else f"生活补贴{unit}{yuan}元"
    found = need(
        "预算规模：1.00万元",
        f"执行时间：2026年1月1日-2026年{months}月28日",
        f"补贴人数：{people}人",
        f"补贴标准：{said}。",
    )
    assert found.total == people * yuan * months
    assert found.residual == 10_000 - people * yuan * months
    assert found.implied_headcount == Fraction(10_000, yuan * months)
    assert pays_receivers(found.project)


def test_a_standard_of_any_format_says_where_it_stands() -> None:
    for source in ("kezhou-hrss-2026", "tests/facsimiles/reference.pdf"):
        path = Path(__file__).parent.parent / source
        frame = standards_table(budgetkit.read(path if path.exists() else source))
        assert len(frame)
        assert all(frame["where"].str.contains("line|page"))
