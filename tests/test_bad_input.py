"""Input that is wrong in the ways real files are: one clear message, or read and listed."""

from collections.abc import Callable
from pathlib import Path

import pytest

import budgetkit
from budgetkit.cli import main
from budgetkit.disclosure import Disclosure
from budgetkit.sources import find_source

KEY = "kezhou-hrss-2026"
Write = Callable[[bytes | str], Path]


@pytest.fixture(scope="module")
def raw() -> bytes:
    return find_source(KEY).data


@pytest.fixture(scope="module")
def lines(raw: bytes) -> list[str]:
    return raw.decode("utf-8").split("\n")


@pytest.fixture(scope="module")
def reference() -> Disclosure:
    return budgetkit.read(KEY)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: bytes | str) -> Path:
        path = tmp_path / "document.md"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


def printed(disclosure: Disclosure) -> list[tuple[object, ...]]:
    return [(n.table, n.row, n.column, n.text, n.value, n.part) for n in disclosure.ledger]


def line_of(lines: list[str], title: str, start: str) -> int:
    """The index of the first line below a table's title that starts with this text."""
    top = next(i for i, line in enumerate(lines) if line.startswith("#") and line.endswith(title))
    return next(i for i in range(top, len(lines)) if lines[i].startswith(start))


def problems(disclosure: Disclosure, kind: str) -> list[str]:
    return [problem.message for problem in disclosure.problems if problem.kind == kind]


def false_alarms(disclosure: Disclosure) -> list[str]:
    """What is inconsistent in the tables beside the one shift that the document really has."""
    tables = {n.id for n in disclosure.ledger if n.part == "table"}
    return [
        check.message
        for check in budgetkit.check(disclosure).check_list
        if check.outcome == "violated"
        and check.level == "inconsistent"
        and set(check.numbers) <= tables
        and abs(check.difference or 0) != 3
    ]


# --- files that cannot be used at all -------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (bytes(range(256)) * 8, "NUL"),
        (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        (b"PK\x03\x04 word/document.xml", "zip"),
        (
            "令和八年の予算です。ひらがなで書かれた表。\n".encode("shift_jis") * 20,
            "encoding",
        ),
        ("部門預算公開\t金額\n合計\t3.00\n".encode("big5") * 20, "encoding"),
        ("2026年部门预算公开\n合计\t3.00\n".encode("utf-16-le"), "UTF-16"),
        ("# 某局2026年部门预算公开\n\n本部门没有表格。\n".encode(), "no budget table"),
        (
            "<html><h1>404 Not Found</h1><p>您访问的页面不存在，3 秒后返回首页</p>".encode(),
            "no budget table",
        ),
    ],
    ids=[
        "empty",
        "blank",
        "bom",
        "binary",
        "pdf",
        "zip",
        "shift-jis",
        "big5",
        "utf-16",
        "no-table",
        "error-page",
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_status_2(
    content: bytes, says: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(content)
    for command in (["check", str(path)], ["clean", str(path), "--out", str(path.parent / "out")]):
        assert main(command) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(f"budgetkit: {path}: ")
        assert captured.err.count("\n") == 1
        assert says in captured.err
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_unknown_key_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "no-such-document-2026"]) == 2
    err = capsys.readouterr().err
    assert "no-such-document-2026" in err
    assert KEY in err


def test_a_changed_raw_file_is_refused(tmp_path: Path, raw: bytes) -> None:
    folder = tmp_path / "changed-2026"
    folder.mkdir()
    card = find_source(KEY).path.parent / "origin.toml"
    (folder / "origin.toml").write_bytes(card.read_bytes())
    (folder / "source.md").write_bytes(raw)
    assert budgetkit.read(folder).key == "changed-2026"
    (folder / "source.md").write_bytes(raw.replace(b"26.87", b"26.88", 1))
    with pytest.raises(budgetkit.SourceError, match="has changed"):
        budgetkit.read(folder)


def test_an_output_folder_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("a file", encoding="utf-8")
    assert main(["clean", KEY, "--out", str(occupied)]) == 2
    err = capsys.readouterr().err
    assert str(occupied) in err and "--out" in err
    assert err.count("\n") == 1
    assert occupied.read_text(encoding="utf-8") == "a file"


# --- the same text in other clothes ---------------------------------------------------------------


@pytest.mark.parametrize(
    "dress",
    [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"\n", b"\r"),
        lambda raw: raw.decode("utf-8").encode("gb18030"),
        lambda raw: raw.replace(b"\n", b"\r\n").decode("utf-8").encode("gb18030"),
        lambda raw: raw.decode("utf-8").encode("utf-16"),
    ],
    ids=["bom", "crlf", "cr", "gb18030", "gb18030-crlf", "utf-16-bom"],
)
def test_encoding_and_line_ends_change_nothing(
    dress: Callable[[bytes], bytes], raw: bytes, reference: Disclosure, write: Write
) -> None:
    read = budgetkit.read(write(dress(raw)))
    assert printed(read) == printed(reference)
    assert [n.where.line for n in read.ledger] == [n.where.line for n in reference.ledger]


def test_full_width_amounts_are_the_same_amounts(
    lines: list[str], reference: Disclosure, write: Write
) -> None:
    at = line_of(lines, "部门收入总体情况表", "208\t01\t99")
    wide = "".join(chr(ord(s) + 0xFEE0) if s in "0123456789.," else s for s in lines[at])
    read = budgetkit.read(write("\n".join([*lines[:at], wide, *lines[at + 1 :]])))
    values = [(n.table, n.row, n.column, n.value) for n in read.ledger if n.part == "table"]
    assert values == [
        (n.table, n.row, n.column, n.value) for n in reference.ledger if n.part == "table"
    ]


# --- tables that came over damaged ----------------------------------------------------------------


def test_a_file_cut_inside_a_row_says_where(lines: list[str], write: Write) -> None:
    at = line_of(lines, "部门收入总体情况表", "208\t01\t99")
    read = budgetkit.read(write("\n".join(lines[:at]) + "\n" + lines[at][:30]))
    assert any(f"line {at + 1}" in message for message in problems(read, "cut_off"))
    assert len(read.budget_tables) == 2
    assert len(read.table(1).cells) == 15


def test_a_file_cut_between_rows_says_that_more_may_be_missing(
    lines: list[str], write: Write
) -> None:
    at = line_of(lines, "部门收入总体情况表", "208\t01\t99")
    read = budgetkit.read(write("\n".join(lines[: at + 1]) + "\n"))
    assert any(f"line {at + 1}" in message for message in problems(read, "ends_in_table"))


def test_a_whole_file_raises_no_such_alarm(reference: Disclosure) -> None:
    damage = {"cut_off", "ends_in_table", "short_row", "long_row", "unreadable_amount"}
    assert [p.message for p in reference.problems if p.kind in damage | {"duplicate_table"}] == []


def test_a_row_too_short_is_named_and_the_rest_is_read(lines: list[str], write: Write) -> None:
    at = line_of(lines, "一般公共预算支出情况表", "208\t01\t50")
    lost = "\t".join(lines[at].split("\t")[:4])
    read = budgetkit.read(write("\n".join([*lines[:at], lost, *lines[at + 1 :]])))
    messages = problems(read, "short_row")
    assert len(messages) == 1
    assert f"line {at + 1}" in messages[0] and "table 5" in messages[0]
    assert [len(table.cells) for table in read.budget_tables][4] == 45 - 2


def test_a_row_too_long_is_named_and_its_surplus_is_left_over(
    lines: list[str], reference: Disclosure, write: Write
) -> None:
    at = line_of(lines, "一般公共预算支出情况表", "208\t01\t50")
    read = budgetkit.read(write("\n".join([*lines[:at], lines[at] + "\t12.00", *lines[at + 1 :]])))
    messages = problems(read, "long_row")
    assert len(messages) == 1
    assert f"line {at + 1}" in messages[0]
    assert [(token.text, token.where.line) for token in read.leftovers] == [("12.00", at + 1)]
    assert printed(read) == printed(reference)


@pytest.mark.parametrize("title", ["部门收支总体情况表", "财政拨款收支预算总体情况表"])
def test_a_row_too_long_without_column_numbers(
    title: str, lines: list[str], reference: Disclosure, write: Write
) -> None:
    at = line_of(lines, title, "<b>收入总计")
    read = budgetkit.read(write("\n".join([*lines[:at], lines[at] + "\t12.00", *lines[at + 1 :]])))
    assert len(problems(read, "long_row")) == 1
    assert [token.text for token in read.leftovers] == ["12.00"]
    assert printed(read) == printed(reference)


def test_an_unreadable_amount_is_listed_and_accuses_nobody(lines: list[str], write: Write) -> None:
    at = line_of(lines, "部门收入总体情况表", "208\t01\t99")
    assert "1,207.29" in lines[at]
    misread = lines[at].replace("1,207.29", "1,2O7.29")
    read = budgetkit.read(write("\n".join([*lines[:at], misread, *lines[at + 1 :]])))
    messages = problems(read, "unreadable_amount")
    assert len(messages) == 1
    assert "1,2O7.29" in messages[0] and f"line {at + 1}" in messages[0]
    assert "2080199" in messages[0]
    assert len(read.table(2).cells) == 80
    assert false_alarms(read) == []
    result = budgetkit.check(read)
    assert any(
        "1,2O7.29" in check.reason
        for check in result.check_list
        if check.outcome == "not_checkable"
    )


def test_a_table_printed_twice_is_read_once(
    lines: list[str], reference: Disclosure, write: Write
) -> None:
    first = line_of(lines, "部门支出总体情况表", "")
    last = line_of(lines, "部门支出总体情况表", "221\t02\t01")
    copy = ["", *lines[first : last + 1], ""]
    read = budgetkit.read(write("\n".join([*lines[: last + 1], *copy, *lines[last + 1 :]])))
    assert len(problems(read, "duplicate_table")) == 1
    assert "部门支出总体情况表" in problems(read, "duplicate_table")[0]
    assert printed(read) == printed(reference)
    repeated = [token for token in read.set_aside if token.reason == "repeated table"]
    assert len(repeated) == 51


def test_a_second_version_of_a_table_contradicts_the_first(lines: list[str], write: Write) -> None:
    first = line_of(lines, "部门支出总体情况表", "")
    last = line_of(lines, "部门支出总体情况表", "221\t02\t01")
    other = [line.replace("97.92", "98.92") for line in lines[first : last + 1]]
    text = "\n".join([*lines[: last + 1], "", *other, "", *lines[last + 1 :]])
    read = budgetkit.read(write(text))
    assert len(read.budget_tables) == 12
    assert any("97.92" in message and "98.92" in message for message in false_alarms(read))


def test_what_was_not_read_is_printed_by_check(
    lines: list[str], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    at = line_of(lines, "部门收入总体情况表", "208\t01\t99")
    misread = lines[at].replace("1,207.29", "1,2O7.29")
    main(["check", str(write("\n".join([*lines[:at], misread, *lines[at + 1 :]])))])
    out = capsys.readouterr().out
    assert "not read" in out and "1,2O7.29" in out


def test_a_text_cut_inside_a_character_is_read_and_said_to_be_cut(tmp_path: Path) -> None:
    source = Path(__file__).parent.parent / "data" / "raw" / "kezhou-hrss-2026" / "source.md"
    path = tmp_path / "cut.md"
    path.write_bytes(source.read_bytes()[:20000])
    disclosure = budgetkit.read(path)
    assert disclosure.budget_tables
    assert any("ends inside a character" in problem.message for problem in disclosure.problems)
