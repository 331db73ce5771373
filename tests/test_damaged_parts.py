"""Numbers that stand where no program writes them are read or named, whatever the damage."""

import io
import struct
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit.amounts import Amount
from budgetkit.blocks import Grid
from budgetkit.nesting import Sums, nesting
from budgetkit.readers import Reading, read_blocks
from tests.fuzzing.printing import print_old_workbook
from tests.fuzzing.starts import Item
from tests.office import paragraph, word, word_table, workbook, zipped
from tests.target_texts import HEADING
from tests.target_texts import read as read_targets_of

HEAD = "# 某局2026年部门预算公开\n\n## 一般公共预算支出情况表\n\n单位：万元\n\n"
ROWS = [["项目", "金额"], ["工资", "12.34"], ["合计", "12.34"]]


def replaced(data: bytes, part: str, old: str, new: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    content = parts[part]
    assert isinstance(content, bytes) and old.encode() in content
    return zipped({**parts, part: content.replace(old.encode(), new.encode(), 1)})


def sheet(old: str, new: str) -> Reading:
    return read_blocks(replaced(workbook(ROWS), "xl/worksheets/s1.xml", old, new), "a.xlsx")


def document(old: str, new: str) -> Reading:
    data = word(paragraph("部门收支总体情况表") + word_table(ROWS))
    return read_blocks(replaced(data, "word/document.xml", old, new), "a.docx")


def cells(reading: Reading) -> list[str]:
    grids = [block for block in reading.blocks if isinstance(block, Grid)]
    return [cell.text for grid in grids for row in grid.rows for cell in row]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</w:body>", f"</w:body><w:body>{paragraph('另有56.78万元')}</w:body>"),
        ("</w:body>", "<w:r><w:t>56.78</w:t></w:r></w:body>"),
        ("<w:t>工资</w:t>", "<w:t>工资</w:t><w:tbl><w:t>56.78</w:t></w:tbl>"),
        (
            "<w:tcPr></w:tcPr>",
            f"<w:tcPr>{paragraph('56.78')}</w:tcPr>",
        ),
        ("</w:tc></w:tr></w:tbl>", "<w:r><w:t>56.78</w:t></w:r></w:tc></w:tr></w:tbl>"),
    ],
)
def test_digits_of_a_word_document_outside_of_its_paragraphs_are_counted(
    old: str, new: str
) -> None:
    (problem,) = document(old, new).problems
    assert problem.kind == "hidden_text" and "4 digits" in problem.message


def test_a_deleted_row_of_a_table_in_a_cell_is_neither_read_nor_named() -> None:
    lost = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('56.78')}</w:tc></w:tr>"
    kept = word_table([["1.11", "2.22"], ["3.33", "4.44"]])
    inner = kept.replace("</w:tbl>", f"{lost}</w:tbl>")
    outer = word_table([[str(number), "a"] for number in range(6)]).replace(
        "</w:tc>", f"{inner}</w:tc>", 1
    )
    reading = read_blocks(word(outer), "a.docx")
    assert cells(reading)[0] == "0\n1.11\n2.22\n3.33\n4.44"
    assert reading.problems == ()


@pytest.mark.parametrize("wrapper", ["mergeCell", "row", "x"])
def test_a_text_that_damage_wrapped_is_still_the_text_of_its_cell(wrapper: str) -> None:
    reading = sheet("<t>工资</t>", f"<{wrapper}><t>工资</t></{wrapper}>")
    assert cells(reading) == [text for line in ROWS for text in line]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<is><t>工资</t></is>", "<is><t>工资</t></is><mergeCell><v>56.78</v></mergeCell>"),
        ("<is><t>工资", "<is>56.78<t>工资"),
        ('<row r="2">', '<row r="2"><v>56.78</v>'),
        ("</sheetData>", "<v>56.78</v></sheetData>"),
    ],
)
def test_digits_beside_the_cells_of_a_sheet_are_counted(old: str, new: str) -> None:
    reading = sheet(old, new)
    assert cells(reading) == [text for line in ROWS for text in line]
    assert ["4 digits" in problem.message for problem in reading.problems] == [True]


def test_sheets_listed_inside_one_another_keep_their_order() -> None:
    book = workbook(ROWS, name="甲", more={"乙": [["附注", "1"]]})
    nested = replaced(book, "xl/workbook.xml", 'r:id="r1"/>', 'r:id="r1">')
    reading = read_blocks(
        replaced(nested, "xl/workbook.xml", "</sheets>", "</sheet></sheets>"), "a.xlsx"
    )
    assert cells(reading) == [*(text for line in ROWS for text in line), "附注", "1"]


def test_formulas_and_readings_above_characters_are_no_lost_digits() -> None:
    cell = '<c r="C2"><f>SUM(B2:B99)</f><v>12.34</v></c>'
    reading = sheet("</c></row>", f"<rPh><t>1</t></rPh></c></row>\n<!-- 5 -->{cell}\n")
    assert reading.problems == ()


def test_a_cell_that_stands_in_no_row_is_read() -> None:
    reading = sheet("</sheetData>", '<c r="B4"><v>56.78</v></c></sheetData>')
    assert "56.78" in cells(reading) and reading.problems == ()


def test_a_cell_whose_text_the_workbook_lacks_is_named() -> None:
    reading = sheet("</sheetData>", '<row><c r="A4" t="s"><v>7</v></c></row></sheetData>')
    assert ["A4" in problem.message for problem in reading.problems] == [True]


Read = Callable[[str], budgetkit.Disclosure]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> budgetkit.Disclosure:
        path = tmp_path / "document.md"
        path.write_text(HEAD + text, encoding="utf-8")
        return budgetkit.read(path)

    return read_text


def test_what_only_the_second_print_of_a_table_has_left_over_is_told(read: Read) -> None:
    rows = "项目\t预算数\n工资\t12.34\n合计\t12.34\t\t56.78\n\n"
    title = "## 一般公共预算支出情况表\n\n单位：万元\n\n"
    disclosure = read(rows + title + rows.replace("56.78", "87.65") + title + rows)
    assert [token.text for token in disclosure.leftovers] == ["56.78", "87.65"]
    again = [t.text for t in disclosure.set_aside if t.reason == "repeated table"]
    assert again.count("56.78") == 1


def test_a_slip_beside_a_zero_below_a_blank_is_found(read: Read) -> None:
    disclosure = read(
        "功能分类科目编码\t功能分类科目名称\t合计\t基本支出\t项目支出\n\t总计\t30.00\t\t30.00\n"
        "208\t社会保障和就业支出\t30.00\t\t30.00\n20801\t管理事务\t3\t0.00\t\t30.00\n"
        "2080199\t其他管理事务支出\t30.00\t\t30.00\n\n第四部分 名词解释\n"
    )
    assert budgetkit.check(disclosure).findings["rule"].tolist() == ["structure.row_total"]


def test_a_list_that_can_be_nested_in_countless_ways_is_given_up() -> None:
    values = [900_000, *range(5_000, 5_100), *[1] * 100]
    sums = Sums({(i, 0): Amount(f"{v}.00", Decimal(v), 2) for i, v in enumerate(values)})
    assert nesting(0, range(1, len(values)), sums) == {}
    assert sums.room <= 0


def test_parts_are_nested_so_that_every_whole_has_its_sum() -> None:
    values = [Decimal(v) for v in ("6.00", "4.00", "1.00", "3.00", "2.00")]
    sums = Sums({(i, 2): Amount(str(v), v, 2) for i, v in enumerate(values)})
    assert nesting(0, [1, 2, 3, 4], sums) == {1: 0, 2: 1, 3: 1, 4: 0}
    assert sums.add_up(1, [2, 3]) is True and sums.add_up(1, [2]) is False
    assert sums.add_up(7, [8]) is None


@pytest.mark.parametrize(
    ("head", "tail", "values"),
    [
        ("100", "97.92", ["100", "97.92"]),
        ("9.48", "97.92", ["9.48", "97.92"]),
        ("1,6", "50.15", ["1,650.15"]),
        ("1,650.1", "5", ["1,650.15"]),
        ("165", "00", ["16500"]),
    ],
)
def test_a_number_below_another_is_joined_to_it_only_where_a_break_may_have_cut_it(
    head: str, tail: str, values: list[str]
) -> None:
    reading = read_targets_of(
        HEADING,
        f"| 产出指标 | 数量指标 | 受益人数 | ≥5人 | {head} | 60 |",
        f"| | | （甲） | | {tail} | |",
    )
    printed = [n.text for n in reading.numbers if n.column.startswith("previous")]
    assert printed == values


def test_a_sign_that_cannot_be_printed_in_the_name_of_a_sheet_reaches_no_message() -> None:
    whole = print_old_workbook([Item(rows=ROWS)])
    at = whole.index(struct.pack("<HH", 0x203, 14))
    name = "表1".encode("utf-16-le")
    assert name in whole
    damaged = whole[:at] + struct.pack("<HH", 0x203, 4) + whole[at + 4 :]
    reading = read_blocks(damaged.replace(name, "表\x00".encode("utf-16-le")), "a.xls")
    assert reading.problems and all("\x00" not in p.message for p in reading.problems)
