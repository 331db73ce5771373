"""The report: complete, self-contained, escaped, and never worse than the one before."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import papermill
import pytest

import budgetkit
from budgetkit.cli import main
from budgetkit.errors import SourceError
from budgetkit.handover import hand_over
from budgetkit.pages import ReportError, chapters, find_notebooks, link_numbers, plan_pages
from budgetkit.report import write_report

ROOT = Path(__file__).parent.parent
EVIL = "<img src=x onerror=alert(1)>"
TINY = f"""# 某局{EVIL}2026年部门预算公开

## 部门支出总体情况表

编制部门：{EVIL}

单位：万元

| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 总计 | 7.00 | 4.00 | 3.00 |
| 208 | 社会保障和就业支出 | 4.00 | 2.00 | 3.00 |
| 210 | 卫生健康支出{EVIL} | 3.00 | 2.00 |  |
"""


class Page(HTMLParser):
    """What a page names: links to follow, addresses to load, ids, tags and attributes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name.startswith("on"):
                self.handlers.append(name)
            if tag == "a" and name == "href" and value:
                self.links.append(value)
            elif name in {"src", "srcset", "href", "data", "poster", "action"} and value:
                self.loads.append(value)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raw") / "tiny.md"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def site(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a document of one table, whose department name is markup."""
    lines: list[str] = []
    index = write_report(tiny, tmp_path_factory.mktemp("reports"), progress=lines.append)
    made = [chapter for chapter in chapters() if chapter.needs not in {"standards", "targets"}]
    assert len(lines) == len(made) + 1, "a line a page that is made, and one at the end"
    return index.parent


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.name: Page(path) for path in site.glob("*.html")}


def one_cell(folder: Path, source: str) -> Path:
    """Notebooks that do nothing but run one cell."""
    folder.mkdir()
    for chapter in chapters():
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(
                    'document = ""\ntable = 0', metadata={"tags": ["parameters"]}
                ),
                nbformat.v4.new_code_cell(source),
            ],
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            },
        )
        nbformat.write(notebook, folder / chapter.notebook)
    return folder


def test_every_page_is_reachable_from_the_start_page(pages: dict[str, Page]) -> None:
    assert set(pages) == {"index.html", "table-01.html"} | {
        chapter.page for chapter in chapters() if not chapter.each
    }
    assert set(pages) - {"index.html"} <= set(pages["index.html"].links)
    assert all("index.html" in page.links for page in pages.values())


def test_a_document_without_standards_and_targets_says_so_on_one_line(
    pages: dict[str, Page],
) -> None:
    for chapter in chapters():
        if chapter.needs in {"standards", "targets"}:
            main = pages[chapter.page].text.split("<main", 1)[1].split("</main>")[0]
            assert re.findall(r"<p>(.*?)</p>", main) == [chapter.none]
            assert "<img" not in main and "<h2" not in main and "<table" not in main


def test_every_link_leads_to_a_page_and_a_place_in_it(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for link in page.links:
            file, _, place = link.partition("#")
            assert file in pages or not file, link
            assert not place or place in pages[file or name].ids, link


def test_no_outside_address_is_loaded(site: Path, pages: dict[str, Page]) -> None:
    for page in pages.values():
        for address in page.loads:
            assert address.startswith("data:") or (site / address).is_file(), address
    styles = [*(page.text for page in pages.values())]
    styles += [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    for text in styles:
        for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
            assert address.startswith("data:") or (site / "assets" / address).is_file(), address
        assert "@import" not in text
        assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)


def test_the_font_comes_with_the_report(site: Path) -> None:
    shipped = ROOT / "budgetkit" / "fonts" / "NotoSansSC-subset.woff2"
    assert (site / "assets" / shipped.name).read_bytes() == shipped.read_bytes()


def test_text_of_the_document_runs_nothing(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert "script" not in page.tags
        assert not page.handlers
        assert EVIL not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in pages["index.html"].text


def test_pages_show_results_and_keep_the_code_within_reach(pages: dict[str, Page]) -> None:
    table = pages["table-01.html"]
    assert "bk-table" in table.text and "data:image/png;base64," in table.text
    assert '<details class="code">' in table.text
    assert table.text.count('id="t1.r2.c3"') == 1
    assert "Traceback" not in table.text


def test_findings_link_to_the_cell(pages: dict[str, Page]) -> None:
    assert "table-01.html#t1.r2.c3" in pages["index.html"].links
    assert "table-01.html#t1.r2.c3" in pages["arithmetic.html"].links


def test_the_start_page_says_what_was_read_and_how(tiny: Path, pages: dict[str, Page]) -> None:
    text = pages["index.html"].text
    disclosure = budgetkit.read(tiny)
    assert disclosure.sha256 in text
    assert "1 <em>inconsistent</em>" in text
    assert f"budgetkit report {tiny.name}" in text
    assert budgetkit.__version__ in text
    for number in ("7.00", "4.00", "3.00"):
        assert number in text


def test_nothing_but_the_report_is_left_behind(site: Path) -> None:
    assert [path.name for path in site.parent.iterdir()] == ["tiny"]
    assert not list(site.rglob("*.ipynb"))


def test_a_failed_notebook_leaves_the_old_report_and_names_the_cell(
    tiny: Path, tmp_path: Path
) -> None:
    old = tmp_path / "reports" / "tiny" / "index.html"
    old.parent.mkdir(parents=True)
    old.write_text("the last good report", encoding="utf-8")
    notebooks = one_cell(tmp_path / "notebooks", "amounts = []\namounts[3]")
    with pytest.raises(ReportError) as failure:
        write_report(tiny, tmp_path / "reports", progress=lambda _: None, notebooks=notebooks)
    message = str(failure.value)
    assert any(chapter.notebook in message for chapter in chapters())
    assert "cell [" in message and "IndexError: list index out of range" in message
    assert "\n" not in message
    assert old.read_text(encoding="utf-8") == "the last good report"
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["tiny"]


def test_a_new_report_takes_the_place_of_the_old_one(tiny: Path, tmp_path: Path) -> None:
    stale = tmp_path / "reports" / "tiny" / "table-99.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("of another document", encoding="utf-8")
    notebooks = one_cell(tmp_path / "notebooks", "1 + 1")
    index = write_report(tiny, tmp_path / "reports", progress=lambda _: None, notebooks=notebooks)
    assert index.is_file() and not stale.exists()
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["tiny"]


def test_a_folder_that_cannot_be_written_is_named(tiny: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "reports"
    blocked.write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(SourceError, match="cannot be written"):
        write_report(tiny, blocked, progress=lambda _: None)
    assert blocked.read_text(encoding="utf-8") == "a file, not a folder"


def test_missing_notebooks_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=re.escape(chapters()[0].notebook)):
        find_notebooks(tmp_path)


def test_the_command_exits_with_2_for_a_source_that_is_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["report", "no-such-document", "--out", str(tmp_path)]) == 2
    assert "no-such-document" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_every_table_has_a_page_and_only_known_numbers_become_links() -> None:
    disclosure = budgetkit.read("kezhou-hrss-2026")
    pages = plan_pages(disclosure, "kezhou-hrss-2026")
    files = [page.file for page in pages]
    assert files[:11] == [f"table-{number:02}.html" for number in range(1, 12)]
    assert len(set(files)) == len(files)
    html = '<span data-number="t7.r11.c11">3.00</span> <span data-number="x">1</span>'
    assert link_numbers(html, disclosure, pages) == (
        '<a href="table-07.html#t7.r11.c11">3.00</a> <span data-number="x">1</span>'
    )


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.notebook)
def test_notebooks_keep_the_house_style(chapter: object) -> None:
    path = ROOT / "notebooks" / chapter.notebook  # type: ignore[attr-defined]
    notebook = nbformat.read(path, as_version=4)
    assert len(notebook.cells) <= 25
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ") and "?" in notebook.cells[0].source
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    for line in tagged[0].source.splitlines():
        json.loads(line.partition("=")[2])
    assert "assert " in notebook.cells[-1].source
    assert any("What this does not show" in cell.source for cell in notebook.cells)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(?:home|root|tmp|work|Users)/", text)
    assert '"execution": {' not in text and '"papermill"' not in text, "no times of one run"


def test_notebooks_take_over_what_the_report_has_read(tiny: Path, tmp_path: Path) -> None:
    """In another process, as notebooks run; a source that has changed is read again."""
    source = tmp_path / "tiny.md"
    source.write_bytes(tiny.read_bytes())
    disclosure = budgetkit.read(source)
    reconciliation = budgetkit.check(disclosure)
    reconciliation.disclosure.title = "handed over"
    script = (
        "import sys, budgetkit; d = budgetkit.read(sys.argv[1]); r = budgetkit.check(d);"
        "print(d.title, len(r.check_list), r.disclosure is d)"
    )

    def ask() -> str:
        run = [sys.executable, "-c", script, str(source)]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()

    with hand_over(reconciliation, str(source), tmp_path):
        assert ask() == f"handed over {len(reconciliation.check_list)} True"
        source.write_text(TINY.replace("7.00", "8.00"), encoding="utf-8")
        assert not ask().startswith("handed over")
    source.write_bytes(tiny.read_bytes())
    assert not ask().startswith("handed over")


def test_a_kernel_that_does_not_start_is_started_again(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = papermill.execute_notebook
    starts: list[str] = []

    def execute(source: str, *args: object, **kwargs: object) -> object:
        starts.append(source)
        if starts.count(source) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return run(source, *args, **kwargs)

    monkeypatch.setattr(papermill, "execute_notebook", execute)
    notebooks = one_cell(tmp_path / "notebooks", "print(table)")
    index = write_report(tiny, tmp_path / "reports", progress=lambda _: None, notebooks=notebooks)
    assert index.is_file()
    assert max(map(starts.count, starts)) >= 2


def test_a_report_is_written_where_it_is_asked_for_after_one_in_a_folder_that_is_gone(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs that overlap leave nothing behind: papermill keeps one working folder for all threads."""
    notebooks = one_cell(tmp_path / "notebooks", "import os; print(os.getcwd())")
    desks = [tmp_path / name for name in ("first", "second")]
    for desk in desks:
        desk.mkdir()
        monkeypatch.chdir(desk)
        write_report(tiny, "reports", progress=lambda _: None, notebooks=notebooks)
        pages = list((desk / "reports").glob("*/*.html"))
        assert any(desk.name in page.read_text(encoding="utf-8") for page in pages)
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(desk)
