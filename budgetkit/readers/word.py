"""Reads Word documents: paragraphs, headings and tables in the order of the body."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from lxml import etree

from budgetkit.blocks import Aside, Block, Problem, Where
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.readers import Reading
from budgetkit.readers.grids import PlacedText, build_grid, without_idle
from budgetkit.readers.lines import LineCounter
from budgetkit.readers.parts import read_part, read_relations
from budgetkit.readers.word_numbering import Numbering, W
from budgetkit.readers.zips import open_zip

__all__ = ["read_word"]

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
# Deleted text, text that was moved away, and readings above characters are not printed.
_UNPRINTED = {f"{W}{name}" for name in ("del", "moveFrom", "rt", "pPr", "rPr", "instrText")}
_NO_CONTENT = {f"{_MC}Fallback", f"{W}tcPr"}
_BLOCKS = {f"{W}p", f"{W}tbl"}
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|PAGEREF|NUMPAGES)\b", re.I)
_LEVEL = re.compile(r"heading (\d)", re.I)
_DEEPEST = 6
_MOST_STYLES = 20  # a style based on itself must not run for ever
_DATA_CELLS = 6
_SPACES = re.compile(r"[ \t]+")
_OFF = {"0", "false", "off", "none"}


def read_word(data: bytes, name: str) -> Reading:
    """The blocks of a .docx document as printed: with inserted text, without deleted text.

    Raises SourceError where it is damaged or has no text.
    """
    try:
        with open_zip(data, name) as archive:
            document, styles, numbering = _read_parts(archive, name)
        reader = _BodyReader(styles, numbering)
        reader.read(document.find(f"{W}body"))
        reader.account_for(document)
    except (
        etree.LxmlError, zipfile.BadZipFile, KeyError, ValueError, NotImplementedError,
        RuntimeError, EOFError, OSError, zlib.error,
    ) as error:  # fmt: skip
        raise SourceError(
            f"{name}: the Word document is damaged or of a kind that cannot be read ({error}); "
            "open it in Word and save it as .docx"
        ) from error
    if not reader.blocks:
        raise SourceError(f"{name}: the Word document has no text (pictures alone?); check it")
    return Reading("word", tuple(reader.blocks), tuple(reader.problems), tuple(reader.asides))


def _read_parts(archive: zipfile.ZipFile, name: str) -> tuple[Any, Any, Any]:
    """The roots of the document, its styles and its numbering, None where there is none.

    Pictures, embedded files and all other parts stay packed.
    """
    main = read_relations(archive, "", name).get("officeDocument", ("", "word/document.xml"))[1]
    document = read_part(archive, main, name)
    if document.find(f"{W}body") is None:
        raise ValueError("it has no body")
    try:
        beside = read_relations(archive, main, name)
    except KeyError:
        beside = {}
    parts = set(archive.namelist())
    styles, numbering = (
        read_part(archive, beside[kind][1], name)
        if kind in beside and beside[kind][1] in parts
        else None
        for kind in ("styles", "numbering")
    )
    return document, styles, numbering


class _Styles:
    """The document's paragraph styles: heading level and list of each."""

    def __init__(self, element: Any) -> None:
        self.known: dict[str, Any] = {}
        if element is None:
            self.usual = ""
            return
        self.known = {str(s.get(f"{W}styleId")): s for s in element.iterchildren(f"{W}style")}
        self.usual = next(
            (
                key
                for key, style in self.known.items()
                if style.get(f"{W}default") == "1" and style.get(f"{W}type") == "paragraph"
            ),
            "",
        )

    def chain(self, style_id: str) -> Iterator[Any]:
        """A style and those that it is based on."""
        for _ in range(_MOST_STYLES):
            style = self.known.get(style_id or self.usual)
            if style is None:
                return
            yield style
            style_id = _value(style.find(f"{W}basedOn"))
            if not style_id:
                return


class _BodyReader:
    """Walks the body of a document and gathers its blocks."""

    def __init__(self, styles: Any, numbering: Any) -> None:
        self.styles = _Styles(styles)
        self.numbering = Numbering(numbering)
        self.lines = LineCounter()
        self.blocks: list[Block] = []
        self.problems: list[Problem] = []
        self.asides: list[Aside] = []
        self.digits = 0  # of the texts that were read, or told of

    def read(self, container: Any) -> None:
        """Reads paragraphs and tables in order, through whatever wraps them."""
        for child in container:
            if child.tag == f"{W}p":
                self._read_paragraph(child)
            elif child.tag == f"{W}tbl":
                self._read_table(child)
            elif child.tag == f"{_MC}AlternateContent":
                self.read(_chosen(child))
            elif isinstance(child.tag, str) and child.tag not in _UNPRINTED:
                self.read(child)

    def _read_paragraph(self, paragraph: Any) -> None:
        level, label = self._heading(paragraph)
        apart = _Apart()
        text = self._text(paragraph, apart)
        pieces = [_SPACES.sub(" ", piece).strip() for piece in text.split("\n")]
        pieces = [piece for piece in pieces if piece]
        if level and pieces:
            pieces = [" ".join(pieces)]
        for position, piece in enumerate(pieces):
            labelled = f"{label}{piece}" if position == 0 else piece
            self.blocks.append(self.lines.paragraph(labelled, level))
        if next(paragraph.iter(f"{W}object"), None) is not None:
            self.problems.append(
                Problem(
                    "embedded_object",
                    said(
                        "'{text}': an embedded object (often an Excel sheet) is not read; save "
                        "its content as a table, or print the document as PDF",
                        text=text.strip()[:30],
                    ),
                )
            )
        where = Where(line=self.lines.line)
        self.asides += [Aside(page, "page number", where) for page in apart.pages]
        for box in apart.boxes:
            self.read(box)

    def _text(self, paragraph: Any, apart: _Apart) -> str:
        text = "".join(_texts(paragraph, apart))
        self.digits += sum(map(str.isdecimal, text))
        return text

    def account_for(self, document: Any) -> None:
        """Tells of digits that stand in no paragraph and no table of the body that was read."""
        left = _digits_in(document) - self.digits
        if left > 0:
            self.problems.append(
                Problem(
                    "hidden_text",
                    said(
                        "{count} digits of the document stand outside the paragraphs and tables of "
                        "its body, as no program writes them, and are not read; compare with the "
                        "source",
                        count=left,
                    ),
                )
            )

    def _heading(self, paragraph: Any) -> tuple[int, str]:
        """The heading level of a paragraph (0 for body text), and its list label."""
        own = paragraph.find(f"{W}pPr")
        style_id = _value(own.find(f"{W}pStyle")) if own is not None else ""
        chain = list(self.styles.chain(style_id))
        level = _outline(own)
        for style in chain:
            if level is None:
                level = _outline(style.find(f"{W}pPr"))
            if level is None and (named := _LEVEL.fullmatch(_value(style.find(f"{W}name")))):
                level = int(named[1])
        lists = [own, *(style.find(f"{W}pPr") for style in chain)]
        label = next((self._label(props) for props in lists if _has_list(props)), "")
        return level if level is not None and 0 < level <= _DEEPEST else 0, label

    def _label(self, properties: Any) -> str:
        numbered = properties.find(f"{W}numPr")
        list_id = _value(numbered.find(f"{W}numId"))
        depth = _value(numbered.find(f"{W}ilvl")) or "0"
        return self.numbering.label(list_id, int(depth) if depth.isdigit() else 0)

    def _read_table(self, table: Any) -> None:
        digits = self.digits + _digits_in(table)
        self._read_rows(list(_rows(table)))
        hidden, self.digits = digits - self.digits, digits
        nested = sum(
            next(cell.iterancestors(f"{W}tc", f"{W}tbl")).tag == f"{W}tc"
            for cell in table.iter(f"{W}tc")
        )
        if nested:
            self.problems.append(
                Problem(
                    "nested_cells",
                    said(
                        "'{text}': {count} cells of the table stand inside others, as no program "
                        "writes them; what they hold may be in the wrong place, compare with the "
                        "source",
                        text=" ".join("".join(_texts(table, _Apart(), True)).split())[:30],
                        count=nested,
                    ),
                    Where(line=self.lines.line),
                )
            )
        if hidden > 0:
            self.problems.append(
                Problem(
                    "hidden_text",
                    said(
                        "'{text}': {count} digits stand outside the cells of a table or in a cell "
                        "that a merged one hides, and are not read; compare with the source",
                        text=" ".join("".join(_texts(table, _Apart(), True)).split())[:30],
                        count=hidden,
                    ),
                    Where(line=self.lines.line),
                )
            )

    def _read_rows(self, rows: list[Any]) -> None:
        if _is_layout(rows):
            for row in rows:
                for cell in _cells(row):
                    self.read(cell)
            return
        placed = without_idle(self._place(rows))
        passages = [self.lines.row({c.column: c.text for c in row}) for row in placed]
        if any(cell.text for row in placed for cell in row):
            self.blocks.append(build_grid(placed, passages, "table"))

    def _place(self, rows: list[Any]) -> list[list[PlacedText]]:
        """The cells of a table in their columns, those merged downwards as one."""
        spans: list[list[int]] = []  # a cell's row, column, rows, columns
        texts: list[str] = []
        open_cells: dict[int, int] = {}
        for number, row in enumerate(rows):
            column = _count(row.find(f"{W}trPr/{W}gridBefore"), 0)
            for cell in _cells(row):
                properties = cell.find(f"{W}tcPr")
                merge = properties.find(f"{W}vMerge") if properties is not None else None
                span = properties.find(f"{W}gridSpan") if properties is not None else None
                width = max(1, _count(span, 1))
                goes_on = merge is not None and _value(merge) in {"", "continue"}
                head = open_cells.get(column)
                if goes_on and head is not None and spans[head][3] == width:
                    spans[head][2] = number - spans[head][0] + 1
                else:
                    open_cells.pop(column, None)
                    if merge is not None:
                        open_cells[column] = len(spans)
                    spans.append([number, column, 1, width])
                    texts.append(self._cell_text(cell))
                column += width
        placed: list[list[PlacedText]] = [[] for _ in rows]
        for (number, column, height, width), text in zip(spans, texts, strict=True):
            placed[number].append(PlacedText(text, number, column, height, width))
        return placed

    def _cell_text(self, cell: Any) -> str:
        """The text of a cell, its paragraphs and those of tables inside it as lines."""
        lines = []
        for paragraph in cell.iter(f"{W}p"):
            inside = takewhile(lambda parent: parent is not cell, paragraph.iterancestors())
            if any(p.tag in _NO_CONTENT or _is_nested_cell(p) or _is_deleted(p) for p in inside):
                continue
            _, label = self._heading(paragraph)
            text = self._text(paragraph, _Apart())
            lines += [f"{label}{text}" if text.strip() else ""]
        pieces = (_SPACES.sub(" ", piece).strip() for line in lines for piece in line.split("\n"))
        return "\n".join(piece for piece in pieces if piece)


@dataclass(slots=True)
class _Apart:
    """What a paragraph holds beside its text: text boxes, page numbers, and fields still open."""

    boxes: list[Any] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def mark(self, kind: str) -> None:
        """Enters, or leaves, a field such as the page number of an entry of the contents."""
        if kind == "begin":
            self.fields.append("")
        elif kind == "end" and self.fields:
            self.fields.pop()

    @property
    def counts_pages(self) -> bool:
        """Whether the text is the result of a field that prints a page number."""
        return any(_PAGE_FIELD.match(code) for code in self.fields)


def _texts(element: Any, apart: _Apart, deep: bool = False) -> Iterator[str]:
    """The printed texts inside an element; what is no running text goes to `apart`.

    With `deep` also those of paragraphs, tables and text boxes inside it.
    """
    for child in element:
        tag = child.tag
        if tag == f"{W}t" or tag == _MATH_TEXT:
            if apart.counts_pages:
                apart.pages.append(child.text or "")
            else:
                yield child.text or ""
            yield from _texts(child, apart, deep)  # what is damaged may nest texts
        elif tag == f"{W}fldChar":
            apart.mark(str(child.get(f"{W}fldCharType")))
        elif tag == f"{W}instrText" and apart.fields:
            apart.fields[-1] += child.text or ""
        elif tag == f"{W}fldSimple":
            apart.fields.append(str(child.get(f"{W}instr") or ""))
            yield from _texts(child, apart, deep)
            apart.fields.pop()
        elif tag == f"{W}tab":
            yield " "
        elif tag in {f"{W}br", f"{W}cr"}:
            yield "\n"
        elif tag == f"{W}noBreakHyphen":
            yield "-"
        elif tag == f"{W}txbxContent" and not deep:
            apart.boxes.append(child)
        elif tag in _BLOCKS:
            if deep:
                yield from _texts(child, _Apart(), deep)  # no field goes on there
            else:
                apart.boxes.append([child])  # what is damaged may nest so; it is no running text
        elif tag == f"{_MC}AlternateContent":
            yield from _texts(_chosen(child), apart, deep)
        elif isinstance(tag, str) and tag not in _UNPRINTED and not _is_unseen(child):
            yield from _texts(child, apart, deep)


def _digits_in(element: Any) -> int:
    """How many digits the texts inside an element print."""
    texts = _texts(element, _Apart(), deep=True)
    return sum(sign.isdecimal() for text in texts for sign in text)


def _is_deleted(element: Any) -> bool:
    """Whether an element is a row that was deleted."""
    return element.tag == f"{W}tr" and element.find(f"{W}trPr/{W}del") is not None


def _chosen(alternatives: Any) -> Any:
    """The first of several ways to say the same; the others repeat its text."""
    for child in alternatives:
        return child
    return ()


def _is_unseen(element: Any) -> bool:
    return _is_vanished(element) or _is_deleted(element)


def _is_vanished(run: Any) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish") if run.tag == f"{W}r" else None
    return mark is not None and _value(mark) not in _OFF


def _value(element: Any) -> str:
    return "" if element is None else str(element.get(f"{W}val") or "")


def _count(element: Any, usual: int) -> int:
    value = _value(element)
    return min(int(value[:5]), 1000) if value.isdecimal() else usual


def _outline(properties: Any) -> int | None:
    mark = properties.find(f"{W}outlineLvl") if properties is not None else None
    value = _value(mark)
    return int(value) + 1 if value.isdigit() else None


def _has_list(properties: Any) -> bool:
    return properties is not None and properties.find(f"{W}numPr/{W}numId") is not None


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, through content controls, without those that were deleted."""
    for child in table:
        if child.tag == f"{W}tr":
            if not _is_deleted(child):
                yield child
        elif child.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"}:
            yield from _rows(child)


def _is_nested_cell(element: Any) -> bool:
    """Whether an element is a cell that stands right inside another one."""
    above = element.getparent()
    return element.tag == f"{W}tc" and above is not None and above.tag == f"{W}tc"


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == f"{W}tc":
            yield child
            yield from _cells(child)  # what is damaged may nest cells without a table
        elif child.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}customXml"}:
            yield from _cells(child)


def _is_layout(rows: list[Any]) -> bool:
    """Whether a table arranges content: one column, or other tables with little beside them."""
    cells = [list(_cells(row)) for row in rows]
    if not any(len(row) > 1 for row in cells):
        return True
    plain = [cell for row in cells for cell in row if cell.find(f".//{W}tbl") is None]
    if len(plain) == sum(map(len, cells)):
        return False
    return sum(any(t.text for t in cell.iter(f"{W}t")) for cell in plain) < _DATA_CELLS
