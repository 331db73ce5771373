"""The cells of an .xlsx workbook as printed, from its XML.

Calamine, which reads the old format for us, gives numbers without their formats; here both stand
in the same element.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from budgetkit.blocks import Problem
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.readers.lines import MOST_SIGNS, too_long
from budgetkit.readers.number_formats import BUILT_IN, GENERAL, exact, print_number
from budgetkit.readers.parts import local_name, read_part, read_relations, stream_elements
from budgetkit.readers.sheets import Sheet

__all__ = ["read_xlsx_sheets"]

_WORKSHEET = "/worksheet"
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")
_MOST_CELLS = 2_000_000
_MOST_MERGED = 100_000
_MOST_ROWS = 1_048_576  # as in Excel
_LONGEST_FORMAT = 255  # as in Excel
_LOOK = {"left", "right", "top", "bottom"}
_UNSHOWN = {"f", ""}  # formulas, comments
_HIDDEN = {"hidden", "veryHidden"}


@dataclass(slots=True)
class _Styles:
    """By the number of a cell's style: its number format, and whether it is ruled."""

    formats: list[str] = field(default_factory=list)
    ruled: list[bool] = field(default_factory=list)


def read_xlsx_sheets(archive: zipfile.ZipFile, name: str, problems: list[Problem]) -> list[Sheet]:
    """The sheets of a workbook in order; what could not be read is added to `problems`.

    Raises SourceError where the workbook's XML is broken.
    """
    try:
        return _read_sheets(archive, name, problems)
    except (
        etree.XMLSyntaxError, KeyError, ValueError, EOFError, zipfile.BadZipFile,
        NotImplementedError, RuntimeError, OSError, zlib.error,
    ) as error:  # fmt: skip
        raise SourceError(
            f"{name}: the workbook is damaged ({error}); open it in Excel and save it again"
        ) from error


def _read_sheets(archive: zipfile.ZipFile, name: str, problems: list[Problem]) -> list[Sheet]:
    book = next((p for p in archive.namelist() if p.lower() == "xl/workbook.xml"), None)
    if book is None:
        raise SourceError(f"{name}: the workbook lists no sheets; save it again from Excel")
    targets = read_relations(archive, book, name)
    shared = list(_shared_texts(archive, targets, name))
    styles = _read_styles(archive, targets, name)
    sheets = []
    room, signs = _MOST_CELLS, MOST_SIGNS
    entries, from_1904 = _book_sheets(archive, book, name)
    for title, hidden, relation in entries:
        kind, part = targets.get(relation, ("", ""))
        if not kind.endswith(_WORKSHEET):
            continue  # a sheet that is a chart
        sheet = Sheet(title, hidden=hidden)
        reader = _SheetReader(sheet, shared, styles, from_1904, signs)
        names = "row", "mergeCell"
        reader.read(stream_elements(archive, part, name, *names, around="sheetData"), room)
        room -= len(sheet.texts)
        signs -= reader.signs
        if room <= 0:
            raise SourceError(
                f"{name}: the workbook has more than {_MOST_CELLS:,} filled cells; save the "
                "disclosure's sheets alone"
            )
        problems += reader.problems()
        sheets.append(sheet)
    return sheets


def _attribute(element: etree._Element, local: str) -> str:
    """An attribute by its local name, for prefixes vary between programs."""
    for name, value in element.attrib.items():
        if str(name).rpartition("}")[2] == local and "}" in str(name):
            return str(value)
    return ""


def _book_sheets(
    archive: zipfile.ZipFile, book: str, name: str
) -> tuple[list[tuple[str, bool, str]], bool]:
    """Each sheet's name, whether it is hidden, its relation; and whether days count from 1904."""
    sheets = []
    from_1904 = False
    # Not as they close: what is damaged may nest one in another.
    for element in read_part(archive, book, name).iter("{*}sheet", "{*}workbookPr"):
        if local_name(element) == "workbookPr":
            from_1904 = element.get("date1904") in {"1", "true"}
            continue
        hidden = element.get("state") in _HIDDEN
        sheets.append((str(element.get("name") or ""), hidden, _attribute(element, "id")))
    return sheets, from_1904


def _shared_texts(
    archive: zipfile.ZipFile, targets: Mapping[str, tuple[str, str]], name: str
) -> Iterator[str]:
    if "sharedStrings" not in targets:
        return
    for element in stream_elements(archive, targets["sharedStrings"][1], name, "si"):
        if next(element.iterancestors("{*}si"), None) is not None:
            raise ValueError("texts stand inside others, so that their numbers say nothing")
        yield _rich_text(element).strip()


def _rich_text(element: etree._Element) -> str:
    """The text of a string with its runs, without the readings printed above characters."""
    return "".join(
        text.text or ""
        for text in element.iter("{*}t")
        if not any(local_name(parent) == "rPh" for parent in text.iterancestors())
    )


def _read_styles(
    archive: zipfile.ZipFile, targets: Mapping[str, tuple[str, str]], name: str
) -> _Styles:
    styles = _Styles()
    if "styles" not in targets:
        return styles
    codes = dict(BUILT_IN)
    borders: list[bool] = []
    found = stream_elements(archive, targets["styles"][1], name, "numFmt", "border", "cellXfs")
    for element in found:
        kind = local_name(element)
        if kind == "numFmt":
            code = str(element.get("formatCode") or "")[:_LONGEST_FORMAT]
            codes[int(element.get("numFmtId") or 0)] = code
        elif kind == "border":
            borders.append(
                any(
                    local_name(s) in _LOOK and s.get("style") not in {None, "none"} for s in element
                )
            )
        else:
            for xf in element.iter("{*}xf"):
                border = int(xf.get("borderId") or 0)
                styles.formats.append(codes.get(int(xf.get("numFmtId") or 0), GENERAL))
                styles.ruled.append(border < len(borders) and borders[border])
    return styles


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _SheetReader:
    """Reads one sheet's cells into a Sheet."""

    def __init__(
        self, sheet: Sheet, shared: list[str], styles: _Styles, from_1904: bool, most: int
    ) -> None:
        self.sheet = sheet
        self.signs, self.most = 0, most
        self.shared = shared
        self.styles = styles
        self.from_1904 = from_1904
        self.uncomputed: list[str] = []
        self.given_twice: list[str] = []
        self.unknown = 0
        self.no_text: list[str] = []
        self.taken: list[str] = []  # what the cells of the row that is being read hold
        self.beside = 0
        self.first_beside = 0

    def problems(self) -> Iterator[Problem]:
        """What the sheet holds that was not read, or not with certainty."""
        title = self.sheet.name
        if self.uncomputed:
            yield Problem(
                "uncomputed_cell",
                said(
                    "sheet '{title}': {count} formulas have no stored result (first "
                    "{first}), so their cells are blank; open the file in Excel and save it",
                    title=title,
                    count=len(self.uncomputed),
                    first=self.uncomputed[0],
                ),
            )
        if self.unknown:
            yield Problem(
                "unknown_places",
                said(
                    "sheet '{title}': the number formats of {unknown} cells are not in the "
                    "file, so their numbers have the places they are stored with; open it in "
                    "Excel and compare",
                    title=title,
                    unknown=self.unknown,
                ),
            )
        if self.given_twice:
            yield Problem(
                "cell_twice",
                said(
                    "sheet '{title}': {count} cells are given twice with other content (first "
                    "{first}), and the last one was read; compare with the source",
                    title=title,
                    count=len(self.given_twice),
                    first=self.given_twice[0],
                ),
            )
        if self.no_text:
            yield Problem(
                "cells_not_read",
                said(
                    "sheet '{title}': the texts of {count} cells (first {first}) are not in the "
                    "file, and the cells are blank; compare with the source",
                    title=title,
                    count=len(self.no_text),
                    first=self.no_text[0],
                ),
            )
        if self.beside:
            yield Problem(
                "cells_not_read",
                said(
                    "sheet '{title}': {count} digits stand beside the contents of its cells (first "
                    "in row {row}), as no program writes them, and are not read; compare with the "
                    "source",
                    title=title,
                    count=self.beside,
                    row=self.first_beside,
                ),
            )

    def read(self, elements: Iterable[etree._Element], room: int) -> None:
        """Reads every cell and merged area, up to `room` filled cells."""
        number = 0
        for element in elements:
            if local_name(element) == "mergeCell":
                self._merge(str(element.get("ref") or ""))
                continue
            if next(element.iterancestors("{*}row"), None) is not None:
                continue  # a row in a cell is damage, and read with the row around it
            given = str(element.get("r") or "")
            number = int(given[:12]) if given.isdecimal() else number + 1
            # Around the rows, with what stands in none of them, comes the data of the sheet.
            if number > _MOST_ROWS and local_name(element) == "row":
                raise ValueError(f"it numbers a row {number}, more than any sheet has")
            self._read_row(element, number)
            if len(self.sheet.texts) > room:
                return

    def _merge(self, area: str) -> None:
        match = _AREA.fullmatch(area)
        if match and len(self.sheet.merged) < _MOST_MERGED:
            first = int(match[2]) - 1, _column(match[1])
            self.sheet.merged[first] = int(match[4]) - 1, _column(match[3])

    def _read_row(self, row: etree._Element, number: int) -> None:
        column = -1
        self.taken = []
        for cell in row.iter("{*}c"):  # what is damaged may nest cells
            match = _CELL.fullmatch(str(cell.get("r") or ""))
            column = _column(match[1]) if match else column + 1
            place = (int(match[2]) if match else number) - 1, column
            style = str(cell.get("s") or "0")
            index = int(style) if style.isdecimal() and len(style) < 8 else 0
            if index < len(self.styles.ruled) and self.styles.ruled[index]:
                self.sheet.ruled.add(place)
                if len(self.sheet.ruled) > _MOST_CELLS:
                    raise ValueError(f"a sheet has more than {_MOST_CELLS:,} cells with rules")
            text = self._text(cell, index).strip()
            if text:
                if self.sheet.texts.get(place, text) != text:
                    self.given_twice.append(str(cell.get("r") or ""))
                self.sheet.texts[place] = text
                self.signs += len(text)
                if self.signs > self.most:
                    raise too_long()
        texts = "".join(row.itertext())
        # Most rows hold the contents of their cells and nothing else.
        if len(texts) != sum(map(len, self.taken)):
            beside = _digits_in(row) - sum(map(str.isdecimal, "".join(self.taken)))
            if beside > 0:
                self.beside += beside
                self.first_beside = self.first_beside or number

    def _text(self, cell: etree._Element, style: int) -> str:
        kind = str(cell.get("t") or "n")
        if kind == "inlineStr":
            own = (t for t in cell.iter("{*}t") if next(t.iterancestors("{*}c")) is cell)
            text = "".join(
                t.text or "" for t in own if next(t.iterancestors("{*}rPh"), None) is None
            )
            self.taken.append(text)
            return text
        value = cell.find("{*}v")
        stored = (value.text or "") if value is not None else ""
        if not stored:
            if cell.find("{*}f") is not None and kind != "str":
                self.uncomputed.append(str(cell.get("r") or ""))
            return ""
        self.taken.append(stored)
        if kind == "s":
            index = int(stored)
            if not 0 <= index < len(self.shared):
                self.no_text.append(str(cell.get("r") or ""))
                return ""
            return self.shared[index]
        if kind == "b":
            return "TRUE" if stored == "1" else "FALSE"
        if kind != "n":
            return stored  # the text of a formula, an error (#REF!), a date in words
        known = style < len(self.styles.formats)
        self.unknown += not known and "s" in cell.attrib
        code = self.styles.formats[style] if known else GENERAL
        return print_number(exact(stored), code, self.from_1904)


def _digits_in(row: etree._Element) -> int:
    """The digits of all texts in a row but its formulas and the readings above characters."""
    count = 0
    for element in row.iter():
        shown = next(element.iterancestors("{*}rPh", "{*}extLst"), None) is None
        if shown and local_name(element) not in _UNSHOWN:
            count += sum(map(str.isdecimal, element.text or ""))
        if element is not row:
            count += sum(map(str.isdecimal, element.tail or ""))
    return count
