"""Signs, digits, encodings and lengths that damaged or hostile texts hold: read, or named."""

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit.blocks import Passage, Piece
from budgetkit.disclosure import Disclosure
from budgetkit.errors import SourceError
from budgetkit.package import build_files
from budgetkit.readers import read_blocks

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
    "sign", ["\u200b", "\u2060", "\ufeff", "\u202e", "\u2067", "\u0336", "\u20e3"]
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


def test_lines_in_another_encoding_are_read_and_named(read: Read) -> None:
    lines = (HEAD + TABLE.format("12.34") + "工资支出12.34万元。\n").split("\n")
    mixed = [line.encode("gb18030" if line.startswith("合计") else "utf-8") for line in lines]
    disclosure = read(b"\n".join(mixed))
    assert disclosure.ledger[1].row == "合计"
    assert "mixed_encodings" in kinds(disclosure)


@pytest.mark.parametrize("digits", ["9" * 40, "9" * 5000, "1" + ",000" * 2000, "1." + "3" * 400])
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


def test_an_amount_in_the_place_of_a_name_is_left_over_and_named(read: Read) -> None:
    disclosure = read(HEAD + TABLE.format("12.34").replace("工资", "98.76"))
    assert [token.text for token in disclosure.leftovers] == ["98.76"]
    assert "amount_among_words" in kinds(disclosure)


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
