"""Sheets of a workbook to blocks: titles and notes as paragraphs, ruled areas as grids."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from budgetkit.blocks import Block, Cell, Grid, Paragraph, Passage
from budgetkit.readers.lines import row_passages

__all__ = ["Sheet", "hidden_by_merge", "read_sheet"]

Place = tuple[int, int]
_FIELD = re.compile(r"[^：:]{1,10}[：:]")
_DEFAULT_NAME = re.compile(r"(?:sheet|工作表|表格?)\s*\d*", re.I)
_MOST_FIELDS = 3
_MOST_BLANKS = 300_000
_MOST_COVERED = 3_000_000
_NOTE_LENGTH = 30
_EMPTY = Passage("")


@dataclass(slots=True)
class Sheet:
    """One sheet as printed: texts by (row, column) from 0, merged areas, and cells with rules.

    `merged` maps the upper left cell of a merged area to its lower right one.
    """

    name: str
    texts: dict[Place, str] = field(default_factory=dict)
    merged: dict[Place, Place] = field(default_factory=dict)
    ruled: set[Place] = field(default_factory=set)
    hidden: bool = False


def read_sheet(sheet: Sheet, number: int) -> Iterator[Block]:
    """The blocks of one sheet; `page` of a place is the sheet's number, `line` the row from 1."""
    rows: dict[int, dict[int, str]] = {}
    for (row, column), text in sheet.texts.items():
        rows.setdefault(row, {})[column] = text
    ruled = _ruled_rows(sheet, rows)
    titled = False
    area: list[int] = []
    for row in sorted(rows.keys() | ruled):
        texts = rows.get(row, {})
        gap = bool(area) and row != area[-1] + 1
        if _is_text(sheet, row, texts, ruled, bool(area)) or gap:
            if area:
                yield from _grid(sheet, rows, area, number, titled)
                titled, area = True, []
            if _is_text(sheet, row, texts, ruled, False):
                yield from _paragraphs(texts, row, number)
                titled = True
                continue
        area.append(row)
    if area:
        yield from _grid(sheet, rows, area, number, titled)


def hidden_by_merge(sheet: Sheet) -> int:
    """How many filled cells lie under merged areas, where Excel does not show them."""
    filled: dict[int, list[int]] = {}
    for row, column in sorted(sheet.texts):
        filled.setdefault(row, []).append(column)
    rows = sorted(filled)
    hidden: set[Place] = set()
    room = _MOST_COVERED
    for (row, column), (last_row, last_column) in sheet.merged.items():
        if room < 0:
            break
        inside = rows[bisect.bisect_left(rows, row) : bisect.bisect_right(rows, last_row)]
        room -= len(inside)
        for r in inside:
            columns = filled[r]
            first = bisect.bisect_left(columns, column)
            hidden.update(
                (r, c)
                for c in columns[first : bisect.bisect_right(columns, last_column)]
                if (r, c) != (row, column)
            )
    return len(hidden)


def _ruled_rows(sheet: Sheet, rows: dict[int, dict[int, str]]) -> set[int]:
    """The rows with ruled cells, where rules tell the tables; else none."""
    ruled = {row for row, _ in sheet.ruled}
    filled = {row for row, texts in rows.items() if len(texts) > 2}
    return ruled if len(filled & ruled) * 5 >= len(filled) * 4 and filled & ruled else set()


def _is_text(sheet: Sheet, row: int, texts: dict[int, str], ruled: set[int], inside: bool) -> bool:
    """Whether a row is a title, a line of fields or a note, and no row of a table."""
    if not texts:
        return False
    fields = [text for text in texts.values() if _FIELD.match(text)]
    if ruled:
        return row not in ruled or (not inside and len(texts) == 1 and not fields)
    if inside:
        return len(texts) == 1 and _is_note(sheet, row, texts)
    return len(texts) == 1 or (
        len(texts) <= _MOST_FIELDS and bool(fields) and len(fields) * 2 >= len(texts)
    )


def _is_note(sheet: Sheet, row: int, texts: dict[int, str]) -> bool:
    """A line below a table without rules: a long one, or one over several columns."""
    column, text = next(iter(texts.items()))
    wide = sheet.merged.get((row, column), (row, column))[1] - column >= 2
    return wide or len(text) > _NOTE_LENGTH


def _paragraphs(texts: dict[int, str], row: int, page: int) -> Iterator[Paragraph]:
    for _, passage in sorted(row_passages(texts, row + 1, page).items()):
        yield Paragraph(passage, whole=True)


def _grid(
    sheet: Sheet, rows: dict[int, dict[int, str]], area: list[int], page: int, titled: bool
) -> Iterator[Block]:
    """The grid of an area; a sheet without a title above its table is named by its tab."""
    if not titled and not _DEFAULT_NAME.fullmatch(sheet.name.strip()):
        first = row_passages({0: sheet.name.strip()}, area[0] + 1, page)
        yield Paragraph(first[0], whole=True)
    cells: list[tuple[Cell, ...]] = []
    left, behind = _columns(sheet, rows, area)
    position = {row: index for index, row in enumerate(area)}
    covered = _covered(sheet, area[0], area[-1], behind)
    blanks = (behind - left) * len(area) <= _MOST_BLANKS
    for row in area:
        texts = rows.get(row, {})
        passages = row_passages(texts, row + 1, page)
        line = []
        for column in range(left, behind) if blanks else sorted(texts):
            if (row, column) in covered:
                continue
            last_row, last_column = sheet.merged.get((row, column), (row, column))
            height = bisect.bisect_right(area, last_row) - position[row]
            width = min(last_column, behind - 1) - column + 1
            line.append(
                Cell(
                    passages.get(column, _EMPTY),
                    position[row],
                    column - left,
                    max(1, height),
                    max(1, width),
                )
            )
        cells.append(tuple(line))
    grid = Grid(tuple(cells), exact=True, source="sheet")
    yield grid


def _columns(sheet: Sheet, rows: dict[int, dict[int, str]], area: list[int]) -> Place:
    """The first column of an area, and the one behind its last."""
    inside = set(area)
    filled = [column for row in area for column in rows.get(row, {})]
    ruled = [column for row, column in sheet.ruled if row in inside]
    first = min(filled, default=0)
    merged = [
        last for (row, column), (_, last) in sheet.merged.items()
        if row in inside and (row, column) in sheet.texts
    ]  # fmt: skip
    last = max([*filled, *ruled, *merged], default=0)
    return min([first, *ruled], default=0), last + 1


def _covered(sheet: Sheet, first: int, last: int, behind: int) -> set[Place]:
    """The cells that merged areas hide."""
    covered: set[Place] = set()
    room = _MOST_COVERED
    for (row, column), (last_row, last_column) in sheet.merged.items():
        rows = range(max(row, first), min(last_row, last) + 1)
        columns = range(column, min(last_column, behind - 1) + 1)
        room -= len(rows) * len(columns)
        if room < 0:
            break  # areas that lie over each other thousandfold are none that Excel made
        covered.update((r, c) for r in rows for c in columns if (r, c) != (row, column))
    return covered
