"""Outcomes of the checks by rule, coverage of the numbers by part, and the lists behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from budgetkit.coverage import coverage_frame
from budgetkit.display import Sign, find_sign, signs
from budgetkit.figures.style import (
    INK,
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    wrap_label,
    write_value,
)
from budgetkit.language import language, tell, told
from budgetkit.reconciliation import Reconciliation
from budgetkit.rules import find_rule, rules

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "checks_frame",
    "coverage_frame",
    "made_from",
    "outcomes_frame",
    "plot_coverage",
    "plot_outcomes",
    "reasons_frame",
]


def outcomes_frame(reconciliation: Reconciliation, table: int | None = None) -> pd.DataFrame:
    """How often each rule held: columns rule, title, title_zh, level_if_violated, one an outcome, checks.

    With `table` only checks count that name a number of that table. Rules without any check are
    left out.
    """
    import pandas as pd

    wanted = None
    if table is not None:
        wanted = {n.id for n in reconciliation.disclosure.ledger if n.table == table}
    counts: dict[str, dict[str, int]] = {}
    for check in reconciliation.check_list:
        if wanted is not None and wanted.isdisjoint(check.numbers):
            continue
        row = counts.setdefault(check.rule, dict.fromkeys(signs("outcome"), 0))
        row[check.outcome] += 1
    order = list(rules())
    records = [
        {
            "rule": rule_id,
            "title": find_rule(rule_id).en,
            "title_zh": find_rule(rule_id).zh,
            "level_if_violated": find_rule(rule_id).level,
            **counts[rule_id],
            "checks": sum(counts[rule_id].values()),
        }
        for rule_id in sorted(counts, key=order.index)
    ]
    columns = ["rule", "title", "title_zh", "level_if_violated", *signs("outcome"), "checks"]
    return pd.DataFrame(records, columns=columns)


def checks_frame(reconciliation: Reconciliation, outcome: str) -> pd.DataFrame:
    """The checks with this outcome: rule, check (both sides in words), difference, tolerance.

    Difference and tolerance are Decimals in the printed unit; None where a check was not made.
    """
    import pandas as pd

    records = [
        {
            "rule": find_rule(check.rule).title(language()),
            "check": tell(check.message),
            "difference": check.difference,
            "tolerance": check.tolerance,
        }
        for check in reconciliation.check_list
        if check.outcome == outcome
    ]
    return pd.DataFrame(records, columns=["rule", "check", "difference", "tolerance"])


def reasons_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """Why checks were not made: columns rule, reason, checks (count), in catalogue order."""
    import pandas as pd

    counts: dict[tuple[str, str], int] = {}
    for check in reconciliation.check_list:
        if check.outcome == "not_checkable":
            key = (find_rule(check.rule).title(language()), tell(check.reason))
            counts[key] = counts.get(key, 0) + 1
    records = [{"rule": k[0], "reason": k[1], "checks": n} for k, n in counts.items()]
    return pd.DataFrame(records, columns=["rule", "reason", "checks"])


@in_style
def plot_outcomes(reconciliation: Reconciliation) -> Picture:
    """Outcomes by rule as stacked bars: number of checks, hatched so that grey print tells."""
    frame = outcomes_frame(reconciliation)
    picture = new_picture(
        height=1.7 + 0.4 * max(len(frame), 1),
        title=told("What became of every check, by rule"),
        alt=told("Stacked bars: number of checks by rule and outcome"),
    )
    ax = picture.subplots()
    titles = [
        row.title_zh if language() == "zh" else f"{row.title}\n{row.title_zh}"
        for row in rows_of(frame)
    ]
    _stack(ax, frame, titles, list(signs("outcome").values()))
    ax.set_xlabel(told("number of checks"))
    add_source(picture, made_from(reconciliation))
    return picture


@in_style
def plot_coverage(reconciliation: Reconciliation) -> Picture:
    """How many numbers are confirmed, contradicted or unchecked, by part of the document."""
    frame = coverage_frame(reconciliation)
    picture = new_picture(
        height=1.7 + 0.42 * max(len(frame), 1),
        title=told("How many numbers are confirmed"),
        alt=told("Stacked bars: numbers by part of the document and status"),
    )
    ax = picture.subplots()
    titles = [find_sign("part", part).both for part in frame["part"]]
    _stack(ax, frame, titles, [s for s in signs("status").values() if s.id in frame.columns])
    ax.set_xlabel(told("printed numbers"))
    add_source(picture, made_from(reconciliation))
    return picture


def _stack(ax: Axes, frame: pd.DataFrame, titles: Sequence[str], series: Sequence[Sign]) -> None:
    from matplotlib.patches import Patch

    shown = [sign for sign in series if int(frame[sign.id].sum()) > 0]
    whole = max((int(frame[[s.id for s in shown]].sum(axis=1).max()) if shown else 1), 1)
    for y in range(len(frame)):
        start = 0
        for sign in shown:
            count = int(frame[sign.id].iloc[y])
            if not count:
                continue
            ax.barh(y, count, left=start, height=0.66, color=sign.fill, hatch=sign.hatch,
                    edgecolor="white", linewidth=0.6)  # fmt: skip
            if count >= whole * 0.05:
                pale = sign.id in {"holds_by_rounding", "not_checkable", "unchecked", "confirmed"}
                box = {"facecolor": sign.fill, "edgecolor": "none", "pad": 1.2}
                ax.text(start + count / 2, y, f"{count:,}", ha="center", va="center",
                        fontsize=8, color=INK if pale else "white", bbox=box)  # fmt: skip
            start += count
        write_value(ax, y, start, f"{start:,}")
    ax.set_yticks(range(len(frame)), [wrap_label(t, 52) for t in titles], fontsize=7.5)
    ax.set_ylim(len(frame) - 0.4, -0.6)
    ax.margins(x=0.09)
    if shown:
        ax.legend(
            handles=[
                Patch(facecolor=s.fill, hatch=s.hatch, edgecolor="white",
                      label=f"{s.symbol} {s.both}")
                for s in shown
            ],
            loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False,
        )  # fmt: skip


def made_from(reconciliation: Reconciliation) -> str:
    """The source line of a figure that is made from all checks."""
    read = reconciliation.disclosure
    return told(
        "Source: {title}; {count} checks",
        title=read.title,
        count=f"{len(reconciliation.check_list):,}",
    )
