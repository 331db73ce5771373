"""Reads a workbook's sheets back without a spreadsheet program, and evaluates its formulas."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL = re.compile(r"([A-Z]+)(\d+)")
_TERM = re.compile(r"([+-]?)(?:SUM\(([^()]+)\)|([A-Z]+\d+))")


@dataclass
class Sheet:
    """One sheet: numbers and texts by cell, formulas by cell, links, notes."""

    numbers: dict[str, Decimal] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    """Cells whose style keeps what is typed a text."""
    formulas: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    frozen: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    def value(self, cell: str) -> Decimal:
        """A cell's number, a formula's evaluated from the cells it names; a blank counts as 0."""
        if cell in self.formulas:
            return self.evaluate(self.formulas[cell])
        return self.numbers.get(cell, Decimal(0))

    def evaluate(self, formula: str) -> Decimal:
        """The exact value of a formula of cells, ranges in SUM, plus and minus."""
        total, at = Decimal(0), 0
        while at < len(formula):
            term = _TERM.match(formula, at)
            assert term is not None, formula
            cells = expand(term[2]) if term[2] else [term[3]]
            part = sum((self.value(cell) for cell in cells), Decimal(0))
            total += -part if term[1] == "-" else part
            at = term.end()
        return total


def expand(arguments: str) -> list[str]:
    """The cells that the arguments of SUM name."""
    cells = []
    for argument in arguments.split(","):
        first, _, last = argument.partition(":")
        (left, top), (right, bottom) = split(first), split(last or first)
        cells += [
            f"{letters(column)}{row}"
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]
    return cells


def split(cell: str) -> tuple[int, int]:
    """Column and row of a cell, from 1."""
    match = _CELL.fullmatch(cell)
    assert match is not None, cell
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column, int(match[2])


def letters(column: int) -> str:
    """The letters of a column from 1."""
    column -= 1
    return (letters(column // 26) if column >= 26 else "") + chr(65 + column % 26)


def read_workbook(data: bytes) -> dict[str, Sheet]:
    """The sheets of a workbook by name, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    strings = ["".join(item.itertext()) for item in etree.fromstring(parts["xl/sharedStrings.xml"])]
    styles = _styles(parts["xl/styles.xml"])
    names = [
        sheet.get("name")
        for sheet in etree.fromstring(parts["xl/workbook.xml"]).iter(f"{_MAIN}sheet")
    ]
    sheets = {}
    for at, name in enumerate(names, start=1):
        root = etree.fromstring(parts[f"xl/worksheets/sheet{at}.xml"])
        sheets[name] = _read_sheet(root, strings, styles)
        relations = parts.get(f"xl/worksheets/_rels/sheet{at}.xml.rels", b"").decode()
        comments = re.search(r"comments\d+\.xml", relations)
        if comments:
            for note in etree.fromstring(parts[f"xl/{comments[0]}"]).iter(f"{_MAIN}comment"):
                sheets[name].notes[note.get("ref")] = "".join(note.itertext())
    return sheets


def _styles(data: bytes) -> list[tuple[bool, str]]:
    """Of every cell style: whether it keeps a text, and its number format."""
    root = etree.fromstring(data)
    formats = {f.get("numFmtId"): f.get("formatCode") for f in root.iter(f"{_MAIN}numFmt")}
    formats |= {"1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "49": "@"}
    cells = root.find(f"{_MAIN}cellXfs")
    assert cells is not None
    return [
        (style.get("quotePrefix") == "1", formats.get(style.get("numFmtId"), "")) for style in cells
    ]


def _read_sheet(root: etree._Element, strings: list[str], styles: list[tuple[bool, str]]) -> Sheet:
    sheet = Sheet()
    for cell in root.iter(f"{_MAIN}c"):
        place, value = cell.get("r"), cell.findtext(f"{_MAIN}v")
        quoted, shape = styles[int(cell.get("s", "0"))]
        formula = cell.findtext(f"{_MAIN}f")
        sheet.formats[place] = shape
        if formula is not None:
            sheet.formulas[place] = formula
        if value is not None and cell.get("t") == "s":
            sheet.texts[place] = strings[int(value)]
            if quoted:
                sheet.quoted.add(place)
        elif value is not None:
            sheet.numbers[place] = Decimal(value)
    for link in root.iter(f"{_MAIN}hyperlink"):
        sheet.links[link.get("ref")] = link.get("location")
    sheet.merged = [merge.get("ref") for merge in root.iter(f"{_MAIN}mergeCell")]
    pane = root.find(f".//{_MAIN}pane")
    sheet.frozen = pane.get("topLeftCell") if pane is not None else ""
    return sheet
