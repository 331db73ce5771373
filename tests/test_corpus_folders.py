"""Folders and lists as people have them: saved by any program, with files of every kind among them."""

import csv
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from budgetkit import check, read
from budgetkit.corpus import find_documents
from budgetkit.corpus.documents import load_document
from budgetkit.corpus.together import check_together
from budgetkit.errors import PassingError, SourceError
from budgetkit.package import write_clean
from tests.corpora import BAD, GOOD, GOOD_KEY, RULES, here, make_corpus, run_quietly

__all__ = ["here"]


def names_of(folder: Path) -> list[str]:
    return [document.name for document in find_documents(folder).documents]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ending", ["txt", "csv"])
def test_a_list_is_read_however_a_spreadsheet_program_saved_it(
    ending: str, encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "公开 文本.md").write_text("x")
    lines = ["# 注", "公开 文本.md", ""] if ending == "txt" else ["序号, File ", "1,公开 文本.md"]
    listed = tmp_path / f"list.{ending}"
    listed.write_bytes("\r\n".join(lines).encode(encoding))
    (document,) = find_documents(listed).documents
    assert document.name == "公开 文本.md" and document.sha256


def test_a_list_in_no_known_encoding_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_bytes(b"file\n\x80\xff\n")
    (tmp_path / "a.md").write_text("x")
    with pytest.raises(SourceError, match=r"index\.csv: the list is no text in UTF-8"):
        find_documents(tmp_path)


def test_a_file_address_as_a_browser_copies_it_is_found(tmp_path: Path) -> None:
    file = tmp_path / "公开 文本.md"
    file.write_text("x")
    (tmp_path / "list.txt").write_text(f"file://{quote(str(file))}\n")
    (document,) = find_documents(tmp_path / "list.txt").documents
    assert document.sha256


def test_a_listed_folder_is_no_disclosure_where_its_files_name_different_departments(
    tmp_path: Path,
) -> None:
    body = (RULES / GOOD).read_text(encoding="utf-8").partition("\n")[2]
    (tmp_path / "folder").mkdir()
    for name in ("商务局", "图书馆"):
        text = f"# 东滩市{name}2026年部门预算公开\n{body}"
        (tmp_path / "folder" / f"{name}.md").write_text(text, encoding="utf-8")
    (tmp_path / "list.txt").write_text("folder\n")
    (document,) = find_documents(tmp_path / "list.txt").documents
    assert document.guessed
    with pytest.raises(SourceError, match="different departments"):
        check_together(load_document(document))


@pytest.mark.usefixtures("here")
def test_what_budgetkit_wrote_in_a_folder_is_no_document_of_the_next_run(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "documents")
    run_quietly(corpus, corpus / "out", workers=1)
    disclosure = read(corpus / GOOD)
    write_clean(disclosure, check(disclosure), corpus / "clean")
    (corpus / "out" / "own").mkdir()
    (corpus / "out" / "own" / "a.md").write_text("somebody's own")
    found = find_documents(corpus)
    assert [document.name for document in found.documents] == ["out/own/a.md", BAD, GOOD]
    assert "out" in found.outputs and f"clean/{GOOD_KEY}" in found.outputs


def test_a_document_is_one_whatever_its_name_says(tmp_path: Path) -> None:
    for name, head in {
        "download.aspx": b"%PDF-1.7 x",
        "预算公开": b"%PDF-1.4 x",
        "t20260131_1.shtml": b"<html>",
        "tables": b"PK\x03\x04",
        "old": b"\xd0\xcf\x11\xe0",
        "Thumbs.db": b"\xd0\xcf\x11\xe0",
        "logo.png": b"\x89PNG",
        "notes": b"text",
    }.items():
        (tmp_path / name).write_bytes(head)
    found = find_documents(tmp_path)
    assert {document.name for document in found.documents} == {
        "download.aspx",
        "预算公开",
        "t20260131_1.shtml",
        "tables",
        "old",
    }
    assert sorted(found.others) == ["Thumbs.db", "logo.png", "notes"]


@pytest.mark.usefixtures("here")
def test_every_file_that_was_left_aside_is_named_in_the_output(tmp_path: Path) -> None:
    corpus, out = make_corpus(tmp_path / "documents", GOOD), tmp_path / "out"
    pictures = [f"scan{number:02d}.jpg" for number in range(30)]
    for name in pictures:
        (corpus / name).write_bytes(b"x")
    run_quietly(corpus, out, workers=1)
    told = out / "left-aside.txt"
    assert told.read_text(encoding="utf-8").splitlines() == pictures
    assert "30 files" in (out / "index.html").read_text(encoding="utf-8")
    for name in pictures[1:]:
        (corpus / name).unlink()
    run_quietly(corpus, out, workers=1)
    assert told.read_text(encoding="utf-8").splitlines() == pictures[:1]
    (corpus / pictures[0]).unlink()
    run_quietly(corpus, out, workers=1)
    assert not told.exists()


@pytest.mark.usefixtures("here")
def test_the_tables_for_people_hold_no_formulas(tmp_path: Path) -> None:
    name = "=HYPERLINK(1).md"
    corpus, out = make_corpus(tmp_path / "documents", BAD), tmp_path / "out"
    (corpus / BAD).rename(corpus / name)
    run_quietly(corpus, out, workers=1)
    for table in ("summary.csv", "findings.csv"):
        with (out / table).open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert cells and not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        assert [row["source"] for row in csv.DictReader(file)] == [f"'{name}"]
    assert pq.read_table(out / "documents")["source"].to_pylist() == [name]


def test_a_file_too_large_says_so_and_not_that_its_permissions_are_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("budgetkit.corpus.documents.MAX_BYTES", 10)
    (tmp_path / "a.md").write_text("x" * 11)
    (document,) = find_documents(tmp_path).documents
    with pytest.raises(PassingError, match=r"^a\.md: larger than .*; give the disclosure alone$"):
        load_document(document)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["", "--out", "out"], "it is empty"),
        ([".", "--out", ""], "it is empty"),
        ([".", "--out", "out", "--scheduler", ""], "it is empty"),
        ([".", "--out", "memory://out"], "no other process sees it"),
    ],
)
def test_an_address_that_nobody_meant_is_refused(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "budgetkit", "corpus", *arguments],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 2 and told in done.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="closes a stream as a shell does")
def test_a_command_whose_output_is_closed_ends_as_always() -> None:
    command = f'exec "{sys.executable}" -m budgetkit check "{RULES / BAD}" >&-'
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, encoding="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
