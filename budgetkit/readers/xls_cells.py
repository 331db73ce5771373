"""The cells of an old .xls workbook as printed: calamine's values under their number formats."""

from __future__ import annotations

import datetime
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from budgetkit.blocks import Problem
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.readers.number_formats import BUILT_IN, GENERAL, exact, print_number
from budgetkit.readers.ole import read_stream
from budgetkit.readers.sheets import Place, Sheet

__all__ = ["read_xls_sheets"]

_BOF, _EOF, _FILEPASS, _FORMAT, _XF, _SHEET = 0x809, 0x0A, 0x2F, 0x41E, 0xE0, 0x85
_DATE1904 = 0x22
_SINGLE = {0x203, 0x27E, 0x06, 0xFD, 0x201, 0x205, 0x204}
"""NUMBER, RK, FORMULA, LABELSST, BLANK, BOOLERR, LABEL: row, column, style, value."""
_MULTIPLE = {0xBD: 6, 0xBE: 2}
"""MULRK and MULBLANK: row, first column, then a style (and a value) for each column."""
_BLANK = {0x201, 0xBE}
_MOST_AREA = 5_000_000
"""Calamine holds every cell between the first and the last of a sheet, filled or not: two cells in
opposite corners would take half a gigabyte."""
_BIFF8 = 0x600
_WORKSHEET = 0
_DAY_ZERO = datetime.datetime(1899, 12, 30)


@dataclass(slots=True)
class _Look:
    """How the cells of each sheet look: formats and rules by style, styles by cell."""

    formats: list[str] = field(default_factory=list)
    ruled: list[bool] = field(default_factory=list)
    styles: list[dict[Place, int]] = field(default_factory=list)
    from_1904: bool = False
    area: int = 0
    """How many cells the sheets take from their first filled cell to their last."""

    def format_at(self, sheet: int, place: Place) -> str | None:
        """The number format of a cell, None where it is not known."""
        if sheet >= len(self.styles):
            return None
        style = self.styles[sheet].get(place)
        return self.formats[style] if style is not None and style < len(self.formats) else None


def read_xls_sheets(data: bytes, name: str, problems: list[Problem]) -> list[Sheet]:
    """The sheets of a workbook of the old format in order.

    Raises SourceError for a damaged or protected workbook. Where the formats cannot be read a
    number has all the places it is stored with, which is said in `problems`.
    """
    stream = read_stream(data, "Workbook", name)
    look = _read_look(stream, name)
    if look.area > _MOST_AREA:
        raise _damaged(name, f"its filled cells span {look.area:,} cells, limit {_MOST_AREA:,}")
    book = _open(data, name)
    sheets = []
    unknown = 0
    position = -1
    for entry in book.sheets_metadata:
        if entry.typ != SheetTypeEnum.WorkSheet:
            continue
        position += 1
        read = book.get_sheet_by_name(entry.name)
        sheet = Sheet(entry.name, hidden=entry.visible != SheetVisibleEnum.Visible)
        for first, last in read.merged_cell_ranges or []:
            sheet.merged[first] = last
        for row, values in enumerate(read.to_python(skip_empty_area=False)):
            for column, value in enumerate(values):
                place = row, column
                code = look.format_at(position, place)
                text = _text(value, code, look.from_1904).strip()
                unknown += code is None and isinstance(value, int | float)
                if text:
                    sheet.texts[place] = text
        if position < len(look.styles):
            sheet.ruled = {
                place
                for place, style in look.styles[position].items()
                if style < len(look.ruled) and look.ruled[style]
            }
        sheets.append(sheet)
    if unknown:
        problems.append(
            Problem(
                "unknown_places",
                said(
                    "the number formats of {unknown} cells cannot be read from a workbook this "
                    "old, so their numbers have the places they are stored with; save it as "
                    ".xlsx to have them as printed",
                    unknown=unknown,
                ),
            )
        )
    return sheets


def _open(data: bytes, name: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(name, str(error)) from error
    except BaseException as error:
        # The Rust library's panics are no Exception, so that nobody swallows them by chance.
        if type(error).__name__ == "PanicException":
            raise _damaged(name, "its records do not fit together") from error
        raise


def _damaged(name: str, why: str) -> SourceError:
    return SourceError(
        f"{name}: the old Excel workbook is damaged or protected ({why}); open it in Excel and "
        "save it as .xlsx without a password"
    )


def _text(value: object, code: str | None, from_1904: bool) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        try:
            stored = exact(float(value))
        except ValueError:
            return str(value)
        return f"{stored:f}" if code is None else print_number(stored, code, from_1904)
    if isinstance(value, datetime.datetime):
        if code is None:
            return value.isoformat(" ", "minutes").removesuffix(" 00:00")
        days = (value - _DAY_ZERO) / datetime.timedelta(days=1)
        return print_number(exact(days), code)
    return str(value)


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records of a substream, up to its end."""
    depth = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + length]
        yield kind, body
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        position += 4 + length


def _read_look(stream: bytes, name: str) -> _Look:
    """Formats and rules from the workbook's records; empty for the formats before Excel 97."""
    look = _Look()
    codes = dict(BUILT_IN)
    used: list[int] = []
    starts: list[int] = []
    try:
        for kind, body in _records(stream, 0):
            if kind == _BOF and struct.unpack_from("<H", body)[0] != _BIFF8 and not used:
                return look
            if kind == _FILEPASS:
                raise SourceError(
                    f"{name}: the workbook is protected by a password; save it without one"
                )
            if kind == _FORMAT:
                codes[struct.unpack_from("<H", body)[0]] = _string(body, 2)
            elif kind == _XF:
                used.append(struct.unpack_from("<H", body, 2)[0])
                look.ruled.append(bool(struct.unpack_from("<I", body, 10)[0] & 0xFFFF))
            elif kind == _SHEET and body[5] == _WORKSHEET:
                starts.append(struct.unpack_from("<I", body)[0])
            elif kind == _DATE1904:
                look.from_1904 = bool(struct.unpack_from("<H", body)[0])
        look.formats = [codes.get(number, GENERAL) for number in used]
        for start in starts:
            styles, area = _read_styles(stream, start)
            look.styles.append(styles)
            look.area += area
    except (struct.error, IndexError) as error:
        raise _damaged(name, f"a record is cut off: {error}") from error
    return look


def _string(body: bytes, position: int) -> str:
    length, wide = struct.unpack_from("<HB", body, position)
    first = position + 3
    if wide & 1:
        return body[first : first + 2 * length].decode("utf-16-le", errors="replace")
    return body[first : first + length].decode("latin-1")


def _read_styles(stream: bytes, start: int) -> tuple[dict[Place, int], int]:
    """The style of every cell of a sheet, and the area from its first filled cell to its last."""
    styles: dict[Place, int] = {}
    filled: list[Place] = []
    for kind, body in _records(stream, start):
        if kind in _SINGLE or kind in _MULTIPLE:
            row, column = struct.unpack_from("<HH", body)
            if kind not in _BLANK:
                filled.append((row, column))
        if kind in _SINGLE:
            (styles[row, column],) = struct.unpack_from("<H", body, 4)
        elif kind in _MULTIPLE:
            size = _MULTIPLE[kind]
            for place in range(4, len(body) - 2 - size + 1, size):
                styles[row, column] = struct.unpack_from("<H", body, place)[0]
                column += 1
    if not filled:
        return styles, 0
    rows, columns = zip(*filled, strict=True)
    return styles, (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
