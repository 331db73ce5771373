"""How well are documents read and checked that nobody has seen before?

    python benchmarks/corpus.py FOLDER [--out FOLDER] [--only TEXT] [--record docs/corpus.md]

Reads and checks every document of a folder (PDF, Word, Excel, web page, text; a sub-folder is one
disclosure) in one process that was warmed up, and prints a row a document and a total a place. The
place is the key up to its first hyphen, or the column `place` of the folder's index.csv. --out
writes documents.csv, places.csv, lost.csv (what is nowhere: tokens of tables, amounts of sentences;
and tables of unknown kind) and a page, index.md. --record puts that page between the marks of a
page that is written by hand.

- tables: printed tables with at least one amount; recognised: those with a kind. Performance
  tables are counted apart.
- conserved: number tokens of all grids, counted from the blocks, that are in a cell, set aside
  with a reason or left over. characters: digits of the PDF's pages that are in a block.
- checked: numbers that take part in a check with an outcome other than not_checkable, looks at
  units, names and signs left out.
- seconds of tabula: bare `tabula.read_pdf` (lattice, JSON, all pages) on the same file, right
  before or after, in turns.
- memory: the most that the process (Python and Java) has ever held by then.
"""

from __future__ import annotations

import argparse
import csv
import logging
import platform
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

from conservation import (
    Conservation,
    count_narrative,
    count_tokens,
    digits_of_pages,
    digits_read,
)
from speed import machine_lines

from budgetkit.corpus import LIST, find_documents
from budgetkit.disclosure import Disclosure, read_source
from budgetkit.errors import SourceError
from budgetkit.pauses import collector_paused
from budgetkit.reconciliation import OUTCOMES, Reconciliation, check_disclosure
from budgetkit.sources import Source, find_source

MONEY = frozenset({"元", "千元", "万元", "亿元", "%"})
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
LEVELS = ("inconsistent", "implausible", "wording")


@dataclass
class Row:
    """What was measured of one document."""

    key: str
    place: str
    error: str = ""
    pages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """Printed amount tables by kind."""
    targets: int = 0
    empty: int = 0
    unknown: list[str] = field(default_factory=list)
    numbers: int = 0
    conservation: Conservation = field(default_factory=Conservation)
    characters: int = 0
    characters_read: int = 0
    table: int = 0
    table_checked: int = 0
    narrative: int = 0
    """Amounts and percentages that the paragraphs print."""
    narrative_lost: list[str] = field(default_factory=list)
    prose: int = 0
    prose_checked: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    read: float = 0.0
    check: float = 0.0
    tabula: float = 0.0
    processor: float = 0.0
    """Seconds of the processor for read and check, Java included."""
    tabula_processor: float = 0.0
    memory: float = 0.0

    @property
    def tables(self) -> int:
        """Printed amount tables."""
        return sum(self.kinds.values())

    @property
    def recognised(self) -> int:
        """Those of known kind."""
        return self.tables - self.kinds["unknown"]

    @property
    def ratio(self) -> float | None:
        """Read and check over bare tabula."""
        return (self.read + self.check) / self.tabula if self.tabula else None

    @property
    def processor_ratio(self) -> float | None:
        """The same in time of the processor, which a busy machine does not change."""
        return self.processor / self.tabula_processor if self.tabula_processor else None


def measure(path: Path, place: str, tabula_first: bool = False) -> Row:
    """Reads and checks one document, and counts.

    Of two runs over one file the second is a little faster, so that they take turns to be it.
    """
    try:
        source = find_source(path)
    except SourceError as error:
        return Row(path.stem, place, f"SourceError: {error}")
    row = Row(source.key, place)
    if tabula_first:
        row.tabula, row.tabula_processor = bare_tabula(source)
    start, processor = time.perf_counter(), time.process_time()
    try:
        with collector_paused():
            disclosure = read_source(source)
        middle = time.perf_counter()
        reconciliation = check_disclosure(disclosure)
        row.read, row.check = middle - start, time.perf_counter() - middle
        row.processor = time.process_time() - processor
    except SourceError as error:
        row.error = f"SourceError: {error}"
        return row
    except Exception as error:
        traceback.print_exc()
        row.error = f"{type(error).__name__}: {error}"
        return row
    row.memory = peak_memory()
    _count(row, disclosure, reconciliation)
    _count_characters(row, source, disclosure)
    if not tabula_first:
        row.tabula, row.tabula_processor = bare_tabula(source)
    return row


def _count(row: Row, disclosure: Disclosure, reconciliation: Reconciliation) -> None:
    for table in disclosure.budget_tables:
        if table.cells:
            row.kinds[table.kind.id] += 1
            if table.kind.id == "unknown":
                row.unknown.append(f"{table.title or 'no title'} ({table.where})")
        else:
            row.empty += 1
    row.targets = len(disclosure.target_areas)
    row.numbers = len(disclosure.ledger)
    row.conservation = count_tokens(disclosure)
    row.narrative, row.narrative_lost = count_narrative(disclosure)
    takes_part = {
        number
        for check in reconciliation.check_list
        if check.outcome != "not_checkable" and not check.identity.observed
        for number in check.numbers
    }
    for number in disclosure.ledger:
        if number.part == "table":
            row.table += 1
            row.table_checked += number.id in takes_part
        elif number.part == "prose" and number.unit in MONEY:
            row.prose += 1
            row.prose_checked += number.id in takes_part
    row.outcomes.update(check.outcome for check in reconciliation.check_list)
    row.levels.update(finding.level for finding in reconciliation.finding_list)
    row.rules.update(
        check.rule
        for check in reconciliation.check_list
        if check.outcome == "violated" and not check.identity.observed
    )
    row.problems.update(problem.kind for problem in disclosure.problems)


def _count_characters(row: Row, source: Source, disclosure: Disclosure) -> None:
    if len(source.files) > 1 or disclosure.reader != "pdf":
        return
    asides = [a for a in disclosure.set_aside if a.reason in {"page number", "running head"}]
    printed = digits_of_pages(source.data)
    read = digits_read(disclosure, asides)
    row.pages = len(printed)
    row.characters = sum(printed.values())
    row.characters_read = sum(min(read[page], count) for page, count in printed.items())


def bare_tabula(source: Source) -> tuple[float, float]:
    """Seconds, on the wall and of the processor, that tabula alone takes for the PDF of a source.

    All pages, lattice mode, JSON, in this process. A page that it cannot read ends its run: then
    page by page.
    """
    wall = processor = 0.0
    for file in source.files:
        if not file.data.startswith(b"%PDF"):
            continue
        failed, seconds, busy = _tabula(file.path, "all")
        if failed:
            times = [_tabula(file.path, page) for page in range(1, _pages(file.data) + 1)]
            seconds, busy = sum(t[1] for t in times), sum(t[2] for t in times)
        wall, processor = wall + seconds, processor + busy
    return wall, processor


def _tabula(path: Path, pages: str | int) -> tuple[str, float, float]:
    import jpype
    import tabula

    start, busy = time.perf_counter(), time.process_time()
    failure = ""
    try:
        tabula.read_pdf(str(path), pages=pages, lattice=True, output_format="json")
    except jpype.JException as error:
        failure = str(error)
        print(f"bare tabula, {path.name}, pages {pages}: {failure}", file=sys.stderr)
    return failure, time.perf_counter() - start, time.process_time() - busy


def _pages(data: bytes) -> int:
    """The pages of a PDF; 0 where it is none, which reading it will tell."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return 0
    try:
        return len(document)
    finally:
        document.close()


def peak_memory() -> float:
    """The most memory (MB) that this process has held, Java in it included; 0 where unknown."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def places_of(folder: Path) -> Callable[[Path], str]:
    """Tells a document's place: from index.csv where it has such a column, else from its key."""
    known: dict[str, str] = {}
    listed = folder / LIST
    if listed.is_file():
        with listed.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row.get("place") and row.get("file"):
                    known[row["file"]] = row["place"]
    return lambda path: known.get(path.name) or path.stem.partition("-")[0]


def share(part: int, whole: int) -> str:
    """A share in percent; blank where there is nothing to share."""
    return f"{100 * part / whole:.1f}" if whole else ""


def record(name: str, place: str, rows: Sequence[Row]) -> dict[str, str]:
    """One line of the results: of one document, or the sum of several."""

    def total(of: Callable[[Row], float]) -> int:
        return int(sum(of(row) for row in rows))

    read = [row for row in rows if not row.error]
    tokens = total(lambda r: r.conservation.tokens)
    lost = total(lambda r: len(r.conservation.lost))
    checks = total(lambda r: sum(r.outcomes.values()))
    ratios = [row.ratio for row in read if row.ratio is not None]
    busy = [row.processor_ratio for row in read if row.processor_ratio is not None]
    return {
        "document": name,
        "place": place,
        "documents": str(len(rows)),
        "read": str(len(read)),
        "pages": str(total(lambda r: r.pages)),
        "tables": str(total(lambda r: r.tables)),
        "recognised": str(total(lambda r: r.recognised)),
        "recognised_percent": share(total(lambda r: r.recognised), total(lambda r: r.tables)),
        "empty_tables": str(total(lambda r: r.empty)),
        "performance_tables": str(total(lambda r: r.targets)),
        "numbers": str(total(lambda r: r.numbers)),
        "table_tokens": str(tokens),
        "lost_tokens": str(lost),
        "conserved_percent": f"{100 * (1 - lost / tokens):.2f}" if tokens else "",
        "leftovers_percent": f"{100 * total(lambda r: r.conservation.leftovers) / tokens:.2f}"
        if tokens
        else "",
        "characters_percent": share(
            total(lambda r: r.characters_read), total(lambda r: r.characters)
        ),
        "table_numbers": str(total(lambda r: r.table)),
        "table_checked_percent": share(total(lambda r: r.table_checked), total(lambda r: r.table)),
        "narrative_printed": str(total(lambda r: r.narrative)),
        "narrative_ledger_percent": share(
            total(lambda r: r.narrative - len(r.narrative_lost)), total(lambda r: r.narrative)
        ),
        "narrative_values": str(total(lambda r: r.prose)),
        "narrative_checked_percent": share(
            total(lambda r: r.prose_checked), total(lambda r: r.prose)
        ),
        "checks": str(checks),
        **{outcome: str(total(lambda r, o=outcome: r.outcomes[o])) for outcome in OUTCOMES},
        "violated_percent": f"{100 * total(lambda r: r.outcomes['violated']) / checks:.2f}"
        if checks
        else "",
        **{level: str(total(lambda r, x=level: r.levels[x])) for level in LEVELS},
        "seconds_read": f"{sum(row.read for row in read):.2f}",
        "seconds_check": f"{sum(row.check for row in read):.2f}",
        "seconds_tabula": f"{sum(row.tabula for row in read):.2f}",
        "ratio": f"{median(ratios):.2f}" if ratios else "",
        "processor_ratio": f"{median(busy):.2f}" if busy else "",
        "memory_mb": f"{max((row.memory for row in rows), default=0):.0f}",
        "error": rows[0].error if len(rows) == 1 else "",
    }


def results(rows: Sequence[Row]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The records of all documents, and those of all places with the whole last."""
    documents = [record(row.key, row.place, [row]) for row in rows]
    places = sorted({row.place for row in rows})
    totals = [record("", p, [row for row in rows if row.place == p]) for p in places]
    return documents, [*totals, record("", "all", rows)]


def page_lines(rows: Sequence[Row], command: str) -> Iterator[str]:
    """A readable page: what it ran on, the whole, places, kinds, rules, problems, documents."""
    documents, places = results(rows)
    whole = places[-1]
    yield f"{date.today().isoformat()}, `{command}`"
    yield ""
    yield "; ".join(machine_lines()) + f", tabula-py {version('tabula-py')}, {platform.machine()}."
    yield ""
    yield from _table(("figure", "measured", "at least"), _figures(rows, whole))
    yield "## By place\n"
    shown = ("place", "documents", "read", "tables", "recognised_percent", "numbers",
             "conserved_percent", "leftovers_percent", "table_checked_percent",
             "narrative_ledger_percent", "narrative_checked_percent", "checks", "violated",
             "inconsistent", "implausible",
             "wording", "ratio")  # fmt: skip
    yield from _table(shown, [[place[name] for name in shown] for place in places])
    yield "## Tables by kind\n"
    kinds = sum((row.kinds for row in rows), Counter[str]())
    yield from _table(("kind", "tables"), [[k, str(n)] for k, n in kinds.most_common()])
    yield "## Violated checks by rule\n"
    rules = sum((row.rules for row in rows), Counter[str]())
    yield from _table(("rule", "checks"), [[f"`{k}`", str(n)] for k, n in rules.most_common()])
    yield "## What was not read, or read with doubt\n"
    problems = sum((row.problems for row in rows), Counter[str]())
    yield from _table(("problem", "times"), [[f"`{k}`", str(n)] for k, n in problems.most_common()])
    yield "## By document\n"
    columns = ("document", "pages", "tables", "recognised", "performance_tables", "numbers",
               "conserved_percent", "table_checked_percent", "narrative_checked_percent", "checks",
               "violated", "inconsistent", "seconds_read", "seconds_check", "seconds_tabula",
               "ratio", "memory_mb")  # fmt: skip
    yield from _table(columns, [[d[name] for name in columns] for d in documents])
    failed = [[row.key, row.error] for row in rows if row.error]
    if failed:
        yield "## Could not be read\n"
        yield from _table(("document", "why"), failed)


def _figures(rows: Sequence[Row], whole: dict[str, str]) -> list[list[str]]:
    spoken = [row for row in rows if row.prose]
    percent = sum(row.outcomes["violated"] for row in rows)
    must = sum(sum(row.rules.values()) for row in rows)
    ratio = [row.ratio for row in rows if row.ratio is not None]
    return [
        ["documents read without an exception", f"{whole['read']} of {whole['documents']}", "all"],
        ["printed amount tables recognised with their kind",
         f"{whole['recognised_percent']}% ({whole['recognised']} of {whole['tables']})", "95%"],
        ["number tokens of table areas conserved",
         f"{whole['conserved_percent']}% ({whole['lost_tokens']} of {whole['table_tokens']} lost)",
         "100%"],
        ["left over, of these tokens", f"{whole['leftovers_percent']}%", "at most 0.5%"],
        ["digits of the pages in a block", f"{whole['characters_percent']}%", ""],
        ["table numbers that take part in a check", f"{whole['table_checked_percent']}%", "85%"],
        ["narrative values (万元, 元, %) in the ledger",
         f"{whole['narrative_ledger_percent']}% of {whole['narrative_printed']}", "95%"],
        ["narrative values (万元, 元, %) checked",
         f"{whole['narrative_checked_percent']}% of {whole['narrative_values']}"
         f" in {len(spoken)} documents", "60%"],
        ["checks violated, of all",
         f"{whole['violated_percent']}% ({percent}; {must} of them identities)", "at most 0.5%"],
        ["findings: inconsistent, implausible, wording",
         ", ".join(whole[level] for level in LEVELS), ""],
        ["read + check over bare tabula, median over documents",
         f"{whole['ratio']} (greatest {max(ratio, default=0):.1f}; in time of the processor "
         f"{whole['processor_ratio']})", "at most 2"],
        ["peak memory, Java included", f"{whole['memory_mb']} MB", "at most 700 MB"],
    ]  # fmt: skip


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield (
        "| "
        + " | ".join(name.replace("_percent", ", %").replace("_", " ") for name in heading)
        + " |"
    )
    yield "|" + "---|" * len(heading)
    for row in rows:
        yield "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in row) + " |"
    yield ""


def write_results(rows: Sequence[Row], out: Path, command: str) -> None:
    """documents.csv, places.csv, lost.csv and index.md."""
    out.mkdir(parents=True, exist_ok=True)
    documents, places = results(rows)
    for name, records in (("documents", documents), ("places", places)):
        with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(records)
    with (out / "lost.csv").open("w", encoding="utf-8", newline="") as file:
        lost = csv.writer(file, lineterminator="\n")
        lost.writerow(["document", "what", "text"])
        for row in rows:
            lost.writerows([row.key, "token", text] for text in row.conservation.lost)
            lost.writerows([row.key, "narrative value", text] for text in row.narrative_lost)
            lost.writerows([row.key, "unknown table", text] for text in row.unknown)
    (out / "index.md").write_text("\n".join(page_lines(rows, command)), encoding="utf-8")


def record_page(page: Path, lines: Sequence[str]) -> None:
    """Puts the measured page between the marks of a page that is written by hand."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{page}: the marks {BEGIN} and {END} are not in it; put them where it goes")
    body = "\n".join(lines).replace("\n## ", "\n### ")
    page.write_text(f"{before}{begin}\n{body}\n{end}{after}", encoding="utf-8")


def main() -> None:
    """Measures every document of the folder and prints the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="where documents.csv, places.csv, index.md go")
    parser.add_argument("--record", type=Path, help="a page that holds the two marks")
    parser.add_argument("--only", default="", help="documents whose name holds this text")
    options = parser.parse_args()
    logging.getLogger("tabula").setLevel(logging.CRITICAL)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        found = find_documents(options.folder).documents
    except SourceError as error:
        sys.exit(str(error))
    paths = [options.folder / each.name for each in found if options.only in each.name]
    if not paths:
        sys.exit(f"{options.folder}: no document's name holds '{options.only}'")
    place = places_of(options.folder)
    _warm_up(paths)
    rows = []
    for position, path in enumerate(paths, start=1):
        rows.append(measure(path, place(path), position % 2 == 0))
        print(f"[{position}/{len(paths)}] {path.name}: {rows[-1].error or _brief(rows[-1])}",
              file=sys.stderr, flush=True)  # fmt: skip
    command = f"python benchmarks/corpus.py {options.folder.name}"
    if options.out:
        write_results(rows, options.out, command)
    lines = list(page_lines(rows, command))
    if options.record:
        record_page(options.record, lines)
    for line in lines:
        print(line)


def _warm_up(paths: Sequence[Path]) -> None:
    """Documents up to the first PDF that can be read warm Java and the vocabulary up."""
    for path in sorted(paths, key=lambda path: path.suffix.lower() != ".pdf"):
        if not measure(path, "").error:
            return


def _brief(row: Row) -> str:
    return (
        f"{row.tables} tables, {row.numbers} numbers, {row.levels['inconsistent']} inconsistent, "
        f"{row.read:.1f} + {row.check:.1f} s, tabula {row.tabula:.1f} s, {row.memory:.0f} MB"
    )


if __name__ == "__main__":
    main()
