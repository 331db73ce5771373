"""Performance targets: beside last year's values, their weights, and costs beside budgets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.disclosure import Disclosure
from budgetkit.display import describe_place, describe_unit
from budgetkit.figures.style import (
    GREY,
    INK,
    PALETTE,
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    say_nothing,
    wrap_label,
    write_value,
)
from budgetkit.language import Said, joined, said, tell, told
from budgetkit.ledger import YUAN, Number
from budgetkit.target_names import comparable_values, direction, is_cost
from budgetkit.target_records import Target, TargetTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "costs_frame",
    "plot_costs",
    "plot_target_changes",
    "plot_weights",
    "target_tables_frame",
    "targets_frame",
    "weights_frame",
]

_MOST_BARS = 40
NO_LEVEL = said("no level printed")
_WIDEST = 150
_WHOLE = said("whole department")
#: Colour, hatching and words of what a target is, beside last year's value.
WAYS = {
    "more": ("#0a4a7a", "", said("asks for more")),
    "less": ("#c4410c", "....", said("asks for less")),
    "changed": (GREY, "", said("a cost, or no direction named")),
    "same": ("#d9dcdd", "", said("as last year")),
}


def target_tables_frame(disclosure: Disclosure) -> pd.DataFrame:
    """The performance tables: columns table, project, indicators, budget (Decimal, 万元), weight.

    `project` is the department where a table is about all of it; `weight` is the sum of weights.
    """
    import pandas as pd

    records = []
    for table in disclosure.target_tables:
        weights = [target.weight for target in table.targets if target.weight is not None]
        records.append(
            {
                "table": table.number,
                "project": table.project or table.department or table.title,
                "indicators": len(table.targets),
                "budget": table_budget(table),
                "weight": sum(weights, Decimal(0)) if weights else None,
            }
        )
    return pd.DataFrame(records, columns=["table", "project", "indicators", "budget", "weight"])


def targets_frame(disclosure: Disclosure) -> pd.DataFrame:
    """Every indicator beside last year's value, one row each, in document order.

    Columns: table, project, level_1, level_2, indicator, target (as printed), previous (as
    printed), change (Decimal, % of the previous value; None where the two cannot be compared or
    the previous is zero), way (more, less, changed, same, or "" where not comparable), weight
    (Decimal), where.
    """
    import pandas as pd

    records = []
    for target in disclosure.target_list:
        change, way = _compare(target)
        records.append(
            {
                "table": target.table,
                "project": target.project,
                "level_1": target.level_1,
                "level_2": target.level_2,
                "indicator": target.level_3,
                "target": _printed(target.operator, target.target_text),
                "previous": target.previous_text,
                "change": change,
                "way": way,
                "weight": target.weight,
                "where": _place(target),
            }
        )
    columns = ["table", "project", "level_1", "level_2", "indicator", "target", "previous",
               "change", "way", "weight", "where"]  # fmt: skip
    return pd.DataFrame(records, columns=columns)


def _place(target: Target) -> str:
    number = target.target or target.previous or target.weighted
    return describe_place(number) if number is not None else str(target.where)


def _printed(operator: str, text: str) -> str:
    """The target with its sign, also where the sign stands in a column of its own."""
    plain = "".join(text.split())
    return f"{operator}{plain.lstrip('≥≤><=＞＜＝')}" if operator else plain


def _compare(target: Target) -> tuple[Decimal | None, str]:
    pair = comparable_values(target)
    if pair is None:
        return None, ""
    now, before = pair
    change = round(100 * (now - before) / before, 2) if before > 0 else None
    if now == before:
        return change, "same"
    better = {"≥": "more", ">": "more", "≤": "less", "<": "less"}.get(target.operator, "")
    named = direction(target)
    better = better or named
    if not better or is_cost(target) or (named and named != better):
        return change, "changed"
    return change, "more" if (now > before) == (better == "more") else "less"


@in_style
def plot_target_changes(disclosure: Disclosure) -> Picture:
    """Targets that differ from last year's value, as changes in percent of it.

    Beside each bar stand both values as printed. The largest changes come first, at most 40.
    """
    frame = targets_frame(disclosure)
    moved = frame[frame["change"].notna() & ~frame["way"].isin(["same", ""])]
    order = sorted(range(len(moved)), key=lambda i: -abs(moved["change"].iloc[i]))[:_MOST_BARS]
    moved = moved.iloc[order]
    same = int((frame["way"] == "same").sum())
    title = told("Targets that differ from last year's value")
    if moved.empty:
        return say_nothing(
            title,
            told(
                "No target of this document differs from its previous value; {count} are the same.",
                count=same,
            )
            if same
            else told("No target of this document can be compared with a previous value."),
        )
    picture = new_picture(
        height=1.5 + 0.34 * len(moved),
        title=title,
        alt=told("Bars: the change of every target that differs, in percent of the previous value"),
    )
    ax = picture.subplots()
    for y, row in enumerate(rows_of(moved)):
        change = max(min(float(row.change), _WIDEST), -_WIDEST)
        colour, hatch, _ = WAYS[str(row.way)]
        ax.barh(y, change, height=0.62, color=colour, hatch=hatch, edgecolor="white", linewidth=0.6)
        text = f"{row.previous} → {row.target}".replace("\n", "")
        if abs(float(row.change)) > _WIDEST:
            text += f" ({row.change:+,.0f}%)"
        ax.annotate(wrap_label(_cut(text, 60), 44), (max(change, 0), y), xytext=(4, 0),
                    textcoords="offset points", va="center", fontsize=7.2, color=INK)  # fmt: skip
    labels = [
        f"{_cut(row.indicator, 46)}\n{_cut(row.project or tell(_WHOLE), 42)}"
        for row in rows_of(moved)
    ]
    ax.set_yticks(range(len(labels)), labels, fontsize=6.8, linespacing=1.05)
    ax.set_ylim(len(moved) - 0.4, -0.6)
    ax.axvline(0, color=INK, linewidth=0.8)
    low = min(0.0, max(float(moved["change"].min()), -_WIDEST))
    ax.set_xlim(low * 1.05 - 2, min(max(float(moved["change"].max()), 20), _WIDEST) * 1.0 + 95)
    ax.set_xticks([tick for tick in (-150, -100, -50, 0, 50, 100, 150) if low - 50 < tick < 160])
    ax.set_xlabel(told("change in percent of the previous value"))
    _legend(ax, [way for way in WAYS if way in set(moved["way"])])
    notes: list[str] = [
        _source(disclosure),
        said("{count} comparable targets are as last year", count=same),
    ]
    if len(order) == _MOST_BARS:
        changes = int(frame["change"].notna().sum()) - same
        notes.append(
            said("the {shown} largest of {count} changes", shown=_MOST_BARS, count=changes)
        )
    add_source(picture, joined(notes))
    return picture


def _legend(ax: Axes, ways: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    ax.legend(
        handles=[Patch(facecolor=WAYS[w][0], hatch=WAYS[w][1], edgecolor="white", label=tell(WAYS[w][2]))
                 for w in ways],
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False,
    )  # fmt: skip


def weights_frame(disclosure: Disclosure) -> pd.DataFrame:
    """Weights by first level: columns table, project, level_1, indicators, weight (Decimal)."""
    import pandas as pd

    records = []
    for table in disclosure.target_tables:
        levels: dict[str, list[Decimal]] = {}
        for target in table.targets:
            if target.weight is not None:
                levels.setdefault(target.level_1 or tell(NO_LEVEL), []).append(target.weight)
        records += [
            {"table": table.number, "project": table.project, "level_1": level,
             "indicators": len(weights), "weight": sum(weights, Decimal(0))}
            for level, weights in levels.items()
        ]  # fmt: skip
    columns = ["table", "project", "level_1", "indicators", "weight"]
    return pd.DataFrame(records, columns=columns)


@in_style
def plot_weights(disclosure: Disclosure) -> Picture:
    """What counts in each performance table: weights by first level, adding up to 90 or 100."""
    frame = weights_frame(disclosure)
    tables = [t for t in disclosure.target_tables if t.number in set(frame["table"])]
    shown = tables[:_MOST_BARS]
    title = told("What counts: weights by kind of indicator")
    if not shown:
        return say_nothing(title, told("No performance table of this document prints weights."))
    picture = new_picture(
        height=1.5 + 0.36 * len(shown),
        title=title,
        alt=told("Stacked bars: the weights of each performance table by first level"),
    )
    totals = frame.groupby("level_1", sort=False)["weight"].apply(lambda w: sum(w, Decimal(0)))
    levels = sorted(totals.index, key=lambda level: -totals[level])[: len(PALETTE) - 1]
    ax = picture.subplots()
    for y, table in enumerate(shown):
        own = frame[frame["table"] == table.number]
        start = Decimal(0)
        for index, level in enumerate([*levels, None]):
            rows = own[own["level_1"] == level] if level else own[~own["level_1"].isin(levels)]
            weight = sum(rows["weight"], Decimal(0))
            if weight:
                colour, hatch = PALETTE[index]
                ax.barh(y, float(weight), left=float(start), height=0.66, color=colour,
                        hatch=hatch, edgecolor="white", linewidth=0.6)  # fmt: skip
                start += weight
        write_value(ax, y, float(start), f"{start.normalize():f}")
    ax.set_yticks(range(len(shown)), [_table_label(table) for table in shown], fontsize=7.2)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlabel(told("points"))
    ax.margins(x=0.09)
    from matplotlib.patches import Patch

    names = [*levels, *([told("others")] if len(totals) > len(levels) else [])]
    ax.legend(
        handles=[Patch(facecolor=PALETTE[i][0], hatch=PALETTE[i][1], edgecolor="white", label=name)
                 for i, name in enumerate(names)],
        loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False,
    )  # fmt: skip
    notes = [_source(disclosure)]
    if len(tables) > len(shown):
        notes.append(
            said("the first {shown} of {count} tables", shown=len(shown), count=len(tables))
        )
    add_source(picture, joined(notes))
    return picture


def costs_frame(disclosure: Disclosure) -> pd.DataFrame:
    """Cost indicators in money beside the budget of their table, one row each.

    Columns: table, project, indicator, target (as printed), cost (Decimal, 万元), budget (Decimal,
    万元; None where the table prints none), share (Decimal, % of the budget; None without one),
    where. Rates (元/人/月) are no amounts and stand in the table of standards.
    """
    import pandas as pd

    records = []
    for table in disclosure.target_tables:
        budget = table_budget(table)
        for target in table.targets:
            if target.target is None or not is_cost(target) or target.unit not in YUAN:
                continue
            cost = _in_wan(target.target)
            share = round(100 * cost / budget, 2) if budget else None
            records.append(
                {
                    "table": table.number,
                    "project": table.project,
                    "indicator": target.level_3,
                    "target": _printed(target.operator, target.target_text),
                    "cost": cost,
                    "budget": budget,
                    "share": share,
                    "where": describe_place(target.target),
                }
            )
    columns = ["table", "project", "indicator", "target", "cost", "budget", "share", "where"]
    return pd.DataFrame(records, columns=columns)


def table_budget(table: TargetTable) -> Decimal | None:
    """The total budget of a performance table in 万元: as printed, else its parts together."""
    total = table.budget.get("budget_total")
    if total is not None:
        return _in_wan(total) if total.unit in YUAN else None
    parts = [number for number in table.budget.values() if number.unit in YUAN]
    return sum((_in_wan(number) for number in parts), Decimal(0)) if parts else None


def _in_wan(number: Number) -> Decimal:
    return number.value * YUAN[number.unit] / YUAN["万元"]


@in_style
def plot_costs(disclosure: Disclosure) -> Picture:
    """Cost indicators of each performance table, stacked, in percent of its budget.

    The line at 100 is the budget; beside each bar stand costs and budget in 万元.
    """
    frame = costs_frame(disclosure)
    frame = frame[frame["budget"].notna()]
    numbers = [
        n for n in dict.fromkeys(frame["table"]) if any(frame[frame["table"] == n]["budget"])
    ]
    tables = [t for t in disclosure.target_tables if t.number in numbers][:_MOST_BARS]
    title = told("Cost targets beside the budget")
    if not tables:
        return say_nothing(
            title, told("No performance table of this document sets costs beside a budget.")
        )
    picture = new_picture(
        height=1.4 + 0.38 * len(tables),
        title=title,
        alt=told(
            "Stacked bars: cost indicators of each performance table in percent of its budget"
        ),
    )
    ax = picture.subplots()
    widest = 100.0
    for y, table in enumerate(tables):
        own = frame[frame["table"] == table.number]
        budget = own["budget"].iloc[0]
        start = 0.0
        for index, row in enumerate(rows_of(own)):
            share = float(100 * row.cost / budget)
            colour, hatch = PALETTE[index % len(PALETTE)]
            ax.barh(y, share, left=start, height=0.66, color=colour, hatch=hatch,
                    edgecolor="white", linewidth=0.6)  # fmt: skip
            start += share
        cost = sum(own["cost"], Decimal(0))
        write_value(
            ax,
            y,
            max(start, 100.0),
            told("{cost} of {budget}", cost=_plain(cost), budget=_plain(budget)),
        )
        widest = max(widest, start)
    ax.axvline(100, color=INK, linewidth=0.9)
    ax.set_yticks(range(len(tables)), [_table_label(table) for table in tables], fontsize=7.2)
    ax.set_ylim(len(tables) - 0.4, -0.6)
    ax.set_xlim(0, widest * 1.32)
    ax.set_xticks([tick for tick in range(0, 1000, 25 if widest < 150 else 100) if tick <= widest])
    ax.set_xlabel(told("percent of the budget; amounts in {unit}", unit=describe_unit("万元")))
    pieces = said("a bar's pieces are single cost indicators, listed in the table below")
    add_source(picture, joined([_source(disclosure), pieces]))
    return picture


def _plain(value: Decimal) -> str:
    places = -int(value.normalize().as_tuple().exponent)
    return f"{round(value, max(places, 2)):,f}"


def _table_label(table: TargetTable) -> str:
    return f"{table.number} {wrap_label(_cut(table.project or tell(_WHOLE), 58), 42)}"


def _cut(text: str, width: int) -> str:
    text = "".join(text.split("\n"))
    return (
        text
        if len(text) <= width // 2 or len(text.encode("gbk", "replace")) <= width
        else (text[: width // 2] + "…")
    )


def _source(disclosure: Disclosure) -> Said:
    owner = disclosure.department or disclosure.title
    return said("Source: {owner}, performance tables", owner=owner)
