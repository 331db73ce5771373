"""What a reading process does: one document into its packed results, or packed results into parts."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import budgetkit
from budgetkit.corpus.documents import Document, load_document
from budgetkit.corpus.store import OutputError, Store
from budgetkit.corpus.together import check_together

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DONE", "MERGE", "NEW", "READ", "Merge", "Result", "Task", "toolkit"]

READ = "budgetkit.corpus.tasks:process_document"
MERGE = "budgetkit.corpus.tasks:merge_documents"
DONE = ".done"
"""Where finished documents lie until they are published, and for the next run to find."""
NEW = ".new"
CHECK = "check.json"
REPORTS, INDEX = "reports", "index.html"
_PARQUET = {"compression": "zstd"}
Sizes = dict[str, int]
"""The files of a folder with their bytes."""
_ROWS = 50_000
"""Rows of a row group, about."""


@dataclass(frozen=True, slots=True)
class Task:
    """One document for a reading process, and what is to be written of it where.

    `toolkit` is that of the process that hands it out.
    """

    document: Document
    out: str
    toolkit: str
    clean: bool = True
    report: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What the run is told of a document; the rest lies in the output."""

    key: str
    status: str
    """consistent, inconsistent or failed."""
    reason: str = ""
    digest: str = ""
    """Of the packed results."""
    counts: tuple[tuple[str, int], ...] = ()
    """Tables, numbers and findings by level."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Merge:
    """One part of one data set: the documents in it, in their order."""

    out: str
    toolkit: str
    data_set: str
    part: int
    keys: tuple[str, ...]


@functools.cache
def toolkit() -> str:
    """The version with a digest of the code and the vocabulary: what results depend on."""
    found = hashlib.sha256()
    stack = [files("budgetkit")]
    while stack:
        for entry in sorted(stack.pop().iterdir(), key=lambda entry: entry.name):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    stack.append(entry)
            elif entry.name.endswith((".py", ".toml", ".j2")):
                found.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return f"{budgetkit.__version__}+{found.hexdigest()[:8]}"


def done_path(key: str) -> str:
    """Where a document's packed results lie: in one of 256 folders, since millions are too many."""
    return f"{done_folder(key)}/{key}.zip"


def done_folder(key: str) -> str:
    """The folder of a document's packed results."""
    return f"{DONE}/{hashlib.sha256(key.encode('utf-8')).hexdigest()[:2]}"


def process_document(task: Task) -> Result:
    """Reads, checks and writes one document.

    Raises SourceError where it cannot be used, OutputError where the output cannot be written.
    """
    from budgetkit.corpus.datasets import data_of, document_facts
    from budgetkit.disclosure import read_source
    from budgetkit.package import DESCRIPTOR, build_files
    from budgetkit.pauses import collector_paused
    from budgetkit.reconciliation import check_disclosure

    _check_toolkit(task)
    start = time.perf_counter()
    store = Store(task.out)
    source = load_document(task.document)
    with collector_paused():
        if task.document.guessed:
            check_together(source)
        disclosure = read_source(source)
    reconciliation = check_disclosure(disclosure)
    facts = document_facts(disclosure, reconciliation)
    row = {**_row(task.document), **facts, "reason": None,
           "status": "inconsistent" if reconciliation.inconsistent else "consistent"}  # fmt: skip
    tables = data_of(disclosure, reconciliation, row)
    remove_folders(store, task.document.key, clean=not task.clean, report=not task.report)
    written: dict[str, Sizes] = {}
    if task.report:
        written["report"] = _write_report(task, store)
    if task.clean:
        built = build_files(disclosure, reconciliation)
        built[CHECK] = _json(reconciliation.to_dict())
        store.put_folder(task.document.key, built, DESCRIPTOR)
        written["clean"] = {path: len(data) for path, data in built.items()}
    return write_done(store, task, row, tables, time.perf_counter() - start, written=written)


def _check_toolkit(task: Task | Merge) -> None:
    """Raises OutputError where this process would not do as the run that hands out the task."""
    if task.toolkit != toolkit():
        raise OutputError(
            f"the worker has budgetkit {toolkit()}, this run has {task.toolkit}; install the same "
            "on all machines and start the workers again"
        )


def write_failure(task: Task, reason: str, blame: str, trace: str) -> Result:
    """Writes that a document could not be used, and why; it has rows in no data set but one, and
    no clean data of an earlier run."""
    row = {**_row(task.document), "status": "failed", "reason": reason}
    store = Store(task.out)
    remove_folders(store, task.document.key)
    return write_done(store, task, row, {}, 0.0, blame, trace)


def remove_folders(store: Store, key: str, *, clean: bool = True, report: bool = True) -> None:
    """Removes the clean data and the report that an earlier run made of a document: they are of
    other files or of another toolkit, and nobody makes them anew."""
    from budgetkit.package import DESCRIPTOR

    if clean and store.exists(f"{key}/{DESCRIPTOR}"):
        store.remove(key)
    if report and store.exists(f"{REPORTS}/{key}/{INDEX}"):
        store.remove(f"{REPORTS}/{key}")


def _row(document: Document) -> dict[str, Any]:
    return {"key": document.key, "source": document.name, "sha256": document.sha256 or None}


def write_done(
    store: Store, task: Task, row: dict[str, Any], tables: dict[str, pa.Table],
    seconds: float, blame: str = "", trace: str = "", written: Mapping[str, Sizes] | None = None,
) -> Result:  # fmt: skip
    """Packs a document's results where the run, and a later run, find them; `written` are the
    folders that were written of it."""
    from budgetkit.corpus.datasets import digest_of, pack, serialise

    streams = serialise(tables)
    digest = digest_of(row, streams)
    counts = tuple((name, int(row[name])) for name in COUNTED if row.get(name) is not None)
    result = Result(
        row["key"], row["status"], row["reason"] or "", digest, counts, round(seconds, 2)
    )
    record = {
        "row": row,
        "toolkit": task.toolkit,
        "blame": blame,
        "trace": trace,
        "card": task.document.card_sha256,
        "written": written or {},
        "digest": digest,
        "seconds": result.seconds,
    }
    store.write(done_path(result.key), pack(record, streams))
    return result


COUNTED = ("tables", "numbers", "inconsistent", "implausible", "wording")


def earlier_result(store: Store, task: Task) -> Result | None:
    """What an earlier run made of the same files with the same toolkit; None where there is
    nothing whole, less than is wanted now, or a failure that another try may mend."""
    from budgetkit.corpus.datasets import read_record

    key = task.document.key
    data = store.read(done_path(key))
    record = read_record(data) if data is not None else None
    if record is None or record.get("toolkit") != task.toolkit:
        return None
    if record["card"] != task.document.card_sha256:
        return None
    row = record["row"]
    wanted = _row(task.document)
    if any(row.get(name) != value for name, value in wanted.items()) or not wanted["sha256"]:
        return None
    failed = row["status"] == "failed"
    if failed and record["blame"] != "input":
        return None
    if not failed:
        written = record["written"]
        if task.clean and written.get("clean") != store.sizes(key):
            return None
        if task.report and written.get("report") != store.sizes(f"{REPORTS}/{key}"):
            return None
    counts = tuple((name, int(row[name])) for name in COUNTED if row.get(name) is not None)
    return Result(
        key, row["status"], row["reason"] or "", record["digest"], counts, record["seconds"]
    )


def merge_documents(merge: Merge) -> int:
    """Writes one part of one data set from the packed results of its documents; returns its rows.

    Raises OutputError where the results of a document are gone or not whole.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from budgetkit.corpus.datasets import arrow_schema

    _check_toolkit(merge)
    store = Store(merge.out)
    schema = arrow_schema(merge.data_set)
    rows, held = 0, 0
    waiting: list[pa.Table] = []
    path = f"{NEW}/{merge.data_set}/part-{merge.part:05d}.parquet"
    with store.open_output(path) as sink, pq.ParquetWriter(sink, schema, **_PARQUET) as writer:
        for key in merge.keys:
            table = _rows_of(store, key, merge.data_set)
            if table is None:
                continue
            waiting.append(table)
            held += table.num_rows
            if held >= _ROWS:
                writer.write_table(pa.concat_tables(waiting), row_group_size=2 * _ROWS)
                rows, waiting, held = rows + held, [], 0
        if waiting:
            writer.write_table(pa.concat_tables(waiting), row_group_size=2 * _ROWS)
    return rows + held


def _rows_of(store: Store, key: str, data_set: str) -> pa.Table | None:
    """A finished document's rows in a data set; None where it could not be read and has none."""
    from budgetkit.corpus.datasets import documents_table, read_record, unpack

    data = store.read(done_path(key))
    record = read_record(data) if data is not None else None
    if data is None or record is None:
        raise OutputError(
            f"{store.address}/{done_path(key)}: the results of {key} are gone or damaged; run the "
            "same command again"
        )
    if data_set == "documents":
        return documents_table([record["row"]])
    return unpack(data, data_set)


def _write_report(task: Task, store: Store) -> Sizes:
    """Writes the report, in the folder of the document's key whatever its own key is."""
    import tempfile

    from budgetkit.report import write_report

    def quiet(line: str) -> None:
        """The run tells of whole documents, not of their pages."""

    with tempfile.TemporaryDirectory(prefix="budgetkit-", ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        raw = base / "raw" / task.document.key
        raw.mkdir(parents=True)
        source = load_document(task.document)
        for file in source.files:
            (raw / file.name).write_bytes(file.data)
        path = raw if len(source.files) > 1 else raw / source.files[0].name
        page = write_report(path, base / "reports", quiet)
        built = {
            found.relative_to(page.parent).as_posix(): found.read_bytes()
            for found in page.parent.rglob("*")
            if found.is_file()
        }
        store.make_folder(REPORTS)
        store.put_folder(f"{REPORTS}/{task.document.key}", built, page.name)
        return {path: len(data) for path, data in built.items()}


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def chunks(keys: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """The keys in groups of `size`."""
    return [tuple(keys[start : start + size]) for start in range(0, len(keys), size)]
