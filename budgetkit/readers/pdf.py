"""Reads PDF: ruled tables through tabula, every character with its place through pdfium."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from budgetkit.blocks import Block, Problem, Where
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.readers import Reading
from budgetkit.readers.aligned import find_aligned
from budgetkit.readers.characters import Page, TextLine, find_lines, read_page, shown_frame
from budgetkit.readers.clips import hidden_problems
from budgetkit.readers.damage import check_text, damaged_objects, unknown_signs
from budgetkit.readers.java import RuledReading, RuledTable
from budgetkit.readers.paragraphs import Joiner, set_running_aside
from budgetkit.readers.pictures import picture_problems
from budgetkit.readers.ruled import RuledGrid, build_grid, fill_grid, join_overlapping
from budgetkit.readers.rulings import read_rules
from budgetkit.readers.unruled import numbers_alone, recover_rows

__all__ = ["read_pdf"]

_MOST_PAGES = 1000
_NO_PAGES = re.compile(rb"/Count\s+0\b")
_ONE_PAGE = re.compile(rb"/Type\s*/Page\b|/ObjStm\b")


@dataclass(slots=True)
class _Sheet:
    """One page with its grids and the lines outside them."""

    page: Page
    grids: list[RuledGrid]
    lines: list[TextLine] = field(default_factory=list)
    outside: int = 0
    """How many numbers stand beside words outside the grids: where none do, no table does."""


def read_pdf(data: bytes, name: str) -> Reading:
    """Yields paragraphs and grids in reading order, each character with its page and box.

    Page numbers and running heads are set aside. Raises SourceError for a PDF that is encrypted,
    damaged, without pages or without a text layer, and where Java cannot be used.
    """
    document = _open(data, name)
    try:
        with RuledReading(data, name, len(document)) as ruling:
            pages: list[Page] = []
            problems: list[Problem] = []
            for index in range(len(document)):
                pages.append(_read_page(document, index, name, problems))
                if not pages[-1].chars:
                    ruling.leave_out(index + 1)
            damaged = list(damaged_objects(data, len(document)))
            check_text(pages, name, damaged)
            tables, failed = ruling.result()
        problems[:0] = [
            *damaged,
            *_unreadable_pages(pages, name),
            *unknown_signs(pages),
            *hidden_problems(pages),
        ]
        sheets = []
        for page in pages:
            ruled = [table for table in tables if table.page == page.number]
            sheets.append(_sheet(document, page, ruled, failed.get(page.number, ""), problems))
    finally:
        document.close()
    for before, after in pairwise(sheets):
        if before.grids and after.grids:
            last = max(before.grids, key=lambda grid: grid.bottom)
            first = min(after.grids, key=lambda grid: grid.top)
            first.take_columns(last.columns)
    kept, asides = set_running_aside([(sheet.page.height, sheet.lines) for sheet in sheets])
    for sheet, lines in zip(sheets, kept, strict=True):
        sheet.lines = lines
        problems.extend(_read_aligned(sheet))
    return Reading("pdf", tuple(_blocks(sheets)), tuple(problems), tuple(asides))


def _sheet(
    document: Any, page: Page, ruled: Sequence[RuledTable], failure: str, problems: list[Problem]
) -> _Sheet:
    """One page's grids and lines, from the reading that leaves fewer numbers outside its cells."""
    sheet = _fill(page, ruled)
    unruled = _numbers_outside(sheet)
    beside = _lines_beside(sheet) if _prints_amounts(sheet) else 0
    sheet.outside = unruled
    if not failure and not unruled and not beside:
        return sheet
    shown = document[page.number - 1]
    other = _fill(page, read_rules(shown, page.number, shown_frame(shown)))
    left = _numbers_outside(other)
    if (left, _lines_beside(other)) < (unruled, beside) or (failure and other.grids):
        sheet = other
        sheet.outside = left
        problems.append(
            Problem(
                "read_by_rules",
                said(
                    "page {page}: tabula {why}, so its tables were read from the page's own "
                    "ruling lines ({left} numbers stay outside); compare with the source",
                    page=page.number,
                    why=said("fails on it ({failure})", failure=failure)
                    if failure
                    else said(
                        "leaves {count} numbers or words of a table out", count=unruled or beside
                    ),
                    left=left,
                ),
                Where(page=page.number),
            )
        )
    if failure and not sheet.grids:
        problems.append(
            Problem(
                "page_without_rules",
                said(
                    "page {page}: its ruling lines cannot be used ({failure}), so a table there "
                    "was read as text; compare with the source",
                    page=page.number,
                    failure=failure,
                ),
                Where(page=page.number),
            )
        )
    problems.extend(recover_rows(sheet.grids, sheet.lines))
    return sheet


def _read_aligned(sheet: _Sheet) -> Iterator[Problem]:
    """Tables of a page that no rule draws, named because their columns are a conclusion."""
    if not sheet.outside:
        return
    page = sheet.page.number
    found, lost = find_aligned(page, sheet.lines)
    sheet.grids.extend(found)
    for grid in found:
        yield Problem(
            "table_without_rules",
            said(
                "page {page}: a table without ruling lines was read by the places of its words; "
                "compare with the source",
                page=page,
            ),
            Where(page=page, box=(grid.left, grid.top, grid.right, grid.bottom)),
        )
    if lost:
        yield Problem(
            "amounts_without_table",
            said(
                "page {page}: {count} amounts stand in columns without ruling lines, and their "
                "places do not tell what they belong to; they are not checked as a table",
                page=page,
                count=lost,
            ),
            Where(page=page),
        )


def _fill(page: Page, ruled: Sequence[RuledTable]) -> _Sheet:
    grids = [grid for cells in join_overlapping(ruled) if (grid := build_grid(page.number, cells))]
    outside = fill_grid(grids, page.chars)
    return _Sheet(page, grids, find_lines(outside, page.number))


def _numbers_outside(sheet: _Sheet) -> int:
    """How many numbers stand alone beside other words, as in a table, but in no cell."""
    return sum(len(numbers_alone(line)) for line in sheet.lines)


def _prints_amounts(sheet: _Sheet) -> bool:
    """Whether a grid holds decimals or per cent: a list of names may stay as it is."""
    return any(
        char.sign in ".．%％"
        for grid in sheet.grids
        for chars in grid.chars.values()
        for char in chars
    )


def _lines_beside(sheet: _Sheet) -> int:
    """How many lines stand between a grid's upper and lower edge, but in none of its cells."""
    return sum(
        any(grid.top < line.middle < grid.bottom for grid in sheet.grids) for line in sheet.lines
    )


def _blocks(sheets: Sequence[_Sheet]) -> Iterator[Block]:
    joiner = Joiner(line for sheet in sheets for line in sheet.lines)
    for sheet in sheets:
        grids = sorted(sheet.grids, key=lambda grid: (grid.top, grid.left))
        for line in sheet.lines:
            while grids and grids[0].top < line.top:
                yield from joiner.close()
                yield grids.pop(0).to_grid()
            yield from joiner.add(line)
        for grid in grids:
            yield from joiner.close()
            yield grid.to_grid()
    yield from joiner.close()


def _open(data: bytes, name: str) -> Any:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise SourceError(_why_not(name, error, data)) from error
    count = len(document)
    if 0 < count <= _MOST_PAGES:
        return document
    document.close()
    if count == 0:
        raise SourceError(f"{name}: the PDF has no pages; get the whole file again")
    raise SourceError(
        f"{name}: the PDF has {count} pages (limit {_MOST_PAGES}); "
        "give the pages of one disclosure alone"
    )


def _read_page(document: Any, index: int, name: str, problems: list[Problem]) -> Page:
    """One page's characters; names the pictures that stand among them."""
    import pypdfium2

    try:
        shown = document[index]
        page = read_page(shown, index + 1)
    except pypdfium2.PdfiumError as error:
        raise SourceError(
            f"{name}, page {index + 1}: the page is damaged ({error}); get the whole file again"
        ) from error
    if page.chars:  # a page without any text is named as a whole
        problems.extend(picture_problems(shown, page))
    return page


def _why_not(name: str, error: Exception, data: bytes) -> str:
    if _NO_PAGES.search(data) and not _ONE_PAGE.search(data):
        return f"{name}: the PDF has no pages; get the whole file again"
    reason = str(error)
    if "password" in reason.lower():
        return f"{name}: the PDF is encrypted with a password; save it without one"
    return f"{name}: the PDF is damaged or cut off ({reason}); get the whole file again"


def _unreadable_pages(pages: Sequence[Page], name: str) -> Iterator[Problem]:
    """Pages without text among pages with text: blank ones, or pictures of their text."""
    blank = [page.number for page in pages if not page.chars]
    if blank:
        listed = ", ".join(str(number) for number in blank[:12])
        yield Problem(
            "page_without_text",
            said(
                "{name}: page {listed} has no text; where it is not blank, what it shows is a "
                "picture and was not read, compare with the source",
                name=name,
                listed=listed,
            ),
            Where(page=blank[0]),
        )
