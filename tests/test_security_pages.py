"""Texts made to do harm, wherever somebody reads them: terminal, pages, notebooks, spreadsheets."""

from __future__ import annotations

import ast
import csv
import html
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import papermill.iorw
import papermill.parameterize
import pytest
from matplotlib.text import Text

import budgetkit
from budgetkit import explore, figures, package, render
from budgetkit.cli import main
from budgetkit.errors import SourceError
from budgetkit.pages import chapters, render_page
from budgetkit.report import _environment, write_report
from budgetkit.scenarios import find_scenarios
from budgetkit.summary import summarise
from budgetkit.workbook import build_workbook

from .browser import REASON, Browser
from .hostile import listening, markdown
from .workbooks import read_workbook

ROOT = Path(__file__).parent.parent
COMMANDS = "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\u202e\u2066"
UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
CLEAR = 'def","x"); import os; os.system("touch pwned")#'


def written(folder: Path, name: str, **texts: str) -> Path:
    path = folder / name
    path.write_text(markdown(**texts), encoding="utf-8")
    return path


# --- terminal ------------------------------------------------------------------------------------
@pytest.fixture
def commanding(tmp_path: Path) -> Path:
    """A document whose title, department, label and name command a terminal."""
    name = f"n{COMMANDS}.md" if os.name == "posix" else "n.md"
    return written(tmp_path, name, title=COMMANDS, label=COMMANDS, department=f"某{COMMANDS}局")


@pytest.mark.parametrize("command", [
    ["check"], ["check", "--all"], ["check", "--all", "--language", "zh"], ["check", "--json"],
    ["compare"], ["clean", "--out", "out"], ["add"], ["add", "--key", COMMANDS],
    ["check", COMMANDS], ["compare", COMMANDS], ["clean", f"--{COMMANDS}"],
    ["corpus", ".", "--out", "corpus", "--workers", "1"],
], ids=" ".join)  # fmt: skip
def test_no_text_of_a_document_commands_the_terminal(
    command: list[str], commanding: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(commanding.parent)
    Path("data/raw").mkdir(parents=True)
    main([*command, *([] if command[0] == "corpus" else [commanding.name])])
    captured = capsys.readouterr()
    printed = captured.out + captured.err
    assert printed and not UNSAFE.search(printed)
    assert "owned" in printed or command[0] in {"clean", "compare", "corpus"}


def test_no_answer_of_a_corpus_commands_the_terminal(
    commanding: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(commanding.parent)
    main(["corpus", ".", "--out", "corpus", "--workers", "1"])
    capsys.readouterr()
    for form in ([], ["--json"]):
        assert main(["query", "corpus", "--sql", "SELECT title FROM documents", *form]) == 0
        printed = capsys.readouterr().out
        assert "某局" in printed and not UNSAFE.search(printed)


def test_json_that_is_printed_says_the_same(
    commanding: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", "--json", str(commanding)])
    result = budgetkit.check(budgetkit.read(commanding))
    assert "owned" in result.disclosure.title
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(result.to_dict()))


def test_only_our_own_colours_reach_the_terminal(commanding: Path) -> None:
    result = budgetkit.check(budgetkit.read(commanding))
    lines = list(summarise(result, colour=True, everything=True))
    own = re.compile(r"\x1b\[(?:31;1|33;1|36;1|1|2)m(.*?)\x1b\[0m")
    assert any(own.search(line) for line in lines)
    assert not [line for line in lines if UNSAFE.search(own.sub(r"\1", line))]
    assert len("\n".join(lines).splitlines()) == len(lines)


# --- pages ---------------------------------------------------------------------------------------
MARKUP = (
    '<script>window.ran=1</script><img src=x onerror="window.ran=1"><svg/onload=window.ran=1>'
    "</title></style></textarea><iframe src=http://203.0.113.1/f></iframe>"
    '" onmouseover="window.ran=1" x="\' autofocus onfocus=window.ran=1 <base href=//203.0.113.1>'
    "<meta http-equiv=refresh content=0;url=http://203.0.113.1><!--<a href=javascript:window.ran=1>"
    "![x](http://203.0.113.1/i) [x](javascript:window.ran=1) {{ 7 * 191 }} $\\frac{ $\u202e"
)
SHORT = '"><script>window.ran=1</script></title>\u202e'
TRAP = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\nraise SystemExit\n"
NAME = f"x{CLEAR}<img src=x onerror=window.ran=1>$(id){{y}}\u202e.md".replace("/", "")


class Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


# One worker makes the report and asks everything of it.
pytestmark = pytest.mark.xdist_group("hostile")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The report on a hostile document of a hostile name, made in a folder full of traps."""
    desk = tmp_path_factory.mktemp("desk")
    for module in ("budgetkit", "pandas", "matplotlib", "json", "ipykernel_launcher", "traitlets"):
        (desk / f"{module}.py").write_text(TRAP, encoding="utf-8")
    for config in ("ipython_config", "ipython_kernel_config", "jupyter_config"):
        (desk / f"{config}.py").write_text(TRAP, encoding="utf-8")
    (desk / "matplotlibrc").write_text("text.usetex: True\nbackend: module://trap\n")
    name = NAME if os.name == "posix" else "x.md"
    written(desk, name, title=SHORT, label=MARKUP, department=f"某{MARKUP}局")
    before = Path.cwd()
    os.chdir(desk)
    try:
        made = write_report(name, "reports", progress=lambda _: None).parent
        yield desk / made
    finally:
        os.chdir(before)


def test_a_notebook_runs_nothing_but_its_own_cells(site: Path) -> None:
    """Neither code in the name of its document, nor modules of the folder it is run in."""
    desk = site.parent.parent
    made = {path.name for path in desk.iterdir()} - {NAME}
    assert "reports" in made
    assert not [name for name in made if name.endswith(".ran") or "pwned" in name]
    for page in site.glob("*.html"):
        assert "SystemExit" not in page.read_text(encoding="utf-8")


def test_no_text_of_a_document_is_markup_on_a_page(site: Path) -> None:
    pages = sorted(site.glob("*.html"))
    assert len(pages) >= 6
    forbidden = {"script", "iframe", "base", "svg", "object", "embed", "form", "input", "textarea"}
    for page in pages:
        for tag, values in Tags(page).found:
            assert tag not in forbidden, (page.name, tag)
            assert not [name for name in values if name.startswith("on") or name == "autofocus"]
            for name in ("src", "href"):
                assert not re.match(r"\s*(?:javascript|https?:|//|data:text)", values.get(name, ""))
            assert "refresh" not in values.get("http-equiv", "")
            assert "url(" not in values.get("style", "")
        text = page.read_text(encoding="utf-8")
        assert "1337" not in text and not UNSAFE.search(text.replace("\t", ""))
    start = (site / "index.html").read_text(encoding="utf-8")
    assert html.escape("<script>window.ran=1</script>") in start and "[U+202E]" in start


def test_a_command_to_copy_is_quoted(site: Path) -> None:
    if os.name != "posix":
        pytest.skip("other systems allow no such names")
    start = (site / "index.html").read_text(encoding="utf-8")
    command = re.search(r'<pre class="stream">budgetkit report (.*?)</pre>', start, re.S)
    assert command is not None
    quoted = html.unescape(command[1])
    assert quoted.startswith("'") and quoted.endswith("'") and "$(id)" in quoted


def test_every_page_forbids_scripts_and_all_that_is_elsewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        policies = [v["content"] for t, v in Tags(page).found
                    if t == "meta" and v.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
        assert len(policies) == 1
        rules = {rule.split()[0]: rule.split()[1:] for rule in policies[0].split(";")}
        assert rules["default-src"] == ["'none'"] == rules["base-uri"] == rules["form-action"]
        assert "script-src" not in rules and "connect-src" not in rules
        for sources in rules.values():
            assert set(sources) <= {"'none'", "'self'", "file:", "data:", "'unsafe-inline'"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if REASON:
        pytest.skip(REASON)
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def test_in_a_browser_nothing_runs_and_nothing_is_asked_for(browser: Browser, site: Path) -> None:
    for page in site.glob("*.html"):
        browser.visit(page)
        assert browser.run("typeof window.ran") == "undefined"
        assert not [r for r in browser.requests if not r.startswith((site.as_uri(), "data:"))]
        assert not [error for error in browser.errors if "Content Security Policy" in error]
        assert browser.run("getComputedStyle(document.body).margin") == "0px", "its style is loaded"


def test_a_browser_would_refuse_what_slipped_onto_a_page(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    """The second wall: markup that was not escaped, in the frame of our own pages."""
    with listening() as outside:
        evil = (
            f'<img src="{outside.url}/i"><script>window.ran=1</script><b onclick="window.ran=1" '
            f'id="b">x</b><iframe src="{outside.url}/f"></iframe><style>@import "{outside.url}/c";'
            f'</style><link rel="stylesheet" href="{outside.url}/l"><video src="{outside.url}/v">'
            '</video><svg onload="window.ran=1"></svg>'
        )
        text = (site / "index.html").read_text(encoding="utf-8")
        page = tmp_path / "slipped.html"
        page.write_text(text.replace("</main>", evil + "</main>"), encoding="utf-8")
        browser.visit(page)
        browser.run("document.getElementById('b').click()")
        assert browser.run("typeof window.ran") == "undefined"
        assert outside.asked == []
        page.write_text(re.sub(r"<meta http-equiv=.*?>", "", text).replace("</main>", evil),
                        encoding="utf-8")  # fmt: skip
        browser.visit(page)
        assert browser.run("window.ran") == 1 and outside.asked, "this test could see it"


def test_templates_escape_what_they_are_given() -> None:
    assert _environment().from_string("{{ x }}").render(x="<b>&\"'") == "&lt;b&gt;&amp;&#34;&#39;"


# --- notebooks -----------------------------------------------------------------------------------
def test_an_output_of_another_kind_than_ours_is_not_shown() -> None:
    output = nbformat.v4.new_output("display_data", data={
        "text/markdown": "![x](http://203.0.113.1/i)", "image/svg+xml": "<svg onload=x()/>",
        "application/javascript": "window.ran=1", "text/latex": "$x$", "text/plain": "plain <b>",
    })  # fmt: skip
    cell = nbformat.v4.new_code_cell("show()", outputs=[output])
    shown = render_page(nbformat.v4.new_notebook(cells=[cell]))
    assert "plain &lt;b&gt;" in shown
    for part in ("203.0.113.1", "<svg", "window.ran", "<script"):
        assert part not in shown


@pytest.mark.parametrize("notebook", sorted(ROOT.glob("notebooks/**/*.ipynb")),
                         ids=lambda path: path.relative_to(ROOT).as_posix())  # fmt: skip
def test_parameters_that_contain_code_come_out_as_data(notebook: Path) -> None:
    codes = [CLEAR, "'''", '"""', "\\", "\\\"+exit()#", "\n\nexit()\n", "{exit()}", "\u2028exit()",
             "%%bash", "!touch pwned", "\x00", "'); exit('"]  # fmt: skip
    given: dict[str, Any] = {"document": "".join(codes), "documents": codes, "language": CLEAR}
    made = papermill.parameterize.parameterize_notebook(
        papermill.iorw.load_notebook_node(str(notebook)), given
    )
    cells = [c for c in made.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert len(cells) == 1
    found = {}
    for statement in ast.parse(cells[0].source).body:
        assert isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        found[statement.targets[0].id] = ast.literal_eval(statement.value)
    assert found == given


@pytest.mark.parametrize("code", [CLEAR, "__import__('os').system('touch pwned')", "../../etc"])
def test_a_parameter_that_is_no_document_or_language_is_told_in_one_line(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for call in (budgetkit.read, lambda code: budgetkit.compare.compare_documents([code])):
        with pytest.raises(SourceError, match="no such file") as failure:
            call(code)
        assert "\n" not in str(failure.value)
    with pytest.raises(ValueError, match="is not known; use one of en, zh"):
        budgetkit.use_language(code)
    assert list(tmp_path.iterdir()) == []


def test_pieces_shown_in_a_notebook_are_escaped(tmp_path: Path) -> None:
    source = written(tmp_path, "d.md", title=MARKUP, label=MARKUP, department=MARKUP)
    disclosure = budgetkit.read(source)
    result = budgetkit.check(disclosure)
    table = disclosure.table(1)
    pieces = [
        render.render_table(table, result), render.render_findings(result),
        render.render_origin(disclosure, table), render.render_narrative(result),
        render.render_targets(result), render.render_frame(render.tidy_frame(table, result)),
        render.render_sentences([MARKUP]),
    ]  # fmt: skip
    for piece in pieces:
        for shown in (str(piece), piece._repr_html_()):
            assert not re.search(r"<(?:script|img|svg|iframe|base|meta|a\b)", shown)
            assert "\u202e" not in shown
    assert any("&lt;script&gt;" in str(piece) for piece in pieces)


def test_sliders_show_their_sentence_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    disclosure = budgetkit.read("kezhou-hrss-2026")
    assert find_scenarios(disclosure)
    monkeypatch.setattr(explore, "describe_scenario", lambda _: "<img src=x onerror=ran()>")
    monkeypatch.setattr(explore, "find_scenarios", lambda d: find_scenarios(d)[:1])
    shown = explore.explore_standards(disclosure)
    sentence = shown.children[-1]  # type: ignore[union-attr]
    assert sentence.value == "&lt;img src=x onerror=ran()&gt;"


# --- pictures ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "label", ["$\\frac{", "$\\input{/etc/passwd}$", "$x^2$", "\\$ 5 $", "a_b^c"]
)
def test_a_dollar_in_a_label_is_a_dollar(label: str, tmp_path: Path) -> None:
    source = written(tmp_path, "d.md", title=label, label=label)
    disclosure = budgetkit.read(source)
    with matplotlib.rc_context({"text.usetex": True, "text.parse_math": True}):
        picture = figures.plot_composition(disclosure.table(1))
        picture.savefig(tmp_path / "p.png")
    texts = picture.findobj(Text)
    assert any(label in text.get_text().replace("\n", "") for text in texts)
    assert not [text for text in texts if text.get_parse_math() or text.get_usetex()]
    assert (tmp_path / "p.png").stat().st_size > 2000


# --- spreadsheets --------------------------------------------------------------------------------
FORMULAS = ["=1+1", "=cmd|'/C calc'!A0", "+1-2", "-2+3", "@SUM(1)", "\x01=1+1", "＝1+1", "＋1",
            "http://203.0.113.1/x", "mailto:x@y", "file:///etc/passwd", "internal:numbers!A1",
            "external:x.xlsx", "{=1+1}", "=HYPERLINK(\"http://203.0.113.1\",\"x\")"]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_text_in_the_workbook_is_no_formula_and_no_link(text: str, tmp_path: Path) -> None:
    source = written(tmp_path, "d.md", title=text, label=text, department=text)
    disclosure = budgetkit.read(source)
    data = build_workbook(disclosure, budgetkit.check(disclosure))
    shown = text.replace("\x01", "\ufffd")
    sheets = read_workbook(data)
    places = [(sheet, cell) for sheet in sheets.values() for cell, value in sheet.texts.items()
              if value.startswith(shown)]  # fmt: skip
    assert places
    if shown[0] in "=+-@＝＋":
        assert all(cell in sheet.quoted for sheet, cell in places)
    for sheet in sheets.values():
        for formula in sheet.formulas.values():
            assert re.fullmatch(r"[A-Z0-9:,()+-]+", formula), formula
        assert all(link for link in sheet.links.values()), "a link without a place inside"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.namelist():
            assert "externalLink" not in part
            if part.endswith(".rels"):
                assert b"External" not in archive.read(part), part


@pytest.mark.parametrize("text", [*FORMULAS, '"x",\n"y"', "a,b;c"])
def test_csv_keeps_the_text_exactly(text: str, tmp_path: Path) -> None:
    """It is data for machines: a sign before a text would change what the document says."""
    disclosure = budgetkit.read(written(tmp_path, "d.md", title="", label="标签"))
    disclosure.title = text
    schema = package.find_schema("problems")
    column = next(f.name for f in schema.fields if f.type == "string")
    rows = csv.reader(io.StringIO(package.csv_bytes(schema, [{column: text}]).decode(), newline=""))
    assert text in list(rows)[1]


def test_chapters_are_all_made_from_our_own_notebooks() -> None:
    """Nothing of a document names the notebook that is run."""
    assert {chapter.notebook for chapter in chapters()} <= {
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    }
