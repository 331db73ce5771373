"""Many disclosures at once: clean data, checks and a summary for every document of a folder."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import budgetkit
from budgetkit.errors import SourceError
from budgetkit.sources import ORIGIN, Source, find_source
from budgetkit.workers import Outcome, Work, run_tasks

__all__ = ["Entry", "Task", "find_documents", "write_corpus"]

RECORD = "corpus.json"
"""Lies beside a document's clean data: what its row of the summary says, and of what it was made."""
CHECK = "check.json"
REPORTS = "reports"
LIST = "index.csv"
_ENDINGS = frozenset(
    {".pdf", ".docx", ".doc", ".xlsx", ".xls", ".html", ".htm", ".md", ".txt", ".csv", ".tsv"}
)
_LEVELS = ("inconsistent", "implausible", "wording")
_COUNTS = ("tables", "numbers", "confirmed", "confirmed_by_rounding", "contradicted", "unchecked",
           "checks", "holds", "holds_by_rounding", "violated", "not_checkable")  # fmt: skip
COLUMNS = ("key", "status", "reason", "title", "department", "year", "kind", "reader", *_COUNTS,
           *_LEVELS, "problems", "seconds", "source", "sha256")  # fmt: skip
_FINDING = ("key", "id", "level", "rule", "title", "message", "places", "suspects")


@dataclass(frozen=True, slots=True)
class Task:
    """One document for a worker: where it is, under which key it is written, and where."""

    path: str
    key: str
    sha256: str
    out: str
    report: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One document's row of the summary. `status` is consistent, inconsistent or failed."""

    key: str
    source: str
    status: str
    reason: str = ""
    sha256: str = ""
    seconds: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)
    """title, department, year, kind, reader, and counts of numbers, checks, findings, problems."""
    findings: Sequence[Mapping[str, str]] = ()
    report: bool = False
    again: bool = False
    """Whether this run made it; else it was found from an earlier run."""

    @property
    def row(self) -> dict[str, Any]:
        """The entry by the columns of summary.csv."""
        return {**dict.fromkeys(COLUMNS, ""), **self.facts, "key": self.key,
                "status": self.status, "reason": self.reason, "sha256": self.sha256,
                "source": self.source, "seconds": f"{self.seconds:.2f}"}  # fmt: skip


def find_documents(folder: str | Path) -> tuple[list[Path], list[str]]:
    """The documents of a folder in the order of their names, and the names of other files in it.

    A sub-folder with files is one disclosure. Where the folder has an index.csv with a column
    `file`, that list says which files are documents; else every file with the ending of a format
    that can be read, README apart, is one. Raises SourceError where there is none.
    """
    base = Path(folder)
    if not base.is_dir():
        raise SourceError(f"{base}: there is no such folder; give a folder of disclosures")
    try:
        inside = sorted(path for path in base.iterdir() if not path.name.startswith("."))
        listed = _listed(base)
        found = [path for path in inside if _is_document(path, listed)]
    except OSError as error:
        raise SourceError(
            f"{base}: cannot be read ({error.strerror}); check the folder and its permissions"
        ) from error
    if not found:
        raise SourceError(
            f"{base}: there is no document in it; put PDF, Word, Excel, web or text files there, "
            "or a sub-folder for each disclosure"
        )
    others = [path.name for path in inside if path not in found and path.name not in {LIST, ORIGIN}]
    absent = sorted((listed or set()) - {path.name for path in inside})
    return found + [base / name for name in absent], others


def _listed(folder: Path) -> set[str] | None:
    """The names in the column `file` of index.csv, None where there is no such list."""
    path = folder / LIST
    if not path.is_file():
        return None
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: the list cannot be read ({error}); save it as UTF-8") from error
    names = {row["file"].strip() for row in rows if row.get("file")}
    return names or None


def _is_document(path: Path, listed: set[str] | None) -> bool:
    if path.is_dir():
        return any(p.is_file() and not p.name.startswith(".") for p in path.iterdir())
    if listed is not None:
        return path.name in listed
    return path.suffix.lower() in _ENDINGS and path.name not in {LIST, ORIGIN} and (
        path.stem.upper() != "README"
    )  # fmt: skip


def write_corpus(
    folder: str | Path,
    out: str | Path,
    *,
    workers: int | None = None,
    seconds: float = 300.0,
    reports: bool = False,
    again: bool = False,
    progress: Callable[[str], object] = print,
    work: Work | None = None,
) -> list[Entry]:
    """Reads and checks every document of a folder and writes all of it to `out`.

    For each document ``out/<key>/`` holds its clean data and check.json, with `reports` also
    ``out/reports/<key>/`` its report; summary.csv, findings.csv and index.html tell of all.
    A document that cannot be used, kills its worker or takes longer than `seconds` is listed with
    the reason, and the others go on. What an earlier run of the same version made from the same
    files is taken over, unless `again`. Returns the entries in the order of their keys. Raises
    SourceError where `folder` has no documents or `out` cannot be written.
    """
    target = Path(out)
    paths, others = find_documents(folder)
    if others:
        progress(f"not documents, left aside: {', '.join(others)}")
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / f".{os.getpid()}.try").touch()
        (target / f".{os.getpid()}.try").unlink()
    except OSError as error:
        raise SourceError(
            f"{target}: cannot be written ({error.strerror}); check it, or give another --out"
        ) from error
    entries, tasks = _sort(paths, target, reports, again)
    taken_over = sum(entry.status != "failed" for entry in entries)
    if taken_over:
        progress(f"{taken_over} of {len(paths)} documents stand from an earlier run")
    count = workers or _processors()
    traces: list[str] = []
    clock = _Clock(len(tasks), progress)
    try:
        for outcome in run_tasks(tasks, work or process_document, count, seconds):
            entry = _entry(tasks[outcome.task], outcome)
            entries.append(entry)
            if outcome.trace:
                traces.append(f"{entry.key}: {entry.source}\n{outcome.trace}")
            clock.tell(entry)
    finally:
        # Whatever stops the run, what is there is listed; the next run goes on from it.
        entries.sort(key=lambda entry: entry.key)
        _write_summary(target, entries, traces)
    return entries


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _sort(
    paths: Sequence[Path], out: Path, reports: bool, again: bool
) -> tuple[list[Entry], list[Task]]:
    """What is known already (failures to open, earlier results), and what is to be done."""
    entries: list[Entry] = []
    tasks: list[Task] = []
    keys = {REPORTS}  # a folder of another use
    for path in paths:
        try:
            source = find_source(path)
        except SourceError as error:
            entries.append(Entry(path.name, str(path), "failed", " ".join(str(error).split())))
            continue
        key, position = source.key, 2
        while key in keys:  # two documents of one key, as a PDF and a Word file of one name
            key, position = f"{source.key}-{position}", position + 1
        keys.add(key)
        earlier = None if again else _earlier(out, key, source.sha256, reports)
        if earlier is None:
            tasks.append(Task(str(path), key, source.sha256, str(out), reports))
        else:
            entries.append(earlier)
    return entries, tasks


def _earlier(out: Path, key: str, sha256: str, report: bool) -> Entry | None:
    """The entry that an earlier run of this version wrote for the same files."""
    try:
        told = json.loads((out / key / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # none, or not whole: the document is read again
    if not isinstance(told, dict) or told.pop("version", "") != budgetkit.__version__:
        return None
    if told.get("sha256") != sha256 or (report and not told.get("report")):
        return None
    try:
        return Entry(**told)
    except TypeError:
        return None


def process_document(task: Task) -> Entry:
    """Reads, checks and writes one document (a worker's work)."""
    from budgetkit.disclosure import read_source
    from budgetkit.package import DESCRIPTOR, build_files, replace_folder
    from budgetkit.pauses import collector_paused
    from budgetkit.reconciliation import check_disclosure

    start = time.perf_counter()
    source = replace(find_source(task.path), key=task.key)
    with collector_paused():
        disclosure = read_source(source)
    reconciliation = check_disclosure(disclosure)
    summary = reconciliation.summary()
    levels = Counter(finding.level for finding in reconciliation.finding_list)
    facts = {
        "title": disclosure.title,
        "department": disclosure.department,
        "year": disclosure.year,
        "kind": disclosure.kind,
        "reader": disclosure.reader,
        "tables": len(disclosure.budget_tables) + len(disclosure.target_areas),
        **{name: summary[name] for name in _COUNTS if name in summary},
        **{level: levels[level] for level in _LEVELS},
        "problems": len(disclosure.problems),
    }
    findings = [
        {
            "key": task.key,
            "id": finding.id,
            "level": finding.level,
            "rule": finding.rule,
            "title": finding.title,
            "message": finding.message,
            "places": "; ".join(dict.fromkeys(finding.places)),
            "suspects": "; ".join(f"{s.printed} → {s.repair}" for s in finding.suspects),
        }
        for finding in reconciliation.finding_list
    ]
    if task.report:
        _write_report(source, task)
    entry = Entry(
        task.key, disclosure.source,
        "inconsistent" if reconciliation.inconsistent else "consistent",
        "", disclosure.sha256, round(time.perf_counter() - start, 2), facts, findings, task.report,
    )  # fmt: skip
    files = build_files(disclosure, reconciliation)
    files[CHECK] = _json(reconciliation.to_dict())
    files[RECORD] = _json({"version": budgetkit.__version__, **asdict(entry)})
    replace_folder(Path(task.out) / task.key, files, DESCRIPTOR)
    return replace(entry, again=True)


def _write_report(source: Source, task: Task) -> None:
    """The report, in the folder of the document's key whatever its own key is."""
    from budgetkit.report import write_report

    def quiet(line: str) -> None:
        """The run tells of whole documents, not of their pages."""

    reports = Path(task.out) / REPORTS
    if source.key == find_source(task.path).key:
        write_report(task.path, reports, quiet)
        return
    beside = reports / f".{task.key}.{os.getpid()}"
    try:
        written = write_report(task.path, beside, quiet).parent
        shutil.rmtree(reports / task.key, ignore_errors=True)
        written.rename(reports / task.key)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _entry(task: Task, outcome: Outcome) -> Entry:
    if isinstance(outcome.result, Entry):
        return outcome.result
    name = Path(task.path).name
    return Entry(task.key, name, "failed", outcome.failure or "no result", task.sha256)


class _Clock:
    """Tells of every finished document, and how long the rest will take."""

    def __init__(self, total: int, progress: Callable[[str], object]) -> None:
        self._total, self._progress = total, progress
        self._done, self._start = 0, time.monotonic()

    def tell(self, entry: Entry) -> None:
        """One line for a document that has ended."""
        self._done += 1
        rest = self._total - self._done
        left = (time.monotonic() - self._start) / self._done * rest
        ahead = f", {int(left // 60)}:{int(left % 60):02d} left" if rest else ""
        self._progress(f"[{self._done}/{self._total}{ahead}] {entry.key}: {_told(entry)}")


def _told(entry: Entry) -> str:
    if entry.status == "failed":
        return f"failed: {entry.reason}"
    facts = entry.facts
    return (
        f"{facts['tables']} tables, {facts['numbers']} numbers, "
        f"{facts['inconsistent']} inconsistent, {entry.seconds:.1f} s"
    )


def _write_summary(out: Path, entries: Sequence[Entry], traces: Sequence[str]) -> None:
    """summary.csv, findings.csv and index.html; errors.txt where the program itself failed."""
    rows = [entry.row for entry in entries]
    findings = [dict(finding) for entry in entries for finding in entry.findings]
    written = {
        "summary.csv": _csv(COLUMNS, rows),
        "findings.csv": _csv(_FINDING, findings),
        "index.html": _page(entries).encode("utf-8"),
    }
    if traces:
        written["errors.txt"] = "\n".join(traces).encode("utf-8")
    else:
        (out / "errors.txt").unlink(missing_ok=True)
    for name, data in written.items():
        fresh = out / f".{name}.{os.getpid()}.new"
        fresh.write_bytes(data)
        fresh.replace(out / name)


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _page(entries: Sequence[Entry]) -> str:
    from budgetkit.pages import templates

    def total(name: str) -> int:
        return sum(int(entry.facts.get(name, 0)) for entry in entries)

    failed = [entry for entry in entries if entry.status == "failed"]
    shown = [entry for entry in entries if entry.status != "failed"]
    return str(
        _template("corpus.html.j2").render(
            css=(templates() / "report.css").read_text(encoding="utf-8"),
            version=budgetkit.__version__,
            entries=shown,
            failed=failed,
            inconsistent=sum(entry.status == "inconsistent" for entry in entries),
            totals={name: total(name) for name in (*_COUNTS, *_LEVELS)},
            serious=list(_serious(shown)),
        )
    )


def _serious(entries: Sequence[Entry]) -> Iterator[Mapping[str, str]]:
    for entry in entries:
        for finding in entry.findings:
            if finding["level"] == "inconsistent":
                yield finding


def _template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from budgetkit.pages import templates

    loader = FileSystemLoader(str(templates()))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(name)
