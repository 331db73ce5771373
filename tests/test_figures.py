"""Figures: what is drawn is what is printed, every picture has its table, no character is lost."""

import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

import budgetkit
from budgetkit import figures
from budgetkit.disclosure import Disclosure
from budgetkit.figures.style import PALETTE, Picture, wrap_label
from budgetkit.reconciliation import Reconciliation

EMPTY = "# 某局2026年部门预算公开\n\n一般公共预算 10.00 万元。\n"


def read_text(folder: Path, text: str) -> Disclosure:
    path = folder / "made.md"
    path.write_text(text, encoding="utf-8")
    return budgetkit.read(path)


def draw(picture: Picture) -> bytes:
    """The picture as bytes; a character that the font lacks is an error."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture.savefig(buffer, format="png")
    assert picture.alt
    return buffer.getvalue()


def test_every_table_is_drawn_without_a_lost_character(disclosure: Disclosure) -> None:
    for table in disclosure.budget_tables:
        if not table.cells:
            continue
        assert draw(figures.plot_composition(table)).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "plot", [figures.plot_coverage, figures.plot_outcomes, figures.plot_status_map]
)
def test_pictures_of_checks_are_drawn_without_a_lost_character(
    plot: Callable[[Reconciliation], Picture], reconciliation: Reconciliation
) -> None:
    assert draw(plot(reconciliation)).startswith(b"\x89PNG")


def test_flow_and_standards_are_drawn_without_a_lost_character(disclosure: Disclosure) -> None:
    assert draw(figures.plot_flow(disclosure)).startswith(b"\x89PNG")
    assert draw(figures.plot_standards(disclosure)).startswith(b"\x89PNG")


def test_the_same_figure_gives_the_same_bytes(disclosure: Disclosure) -> None:
    table = disclosure.table(10)
    assert draw(figures.plot_composition(table)) == draw(figures.plot_composition(table))


def test_a_long_title_is_broken_and_stays_inside_the_picture(disclosure: Disclosure) -> None:
    table = replace(disclosure.table(2), title="部门" * 60)
    picture = figures.plot_composition(table)
    picture.draw_without_rendering()
    assert "\n" in picture.get_suptitle()
    drawn = picture._suptitle.get_window_extent()
    assert drawn.x1 <= picture.bbox.x1 and drawn.y1 <= picture.bbox.y1


def test_a_lost_character_would_be_noticed(disclosure: Disclosure) -> None:
    picture = figures.plot_composition(disclosure.table(10))
    picture.text(0.5, 0.5, "\U00020000")
    with pytest.raises(UserWarning, match="missing from font"):
        draw(picture)


def test_leaf_rows_add_up_to_the_printed_total(disclosure: Disclosure) -> None:
    frame = figures.composition_frame(disclosure.table(2))
    assert len(frame) == 16
    # 26.87 + 37.38 + 9.48 is 73.73, printed as 73.74: the leaves are 0.01 below the total.
    assert sum(frame["value"]) == Decimal("3755.38")
    assert set(frame["part"]) == {
        "一般公共预算",
        "上级一般公共预算安排的转移支付",
        "单位资金",
        "财政拨款结转",
    }


def test_side_by_side_lists_are_kept_apart(disclosure: Disclosure) -> None:
    frame = figures.composition_frame(disclosure.table(1))
    for _, own in frame.groupby("list"):
        assert sum(own["value"]) == Decimal("3755.39")
    assert sorted(set(frame["list"])) == ["支出 Expenditure", "收入 Revenue"]


def test_columns_that_do_not_add_up_are_never_stacked(tmp_path: Path) -> None:
    years = read_text(
        tmp_path,
        "# 某局2026年部门预算公开\n\n## 部门支出总体情况表\n\n单位：万元\n\n"
        "| 科目编码 | 科目名称 | 合计 | 2025年预算数 | 2026年预算数 |\n"
        "| 208 | 社会保障和就业支出 | 9.00 | 8.00 | 9.00 |\n"
        "| 210 | 卫生健康支出 | 3.00 | 1.00 | 3.00 |\n",
    )
    frame = figures.composition_frame(years.table(1))
    assert list(frame["part"]) == ["合计", "合计"]
    assert list(frame["value"]) == [Decimal("9.00"), Decimal("3.00")]


def test_an_empty_table_shows_its_note(disclosure: Disclosure) -> None:
    picture = figures.plot_composition(disclosure.table(8))
    texts = [text.get_text().replace("\n", "") for text in picture.axes[0].texts]
    assert any("没有使用政府性基金" in text for text in texts)
    assert figures.composition_frame(disclosure.table(8)).empty


def test_the_flow_shows_the_printed_totals(disclosure: Disclosure) -> None:
    frame = figures.flow_frame(disclosure)
    for stage in (1, 2):
        total = sum(frame.loc[frame["stage"] == stage, "value"])
        assert abs(total - Decimal("3755.39")) <= Decimal("0.02")
    texts = " ".join(text.get_text() for text in figures.plot_flow(disclosure).axes[0].texts)
    for printed in ("1,428.12", "1,339.81", "677.12", "310.34", "1,351.64", "2,403.75"):
        assert printed in texts


FUNDS = "# 某市某局2026年部门预算公开\n\n## 部门支出总体情况表\n\n单位：万元\n\n"


def expenditure(columns: int, rows: int) -> str:
    """A table by function whose uses beyond the first two are all zero, and small classes."""
    uses = ["基本支出", "项目支出", *(f"对附属单位第{c}项补助支出" for c in range(columns))]
    lines = ["\t".join(["科目编码", "科目名称", "合计", *uses])]
    amounts = [Decimal(3), *[Decimal("0.02")] * (rows - 1)]
    for amount, first in ((sum(amounts), ""), *((a, str(201 + i)) for i, a in enumerate(amounts))):
        name = f"第{first}类公共服务及其他有关方面支出" if first else "合计"
        parts = [amount / 2, amount / 2, *[Decimal(0)] * columns]
        lines.append("\t".join([first, name, *(f"{value:.2f}" for value in (amount, *parts))]))
    return FUNDS + "\n".join(lines) + "\n"


def test_only_what_flows_is_drawn_and_no_two_labels_overlap(tmp_path: Path) -> None:
    made = read_text(tmp_path, expenditure(8, 24))
    assert (figures.flow_frame(made)["value"] == 0).sum() == 8 * 24, "the table keeps the zeros"
    picture = figures.plot_flow(made)
    ax = picture.axes[0]
    texts = [text.get_text() for text in ax.texts]
    assert not any("附属单位" in text for text in texts)
    assert any(text.startswith("15 others") and text.endswith("0.30") for text in texts)
    picture.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(picture.bbox.contains(*corner) for box in boxes for corner in box.corners())


def test_the_flow_promises_no_more_than_it_shows_and_names_its_source(tmp_path: Path) -> None:
    made = read_text(tmp_path, expenditure(1, 3))
    picture = figures.plot_flow(made)
    assert picture.get_suptitle() == "Where the money goes: functions and uses"
    source = picture.get_supxlabel().replace("\n", "")
    assert source.startswith("Source: 某市某局, table 1 部门支出总体情况表")


def test_a_document_without_those_tables_says_so_in_the_picture(tmp_path: Path) -> None:
    bare = read_text(tmp_path, EMPTY)
    assert figures.flow_frame(bare).empty
    for plot, said in (
        (figures.plot_flow, "No table"),
        (figures.plot_standards, "No project"),
        (figures.plot_target_changes, "No target"),
        (figures.plot_weights, "No performance table"),
        (figures.plot_costs, "No performance table"),
        (figures.plot_waterfalls, "No sentence"),
    ):
        picture = plot(bare)
        assert said in picture.axes[0].texts[0].get_text()
        assert picture._repr_png_() is None, "no empty figure"
        assert f'<p class="bk-note">{said}' in (picture._repr_html_() or "")


def test_the_status_map_counts_what_the_summary_counts(reconciliation: Reconciliation) -> None:
    frame = figures.status_map_frame(reconciliation)
    ledger = reconciliation.disclosure.ledger
    tables = [number.id for number in ledger if number.part == "table"]
    for status in ("confirmed", "confirmed_by_rounding", "contradicted", "unchecked"):
        expected = sum(reconciliation.status[number] == status for number in tables)
        assert (frame["status"] == status).sum() == expected
    assert sorted(frame["number"].dropna()) == sorted(tables)
    assert not frame.duplicated(["table", "line", "position"]).any()


def test_outcomes_and_coverage_count_what_the_summary_counts(
    reconciliation: Reconciliation,
) -> None:
    summary = reconciliation.summary()
    outcomes = figures.outcomes_frame(reconciliation)
    for outcome in ("holds", "holds_by_rounding", "violated", "not_checkable"):
        assert outcomes[outcome].sum() == summary[outcome]
    coverage = figures.coverage_frame(reconciliation)
    assert coverage["numbers"].sum() == summary["numbers"]
    for status in ("confirmed", "confirmed_by_rounding", "contradicted", "unchecked"):
        assert coverage[status].sum() == summary[status]
    reasons = figures.reasons_frame(reconciliation)
    assert reasons["checks"].sum() == summary["not_checkable"]


def test_need_and_budget_bars_are_as_long_as_each_other_where_a_residual_is_left(
    disclosure: Disclosure,
) -> None:
    frame = figures.standards_frame(disclosure)
    for _, own in frame[frame["part"] != "carryover"].groupby("project"):
        if (own["part"] == "residual").any():
            bars = [sum(own.loc[own["bar"] == bar, "value"]) for bar in ("need", "budget")]
            assert bars[0] == bars[1]


def test_neighbouring_series_differ_on_a_grey_print() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return (0.299 * red + 0.587 * green + 0.114 * blue) / 255

    for (one, hatch), (other, next_hatch) in pairwise(PALETTE):
        assert abs(lightness(one) - lightness(other)) > 0.12 or hatch != next_hatch


def test_labels_break_chinese_anywhere_and_latin_between_words() -> None:
    assert wrap_label("机关事业单位基本养老保险", 12) == "机关事业单位\n基本养老保险"
    assert wrap_label("General public budget", 12) == "General\npublic\nbudget"
    assert wrap_label("维修（护）费", 9) == "维修（护）\n费"


def test_importing_budgetkit_loads_no_plotting_and_no_data_engine() -> None:
    import subprocess
    import sys

    heavy = ("matplotlib", "pandas", "pyarrow", "duckdb", "fsspec", "distributed", "dask")
    code = f"import sys, budgetkit; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def wide_and_long(columns: int, lines: int) -> str:
    """One table of that size with long names, all amounts 1.00."""
    parts = "\t".join(f"对企业补助及其他资本性支出第{c}分项（含上年结转）" for c in range(columns))
    name = "用于重大公共卫生服务及突发公共卫生事件应急处理的其他专项支出（含中央提前下达资金）"
    rows = [f"科目编码\t科目名称\t合计\t{parts}"]
    rows.append(f"\t合计\t{columns * lines}.00" + f"\t{lines}.00" * columns)
    rows += [f"{2010101 + i}\t{name}\t{columns}.00" + "\t1.00" * columns for i in range(lines)]
    body = "\n".join(rows)
    return f"# 某局2026年部门预算公开\n\n## 部门支出总体情况表\n\n单位：万元\n\n{body}\n"


def test_a_wide_table_with_long_names_is_drawn_in_few_colours_and_short_labels(
    tmp_path: Path,
) -> None:
    picture = figures.plot_composition(read_text(tmp_path, wide_and_long(40, 12)).table(1))
    ax = picture.axes[0]
    legend = ax.get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == len(PALETTE)
    assert legend.get_texts()[-1].get_text() == "33 further columns"
    assert all(label.get_text().count("\n") <= 1 for label in ax.get_yticklabels())
    assert draw(picture).startswith(b"\x89PNG")


def test_the_legend_lies_below_the_bars_and_their_amounts(tmp_path: Path) -> None:
    """One row, whose bar is as long as the total's: in the corner it would cover the amount."""
    picture = figures.plot_composition(read_text(tmp_path, wide_and_long(3, 1)).table(1))
    picture.draw_without_rendering()
    ax = picture.axes[0]
    legend = ax.get_legend()
    assert legend is not None
    frame = legend.get_window_extent()
    assert not any(frame.overlaps(text.get_window_extent()) for text in ax.texts)
    assert not any(frame.overlaps(bar.get_window_extent()) for bar in ax.patches)
    assert ax.get_window_extent().contains(frame.x0 + 1, frame.y0 + 1)


def test_the_map_of_a_huge_table_stays_a_picture(tmp_path: Path) -> None:
    made = budgetkit.check(read_text(tmp_path, wide_and_long(2, 300)))
    picture = figures.plot_status_map(made)
    assert picture.get_figheight() < 30
    assert any("further lines" in text.get_text() for ax in picture.axes for text in ax.texts)
    assert draw(picture).startswith(b"\x89PNG")


def test_a_label_of_too_many_lines_ends_in_an_ellipsis() -> None:
    assert wrap_label("一二三四五六七八九十", 8, 2) == "一二三四\n五六七…"
    assert wrap_label("一二三四五六七八", 8, 2) == "一二三四\n五六七八"
