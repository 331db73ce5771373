"""The report in a real browser: it loads clean, is read in any size, light or dark, and on paper."""

from __future__ import annotations

import io
import itertools
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from budgetkit.report import write_report

from .browser import REASON, Browser

pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=REASON),
    # One worker makes the report and asks everything of it.
    pytest.mark.xdist_group("browser"),
]

ROOT = Path(__file__).parent.parent
SURVEY = (Path(__file__).parent / "survey.js").read_text(encoding="utf-8")
VIEWS: dict[str, dict[str, Any]] = {
    "wide and light": {"width": 1280, "prefers_color_scheme": "light"},
    "narrow and dark": {"width": 420, "prefers_color_scheme": "dark"},
    "paper": {"width": 718, "media": "print"},
}
SCREENS = list(VIEWS)[:2]
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")

EVIL = '<img src=x onerror="window.ran=1">'
HOSTILE = f"""# 某局{EVIL}2026年部门预算公开

## 部门支出总体情况表{EVIL}

编制部门：{EVIL}

单位：万元

| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出{EVIL} | 项目支出 |
|  | 总计 | 7.00 | 4.00 | 3.00 |
| 208 | 社会保障和就业支出{EVIL} | 4.00 | 2.00 | 3.00 |
| 210 | {EVIL} | 3.00 | 2.00 | {EVIL} |

## 一般公共预算支出情况表

单位：元

| 功能分类科目编码 | 功能分类科目名称 |{"".join(f" 第{n}类 |" for n in range(26))}
|  | 总计 |{" 1,234,567.89 |" * 26}
| 208 | 社会保障和就业支出 |{" 1,234,567.89 |" * 26}

第三部分 情况说明{EVIL}

一、关于{EVIL}2026年收支情况说明

某局{EVIL}2026年支出预算8.00万元，其中：{EVIL}基本支出4.00万元。

项目名称：{EVIL}

补贴标准：{EVIL}每人每月500元，补贴人数10人。
"""
FAULTY = (
    """<!doctype html><title>faulty</title><style>
@font-face{font-family:budgetkit;src:url(https://outside.invalid/font.woff2)}
body{font:16px budgetkit,sans-serif;background:#fff;color:#000;width:3000px}
p{color:#999}a:focus{outline:none}</style>
<h1>A page</h1><h3>that does all wrong</h3><p>faint \u0378</p><img src="data:,">
<a href="nowhere.html">a link</a><a href="#x"></a><details><summary>more</summary><i>folded</i></details>
<div style="overflow:hidden;width:50px"><div style="width:90px">cut off by its box</div></div>
<div id="box" style="overflow:auto;width:50px" tabindex="-1"><div style="width:90px">wide</div></div>
<script>console.error("so it says"); window.none.such</script>"""
    + EVIL
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the reference document, in English and Chinese."""
    out = tmp_path_factory.mktemp("reports")
    index = write_report("kezhou-hrss-2026", out, progress=lambda _: None, languages=("en", "zh"))
    return index.parent


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a document whose names are markup, with a table too wide for any sheet."""
    source = tmp_path_factory.mktemp("raw") / "hostile.md"
    source.write_text(HOSTILE, encoding="utf-8")
    return write_report(source, tmp_path_factory.mktemp("more"), progress=lambda _: None).parent


def look(browser: Browser, page: Path, view: str) -> dict[str, Any]:
    """What a page shows in one view, with the errors and requests of its loading."""
    browser.visit(page, **VIEWS[view])
    seen: dict[str, Any] = browser.run(SURVEY)
    return {**seen, "errors": browser.errors, "requests": browser.requests}


@pytest.fixture(scope="module")
def seen(browser: Browser, site: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Every page of the report in every view, the Chinese ones on the first screen."""
    pages = {view: sorted(site.glob("*.html")) for view in VIEWS}
    pages[SCREENS[0]] += sorted(site.glob("zh/*.html"))
    return {
        (view, page.relative_to(site).as_posix()): look(browser, page, view)
        for view in VIEWS
        for page in pages[view]
    }


Seen = dict[tuple[str, str], dict[str, Any]]


def told(seen: Seen, what: str, *views: str) -> dict[tuple[str, str], Any]:
    """Where a survey has something to say of one matter."""
    return {place: page[what] for place, page in seen.items() if page[what] and place[0] in views}


def test_the_pages_load_without_an_error(seen: Seen) -> None:
    assert len(seen) >= 4 * 16
    assert told(seen, "errors", *VIEWS) == {}


def test_nothing_is_asked_of_the_outside(seen: Seen, site: Path) -> None:
    asked = {request for page in seen.values() for request in page["requests"]}
    assert any(request.endswith(".woff2") for request in asked)
    own = (site.as_uri(), "data:")
    assert [request[:80] for request in asked if not request.startswith(own)] == []


def test_no_character_is_an_empty_box(seen: Seen, site: Path) -> None:
    """None is drawn as one, and the font that comes along has all Chinese by itself."""
    assert told(seen, "missing", *VIEWS) == {}
    assert all(page["font"] for page in seen.values())
    font = TTFont(ROOT / "budgetkit" / "fonts" / "NotoSansSC-subset.otf").getBestCmap()
    shown = {sign for page in seen.values() for sign in CHINESE.findall(page["characters"])}
    assert len(shown) > 500
    assert {sign for sign in shown if ord(sign) not in font} == set()


def test_every_link_leads_to_a_page_and_a_place_in_it(seen: Seen) -> None:
    pages = {name: page for (view, name), page in seen.items() if view == SCREENS[0]}
    lost = set()
    for name, page in pages.items():
        for link in page["links"]:
            file, _, place = link.partition("#")
            there = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), file)) if file else name
            )
            if there not in pages or (place and place not in pages[there]["ids"]):
                lost.add((name, link))
    assert sum(len(page["links"]) for page in pages.values()) > 300
    assert lost == set()


@pytest.mark.parametrize("view", SCREENS)
def test_no_page_is_wider_than_its_window(seen: Seen, view: str) -> None:
    """What is wide scrolls in a box of its own, which the keyboard reaches."""
    assert told(seen, "wide", view) == {}
    assert [p for p, page in seen.items() if p[0] == view and page["scroll"] > page["width"]] == []
    assert told(seen, "unreached", view) == {}
    assert told(seen, "cut", view) == {}


def test_pictures_are_told_in_words(seen: Seen) -> None:
    assert told(seen, "pictures", *VIEWS) == {}


def test_headings_are_in_order(seen: Seen) -> None:
    for place, page in seen.items():
        levels = page["levels"]
        assert levels[0] == 1 and levels.count(1) == 1, place
        skipped = [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1]
        assert skipped == [], place


def test_pages_have_a_language_and_titles_of_their_own(seen: Seen) -> None:
    pages = [page for (view, _), page in seen.items() if view == SCREENS[0]]
    assert all(page["language"] for page in pages)
    assert len({page["title"] for page in pages}) == len(pages)


@pytest.mark.parametrize("view", SCREENS)
def test_what_has_the_focus_is_marked_and_named(seen: Seen, view: str) -> None:
    assert told(seen, "unmarked", view) == {}
    assert told(seen, "nameless", view) == {}
    assert all(page["focusable"] for page in seen.values())


def test_the_keyboard_skips_the_navigation(browser: Browser, site: Path) -> None:
    browser.visit(site / "index.html")
    browser.press("Tab")
    left = "document.activeElement.getBoundingClientRect().left"
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run(left) >= 0, "it comes into sight"
    browser.press("Enter")
    browser.press("Tab")
    assert browser.run("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("view", SCREENS)
def test_text_stands_out_from_its_ground(seen: Seen, view: str) -> None:
    """A contrast of 4.5, 3 for large letters, as WCAG asks."""
    assert told(seen, "faint", view) == {}


def test_light_and_dark_are_two(seen: Seen) -> None:
    grounds = {
        view: {page["paper"] for (v, _), page in seen.items() if v == view} for view in VIEWS
    }
    assert [len(colours) for colours in grounds.values()] == [1, 1, 1]
    light, dark, paper = (next(iter(colours)) for colours in grounds.values())
    assert paper == "rgb(255, 255, 255)"
    assert (
        max(map(int, re.findall(r"\d+", dark)))
        < 60
        < 200
        < min(map(int, re.findall(r"\d+", light)))
    )


def test_on_paper_nothing_is_folded(seen: Seen) -> None:
    assert told(seen, "closed", SCREENS[0]), "there is something to unfold"
    assert told(seen, "closed", "paper") == {}
    assert told(seen, "cut", "paper") == {}


@pytest.mark.parametrize(
    ("report", "page"), [("site", "index"), ("site", "table-02"), ("hostile", "table-02")]
)
def test_on_paper_no_number_is_cut_off(
    browser: Browser, request: pytest.FixtureRequest, report: str, page: str
) -> None:
    """Every amount of wide tables and of the findings, folded ones too, is on the sheets."""
    browser.visit(request.getfixturevalue(report) / f"{page}.html")
    browser.run("document.querySelectorAll('.bk-frame').forEach(again => again.remove())")
    document = pypdfium2.PdfDocument(io.BytesIO(browser.paper()))
    printed = "".join(sheet.get_textpage().get_text_bounded() for sheet in document)
    texts = browser.run(
        "document.querySelectorAll('details').forEach(folded => folded.open = true),"
        "[...document.querySelectorAll('td.bk-amount, .bk-finding, .headlines dd')]"
        ".flatMap(el => el.innerText.match(/[\\d,]+\\.\\d\\d/g) ?? [])"
    )
    assert len(texts) > 20
    found = re.findall(r"[\d,]+\.\d\d", printed)
    assert {text for text in texts if found.count(text) < texts.count(text)} == set()


def test_text_of_the_document_runs_nothing(browser: Browser, hostile: Path) -> None:
    """Even without the pages' own ban on scripts: the text is escaped."""
    browser.send("Page.setBypassCSP", enabled=True)
    try:
        shown = 0
        for page in sorted(hostile.glob("*.html")):
            browser.visit(page)
            assert browser.run("window.ran === undefined"), page.name
            assert browser.run("document.querySelectorAll('img[src=x], [onerror]').length") == 0
            assert browser.errors == [] and not any("/x" in url[-2:] for url in browser.requests)
            shown += EVIL in browser.run("document.body.textContent")
        assert shown > 3
        faulty = hostile / "faulty.html"
        faulty.write_text(FAULTY, encoding="utf-8")
        browser.visit(faulty)
        assert browser.run("window.ran") == 1, "the same text unescaped would have run"
    finally:
        browser.send("Page.setBypassCSP", enabled=False)


def test_the_survey_sees_every_fault(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "faulty.html"
    page.write_text(FAULTY, encoding="utf-8")
    found = look(browser, page, "narrow and dark")
    assert found["missing"] == "\u0378"
    assert "p" in found["faint"] and "h1" not in found["faint"]
    assert found["scroll"] > found["width"] and "h1" in found["wide"]
    assert found["levels"] == [1, 3]
    assert found["pictures"] and "a" in found["unmarked"] and found["nameless"] == ["a"]
    assert found["unreached"] == ["div"] and found["cut"] == ["div"]
    assert found["closed"] == 1 and found["font"] == 0
    assert any("outside.invalid" in request for request in found["requests"])
    assert any(error.startswith("console") for error in found["errors"])
    assert any(error.startswith("exception") for error in found["errors"])


def test_chinese_pages_speak_chinese(seen: Seen) -> None:
    """No English sentence is left among what people read there; names of files and code are."""
    for (_, name), page in seen.items():
        if name.startswith("zh/"):
            assert page["language"] == "zh"
            assert page["title"] and not re.search(r"[A-Za-z]{3}", page["title"]), name
