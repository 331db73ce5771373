"""The table areas of a document: grids with the title, unit and notes around or inside them."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from budgetkit.amounts import fold_width, parse_amount, squeeze
from budgetkit.blocks import Block, Cell, Grid, Paragraph, Passage
from budgetkit.labels import parse_label, plain_name
from budgetkit.vocabulary import TableKind, find_kind, find_term, kind_named

__all__ = ["TableArea", "find_areas"]

_UNIT = re.compile(r"(?:金额|计量|货币)?单位[:：]\s*(?:人民币)?(亿元|万元|千元|元)")
_CUT_UNIT = re.compile(r"(?:金额|计量|货币)?单位[:：]\s*(?:人民币)?[亿万千]?")
_UNIT_ENDS = frozenset({"元", "万元", "千元", "亿元"})
_CUT_WITHIN = 3
"""Rows that the lines of one cell of a caption may lie apart."""
_DEPARTMENT = re.compile(
    r"(?:编制|填报|预算|公开)?(?:部门|单位)(?:名称)?(?:（公章）|\(公章\))?[:：]\s*(\S.*)"
)
_DEPARTMENT_BEFORE = re.compile(r"^编制(?:部门|单位):")
_FORM = re.compile(
    r"(?:附件?|公开|预算|决算|财公开)*\s*\d{0,2}\s*表?\s*[-\d一二三四五六七八九十]{0,4}\s*表?"
)
_EMPTY_NOTE = re.compile(r"空表|没有使用|未安排|无此项|本表无|不涉及|^无$")
_TITLE_END = re.compile(r"[^附见下如]表(?:\([^()]*\))?$")
_BARE_END = re.compile(r"(?:预算|决算|情况|明细)(?:\([^()]*\))?$")
_SHORT_TITLE = 20
_TITLE_LENGTH = 45
_CAPTION_LINES = 6
"""How many lines above a grid may be its caption: title, form number, department, unit."""


@dataclass(slots=True)
class TableArea:
    """The grids of one printed table, with the title and notes found around them."""

    kind: TableKind
    title: str
    unit: str
    department: str
    grids: list[Grid]
    note: str = ""
    captions: list[Passage] | None = None
    """Captions that stood in rows of the grid: their number tokens are set aside."""


def find_areas(blocks: Sequence[Block]) -> tuple[list[TableArea], set[int]]:
    """The table areas of a document in order, and the indices of the blocks they take.

    A grid without a title of its own that repeats the heading of the one before it, or has its
    width, is its continuation after a page break; so is one that repeats title and heading.
    """
    areas: list[TableArea] = []
    taken: set[int] = set()
    context: list[str] = []
    for index, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            context.append(block.text)
            if areas and not areas[-1].note and len(context) <= 2:
                _take_note(areas[-1], block.text)
            continue
        if not block.rows:
            continue
        captions, grid = peel_captions(block)
        lines = [*context, *(line for caption in captions for line in caption.text.split("\n"))]
        title = _title(lines)
        unit, department, described = _details(lines)
        taken.add(index)
        context = []
        if not grid.rows:
            context = lines
            continue
        before = areas[-1] if areas else None
        if before is not None and _continues(before, grid, lines, described, title):
            before.grids.append(grid)
            before.captions = [*(before.captions or []), *captions]
            continue
        text, kind = title if title is not None else ("", kind_named("unknown"))
        areas.append(TableArea(kind, text, unit, department, [grid], captions=captions))
    for area in areas:
        _drop_blank_columns(area)
    return areas, taken


def peel_captions(grid: Grid) -> tuple[list[Passage], Grid]:
    """Title, form number, department and unit that stand in the first rows of a grid, and the
    grid below them."""
    captions: list[Passage] = []
    rows = _with_whole_unit(list(grid.rows))
    while rows and (found := _caption(rows[0])) is not None:
        captions.extend(found)
        rows.pop(0)
    return captions, replace(grid, rows=tuple(rows))


def _with_whole_unit(rows: list[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    """The rows with a unit whole that the lines of its cell cut: 单位：万 in one row, 元 below it."""
    for index, row in enumerate(rows[:_CUT_WITHIN]):
        for cell in row:
            if not _CUT_UNIT.fullmatch(fold_width(cell.text)):
                continue
            for below in range(index + 1, min(index + 1 + _CUT_WITHIN, len(rows))):
                rest = [c for c in rows[below] if c.column == cell.column and c.text]
                if not rest:
                    continue
                whole = replace(cell, passage=cell.passage.joined(rest[0].passage))
                if rest[0].text in _UNIT_ENDS and _UNIT.search(fold_width(whole.text)):
                    rows[index] = tuple(whole if c is cell else c for c in row)
                    rows[below] = tuple(c for c in rows[below] if c is not rest[0])
                return rows
    return rows


def _caption(row: Sequence[Cell]) -> list[Passage] | None:
    """What a row says of the table as a whole; None for a row of the table, [] for a blank one."""
    texts = [cell for cell in row if cell.text]
    if not texts:
        return []
    if len(texts) <= 3 and all(
        _says_caption(line, alone=len(texts) == 1)
        for cell in texts
        for line in cell.text.split("\n")
    ):
        return [cell.passage for cell in texts]
    if len(texts) <= 3 and any(_UNIT.search(fold_width(cell.text)) for cell in texts):
        return [cell.passage for cell in texts]
    # A title that the rules of the table below cut into cells.
    whole = texts[0].passage
    for cell in texts[1:]:
        whole = whole.joined(cell.passage)
    cut = len(texts) > 1 and not any(find_term(parse_label(cell.text).name) for cell in texts)
    name = plain_name(whole.text)
    if cut and len(name) <= _TITLE_LENGTH + 20 and name.endswith("表") and find_kind(name):
        return [whole]
    return None


def _says_caption(text: str, alone: bool) -> bool:
    folded = fold_width(text)
    if _UNIT.search(folded) or _DEPARTMENT.match(folded):
        return True
    name = plain_name(text)
    if "表" in name and len(name) <= 10 and _FORM.fullmatch(name):
        return True
    return alone and "表" in name and find_term(name) is None and find_kind(name) is not None


def _drop_blank_columns(area: TableArea) -> None:
    """Takes out columns that no text covers on any page: margins, and shadows of rules."""
    if not all(grid.exact for grid in area.grids):
        return
    widths = {grid.width for grid in area.grids}
    if len(widths) == 1:
        covered = set().union(*(_covered(grid) for grid in area.grids))
        area.grids = [_only_columns(grid, covered) for grid in area.grids]
        return
    alone = [_only_columns(grid, _covered(grid)) for grid in area.grids]
    if len({grid.width for grid in alone}) == 1:
        area.grids = alone


def _covered(grid: Grid) -> set[int]:
    covered: set[int] = set()
    for row in grid.rows:
        for cell in row:
            if cell.text:
                covered.update(range(cell.column, cell.column + cell.column_span))
    return covered


def _only_columns(grid: Grid, kept: Set[int]) -> Grid:
    place = {column: position for position, column in enumerate(sorted(kept))}
    if len(place) == grid.width:
        return grid
    rows = []
    for row in grid.rows:
        cells = []
        for cell in row:
            columns = [
                place[c] for c in range(cell.column, cell.column + cell.column_span) if c in place
            ]
            if columns:
                cells.append(replace(cell, column=columns[0], column_span=len(columns)))
        rows.append(tuple(cells))
    return replace(grid, rows=tuple(rows))


def _take_note(area: TableArea, text: str) -> None:
    if len(text) >= 120 or not _EMPTY_NOTE.search(text):
        return
    named = find_kind(plain_name(text)) if "空表" in text else None
    if not _has_amounts(area.grids) or (named is not None and named.id == area.kind.id):
        area.note = squeeze(text)


def _has_amounts(grids: Sequence[Grid]) -> bool:
    return any(
        (amount := parse_amount(cell.text)) is not None and amount.places > 0
        for grid in grids
        for row in grid.rows
        for cell in row
    )


def _title(context: Sequence[str]) -> tuple[str, TableKind] | None:
    """The title above a grid and the kind it names; a table of unknown kind has a title too."""
    for text in reversed(context[-_CAPTION_LINES:]):
        name = plain_name(text)
        name = _DEPARTMENT_BEFORE.sub("", name)
        if len(name) > _TITLE_LENGTH or "表" not in name or "。" in text:
            continue
        label = parse_label(text)
        kind = find_kind(label.name)
        if kind is not None:
            return label.printed, kind
        if _TITLE_END.search(name) and not _FORM.fullmatch(name):
            return label.printed, kind_named("unknown")
    return _title_without_table(context)


def _title_without_table(context: Sequence[str]) -> tuple[str, TableKind] | None:
    """A title that does not say that it is a table: the last line that is no unit or department,
    where it names a kind and ends with what tables are of."""
    for text in reversed(context[-_CAPTION_LINES:]):
        folded = fold_width(text)
        name = plain_name(text)
        if _UNIT.search(folded) or _DEPARTMENT.match(folded) or _FORM.fullmatch(name):
            continue
        label = parse_label(text)
        kind = find_kind(label.name) if not label.rank and len(name) <= _SHORT_TITLE else None
        return (label.printed, kind) if kind is not None and _BARE_END.search(name) else None
    return None


def _details(context: Sequence[str]) -> tuple[str, str, int]:
    """Unit and department printed above a grid, and how many lines they take."""
    unit = department = ""
    lines = 0
    for text in context[-_CAPTION_LINES:]:
        found_unit = _UNIT.search(fold_width(text))
        # The unit may stand in the line of the department.
        rest = text[: found_unit.start()] if found_unit else text
        found_department = _DEPARTMENT.match(rest.strip())
        if found_unit:
            unit = found_unit[1]
        if found_department:
            department = plain_name(found_department[1])
        lines += bool(found_unit or found_department)
    return unit, department, lines


def _continues(
    area: TableArea,
    grid: Grid,
    context: Sequence[str],
    described: int,
    title: tuple[str, TableKind] | None,
) -> bool:
    first = area.grids[0]
    same_heading = _texts(first.rows[0]) == _texts(grid.rows[0])
    if title is not None:
        return (
            plain_name(title[0]) == plain_name(area.title)
            and same_heading
            and first.width == grid.width
            and not (_has_total(first) and _has_total(grid))
        )
    if len(context) > described + 1:
        return False
    return same_heading or first.width == grid.width or area.kind.id == "performance_targets"


def _has_total(grid: Grid) -> bool:
    """Whether a grid's first rows print a total: each of two tables has one of its own."""
    for row in grid.rows[:6]:
        amounts = sum(parse_amount(cell.text) is not None for cell in row)
        for cell in row[:5]:
            term = find_term(parse_label(cell.text).name)
            if amounts and term is not None and term.role == "total":
                return True
    return False


def _texts(row: Sequence[Cell]) -> list[str]:
    return [plain_name(cell.text) for cell in row if cell.text]
