"""Prints the reference document as PDF, Word, Excel and web page, for tests of the readers.

The files are committed. To make them again, with Pango and four packages that budgetkit does not
need (apt-get install libpango-1.0-0 libpangoft2-1.0-0; pip install weasyprint openpyxl xlwt):

    python -m tests.facsimiles.make
"""

from __future__ import annotations

import datetime
import html
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.facsimiles.content import Item, PrintedCell, PrintedTable, Text, reference

FOLDER = Path(__file__).parent
FONT = FOLDER.parent.parent / "budgetkit" / "fonts" / "NotoSansSC-subset.otf"
WIDE = 8
"""Tables with more columns are printed on landscape pages."""
UNRULED = {3, 6, 7}
"""Tables without a rule below the last row of a page, in the facsimile that lacks rules."""
BROKEN = (7, "三支一扶岗前培训经费", 5)
"""The table whose row is broken across a page: its project, and how much of its name is behind."""
_TABLES_BEGIN = "第二部分"
_TABLES_END = "第三部分"

STYLE = """
@font-face { font-family: Print; src: url(FONT); }
@page { size: A4; margin: 20mm 18mm;
        @bottom-center { content: "— " counter(page) " —"; font: 9pt Print; } }
@page wide { size: A4 landscape; margin: 15mm; }
body { font: 11pt/1.6 Print; orphans: 1; widows: 1; }
h1, h2, h3, h4, h5, h6 { font-weight: normal; margin: 6pt 0; break-after: avoid; }
h1 { font-size: 18pt; text-align: center; } h2 { font-size: 15pt; } h3 { font-size: 13pt; }
h4, h5, h6 { font-size: 12pt; }
p { margin: 4pt 0; text-indent: 2em; }
section { break-before: page; } section.wide { page: wide; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; line-height: 1.35; }
td, th { border: 0.75pt solid black; padding: 2pt 3pt; font-weight: normal; }
th { text-align: center; } td.amount { text-align: right; white-space: nowrap; }
.wide table { font-size: 7.5pt; }
#table-7 td { padding: 5.2pt 3pt; } #table-7 { table-layout: fixed; }
tr { break-inside: avoid; } .unruled tr { break-inside: auto; } table + table { break-before: page; }
table.unruled tr:last-child td { border-bottom: none; } table.unruled { border-bottom: none; }
"""


def make_all() -> None:
    """Writes every facsimile beside this file."""
    items = reference()
    page = _page(items, "")
    _write_html(page)
    _write_pdf(_page(list(_with_broken_row(items)), _print_style()), "reference.pdf")
    _write_pdf(_page(_tables_part(items), _print_style(), UNRULED), "missing-rules.pdf")
    _write_word(items)
    sheets = list(_sheets(items))
    _write_excel(sheets)
    _write_old_excel(sheets)


def _print_style() -> str:
    return STYLE.replace("FONT", FONT.as_uri())


def _tables_part(items: Sequence[Item]) -> list[Item]:
    """The title and the part that holds the budget tables."""
    parts = [
        position
        for position, item in enumerate(items)
        if isinstance(item, Text) and item.level and item.text.startswith("第")
    ]
    first = max(p for p in parts if items[p].text.startswith(_TABLES_BEGIN))
    last = max(p for p in parts if items[p].text.startswith(_TABLES_END))
    return [*items[:2], *items[first:last]]


def _with_broken_row(items: Iterable[Item]) -> Iterator[Item]:
    """The table that is broken inside a row as two, the tail of a name as a row of its own."""
    number, project, length = BROKEN
    for item in items:
        if not isinstance(item, PrintedTable) or item.number != number:
            yield item
            continue
        line = next(cell.row for cell in item.cells if cell.text == project)
        name = next(c for c in item.cells if c.row == line and not c.is_amount and len(c.text) > 9)
        before = [replace(c, text=c.text[:-length]) if c is name else c for c in item.cells]
        yield replace(item, cells=tuple(c for c in before if c.row <= line))
        tail = [
            replace(c, text=name.text[-length:] if c is name else "")
            for c in item.cells
            if c.row == line
        ]
        heading = [cell for cell in item.cells if cell.row < item.heading_rows]
        shift = line - item.heading_rows
        rest = [*tail, *(cell for cell in item.cells if cell.row > line)]
        moved = [replace(cell, row=cell.row - shift) for cell in rest]
        yield replace(item, cells=(*heading, *moved))


# Web page and PDF


def _page(items: Iterable[Item], style: str, unruled: Iterable[int] = ()) -> str:
    body = "\n".join(_blocks(list(items), set(unruled)))
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f"<title>部门预算公开</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )


def _blocks(items: Sequence[Item], unruled: set[int]) -> Iterator[str]:
    """Every table begins a page with the titles above it, and the text below goes on behind."""
    waiting: list[str] = []
    groups = itertools.groupby(items, key=lambda item: isinstance(item, PrintedTable))
    for is_table, group in groups:
        if not is_table:
            waiting = [_text(item) for item in group if isinstance(item, Text)]
            continue
        tables = [item for item in group if isinstance(item, PrintedTable)]
        heads = next(
            (i for i, text in enumerate(waiting) if text.startswith("<p>表 ")),
            max(0, len(waiting) - 2),
        )
        wide = tables[0].width > WIDE and tables[0].heading_rows
        yield from waiting[:heads]
        yield '<section class="wide">' if wide else "<section>"
        yield from waiting[heads:]
        for table in tables:
            yield from _table(table, table.number in unruled)
        yield "</section>"
        waiting = []
    yield from waiting


def _text(item: Text) -> str:
    tag = f"h{item.level}" if item.level else "p"
    return f"<{tag}>{html.escape(item.text)}</{tag}>"


def _table(table: PrintedTable, unruled: bool) -> Iterator[str]:
    mark = ' class="unruled"' if unruled else ""
    yield f'<table id="table-{table.number}"{mark}>'
    if table.heading_rows:
        yield "<thead>"
    for number, row in enumerate(table.rows):
        if table.heading_rows and number == table.heading_rows:
            yield "</thead><tbody>"
        tag = "th" if number < table.heading_rows else "td"
        yield "<tr>" + "".join(_cell(cell, tag) for cell in row) + "</tr>"
    yield (
        "</tbody></table>"
        if len(table.rows) > table.heading_rows > 0
        else ("</thead></table>" if table.heading_rows else "</table>")
    )


def _cell(cell: PrintedCell, tag: str) -> str:
    spans = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    spans += f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    kind = ' class="amount"' if cell.is_amount else ""
    return f"<{tag}{spans}{kind}>{html.escape(cell.text)}</{tag}>"


def _write_html(page: str) -> None:
    (FOLDER / "reference.html").write_text(page, encoding="utf-8", newline="\n")


def _write_pdf(page: str, name: str) -> None:
    from weasyprint import HTML

    HTML(string=page).write_pdf(FOLDER / name, full_fonts=False)


# Word


def _write_word(items: Iterable[Item]) -> None:
    from docx import Document
    from docx.enum.section import WD_ORIENT, WD_SECTION

    document = Document()
    for item in items:
        if isinstance(item, Text):
            if item.level:
                document.add_heading(item.text, item.level)
            else:
                document.add_paragraph(item.text)
            continue
        wide = item.width > WIDE and item.heading_rows
        if wide:
            section = document.add_section(WD_SECTION.NEW_PAGE)
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = section.page_height, section.page_width
        table = document.add_table(len(item.rows), item.width, "Table Grid")
        for cell in item.cells:
            corner = table.cell(cell.row, cell.column)
            if cell.rows > 1 or cell.columns > 1:
                corner = corner.merge(
                    table.cell(cell.row + cell.rows - 1, cell.column + cell.columns - 1)
                )
            corner.text = cell.text
        if wide:
            section = document.add_section(WD_SECTION.NEW_PAGE)
            section.orientation = WD_ORIENT.PORTRAIT
            section.page_width, section.page_height = section.page_height, section.page_width
    document.core_properties.created = document.core_properties.modified = datetime.datetime(
        2026, 1, 1
    )
    document.save(str(FOLDER / "reference.docx"))


# Excel


def _sheets(items: Iterable[Item]) -> Iterator[tuple[str, list[Item]]]:
    """One sheet a table with the titles above it, and one sheet for the text between two."""
    count = 0
    waiting: list[Item] = []
    for item in items:
        waiting.append(item)
        if not isinstance(item, PrintedTable):
            continue
        heads = next(
            (i for i, t in enumerate(waiting) if isinstance(t, Text) and t.text.startswith("表 ")),
            max(0, len(waiting) - 3),
        )
        if heads:
            count += 1
            yield f"文字{count}", waiting[:heads]
        yield f"表{item.number}", waiting[heads:]
        waiting = []
    if waiting:
        yield f"文字{count + 1}", waiting


def _laid_out(items: Iterable[Item]) -> Iterator[PrintedCell]:
    """The cells of a sheet: texts in the first column, the table's cells below them."""
    row = 0
    for item in items:
        if isinstance(item, Text):
            yield PrintedCell(item.text, row, 0, in_table=False)
            row += 1
            continue
        for cell in item.cells:
            yield PrintedCell(cell.text, row + cell.row, cell.column, cell.rows, cell.columns)
        row += len(item.rows)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _write_excel(sheets: Sequence[tuple[str, list[Item]]]) -> None:
    import openpyxl
    from openpyxl.styles import Border, Side

    rule = Side(style="thin")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, items in sheets:
        sheet = book.create_sheet(name)
        for cell in _laid_out(items):
            if cell.rows > 1 or cell.columns > 1:
                sheet.merge_cells(
                    start_row=cell.row + 1,
                    start_column=cell.column + 1,
                    end_row=cell.row + cell.rows,
                    end_column=cell.column + cell.columns,
                )
            place = sheet.cell(cell.row + 1, cell.column + 1)
            if cell.in_table:
                place.border = Border(rule, rule, rule, rule)
            if cell.is_amount and "%" not in cell.text:
                place.value, place.number_format = _number(cell.text), "#,##0.00"
            elif cell.text:
                place.value = cell.text
                place.data_type = "s"
    book.save(FOLDER / "reference.xlsx")


def _write_old_excel(sheets: Sequence[tuple[str, list[Item]]]) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    plain, amount = xlwt.XFStyle(), xlwt.XFStyle()
    amount.num_format_str = "#,##0.00"
    for name, items in sheets:
        sheet = book.add_sheet(name)
        for cell in _laid_out(items):
            is_number = cell.is_amount and "%" not in cell.text
            value: object = _number(cell.text) if is_number else cell.text
            style = amount if is_number else plain
            if cell.rows > 1 or cell.columns > 1:
                last = cell.row + cell.rows - 1, cell.column + cell.columns - 1
                sheet.write_merge(cell.row, last[0], cell.column, last[1], value, style)
            else:
                sheet.write(cell.row, cell.column, value, style)
    book.save(str(FOLDER / "reference.xls"))


if __name__ == "__main__":
    make_all()
