"""The plain text of a file, found without the readers: what numbers a person would see in it.

Runs of digits are counted, since every way to tell numbers apart keeps them whole. Digits of any
script count; signs that nobody sees and marks over a digit do not part them.
"""

from __future__ import annotations

import functools
import io
import re
import struct
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lxml import etree

Place = int | None
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_AMOUNT = re.compile(r"(\()?([-+])?(\d{1,3}(?:,\d{3})+|\d+)\.(\d{2,})(\))?")
_TEXT_MARKS = re.compile(
    r"\*\*|</?(?:b|p|i|u|strong|em|span|div|sup|sub)(?:\s[^<>]*)?>|<br\s*/?>|\\(?=[*_#|<>])", re.I
)
_MOST_DIGITS = 15
_SHORT = 1_000
_FOLDED = dict(zip("．，（）－＋", ".,()-+", strict=True))


@dataclass
class Plain:
    """Runs of digits by place (line of a text, page of a PDF, else None), and amounts in cells.

    `cells` holds the values of cells that are one amount with decimals. `filled` counts the cells
    of each row of a workbook that are not blank, by sheet and row from 1.
    """

    runs: dict[Place, Counter[str]] = field(default_factory=dict)
    cells: Counter[Decimal] = field(default_factory=Counter)
    filled: Counter[tuple[int, int]] = field(default_factory=Counter)
    digits: Counter[int] = field(default_factory=Counter)
    """How many digits each page of a PDF shows."""

    def add(self, text: str, place: Place = None) -> None:
        """Counts the runs of a text."""
        if any(map(str.isdecimal, text[:_SHORT])) or len(text) > _SHORT:
            self.runs.setdefault(place, Counter()).update(digit_runs(text))

    def add_cell(self, text: str, place: Place = None) -> None:
        """Counts a cell's runs, and its value where it is an amount."""
        self.add(text, place)
        value = amount(text)
        if value is not None:
            self.cells[value] += 1


def is_unseen(sign: str) -> bool:
    """Whether nobody sees a sign: format signs, selectors of variants, marks over another sign."""
    return unicodedata.category(sign) in {"Cf", "Mn", "Me"}


def shows(text: str) -> bool:
    """Whether a text shows anything at all."""
    return any(not sign.isspace() and not is_unseen(sign) for sign in text)


def digit_runs(text: str) -> Iterator[str]:
    """The runs of digits of a text as ASCII digits, in order."""
    for run, _ in placed_runs(text):
        yield run


def placed_runs(text: str) -> Iterator[tuple[str, int]]:
    """The runs of digits of a text, each with the place of its first digit."""
    if text.isascii():
        for match in re.finditer(r"\d+", text):
            yield match[0], match.start()
        return
    digits: list[str] = []
    first = 0
    for at, sign in enumerate(text):
        if sign.isdecimal():
            if not digits:
                first = at
            digits.append(str(unicodedata.decimal(sign)))
        elif digits and not is_unseen(sign):
            yield "".join(digits), first
            digits = []
    if digits:
        yield "".join(digits), first


def amount(text: str) -> Decimal | None:
    """The value of a text that is one amount with decimals and nothing else, of sensible length."""
    if len(text) > 4 * _MOST_DIGITS:
        return None
    folded = "".join(
        str(unicodedata.decimal(s)) if s.isdecimal() else _FOLDED.get(s, s) for s in text
    ).strip()
    match = _AMOUNT.fullmatch(folded)
    if match is None or len(match[3]) > _MOST_DIGITS or len(match[4]) > _MOST_DIGITS:
        return None
    if bool(match[1]) != bool(match[5]) or any(is_unseen(sign) for sign in text):
        return None
    value = Decimal(f"{match[3].replace(',', '')}.{match[4]}")
    return -value if match[2] == "-" or (match[1] and not match[2]) else value


def plain_text(data: bytes) -> Plain:
    """Of a text, by line from 1."""
    plain = Plain()
    text = _decode(data)
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        line = _TEXT_MARKS.sub("", line.replace("\\|", "\x00"))
        stripped = line.strip()
        if "\t" in line:
            cells = line.split("\t")
        elif len(stripped) > 1 and stripped.startswith("|") and stripped.endswith("|"):
            cells = stripped[1:-1].split("|")
        else:
            plain.add(line, number)
            continue
        for cell in cells:
            plain.add_cell(cell, number)
    return plain


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return "\n".join(map(_decode_line, lines))


def _decode_line(line: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", errors="replace")


_WEB_HIDDEN = {
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "svg", "canvas",
    "audio", "video", "map", "select", "textarea", "button", "input", "nav", "footer", "aside",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "em", "font", "i", "ins", "kbd",
    "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
    "var", "wbr", "time",
}  # fmt: skip


def plain_web(data: bytes, decoded: str) -> Plain:
    """Of a web page, whose text is known: runs end where an element begins that is no inline one."""
    plain = Plain()
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded).replace("\x00", "\ufffd")
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        return plain
    pieces: list[str] = []
    work: list[Any] = [root]
    while work:
        item = work.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        inside: list[Any] = []
        tag = item.tag if isinstance(item.tag, str) else ""
        if tag and tag not in _WEB_HIDDEN and not _is_hidden(item):
            edge = [] if tag in _INLINE else ["\n"]
            inside = [*edge, item.text or "", *item, *edge]
        # What stands behind the page's body is not shown apart from it.
        tail = item.tail if item is not root else ""
        work.extend(reversed([*inside, tail or ""]))
    plain.add("".join(pieces))
    return plain


def _is_hidden(element: Any) -> bool:
    style = element.get("style") or ""
    return "hidden" in element.attrib or bool(
        re.search(r"display\s*:\s*none|visibility\s*:\s*hidden", style, re.I)
    )


def plain_word(data: bytes) -> Plain:
    """Of a .docx: the texts of its body by paragraph, without what is deleted or hidden."""
    plain = Plain()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    body = root.find(f"{_W}body")
    for paragraph in root.iter(f"{_W}p") if body is not None else ():
        if _is_dropped(paragraph, root):
            continue
        parts = []
        for child in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr"):
            nearest = next(child.iterancestors(f"{_W}p"))
            if nearest is paragraph and not _is_dropped(child, paragraph):
                parts.append(child.text or "" if child.tag == f"{_W}t" else "\n")
        text = "".join(parts)
        cell = paragraph.getparent()
        alone = cell is not None and cell.tag == f"{_W}tc" and len(cell.findall(f"{_W}p")) == 1
        (plain.add_cell if alone else plain.add)(text)
    return plain


def _is_dropped(element: Any, end: Any) -> bool:
    for parent in (element, *element.iterancestors()):
        if parent is end and parent is not element:
            return False
        name = parent.tag.rpartition("}")[2] if isinstance(parent.tag, str) else ""
        if name in {"del", "moveFrom", "rt", "pPr", "rPr", "instrText", "Fallback", "fldSimple"}:
            return True
        if name == "r" and parent.find(f"{_W}rPr/{_W}vanish") is not None:
            return True
        if name == "tr" and parent.find(f"{_W}trPr/{_W}del") is not None:
            return True
    return False


def plain_workbook(data: bytes) -> Plain:
    """Of an .xlsx: its visible sheets' texts, and how many cells of each row are filled."""
    plain = Plain()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name[:3] == "xl/"}
    links = {
        link.get("Id"): link.get("Target", "")
        for link in etree.fromstring(parts["xl/_rels/workbook.xml.rels"]).iter("{*}Relationship")
        if link.get("Type", "").endswith("/worksheet")
    }
    shared = []
    if "xl/sharedStrings.xml" in parts:
        strings = etree.fromstring(parts["xl/sharedStrings.xml"])
        shared = ["".join(t.text or "" for t in si.iter("{*}t")) for si in strings.iter("{*}si")]
    two_places = _styles_of_two_places(parts.get("xl/styles.xml", b"<a/>"))
    number = 0
    for sheet in etree.fromstring(parts["xl/workbook.xml"]).iter("{*}sheet"):
        target = links.get(next((v for k, v in sheet.attrib.items() if k.endswith("}id")), ""))
        if target is None:
            continue
        number += 1
        if sheet.get("state") in {"hidden", "veryHidden"}:
            continue
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        _add_sheet(plain, etree.fromstring(parts[path]), number, shared, two_places)
    return plain


def _styles_of_two_places(data: bytes) -> set[str]:
    root = etree.fromstring(data)
    codes = {f.get("numFmtId"): f.get("formatCode") for f in root.iter("{*}numFmt")}
    codes = {"2": "0.00", "4": "#,##0.00"} | codes
    found = root.find("{*}cellXfs")
    return {
        str(i)
        for i, xf in enumerate(found if found is not None else ())
        if codes.get(xf.get("numFmtId")) in {"0.00", "#,##0.00"}
    }


def _column(letters: str) -> int:
    return functools.reduce(lambda column, letter: column * 26 + ord(letter) - 64, letters, 0)


def _add_sheet(plain: Plain, root: Any, number: int, shared: list[str], styles: set[str]) -> None:
    line = 0
    seen: set[tuple[int, int, str]] = set()  # the same text in the same cell is there once
    for row in root.iter("{*}row"):
        line = int(row.get("r")) if (row.get("r") or "").isdigit() else line + 1
        column = 0
        for cell in row.iterchildren("{*}c"):
            place = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", cell.get("r") or "")
            column = _column(place[1]) if place else column + 1
            at = (number, int(place[2]) if place else line)
            kind, stored = cell.get("t", "n"), cell.findtext("{*}v") or ""
            if kind == "inlineStr":
                own = (t for t in cell.iter("{*}t") if next(t.iterancestors("{*}c")) is cell)
                stored = "".join(t.text or "" for t in own)
            elif kind == "s" and stored:
                stored = shared[int(stored)] if int(stored) < len(shared) else ""
            if not shows(stored) or (at[1], column, stored) in seen:
                continue
            seen.add((at[1], column, stored))
            plain.filled[at] += 1
            if kind != "n":
                plain.add_cell(stored)
            elif cell.get("s", "0") in styles and len(stored) < 18:
                shown = Decimal(stored).quantize(Decimal("0.01"), ROUND_HALF_UP)
                plain.cells[shown] += 1


def plain_old_workbook(data: bytes) -> Plain | None:
    """Of an .xls whose stream lies in one piece: its filled cells. None where it does not."""
    if len(data) < 2000 or data[512:516] != b"\x09\x08\x10\x00":
        return None
    plain = Plain()
    starts, position = [], 512
    while position + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, position)
        if kind == 0x85 and length >= 8:
            starts.append(struct.unpack_from("<I", data, position + 4)[0])
        if kind == 0x0A:
            break
        position += 4 + length
    for number, start in enumerate(starts, start=1):
        places: set[tuple[int, int]] = set()
        position = 512 + start
        while position + 4 <= len(data):
            kind, length = struct.unpack_from("<HH", data, position)
            if kind == 0x0A:
                break
            body = data[position + 4 : position + 4 + length]
            filled = kind == 0x203 and length == 14
            if kind == 0x204 and length >= 9 and length == 9 + 2 * body[6]:
                filled = shows(body[9:].decode("utf-16-le", errors="replace"))
            if filled:
                places.add(struct.unpack_from("<HH", body))
            position += 4 + length
        plain.filled.update((number, row + 1) for row, _ in places)
    return plain


def plain_pdf(data: bytes) -> Plain:
    """Of a PDF: how many digits pdfium finds at different places of each page, from 1."""
    import pypdfium2

    plain = Plain()
    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(len(document)):
            page = document[number].get_textpage()
            text = page.get_text_range()
            if page.count_chars() == len(text):
                plain.digits[number + 1] = len(
                    {
                        (sign, *(round(edge) for edge in page.get_charbox(at, loose=True)[:2]))
                        for at, sign in enumerate(text)
                        if sign.isdecimal()
                    }
                )
            page.close()
    finally:
        document.close()
    return plain
