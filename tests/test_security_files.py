"""Files made to do harm: they fill no memory, fetch nothing, run nothing, and are told in one line."""

from __future__ import annotations

import functools
import html
import io
import struct
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import budgetkit
from budgetkit import render
from budgetkit.blocks import Grid
from budgetkit.errors import SourceError
from budgetkit.language import in_language
from budgetkit.readers import read_blocks
from budgetkit.readers.formats import find_format
from budgetkit.summary import summarise

from .hostile import TABLE, Listener, all_paths, listening, markdown
from .office import compound, paragraph, word, word_table, workbook, zipped
from .pdfs import Page, write_pdf

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TEXT = paragraph("2026年支出预算7.00万元") + word_table(TABLE)
MEBI = 2**20


def parts_of(data: bytes) -> dict[str, str | bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def replaced(data: bytes, part: str, old: str, new: str) -> bytes:
    """An Office file with a text of one part replaced."""
    parts = parts_of(data)
    content = parts[part]
    assert isinstance(content, bytes) and old.encode() in content
    return zipped({**parts, part: content.replace(old.encode(), new.encode(), 1)})


def added(data: bytes, more: dict[str, str | bytes]) -> bytes:
    return zipped({**parts_of(data), **more})


def related(data: bytes, part: str, relations: str) -> bytes:
    """An Office file with further relations of a part."""
    return replaced(data, part, "</Relationships>", f"{relations}</Relationships>")


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that declares its size, and whose body is none."""
    header = struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + b"\0\0\0\0" + body


def with_picture(data: bytes, folder: str, picture: bytes) -> bytes:
    """A Word or Excel file that shows a picture, named by its relations as Office does."""
    main = "document" if folder == "word" else "workbook"
    relation = f'<Relationship Id="p" Type="{OFFICE}/image" Target="media/image1.png"/>'
    return related(
        added(data, {f"{folder}/media/image1.png": picture}),
        f"{folder}/_rels/{main}.xml.rels",
        relation,
    )


def shared_text(length: int, cells: int) -> bytes:
    """A workbook all of whose cells show one long text that is stored once."""
    rows = '<row><c t="s"><v>0</v></c></row>' * cells
    data = added(
        workbook([["x"]]),
        {
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t> {"甲" * length}</t></si></sst>',
            "xl/worksheets/s1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>'
            "</worksheet>",
        },
    )
    relation = f'<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    return related(data, "xl/_rels/workbook.xml.rels", relation)


def long_label(length: int, paragraphs: int) -> bytes:
    """A document all of whose paragraphs print one long label that is stored once."""
    level = f'<w:lvl w:ilvl="0"><w:lvlText w:val="{"甲" * length}"/></w:lvl>'
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = paragraph("文", '<w:numPr><w:numId w:val="1"/></w:numPr>') * paragraphs
    return word(TEXT + body, numbering=numbering)


# --- bombs ---------------------------------------------------------------------------------------
MEASURE = """
import sys
from budgetkit.blocks import Grid
from budgetkit.errors import SourceError
from budgetkit.readers import read_blocks
for path in sys.argv[1:]:
    try:
        reading = read_blocks(open(path, "rb").read(), path)
        said = f"read {len(reading.blocks)} blocks"
    except SourceError as error:
        said = str(error).replace(chr(10), "<line end>")
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
    print(peak, said)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc, which tells the peak, is Linux's")
def test_small_files_that_would_take_much_memory_take_little(tmp_path: Path) -> None:
    blanks = b" " * (24 * MEBI)
    one, sheet = word(TEXT), workbook(TABLE)
    page = Page()
    page.text(50, 780, "2026年支出预算7.00万元")
    page.table(TABLE, [80, 120, 80, 80, 80])
    page.picture(50, 100, 400, 300)
    pdf = write_pdf([page])
    files = {
        "picture.docx": with_picture(one, "word", blanks),
        "unnamed.docx": added(one, {"word/media/nobody.bin": blanks}),
        "text.docx": replaced(one, "word/document.xml", "<w:body>", "<w:body>" + blanks.decode()),
        "sheet.xlsx": replaced(sheet, "xl/worksheets/s1.xml", "<sheetData>",
                               "<sheetData>" + blanks.decode()),
        "picture.xlsx": with_picture(sheet, "xl", blanks),
        "shared.xlsx": shared_text(100_000, 1000),
        "usual.pdf": pdf,
        "picture.pdf": pdf.replace(b"/Width 2 /Height 2", b"/Width 60000 /Height 60000"),
    }  # fmt: skip
    for name, data in files.items():
        assert len(data) < MEBI // 8
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", MEASURE, *(str(tmp_path / name) for name in files)],
        capture_output=True, text=True, encoding="utf-8", timeout=200, check=True,
    )  # fmt: skip
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    said = {name: text for name, (_, text) in zip(files, lines, strict=True)}
    peaks = {name: int(peak) for name, (peak, _) in zip(files, lines, strict=True)}
    for name in list(files)[:5]:
        assert said[name].startswith(f"{tmp_path / name}: ") and "zip bomb" in said[name]
    assert "longer than 20,000,000 characters" in said["shared.xlsx"]
    assert "<line end>" not in done.stdout
    assert peaks["shared.xlsx"] < 150
    assert said["picture.pdf"].startswith("read ")
    assert files["picture.pdf"] != pdf and peaks["picture.pdf"] < peaks["usual.pdf"] + 60


def test_many_parts_are_as_large_as_they_are_together(monkeypatch: pytest.MonkeyPatch) -> None:
    data = added(word(TEXT), {f"word/media/{n}.bin": bytes(MEBI) for n in range(10)})
    assert read_blocks(data, "many.docx").reader == "word"
    monkeypatch.setattr("budgetkit.readers.zips._MOST_BYTES", 8 * MEBI)
    with pytest.raises(SourceError, match="zip bomb"):
        read_blocks(data, "many.docx")


def test_a_container_inside_a_container_stays_packed() -> None:
    inner = zipped({"bomb": bytes(24 * MEBI)})
    for _ in range(3):
        inner = zipped({"bomb.zip": inner, "copy.zip": inner})
    data = added(word(TEXT), {"word/embeddings/inner.zip": inner})
    assert read_blocks(data, "nested.docx").reader == "word"


def test_a_label_that_every_paragraph_repeats_is_cut() -> None:
    blocks = read_blocks(long_label(100_000, 50), "label.docx").blocks
    assert max(len(block.text) for block in blocks if hasattr(block, "text")) < 200


def test_a_document_of_more_elements_than_memory_holds_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = word(TEXT + "<w:p/>" * 5000)
    assert read_blocks(data, "many.docx").reader == "word"
    monkeypatch.setattr("budgetkit.readers.parts._MOST_MARKS", 5000)
    with pytest.raises(SourceError, match="more elements than a disclosure can have"):
        read_blocks(data, "many.docx")


def test_rows_and_rules_beyond_any_sheet_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    far = replaced(workbook(TABLE), "xl/worksheets/s1.xml", '<row r="4">', '<row r="99999999999">')
    far = replaced(far, "xl/worksheets/s1.xml", 'r="A4" ', "")
    with pytest.raises(SourceError, match="more than any sheet has"):
        read_blocks(far, "far.xlsx")


def test_two_cells_in_the_corners_of_an_old_sheet_take_no_memory() -> None:
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def opening(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))

    style = record(0xE0, bytes(20))
    title = struct.pack("<BB", 1, 0) + b"A"
    start = len(opening(5) + style) + 4 + 6 + len(title) + 4
    book = opening(5) + style + record(0x85, struct.pack("<IBB", start, 0, 0) + title)
    book += record(0x0A, b"") + opening(0x10)
    for row, column in ((0, 0), (65535, 255)):
        book += record(0x203, struct.pack("<HHHd", row, column, 0, 1.0))
    reading = read_blocks(compound({"Workbook": book + record(0x0A, b"")}), "corners.xls")
    cells = [cell for block in reading.blocks if isinstance(block, Grid) for row in block.rows
             for cell in row]  # fmt: skip
    assert (
        sum(bool(cell.text) for cell in cells)
        + sum(not isinstance(block, Grid) for block in reading.blocks)
        >= 2
    )
    assert len(cells) < 1000


@pytest.mark.parametrize("folder", ["word", "xl"])
def test_pictures_are_never_unpacked_to_be_looked_at(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that declares 60,000 × 60,000 points, nor one of many bytes."""
    plain = word(TEXT) if folder == "word" else workbook(TABLE)
    data = with_picture(plain, folder, png(60_000, 60_000, bytes(range(256)) * 4096))
    opened: list[str] = []
    opening = zipfile.ZipFile.open

    def note(self: zipfile.ZipFile, name: str, *args: object, **kwargs: object) -> object:
        opened.append(str(name))
        return opening(self, name, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(zipfile.ZipFile, "open", note)
    assert read_blocks(data, "picture").blocks
    assert any(name.startswith(f"{folder}/") for name in opened)
    assert not [name for name in opened if not name.endswith((".xml", ".rels"))]


def test_a_beginning_of_comments_costs_no_more_than_its_length() -> None:
    """Tried again and again, 500 comments would take longer than the sun will burn."""
    assert find_format(b"<!---->" * 500 + "合计 3.00".encode(), "comments") == "text"
    assert find_format(b"<!-- -->\n" * 300 + b"<html>", "comments") == "web"


# --- XML -----------------------------------------------------------------------------------------
LAUGHS = "<!DOCTYPE x [" + '<!ENTITY a0 "哈">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
) + "]>"  # fmt: skip
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a9 "{"哈" * 50_000}">]>'
XML_PARTS = {
    "word/document.xml": word(TEXT), "word/styles.xml": word(TEXT),
    "word/_rels/document.xml.rels": word(TEXT), "xl/workbook.xml": workbook(TABLE),
    "xl/worksheets/s1.xml": workbook(TABLE), "xl/styles.xml": workbook(TABLE, formats=["0.00"]),
    "xl/_rels/workbook.xml.rels": workbook(TABLE),
}  # fmt: skip


def declared(data: bytes, part: str, doctype: str, use: str = "") -> bytes:
    """An Office file in which a part declares a document type and uses its entity."""
    parts = parts_of(data)
    content = parts[part]
    assert isinstance(content, bytes)
    text = content.decode()
    for place in ("<w:t>", "<is><t>"):
        text = text.replace(place, f"{place}{use}", 1)
    return zipped({**parts, part: doctype + text})


@pytest.mark.parametrize("part", XML_PARTS)
@pytest.mark.parametrize("doctype", [LAUGHS, QUADRATIC, "<!DOCTYPE x>", "file", "http"],
                         ids=["laughs", "quadratic", "plain", "file", "http"])  # fmt: skip
def test_no_part_of_an_office_file_may_declare_entities(
    part: str, doctype: str, listener: Listener, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("文件之外的内容 987.65", encoding="utf-8")
    address = {"file": secret.as_uri(), "http": f"{listener.url}/entity"}.get(doctype)
    if address:
        doctype = f'<!DOCTYPE x SYSTEM "{address}.dtd" [<!ENTITY a9 SYSTEM "{address}">' + (
            f'<!ENTITY % p SYSTEM "{address}">%p;]>'
        )
    with pytest.raises(SourceError) as failure:
        read_blocks(declared(XML_PARTS[part], part, doctype, "&a9;" * 200), "entities")
    message = str(failure.value)
    assert message.startswith("entities: ")
    assert "987.65" not in message and len(message) < 400
    assert listener.asked == []


# --- nothing is fetched, followed or run ---------------------------------------------------------
@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


def outside_docx(url: str, secret: Path) -> bytes:
    kinds = ("image", "attachedTemplate", "oleObject", "hyperlink", "frame", "subDocument",
             "styles", "numbering")  # fmt: skip
    external = "".join(
        f'<Relationship Id="x{kind}{n}" Type="{OFFICE}/{kind}" Target="{target}" '
        'TargetMode="External"/>'
        for kind in kinds
        for n, target in enumerate((f"{url}/{kind}", secret.as_uri()))
    )
    field = (
        f'<w:p><w:fldSimple w:instr=" INCLUDETEXT &quot;{url}/included&quot; "/>'
        f'<w:fldSimple w:instr=" DDEAUTO cmd &quot;/C calc&quot; "/></w:p>'
    )
    return related(word(TEXT + field), "word/_rels/document.xml.rels", external)


def outside_xlsx(url: str, secret: Path) -> bytes:
    external = f'<Relationship Id="e" Type="{OFFICE}/externalLink" Target="{url}/book.xlsx" ' + (
        f'TargetMode="External"/><Relationship Id="r9" Type="{OFFICE}/worksheet" '
        f'Target="../../..{secret}"/>'
    )
    rows = [*TABLE, ("999", f'=WEBSERVICE("{url}/formula")', None, "=cmd|'/C calc'!A0", None)]
    data = related(workbook(rows), "xl/_rels/workbook.xml.rels", external)
    return replaced(
        data, "xl/workbook.xml", "</sheets>", '<sheet name="x" sheetId="9" r:id="e"/></sheets>'
    )


def outside_html(url: str, secret: Path) -> bytes:
    rows = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in TABLE)
    return f"""<!doctype html [<!ENTITY a9 SYSTEM "{secret.as_uri()}">]><html><head>
<base href="{url}/"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}/refresh">
<link rel="stylesheet" href="{url}/style.css"><link rel="import" href="{url}/import">
<script src="{url}/script.js"></script><style>@import url({url}/css);</style></head>
<body background="{url}/ground" onload="fetch('{url}/load')"><h1>某局2026年部门预算公开</h1>&a9;
<img src="{url}/img" srcset="{url}/set 2x"><iframe src="{url}/frame"></iframe>
<object data="{url}/object"></object><embed src="{url}/embed"><video src="{url}/video"></video>
<svg><image href="{url}/svg"/><use href="{url}/use"/><script>fetch("{url}/inner")</script></svg>
<xi:include href="{secret.as_uri()}" parse="text"/>
<h2>部门支出总体情况表</h2><p>单位：万元</p><table>{rows}</table></body></html>""".encode()


def outside_pdf(url: str, secret: Path, ran: Path) -> bytes:
    page = Page(more="/Annots [10 0 R 11 0 R 12 0 R 13 0 R] /AA << /O 14 0 R >>")
    page.text(50, 780, "2026年支出预算7.00万元")
    page.table(TABLE, [80, 120, 80, 80, 80])
    launch = f"<< /S /Launch /F (/bin/sh) /P (-c 'touch {ran}') >>"
    script = f"<< /S /JavaScript /JS (app.launchURL('{url}/js'); this.exportDataObject(0)) >>"
    link = "<< /Type /Annot /Subtype /Link /Rect [0 0 600 900] /A {} >>"
    attached = (
        "<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS 16 0 R /Contents (open) >>"
    )
    more = [
        (link.format(f"<< /S /URI /URI ({url}/uri) >>"), b""),
        (link.format(f"<< /S /GoToR /F ({secret}) /D [0 /Fit] >>"), b""),
        (link.format(f"<< /S /SubmitForm /F << /FS /URL /F ({url}/form) >> >>"), b""),
        (attached, b""),
        (launch, b""),
        ("<< /Type /EmbeddedFile >>", b"MZ attached-content 123.45"),
        ("<< /Type /Filespec /F (../../attached.exe) /EF << /F 15 0 R >> >>", b""),
        (f"<< /F << /FS /URL /F ({url}/stream) >> >>", b" "),
        (
            "<< /Type /Metadata /Subtype /XML >>",
            f'<!DOCTYPE x [<!ENTITY a SYSTEM "{url}/xmp">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;'
            "</x:xmpmeta>".encode(),
        ),
        ("<< /XFA 20 0 R /Fields [] >>", b""),
        ("<< >>", f'<!DOCTYPE x [<!ENTITY a SYSTEM "{url}/xfa">]><x>&a;</x>'.encode()),
    ]
    catalogue = (
        f"/OpenAction {script} /AA << /WC 14 0 R >> /Metadata 18 0 R /AcroForm 19 0 R /Names "
        f"<< /JavaScript << /Names [(a) {script}] >> "
        "/EmbeddedFiles << /Names [(../../attached.exe) 16 0 R] >> >>"
    )
    return write_pdf([page], catalogue=catalogue, more=more)


@pytest.mark.parametrize("kind", ["docx", "xlsx", "html", "pdf"])
def test_what_a_file_points_to_is_neither_fetched_nor_opened_nor_run(
    kind: str, listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    secret = tmp_path / "secret.txt"
    secret.write_text("文件之外的内容 987.65", encoding="utf-8")
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    make = {
        "docx": outside_docx,
        "xlsx": outside_xlsx,
        "html": outside_html,
        "pdf": functools.partial(outside_pdf, ran=tmp_path / "ran"),
    }
    data = make[kind](listener.url, secret)
    (work / f"document.{kind}").write_bytes(data)
    disclosure = budgetkit.read(f"document.{kind}")
    assert [n.text for n in disclosure.ledger if n.part == "table"][:3] == ["7.00", "4.00", "3.00"]
    read = repr(disclosure.blocks)
    for foreign in ("987.65", "123.45", "fetched-from-outside", "attached-content"):
        assert foreign not in read
    assert listener.asked == []
    assert all_paths(tmp_path) == {"work", "temporary", "secret.txt", f"work/document.{kind}"}


def test_the_listener_hears_what_is_asked() -> None:
    with listening() as own:
        urllib.request.urlopen(f"{own.url}/control", timeout=10).close()
        assert own.asked == ["/control"]


@pytest.mark.parametrize(
    "template",
    ["{{ 7 * 191 }}", "{% raw %}", "{title.__class__}", "%s%(x)s", "${HOME}", "$(id)`id`"],
)
def test_text_of_a_file_is_data_whatever_it_says(template: str, tmp_path: Path) -> None:
    """What would be a template of jinja, Python, printf or a shell is printed as it is."""
    source = tmp_path / "templates.md"
    source.write_text(markdown(template, template), encoding="utf-8")
    disclosure = budgetkit.read(source)
    assert template in disclosure.title and template in disclosure.table(1).title
    result = budgetkit.check(disclosure)
    for language in ("en", "zh"):
        with in_language(language):
            shown = "\n".join([*summarise(result, language, everything=True),
                               str(render.render_table(disclosure.table(1), result)),
                               str(render.render_findings(result))])  # fmt: skip
        assert html.escape(template) in shown
        assert "1337" not in shown and "<class" not in shown
