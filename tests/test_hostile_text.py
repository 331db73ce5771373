"""Signs, digits, encodings and lengths that damaged or hostile texts hold: read, or named."""

import json
import struct
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit.blocks import Grid, Passage, Piece
from budgetkit.disclosure import Disclosure
from budgetkit.errors import SourceError
from budgetkit.package import build_files
from budgetkit.readers import read_blocks
from budgetkit.readers.ole import read_stream
from tests.fuzzing.printing import print_old_workbook
from tests.fuzzing.starts import Item
from tests.office import compound, paragraph, word, word_table, workbook

HEAD = "# 某局2026年部门预算公开\n\n## 部门收支总体情况表\n\n单位：万元\n\n"
TABLE = "项目\t预算数\n工资\t{}\n合计\t12.34\n\n第三部分\n\n"
Read = Callable[[str | bytes], Disclosure]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str | bytes) -> Disclosure:
        path = tmp_path / "document.md"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return budgetkit.read(path)

    return read_text


def kinds(disclosure: Disclosure) -> list[str]:
    return [problem.kind for problem in disclosure.problems]


@pytest.mark.parametrize(
    "sign",
    ["\u200b", "\u2060", "\ufeff", "\u202e", "\u2067", "\u0336", "\u20e3", "\u05b5", "\u0730"],
)
def test_signs_that_nobody_sees_do_not_part_a_number_and_are_named(sign: str, read: Read) -> None:
    printed = f"1{sign}2.3{sign}4"
    disclosure = read(HEAD + TABLE.format(printed) + f"工资支出{printed}万元。\n")
    assert [n.value for n in disclosure.ledger] == [Decimal("12.34")] * 3
    assert "hidden_signs" in kinds(disclosure)
    assert sign not in json.dumps(budgetkit.check(disclosure).to_dict(), ensure_ascii=False)


def test_a_blank_without_width_between_words_is_no_problem(read: Read) -> None:
    assert read(HEAD + TABLE.format("12.34") + "工资\u200b支出12.34万元。\n").problems == []


@pytest.mark.parametrize("zero", [0xF20, 0x660, 0x6F0, 0x966, 0x1D7CE, 0xFF10])
def test_digits_of_other_scripts_are_digits(zero: int, read: Read) -> None:
    printed = "12.34".translate({48 + digit: zero + digit for digit in range(10)})
    disclosure = read(HEAD + TABLE.format(printed) + f"工资支出{printed}万元。\n")
    assert [n.value for n in disclosure.ledger] == [Decimal("12.34")] * 3
    assert disclosure.ledger[0].text == printed


def test_superscripts_and_circled_digits_are_no_column_numbers(read: Read) -> None:
    assert read(HEAD + "项目\t预算数\n①\t²\n工资\t12.34\n").budget_tables


@pytest.mark.parametrize("bad", [b"\x00", b"\xff", b"\xed\xa0\x80", b"\xed\xbf\xbf"])
def test_a_broken_byte_costs_no_document_and_reaches_no_result(bad: bytes, read: Read) -> None:
    text = (HEAD + TABLE.format("12.34") + "工资支出@预算12.34万元。\n" * 20).encode()
    disclosure = read(text.replace(b"@", bad, 1))
    assert len(disclosure.ledger) == 22
    assert "damaged_signs" in kinds(disclosure)
    result = budgetkit.check(disclosure)
    written = [json.dumps(result.to_dict(), ensure_ascii=False).encode("utf-8")]
    written += build_files(disclosure, result).values()
    assert not any(b"\x00" in data for data in written)


def test_lone_surrogates_of_utf_16_are_marked(read: Read) -> None:
    text = HEAD + TABLE.format("12.34") + "工资\ud800支出12.34万元，预算收入的支出。\n"
    disclosure = read(text.encode("utf-16", "surrogatepass"))
    assert len(disclosure.ledger) == 3 and "damaged_signs" in kinds(disclosure)


def test_a_broken_sign_before_a_number_takes_no_digit_and_makes_no_other_number(read: Read) -> None:
    """Python's own "replace" reads 8,000 behind a broken byte of GB18030 as 000, which is 0."""
    text = (HEAD + TABLE.format("12.34") + "新增创业@8000人，工资支出12.34万元。\n" * 2).encode(
        "gb18030"
    )
    disclosure = read(text.replace(b"@", b"\x81", 1))
    assert [n.text for n in disclosure.ledger if n.part != "table"] == ["12.34", "8000", "12.34"]
    (named,) = [p.message for p in disclosure.problems if p.kind == "unreadable_number"]
    assert "'8000' stands beside a damaged character" in named


def test_lines_in_another_encoding_are_read_and_named(read: Read) -> None:
    lines = (HEAD + TABLE.format("12.34") + "工资支出12.34万元。\n").split("\n")
    mixed = [line.encode("gb18030" if line.startswith("合计") else "utf-8") for line in lines]
    disclosure = read(b"\n".join(mixed))
    assert disclosure.ledger[1].row == "合计"
    assert "mixed_encodings" in kinds(disclosure)


@pytest.mark.parametrize(
    "digits", ["9" * 40, "93909.909099999999", "9" * 5000, "1" + ",000" * 2000, "1." + "3" * 400]
)
def test_a_number_of_endless_digits_is_named_and_not_reckoned_with(digits: str, read: Read) -> None:
    disclosure = read(HEAD + TABLE.format(digits) + f"工资支出{digits}万元。\n\n{digits}\t1\n")
    assert "unreadable_number" in kinds(disclosure)
    assert {"unreadable_amount", "amount_among_words"} & set(kinds(disclosure))
    assert digits not in [n.text for n in disclosure.ledger]
    budgetkit.check(disclosure)


@pytest.mark.parametrize(
    "piece", ["1 ", "12.50万元，", "1,", "1.", "（", "其中：人员经费12.50万元，"]
)
@pytest.mark.parametrize("size", [9_000, 2_000_000])
def test_a_line_without_end_takes_seconds_and_is_named(piece: str, size: int, read: Read) -> None:
    start = time.process_time()
    disclosure = read(HEAD + TABLE.format("12.34") + piece * (size // len(piece)) + "\n\n完\n")
    budgetkit.check(disclosure)
    assert time.process_time() - start < 15
    assert ("too_long" in kinds(disclosure)) == (size > 10_000)


def test_an_amount_in_a_row_of_its_own_is_no_end_of_the_name_above_it(read: Read) -> None:
    head = "科目编码\t科目名称\t合计\n"
    rows = "208\t社会保障和就业支出\t60.00\n\t60.00\t\n20801\t人力资源事务\t60.00\n"
    disclosure = read(
        "# 某局2026年部门预算公开\n\n## 一般公共预算支出情况表\n\n单位：万元\n\n" + head + rows
    )
    assert disclosure.ledger[0].row == "208"
    assert "社会保障和就业支出, 合计" in [n.name for n in disclosure.ledger]
    assert "amount_among_words" in kinds(disclosure)


def test_a_total_whose_parts_have_no_column_is_not_checked(read: Read) -> None:
    wide = "\t" * 8
    text = (
        "# 某局2026年部门预算公开\n\n## 财政拨款“三公”经费支出情况表\n\n单位：万元\n\n"
        f"支出内容\t合计\t资金来源\t\t\n\t\t补助项目\t2.94\t\t0.50\t2.44{wide}\n"
        f"208\t01\t99\t其他支出\t工作经费\t10.00\t\t10.00{wide}\n"
        "208\t01\t99\t其他支出\t鉴定经费\t12.00\n\n完。\n"
    )
    totals = [c for c in budgetkit.check(read(text)).check_list if c.rule == "structure.row_total"]
    assert totals and {check.outcome for check in totals} == {"not_checkable"}


def test_a_heading_of_thousands_of_rows_is_read_and_named(read: Read) -> None:
    rows = "项目名\t预算数\n" + "".join(f"类\t名{i}\n" for i in range(3000))
    disclosure = read(HEAD + rows + "工资\t12.34\n合计\t12.34\n")
    assert [n.value for n in disclosure.ledger] == [Decimal("12.34")] * 2
    assert "deep_heading" in kinds(disclosure)
    assert build_files(disclosure, budgetkit.check(disclosure))


TARGETS = "# 某局2026年部门预算公开\n\n## 项目支出绩效目标表\n\n（2026年）\n\n预算单位\t某局\n项目名称\t设备费\n"
INDICATORS = "一级指标\t二级指标\t三级指标\t指标值\t上年完成值\t指标分值权重\n"
INDICATOR = "产出指标\t数量指标\t更新设备数量（台）\t≥5台\t4台\t40\n"


def test_indicator_rows_of_thousands_of_cells_take_seconds(read: Read) -> None:
    start = time.process_time()
    wide = "\t1.00" * 9000 + "\n"
    text = TARGETS + (INDICATORS + INDICATOR).replace("\n", wide) + "\n第四部分\n"
    disclosure = read(text)
    assert time.process_time() - start < 5
    assert sum(n.value == 1 for n in disclosure.ledger) == 9_000


@pytest.mark.parametrize(
    "row",
    [
        "项目资金（万元）\t年度预算总额\t98.76\t其中：财政拨款\t8.00\t其他资金\t2.00\n总体目标\t方便群众\n",
        "221\t98.76\n\t住房保障支出\n",
    ],
)
def test_an_amount_that_joins_the_words_of_an_indicator_is_named(row: str, read: Read) -> None:
    disclosure = read(TARGETS + INDICATORS + INDICATOR + row + INDICATOR + "\n第四部分\n")
    assert Decimal("98.76") not in [n.value for n in disclosure.ledger]
    assert any("98.76" in p.message for p in disclosure.problems)


def test_an_amount_in_the_place_of_a_name_is_left_over_and_named(read: Read) -> None:
    disclosure = read(HEAD + TABLE.format("12.34").replace("工资", "98.76"))
    assert [token.text for token in disclosure.leftovers] == ["98.76"]
    assert "amount_among_words" in kinds(disclosure)


def test_an_amount_moved_below_a_weight_is_no_rest_of_it(read: Read) -> None:
    disclosure = read(TARGETS + INDICATORS + INDICATOR + "\t\t\t\t\t98.76\n\n第四部分\n")
    assert {Decimal(40), Decimal("98.76")} <= {n.value for n in disclosure.ledger}


def test_a_table_that_stands_twice_in_a_row_is_read_once(read: Read) -> None:
    rows = "项目\t预算数\n工资\t12.34\n合计\t12.34\n\n"
    disclosure = read(HEAD + rows + rows + "第三部分\n")
    assert len(disclosure.ledger) == 2
    assert "duplicate_table" in kinds(disclosure)


def test_an_error_is_one_printable_line() -> None:
    assert str(SourceError("a\nb\x00\u202e\ud800")) == "a b\ufffd\ufffd\ufffd"
    assert len(str(SourceError("x" * 5000))) < 700


def test_pieces_keep_their_file_when_signs_are_taken_out() -> None:
    passage = Passage("1\u200b2", (Piece(0, 3, 7, 2, file="a.md"),)).without([1])
    assert passage.text == "12" and passage.where(1).file == "a.md" and passage.where(1).start == 4


def test_text_between_the_cells_of_a_web_table_is_read() -> None:
    page = (
        "<html><body><p>某局2026年部门预算公开</p><table>外面12.34<tr>行内5.67<td>项目</td><td>金额</td></tr>"
        "<tr><td>工资</td><td>8.90</td></tr>行间1.23</table></body></html>"
    )
    text = " ".join(
        block.text
        for block in read_blocks(page.encode(), "a.html").blocks
        if hasattr(block, "text")
    )
    assert all(number in text for number in ("12.34", "5.67", "1.23"))


def test_cells_inside_cells_of_a_word_table_are_read_and_named() -> None:
    table = word_table([["项目", "金额"], ["工资", "12.34"]])
    nested = table.replace(
        "</w:p></w:tc></w:tr>",
        "</w:p><w:tc><w:p><w:r><w:t>5.67</w:t></w:r></w:p></w:tc></w:tc></w:tr>",
    )
    reading = read_blocks(word(paragraph("部门收支总体情况表") + nested), "a.docx")
    texts = [c.text for b in reading.blocks if isinstance(b, Grid) for row in b.rows for c in row]
    assert "5.67" in texts and "12.34" in texts
    assert [problem.kind for problem in reading.problems] == ["nested_cells"]


def test_text_under_a_merged_cell_and_outside_of_cells_is_named() -> None:
    table = word_table(
        [[("合计", '<w:vMerge w:val="restart"/>'), "12.34"], [("99.99", "<w:vMerge/>"), "5.67"]]
    )
    reading = read_blocks(word(paragraph("部门收支总体情况表") + table), "a.docx")
    assert [problem.kind for problem in reading.problems] == ["hidden_text"]


def test_cells_that_a_workbook_gives_twice_or_hides_are_named() -> None:
    rows = [["项目", "金额"], ["工资", "12.34"], ["合计", "12.34"]]
    twice = workbook(
        rows, extra='<row r="2"><c r="B2" t="inlineStr"><is><t>9.99</t></is></c></row>'
    )
    assert [p.kind for p in read_blocks(twice, "a.xlsx").problems] == ["cell_twice"]
    hidden = workbook(rows, merged=["A2:B3"])
    assert [p.kind for p in read_blocks(hidden, "a.xlsx").problems] == ["hidden_by_merge"]


def test_text_of_a_row_inside_a_cell_is_read() -> None:
    rows = [["项目", "金额"], ["工资", "12.34"], ["合计", "12.34"]]
    nested = workbook(
        rows, extra='<row r="4"><c r="A4" t="inlineStr"><is><row><t>9.99</t></row></is></c></row>'
    )
    blocks = read_blocks(nested, "a.xlsx").blocks
    texts = [c.text for b in blocks if isinstance(b, Grid) for row in b.rows for c in row]
    texts += [b.text for b in blocks if hasattr(b, "text")]
    assert "9.99" in texts and texts.count("12.34") == 2


def test_numbers_of_a_workbook_without_its_styles_are_named() -> None:
    book = workbook([["项目", "金额"], ["工资", 12.5]], formats=["0.00"], styles={(1, 1): 7})
    assert [p.kind for p in read_blocks(book, "a.xlsx").problems] == ["unknown_places"]


def test_a_damaged_record_of_an_old_workbook_is_named_and_the_rest_is_read() -> None:
    items = [
        Item("部门收支总体情况表"),
        Item(rows=[["项目", "金额"], ["工资", "12.34"], ["合计", "12.34"]]),
    ]
    whole = print_old_workbook(items)
    assert read_blocks(whole, "a.xls").problems == ()
    number = struct.pack("<HH", 0x203, 14)
    at = whole.index(number)
    short = struct.pack("<HH", 0x203, 4) + whole[at + 4 : at + 8]
    unknown = struct.pack("<HH", 0x999, 6) + bytes(6)
    cut = whole[:at] + short + unknown + whole[at + 18 :]
    reading = read_blocks(cut, "a.xls")
    assert [problem.kind for problem in reading.problems] == ["cells_not_read"]
    assert any(
        "12.34" in c.text for b in reading.blocks if isinstance(b, Grid) for r in b.rows for c in r
    )


def test_a_record_without_measure_ends_no_process() -> None:
    """A library that reserved what such a record declares took 130 GB, and ended the process."""
    items = [Item(rows=[["项目", "金额"], ["工资", "12.34"]])]
    whole = print_old_workbook(items)
    wild = whole.replace(
        struct.pack("<HHII", 0x200, 14, 0, 2), struct.pack("<HHII", 0x200, 14, 0, 2**32 - 1)
    )
    assert wild != whole
    assert read_blocks(wild, "a.xls").blocks


SHEET, CHART = (
    struct.pack("<HHHHHHII", 0x809, 16, 0x600, kind, 0, 0, 0, 6) for kind in (0x10, 0x20)
)
END = struct.pack("<HH", 0x0A, 0)


def old_workbook_with(inside: bytes) -> bytes:
    """A sheet of an old workbook with other records before its last number, 12.34 in B3."""
    rows = [["项目", "金额"], ["工资", "12.34"], ["合计", "12.34"]]
    stream = read_stream(print_old_workbook([Item(rows=rows)]), "Workbook", "a.xls")
    at = stream.rindex(struct.pack("<HHHH", 0x203, 14, 2, 1))
    return compound({"Workbook": stream[:at] + inside + stream[at:]})


def test_cells_behind_a_chart_of_an_old_workbook_are_read() -> None:
    reading = read_blocks(old_workbook_with(CHART + END), "a.xls")
    grid = next(block for block in reading.blocks if isinstance(block, Grid))
    assert [cell.text for cell in grid.rows[-1]] == ["合计", "12.34"]
    assert reading.problems == ()


@pytest.mark.parametrize(
    "inside",
    [SHEET, CHART, SHEET + END, CHART + SHEET],
    ids=["sheet", "chart without end", "whole sheet", "sheet in a chart"],
)
def test_a_sheet_of_an_old_workbook_that_breaks_off_in_another_is_named(inside: bytes) -> None:
    reading = read_blocks(old_workbook_with(inside), "a.xls")
    assert [problem.kind for problem in reading.problems] == ["cells_not_read"]


def test_a_name_of_a_sheet_that_is_cut_off_is_an_error_and_fills_no_memory() -> None:
    whole = print_old_workbook([Item(rows=[["项目", "金额"], ["工资", "12.34"]])])
    at = whole.index(struct.pack("<H", 0x85), 512)
    with pytest.raises(SourceError, match="is damaged or protected"):
        read_blocks(whole[: at + 2] + bytes(2) + whole[at + 4 :], "a.xls")


def test_blank_cells_without_end_are_no_columns(read: Read) -> None:
    start = time.process_time()
    disclosure = read(HEAD + TABLE.format("12.34") + "|" * 1_000_000 + "\n\n完\n")
    budgetkit.check(disclosure)
    assert time.process_time() - start < 8
    assert disclosure.ledger[0].value == Decimal("12.34")


def test_an_amount_in_the_place_of_a_telephone_is_named(read: Read) -> None:
    contact = "部门联系人\t某人\t联系电话\t{}\n"
    private = read(TARGETS + contact.format("12345678") + INDICATORS + INDICATOR)
    amount = read(TARGETS + contact.format("1,650.15") + INDICATORS + INDICATOR)
    assert "amount_among_words" not in kinds(private)
    (told,) = [p.message for p in amount.problems if p.kind == "amount_among_words"]
    assert "1,650.15" in told
