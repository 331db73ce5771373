"""Word and Excel as they come: merged cells, revisions, lists, formats, hidden sheets, damage."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetkit.blocks import Block, Grid, Paragraph
from budgetkit.cli import main
from budgetkit.errors import SourceError
from budgetkit.readers import Reading, read_blocks

from .office import compound, paragraph, word, word_table, workbook, zipped

FACSIMILES = Path(__file__).parent / "facsimiles"
RULED = '<w:vMerge w:val="restart"/>'
GOES_ON = "<w:vMerge/>"


def texts(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks if isinstance(block, Paragraph)]


def grids(reading: Reading) -> list[list[list[str]]]:
    return [
        [[cell.text for cell in row] for row in block.rows]
        for block in reading.blocks
        if isinstance(block, Grid)
    ]


def spans(block: Block) -> dict[str, tuple[int, int, int, int]]:
    """Row, column and spans of every filled cell of a grid, by its text."""
    assert isinstance(block, Grid)
    return {
        cell.text: (cell.row, cell.column, cell.row_span, cell.column_span)
        for row in block.rows
        for cell in row
        if cell.text
    }


# --- Word -----------------------------------------------------------------------------------------


def test_word_is_read_in_the_order_of_its_body() -> None:
    table = word_table([["项目", "金额"], ["办公费", "1.00"]])
    reading = read_blocks(word(paragraph("表一") + table + paragraph("说明")), "a.docx")
    assert [type(block).__name__ for block in reading.blocks] == ["Paragraph", "Grid", "Paragraph"]
    assert [
        block.where().line for block in (reading.blocks[0].passage, reading.blocks[2].passage)
    ] == [1, 4]  # type: ignore[union-attr]


def test_word_takes_headings_from_styles_and_outline_levels() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="x"><w:name w:val="own"/><w:basedOn w:val="1"/></w:style>'
    )
    body = (
        paragraph("一", '<w:pStyle w:val="1"/>')
        + paragraph("二", '<w:pStyle w:val="x"/>')
        + paragraph("三", '<w:outlineLvl w:val="2"/>')
        + paragraph("四", '<w:outlineLvl w:val="9"/>')
    )
    reading = read_blocks(word(body, styles=styles), "a.docx")
    assert [b.level for b in reading.blocks if isinstance(b, Paragraph)] == [1, 1, 3, 0]


def test_word_prints_inserted_text_and_leaves_deleted_text_out() -> None:
    body = (
        "<w:p><w:r><w:t>预算</w:t></w:r><w:del><w:r><w:delText>8.00</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>9.00</w:t></w:r></w:ins>"
        "<w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r><w:r><w:t>万元</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p/></w:tc><w:tc><w:p/></w:tc></w:tr>"
        "<w:tr><w:trPr><w:del/></w:trPr><w:tc>"
        + paragraph("删")
        + "</w:tc><w:tc><w:p/></w:tc></w:tr>"
        "</w:tbl>"
    )
    reading = read_blocks(word(body), "a.docx")
    assert texts(reading) == ["预算9.00万元"]
    assert grids(reading) == []


def test_word_numbers_its_lists_as_it_prints_them() -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (kind, text) in enumerate([("chineseCounting", "%1、"), ("decimal", "（%2）")])
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
    )

    def item(text: str, depth: int) -> str:
        return paragraph(text, f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="5"/></w:numPr>')

    body = item("收入", 0) + item("拨款", 1) + item("其他", 1) + item("支出", 0) + item("基本", 1)
    reading = read_blocks(word(body, numbering=numbering), "a.docx")
    assert texts(reading) == ["一、收入", "（1）拨款", "（2）其他", "二、支出", "（1）基本"]


def test_word_gives_merged_cells_once_with_their_spans() -> None:
    table = word_table(
        [
            [("科目编码", '<w:gridSpan w:val="2"/>'), ("合计", RULED)],
            ["类", "款", ("", GOES_ON)],
            ["205", "01", "9.00"],
        ]
    )
    found = spans(read_blocks(word(table), "a.docx").blocks[0])
    assert found["科目编码"] == (0, 0, 1, 2)
    assert found["合计"] == (0, 2, 2, 1)
    assert found["9.00"] == (2, 2, 1, 1)


def test_word_columns_that_only_the_borders_make_are_no_columns() -> None:
    wide = '<w:gridSpan w:val="3"/>'
    table = word_table([[("项目", wide), ("金额", wide)], [("办公费", wide), ("1.00", wide)]])
    grid = read_blocks(word(table), "a.docx").blocks[0]
    assert isinstance(grid, Grid) and grid.width == 2


def test_word_text_boxes_and_tables_inside_tables_are_read_in_their_place() -> None:
    inner = word_table([["项目", "金额"], ["办公费", "1.00"]])
    outer = f"<w:tbl><w:tr><w:tc>{paragraph('单位：万元')}{inner}<w:p/></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    box = (
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>"
        + paragraph("框中")
        + "</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        + paragraph("框中")
        + "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    reading = read_blocks(word(box + outer), "a.docx")
    assert texts(reading) == ["框中", "单位：万元"]
    assert grids(reading) == [[["项目", "金额"], ["办公费", "1.00"]]]


def test_word_says_that_an_embedded_sheet_is_not_read() -> None:
    body = paragraph("预算9.00万元") + "<w:p><w:r><w:object/></w:r></w:p>"
    reading = read_blocks(word(body), "a.docx")
    assert [problem.kind for problem in reading.problems] == ["embedded_object"]


def test_word_page_numbers_of_the_contents_are_no_text() -> None:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    body = (
        "<w:p><w:hyperlink><w:r><w:t>一、部门职责</w:t></w:r><w:r><w:tab/></w:r>"
        + char("begin")
        + "<w:r><w:instrText> PAGEREF _Toc1 \\h </w:instrText></w:r>"
        + char("separate")
        + "<w:r><w:t>17</w:t></w:r>"
        + char("end")
        + "</w:hyperlink><w:r><w:t>。</w:t></w:r></w:p>"
        '<w:p><w:fldSimple w:instr=" DATE "><w:r><w:t>2026年</w:t></w:r></w:fldSimple></w:p>'
    )
    reading = read_blocks(word(body), "a.docx")
    assert texts(reading) == ["一、部门职责 。", "2026年"]
    assert [(aside.text, aside.reason) for aside in reading.asides] == [("17", "page number")]


def test_word_paragraphs_are_never_joined() -> None:
    reading = read_blocks(word(paragraph("一" * 30) + paragraph("二" * 30)), "a.docx")
    assert all(block.whole for block in reading.blocks if isinstance(block, Paragraph))


# --- Excel ----------------------------------------------------------------------------------------


def test_excel_prints_numbers_with_the_places_of_their_format() -> None:
    rows = [
        ["项目", "金额"],
        ["办公费", 1234.5],
        ["水费", 0.1 + 0.2],
        ["电费", 0.1 + 0.2],
        ["合计", 0],
    ]
    styles = {(1, 1): 1, (2, 1): 1, (4, 1): 2}
    data = workbook(rows, formats=["#,##0.00", '0.00;-0.00;"-"'], styles=styles)
    assert [row[1] for row in grids(read_blocks(data, "a.xlsx"))[0]] == [
        "金额", "1,234.50", "0.30", "0.3", "-",
    ]  # fmt: skip


def test_excel_puts_titles_and_notes_around_the_table() -> None:
    rows = [
        ["2026年部门收支总表"],
        ["部门：某局", None, "单位：万元"],
        ["项目", "预算数", "上年"],
        ["办公费", 1.5, 1.5],
        ["其中：水费"],
        ["电费", 2.5, 2.5],
        ["注：本表反映部门本年度的收支预算情况，金额单位转换时可能存在尾数误差，不影响使用。"],
    ]
    reading = read_blocks(workbook(rows), "a.xlsx")
    kinds = "".join(type(block).__name__[0] for block in reading.blocks)
    assert kinds == "PPPGP"
    assert [row[0] for row in grids(reading)[0]] == ["项目", "办公费", "其中：水费", "电费"]


def test_excel_gives_merged_cells_once_with_their_spans_and_rows_as_lines() -> None:
    rows = [["科目", None, "合计"], ["类", "款", None], ["205", "01", 9.5]]
    reading = read_blocks(workbook(rows, merged=["A1:B1", "C1:C2"]), "a.xlsx")
    found = spans(reading.blocks[0])
    assert found["科目"] == (0, 0, 1, 2)
    assert found["合计"] == (0, 2, 2, 1)
    grid = reading.blocks[0]
    assert isinstance(grid, Grid)
    where = grid.rows[2][2].passage.where()
    assert (where.page, where.line, where.start, where.end) == (1, 3, 7, 10)


def test_excel_reads_every_sheet_and_says_which_are_hidden() -> None:
    table = [["项目", "金额"], ["办公费", 1.5]]
    data = workbook(
        table, name="收支总表", more={"底稿": table, "收入总表": table}, hidden=["底稿"]
    )
    reading = read_blocks(data, "a.xlsx")
    assert texts(reading) == ["收支总表", "收入总表"]  # the tabs name tables without a title
    assert [problem.kind for problem in reading.problems] == ["hidden_sheet"]
    assert "底稿" in reading.problems[0].message


def test_excel_says_which_formulas_have_no_result_and_keeps_errors() -> None:
    rows = [["项目", "金额"], ["办公费", "=B3+1"], ["水费", "#REF!"]]
    reading = read_blocks(workbook(rows), "a.xlsx")
    assert grids(reading)[0][2] == ["水费", "#REF!"]
    assert [problem.kind for problem in reading.problems] == ["uncomputed_cell"]
    assert "B2" in reading.problems[0].message


def test_excel_with_one_stray_cell_far_away_is_read_without_filling_memory() -> None:
    rows = [["项目", "金额"], ["办公费", 1.5]]
    stray = '<row r="1048576"><c r="XFD1048576"><v>7</v></c></row>'
    reading = read_blocks(workbook(rows, extra=stray), "a.xlsx")
    assert grids(reading)[0] == [["项目", "金额"], ["办公费", "1.5"]]
    assert "7" in texts(reading)


def test_old_excel_has_the_places_of_its_formats() -> None:
    reading = read_blocks((FACSIMILES / "reference.xls").read_bytes(), "a.xls")
    amounts = {text for grid in grids(reading) for row in grid for text in row}
    assert {"3,755.39", "1,000.00", "79.08", "14.00"} <= amounts


# --- what cannot be used --------------------------------------------------------------------------


def bomb() -> bytes:
    return zipped({"[Content_Types].xml": "<a/>", "word/document.xml": b"0" * (130 * 2**20)})


def liar() -> bytes:
    """A container whose declared size is a lie: what it says is small unpacks to much."""
    data = bytearray(bomb())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        part = archive.getinfo("word/document.xml")
    size = part.file_size.to_bytes(4, "little")
    return bytes(data.replace(size, (1000).to_bytes(4, "little")))


def entities() -> str:
    return (
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
        + "".join(
            f'<!ENTITY {b} "{f"&{a};" * 10}">'
            for a, b in zip("abcdefghi", "bcdefghij", strict=True)
        )
        + "]>"
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (bomb(), "zip bomb"),
        (liar(), "damaged|zip bomb"),
        (b"PK\x03\x04 word/document.xml", "is none, or is cut off"),
        (zipped({"a.txt": "1", "b.txt": "2"}), "zip archive of 2 files"),
        (zipped({"OFD.xml": "<a/>"}), "OFD"),
        (zipped({"mimetype": "x", "content.xml": "<a/>"}), "OpenDocument"),
        (zipped({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}), "damaged"),
        (zipped({"[Content_Types].xml": "<a/>", "xl/sharedStrings.xml": "<a/>"}), "lists no sheets"),
        (zipped({"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a"}), "damaged"),
        (zipped({"[Content_Types].xml": "<a/>", "xl/workbook.bin": "x"}), "binary Excel"),
        (word(""), "has no text"),
        (workbook([]), "no filled cell"),
        (compound({"EncryptedPackage": b"x"}), "password"),
        (compound({"WordDocument": b"x"}), "old format .*save it as .docx or PDF"),
        (compound({"PowerPoint Document": b"x"}), "without text or sheets"),
        (compound({"Workbook": b"x" * 5000}), "damaged or protected"),
        (compound({"Workbook": b"x" * 5000})[:700], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged or cut off"),
        (b"{\\rtf1\\ansi 1.00}", "RTF"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML file"),
        (b"From: <Saved by Blink>\r\nSubject: x\r\n y\r\nMIME-Version: 1.0\r\n", "web archive"),
    ],
    ids=[
        "bomb", "liar", "no-zip", "other-zip", "ofd", "odf", "no-word", "no-workbook", "no-xml",
        "xlsb", "empty-word", "empty-excel", "password", "doc", "ppt", "no-records", "cut-ole",
        "only-ole", "rtf", "xml", "mht",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(data: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        read_blocks(data, "document")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("document: ")


def test_a_password_inside_an_old_workbook_is_named() -> None:
    protected = b"\x09\x08\x04\x00\x00\x06\x05\x00" + b"\x2f\x00\x02\x00\x00\x00"
    with pytest.raises(SourceError, match="protected by a password"):
        read_blocks(compound({"Workbook": protected}), "a.xls")


def test_entities_in_word_do_not_unfold() -> None:
    body = "<w:p><w:r><w:t>预算&j;万元</w:t></w:r></w:p>"
    try:
        reading = read_blocks(word(body, prefix=entities()), "a.docx")
    except SourceError as error:
        assert "damaged" in str(error)
    else:
        assert sum(map(len, texts(reading))) < 100


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SMALL = {
    "docx": word(paragraph("表") + word_table([["项目", "金额"], ["办公费", "1.00"]])),
    "xlsx": workbook([["项目", "金额"], ["办公费", 1.5]], formats=["0.00"], styles={(1, 1): 1}),
    "xls": (FACSIMILES / "reference.xls").read_bytes(),
}


@FUZZ
@given(st.sampled_from(sorted(SMALL)), st.data())
def test_damaged_files_never_fail_otherwise_than_with_one_line(
    kind: str, data: st.DataObject
) -> None:
    content = bytearray(SMALL[kind])
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    for _ in range(data.draw(st.integers(0, 4))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_blocks(bytes(content), "a")
    except SourceError as error:
        assert "\n" not in str(error)


@FUZZ
@given(st.sampled_from(["docx", "xlsx"]), st.data())
def test_damaged_parts_never_fail_otherwise_than_with_one_line(
    kind: str, data: st.DataObject
) -> None:
    """The container is whole and one part of it is not: what a broken program writes."""
    with zipfile.ZipFile(io.BytesIO(SMALL[kind])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    first = data.draw(st.integers(0, len(parts[name])))
    last = data.draw(st.integers(first, min(len(parts[name]), first + 60)))
    middle = data.draw(st.sampled_from([b"", b"<a/>", b"-1", b"99999999999", b"x"]))
    parts[name] = parts[name][:first] + middle + parts[name][last:]
    try:
        read_blocks(zipped(parts), "a")
    except SourceError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "name", ["document.docx", "document.xlsx", "document.html", "document.pdf"]
)
def test_the_command_line_reads_by_content_whatever_the_name(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes((FACSIMILES / "reference.docx").read_bytes())
    assert main(["check", str(path)]) == 1
    assert "reader word" in capsys.readouterr().out
    path.write_bytes(bomb())
    assert main(["check", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("flag", "says"), [(0x01, "is encrypted"), (0x20, "does not use"), (0x40, "encrypted")]
)
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_a_container_that_asks_for_what_nobody_uses_is_one_line(
    kind: str, flag: int, says: str
) -> None:
    data = bytearray(SMALL[kind])
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 8] |= flag
        place = data.find(b"PK\x01\x02", place + 1)
    with pytest.raises(SourceError, match=says):
        read_blocks(bytes(data), "a")
