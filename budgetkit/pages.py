"""The pages of a report: which notebooks make them, how they are run, how they become HTML."""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from budgetkit.disclosure import Disclosure
from budgetkit.display import table_name
from budgetkit.errors import SourceError
from budgetkit.html import table_css
from budgetkit.language import language, told
from budgetkit.vocabulary import load

__all__ = [
    "Chapter",
    "Page",
    "ReportError",
    "chapters",
    "find_notebooks",
    "link_numbers",
    "plan_pages",
    "render_page",
    "run_pages",
    "templates",
]

_SHOWN = ["text/html", "image/png", "text/plain"]
Notebook = Any
"""A notebook as nbformat reads it."""

_REFERENCE = re.compile(r'<span data-number="([^"]+)">(.*?)</span>', re.DOTALL)
_TITLE = re.compile(r"\A#\s+", re.MULTILINE)


class ReportError(SourceError):
    """A report that could not be made: which notebook, which cell, the error."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A notebook of the report and how often it is run; `part`: whose numbers its pages show.

    Where the document holds nothing of what it `needs`, its page is the line `none`.
    """

    notebook: str
    page: str
    en: str
    zh: str
    about: str
    each: str = ""
    part: str = ""
    needs: str = ""
    none: str = ""
    about_zh: str = ""
    none_zh: str = ""

    @property
    def title(self) -> str:
        """What the chapter is called in the language in use."""
        return self.zh if language() == "zh" else self.en

    @property
    def summary(self) -> str:
        """What it shows."""
        return self.about_zh if language() == "zh" else self.about

    @property
    def absence(self) -> str:
        """What its page says where the document holds nothing for it."""
        return self.none_zh if language() == "zh" else self.none


@dataclass(frozen=True, slots=True)
class Page:
    """One HTML page: the chapter it belongs to, its file, titles and notebook parameters.

    With `absent` the page is that one line, since the document has nothing for its notebook.
    """

    chapter: Chapter
    file: str
    title: str
    zh: str
    short: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    absent: str = ""


@functools.cache
def chapters() -> tuple[Chapter, ...]:
    """The chapters of the report in their order, from ``vocabulary/report.toml``."""
    return tuple(Chapter(**row) for row in load("report.toml")["chapter"])


def templates() -> Path:
    """The folder of templates and style sheets that ships with the package."""
    return Path(str(files("budgetkit").joinpath("templates")))


def find_notebooks(folder: str | Path | None = None) -> Path:
    """The folder of notebooks: the one given, else ``notebooks/`` beside the package.

    In another language than English it is the folder of that name in it. The notebooks are part
    of the project, not of the package. Raises ReportError where the folder
    or one of the notebooks is missing.
    """
    place = Path(folder) if folder else Path(__file__).resolve().parent.parent / "notebooks"
    if language() != "en":
        place = place / language()
    missing = [c.notebook for c in chapters() if not (place / c.notebook).is_file()]
    if missing:
        raise ReportError(
            f"{place}: {', '.join(missing)} not found; the report is made from the project's "
            "notebooks, run it from a copy of the project with its notebooks/ folder"
        )
    return place


def plan_pages(disclosure: Disclosure, document: str) -> list[Page]:
    """The pages of a report on a document, in reading order; `document` is what notebooks get."""
    pages = []
    given = {"document": document, "language": language()}
    for chapter in chapters():
        if chapter.each != "table":
            absent = "" if _holds(disclosure, chapter.needs) else chapter.absence
            pages.append(
                Page(chapter, chapter.page, chapter.title, _below(chapter.zh), chapter.title,
                     given, told("none") if absent else "", absent)
            )  # fmt: skip
            continue
        for table in disclosure.budget_tables:
            count = len(table.cells)
            pages.append(
                Page(
                    chapter,
                    chapter.page.format(table=table.number),
                    told(
                        "Table {table} · {title}",
                        table=table.number,
                        title=table_name(table, language()),
                    ),
                    _below(table.title),
                    str(table.number),
                    {**given, "table": table.number},
                    told("{count} numbers", count=count) if count else told("no numbers"),
                )
            )
    return pages


def _below(chinese: str) -> str:
    """The Chinese title below an English one."""
    return "" if language() == "zh" else chinese


def _holds(disclosure: Disclosure, needs: str) -> bool:
    """Whether the document holds anything of what a chapter is about."""
    if needs == "standards":
        from budgetkit.standards import standards_table

        return not standards_table(disclosure).empty
    if needs == "targets":
        return bool(disclosure.target_tables)
    return needs != "text" or bool(disclosure.lines)


def run_pages(
    pages: Sequence[Page],
    notebooks: Path,
    work: Path,
    progress: Callable[[str], object],
) -> Iterator[tuple[Page, Notebook]]:
    """Runs the notebook of every page that has one, as many at a time as there are cores.

    Yields each page with its notebook as it is finished.
    Raises ReportError with notebook, cell and error at the first that fails; those that wait are
    not started.
    """
    from papermill.iorw import local_file_io_cwd

    pages = [page for page in pages if not page.absent]
    workers = min(len(pages), _cores())
    started = time.monotonic()
    # Papermill sets its working folder aside for a run and puts it back, once for all threads: where
    # runs overlap, the last one puts back what another had set, and the next report would be
    # written in the folder of this one. So the folder is set here, before and after all of them.
    with local_file_io_cwd(), ThreadPoolExecutor(max_workers=max(workers, 1)) as pool:
        waiting: dict[Future[Notebook], Page] = {
            pool.submit(_run, page, notebooks, work): page for page in _longest_first(pages)
        }
        for count, done in enumerate(as_completed(waiting), start=1):
            page = waiting[done]
            try:
                notebook = done.result()
            except Exception:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            seconds = time.monotonic() - started
            progress(f"[{count:2}/{len(pages)}] {seconds:5.1f} s  {page.title}")
            yield page, notebook


def _longest_first(pages: Sequence[Page]) -> list[Page]:
    """Pages that are made once look at the whole document: begin with them."""
    return sorted(pages, key=lambda page: bool(page.chapter.each))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(page: Page, notebooks: Path, work: Path) -> Notebook:
    import papermill
    from papermill.exceptions import PapermillExecutionError

    source = notebooks / page.chapter.notebook
    target = work / f"{Path(page.file).stem}.ipynb"
    try:
        for start in range(_STARTS):
            try:
                return papermill.execute_notebook(
                    _literal(source),
                    _literal(target),
                    parameters=dict(page.parameters),
                    progress_bar=False,
                    request_save_on_cell_execute=False,
                    extra_arguments=["--log-level=50"],
                )
            except RuntimeError as error:
                # Two kernels that start at once may pick the same free port: one of them dies
                # before it has run a cell.
                if _NO_START not in str(error) or start + 1 == _STARTS:
                    raise
    except PapermillExecutionError as error:
        first = error.source.strip().splitlines()[0] if error.source.strip() else ""
        raise ReportError(
            f"{source.name} failed for {page.title}, cell [{error.exec_count}] `{first}`: "
            f"{error.ename}: {error.evalue}; the last report was left as it is"
        ) from error
    except Exception as error:  # a kernel that died, a notebook that is none, a full disk …
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ReportError(
            f"{source.name} could not be run for {page.title}: {reason}; "
            "the last report was left as it is"
        ) from error


_STARTS = 3
_NO_START = "Kernel died before replying"


def _literal(path: Path) -> str:
    """A path for papermill, which would fill in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def render_page(notebook: Notebook) -> str:
    """The body of a page from an executed notebook: its text and results, the code folded.

    The notebook's own title becomes a section, since the page has a title of its own.
    """
    for cell in notebook.cells[:1]:
        if cell.cell_type == "markdown":
            cell.source = _TITLE.sub("## ", cell.source, count=1)
    body, _ = _exporter().from_notebook_node(notebook)
    html = str(body).replace(f"<style>{table_css()}</style>\n", "")
    return html.replace("<summary>code</summary>", f"<summary>{told('code')}</summary>")


@functools.cache
def _exporter() -> Any:
    import nbconvert
    from traitlets.config import Config

    exporter: Any = nbconvert.HTMLExporter
    return exporter(
        # No Markdown, SVG or script that some output may bring: what is shown is escaped.
        config=Config({"NbConvertBase": {"display_data_priority": _SHOWN}}),
        template_name="page",
        extra_template_basedirs=[str(templates())],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )


def link_numbers(html: str, disclosure: Disclosure, pages: Sequence[Page]) -> str:
    """Makes every named number a link to its cell or sentence, where a page shows it."""
    homes = {page.parameters.get("table"): page.file for page in pages if page.chapter.each}
    parts = {p.chapter.part: p.file for p in pages if p.chapter.part and not p.chapter.each}
    places = {}
    for number in disclosure.ledger:
        home = homes.get(number.table) if number.part == "table" else parts.get(number.part)
        if home is not None:
            places[number.id] = f"{home}#{number.id}"

    def link(match: re.Match[str]) -> str:
        place = places.get(match[1])
        return f'<a href="{escape(place)}">{match[2]}</a>' if place else match[0]

    return _REFERENCE.sub(link, html)
