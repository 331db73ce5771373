"""The way of the money from its sources over functions to its uses."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.disclosure import Disclosure
from budgetkit.display import (
    amount_parts,
    describe_place,
    describe_unit,
    row_total,
    split_rows,
    table_lines,
)
from budgetkit.figures.composition import column_label, used_columns
from budgetkit.figures.style import (
    INK,
    PALETTE,
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    wrap_label,
)
from budgetkit.headings import Column
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["flow_frame", "plot_flow"]


_Nodes = list[dict[str, str]]
"""For every column of the flow its nodes in printed order, each with its printed amount."""


def flow_frame(disclosure: Disclosure) -> pd.DataFrame:
    """The way of the money: columns stage, source, target, value (Decimal), unit, table, where.

    Stage 1 leads from funds to functions (the revenue table keyed by functional code), stage 2
    from functions to basic and project expenditure (the expenditure table). Empty where the
    document has no such table.
    """
    import pandas as pd

    records = []
    for stage, table in _flow_tables(disclosure):
        for row in _classes(table):
            for part in _flow_parts(table):
                number = table.cells.get((row.line, part.index))
                if number is None:
                    continue
                ends = (column_label(part), _class_label(row))
                source, target = ends if stage == 1 else ends[::-1]
                records.append(
                    {
                        "stage": stage,
                        "source": source,
                        "target": target,
                        "value": number.value,
                        "unit": number.unit,
                        "table": table.number,
                        "where": describe_place(number),
                    }
                )
    columns = ["stage", "source", "target", "value", "unit", "table", "where"]
    return pd.DataFrame(records, columns=columns)


def _flow_tables(disclosure: Disclosure) -> list[tuple[int, BudgetTable]]:
    found = []
    for stage, kind in ((1, "income"), (2, "expenditure")):
        tables = (t for t in disclosure.budget_tables if t.kind.id == kind)
        table = next((t for t in tables if _classes(t) and _flow_parts(t)), None)
        if table is not None:
            found.append((stage, table))
    return found


def _flow_parts(table: BudgetTable) -> list[Column]:
    total = row_total(table, 0)
    parts = [part for part in amount_parts(table, 0) if part is not total]
    return used_columns(table, table.rows[0], parts)


def _classes(table: BudgetTable) -> list[Row]:
    """The rows at the first level below the total that bear a functional code."""
    rows = table.rows[0] if table.rows else []
    coded = [row for row in rows if row.facts.get("function") and row.code and not row.project]
    shortest = min((len(row.code) for row in coded), default=0)
    return [row for row in coded if len(row.code) == shortest]


def _class_label(row: Row) -> str:
    return f"{row.code} {row.label.name}".strip()


def _flow_nodes(tables: Sequence[tuple[int, BudgetTable]]) -> _Nodes:
    """The nodes of the flow with the totals as the document prints them."""
    nodes: _Nodes = []
    for stage, table in tables:
        total, _ = split_rows(table, 0)
        whole = row_total(table, 0)
        parts, classes = {}, {}
        for part in _flow_parts(table):
            number = table.cells.get((total.line, part.index)) if total else None
            parts[column_label(part)] = number.text if number else ""
        for row in _classes(table):
            number = table.cells.get((row.line, whole.index)) if whole else None
            if number is not None:
                classes[_class_label(row)] = number.text
        if stage == 1:
            nodes += [parts, classes]
        elif nodes:
            nodes[-1] = {**nodes[-1], **{k: v for k, v in classes.items() if k not in nodes[-1]}}
            nodes.append(parts)
        else:
            nodes += [classes, parts]
    return nodes


@in_style
def plot_flow(disclosure: Disclosure) -> Picture:
    """The way of the money from its sources over functions to its uses, as bands.

    A band is as wide as its amount; beside every node stands the total that the document prints.
    One line says so where the tables for it are missing.
    """
    frame = flow_frame(disclosure)
    tables = _flow_tables(disclosure)
    nodes = _flow_nodes(tables)
    most = max((len(layer) for layer in nodes), default=0)
    picture = new_picture(
        height=max(4.4, 0.42 * most + 1.4) if len(frame) else 1.4,
        title="Where the money comes from, and where it goes",
        alt="Bands from the sources of revenue over functional classes to basic and project use",
    )
    ax = picture.subplots()
    ax.axis("off")
    if frame.empty:
        ax.text(0, 0.5, "No table says which fund pays for which function.", color=INK)
        return picture
    edges = [
        (int(row.stage), str(row.source), str(row.target), row.value) for row in rows_of(frame)
    ]
    _draw_flow(ax, edges, nodes)
    named = " and ".join(f"{t.number} {t.title} ({table_lines(t)})" for _, t in tables)
    unit = describe_unit(str(frame["unit"].iloc[0]))
    add_source(picture, f"Source: {disclosure.department}, tables {named}; amounts in {unit}")
    return picture


_Edge = tuple[int, str, str, Decimal]


def _draw_flow(ax: Axes, edges: Sequence[_Edge], nodes: _Nodes) -> None:
    from matplotlib.patches import Rectangle

    first = min(edge[0] for edge in edges)
    heights = [
        {name: float(_node_amount(edges, position + first, name)) for name in layer}
        for position, layer in enumerate(nodes)
    ]
    whole = max(sum(layer.values()) for layer in heights)
    gap = whole * 0.045
    places: list[dict[str, float]] = []
    for position, layer in enumerate(nodes):
        # Short columns are centred, so that bands run as level as they can.
        y = (whole - sum(heights[position].values()) - gap * (len(layer) - 1)) / 2
        x = position / (len(nodes) - 1)
        tops: dict[str, float] = {}
        for index, (name, printed) in enumerate(layer.items()):
            height = heights[position][name]
            colour = PALETTE[index % len(PALETTE)][0] if position == 0 else "#3c3c3c"
            ax.add_patch(Rectangle((x - _NODE / 2, y), _NODE, height, color=colour, lw=0))
            _label_node(ax, x, y + height / 2, name, printed, position, len(nodes))
            tops[name] = y
            y += height + gap
        places.append(tops)
    colours = {name: PALETTE[i % len(PALETTE)][0] for i, name in enumerate(nodes[0])}
    _draw_bands(ax, edges, first, places, colours)
    low = min(min(tops.values()) for tops in places)
    high = max(places[i][n] + heights[i][n] for i, layer in enumerate(nodes) for n in layer)
    ax.set_xlim(-0.3, 1.26)
    ax.set_ylim(high + gap, low - gap)


_NODE = 0.016
"""Width of a node; the columns of the flow lie between 0 and 1."""


def _node_amount(edges: Sequence[_Edge], stage: int, name: str) -> Decimal:
    """A node is as tall as the larger of what comes and what goes."""
    coming = sum((e[3] for e in edges if e[0] == stage - 1 and e[2] == name), Decimal(0))
    going = sum((e[3] for e in edges if e[0] == stage and e[1] == name), Decimal(0))
    return max(coming, going)


def _draw_bands(
    ax: Axes,
    edges: Sequence[_Edge],
    first: int,
    places: list[dict[str, float]],
    colours: dict[str, str],
) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    leaving = [dict(tops) for tops in places]
    arriving = [dict(tops) for tops in places]
    ranks = [{name: rank for rank, name in enumerate(tops)} for tops in places]

    def order(edge: _Edge) -> tuple[int, int, int]:
        position = edge[0] - first
        return position, ranks[position][edge[1]], ranks[position + 1][edge[2]]

    for stage, source, target, amount in sorted(edges, key=order):
        position = stage - first
        x0 = position / (len(places) - 1) + _NODE / 2
        x1 = (position + 1) / (len(places) - 1) - _NODE / 2
        y0, y1 = leaving[position][source], arriving[position + 1][target]
        height = float(amount)
        leaving[position][source] += height
        arriving[position + 1][target] += height
        middle = (x0 + x1) / 2
        path = Path(
            [(x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 + height),
             (middle, y1 + height), (middle, y0 + height), (x0, y0 + height), (x0, y0)],
            [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO,
             Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY],
        )  # fmt: skip
        colour = colours.get(source, "#8a8a86")
        ax.add_patch(PathPatch(path, facecolor=colour, alpha=0.38, lw=0))


def _label_node(
    ax: Axes, x: float, y: float, name: str, printed: str, layer: int, count: int
) -> None:
    ends = layer in {0, count - 1}
    text = f"{wrap_label(name, 26)}\n{printed}" if ends else f"{name}  {printed}"
    side, align = (x - _NODE, "right") if layer == 0 else (x + _NODE, "left")
    box = None if ends else {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1}
    ax.text(side, y, text, ha=align, va="center", fontsize=7.5, color=INK, bbox=box)
