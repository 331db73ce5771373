"""The report: the notebooks run on one document and made into a small site of HTML pages."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
from collections.abc import Callable, Sequence
from html import escape
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import budgetkit
from budgetkit.controls import encodable, show_page
from budgetkit.disclosure import Disclosure, read_disclosure
from budgetkit.display import Sign, describe_unit, find_sign, place_words, signs
from budgetkit.handover import hand_over
from budgetkit.language import in_language, joined, language, tell, told
from budgetkit.ledger import Number, fact_key
from budgetkit.pages import (
    Page,
    ReportError,
    chapters,
    find_notebooks,
    link_numbers,
    plan_pages,
    render_page,
    run_pages,
    templates,
)
from budgetkit.reconciliation import Reconciliation, check_disclosure
from budgetkit.render import render_findings, render_roster
from budgetkit.sources import find_source
from budgetkit.vocabulary import load

__all__ = ["ReportError", "write_report"]

_PACKAGES = ("budgetkit", "pandas", "numpy", "matplotlib", "papermill", "nbclient", "nbconvert")
_KINDS = {
    "budget": {"en": "Departmental budget", "zh": "部门预算公开"},
    "final_accounts": {"en": "Departmental final accounts", "zh": "部门决算公开"},
}
_FONT = "NotoSansSC-subset.woff2"


def write_report(
    source: str | Path,
    out: str | Path = "reports",
    progress: Callable[[str], object] = print,
    notebooks: str | Path | None = None,
    languages: Sequence[str] = ("en",),
) -> Path:
    """Runs the notebooks on one disclosure and writes ``out/<key>/``; returns its index.html.

    `languages` are en, zh or both; the first is at the root of the site, the second in a folder
    of its name, and every page links to its fellow.

    The site stands alone: nothing outside its folder is loaded. It is written beside its place
    and renamed when it is complete. Raises SourceError for a source that cannot be read or a
    folder that cannot be written, ReportError (one, too) where a notebook fails; a report that
    was there before then stays as it was.
    """
    if encodable(str(source)) != str(source):
        raise ReportError(f"{source}: the name is no UTF-8, and notebooks take no other; rename it")
    disclosure = read_disclosure(source)
    reconciliation = check_disclosure(disclosure)
    for name in languages:
        with in_language(name):
            find_notebooks(notebooks)
    target = Path(out) / disclosure.key
    partial = target.with_name(f".{disclosure.key}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        work = partial / "work"
        work.mkdir()
        with hand_over(reconciliation, str(source), work):
            _write_assets(partial)
            count = 0
            for name in languages:
                with in_language(name):
                    count += _write_site(
                        disclosure, reconciliation, find_notebooks(notebooks), partial, progress,
                        str(source), languages,
                    )  # fmt: skip
        shutil.rmtree(work)
        _put_in_place(partial, target)
    except OSError as error:
        raise ReportError(
            f"{target}: the report cannot be written ({error.strerror or error}); "
            "name another folder with --out, or mend its permissions"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    found = sum(finding.level == "inconsistent" for finding in reconciliation.finding_list)
    progress(f"{count} pages, {found} inconsistent findings: {target / 'index.html'}")
    return target / "index.html"


def _put_in_place(partial: Path, target: Path) -> None:
    """Puts the finished site where the old one was; the old one goes last."""
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    if target.exists():
        target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write_site(
    disclosure: Disclosure,
    reconciliation: Reconciliation,
    notebooks: Path,
    site: Path,
    progress: Callable[[str], object],
    source: str,
    languages: Sequence[str],
) -> int:
    """Writes the pages in the language in use and returns how many they are."""
    first = language() == languages[0]
    folder = site if first else site / language()
    folder.mkdir(exist_ok=True)
    work = site / "work" / language()
    work.mkdir()
    pages = plan_pages(disclosure, source)
    root = "" if first else "../"
    picture = _write_picture(disclosure, site / "assets", root)
    layout = _environment().get_template("layout.html.j2")
    shell = {**_shell(disclosure, pages), "root": root, "fellows": _fellows(languages)}
    order = list(pages)

    def write(page: Page, content: str) -> None:
        position = order.index(page)
        html = layout.render(
            **shell,
            title=page.title,
            current=page.file,
            body=_title(page) + content,
            previous=order[position - 1] if position else None,
            following=order[position + 1] if position + 1 < len(order) else None,
        )
        (folder / page.file).write_text(show_page(html), encoding="utf-8")

    for page in order:
        if page.absent:
            write(page, f"<p>{escape(page.absent)}</p>")
    for page, notebook in run_pages(order, notebooks, work, progress):
        write(page, link_numbers(render_page(notebook), disclosure, pages))
    overview = _overview(disclosure, reconciliation, pages, picture, source)
    html = layout.render(
        **shell, title=told("Overview"), current="index.html", body=overview,
        previous=None, following=order[0] if order else None,
    )  # fmt: skip
    (folder / "index.html").write_text(show_page(html), encoding="utf-8")
    return len(pages) + 1


def _write_assets(folder: Path) -> None:
    assets = folder / "assets"
    assets.mkdir()
    css = [(templates() / name).read_text(encoding="utf-8") for name in _STYLES]
    (assets / "report.css").write_text("\n".join(css), encoding="utf-8")
    font = files("budgetkit").joinpath("fonts", _FONT).read_bytes()
    (assets / _FONT).write_bytes(font)


_NAMES = {"en": "English", "zh": "中文"}


def _fellows(languages: Sequence[str]) -> list[dict[str, str]]:
    """The other languages of the site: their code, name, and folder as seen from this page."""
    own = languages.index(language())
    return [
        {
            "code": name,
            "name": _NAMES[name],
            "folder": ("" if own == 0 else "../") + ("" if position == 0 else f"{name}/"),
        }
        for position, name in enumerate(languages)
        if position != own
    ]


_STYLES = ("table.css", "report.css")


def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(str(templates()))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["told"] = told
    environment.globals["language"] = language()
    return environment


def _title(page: Page) -> str:
    title = f"<h1>{escape(page.title)}</h1>\n"
    return f'{title}<p class="kicker" lang="zh">{escape(page.zh)}</p>\n' if page.zh else title


def _shell(disclosure: Disclosure, pages: Sequence[Page]) -> dict[str, Any]:
    """What the frame of every page needs."""
    return {
        "version": budgetkit.__version__,
        "document": disclosure.title,
        "groups": _groups(pages),
    }


def _groups(pages: Sequence[Page]) -> list[dict[str, Any]]:
    groups = []
    for chapter in chapters():
        own = [page for page in pages if page.chapter == chapter]
        if own:
            groups.append(
                {
                    "title": chapter.title,
                    "zh": "" if language() == "zh" else chapter.zh,
                    "about": chapter.summary,
                    "pages": own,
                }
            )
    return groups


def _write_picture(disclosure: Disclosure, assets: Path, root: str) -> dict[str, Any] | None:
    """The flow of funds for the start page. Also builds matplotlib's font list, once for all."""
    from budgetkit.figures import plot_flow

    picture = plot_flow(disclosure)
    if picture.nothing:
        return None
    name = f"flow-{language()}.png"
    picture.savefig(assets / name)
    width = round(picture.get_figwidth() * 100)
    return {"file": f"{root}assets/{name}", "width": width, "alt": picture.alt}


def _overview(
    disclosure: Disclosure,
    reconciliation: Reconciliation,
    pages: Sequence[Page],
    picture: dict[str, Any] | None,
    source: str,
) -> str:
    headlines = _headlines(disclosure, pages)
    units = {item["unit"] for item in headlines}
    findings = link_numbers(str(render_findings(reconciliation)), disclosure, pages)
    checks = next((page.file for page in pages if not page.chapter.each), "index.html")
    return str(
        _environment().get_template("overview.html.j2").render(
            kind=_KINDS.get(disclosure.kind, _KINDS["budget"]),
            year=disclosure.year,
            department=disclosure.department or disclosure.title,
            english=str(find_source(source).origin.get("title_en", "")),
            summary=reconciliation.summary(),
            headlines=headlines,
            unit=tell(joined((describe_unit(unit) for unit in sorted(units)), " and ")),
            picture=picture,
            levels=_levels(reconciliation),
            findings=findings,
            coverage=_coverage(reconciliation),
            arithmetic=checks,
            groups=_groups(pages),
            rosters=[(tell(place_words(r.where)), str(render_roster(r))) for r in disclosure.rosters],
            problems=[tell(problem.message) for problem in disclosure.problems],
            command=f"budgetkit report {shlex.quote(Path(source).name)}"
            + (f" --language {language()}" if language() != "en" else ""),
            made=_made(disclosure),
        )
    )  # fmt: skip


def _headlines(disclosure: Disclosure, pages: Sequence[Page]) -> list[dict[str, Any]]:
    """The printed totals that stand at the head of the start page, each with its cell."""
    homes = {page.parameters.get("table"): page.file for page in pages if page.chapter.each}
    first: dict[Any, Number] = {}
    for number in disclosure.ledger:
        if number.part == "table":
            first.setdefault(fact_key(number.facts), number)
    items = []
    for row in load("display.toml")["headline"]:
        found = first.get(fact_key(row["facts"]))
        if found is None:
            continue
        home = homes.get(found.table)
        items.append(
            {
                "name": row["zh"] if language() == "zh" else row["en"],
                "zh": "" if language() == "zh" else row["zh"],
                "text": found.text,
                "unit": found.unit,
                "href": f"{home}#{found.id}" if home else "",
            }
        )
    return items


def _levels(reconciliation: Reconciliation) -> list[dict[str, Any]]:
    found = [finding.level for finding in reconciliation.finding_list]
    return [
        {"name": sign.label, "hint": _hint(sign), "count": found.count(sign.id)}
        for sign in signs("level").values()
    ]


def _hint(sign: Sign) -> str:
    return str(load("messages.toml")[language()][f"{sign.id}_hint"])


def _coverage(reconciliation: Reconciliation) -> list[dict[str, Any]]:
    """By part of the document: how many numbers have which status, for the coloured bars."""
    from budgetkit.figures import coverage_frame

    rows = coverage_frame(reconciliation).to_dict("records")
    return [
        {
            "name": find_sign("part", row["part"]).label.capitalize(),
            "zh": "" if language() == "zh" else find_sign("part", row["part"]).zh,
            "numbers": row["numbers"],
            "statuses": [
                {"count": row[sign.id], "name": sign.label, "symbol": sign.symbol,
                 "fill": sign.fill, "ink": sign.ink}
                for sign in signs("status").values()
                if row.get(sign.id)
            ],
        }
        for row in rows
    ]  # fmt: skip


def _made(disclosure: Disclosure) -> list[tuple[str, str]]:
    """How the report was made: the document's file and sha256, and the versions."""
    made = [
        (told("Document"), disclosure.source),
        ("sha256", disclosure.sha256),
        (told("Read as"), disclosure.reader),
        ("Python", platform.python_version()),
    ]
    for name in _PACKAGES:
        try:
            made.append((name, version(name)))
        except PackageNotFoundError:
            # Run from a copy of the project that was not installed.
            made.append((name, budgetkit.__version__ if name == "budgetkit" else "unknown"))
    return made
