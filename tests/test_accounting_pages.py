"""Narrative and target pages: every number once, with its status and reason; last year adds up."""

import re
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit import figures, render
from budgetkit.coverage import unchecked_reasons
from budgetkit.disclosure import Disclosure
from budgetkit.figures.style import Picture
from budgetkit.previous_year import find_waterfalls, previous_frame
from budgetkit.reconciliation import Reconciliation

KEY = "kezhou-hrss-2026"
RULES = Path(__file__).parent / "rules"
HEAD = """# 某局2026年部门预算公开

## 第二部分 部门预算表

### 部门收支总体情况表

单位：万元

收入\t\t支出\t
项目\t预算数\t项目\t预算数
一、一般公共预算拨款\t60.00\t一般公共服务支出\t100.00
二、单位资金\t40.00\t\t
收入总计\t100.00\t支出总计\t100.00

## 第三部分 部门预算情况说明

### 二、关于某局2026年收入预算情况说明

某局2026年收入预算100.00万元，其中：

"""


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read(KEY)


@pytest.fixture(scope="module")
def reconciliation(disclosure: Disclosure) -> Reconciliation:
    return budgetkit.check(disclosure)


def read_text(folder: Path, text: str) -> Disclosure:
    path = folder / "made.md"
    path.write_text(text, encoding="utf-8")
    return budgetkit.read(path)


@pytest.mark.parametrize(
    ("part", "shown"), [("prose", render.render_narrative), ("target", render.render_targets)]
)
def test_every_number_is_marked_once_and_can_be_linked_to(
    part: str, shown: Callable[[Reconciliation], object], reconciliation: Reconciliation
) -> None:
    html = str(shown(reconciliation))
    ids = re.findall(r'id="([^"]+)"', html)
    assert sorted(ids) == sorted(
        number.id for number in reconciliation.disclosure.ledger if number.part == part
    )
    for number in reconciliation.disclosure.ledger:
        if number.part == part:
            status = reconciliation.status[number.id]
            assert f'class="bk-number bk-{status}" id="{number.id}"' in html


def test_every_unchecked_number_has_a_reason_in_both_languages(
    reconciliation: Reconciliation,
) -> None:
    unchecked = {n for n, status in reconciliation.status.items() if status == "unchecked"}
    for language in ("en", "zh"):
        reasons = unchecked_reasons(reconciliation, language)
        assert set(reasons) == unchecked
        assert all(reasons.values())
    counted = figures.unchecked_frame(reconciliation)
    assert counted["numbers"].sum() == len(unchecked)


def test_the_reason_of_a_check_that_was_not_made_is_the_check_s_own(tmp_path: Path) -> None:
    made = read_text(tmp_path, HEAD + "一般公共预算60.00万元，增长5.00%。\n")
    reconciliation = budgetkit.check(made)
    growth = next(claim for claim in made.claim_list if claim.kind == "growth")
    assert unchecked_reasons(reconciliation)[growth.number.id] == (
        "the sentence prints no change in amount"
    )
    html = str(render.render_narrative(reconciliation))
    assert "the sentence prints no change in amount" in html


def test_shares_of_a_part_come_to_a_hundred(reconciliation: Reconciliation) -> None:
    shares = figures.coverage_shares_frame(reconciliation)
    assert list(shares["part"]) == ["table", "prose", "target", "all"]
    for row in shares.drop(columns=["part", "numbers"]).itertuples(index=False):
        assert abs(sum(row) - 100) <= Decimal("0.2")


def test_a_telephone_number_is_not_shown(tmp_path: Path) -> None:
    text = HEAD + "一般公共预算60.00万元。联系电话：0908-4222333。\n"
    html = str(render.render_narrative(budgetkit.check(read_text(tmp_path, text))))
    assert "60.00" in html
    assert "4222333" not in html


def test_markup_in_a_sentence_stays_text(tmp_path: Path) -> None:
    text = HEAD + "一般公共预算（a<b&c）60.00万元。\n"
    html = str(render.render_narrative(budgetkit.check(read_text(tmp_path, text))))
    assert "a&lt;b&amp;c" in html


def test_the_implied_previous_year_is_value_less_change(tmp_path: Path) -> None:
    text = HEAD + (
        "一般公共预算60.00万元，比上年预算增加10.00万元，增长20.00%。\n\n"
        "单位资金40.00万元，比上年预算减少30.00万元，下降42.86%。\n"
    )
    frame = previous_frame(read_text(tmp_path, text))
    rows = frame[["previous", "change", "current"]].astype(str).values.tolist()
    assert rows == [["50.00", "10.00", "60.00"], ["70.00", "-30.00", "40.00"]]
    assert list(frame["growth"]) == [Decimal("20.00"), Decimal("-42.86")]


def test_a_waterfall_leads_from_last_year_to_this(tmp_path: Path) -> None:
    text = HEAD + (
        "一般公共预算60.00万元，比上年预算增加10.00万元，增长20.00%。\n\n"
        "单位资金40.00万元，比上年预算减少30.00万元，下降42.86%。\n"
    )
    (made,) = find_waterfalls(read_text(tmp_path, text))
    assert (made.previous, made.current) == (Decimal("120.00"), Decimal("100.00"))
    assert [change for _, change in made.steps] == [Decimal("10.00"), Decimal("-30.00")]
    assert not made.rest


def test_what_the_named_parts_leave_is_a_step_of_its_own(tmp_path: Path) -> None:
    text = HEAD.replace(
        "收入预算100.00万元，其中：", "收入预算100.00万元，比上年预算增加5.00万元，其中："
    )
    text += (
        "一般公共预算60.00万元，比上年预算增加10.00万元。\n\n"
        "单位资金30.00万元，比上年预算减少30.00万元。\n"
    )
    made = read_text(tmp_path, text)
    (found,) = find_waterfalls(made)
    assert (found.previous, found.rest) == (Decimal("95.00"), Decimal("25.00"))
    frame = figures.waterfall_frame(made)
    assert list(frame["role"]) == ["previous", "change", "change", "rest", "current"]
    assert frame["value"].iloc[:-1].sum() == frame["value"].iloc[-1]


def test_parts_compared_with_different_bases_make_no_waterfall(tmp_path: Path) -> None:
    text = HEAD + (
        "一般公共预算60.00万元，比上年预算增加10.00万元。\n\n"
        "单位资金40.00万元，比上年决算减少30.00万元。\n"
    )
    assert find_waterfalls(read_text(tmp_path, text)) == []


def test_a_step_each_of_the_reference_document(disclosure: Disclosure) -> None:
    found = {(made.previous, made.current): made for made in find_waterfalls(disclosure)}
    income_and_expenditure = (Decimal("4144.17"), Decimal("3755.39"))
    assert income_and_expenditure in found
    for made in found.values():
        steps = sum((change for _, change in made.steps), Decimal(0))
        assert made.previous + steps + made.rest == made.current


def test_a_weaker_target_is_told_from_a_stronger_one(disclosure: Disclosure) -> None:
    frame = figures.targets_frame(disclosure)
    assert len(frame) == 132
    for row in frame[frame["way"] == "more"].itertuples(index=False):
        assert (row.target[0] in "≥>") == (row.change > 0)
    for row in frame[frame["way"] == "less"].itertuples(index=False):
        assert (row.target[0] in "≥>") == (row.change < 0)
    assert (frame[frame["way"] == "same"]["change"] == 0).all()


def test_costs_stand_beside_the_budget_of_their_table(disclosure: Disclosure) -> None:
    costs = figures.costs_frame(disclosure)
    budgets = {t.number: t.budget.get("budget_total") for t in disclosure.target_tables}
    for row in costs.itertuples(index=False):
        assert budgets[row.table] is not None
        assert row.budget == budgets[row.table].value  # type: ignore[union-attr]
        assert row.share == round(100 * row.cost / row.budget, 2)


@pytest.mark.parametrize(
    "plot",
    [
        figures.plot_waterfalls,
        figures.plot_target_changes,
        figures.plot_weights,
        figures.plot_costs,
    ],
)
@pytest.mark.parametrize(
    "source", [KEY, str(RULES / "narrative.share.good.md"), str(RULES / "targets.weights.good.md")]
)
def test_pictures_are_drawn_of_any_document_without_a_lost_character(
    plot: Callable[[Disclosure], Picture], source: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = plot(budgetkit.read(source))
        picture.draw_without_rendering()
        if picture.nothing:
            assert picture._repr_html_() and picture._repr_png_() is None
            return
        data, metadata = picture._repr_png_() or (b"", {})
    assert data.startswith(b"\x89PNG")
    assert metadata["alt"]


def test_a_document_without_sentences_or_targets_says_so() -> None:
    made = budgetkit.check(budgetkit.read(RULES / "structure.row_total.good.md"))
    assert "No sentence of this document states a number" in str(render.render_narrative(made))
    assert "no performance table" in str(render.render_targets(made))
