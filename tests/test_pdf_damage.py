"""PDFs whose objects are damaged: what their pages may lack is said, and no number is guessed."""

import re
import zlib

import pytest

from budgetkit.blocks import Grid
from budgetkit.errors import SourceError
from budgetkit.readers import Reading
from budgetkit.readers.pdf import read_pdf
from tests.pdfs import Page, write_pdf

WORDS = "工资福利支出12.34万元，商品和服务支出5.67万元，对个人和家庭的补助0.89万元。"


def page_of(*lines: str) -> Page:
    page = Page()
    for position, line in enumerate(lines):
        page.text(50, 780 - 20 * position, line)
    return page


def clipped(page: Page, box: str, x: float, y: float, text: str) -> None:
    """Writes a line of which the page shows what lies in a box (left, bottom, width, height)."""
    page.drawn.append(f"q {box} re W n")
    page.text(x, y, text)
    page.drawn.append("Q")


def read(*pages: Page) -> Reading:
    return read_pdf(write_pdf(pages), "made.pdf")


def texts(reading: Reading) -> str:
    return "".join(block.text for block in reading.blocks if hasattr(block, "text"))


def test_numbers_outside_what_a_page_shows_are_not_read_and_named() -> None:
    page = page_of("某局2026年部门预算")
    clipped(page, "0 0 1 1", 50, 700, "合计98.76万元")
    reading = read(page)
    assert "98.76" not in texts(reading)
    (problem,) = reading.problems
    assert problem.kind == "text_cut_off" and problem.where.page == 1
    assert "9 characters ('合计98.76万元' …), 4 of them digits" in problem.message


def test_a_cell_that_a_page_break_parts_is_read_once_and_no_problem() -> None:
    above, below = page_of("某局2026年部门预算"), page_of("续表")
    for page, shown in ((above, "40 45 500 60"), (below, "40 650 500 80")):
        page.drawn.append(f"q {shown} re W n")
        place = 60 if page is above else 730
        page.text(50, place, "第一行预算1.23万元")
        page.text(50, place - 40, "第二行预算4.56万元")
        page.drawn.append("Q")
    reading = read(above, below)
    assert texts(reading).count("1.23") == 1
    assert list(reading.problems) == []


def test_a_stream_that_breaks_off_is_named_and_what_comes_before_is_read() -> None:
    page = page_of(*[f"第{number}项：{WORDS}" for number in range(100, 130)])
    whole = write_pdf([page])
    packed = zlib.compress("\n".join(page.drawn).encode())
    assert packed in whole
    half = len(packed) // 2
    data = whole.replace(packed, packed[:half] + b"\xff" * (len(packed) - half))
    reading = read_pdf(data, "made.pdf")
    assert "damaged_objects" in [problem.kind for problem in reading.problems]
    assert "(9)" in reading.problems[0].message
    assert "第100项" in texts(reading) and "第129项" not in texts(reading)


@pytest.mark.parametrize("damaged", [1, 3])
def test_a_wrong_sum_is_damage_where_the_others_are_right(damaged: int) -> None:
    pages = [page_of(f"第{number}页：{WORDS}") for number in range(3)]
    data = write_pdf(pages)
    for page in pages[:damaged]:
        packed = zlib.compress("\n".join(page.drawn).encode())
        data = data.replace(packed, packed[:-4] + b"none")
    kinds = [problem.kind for problem in read_pdf(data, "made.pdf").problems]
    assert kinds == ["damaged_objects"] * (damaged == 1)


@pytest.mark.parametrize(
    ("printed", "lacking"),
    [
        (b"/XObject << /I 7 0 R >>", b"/XObject << /I 99 0 R>>"),
        (b"/Contents 9 0 R  ", b"/Contents 99 0 R "),
    ],
)
def test_a_page_that_is_made_of_what_the_file_lacks_is_named(
    printed: bytes, lacking: bytes
) -> None:
    data = write_pdf([page_of(WORDS), page_of("无文字")])
    assert printed in data
    (problem, *_) = read_pdf(data.replace(printed, lacking, 1), "made.pdf").problems
    assert (problem.kind, problem.where.page) == ("missing_objects", 1)
    assert "(99)" in problem.message


def test_a_text_longer_than_a_pdf_may_hold_is_named() -> None:
    reading = read(page_of("某局2026年部门预算", "预算12.34万元，" * 4_000))
    assert 0 < texts(reading).count("12.34") < 4_000
    assert reading.problems[0].kind == "too_long"
    assert not read(page_of("某局2026年部门预算", "预算12.34万元，" * 1_000)).problems


def test_a_pdf_without_text_because_it_is_damaged_is_no_scan() -> None:
    page = page_of(WORDS)
    packed = zlib.compress("\n".join(page.drawn).encode())
    data = write_pdf([page]).replace(packed, b"\xff" * len(packed))
    with pytest.raises(SourceError, match="the PDF is damaged, and none of the 1 pages has text"):
        read_pdf(data, "made.pdf")


def test_digits_of_a_font_that_does_not_name_its_signs_are_not_guessed() -> None:
    data = write_pdf([page_of("某局2026年部门预算", WORDS)])
    lost = data.replace(b"<0000> <00FF> <0000>", b"<0100> <01FF> <0100>")
    assert lost != data
    reading = read_pdf(lost, "made.pdf")
    assert not any(sign.isdecimal() for sign in texts(reading))
    assert [(p.kind, p.where.page) for p in reading.problems][:1] == [("unknown_signs", 1)]


def test_a_pdf_whose_fonts_name_no_sign_is_refused() -> None:
    data = write_pdf([page_of(WORDS)])
    with pytest.raises(SourceError, match="fonts of the PDF do not tell which signs"):
        read_pdf(data.replace(b"/ToUnicode 6", b"/ToNothing 6"), "made.pdf")


def digits(reading: Reading) -> str:
    cells = (c for b in reading.blocks if isinstance(b, Grid) for row in b.rows for c in row)
    return "".join(filter(str.isdecimal, "".join(c.text for c in cells) + texts(reading)))


@pytest.mark.parametrize("way", ["taken out", "changed"])
def test_no_object_that_is_lost_or_changed_costs_a_number_unseen(way: str) -> None:
    table = Page()
    table.table([["项目", "合计", "基本支出"], ["行政运行", "12.34", "12.34"]], [150, 90, 90])
    whole = write_pdf([page_of(WORDS), table, page_of(WORDS)])
    printed = digits(read_pdf(whole, "made.pdf"))
    unseen = []
    for match in re.finditer(rb"(?<=\n)\d+ 0 obj\n(?:<<.*?>>)\n(?:stream\n)?", whole):
        data = bytearray(whole)
        if way == "taken out":
            data[match.start() : match.start() + 1] = b"x"
        elif match[0].endswith(b"stream\n"):
            data[match.end() + 30] ^= 4
        else:
            continue
        try:
            reading = read_pdf(bytes(data), "made.pdf")
        except SourceError:
            continue
        if digits(reading) != printed and not reading.problems:
            unseen.append(match[0])
    assert not unseen
