"""What a table's total is made up of, as bars and as a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetkit.display import (
    amount_parts,
    describe_place,
    describe_unit,
    group_digits,
    row_total,
    split_rows,
    table_lines,
)
from budgetkit.figures.style import (
    GREY,
    INK,
    PALETTE,
    Picture,
    add_source,
    in_style,
    new_picture,
    say_nothing,
    wrap_label,
    write_value,
)
from budgetkit.headings import Column
from budgetkit.labels import parse_label
from budgetkit.language import beside, joined, language, told
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_term

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["column_label", "composition_frame", "plot_composition", "used_columns"]


_MOST_BARS = 24
_ROW = 0.30
"""Inches from one bar to the next."""
_LEGEND_COLUMNS = 42
_MOST_PARTS = len(PALETTE) - 1


def composition_frame(table: BudgetTable) -> pd.DataFrame:
    """What a table's total is made up of: one row a leaf row and part column.

    Columns: list (heading of the side-by-side list), row, name, part, value (Decimal), unit,
    share (Decimal, % of the list's total, two places; None without a total) and where.
    """
    import pandas as pd

    records = []
    for section in range(len(table.rows)):
        total, leaves = split_rows(table, section)
        column = row_total(table, section)
        whole = table.cells.get((total.line, column.index)) if total and column else None
        for row in leaves:
            for part in amount_parts(table, section):
                number = table.cells.get((row.line, part.index))
                if number is None:
                    continue
                share = None
                if whole is not None and whole.value:
                    share = round(100 * number.value / whole.value, 2)
                records.append(
                    {
                        "list": _list_name(table, section),
                        "row": row.key,
                        "name": row.name,
                        "part": part.path[-1] if part.path else part.number,
                        "value": number.value,
                        "unit": number.unit,
                        "share": share,
                        "where": describe_place(number),
                    }
                )
    columns = ["list", "row", "name", "part", "value", "unit", "share", "where"]
    return pd.DataFrame(records, columns=columns)


@in_style
def plot_composition(table: BudgetTable) -> Picture:
    """A table in one picture: its leaf rows as bars, largest first, the total above them.

    Bars are split by the columns that make up the row total; each bar ends in the printed amount.
    """
    panels = [
        section
        for section in range(len(table.rows))
        if any(True for _ in split_rows(table, section)[1])
    ]
    if not panels:
        return _plot_empty(table)
    bars = [
        min(len(split_rows(table, s)[1]), _MOST_BARS) + 1.6 + _legend_room(_legend_names(table, s))
        for s in panels
    ]
    picture = new_picture(
        height=0.8 + _ROW * sum(bars) + 0.45 * len(panels),
        title=_heading(table),
        alt=told(
            "Bars: what makes up the total of table {table}, {title}",
            table=table.number,
            title=table.title,
        ),
    )
    axes = picture.subplots(len(panels), 1, squeeze=False, sharex=True, height_ratios=bars)[:, 0]
    for position, (ax, section) in enumerate(zip(axes, panels, strict=True)):
        _draw_bars(ax, table, section, last=position == len(panels) - 1)
    add_source(picture, _source(table))
    return picture


def _plot_empty(table: BudgetTable) -> Picture:
    note = table.note or told("The table holds no number and says nothing about why.")
    return say_nothing(_heading(table), note)


def _draw_bars(ax: Axes, table: BudgetTable, section: int, last: bool) -> None:
    total, leaves = split_rows(table, section)
    column = row_total(table, section)
    assert column is not None
    parts = used_columns(table, leaves, amount_parts(table, section))
    groups = _grouped(table, leaves, parts)
    leaves = sorted(leaves, key=lambda row: -table.cells[row.line, column.index].value)
    rest = leaves[_MOST_BARS:]
    leaves = leaves[:_MOST_BARS]
    labels: list[str] = []
    if total is not None and (whole := table.cells.get((total.line, column.index))) is not None:
        labels.append(_row_label(total))
        ax.barh(0, float(whole.value), height=0.62, color="#3c3c3c")
        write_value(ax, 0, float(whole.value), whole.text)
    for row in leaves:
        y = len(labels)
        labels.append(_row_label(row))
        start = Decimal(0)
        for index, group in enumerate(groups):
            found = [n for part in group if (n := table.cells.get((row.line, part.index)))]
            value = sum((number.value for number in found), Decimal(0))
            if found:
                ax.barh(y, float(value), left=float(start), height=0.62,
                        **_series(index, len(groups)))  # fmt: skip
            start += value
        write_value(ax, y, float(max(start, Decimal(0))), table.cells[row.line, column.index].text)
    if rest:
        amount = sum((table.cells[row.line, column.index].value for row in rest), Decimal(0))
        ax.barh(len(labels), float(amount), height=0.62, color=GREY)
        write_value(ax, len(labels), float(amount), group_digits(amount))
        more = len(rest) > 1
        labels.append(
            told("{count} smaller rows", count=len(rest)) if more else _row_label(rest[0])
        )
    ax.set_yticks(range(len(labels)), [wrap_label(text, 36, 2) for text in labels])
    names = _legend_names(table, section)
    ax.set_ylim(len(labels) - 0.45 + _legend_room(names), -0.55)
    ax.margins(x=0.13)
    ax.set_title(_list_name(table, section), loc="left", color=INK, fontsize=9)
    if last:
        ax.set_xlabel(describe_unit(table.unit))
    if names:
        _add_legend(ax, names)


def _legend_names(table: BudgetTable, section: int) -> list[str]:
    """What the colours of a section's bars stand for; nothing where there is one colour."""
    leaves = split_rows(table, section)[1]
    parts = used_columns(table, leaves, amount_parts(table, section))
    if len(parts) < 2:
        return []
    groups = _grouped(table, leaves, parts)
    names = [column_label(group[0]) for group in groups]
    if len(groups[-1]) > 1:
        names[-1] = told("{count} further columns", count=len(groups[-1]))
    return [wrap_label(name, _LEGEND_COLUMNS, 2) for name in names]


def _legend_room(names: Sequence[str]) -> float:
    """How many rows of bars a legend in two columns below them takes."""
    rows = (len(names) + 1) // 2
    lines = sum(1 + max(name.count("\n") for name in names[i::rows]) for i in range(rows))
    return (0.14 * lines + 0.06 * rows + 0.1) / _ROW if rows else 0.0


def _grouped(table: BudgetTable, rows: Iterable[Row], parts: list[Column]) -> list[list[Column]]:
    """The part columns one by one, the smallest of very many together as the last."""
    if len(parts) <= len(PALETTE):
        return [[part] for part in parts]
    lines = [row.line for row in rows]

    def size(part: Column) -> Decimal:
        found = (table.cells.get((line, part.index)) for line in lines)
        return sum((abs(number.value) for number in found if number), Decimal(0))

    kept = sorted(parts, key=size, reverse=True)[:_MOST_PARTS]
    rest = [part for part in parts if part not in kept]
    return [*([part] for part in parts if part in kept), rest]


def used_columns(
    table: BudgetTable, leaves: Iterable[Row], parts: Sequence[Column]
) -> list[Column]:
    """The part columns in which at least one of these rows prints a number."""
    lines = [row.line for row in leaves]
    return [c for c in parts if any((line, c.index) in table.cells for line in lines)]


def _series(index: int, count: int) -> dict[str, Any]:
    colour, hatch = PALETTE[index % len(PALETTE)]
    if count == 1:
        hatch = ""
    return {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.6}


def _add_legend(ax: Axes, labels: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    ax.legend(
        handles=[
            Patch(facecolor=PALETTE[i % len(PALETTE)][0], hatch=PALETTE[i % len(PALETTE)][1],
                  edgecolor="white", label=label)
            for i, label in enumerate(labels)
        ],
        loc="lower left", ncols=2, frameon=False, borderaxespad=0.2, columnspacing=1.2,
    )  # fmt: skip


def _row_label(row: Row) -> str:
    if row.project:
        return row.project
    if row.code:
        return f"{row.code} {row.label.name}".strip()
    name = row.label.name or row.label.printed
    return f"{name}\n{row.term.en}" if row.term is not None and language() != "zh" else name


def column_label(column: Column) -> str:
    """A column's lowest heading with its English term."""
    printed = column.path[-1] if column.path else column.number
    term = find_term(parse_label(printed).name)
    return beside(printed, term.en) if term else printed


def _list_name(table: BudgetTable, section: int) -> str:
    """What a list beside others is called: its topmost heading where it has one of its own."""
    if len(table.rows) < 2:
        return ""
    tops = {c.path[0] for c in table.columns if c.section == section and c.path}
    if len(tops) != 1:
        return told("list {number}", number=section + 1)
    printed = tops.pop()
    term = find_term(parse_label(printed).name)
    return beside(printed, term.en) if term else printed


def _heading(table: BudgetTable) -> str:
    english = "" if table.kind.id == "unknown" else table.english
    return told("Table {table} · {title}", table=table.number, title=beside(table.title, english))


def _source(table: BudgetTable) -> str:
    owner = table.department
    where = told(
        "table {table} {title} ({place})",
        table=table.number,
        title=table.title,
        place=table_lines(table),
    )
    return told("Source: {source}", source=joined([owner, where], ", "))
