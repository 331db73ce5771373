"""Names made to do harm: keys, files, links and cards lead nowhere outside their folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import budgetkit
from budgetkit import sources
from budgetkit.cli import main
from budgetkit.corpus.processes import Limits
from budgetkit.errors import SourceError
from budgetkit.readers import java, lengths, lines, parts, pdf, web, xls_cells, xlsx_cells, zips
from budgetkit.sources import find_source, is_key, key_of

from .hostile import all_paths, markdown

posix = pytest.mark.skipif(os.name != "posix", reason="other systems allow no such names")
NAMES = [
    "line\nend.md", "tab\t.md", ";touch pwned;.md", "$(touch pwned).md", "`touch pwned`.md",
    "a&&touch pwned.md", "|touch pwned.md", "> pwned.md", "-rf.md", "--key=x.md", "~.md", "*.md",
    "'quote\".md", "x..%2f..%2fpwned.md", "\\..\\pwned.md", "\x1b]0;owned\x07.md",
    "\u202efdp.md", "{x.__class__}.md", "%s%n.md", "con.md", "a" * 250 + ".md", "预" * 80 + ".md",
]  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with raw documents of its own, inside one that nothing may be written to."""
    folder = tmp_path / "around" / "desk"
    (folder / "data" / "raw").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@posix
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_file_of_any_name_stays_in_the_folder_of_its_key(
    name: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text(markdown(), encoding="utf-8")
    before = all_paths(desk.parent)
    assert main(["add", "--", name]) == 0
    key = capsys.readouterr().out.partition(":")[0]
    assert is_key(key) and key == key.strip(".")
    assert main(["clean", "--xlsx", "--out", "out", "--", name]) in {0, 1}
    written = all_paths(desk.parent) - before
    raw = f"desk/data/raw/{key}"
    own = {raw, f"{raw}/origin.toml", f"{raw}/{name}"}
    rest = {path for path in written - own if not path.startswith("desk/out/")}
    assert own <= written and rest <= {"desk/out"}
    assert budgetkit.read(key).files[0][0] == name
    captured = capsys.readouterr()
    assert captured.err == "" and captured.out.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8 are Linux's")
def test_a_name_that_is_no_text_is_written_as_escapes(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = os.fsdecode(b"x\xff.md")
    Path(name).write_text(markdown(), encoding="utf-8")
    assert main(["check", "--json", name]) in {0, 1}
    assert json.loads(capsys.readouterr().out)["document"]["source"] == "x\\udcff.md"
    assert main(["clean", "--out", "out", name]) in {0, 1}
    assert main(["add", name]) == 0
    assert main(["report", "--out", "reports", name]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "rename it" in captured.err
    assert not Path("reports").exists()


KEYS = ["../x", "..", ".", "", "/abs", "a/b", "a\\b", "-x", ".x", "a\n", "a;b", "$(id)", "a b",
        "a\x00", "ключ", "a" * 101, "C:x"]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
def test_a_key_that_is_no_plain_name_is_refused(
    key: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("d.md").write_text(markdown(), encoding="utf-8")
    before = all_paths(desk.parent)
    assert main(["add", f"--key={key}", "d.md"]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "a key is made of ASCII" in captured.err
    assert all_paths(desk.parent) == before


def test_keys_made_from_names_are_plain_names() -> None:
    digest = "0123456789abcdef" * 4
    for stem in ["../../x", "a/b", "..", "-", "预算", "x" * 300, "预" * 300, "a\n;b", "x" * 100]:
        assert is_key(key_of(stem, digest)), stem
    assert key_of("x" * 300, digest) != key_of("x" * 300, digest[::-1])


def card(**entries: str) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in entries.items())


@pytest.mark.parametrize("place", [".", ".."])
def test_the_key_of_a_carded_file_is_its_folders_name_wherever_one_stands(
    place: str, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a report made from within the folder would replace all reports, one above it more."""
    folder = desk / "office-2026"
    (folder / "inside").mkdir(parents=True)
    (folder / "d.md").write_text(markdown(), encoding="utf-8")
    digest = find_source(folder / "d.md").sha256
    (folder / "origin.toml").write_text(card(file="d.md", sha256=digest), encoding="utf-8")
    monkeypatch.chdir(folder if place == "." else folder / "inside")
    assert find_source(Path(place) / "d.md").key == "office-2026"
    before = all_paths(desk.parent)
    assert main(["clean", "--out", "out", str(Path(place) / "d.md")]) in {0, 1}
    out = (Path.cwd() / "out").relative_to(desk.parent).as_posix()
    written = all_paths(desk.parent) - before
    assert {p for p in written if not p.startswith(f"{out}/office-2026")} == {out}


@posix
def test_a_link_in_a_folder_leads_nowhere_else(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = desk.parent / "secret.md"
    outside.write_text(markdown("秘密"), encoding="utf-8")
    folder = desk / "office-2026"
    folder.mkdir()
    (folder / "a.md").symlink_to(outside)
    for source in (folder, Path("data/raw/office-2026")):
        if not source.exists():
            source.parent.joinpath(source.name).symlink_to(folder)
        with pytest.raises(SourceError, match="a link to a place outside its folder"):
            budgetkit.read(source)
    digest = find_source(outside).sha256
    (folder / "origin.toml").write_text(card(file="a.md", sha256="0" * 64), encoding="utf-8")
    with pytest.raises(SourceError, match="has changed"):
        budgetkit.read(folder)
    (folder / "origin.toml").write_text(card(file="a.md", sha256=digest), encoding="utf-8")
    assert budgetkit.read(folder).key == "office-2026"  # as data that lie in an archive elsewhere
    (folder / "origin.toml").unlink()
    (folder / "a.md").unlink()
    (folder / "a.md").write_text(markdown(), encoding="utf-8")
    (folder / "b.md").symlink_to("a.md")
    assert len(budgetkit.read(folder).files) == 2


def test_a_card_names_no_file_outside_and_costs_one_line(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk.parent / "secret.md").write_text(markdown("秘密"), encoding="utf-8")
    folder = desk / "office-2026"
    folder.mkdir()
    (folder / "d.md").write_text(markdown(), encoding="utf-8")
    deep = f"a = {'[' * 5000}{']' * 5000}\n"
    for text in (card(file="../../secret.md", sha256="0" * 64), deep, "\x00"):
        (folder / "origin.toml").write_text(text, encoding="utf-8")
        assert main(["check", str(folder)]) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1 and captured.out == ""
        assert "秘密" not in captured.err


@posix
@pytest.mark.parametrize("name", ["n" * 300, "n" * 300 + "/x.md", "x\x00y"], ids=range(3))
def test_a_name_that_no_file_can_have_is_one_line(
    name: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["check"], ["add"], ["compare"], ["clean"]):
        assert main([*command, name]) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1 and "\x00" not in captured.err


@posix
def test_a_corpus_of_hostile_names_stays_in_its_folder(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    markup = "<script>window.ran=1</script>"
    names = ["<img src=x onerror=ran()>.md", "$(touch pwned).md", "line\nend.md", "..%2f..%2fx.md",
             "documents.md", "a" * 250 + ".md"]  # fmt: skip
    folder = Path("from the web")
    (folder / "reports").mkdir(parents=True)
    for number, name in enumerate(names):
        text = markdown(markup, label=f"{markup}{number}") if number else "<b>no disclosure</b>"
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "reports" / "x.md").write_text(markdown(), encoding="utf-8")
    before = all_paths(desk.parent)
    main(["corpus", str(folder), "--out", "out", "--workers", "1"])
    captured = capsys.readouterr()
    written = all_paths(desk.parent) - before
    assert {path for path in written if not path.startswith("desk/out/")} == {"desk/out"}
    for path in written:
        assert path.isascii() and not set(path) & set("\n<>$( ;")
    page = (desk / "out" / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;" in page and "onerror=ran()&gt;" in page
    assert "default-src 'none'" in page
    assert all(line.startswith("budgetkit: ") for line in captured.err.splitlines())


# --- what SECURITY.md says -----------------------------------------------------------------------
def test_the_limits_that_are_told_are_those_of_the_code() -> None:
    page = (Path(__file__).parent.parent / "SECURITY.md").read_text(encoding="utf-8")
    table = page.partition("## Limits")[2].partition("\n## ")[0]
    limits = Limits()
    heap = next(o.removeprefix("-Xmx")[:-1] for o in java._JAVA_OPTIONS if o.startswith("-Xmx"))
    for told in (
        f"{sources.MAX_BYTES // 2**20} MB",
        f"{zips._MOST_PARTS:,}; {zips._MOST_BYTES // 2**20} MB; {zips._MOST_XML // 2**20} MB",
        f"from {zips._RATIO_FROM // 2**20} MB | {zips._HIGHEST_RATIO} times",
        f"{parts._MOST_MARKS:,}",
        f"{lines.MOST_SIGNS:,}",
        f"{xlsx_cells._MOST_CELLS:,}; {xlsx_cells._MOST_ROWS:,}; {xls_cells._MOST_COLUMNS:,}",
        f"{lengths._LONGEST_PARAGRAPH:,}; {lengths._LONGEST_CELL:,}",
        f"{web._MOST_CELLS:,}",
        f"{pdf._MOST_PAGES:,}; {java._SECONDS} seconds; {heap} MB",
        f"{limits.seconds:.0f} seconds; {limits.megabytes:,} MB",
    ):
        assert told in table, told
    assert f"at most {sources._LONGEST_KEY} signs" in page
