"""`budgetkit add`: what it copies, what its origin card says, and what it refuses."""

import datetime
import hashlib
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

import budgetkit
from budgetkit.cli import main
from budgetkit.disclosure import Disclosure
from budgetkit.errors import SourceError
from budgetkit.intake import add_files

FACSIMILES = Path(__file__).parent / "facsimiles"
REFERENCE = Path(__file__).parent.parent / "data" / "raw" / "kezhou-hrss-2026" / "source.md"
WORD = FACSIMILES / "reference.docx"
TODAY = datetime.date(2026, 3, 1)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an empty data/raw of its own."""
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def card(key: str) -> dict[str, object]:
    return tomllib.loads(Path(f"data/raw/{key}/origin.toml").read_text(encoding="utf-8"))


def split_reference(folder: Path) -> list[Path]:
    """The reference document as two files, as departments publish it: text and tables."""
    text = REFERENCE.read_text(encoding="utf-8")
    first = text.index("## 第二部分", text.index("### 二、 机构设置"))
    behind = text.index("### 第三部分")
    explained, tables = folder / "1 说明.md", folder / "2 公开表.md"
    explained.write_text(text[:first] + text[behind:], encoding="utf-8")
    tables.write_text(text[first:behind], encoding="utf-8")
    return [tables, explained]


def values(disclosure: Disclosure) -> list[tuple[object, ...]]:
    return sorted(
        (n.part, n.table or 0, n.row or "", n.column or "", n.text) for n in disclosure.ledger
    )


def test_the_card_says_what_the_document_says_of_itself() -> None:
    added = add_files([WORD], "kezhou", TODAY)
    assert added.folder == Path("data/raw/kezhou")
    assert (added.folder / "reference.docx").read_bytes() == WORD.read_bytes()
    assert card("kezhou") == {
        "file": "reference.docx",
        "title": added.disclosure.title,
        "publisher": "克孜勒苏柯尔克孜自治州人力资源和社会保障局",
        "year": 2026,
        "kind": "budget",
        "published": datetime.date(2026, 2, 5),
        "added": TODAY,
        "url": "unknown",
        "language": "zh-CN",
        "text_made_by": "The publisher's Word document as it is.",
        "rights": "unknown",
        "sha256": hashlib.sha256(WORD.read_bytes()).hexdigest(),
    }


def test_an_added_document_is_read_by_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", str(WORD), "--key", "kezhou"]) == 0
    out = capsys.readouterr().out
    assert "budgetkit check kezhou" in out
    assert "11 tables" in out
    assert main(["check", "kezhou"]) == 1
    assert budgetkit.read("kezhou").year == 2026


def test_explanation_and_tables_in_two_files_are_one_disclosure(here: Path) -> None:
    added = add_files(split_reference(here), "kezhou", TODAY)
    files = card("kezhou")["file"]
    assert isinstance(files, list)
    assert [file["name"] for file in files] == ["1 说明.md", "2 公开表.md"]
    digests = [hashlib.sha256((added.folder / f["name"]).read_bytes()).hexdigest() for f in files]
    assert [file["sha256"] for file in files] == digests
    read = budgetkit.read("kezhou")
    assert read.sha256 == hashlib.sha256("".join(digests).encode()).hexdigest()
    assert card("kezhou")["sha256"] == read.sha256
    assert values(read) == values(budgetkit.read(REFERENCE))
    assert {n.where.file for n in read.ledger if n.part == "table"} == {"2 公开表.md"}
    assert {n.where.file for n in read.ledger if n.part == "prose"} >= {"1 说明.md"}
    places = [(n.where.file, n.where.line, n.where.start) for n in read.ledger]
    assert places == sorted(places)


def test_the_place_of_a_number_names_its_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_files(split_reference(here), "kezhou", TODAY)
    read = budgetkit.read("kezhou")
    number = read.ledger[-1]
    assert str(number.where).startswith("2 公开表.md, line ")
    main(["check", "kezhou"])
    assert "1 说明.md" in capsys.readouterr().out


def test_text_and_tables_may_come_in_different_formats(here: Path) -> None:
    explained = split_reference(here)[1]
    added = add_files([FACSIMILES / "reference.xlsx", explained], "kezhou", TODAY)
    assert added.disclosure.reader == "markdown+excel"
    assert sum(n.part == "table" for n in added.disclosure.ledger) == 325


def test_page_numbers_of_every_file_are_set_aside_in_their_own(here: Path) -> None:
    """A second PDF loses nothing that the first one does not."""
    paths = [here / "1.md", here / "2.pdf"]
    paths[0].write_text("一、收入预算 1.00 万元。\n", encoding="utf-8")
    paths[1].write_bytes((FACSIMILES / "missing-rules.pdf").read_bytes())
    read = add_files(paths, "kezhou", TODAY).disclosure
    pages = [a.where for a in read.set_aside if a.reason == "page number"]
    alone = budgetkit.read(paths[1]).set_aside
    assert len(pages) == sum(a.reason == "page number" for a in alone) > 10
    assert {where.file for where in pages} == {"2.pdf"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Budget 2026.docx", "budget-2026"),
        ("2026年部门预算.docx", "budget-2026-"),
        ("部门预算.docx", "budget-2026-"),
    ],
)
def test_a_key_is_made_from_the_name_or_from_what_the_document_is(
    here: Path, name: str, expected: str
) -> None:
    path = here / name
    path.write_bytes(WORD.read_bytes())
    key = add_files([path], None, TODAY).key
    assert key.startswith(expected) and key.isascii()


def test_without_a_folder_of_raw_documents_one_is_made(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("budgetkit.intake.raw_folder", lambda: here / "none")
    assert add_files([WORD], "kezhou", TODAY).folder == Path("data/raw/kezhou")


def unused() -> list[str]:
    return sorted(os.listdir("data/raw"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.docx"], "no such file"),
        (["data"], "is a folder"),
        ([str(WORD), "--key", "../away"], "a key is made of ASCII"),
        ([str(WORD), "--key", "克州"], "a key is made of ASCII"),
        ([str(WORD), str(WORD)], "two files of the name"),
        (["broken.docx"], "damaged"),
        (["nothing.md"], "no budget table and no amount"),
    ],
)
def test_what_cannot_be_added_is_one_line_and_leaves_nothing(
    arguments: Sequence[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.docx").write_bytes(WORD.read_bytes()[:9000])
    Path("nothing.md").write_text("今天天气很好。\n", encoding="utf-8")
    assert main(["add", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and (says in captured.err or "cut off" in captured.err)
    assert captured.out == ""
    assert unused() == []


def test_a_taken_key_is_never_overwritten() -> None:
    add_files([WORD], "kezhou", TODAY)
    before = Path("data/raw/kezhou/origin.toml").read_bytes()
    with pytest.raises(SourceError, match="this key is taken"):
        add_files([FACSIMILES / "reference.html"], "kezhou", TODAY)
    assert Path("data/raw/kezhou/origin.toml").read_bytes() == before
    assert unused() == ["kezhou"]


def test_the_same_document_is_not_added_twice() -> None:
    add_files([WORD], "kezhou", TODAY)
    with pytest.raises(SourceError, match="is there already; use its key 'kezhou'"):
        add_files([WORD], "again", TODAY)


def test_a_full_disk_leaves_nothing_half_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(SourceError, match="No space left"):
        add_files([WORD], "kezhou", TODAY)
    assert unused() == []


@pytest.mark.parametrize("change", ["edited", "missing", "extra"])
def test_a_folder_that_differs_from_its_card_is_not_read(here: Path, change: str) -> None:
    folder = add_files(split_reference(here), "kezhou", TODAY).folder
    path = folder / "1 说明.md"
    if change == "edited":
        path.write_bytes(path.read_bytes() + b"\n")
    elif change == "missing":
        path.unlink()
    else:
        (folder / "3 附表.md").write_text("表", encoding="utf-8")
    with pytest.raises(SourceError, match=r"has changed|not in the folder|not on the origin card"):
        budgetkit.read("kezhou")


def test_an_empty_folder_says_so(here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(SourceError, match="there is no document in it"):
        budgetkit.read(here / "empty")
