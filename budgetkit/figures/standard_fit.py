"""Which headcounts fit, what a change of one number does, and standards on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from budgetkit.disclosure import Disclosure
from budgetkit.display import describe_unit, group_digits
from budgetkit.figures.standards import standards_origin
from budgetkit.figures.style import (
    INK,
    PALETTE,
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    say_nothing,
    thousands,
    wrap_label,
    write_value,
)
from budgetkit.headcounts import headcounts_table
from budgetkit.language import said, tell, told
from budgetkit.scenarios import VARIABLES, Scenario, find_scenarios, variable_name
from budgetkit.standard_scale import scale_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_headcounts", "plot_scenario", "plot_scenarios", "plot_standard_scale"]

_BUDGET = "#8c3b12"
_NEED = PALETTE[0][0]
_FITS = PALETTE[2][0]
_UNIT = "万元"


@in_style
def plot_headcounts(disclosure: Disclosure) -> Picture:
    """The headcounts that each limit and the budget pay in full, a panel a project.

    The band is what fits all of them, the line a printed headcount. The same as a table:
    `headcounts.headcounts_table`. One line says so where no standard stands beside money.
    """
    frame = headcounts_table(disclosure)
    projects = list(dict.fromkeys(frame["project"]))
    title = said("How many receivers fit")
    if not projects:
        return say_nothing(title, said("No standard of this document stands beside money."))
    heights = [_panel_rows(frame, project) for project in projects]
    picture = new_picture(
        height=0.9 + sum(0.62 + 0.3 * rows for rows in heights),
        title=title,
        alt=said("Bars of the headcounts that each limit and the budget pay, a panel a project"),
    )
    axes = picture.subplots(
        len(projects), 1, squeeze=False, gridspec_kw={"height_ratios": [h + 1.4 for h in heights]}
    )[:, 0]
    for ax, project in zip(axes, projects, strict=True):
        _draw_ranges(ax, frame[frame["project"] == project], str(project))
    axes[-1].set_xlabel(told("receivers, each paid in full"))
    add_source(
        picture,
        said("Source: {origin}; ranges are computed; band: what fits all; each panel has its own scale",
             origin=standards_origin(disclosure)),
    )  # fmt: skip
    return picture


def _panel_rows(frame: pd.DataFrame, project: str) -> int:
    return int(((frame["project"] == project) & frame["by"].isin(["limit", "budget"])).sum())


def _draw_ranges(ax: Axes, frame: pd.DataFrame, project: str) -> None:
    kinds = {
        "limit": lambda label: said("limit: {label}", label=label),
        "budget": lambda label: said("budget: {label}", label=label),
    }
    ticks: list[str] = []
    largest = max([int(m) for m in frame["most"] if m is not None], default=1)
    for row in rows_of(frame):
        if row.by in kinds:
            y = len(ticks)
            colour = _NEED if row.by == "limit" else PALETTE[5][0]
            ax.barh(y, row.most - row.least, left=row.least, height=0.56, color=colour)
            _write_count(ax, y, row.most)
            ticks.append(wrap_label(tell(kinds[row.by](row.label)), 38, 2))
        elif row.by == "all" and row.most >= row.least:
            ax.axvspan(row.least, row.most, color=_FITS, alpha=0.35, zorder=0, linewidth=0)
    for row in rows_of(frame[frame["by"] == "stated"]):
        stated = row.least or row.most
        ax.axvline(stated, color="white", linewidth=3)
        ax.axvline(stated, color=_BUDGET, linewidth=1.4, linestyle="--")
        ax.annotate(
            told("stated: {count}", count=f"{stated:,}"), (stated, 1), xytext=(0, 2),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
            va="bottom", fontsize=7.5, color=_BUDGET,
        )  # fmt: skip
        largest = max(largest, stated)
    ax.set_yticks(range(len(ticks)), ticks, fontsize=7.5)
    ax.set_ylim(len(ticks) - 0.4, -0.6)
    ax.set_xlim(0, largest * 1.15)
    ax.set_title(wrap_label(project, 90), loc="left", fontsize=8.5, pad=14)


def _write_count(ax: Axes, y: float, count: int) -> None:
    """A count behind its bar, readable where the line of the stated one passes."""
    ax.annotate(
        f"{count:,}", (count, y), xytext=(5, 0), textcoords="offset points", va="center",
        fontsize=8, color=INK, zorder=5,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
    )  # fmt: skip


@in_style
def plot_scenarios(disclosure: Disclosure) -> Picture:
    """What changes when one number changes: a row a project, a panel a variable.

    The line is the need, the dashed one the budget; the dot is what the document states, the ring
    where the money runs out. The same as a table: `scenarios.scenarios_table`. One line says so
    where nothing can be computed.
    """
    found = find_scenarios(disclosure)
    title = said("What if: the need when one number changes")
    if not found:
        return say_nothing(
            title, said("No project of this document names a standard, a headcount and a budget.")
        )
    picture = new_picture(
        height=1.0 + 1.75 * len(found),
        title=title,
        alt=said("Lines of the need against headcount, months, standard and take-up, with the "
                 "budget as a dashed line, a row a project"),
    )  # fmt: skip
    rows = picture.subfigures(len(found), 1, squeeze=False)[:, 0]
    for part, scenario in zip(rows, found, strict=True):
        part.suptitle(wrap_label(scenario.project, 110), x=0.01, ha="left", fontsize=8.5)
        axes = part.subplots(1, len(VARIABLES), sharey=True)
        for ax, variable in zip(axes, VARIABLES, strict=True):
            _draw_line(ax, scenario, variable)
        axes[0].set_ylabel(_UNIT)
    add_source(
        picture,
        said("Source: {origin}; lines: need, computed; dashed: budget, printed; dot: as stated; "
             "ring: where the money runs out", origin=standards_origin(disclosure)),
    )  # fmt: skip
    return picture


def _draw_line(ax: Axes, scenario: Scenario, variable: str) -> None:
    ax.grid(True, axis="both")
    if variable == "times" and scenario.unit == "once":
        ax.axis("off")
        return
    factor = 100 if variable == "takeup" else 1
    stated: Fraction = getattr(scenario, variable)
    even = scenario.break_even(variable)
    end = max(stated * 3 / 2, min(even * 11 / 10, stated * 2) if even else Fraction(0))
    ends = [Fraction(0), end]
    needs = [scenario.vary(**{variable: value}).need for value in ends]
    ax.plot([float(v * factor) for v in ends], _drawn(needs), color=_NEED, linewidth=1.6)
    ax.axhline(_drawn([scenario.budget])[0], color=_BUDGET, linestyle="--", linewidth=1.3)
    ax.plot(float(stated * factor), _drawn([scenario.need])[0], "o", color=_NEED, markersize=5)
    if even is not None and even <= end:
        x, y = float(even * factor), _drawn([scenario.budget])[0]
        ax.plot(x, y, "o", markerfacecolor="white", markeredgecolor=_BUDGET, markersize=6)
        right = even > end / 2
        ax.annotate(_plain(even * factor), (x, y), xytext=(-6 if right else 6, 5),
                    textcoords="offset points", ha="right" if right else "left",
                    fontsize=7.5, color=_BUDGET)  # fmt: skip
    ax.set_xlim(0, float(end * factor))
    ax.set_ylim(0)
    ax.locator_params(axis="x", nbins=4)
    ax.xaxis.set_major_formatter(FuncFormatter(thousands))
    ax.yaxis.set_major_formatter(FuncFormatter(thousands))
    ax.tick_params(labelsize=7)
    ax.set_xlabel(wrap_label(variable_name(variable, scenario), 24), fontsize=7.5)


def _drawn(values: Sequence[Fraction]) -> list[float]:
    return [float(value / 10_000) for value in values]


def _plain(value: Fraction) -> str:
    text = group_digits(round(Decimal(value.numerator) / Decimal(value.denominator), 2))
    return text.rstrip("0").rstrip(".") if "." in text else text


@in_style
def plot_scenario(scenario: Scenario) -> Picture:
    """One scenario: the need as a bar, the budget as a line; what is missing is hatched."""
    picture = new_picture(
        height=1.75,
        title=wrap_label(scenario.project, 80, 1),
        alt=said("A bar of the need beside a line of the budget"),
    )
    ax = picture.subplots()
    need, budget = _drawn([scenario.need, scenario.budget])
    inside = min(need, budget)
    ax.barh(0, inside, height=0.6, color=_NEED)
    if need > budget:
        ax.barh(0, need - budget, left=budget, height=0.6, color="white", hatch="////",
                edgecolor=_BUDGET, hatchcolor=_BUDGET)  # fmt: skip
    ax.axvline(budget, color=_BUDGET, linestyle="--", linewidth=1.6)
    write_value(ax, 0, need, _plain(scenario.need / 10_000))
    ax.annotate(
        told("budget {amount}", amount=_plain(scenario.budget / 10_000)), (budget, 1),
        xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
        ha="center", va="bottom", fontsize=8, color=_BUDGET,
    )  # fmt: skip
    ax.set_yticks([0], [told("need")])
    ax.set_ylim(-0.5, 0.5)
    ax.set_xlim(0, max(need, budget) * 1.15)
    ax.set_xlabel(describe_unit(_UNIT))
    return picture


@in_style
def plot_standard_scale(disclosure: Disclosure) -> Picture:
    """Standards in 元 a person and month as dots, largest first; open dots are lower limits.

    The same as a table: `standard_scale.scale_table`. One line says so where there is none.
    """
    frame = scale_table(disclosure)
    title = said("Standards on one scale")
    if frame.empty:
        return say_nothing(title, said("No standard of this document is per person and month."))
    labels = [wrap_label(f"{row.label}\n{row.project}", 54, 3) for row in rows_of(frame)]
    picture = new_picture(
        height=1.2 + sum(0.1 + 0.16 * (1 + label.count("\n")) for label in labels),
        title=title,
        alt=said("A dot for each standard in yuan a person and month"),
    )
    ax = picture.subplots()
    for y, row in enumerate(rows_of(frame)):
        value = float(row.yuan_per_person_month)
        fill = "white" if row.bound == "at_least" else _NEED
        ax.plot([0, value], [y, y], color="#c9ccce", linewidth=1.2, zorder=1)
        ax.plot(value, y, "o", markersize=7, markeredgecolor=_NEED, markerfacecolor=fill)
        sign = "≥ " if row.bound == "at_least" else ""
        text = sign + group_digits(row.yuan_per_person_month)
        ax.annotate(text, (value, y), xytext=(8, 0), textcoords="offset points", va="center",
                    fontsize=8, color=INK)  # fmt: skip
    ax.set_yticks(range(len(labels)), labels, fontsize=7.5)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xlim(0, float(max(frame["yuan_per_person_month"])) * 1.2)
    ax.set_xlabel(told("元 a person and month"))
    add_source(
        picture,
        said("Source: {origin}; a year's standard by twelve", origin=standards_origin(disclosure)),
    )
    return picture
