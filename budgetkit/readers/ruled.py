"""Ruled cells and characters to grids: merged cells by their edges, lost rows by their words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from budgetkit.blocks import Cell, Grid, Passage
from budgetkit.readers.characters import Char, find_lines, to_passage
from budgetkit.readers.java import RuledCell, RuledTable

__all__ = ["RuledGrid", "build_grid", "fill_grid", "join_overlapping"]

_SAME_EDGE = 2.5
"""Edges nearer than this, in points, are one: rules have a width and are drawn twice."""
_SAME_COLUMN = 6.2
"""No column is narrower than a character; shaded cells have edges of their own beside the rules."""


@dataclass(slots=True)
class RuledGrid:
    """A grid being filled: its edges, the cells between them, and the characters of each."""

    page: int
    columns: list[float]
    rows: list[float]
    places: dict[tuple[int, int], tuple[int, int]]
    """Upper left row and column of a cell to how many rows and columns it spans."""
    owner: dict[tuple[int, int], tuple[int, int]]
    """Every elementary place to the cell that covers it."""
    chars: dict[tuple[int, int], list[Char]] = field(default_factory=lambda: defaultdict(list))
    source: str = "lattice"
    """How its edges were found."""

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.rows[0]

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.rows[-1]

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.columns[0]

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.columns[-1]

    def take_columns(self, edges: Sequence[float]) -> None:
        """Takes the column edges of the page before where all its own are among them.

        The last rows of a table may lack an edge: a total's label covers several columns.
        """
        if len(edges) <= len(self.columns):
            return
        place = [_nearest(edges, edge) for edge in self.columns]
        if any(
            abs(edges[p] - e) > 2 * _SAME_EDGE for p, e in zip(place, self.columns, strict=True)
        ):
            return
        if place[0] != 0 or place[-1] != len(edges) - 1 or len(set(place)) < len(place):
            return
        moved = place
        self.places = {
            (row, moved[column]): (height, moved[column + width] - moved[column])
            for (row, column), (height, width) in self.places.items()
        }
        self.chars = defaultdict(
            list, {(row, moved[column]): chars for (row, column), chars in self.chars.items()}
        )
        self.owner = {
            (r, c): (row, column)
            for (row, column), (height, width) in self.places.items()
            for r in range(row, row + height)
            for c in range(column, column + width)
        }
        self.columns = list(edges)

    def to_grid(self) -> Grid:
        """The grid as every reader yields it; empty columns and rows stay."""
        rows: list[tuple[Cell, ...]] = []
        for row in range(len(self.rows) - 1):
            cells: list[Cell] = []
            for column in range(len(self.columns) - 1):
                span = self.places.get((row, column))
                if span is None:
                    continue
                cells.append(Cell(self._passage((row, column)), row, column, *span))
            rows.append(tuple(cells))
        return Grid(tuple(row for row in rows if row), exact=True, source=self.source)

    def _passage(self, place: tuple[int, int]) -> Passage:
        chars = self.chars.get(place)
        if not chars:
            return Passage("")
        return to_passage(find_lines(chars, self.page))


def build_grid(page: int, cells: Sequence[RuledCell]) -> RuledGrid | None:
    """The grid between some cells' edges; None where they hold no more than one cell.

    A cell around others is the frame of a page or table, not a cell.
    """
    cells = _without_frames(cells)
    columns = _edges((edge for cell in cells for edge in (cell.x0, cell.x1)), _SAME_COLUMN)
    rows = _edges((edge for cell in cells for edge in (cell.top, cell.bottom)), _SAME_EDGE)
    places: dict[tuple[int, int], tuple[int, int]] = {}
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    # Where cells overlap, the one with text is the cell; the others are shadows of its rules.
    for cell in sorted(cells, key=_is_blank):
        first_row, last_row = _nearest(rows, cell.top), _nearest(rows, cell.bottom)
        first, last = _nearest(columns, cell.x0), _nearest(columns, cell.x1)
        if last_row <= first_row or last <= first or (first_row, first) in owner:
            continue
        places[first_row, first] = (last_row - first_row, last - first)
        for row in range(first_row, last_row):
            for column in range(first, last):
                owner.setdefault((row, column), (first_row, first))
    if len(places) < 2:
        return None
    _close_open_boxes(len(rows) - 1, len(columns) - 1, places, owner)
    return RuledGrid(page, columns, rows, places, owner)


def _close_open_boxes(
    rows: int,
    columns: int,
    places: dict[tuple[int, int], tuple[int, int]],
    owner: dict[tuple[int, int], tuple[int, int]],
) -> None:
    """Boxes that a missing rule left open become cells, those of one column together."""
    for column in range(columns):
        row = 0
        while row < rows:
            if (row, column) in owner:
                row += 1
                continue
            last = row
            while last + 1 < rows and (last + 1, column) not in owner:
                last += 1
            places[row, column] = (last - row + 1, 1)
            for place in range(row, last + 1):
                owner[place, column] = (row, column)
            row = last + 1


def _is_blank(cell: RuledCell) -> bool:
    return not cell.text.strip()


def join_overlapping(tables: Sequence[RuledTable]) -> list[tuple[RuledCell, ...]]:
    """The cells of a page's tables, those of tables that cover each other together."""
    joined: list[tuple[RuledCell, ...]] = []
    for table in tables:
        cells = table.cells
        for other in [group for group in joined if _overlap(group, cells)]:
            joined.remove(other)
            cells = (*other, *cells)
        joined.append(cells)
    return joined


def _overlap(first: Sequence[RuledCell], second: Sequence[RuledCell]) -> bool:
    width = min(max(c.x1 for c in first), max(c.x1 for c in second)) - max(
        min(c.x0 for c in first), min(c.x0 for c in second)
    )
    height = min(max(c.bottom for c in first), max(c.bottom for c in second)) - max(
        min(c.top for c in first), min(c.top for c in second)
    )
    return width > _SAME_COLUMN and height > _SAME_COLUMN


def _without_frames(cells: Sequence[RuledCell]) -> list[RuledCell]:
    """The cells that do not lie around two others or more."""
    rows: dict[float, list[RuledCell]] = {}
    for cell in sorted(cells, key=lambda cell: (cell.top, cell.x0)):
        rows.setdefault(cell.top, []).append(cell)
    tops = list(rows)
    starts = {top: [cell.x0 for cell in row] for top, row in rows.items()}

    def is_frame(cell: RuledCell) -> bool:
        inside = 0
        first = bisect_left(tops, cell.top - _SAME_EDGE)
        for top in tops[first : bisect_right(tops, cell.bottom)]:
            begin = bisect_left(starts[top], cell.x0 - _SAME_EDGE)
            for other in rows[top][begin : bisect_right(starts[top], cell.x1)]:
                if (
                    other is not cell
                    and other.x1 <= cell.x1 + _SAME_EDGE
                    and other.bottom <= cell.bottom + _SAME_EDGE
                ):
                    inside += 1
                    if inside > 1:
                        return True
        return False

    return [cell for cell in cells if not is_frame(cell)]


def _edges(values: Iterable[float], apart: float) -> list[float]:
    """Edges from left to right or top to bottom, those that are drawn as one taken together."""
    edges: list[list[float]] = []
    for value in sorted(values):
        if edges and value - edges[-1][-1] <= apart:
            edges[-1].append(value)
        else:
            edges.append([value])
    return [sum(group) / len(group) for group in edges]


def _nearest(edges: Sequence[float], value: float) -> int:
    place = bisect_right(edges, value)
    if place == 0:
        return 0
    if place == len(edges) or value - edges[place - 1] <= edges[place] - value:
        return place - 1
    return place


def fill_grid(grids: Sequence[RuledGrid], chars: Iterable[Char]) -> list[Char]:
    """Puts every character into the cell that its middle stands in; those in no cell come back."""
    outside: list[Char] = []
    areas = [(g.left, g.right, g.top, g.bottom, g) for g in grids]
    for char in chars:
        _, x0, y0, x1, y1, _ = char
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        for left, right, top, bottom, grid in areas:
            if left <= x <= right and top <= y <= bottom:
                place = grid.owner.get(
                    (bisect_right(grid.rows, y) - 1, bisect_right(grid.columns, x) - 1)
                )
                if place is not None:
                    grid.chars[place].append(char)
                    break
        else:
            outside.append(char)
    return outside
