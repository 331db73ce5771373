"""Small Office files for tests, written by hand: what a library would write is not the point."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PARTS = "application/vnd.openxmlformats-officedocument."
Value = str | int | float | None


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip container of these parts; the same parts give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _types(overrides: Mapping[str, str]) -> str:
    listed = "".join(
        f'<Override PartName="/{part}" ContentType="{_PARTS}{kind}"/>'
        for part, kind in overrides.items()
    )
    return (
        f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/>{listed}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="r{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_RELS}">{listed}</Relationships>'


def column(index: int) -> str:
    """The letters of a column from 0."""
    return (column(index // 26 - 1) if index >= 26 else "") + chr(65 + index % 26)


def workbook(
    rows: Sequence[Sequence[Value]],
    *,
    formats: Sequence[str] = (),
    styles: Mapping[tuple[int, int], int] | None = None,
    merged: Sequence[str] = (),
    name: str = "Sheet1",
    more: Mapping[str, Sequence[Sequence[Value]]] | None = None,
    hidden: Sequence[str] = (),
    extra: str = "",
) -> bytes:
    """An .xlsx workbook; a cell's style n has the n-th of `formats` (1 is the first)."""
    sheets = {name: rows, **(more or {})}
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _types({"xl/workbook.xml": "spreadsheetml.sheet.main+xml"}),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/s{i}.xml") for i in range(1, len(sheets) + 1)]
            + [("styles", "styles.xml")]
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{escape(title)}" sheetId="{i}" r:id="r{i}"'
            + (' state="hidden"' if title in hidden else "")
            + "/>"
            for i, title in enumerate(sheets, start=1)
        )
        + "</sheets></workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts>'
        + "".join(
            f'<numFmt numFmtId="{200 + i}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
            for i, code in enumerate(formats)
        )
        + '</numFmts><cellXfs><xf numFmtId="0"/>'
        + "".join(f'<xf numFmtId="{200 + i}"/>' for i in range(len(formats)))
        + "</cellXfs></styleSheet>",
    }
    for i, sheet_rows in enumerate(sheets.values(), start=1):
        body = "".join(
            f'<row r="{r}">'
            + "".join(_cell(r, c, v, styles or {}) for c, v in enumerate(row))
            + "</row>"
            for r, row in enumerate(sheet_rows, start=1)
        )
        merges = "".join(f'<mergeCell ref="{area}"/>' for area in merged) if i == 1 else ""
        parts[f"xl/worksheets/s{i}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{body}{extra}</sheetData>'
            f"<mergeCells>{merges}</mergeCells></worksheet>"
        )
    return zipped(parts)


def _cell(row: int, index: int, value: Value, styles: Mapping[tuple[int, int], int]) -> str:
    if value is None:
        return ""
    style = styles.get((row - 1, index), 0)
    place = f'r="{column(index)}{row}" s="{style}"'
    if isinstance(value, str) and value.startswith("="):
        return f"<c {place}><f>{escape(value[1:])}</f></c>"
    if isinstance(value, str) and value.startswith("#"):
        return f'<c {place} t="e"><v>{escape(value)}</v></c>'
    if isinstance(value, str):
        return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c {place}><v>{value!r}</v></c>"


def word(body: str, *, styles: str = "", numbering: str = "", prefix: str = "") -> bytes:
    """A .docx document from the XML of its body."""
    overrides = {
        "word/document.xml": "wordprocessingml.document.main+xml",
        "word/styles.xml": "wordprocessingml.styles+xml",
    }
    targets = [("styles", "styles.xml")]
    space = (
        f'xmlns:w="{_WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    parts: dict[str, str | bytes] = {}
    if numbering:
        overrides["word/numbering.xml"] = "wordprocessingml.numbering+xml"
        targets.append(("numbering", "numbering.xml"))
        parts["word/numbering.xml"] = f"<w:numbering {space}>{numbering}</w:numbering>"
    return zipped(
        {
            "[Content_Types].xml": _types(overrides),
            "_rels/.rels": _relations([("officeDocument", "word/document.xml")]),
            "word/_rels/document.xml.rels": _relations(targets),
            "word/document.xml": f"{prefix}<w:document {space}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {space}>{styles}</w:styles>",
            **parts,
        }
    )


def paragraph(text: str, properties: str = "") -> str:
    """A paragraph of a Word document."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def word_table(rows: Sequence[Sequence[str | tuple[str, str]]]) -> str:
    """A table of a Word document; a cell is a text, or a text and its properties."""
    return "<w:tbl>" + "".join(
        "<w:tr>"
        + "".join(
            f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"
            for text, properties in ((c, "") if isinstance(c, str) else c for c in row)
        )
        + "</w:tr>"
        for row in rows
    ) + "</w:tbl>"  # fmt: skip


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (old Office format) of some streams, each larger than 4096 bytes."""
    sector, free, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    chains: list[int] = []
    data = b""
    places = []
    for content in streams.values():
        padded = content.ljust(4097, b"\0")
        count = -(-len(padded) // sector)
        first = len(chains)
        places.append((first, len(padded)))
        chains += [*range(first + 1, first + count), end]
        data += padded.ljust(count * sector, b"\0")
    entries = [("Root Entry", 5, 0, 0)] + [
        (name, 2, *place) for name, place in zip(streams, places, strict=True)
    ]
    directory = b""
    for number, (name, kind, first, size) in enumerate(entries):
        raw = name.encode("utf-16-le") + b"\0\0"
        right = number + 1 if 0 < number < len(entries) - 1 else free
        child = 1 if number == 0 and len(entries) > 1 else free
        start = end if kind == 5 else first
        directory += (
            raw.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(raw), kind, 1, free, right, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )
    directory_first = len(chains)
    count = -(-len(directory) // sector)
    chains += [*range(directory_first + 1, directory_first + count), end]
    data += directory.ljust(count * sector, b"\0")
    fat_count = -(-(len(chains) + 1) * 4 // sector)
    fat_first = len(chains)
    chains += [0xFFFFFFFD] * fat_count
    fat = struct.pack(f"<{len(chains)}I", *chains).ljust(fat_count * sector, b"\xff")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
        + struct.pack("<IIIIIIIII", 0, fat_count, directory_first, 0, 4096, end, 0, end, 0)
    )  # fmt: skip
    table = [fat_first + i for i in range(fat_count)] + [free] * (109 - fat_count)
    return header + struct.pack("<109I", *table) + data + fat
