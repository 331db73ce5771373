"""The way of the money from its sources over functions to its uses.

Only what flows is drawn: columns and classes of zero are left out, and the smallest are taken
together where there are too many to tell apart. `flow_frame` keeps every printed number.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from budgetkit.figures.bands import Edge, arrange, draw_bands
from budgetkit.figures.composition import column_label, used_columns
from budgetkit.figures.style import (
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    say_nothing,
)
from budgetkit.headings import Column
from budgetkit.language import joined, said, tell, told
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable

if TYPE_CHECKING:
    import pandas as pd

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
    tables = _flow_tables(disclosure)
    first = min((stage for stage, _ in tables), default=1)
    edges = [
        (int(row.stage) - first, str(row.source), str(row.target), row.value)
        for row in rows_of(flow_frame(disclosure))
    ]
    bands = arrange(edges, _flow_nodes(tables))
    title = _TITLES[tuple(stage for stage, _ in tables)]
    if not bands.edges:
        return say_nothing(title, told("No table says which fund pays for which function."))
    picture = new_picture(
        height=bands.bottom - bands.top + 0.9,
        title=title,
        alt=told(
            "Bands from the sources of revenue over functional classes to basic and project use"
        )
        if len(tables) == 2
        else told("Bands between functional classes and the columns of their table"),
    )
    ax = picture.subplots()
    ax.axis("off")
    draw_bands(ax, bands)
    add_source(picture, _source(disclosure, tables, edges))
    return picture


_TITLES = {
    (): said("Where the money comes from, and where it goes"),
    (1,): said("Where the money comes from, by function"),
    (2,): said("Where the money goes: functions and uses"),
    (1, 2): said("Where the money comes from, and where it goes"),
}


def _source(
    disclosure: Disclosure, tables: Sequence[tuple[int, BudgetTable]], edges: Sequence[Edge]
) -> str:
    named = [
        said(
            "table {table} {title} ({place})",
            table=t.number,
            title=t.title,
            place=table_lines(t),
        )
        for _, t in tables
    ]
    source = joined([disclosure.department or disclosure.title, joined(named, " and ")], ", ")
    parts: list[str] = [
        said("Source: {source}", source=source),
        said("amounts in {unit}", unit=describe_unit(tables[0][1].unit)),
    ]
    if negative := sum(edge[3] < 0 for edge in edges):
        parts.append(said("{count} negative amounts are not drawn", count=negative))
    return tell(joined(parts))
