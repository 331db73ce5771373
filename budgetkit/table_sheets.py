"""One table as a sheet of a workbook: as published, with totals as live formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from budgetkit.amounts import fold_width, squeeze
from budgetkit.display import describe_unit, display_width, find_sign
from budgetkit.formulas import Place, Total, find_totals
from budgetkit.headings import Column, HeadingNode
from budgetkit.language import tell
from budgetkit.ledger import Number
from budgetkit.reconciliation import Reconciliation
from budgetkit.tables import BudgetTable

__all__ = ["LINE", "Formats", "TableSheet", "lay_out_sheet", "number_format", "sheet_name", "write_table",
           "write_text"]  # fmt: skip

FONT = "Microsoft YaHei"
"""Comes with Excel on Windows and macOS; LibreOffice takes another Chinese font in its place."""

_NAME_LENGTH = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))
_TEXT_LENGTH = 32_000  # Excel takes 32,767 characters in a cell
_DIGITS = 15  # that a spreadsheet keeps of a number
_CONTROL = dict.fromkeys(code for code in range(32) if chr(code) not in "\n\t")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""An Excel for East Asia turns wide signs into narrow ones when a cell is edited."""
_NARROWEST, _WIDEST = 6, 44
LINE = 16.5
"""The height of a line of text, in points."""
_TOP = 2  # title and unit
_FROZEN = 64  # columns of text that stay in sight at most


class Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        """The format with these properties of XlsxWriter, in the workbook's font."""
        wanted = {"font_name": FONT, "font_size": 10, "valign": "vcenter", **properties}
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(wanted)
        return self._made[key]


def write_text(
    sheet: Worksheet, formats: Formats, place: Place, text: str, **properties: Any
) -> None:
    """Writes a text as a text, whatever it begins with, and keeps it one when it is edited.

    Control characters are left out; what Excel cannot hold is cut off with an ellipsis.
    """
    plain = text.translate(_CONTROL)
    if len(plain) > _TEXT_LENGTH:
        plain = plain[:_TEXT_LENGTH] + "…"
    if text.startswith(_STARTS_A_FORMULA) or plain.lstrip().startswith(_STARTS_A_FORMULA):
        properties["quote_prefix"] = True
    sheet.write_string(*place, plain, formats.get(**properties))


class _Exact(float):
    """A value that is written with all its digits: XlsxWriter writes 16, which turns 73.74 into
    73.73999999999999."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


def write_number(
    sheet: Worksheet,
    formats: Formats,
    place: Place,
    number: Number,
    formula: str = "",
    **properties: Any,
) -> None:
    """Writes a number with its printed places, as a formula where one is given.

    A number of more digits than a spreadsheet keeps is written as the text that it is printed as.
    """
    look = {"num_format": number_format(number), "align": "right", **properties}
    if len(number.value.as_tuple().digits) > _DIGITS:
        write_text(sheet, formats, place, number.text, **look)
    elif formula:
        sheet.write_formula(*place, "=" + formula, formats.get(**look), float(number.value))
    else:
        sheet.write_number(*place, _Exact(number.value), formats.get(**look))


def sheet_name(table: BudgetTable) -> str:
    """The name of a table's sheet: that of its CSV file, in characters and length for Excel."""
    return f"{table.number:02d}_{table.kind.id}".translate(_NOT_IN_NAMES)[:_NAME_LENGTH]


def number_format(number: Number) -> str:
    """The number format that shows a value with its printed places, groups and signs."""
    printed = fold_width(number.text).strip()
    exponent = (number.half * 2).normalize().as_tuple().exponent
    places = max(-int(exponent), 0)
    shape = ("#,##0" if "," in printed else "0") + ("." + "0" * places if places else "")
    if "%" in printed:
        shape += '"%"'
    if printed.startswith("("):
        return f"{shape};({shape})"
    return f"+{shape};-{shape};{shape}" if printed.startswith("+") else shape


@dataclass(slots=True)
class TableSheet:
    """Where a table's lines and numbers stand on its sheet, and what its totals are."""

    table: BudgetTable
    name: str
    lines: dict[int, int]
    """Line of the table's matrix to row of the sheet, for the rows below the heading."""
    places: dict[str, Place]
    totals: dict[str, Total] = field(default_factory=dict)
    whole: frozenset[tuple[int, int]] = frozenset()
    """Line and section of the rows that are made up of others."""

    def link(self, number: str) -> str:
        """The address of a number's cell inside the workbook."""
        return f"internal:'{self.name}'!{xl_rowcol_to_cell(*self.places[number])}"


def lay_out_sheet(table: BudgetTable, reconciliation: Reconciliation) -> TableSheet:
    """The places of everything below the heading, and the totals with their formulas."""
    row = _TOP + heading_depth(table) + (table.heading.number_row is not None)
    lines = {}
    for line in range(table.heading.rows, len(table.matrix)):
        if any(cell.text for cell in table.matrix[line].values()):
            lines[line] = row
            row += 1
    order = {column.index: at for at, column in enumerate(table.columns)}
    places = {
        number.id: (lines[line], order[column]) for (line, column), number in table.cells.items()
    }
    totals = find_totals(reconciliation.check_list, places)
    whole = frozenset(
        (row.line, section)
        for section, rows in enumerate(table.rows)
        for row in rows
        if row.kind in {"total", "unit"} or any(not rows[i].of_which for i in row.children)
    )
    return TableSheet(table, sheet_name(table), lines, places, totals, whole)


def heading_depth(table: BudgetTable) -> int:
    """How many rows the heading tree takes."""
    return max((_depth(node) for node in table.heading.nodes), default=0)


def _depth(node: HeadingNode) -> int:
    return 1 + max((_depth(child) for child in node.children), default=0)


@dataclass(frozen=True, slots=True)
class _HeadingCell:
    text: str
    row: int
    column: int
    rows: int
    columns: int


def _heading_cells(
    nodes: Sequence[HeadingNode], first: int, last: int, level: int, depth: int
) -> Iterator[_HeadingCell]:
    """The heading over the columns `first` to `last` from `level` down; gaps are empty cells."""
    if level >= depth:
        return
    column = first
    for node in sorted(nodes, key=lambda node: node.first):
        if node.first > column:
            yield _HeadingCell("", level, column, depth - level, node.first - column)
        # Headings of a damaged table may lie over each other, and beyond those above them.
        begin, end = max(node.first, column), min(node.last, last)
        if begin > end:
            continue
        rows = depth - level if not node.children else 1
        yield _HeadingCell(squeeze(node.text), level, begin, rows, end - begin + 1)
        if node.children:
            yield from _heading_cells(node.children, begin, end, level + 1, depth)
        column = end + 1
    if column <= last:
        yield _HeadingCell("", level, column, depth - level, last - column + 1)


def write_table(
    sheet: Worksheet, formats: Formats, plan: TableSheet, status: Mapping[str, str]
) -> None:
    """Writes a table to its sheet: title, merged heading, every printed row, notes."""
    table = plan.table
    depth = heading_depth(table)
    cells = list(_heading_cells(table.heading.nodes, 0, len(table.columns) - 1, 0, depth))
    widths = _widths(table, plan, cells)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width, formats.get())
    title = f"表{table.number} {squeeze(table.title) or table.kind.zh}"
    write_text(sheet, formats, (0, 0), title, bold=True, font_size=13)
    sheet.set_row(0, 22)
    english = "" if table.kind.id == "unknown" else f"{table.kind.en} · "
    write_text(sheet, formats, (1, 0), f"{english}单位：{describe_unit(table.unit)}",
               font_color="#5b6268")  # fmt: skip
    _write_heading(sheet, formats, table, cells, widths)
    for line, row in plan.lines.items():
        height = max(
            (_height(table, line, column, widths[at]) for at, column in enumerate(table.columns)),
            default=1,
        )
        sheet.set_row(row, height * LINE)
        for at, column in enumerate(table.columns):
            _write_cell(sheet, formats, plan, line, (row, at), column, status)
    _set_up(sheet, plan, widths)
    if table.note:
        write_text(sheet, formats, (_end(plan) + 1, 0), squeeze(table.note), font_color="#5b6268")


def _end(plan: TableSheet) -> int:
    """The last row of the table."""
    return max(plan.lines.values(), default=_TOP + heading_depth(plan.table))


def _write_heading(
    sheet: Worksheet,
    formats: Formats,
    table: BudgetTable,
    cells: Sequence[_HeadingCell],
    widths: Sequence[float],
) -> None:
    look = {"bold": True, "text_wrap": True, "align": "center", "border": 1, "bg_color": "#eceeef"}
    lines: dict[int, float] = {}
    for cell in cells:
        first = (_TOP + cell.row, cell.column)
        width = sum(widths[cell.column : cell.column + cell.columns])
        need = math.ceil(display_width(cell.text) / max(width - 1, 1)) / cell.rows
        for row in range(first[0], first[0] + cell.rows):
            lines[row] = max(lines.get(row, 1), need)
        if cell.rows * cell.columns > 1:
            last = (first[0] + cell.rows - 1, first[1] + cell.columns - 1)
            sheet.merge_range(*first, *last, "", formats.get(**look))
        write_text(sheet, formats, first, cell.text, **look)
    for row, need in lines.items():
        sheet.set_row(row, math.ceil(need * LINE))
    if table.heading.number_row is not None:
        printed = table.matrix[table.heading.number_row]
        row = _TOP + heading_depth(table)
        for at, column in enumerate(table.columns):
            found = printed.get(column.index)
            text = squeeze(found.text) if found is not None else ""
            write_text(sheet, formats, (row, at), text,
                       align="center", border=1, font_size=9, bg_color="#eceeef")  # fmt: skip


def _write_cell(
    sheet: Worksheet,
    formats: Formats,
    plan: TableSheet,
    line: int,
    place: Place,
    column: Column,
    status: Mapping[str, str],
) -> None:
    table = plan.table
    look: dict[str, Any] = {"border": 1, "border_color": "#b9bec2"}
    if (line, column.section) in plan.whole:
        look["bold"] = True
    number = table.cells.get((line, column.index))
    if number is not None:
        _write_amount(sheet, formats, plan, number, place, status, look)
        return
    cell = table.matrix[line].get(column.index)
    text = squeeze(cell.text) if cell is not None else ""
    if column.role == "amount":
        look["align"] = "right"
        if (line, column.index) in table.unread:
            look |= _colours("unread")
    elif column.role in {"code", "unit_code"}:
        look |= {"align": "center", "num_format": "@"}
    else:
        look |= {"text_wrap": True, "indent": 1}
    write_text(sheet, formats, place, text, **look)


def _write_amount(
    sheet: Worksheet,
    formats: Formats,
    plan: TableSheet,
    number: Number,
    place: Place,
    status: Mapping[str, str],
    look: dict[str, Any],
) -> None:
    if status.get(number.id, "confirmed") != "confirmed":
        look |= _colours(status[number.id])
    total = plan.totals.get(number.id, Total())
    write_number(sheet, formats, place, number, total.formula, **look)
    if total.notes:
        notes = [tell(note, name) for note in total.notes for name in ("en", "zh")]
        sheet.write_comment(
            *place,
            "\n".join(dict.fromkeys(notes))[:_TEXT_LENGTH],
            {"author": "budgetkit", "width": 300, "height": 60 + 45 * len(total.notes)},
        )


def _colours(status: str) -> dict[str, Any]:
    sign = find_sign("status", status)
    return {"bg_color": sign.fill, "font_color": sign.ink}


def _widths(table: BudgetTable, plan: TableSheet, cells: Sequence[_HeadingCell]) -> list[float]:
    """The width of every column: its longest text in one line, within bounds, then wrapped."""
    widths = []
    for at, column in enumerate(table.columns):
        needs = [_NARROWEST]
        for cell in cells:
            if cell.column == at and cell.columns == 1:
                needs.append(math.ceil(display_width(cell.text) / 3))
        for line in plan.lines:
            found = table.matrix[line].get(column.index)
            if found is not None:
                needs.append(display_width(squeeze(found.text)))
        widths.append(float(min(max(needs), _WIDEST) + 2))
    return widths


def _height(table: BudgetTable, line: int, column: Column, width: float) -> int:
    """How many lines of text a cell takes."""
    found = table.matrix[line].get(column.index)
    if found is None or column.role in {"amount", "code", "unit_code"}:
        return 1
    return max(math.ceil(display_width(squeeze(found.text)) / (width - 1)), 1)


def _set_up(sheet: Worksheet, plan: TableSheet, widths: Sequence[float]) -> None:
    """Frozen heading, and a print on one page's width with the heading on every page."""
    table = plan.table
    top = _TOP + heading_depth(table) + (table.heading.number_row is not None)
    labels = 0
    while labels < len(widths) and table.columns[labels].role != "amount":
        labels += 1
    left = labels if len(table.rows) == 1 and sum(widths[:labels]) <= _FROZEN else 0
    sheet.freeze_panes(top, left)
    sheet.repeat_rows(0, top - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.ignore_errors(
        {"number_stored_as_text": f"A1:{xl_rowcol_to_cell(_end(plan), len(widths))}"}
    )
