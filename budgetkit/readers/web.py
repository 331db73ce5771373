"""Reads web pages: paragraphs and headings in reading order, tables with their merged cells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from budgetkit.blocks import Block, Problem
from budgetkit.errors import SourceError
from budgetkit.readers import Reading
from budgetkit.readers.grids import SpannedText, build_grid, place_in_rows
from budgetkit.readers.lines import LineCounter
from budgetkit.readers.signs import mark_damage

__all__ = ["read_web"]

_META = re.compile(rb"""<meta[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.I)
_META_WITHIN = 8192
_CHINESE = {"gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk", "cp936", "hz-gb-2312"}
_XML_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_DROPPED = {
    "script", "style", "noscript", "template", "head", "iframe", "object", "svg", "canvas",
    "audio", "video", "map", "select", "textarea", "button", "input", "nav", "footer", "aside",
}  # fmt: skip
"""Not embed: it has no end, so the parser takes all that follows for its content."""
_BLOCKS = {
    "address", "article", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "form", "header", "hgroup", "hr", "html",
    "legend", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "ul", "caption",
    "h1", "h2", "h3", "h4", "h5", "h6", "tr", "td", "th", "tbody", "thead", "tfoot",
}  # fmt: skip
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_CELLS = {"td", "th"}
_GROUPS = {"tbody", "thead", "tfoot"}
_MOST_CELLS = 500_000
_ARTICLE = 2000
"""A cell with a text as long as this, in several paragraphs, holds an article and no entry."""
_DATA_CELLS = 6
"""As many filled cells of its own make a table one of data, although a cell holds a table."""


def read_web(data: bytes, name: str) -> Reading:
    """The blocks of a web page, in any encoding that Chinese pages use; scripts are not run.

    A table that only arranges other tables or text is read as the text that it arranges. Raises
    SourceError where the page has no text.
    """
    text = _XML_HEAD.sub("", _UNFIT.sub("\ufffd", decode_page(data, name)))
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(
            f"{name}: the web page cannot be read ({error}); open it in a browser and print it as "
            "PDF"
        ) from error
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):
        # What stands behind the place is lost, and nothing in the tree would tell.
        raise SourceError(
            f"{name}: the web page nests its elements deeper than any real page and cannot be read "
            "to its end; open it in a browser and print it as PDF"
        )
    reader = _PageReader(name)
    try:
        if root is not None:
            reader.read(root)
    except ValueError as error:
        raise SourceError(
            f"{name}: the web page cannot be read ({error}); save its text"
        ) from error
    if not reader.blocks:
        raise SourceError(
            f"{name}: the web page has no text of its own (a page may load it by script); open it "
            "in a browser and print it as PDF, or save the text"
        )
    return Reading("web", tuple(reader.blocks), tuple(reader.problems))


def decode_page(data: bytes, name: str) -> str:
    """The text of a page: by its byte order mark, its declared encoding, UTF-8 or GB18030.

    GB2312 and GBK are read as GB18030, which has all of their characters, as browsers do. Raises
    SourceError where none fits.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    declared = _META.search(data[:_META_WITHIN])
    encodings = ["utf-8-sig", "gb18030"]
    if declared is not None and not data.startswith(b"\xef\xbb\xbf"):
        label = declared[1].decode("ascii").lower()
        encodings.insert(0, "gb18030" if label in _CHINESE else label)
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    # One broken byte must not cost a page: the better of both, its losses marked as U+FFFD.
    texts = [mark_damage(data, encoding) for encoding in ("utf-8", "gb18030")]
    best = min(texts, key=lambda text: text.count("\ufffd"))
    if best.count("\ufffd") * 50 > len(best):
        raise SourceError(
            f"{name}: the page's encoding is neither UTF-8 nor GB18030 nor what it declares; save "
            "it again as UTF-8"
        )
    return best


class _PageReader:
    """Walks a page and gathers its blocks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines = LineCounter()
        self.blocks: list[Block] = []
        self.problems: list[Problem] = []
        self.waiting: list[str] = []

    def read(self, root: etree._Element) -> None:
        """Reads a page from its root: without recursion, for pages nest as deep as they like."""
        # What is still to do: elements to enter, text to add, paragraphs to end (a level).
        work: list[etree._Element | str | int] = [root]
        while work:
            item = work.pop()
            if isinstance(item, str):
                self.waiting.append(item)
            elif isinstance(item, int):
                self._end(item)
            else:
                work.extend(reversed(list(self._enter(item))))
        self._end(0)

    def _enter(self, element: etree._Element) -> Iterator[etree._Element | str | int]:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag and tag not in _DROPPED and not _is_hidden(element):
            if tag == "br":
                yield 0
            elif tag == "table" and self._read_table(element):
                pass
            else:
                is_block = tag in _BLOCKS or tag == "table"
                if is_block:
                    yield 0
                if element.text:
                    yield element.text
                yield from element
                if is_block:
                    yield _LEVELS.get(tag, 0)
        if element.tail:  # of a body too: what stands behind its end is shown all the same
            yield element.tail

    def _end(self, level: int) -> None:
        """Ends the paragraph that is being read."""
        text = _SPACES.sub(" ", "".join(self.waiting)).strip()
        self.waiting = []
        if text:
            self.blocks.append(self.lines.paragraph(text, level))

    def _read_table(self, table: etree._Element) -> bool:
        """Reads a table of data as a grid; says no where it only arranges other content."""
        rows = list(_rows(table))
        cells = [[cell for cell in row if cell.tag in _CELLS] for row in rows]
        if _is_layout(table, cells):
            return False
        if sum(map(len, cells)) > _MOST_CELLS:
            raise SourceError(
                f"{self.name}: a table of the page has more than {_MOST_CELLS:,} cells; save the "
                "disclosure's tables alone"
            )
        self._end(0)
        for text in filter(None, _stray_texts(table)):
            self.blocks.append(self.lines.paragraph(text))
        for caption in table.iterchildren("caption"):
            text = _text_of(caption)
            if text:
                self.blocks.append(self.lines.paragraph(text))
        placed = place_in_rows(
            [
                [SpannedText(_text_of(c), _span(c, "colspan"), _span(c, "rowspan")) for c in row]
                for row in cells
                if row
            ]
        )
        passages = [self.lines.row({c.column: c.text for c in row}) for row in placed]
        if any(cell.text for row in placed for cell in row):
            self.blocks.append(build_grid(placed, passages, "table"))
        return True


def _is_hidden(element: etree._Element) -> bool:
    return "hidden" in element.attrib or bool(_HIDDEN.search(element.get("style") or ""))


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table, not those of tables inside it."""
    for child in table:
        if child.tag == "tr" and not _is_hidden(child):
            yield child
        elif child.tag in _GROUPS and not _is_hidden(child):
            yield from (row for row in child.iterchildren("tr") if not _is_hidden(row))


def _stray_texts(table: etree._Element) -> Iterator[str]:
    """Text of a table outside its cells, which browsers show above the table."""
    yield _one_line(table.text)
    for child in table:
        if child.tag in {"caption", "colgroup"} or _is_hidden(child):
            pass
        elif child.tag in _GROUPS:
            yield _one_line(child.text)
            for row in child:
                yield from _stray_in_row(row)
        else:
            yield from _stray_in_row(child)
            continue
        yield _one_line(child.tail)


def _stray_in_row(row: etree._Element) -> Iterator[str]:
    if row.tag != "tr":
        yield _text_of(row).replace("\n", " ")
    elif not _is_hidden(row):
        yield _one_line(row.text)
        for cell in row:
            if cell.tag not in _CELLS:
                yield _text_of(cell).replace("\n", " ")
            yield _one_line(cell.tail)
    yield _one_line(row.tail)


def _one_line(text: str | None) -> str:
    return _SPACES.sub(" ", text or "").strip()


def _is_layout(table: etree._Element, rows: list[list[etree._Element]]) -> bool:
    """Whether a table arranges content: one column, or other tables with little beside them."""
    if not any(len(row) > 1 for row in rows):
        return True
    if next(table.iterdescendants("table"), None) is None:
        return next(table.iterdescendants(*_LEVELS), None) is not None or any(
            len(text := _text_of(cell)) > _ARTICLE and text.count("\n") > 4
            for row in rows
            for cell in row
        )
    plain = [
        cell for row in rows for cell in row if next(cell.iterdescendants("table"), None) is None
    ]
    return sum(bool(_text_of(cell)) for cell in plain) < _DATA_CELLS


def _span(cell: etree._Element, name: str) -> int:
    match = re.match(r"\s*(\d{1,9})", cell.get(name) or "1")
    return int(match[1]) if match else 1


def _text_of(element: etree._Element) -> str:
    """The visible text of a cell; its paragraphs and breaks as line breaks."""
    parts: list[str] = []
    work: list[etree._Element | str] = [element]
    while work:
        item = work.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        inside: list[etree._Element | str] = []
        tag = item.tag if isinstance(item.tag, str) else ""
        if tag and tag not in _DROPPED and not _is_hidden(item):
            edge = ["\x00"] if tag in _BLOCKS or tag in {"br", "table"} else []
            inside = [*edge, item.text or "", *item, *edge]
        if item is not element and item.tail:
            inside.append(item.tail)
        work.extend(reversed(inside))
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(parts).split("\x00"))
    return "\n".join(line for line in lines if line)
