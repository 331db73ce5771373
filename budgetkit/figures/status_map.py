"""The status map: every amount cell of the tables as a coloured square with a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from budgetkit.display import (
    Sign,
    find_sign,
    signs,
)
from budgetkit.figures.outcomes import made_from
from budgetkit.figures.style import (
    INK,
    Picture,
    add_source,
    in_style,
    new_picture,
    rows_of,
    wrap_label,
)
from budgetkit.language import joined, language, said, tell, told
from budgetkit.reconciliation import Reconciliation
from budgetkit.tables import BudgetTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_status_map", "status_counts_frame", "status_map_frame"]


CELL = 0.17
"""Inches a cell is wide and high."""
_LABEL = 0.62
_TITLE = 0.52
_GAP = 0.22
_WIDTH = 9.2
_MARGIN = 0.1
_FOOT = 0.3
_HEAD = 0.72
#: What has room in one picture: lines and columns of a table, inches of the whole.
_MOST_LINES = 120
_MOST_COLUMNS = 80
_TALLEST = 110.0


@dataclass(frozen=True, slots=True)
class _Panel:
    table: BudgetTable
    lines: int
    columns: int
    x: float = 0.0
    y: float = 0.0
    more: int = 0
    """Printed lines, where not all have room."""

    @property
    def width(self) -> float:
        return max(_LABEL + self.columns * CELL, 1.9)

    @property
    def height(self) -> float:
        return _TITLE + (max(self.lines, 1) + (self.more > self.lines)) * CELL


def status_map_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """Every amount cell of every table with its status, blank and unreadable cells included.

    Columns: table, line (of the printed table), position (amount column from 1), row, column,
    status, symbol, number (id, or None).
    """
    import pandas as pd

    records = []
    for table in reconciliation.disclosure.budget_tables:
        amounts = [c for c in table.columns if c.role == "amount"]
        for section, rows in enumerate(table.rows):
            for row in rows:
                for position, column in enumerate(amounts, start=1):
                    if column.section != section:
                        continue
                    place = (row.line, column.index)
                    number = table.cells.get(place)
                    status = "unread" if place in table.unread else "blank"
                    if number is not None:
                        status = reconciliation.status[number.id]
                    records.append(
                        {
                            "table": table.number,
                            "line": row.line - table.heading.rows + 1,
                            "position": position,
                            "row": row.key,
                            "column": column.number,
                            "status": status,
                            "symbol": find_sign("status", status).symbol,
                            "number": number.id if number is not None else None,
                        }
                    )
    columns = ["table", "line", "position", "row", "column", "status", "symbol", "number"]
    return pd.DataFrame(records, columns=columns)


def status_counts_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """How many cells of each table have which status: table, title, one column a status."""
    import pandas as pd

    frame = status_map_frame(reconciliation)
    statuses = [name for name in signs("status") if (frame["status"] == name).any()]
    records = []
    for table in reconciliation.disclosure.budget_tables:
        own = frame[frame["table"] == table.number]["status"]
        counts = {name: int((own == name).sum()) for name in statuses}
        records.append({"table": table.number, "title": table.title, **counts})
    return pd.DataFrame(records, columns=["table", "title", *statuses])


@in_style
def plot_status_map(reconciliation: Reconciliation, tables: Sequence[int] = ()) -> Picture:
    """A map of the tables (all, or those named): every amount cell coloured, with a symbol."""
    frame = status_map_frame(reconciliation)
    wanted = [
        table
        for table in reconciliation.disclosure.budget_tables
        if not tables or table.number in tables
    ]
    picture, left_out = _draw_map(wanted, frame)
    source = made_from(reconciliation)
    if left_out:
        more = said(
            "{count} further tables have no room here, the table below counts them too",
            count=left_out,
        )
        source = tell(joined([source, more]))
    add_source(picture, source)
    label = picture._supxlabel  # type: ignore[attr-defined]
    label.set_y(0.06 / picture.get_figheight())
    return picture


def _draw_map(tables: Sequence[BudgetTable], frame: pd.DataFrame) -> tuple[Picture, int]:
    """Panels for the tables, packed row by row, and how many tables found no room.

    `frame` is that of `status_map_frame`.
    """
    measured = [_measure(table, frame) for table in tables]
    width = max([_WIDTH, *(panel.width + 2 * _MARGIN for panel in measured)])
    panels, height = _pack(measured, width)
    left_out = sum(panel.y + panel.height > _TALLEST for panel in panels)
    panels = [panel for panel in panels if panel.y + panel.height <= _TALLEST]
    height = max((panel.y + panel.height for panel in panels), default=height)
    total = _HEAD + height + _FOOT
    picture = new_picture(
        height=total,
        width=width,
        title=told("Every amount cell of every table, and what the checks say of it"),
        alt=told("Map of the tables: each cell coloured and marked by its status"),
    )
    picture.set_layout_engine("none")
    suptitle = picture._suptitle  # type: ignore[attr-defined]
    suptitle.set_y(1 - 0.08 / total)
    _draw_legend(picture, frame, total)
    for panel in panels:
        ax = picture.add_axes(
            (
                (panel.x + _LABEL) / width,
                1 - (_HEAD + panel.y + panel.height) / total,
                max(panel.columns, 1) * CELL / width,
                max(panel.lines, 1) * CELL / total,
            )
        )
        own = frame[frame["table"] == panel.table.number]
        _draw_panel(
            ax, panel, own[(own["line"] <= panel.lines) & (own["position"] <= _MOST_COLUMNS)]
        )
    return picture, left_out


def _measure(table: BudgetTable, frame: pd.DataFrame) -> _Panel:
    own = frame[frame["table"] == table.number]
    columns = sum(column.role == "amount" for column in table.columns)
    lines = int(own["line"].max()) if len(own) else 0
    return _Panel(table, min(lines, _MOST_LINES), min(columns, _MOST_COLUMNS), more=lines)


def _pack(panels: Sequence[_Panel], width: float) -> tuple[list[_Panel], float]:
    """Shelves from left to right in the order of the document."""
    placed: list[_Panel] = []
    x, y, shelf = _MARGIN, 0.0, 0.0
    for panel in panels:
        if x > _MARGIN and x + panel.width > width - _MARGIN:
            x, y, shelf = _MARGIN, y + shelf + _GAP, 0.0
        placed.append(replace(panel, x=x, y=y))
        x += panel.width + _GAP
        shelf = max(shelf, panel.height)
    return placed, y + shelf


def _draw_legend(picture: Picture, frame: pd.DataFrame, total: float) -> None:
    from matplotlib.patches import Patch

    counts = frame["status"].value_counts()
    handles = [
        Patch(facecolor=sign.fill, edgecolor="#c9ccce", linewidth=0.5,
              label=f"{sign.symbol} {sign.both}: {int(counts[sign.id]):,}")
        for sign in signs("status").values()
        if sign.id in counts.index
    ]  # fmt: skip
    picture.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.004, 1 - 0.3 / total),
                   ncols=5, fontsize=7.5, frameon=False, borderaxespad=0)  # fmt: skip


def _draw_panel(ax: Axes, panel: _Panel, cells: pd.DataFrame) -> None:
    from matplotlib.patches import Rectangle

    lines, columns = max(panel.lines, 1), max(panel.columns, 1)
    ax.set_xlim(0, columns)
    ax.set_ylim(lines, 0)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, pad=2)
    table = panel.table
    english = "" if table.kind.id == "unknown" or language() == "zh" else f" {table.english}\n"
    title = wrap_label(
        f"{table.number}{english or ' '}{table.title}", max(int(panel.width / 0.062), 28)
    )
    ax.text(-_LABEL / CELL, -1.15, title, fontsize=6.8, va="bottom", color=INK,
            linespacing=1.15)  # fmt: skip
    if not len(cells):
        ax.axis("off")
        ax.text(-_LABEL / CELL, 0.5, told("no cell printed"), fontsize=6.5, color="#6a7076",
                va="center")  # fmt: skip
        return
    for row in rows_of(cells):
        sign: Sign = find_sign("status", str(row.status))
        ax.add_patch(
            Rectangle((row.position - 1, row.line - 1), 1, 1, facecolor=sign.fill,
                      edgecolor="white", linewidth=0.9)
        )  # fmt: skip
        ax.text(row.position - 0.5, row.line - 0.5, sign.symbol, ha="center", va="center",
                fontsize=6.2, color=sign.ink)  # fmt: skip
    numbers = [c.number for c in table.columns if c.role == "amount"][:columns]
    if panel.more > panel.lines:
        ax.text(0, lines + 0.7, told("… {count} further lines", count=panel.more - panel.lines), fontsize=6,
                color="#6a7076", va="center")  # fmt: skip
    middles = [i + 0.5 for i in range(columns)]
    ax.set_xticks(middles, numbers, fontsize=5.8, color="#6a7076")
    ax.xaxis.tick_top()
    labels = _line_labels(cells)
    ax.set_yticks([line - 0.5 for line in labels], list(labels.values()), fontsize=5.8,
                  color="#4a5056")  # fmt: skip


def _line_labels(cells: pd.DataFrame) -> dict[int, str]:
    """A short name for every printed line: the code, else the beginning of the label."""
    labels: dict[int, str] = {}
    for row in rows_of(cells):
        text = str(row.row)
        code, _, _ = text.partition(" / ")
        short = code if code.isdigit() else text[:5] + ("…" if len(text) > 5 else "")
        labels.setdefault(int(row.line), short)
    return labels
