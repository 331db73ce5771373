"""Starting points: small documents of the project, as items that any format can print."""

from __future__ import annotations

import functools
import io
import random
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from budgetkit.sources import find_source
from tests import office

ROOT = Path(__file__).resolve().parent.parent.parent
FACSIMILES = ROOT / "tests" / "facsimiles"
KEY = "kezhou-hrss-2026"
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_MOST_CHARACTERS = 9_000


@dataclass
class Item:
    """A paragraph (`level` 1 to 6 for a heading), or a table where `rows` are given."""

    text: str = ""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)


def parse_items(text: str) -> list[Item]:
    """The items of a text whose tables are lines with tabs or pipes; knows nothing of budgetkit."""
    items: list[Item] = []
    for line in [*re.sub(r"</?b>|\*\*", "", text).split("\n"), ""]:
        stripped = line.strip()
        piped = stripped.startswith("|") and stripped.endswith("|")
        if "\t" in line or piped:
            cells = stripped[1:-1].split("|") if piped else line.split("\t")
            if all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in cells):
                continue
            if not items or not items[-1].rows:
                items.append(Item())
            items[-1].rows.append([cell.strip() for cell in cells])
        elif not stripped:
            items.append(Item())
        elif match := _HEADING.fullmatch(stripped):
            items.append(Item(match[2], len(match[1])))
        else:
            items.append(Item(stripped))
    return [item for item in items if item.text or item.rows]


@functools.cache
def reference_text() -> str:
    """The text of the reference document."""
    return find_source(KEY).data.decode("utf-8")


@functools.cache
def sections() -> tuple[str, ...]:
    """The reference document cut before each of its headings."""
    return tuple(re.split(r"\n(?=#{1,6}\s)", reference_text()))


@functools.cache
def small_documents() -> tuple[str, ...]:
    """The small documents of the tests: one for each rule that it keeps or breaks, and accounts."""
    paths = [*sorted((ROOT / "tests" / "rules").glob("*.md"))]
    return tuple(path.read_text(encoding="utf-8") for path in paths)


def accounts() -> str:
    """The small final accounts of the tests."""
    return (ROOT / "tests" / "documents" / "final-accounts.md").read_text(encoding="utf-8")


def draw_text(rng: random.Random) -> str:
    """The text of a starting point: a few sections of the reference, or a small document."""
    chance = rng.random()
    if chance < 0.01:
        return reference_text()
    if chance < 0.06:
        return accounts()
    if chance < 0.45:
        return rng.choice(small_documents())
    parts = sections()
    tables = [i for i, part in enumerate(parts) if "\t" in part]
    others = [i for i, part in enumerate(parts) if "\t" not in part and i > 8]
    chosen = {rng.choice(tables), *rng.sample(others, rng.randint(0, 2))}
    if rng.random() < 0.4:
        chosen.add(rng.choice(tables))
    text = "\n".join([parts[1], parts[2], *(parts[i] for i in sorted(chosen))])
    return text[:_MOST_CHARACTERS].rpartition("\n")[0] if len(text) > _MOST_CHARACTERS else text


@functools.cache
def facsimile(name: str) -> bytes:
    """The reference document printed in another format, whole."""
    return (FACSIMILES / name).read_bytes()


def draw_web(rng: random.Random) -> str:
    """A few neighbouring elements of the facsimile page, with merged headings."""
    pieces = _web_pieces()
    tables = [i for i, piece in enumerate(pieces) if "<table" in piece]
    chosen = rng.choice(tables)
    first = max(0, chosen - rng.randint(1, 4))
    return "\n".join(["<html><body>", *pieces[:2], *pieces[first : chosen + 3], "</body></html>"])


@functools.cache
def _web_pieces() -> tuple[str, ...]:
    page = facsimile("reference.html").decode("utf-8")
    body = page[page.index("<body>") + 6 : page.index("</body>")]
    return tuple(re.findall(r"<table.*?</table>|<h\d>.*?</h\d>|<p>.*?</p>", body, re.S))


def draw_word(rng: random.Random) -> bytes:
    """A few neighbouring paragraphs and a table of the facsimile, with merged cells."""
    pieces = _word_pieces()
    tables = [i for i, piece in enumerate(pieces) if piece.startswith("<w:tbl>")]
    chosen = rng.choice(tables)
    first = max(0, chosen - rng.randint(1, 4))
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{i}"><w:name w:val="heading {i}"/></w:style>'
        for i in range(1, 7)
    )
    return office.word("".join([*pieces[:2], *pieces[first : chosen + 3]]), styles=styles)


@functools.cache
def _word_pieces() -> tuple[str, ...]:
    with zipfile.ZipFile(io.BytesIO(facsimile("reference.docx"))) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    body = xml[xml.index("<w:body>") + 8 : xml.index("</w:body>")]
    return tuple(re.findall(r"<w:tbl>.*?</w:tbl>|<w:p>.*?</w:p>", body, re.S))


def draw_workbook(rng: random.Random) -> bytes:
    """One or two sheets of the facsimile workbook, with formats and merged cells."""
    with zipfile.ZipFile(io.BytesIO(facsimile("reference.xlsx"))) as archive:
        kept = {rng.randint(2, 14) for _ in range(rng.randint(1, 2))}
        parts: dict[str, str | bytes] = {}
        for name in archive.namelist():
            sheet = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if not sheet or int(sheet[1]) in kept:
                parts[name] = archive.read(name)
    book = str(parts["xl/workbook.xml"], "utf-8")  # type: ignore[arg-type]
    parts["xl/workbook.xml"] = re.sub(
        r'<sheet [^>]*sheetId="(\d+)"[^>]*/>', lambda m: m[0] if int(m[1]) in kept else "", book
    )
    return office.zipped(parts)


def draw_pages(rng: random.Random, corpus: tuple[Path, ...]) -> bytes:
    """One page or two neighbouring ones of a facsimile, or of a document of the corpus."""
    import pypdfium2

    if corpus and rng.random() < 0.5:
        data = rng.choice(corpus).read_bytes()
    else:
        data = facsimile(rng.choice(["reference.pdf", "missing-rules.pdf"]))
    document = pypdfium2.PdfDocument(data)
    try:
        first = rng.randrange(len(document))
        few = pypdfium2.PdfDocument.new()
        few.import_pages(document, [first, first + 1][: min(2, len(document) - first)])
        out = io.BytesIO()
        few.save(out)
        few.close()
    finally:
        document.close()
    return re.sub(rb"/ID\[<\w+><\w+>\]", b"", out.getvalue())  # it is drawn by chance
