"""Reads OCR text and Markdown: paragraphs line by line, tables as tab- or pipe-separated lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise

from budgetkit.blocks import Block, Cell, Grid, Paragraph, Passage, Piece, Problem, Where
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.readers import Reading
from budgetkit.readers.signs import mark_damage

__all__ = ["decode_text", "read_markdown"]

# Marks of layout, not of content: bold, paragraphs and line breaks inside cells.
_MARKUP = re.compile(
    r"</?(?:b|p|i|u|strong|em|span|div|sup|sub)(?:\s[^<>]*)?>|<br\s*/?>|\*\*|\\(?=[*_#|<>])", re.I
)
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+")
_BULLET = re.compile(r"\s*[-*+]\s+(?=\S)")
_SEPARATOR = re.compile(r"\s*:?-{2,}:?\s*")
_PIPE_ROW = re.compile(r"\s*\|.*\|\s*$")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKED = re.compile(r"[<*\\]")
_EMPTY = Passage("")
_COMMON = "的年预算支出收入万元"
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_COLUMNS = 16_384
"""Blank cells behind so many are no cells; no program for tables knows more columns."""
_LITTLE = 50
"""One character of so many may be damaged."""


def decode_text(data: bytes, name: str) -> str:
    """The text of a file in UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030.

    Raises SourceError for binary data and for text in any other encoding.
    """
    if data.startswith(_UTF_16):
        encodings = ["utf-16"]
    elif b"\x00" in data:
        raise SourceError(
            f"{name}: byte {data.index(0)} is NUL, so this is no text file, or UTF-16 without its "
            "mark; give the disclosure as text in UTF-8 or GB18030"
        )
    else:
        encodings = ["utf-8-sig", "gb18030"]
    failure = ""
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            failure = failure or f"byte {error.start} does not fit {encoding}"
            continue
        if encoding == "gb18030" and sum(text.count(sign) for sign in _COMMON) * 200 < len(text):
            # GB18030 decodes almost anything; everyday characters tell whether it was meant.
            continue
        if _SURROGATE.search(text):
            failure = "it holds lone surrogates"
            continue
        return text
    raise SourceError(
        f"{name}: the text's encoding is not UTF-8 or GB18030 ({failure or 'no known text'}); "
        "save it again as UTF-8"
    )


def decode_damaged(data: bytes, name: str) -> tuple[str, list[int]]:
    """The text of a file of which a little is damaged, and the lines (from 1) in GB18030 among UTF-8.

    What is damaged stands as U+FFFD: one broken byte must not cost a document. Raises SourceError
    as `decode_text` does, also where more than a little is damaged.
    """
    try:
        return decode_text(data, name), []
    except SourceError:
        if not data.startswith(_UTF_16) and data.count(0) * _LITTLE > len(data):
            raise
        found = _mend(data)
        if found is None:
            raise
        return found


def _mend(data: bytes) -> tuple[str, list[int]] | None:
    if data.startswith(_UTF_16):
        text, others = data.decode("utf-16", errors="replace"), list[int]()
    else:
        decoded = [_decode_line(line) for line in data.removeprefix(_BOM).split(b"\n")]
        marked = [number for number, (_, other) in enumerate(decoded, start=1) if other]
        others = marked if len(marked) * 2 < len(decoded) else []
        text = "\n".join(line for line, _ in decoded)
    text = _SURROGATE.sub("\ufffd", text.replace("\x00", "\ufffd"))
    meant = sum(text.count(sign) for sign in _COMMON) * 200 >= len(text)
    return (text, others) if meant and text.count("\ufffd") * _LITTLE <= len(text) else None


def _decode_line(line: bytes) -> tuple[str, bool]:
    """A line's text, and whether it is in GB18030: in the encoding that fits it better."""
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        texts = [mark_damage(line, name) for name in ("utf-8", "gb18030")]
    broken = [text.count("\ufffd") for text in texts]
    known = sum(texts[1].count(sign) for sign in _COMMON)
    other = (broken[1] == 0 and broken[0] > 2 and known > 0) or broken[1] * 4 < broken[0]
    return texts[other], other


def _whole_characters(data: bytes) -> bytes:
    """UTF-8 without the first bytes of a last character that is not all there."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(data) - 3:
            return data[: error.start]
    return data


def read_markdown(data: bytes, name: str) -> Reading:
    """Yields one paragraph a line and one grid a run of table lines.

    Every passage knows its line (1-based) and the character offsets in it. Line ends may be LF,
    CRLF or CR; a blank line ends a table.
    """
    whole = _whole_characters(data)
    text, others = decode_damaged(whole, name)
    lines = re.split(r"\r\n|\n|\r", text)
    blocks: list[Block] = []
    problems: list[Problem] = []
    rows: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], start=1):
        if _is_row(line):
            rows.append((number, line))
            continue
        if rows:
            blocks.append(_grid(rows))
            rows = []
        if line.strip():
            blocks.append(_paragraph(number, line))
    if others:
        problems.append(_mixed(others))
    if len(whole) < len(data):
        problems.append(
            Problem(
                "cut_off",
                said(
                    "the text ends inside a character (line {line}): the file seems cut off; get "
                    "the whole text again",
                    line=len(lines),
                ),
                Where(line=len(lines), start=0, end=len(lines[-1])),
            )
        )
    else:
        problems.extend(_cut_off(lines))
    return Reading("markdown", tuple(blocks), tuple(problems))


def _mixed(lines: list[int]) -> Problem:
    listed = ", ".join(map(str, lines[:6])) + (", …" if len(lines) > 6 else "")
    return Problem(
        "mixed_encodings",
        said(
            "{count} lines (line {listed}) are written in GB18030 and the others in UTF-8: texts "
            "were put together; compare with the source",
            count=len(lines),
            listed=listed,
        ),
        Where(line=lines[0]),
    )


def _is_row(line: str) -> bool:
    return bool(("\t" in line and line.strip()) or _PIPE_ROW.match(line))


def _cut_off(lines: list[str]) -> Iterator[Problem]:
    """A text that ends inside a row, or with a row: nothing tells where the table should end."""
    numbers = [number for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbers:
        return
    last = numbers[-1]
    where = Where(line=last, start=0, end=len(lines[last - 1]))
    unfinished = last == len(lines)  # no line end behind it
    if unfinished and any(_is_row(line) for line in lines[max(0, last - 2) : last]):
        yield Problem(
            "cut_off",
            said(
                "the text ends inside a table row (line {last}): the file seems cut off; get the "
                "whole text again",
                last=last,
            ),
            where,
        )
    elif _is_row(lines[last - 1]):
        yield Problem(
            "ends_in_table",
            said(
                "the text ends with a table row (line {last}): where the document goes on behind "
                "it, the file is cut off; compare with the source",
                last=last,
            ),
            where,
        )


def _passage(line: str, number: int, start: int, end: int) -> Passage:
    """The printed text of a part of a line, markup taken out, offsets kept."""
    if start == end:
        return _EMPTY
    if not _MARKED.search(line, start, end):
        text = line[start:end]
        return Passage(text, (Piece(0, len(text), number, start),) if text else ())
    parts: list[str] = []
    pieces: list[Piece] = []
    position = length = 0
    position = start
    for first, last in chain(_markup_runs(line, start, end), [(end, end)]):
        if first > position:
            part = line[position:first]
            pieces.append(Piece(length, len(part), number, position))
            parts.append(part)
            length += len(part)
        position = max(position, last)
    return Passage("".join(parts), tuple(pieces))


def _markup_runs(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _MARKUP.finditer(line, start, end):
        yield match.start(), match.end()


def _trimmed(line: str, start: int, end: int) -> tuple[int, int]:
    while start < end and line[start].isspace():
        start += 1
    while end > start and line[end - 1].isspace():
        end -= 1
    return start, end


def _paragraph(number: int, line: str) -> Paragraph:
    level = 0
    start = 0
    heading = _HEADING.match(line)
    if heading:
        level, start = len(heading[1]), heading.end()
    elif bullet := _BULLET.match(line):
        start = bullet.end()
    start, end = _trimmed(line, start, len(line))
    return Paragraph(_passage(line, number, start, end), level)


def _grid(lines: list[tuple[int, str]]) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for number, line in lines:
        cells = _cells(number, line, len(rows))
        if all(_SEPARATOR.fullmatch(cell.text) or not cell.text for cell in cells) and any(
            cell.text for cell in cells
        ):
            continue
        rows.append(tuple(cells))
    return Grid(tuple(rows), exact=False, source="text")


def _cells(number: int, line: str, row: int) -> list[Cell]:
    if "\t" in line:
        start, texts = 0, line.split("\t")
    else:
        bounds = [match.start() for match in re.finditer(r"(?<!\\)\|", line)]
        start = bounds[0] + 1
        texts = [line[left + 1 : right] for left, right in pairwise(bounds)]
    while len(texts) > _MOST_COLUMNS and not texts[-1].strip():
        texts.pop()
    marked = _MARKED.search(line) is not None
    cells = []
    for column, printed in enumerate(texts):
        text = printed.strip()
        passage = _EMPTY
        if text:
            first = start + len(printed) - len(printed.lstrip())
            if marked:
                passage = _passage(line, number, first, first + len(text))
            else:
                passage = Passage(text, (Piece(0, len(text), number, first),))
        cells.append(Cell(passage, row, column))
        start += len(printed) + 1
    return cells
