"""Items printed in every format, small and plain. Lone surrogates and controls go in as they can."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Sequence
from html import escape

from tests import office, pdfs
from tests.fuzzing.starts import Item

_PLAIN_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})*\.\d\d|-?\d{1,12}\.\d\d")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def print_text(items: Sequence[Item], rng: random.Random) -> str:
    """As Markdown, or as text with tabs."""
    piped = rng.random() < 0.3
    lines: list[str] = []
    for item in items:
        if item.rows:
            lines += [f"| {' | '.join(r)} |" if piped else "\t".join(r) for r in item.rows]
        else:
            lines.append(f"{'#' * item.level} {item.text}" if item.level else item.text)
        lines.append("")
    lines += ["第九部分 名词解释", ""] if items and items[-1].rows and rng.random() < 0.8 else []
    return "\n".join(lines)


def print_web(items: Sequence[Item]) -> str:
    """As a web page."""
    parts = ["<!DOCTYPE html>\n<html><head><title>预算公开</title></head><body>"]
    for item in items:
        if item.rows:
            rows = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
                for row in item.rows
            )
            parts.append(f"<table>{rows}</table>")
        else:
            tag = f"h{item.level}" if item.level else "p"
            parts.append(f"<{tag}>{escape(item.text)}</{tag}>")
    return "\n".join([*parts, "</body></html>"])


def print_word(items: Sequence[Item]) -> bytes:
    """As .docx."""
    body = []
    for item in items:
        if item.rows:
            body.append(office.word_table([[_xml(cell) for cell in row] for row in item.rows]))
        else:
            outline = f'<w:outlineLvl w:val="{item.level - 1}"/>' if item.level else ""
            body.append(office.paragraph(_xml(item.text), outline))
    return office.word(_references("".join(body)))


def print_workbook(items: Sequence[Item], rng: random.Random) -> bytes:
    """As .xlsx, a sheet for each table with the paragraphs above it."""
    stored = rng.random() < 0.5
    sheets: dict[str, list[list[office.Value]]] = {}
    styles: dict[tuple[int, int], int] = {}
    waiting: list[list[office.Value]] = []
    for item in [*items, Item(rows=[[]])]:
        if not item.rows:
            waiting.append([_xml(item.text)])
            continue
        rows: list[list[office.Value]] = [*waiting, *([_xml(c) for c in r] for r in item.rows)]
        waiting = []
        if not any(rows):
            continue
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if stored and isinstance(cell, str) and _PLAIN_NUMBER.fullmatch(cell):
                    row[c] = float(cell.replace(",", ""))
                    styles[r, c] = 1
                elif isinstance(cell, str) and cell.startswith(("=", "#")):
                    row[c] = " " + cell
        sheets[f"表{len(sheets) + 1}"] = rows
    (name, first), *others = sheets.items()
    more = dict(others)
    # Only the first sheet has the styles: of the others numbers come as stored.
    book = office.workbook(first, formats=["#,##0.00"], styles=styles, name=name, more=more)
    return _in_parts(book)


def _in_parts(book: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return office.zipped({name: _references(part.decode("utf-8")) for name, part in parts.items()})


def _xml(text: str) -> str:
    """Text that XML may hold: what it may not, by a mark that becomes a character reference."""
    return _UNFIT.sub(lambda m: f"\ue0ff{ord(m[0])}\ue0fe", text)


def _references(xml: str) -> str:
    """The marks as character references, which no parser should accept."""
    return re.sub("\ue0ff(\\d+)\ue0fe", r"&#\1;", xml)


def print_pdf(items: Sequence[Item], rng: random.Random) -> bytes:
    """As PDF with ruled tables, a few pages at most."""
    pages = [pdfs.Page()]
    top = 800.0
    for item in items:
        height = 16.0 * max(1, min(len(item.rows), 42))
        if top - height < 40:
            pages.append(pdfs.Page())
            top = 800.0
        if not item.rows:
            for start in range(0, min(len(item.text), 2000), 42):
                pages[-1].text(50, top, item.text[start : start + 42], 14 if item.level else 11)
                top -= 16
                if top < 40:
                    pages.append(pdfs.Page())
                    top = 800.0
            continue
        width = max(map(len, item.rows))
        widths = [500 / max(1, width)] * width
        size = max(3.0, min(9.0, 500 / max(1, width) / 7))
        ruled = rng.random() < 0.9
        pages[-1].table(
            [row[:60] for row in item.rows[:42]],
            widths if ruled else widths[: max(1, width - 1)],
            top=top + 10,
            height=16,
            size=size,
        )
        top -= height + 16
    return pdfs.write_pdf(pages[:4])


def print_old_workbook(items: Sequence[Item]) -> bytes:
    """As .xls (BIFF 8): one sheet a table, numbers stored under the format #,##0.00."""
    sheets: list[list[list[str]]] = [[]]
    for item in items:
        if item.rows and sheets[-1]:
            sheets[-1] += item.rows
            sheets.append([])
        else:
            sheets[-1] += item.rows or [[item.text]]
    sheets = [rows for rows in sheets if rows]
    streams = [_old_sheet(rows) for rows in sheets]
    names = [f"表{i + 1}".encode("utf-16-le") for i in range(len(sheets))]
    bounds_size = sum(4 + 8 + len(name) for name in names)
    globals_ = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
    # Two styles: General and #,##0.00.
    globals_ += b"".join(
        _record(0xE0, struct.pack("<HHH", 0, code, 0).ljust(20, b"\0")) for code in (0, 4)
    )
    position = len(globals_) + bounds_size + 4
    for name, stream in zip(names, streams, strict=True):
        head = struct.pack("<IBBBB", position, 0, 0, len(name) // 2, 1)
        globals_ += _record(0x85, head + name)
        position += len(stream)
    return office.compound({"Workbook": globals_ + _record(0x0A, b"") + b"".join(streams)})


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _old_sheet(rows: Sequence[Sequence[str]]) -> bytes:
    stream = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))
    widest = max(map(len, rows), default=0)
    stream += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, min(widest, 256), 0))
    for r, row in enumerate(rows[:65_000]):
        for c, cell in enumerate(row[:256]):
            if not cell:
                continue
            if _PLAIN_NUMBER.fullmatch(cell):
                value = float(cell.replace(",", ""))
                stream += _record(0x203, struct.pack("<HHHd", r, c, 1, value))
            else:
                text = cell[:4000].encode("utf-16-le", "surrogatepass")
                stream += _record(0x204, struct.pack("<HHHHB", r, c, 0, len(text) // 2, 1) + text)
    return stream + _record(0x0A, b"")
