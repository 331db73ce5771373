"""The cells of an old .xls workbook as printed: stored values under their number formats."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from budgetkit.blocks import Problem, Where
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.readers.number_formats import BUILT_IN, GENERAL, exact, print_number
from budgetkit.readers.ole import read_stream
from budgetkit.readers.sheets import Sheet
from budgetkit.readers.signs import clean_text
from budgetkit.readers.xls_records import BOF, EOF, Record, Strings, read_records, read_rk

__all__ = ["read_xls_sheets"]

_FILEPASS, _FORMAT, _XF, _BOUNDSHEET, _DATE1904, _SST, _CODEPAGE = (
    0x2F, 0x41E, 0xE0, 0x85, 0x22, 0xFC, 0x42,
)  # fmt: skip
_NUMBER, _RK, _MULRK, _FORMULA, _STRING, _BOOLERR, _MERGED = (
    0x203, 0x27E, 0xBD, 0x06, 0x207, 0x205, 0xE5,
)  # fmt: skip
_LABEL, _RICH_LABEL, _SHARED_LABEL, _BLANK, _MULBLANK = 0x204, 0xD6, 0xFD, 0x201, 0xBE
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip
_BIFF8 = 0x600
_WORKSHEET = 0
_MOST_COLUMNS = 256
_ENCODINGS = {932: "cp932", 936: "gb18030", 949: "cp949", 950: "cp950", 1200: "utf-16-le"}


@dataclass(slots=True)
class _Book:
    """What a workbook says for all of its sheets."""

    wide: bool = True
    """Whether strings are those of BIFF 8."""
    encoding: str = "gb18030"
    formats: list[str] = field(default_factory=list)
    ruled: list[bool] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    sheets: list[tuple[str, int, bool]] = field(default_factory=list)
    """Each worksheet's name, where its records begin, whether it is hidden."""
    kinds: list[int] = field(default_factory=list)
    """What the list of sheets says of each: 0 for a worksheet, else a chart or a macro."""
    from_1904: bool = False


def read_xls_sheets(data: bytes, name: str, problems: list[Problem]) -> list[Sheet]:
    """The sheets of a workbook of the old format in order; what could not be read is added to
    `problems`.

    Raises SourceError for a protected workbook, and for one whose records or sheets are gone.
    """
    stream = read_stream(data, "Workbook", name) or read_stream(data, "Book", name)
    book = _read_book(stream, name)
    sheets: list[Sheet] = []
    for (title, start, hidden), kind in zip(book.sheets, book.kinds, strict=True):
        if kind != _WORKSHEET and not _begins_worksheet(stream, start):
            continue
        number = len(sheets) + 1
        reader = _SheetReader(Sheet(clean_text(title), hidden=hidden), book)
        reader.read(stream, start)
        sheets.append(reader.sheet)
        problems.extend(_problems(reader, number))
    return sheets


def _begins_worksheet(stream: bytes, start: int) -> bool:
    """Whether a sheet's own records say that it is one, whatever the list of sheets says."""
    first = next(read_records(stream, start), None)
    return first is not None and first.kind == BOF and first.body[2:4] == b"\x10\x00"


def _read_book(stream: bytes, name: str) -> _Book:
    book = _Book()
    codes = dict(BUILT_IN)
    used: list[int] = []
    try:
        first = True
        for record in read_records(stream, 0):
            if first and (record.kind != BOF or len(record.body) < 4):
                break
            if first:
                book.wide = struct.unpack_from("<H", record.body)[0] == _BIFF8
                first = False
                continue
            if record.kind == _FILEPASS:
                raise SourceError(
                    f"{name}: the workbook is protected by a password; save it without one"
                )
            _read_setting(book, record, codes, used)
    except (struct.error, IndexError) as error:
        raise _damaged(name, f"a record is cut off: {error}") from error
    if not book.sheets:
        raise _damaged(name, "it lists no sheet")
    book.formats = [codes.get(number, GENERAL) for number in used]
    return book


def _read_setting(book: _Book, record: Record, codes: dict[int, str], used: list[int]) -> None:
    body = record.body
    if record.kind == _CODEPAGE:
        book.encoding = _ENCODINGS.get(struct.unpack_from("<H", body)[0], "gb18030")
    elif record.kind == _FORMAT:
        number = struct.unpack_from("<H", body)[0]
        codes[number] = (
            Strings(record, 2).string() if book.wide else _narrow(body, 2, 1, book.encoding)
        )
    elif record.kind == _XF:
        used.append(struct.unpack_from("<H", body, 2)[0])
        book.ruled.append(book.wide and bool(struct.unpack_from("<I", body, 10)[0] & 0xFFFF))
    elif record.kind == _BOUNDSHEET:
        title = (
            Strings(record, 6).string(wide_count=False)
            if book.wide
            else _narrow(body, 6, 1, book.encoding)
        )
        book.sheets.append((title, struct.unpack_from("<I", body)[0], bool(body[4] & 3)))
        book.kinds.append(body[5])
    elif record.kind == _DATE1904:
        book.from_1904 = bool(struct.unpack_from("<H", body)[0])
    elif record.kind == _SST:
        _read_shared(book, record)


def _read_shared(book: _Book, record: Record) -> None:
    strings = Strings(record, 8)
    (count,) = struct.unpack_from("<I", record.body, 4)
    try:
        for _ in range(count):
            book.shared.append(strings.string())
    except struct.error:
        pass  # a cell whose text is missing is counted where it is read


def _narrow(body: bytes, position: int, size: int, encoding: str) -> str:
    """A string of bytes behind its length, which takes `size` bytes."""
    count = int.from_bytes(body[position : position + size], "little")
    first = position + size
    return body[first : first + count].decode(encoding, errors="replace")


def _damaged(name: str, why: str) -> SourceError:
    return SourceError(
        f"{name}: the old Excel workbook is damaged or protected ({why}); open it in Excel and "
        "save it as .xlsx without a password"
    )


class _SheetReader:
    """Reads the cells of one sheet."""

    def __init__(self, sheet: Sheet, book: _Book) -> None:
        self.sheet = sheet
        self.book = book
        self.unknown = 0
        self.damaged = 0
        self.twice = 0
        self.whole = True
        self.waiting: tuple[int, int] | None = None
        """The cell whose formula's text stands in the next record."""

    def read(self, stream: bytes, start: int) -> None:
        """Reads the records from a place of the workbook's stream on."""
        first = True
        for record in read_records(stream, start):
            if first and record.kind != BOF:
                self.whole = False
                return
            first = False
            if record.kind == EOF:
                self.whole = record.whole
                break
            try:
                self._read_record(record)
            except (struct.error, IndexError):
                self.damaged += 1
        self.whole = self.whole and not first

    def _read_record(self, record: Record) -> None:
        kind, body = record.kind, record.body
        if kind in {_NUMBER, _RK, _FORMULA, _BOOLERR, _LABEL, _RICH_LABEL, _SHARED_LABEL, _BLANK}:
            row, column, style = struct.unpack_from("<HHH", body)
            self._rule(row, column, style)
            if kind != _BLANK:
                self._read_cell(record, row, column, style)
        elif kind == _STRING and self.waiting is not None:
            self._put(*self.waiting, self._text(record, 0))
            self.waiting = None
        elif kind in {_MULRK, _MULBLANK}:
            row, column = struct.unpack_from("<HH", body)
            size = 6 if kind == _MULRK else 2
            for place in range(4, len(body) - 2 - size + 1, size):
                style = struct.unpack_from("<H", body, place)[0]
                self._rule(row, column, style)
                if kind == _MULRK:
                    code = struct.unpack_from("<I", body, place + 2)[0]
                    self._put_number(row, column, style, read_rk(code))
                column += 1
        elif kind == _MERGED:
            (count,) = struct.unpack_from("<H", body)
            for place in range(count):
                top, bottom, left, right = struct.unpack_from("<HHHH", body, 2 + 8 * place)
                self.sheet.merged[top, left] = bottom, right

    def _read_cell(self, record: Record, row: int, column: int, style: int) -> None:
        kind, body = record.kind, record.body
        if kind == _NUMBER:
            self._put_number(row, column, style, struct.unpack_from("<d", body, 6)[0])
        elif kind == _RK:
            code = struct.unpack_from("<I", body, 6)[0]
            self._put_number(row, column, style, read_rk(code))
        elif kind == _SHARED_LABEL:
            self._put(row, column, self.book.shared[struct.unpack_from("<I", body, 6)[0]])
        elif kind == _BOOLERR:
            value, is_error = struct.unpack_from("<BB", body, 6)
            truth = "TRUE" if value else "FALSE"
            self._put(row, column, _ERRORS.get(value, "#ERR!") if is_error else truth)
        elif kind == _FORMULA:
            result = body[6:14]
            if len(result) < 8:
                raise struct.error("a formula is cut off")
            if result[6:] != b"\xff\xff":
                self._put_number(row, column, style, struct.unpack("<d", result)[0])
            elif result[0] == 0:
                self.waiting = row, column
            elif result[0] == 1:
                self._put(row, column, "TRUE" if result[2] else "FALSE")
            elif result[0] == 2:
                self._put(row, column, _ERRORS.get(result[2], "#ERR!"))
        else:
            self._put(row, column, self._text(record, 6))

    def _text(self, record: Record, position: int) -> str:
        if self.book.wide:
            return Strings(record, position).string()
        body = b"".join([record.body, *record.more])
        return _narrow(body, position, 2, self.book.encoding)

    def _put_number(self, row: int, column: int, style: int, value: float) -> None:
        try:
            stored = exact(value)
        except ValueError:
            self._put(row, column, str(value))
            return
        known = style < len(self.book.formats)
        self.unknown += not known
        self._put(
            row,
            column,
            print_number(stored, self.book.formats[style], self.book.from_1904)
            if known
            else f"{stored:f}",
        )

    def _put(self, row: int, column: int, text: str) -> None:
        text = text.strip()
        if column >= _MOST_COLUMNS:
            raise IndexError(column)
        if text:
            self.twice += self.sheet.texts.get((row, column), text) != text
            self.sheet.texts[row, column] = text

    def _rule(self, row: int, column: int, style: int) -> None:
        if style < len(self.book.ruled) and self.book.ruled[style] and column < _MOST_COLUMNS:
            self.sheet.ruled.add((row, column))


def _problems(reader: _SheetReader, number: int) -> list[Problem]:
    title, where = reader.sheet.name, Where(page=number)
    found = []
    if reader.damaged or not reader.whole:
        found.append(
            Problem(
                "cells_not_read",
                said(
                    "sheet '{title}': {count} records of its cells are damaged, and it {ends}; "
                    "compare with the source",
                    title=title,
                    count=reader.damaged,
                    ends=said("was read to its end")
                    if reader.whole
                    else said("breaks off, so that cells may be missing"),
                ),
                where,
            )
        )
    if reader.twice:
        found.append(
            Problem(
                "cell_twice",
                said(
                    "sheet '{title}': {count} cells are given twice with other content, and the "
                    "last one was read; compare with the source",
                    title=title,
                    count=reader.twice,
                ),
                where,
            )
        )
    if reader.unknown:
        found.append(
            Problem(
                "unknown_places",
                said(
                    "sheet '{title}': the number formats of {unknown} cells are not in the file, "
                    "so their numbers have the places they are stored with; open it in Excel and "
                    "compare",
                    title=title,
                    unknown=reader.unknown,
                ),
                where,
            )
        )
    return found
