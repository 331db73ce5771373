"""Which documents a folder or a list holds, under which keys, and where they are read from."""

import os
import random
import zipfile
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest

from budgetkit.corpus import find_documents, publish
from budgetkit.corpus.datasets import DATA_SETS
from budgetkit.corpus.documents import load_document
from budgetkit.corpus.keys import RESERVED, unique_keys
from budgetkit.corpus.together import check_together
from budgetkit.disclosure import read_source
from budgetkit.errors import SourceError
from tests.corpora import BAD, BAD_KEY, GOOD, GOOD_KEY, RULES, here, make_corpus, run_quietly

__all__ = ["here"]


def write(root: Path, *names: str, text: str = "x") -> Path:
    """Files below a folder; their text is their name."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + name, encoding="utf-8")
    return root


def names_of(folder: Path | str, **options: Any) -> list[str]:
    return [document.name for document in find_documents(folder, **options).documents]


def test_every_file_of_a_tree_that_can_be_read_is_a_document(tmp_path: Path) -> None:
    write(
        tmp_path, "a.md", "b/c.pdf", "b/d.PDF", "README.md", "b/logo.png", ".hidden.md", ".h/e.md"
    )
    found = find_documents(tmp_path)
    assert [document.name for document in found.documents] == ["a.md", "b/c.pdf", "b/d.PDF"]
    assert sorted(found.others) == ["README.md", "b/logo.png"]
    assert found.apart == ("b",)
    assert all(document.sha256 and document.size for document in found.documents)


def test_a_disclosure_in_a_format_that_nobody_reads_here_is_told_not_left_aside(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.ofd", "b/c.RTF", "b/d.zip", "pair/a.docx", "pair/b.xlsx", "pair/c.wps")
    found = find_documents(tmp_path)
    assert [document.name for document in found.documents] == [
        "a.ofd",
        "b/c.RTF",
        "b/d.zip",
        "pair",
    ]
    assert found.others == ("pair/c.wps",)
    with pytest.raises(SourceError, match="no budget table"):
        read_source(load_document(found.documents[0]))


@pytest.mark.parametrize("inside", ["", "place"])
def test_a_folder_in_an_archive_is_read_where_it_lies(tmp_path: Path, inside: str) -> None:
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("place/a.md", "x")
        archive.writestr("place/below/b.md", "y")
    found = find_documents(f"zip://{inside}::{tmp_path}/c.zip").documents
    assert [Path(document.name).name for document in found] == ["a.md", "b.md"]
    assert not any(document.reason for document in found)


def test_a_folder_with_a_card_or_with_one_file_of_each_format_is_one_document(
    tmp_path: Path,
) -> None:
    write(tmp_path, "card/1.pdf", "card/2.pdf", "card/origin.toml", "pair/a.docx", "pair/b.xlsx")
    write(tmp_path, "two/a.pdf", "two/b.pdf")
    found = {document.name: document for document in find_documents(tmp_path).documents}
    assert list(found) == ["card", "pair", "two/a.pdf", "two/b.pdf"]
    assert found["card"].card.endswith("origin.toml") and found["card"].card_sha256
    assert [Path(file).name for file in found["pair"].files] == ["a.docx", "b.xlsx"]
    assert names_of(tmp_path, together=True) == ["card", "pair", "two"]


def test_a_list_names_files_folders_and_addresses_and_what_is_missing_is_told(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.md", "folder/b.docx", "folder/c.xlsx")
    text = f"# these\n\na.md\nfolder\nmissing.md\n{tmp_path}/a.md\na.md\nnowhere://a.md\nnul\0.md\n"
    (tmp_path / "list.txt").write_text(text, encoding="utf-8")
    found = {
        document.name: document for document in find_documents(tmp_path / "list.txt").documents
    }
    assert list(found) == [
        "a.md",
        "folder",
        "missing.md",
        f"{tmp_path}/a.md",
        "nowhere://a.md",
        "nul\0.md",
    ]
    assert {name: bool(document.reason) for name, document in found.items()} == {
        "a.md": False, "folder": False, "missing.md": True, f"{tmp_path}/a.md": False,
        "nowhere://a.md": True, "nul\0.md": True,
    }  # fmt: skip
    assert "No such file" in found["missing.md"].reason
    assert len({document.key for document in found.values()}) == len(found)


def test_a_list_of_tables_has_a_column_of_files(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    (tmp_path / "list.csv").write_text("place,file\nx,b.md\ny,a.md\n", encoding="utf-8")
    assert names_of(tmp_path / "list.csv") == ["b.md", "a.md"]
    (tmp_path / "list.csv").write_text("place\nx\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no column `file`"):
        find_documents(tmp_path / "list.csv")
    with pytest.raises(SourceError, match="give a folder of disclosures, or a list"):
        find_documents(tmp_path / "a.md")


def test_an_index_says_which_files_are_documents(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md", "c.data")
    (tmp_path / "index.csv").write_text("file\na.md\nc.data\ngone.md\n", encoding="utf-8")
    found = find_documents(tmp_path)
    assert {document.name: bool(document.reason) for document in found.documents} == {
        "a.md": False, "c.data": False, "gone.md": True,
    }  # fmt: skip
    assert found.others == ("b.md",)


def test_the_output_in_the_folder_of_the_documents_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "out/numbers.csv", "out/a/claims.csv")
    assert names_of(tmp_path, without=tmp_path / "out") == ["a.md"]
    with pytest.raises(SourceError, match="this is the folder of the documents"):
        find_documents(tmp_path, without=tmp_path)


def test_what_is_no_file_is_told_and_links_do_not_lead_in_circles(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "below/b.md")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    (tmp_path / "broken.md").symlink_to("nowhere")
    (tmp_path / "self.md").symlink_to("self.md")
    (tmp_path / "linked.md").symlink_to("a.md")
    (tmp_path / "below" / "up").symlink_to(tmp_path)
    found = {document.name: document for document in find_documents(tmp_path).documents}
    told = {name for name, document in found.items() if document.reason}
    assert told == {"pipe.md", "zero.md", "broken.md", "self.md"}
    assert found.keys() - told == {"a.md", "below/b.md", "linked.md"}


def test_keys_are_unique_ascii_and_the_same_in_any_order() -> None:
    names = [
        "x.md", "X.md", "a/x.md", "a-x.md", "documents.md", "b/reports.md", "预算.md", "c/预算.md",
        "summary.csv", "n" * 300 + ".md", "m/" + "n" * 300 + ".md", "bad\udcff.md", "a\nb.md", "a b.md",
    ]  # fmt: skip
    plain = {name: name.rpartition("/")[2].rpartition(".")[0].lower() for name in names}
    plain["预算.md"] = plain["c/预算.md"] = "document-0123456789ab"
    plain["summary.csv"] = "summary.csv"
    keys = unique_keys(plain)
    folded = [key.lower() for key in keys.values()]
    assert len(set(folded)) == len(names)
    for number in range(20):
        random.Random(number).shuffle(names)
        assert unique_keys({name: plain[name] for name in names}) == keys


def test_a_name_made_to_take_the_key_of_another_document_does_not_get_it() -> None:
    plain = {"a/x.md": "x", "b/x.md": "x", "a-x.md": "a-x"}
    for _ in range(12):
        keys = unique_keys(plain)
        assert len({key.lower() for key in keys.values()}) == len(plain)
        taken = keys["a/x.md"]
        plain[f"{taken}.md"] = taken
    assert len(plain) > 5


def test_no_document_has_the_name_of_an_output() -> None:
    named = {publish.MANIFEST, publish.SUMMARY, publish.FINDINGS, publish.PAGE, publish.ERRORS}
    assert {*DATA_SETS, *named} <= RESERVED
    keys = unique_keys({f"{name}.md": name for name in RESERVED})
    assert not {key.lower() for key in keys.values()} & RESERVED
    assert all(0 < len(key) <= 100 and key.isascii() for key in keys.values())


@pytest.mark.usefixtures("here")
def test_names_that_no_text_can_hold_are_read_and_told(tmp_path: Path) -> None:
    corpus, out = make_corpus(tmp_path / "documents", GOOD), tmp_path / "out"
    text = (RULES / GOOD).read_bytes()
    names = [b"line\nbreak.md", "预算".encode("gb18030") + b".md", b"\x1b[31mred.md", b"n" * 250 + b".md",
             b"back\\slash.md", b"slash.md"]  # fmt: skip
    for name in names:
        with open(os.path.join(os.fsencode(corpus), name), "wb") as file:
            file.write(text)
    (corpus / "empty.md").touch()
    lines: list[str] = []
    run = run_quietly(corpus, out, progress=lines.append)
    assert [result.key for result in run.failed] == ["empty"]
    assert len(run.results) == 8 and len(lines) == 8
    assert all(line.isprintable() for line in lines)
    sources = pq.read_table(out / "documents").column("source").to_pylist()
    assert len(set(sources)) == 8
    assert run_quietly(corpus, out).fresh == 0


@pytest.mark.usefixtures("here")
def test_documents_and_output_may_lie_on_any_file_system_that_fsspec_knows(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "documents")
    run_quietly(corpus, tmp_path / "out")
    memory = fsspec.filesystem("memory")
    for name in (GOOD, BAD):
        memory.pipe_file(f"/corpus/below/{name}", (corpus / name).read_bytes())
    try:
        run = run_quietly("memory://corpus", "memory://out")
        assert {result.key: result.status for result in run.results} == {
            BAD_KEY: "inconsistent",
            GOOD_KEY: "consistent",
        }
        for name in DATA_SETS:
            if name != "documents":  # which tells where a document lies
                part = f"{name}/part-00000.parquet"
                here = (tmp_path / "out" / part).read_bytes()
                assert memory.cat_file(f"/out/{part}") == here, name
        assert memory.exists(f"/out/{GOOD_KEY}/numbers.csv")
        assert run_quietly("memory://corpus", "memory://out").fresh == 0
        memory.pipe_file("/list.txt", f"memory://corpus/below/{GOOD}\n".encode())
        run = run_quietly("memory://list.txt", tmp_path / "listed")
        assert [result.status for result in run.results] == ["consistent"]
    finally:
        memory.rm("/", recursive=True)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("东滩市图书馆2026年部门预算公开", "different departments"),
        ("东滩市商务局2025年部门预算公开", "different years"),
        ("东滩市商务局2026年部门决算公开", "a budget and final accounts"),
        ("东滩市商务局2026年部门预算公开", ""),
    ],
)
def test_files_that_only_their_formats_join_are_not_read_as_one_where_they_differ(
    other: str, told: str, tmp_path: Path
) -> None:
    body = (RULES / GOOD).read_text(encoding="utf-8").partition("\n")[2]
    folder = tmp_path / "pair"
    folder.mkdir()
    (folder / "a.md").write_text(f"# 东滩市商务局2026年部门预算公开\n{body}", encoding="utf-8")
    (folder / "b.txt").write_text(f"# {other}\n{body}", encoding="utf-8")
    (document,) = find_documents(tmp_path).documents
    assert document.guessed and len(document.files) == 2
    if told:
        with pytest.raises(SourceError, match=told):
            check_together(load_document(document))
        run = run_quietly(tmp_path, tmp_path / "out", workers=1)
        assert [(r.status, told in r.reason) for r in run.results] == [("failed", True)]
    else:
        check_together(load_document(document))
    assert not find_documents(tmp_path, together=True).documents[0].guessed
