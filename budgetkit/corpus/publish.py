"""The finished documents of a run as data sets: written beside the old ones, then put in their place.

What stands in the output is the last run that came to its end, whole. A run that was killed while
it put things in place is finished by the next one; until then there is no corpus.json, which says
that all data sets are there and belong together.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from budgetkit.amounts import mend_text
from budgetkit.corpus.datasets import DATA_SETS, read_record
from budgetkit.corpus.store import OutputError, Store, shown
from budgetkit.corpus.tasks import (
    CHECK,
    DONE,
    NEW,
    REPORTS,
    Merge,
    Result,
    chunks,
    done_path,
    remove_folders,
)
from budgetkit.schemas import find_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "MANIFEST",
    "check_output",
    "clear_leftovers",
    "finish_earlier",
    "is_published",
    "publish",
]

MANIFEST = "corpus.json"
SUMMARY, FINDINGS, PAGE, ERRORS = "summary.csv", "findings.csv", "index.html", "errors.txt"
ASIDE = "left-aside.txt"
DOCUMENTS_A_PART = 100
_OLD = ".old-"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_FINDING = ("key", "id", "level", "rule", "title", "message", "places", "suspects")


def check_output(store: Store) -> None:
    """Raises OutputError where the output folder holds somebody else's folders of our names."""
    if store.exists(MANIFEST) or store.exists(DONE):
        return
    for name in DATA_SETS:
        if store.exists(name):
            raise OutputError(
                f"{store.address}/{name}: this was not written by budgetkit and is not replaced; "
                "give another --out"
            )


def manifest_of(
    folder: str, toolkit: str, results: Sequence[Result], aside: Sequence[str] = ()
) -> dict[str, Any]:
    """What is published: of what folder, by which toolkit, and a digest of all documents and of
    the names of what was left aside."""
    found = hashlib.sha256()
    for result in results:
        found.update(f"{result.key}\t{result.digest}\n".encode())
    found.update(_lines(aside))
    return {
        "schema": 1,
        "folder": shown(folder),
        "toolkit": toolkit,
        "documents": len(results),
        "left_aside": len(aside),
        "digest": found.hexdigest(),
        "data_sets": list(DATA_SETS),
    }


def is_published(store: Store, manifest: Mapping[str, Any]) -> bool:
    """Whether just this stands in the output already, with every file as large as it was."""
    there = _read_json(store, MANIFEST)
    if not isinstance(there, dict) or not manifest.items() <= there.items():
        return False
    return bool(there.get("files") == _files(store, ""))


def _files(store: Store, folder: str) -> dict[str, int]:
    """What is published or to be, as it lies in `folder`, with the bytes of each file."""
    found: dict[str, int] = {}
    for name in (SUMMARY, FINDINGS, PAGE, ASIDE):
        size = store.size(f"{folder}{name}")
        if size is not None:
            found[name] = size
    for name in DATA_SETS:
        inside = store.sizes(f"{folder}{name}")
        found |= {f"{name}/{part}": inside[part] for part in sorted(inside)}
    return found


def publish(
    store: Store,
    manifest: Mapping[str, Any],
    results: Sequence[Result],
    aside: Sequence[str],
    merge_all: Callable[[Sequence[Merge]], None],
) -> None:
    """Makes the data sets of finished documents, in the order of `results`, and puts them in place.

    `aside` are the names of files that are no documents. `merge_all` writes parts, wherever the
    run's processes are. Raises OutputError where the output cannot be written; what was published
    before then still stands.
    """
    store.remove(NEW)
    store.make_folder(NEW)
    for name in DATA_SETS:
        store.make_folder(f"{NEW}/{name}")
    groups = chunks([result.key for result in results], DOCUMENTS_A_PART)
    merge_all(
        [
            Merge(store.address, str(manifest["toolkit"]), name, number, keys)
            for name in DATA_SETS
            for number, keys in enumerate(groups)
        ]
    )
    rows = [row for table in _tables(store, "documents") for row in table.to_pylist()]
    findings = [_finding(row) for table in _tables(store, "findings") for row in table.to_pylist()]
    errors = "\n".join(_errors(store, results))
    summary = [field.name for field in find_schema("documents").fields]
    store.write(f"{NEW}/{SUMMARY}", _csv(summary, rows))
    store.write(f"{NEW}/{FINDINGS}", _csv(_FINDING, findings))
    page = _page(store, rows, findings, len(aside))
    store.write(f"{NEW}/{PAGE}", page.encode("utf-8", "replace"))
    if aside:
        store.write(f"{NEW}/{ASIDE}", _lines(aside))
    if errors:
        store.write(f"{NEW}/{ERRORS}", errors.encode("utf-8", "replace"))
    for key in sorted(_published(store) - {result.key for result in results}):
        remove_folders(store, key)
    # With this file all of it is there; from here on a later run would put it in place.
    told = {**manifest, "errors": bool(errors), "files": _files(store, f"{NEW}/")}
    store.write(f"{NEW}/{MANIFEST}", _json(told))
    if not _put_in_place(store):
        raise _removed(store)


def finish_earlier(store: Store) -> None:
    """Puts in place what a run had completed when it was stopped, and clears what it had not."""
    if _read_json(store, f"{NEW}/{MANIFEST}") is not None:
        _put_in_place(store)
    clear_leftovers(store)


def clear_leftovers(store: Store) -> None:
    """Removes what was being written when a run was stopped, but not what it had completed."""
    if _read_json(store, f"{NEW}/{MANIFEST}") is None:
        store.remove(NEW)
    for folder in ("", REPORTS, *(f"{DONE}/{name}" for name in store.names(DONE))):
        for name in store.names(folder):
            if name != NEW and name.startswith(".") and name.endswith((".new", ".old")):
                store.remove(f"{folder}/{name}" if folder else name)


def _put_in_place(store: Store) -> bool:
    """Each new file or folder in the place of the old one; may be stopped and begun again.

    While it lasts, data sets of two runs lie side by side, and there is no manifest. It comes
    back with the last of them, where all are whole; returns whether they are. What is no disk may
    have lost some when it was stopped.
    """
    told = _read_json(store, f"{NEW}/{MANIFEST}")
    if told is None:
        return False
    store.remove(MANIFEST)
    if not told["errors"]:
        store.remove(ERRORS)
    if not told.get("left_aside"):  # an older toolkit left nothing of the kind
        store.remove(ASIDE)
    for name in store.names(NEW):
        if name != MANIFEST and not name.startswith(_OLD):
            _replace(store, name)
    whole = bool(_files(store, "") == told["files"])
    if whole:
        store.move(f"{NEW}/{MANIFEST}", MANIFEST)
    store.remove(NEW)
    return whole


def _removed(store: Store) -> OutputError:
    return OutputError(
        f"{store.address}: some of it was removed while the run wrote it; run the same command again"
    )


def _replace(store: Store, name: str) -> None:
    """A new file or folder in the place of the old one, which is only removed afterwards."""
    if store.local is None:
        store.remove(name)
    elif store.exists(name):
        store.remove(f"{NEW}/{_OLD}{name}")
        store.move(name, f"{NEW}/{_OLD}{name}")
    store.move(f"{NEW}/{name}", name)


def _published(store: Store) -> set[str]:
    """The keys of the documents that stand in the output now, as far as they can be read."""
    try:
        found = list(_tables(store, "documents", ""))
    except (OSError, ValueError):  # damaged, and about to be replaced
        return set()
    return {key for table in found for key in table["key"].to_pylist()}


def _records(store: Store, keys: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for key in keys:
        data = store.read(done_path(key))
        record = read_record(data) if data is not None else None
        if record is not None:
            yield record


def _tables(store: Store, data_set: str, below: str = f"{NEW}/") -> Iterator[pa.Table]:
    import pyarrow.parquet as pq

    for name in store.names(f"{below}{data_set}"):
        data = store.read(f"{below}{data_set}/{name}")
        if data is None:
            raise _removed(store)
        yield pq.read_table(io.BytesIO(data))


def _errors(store: Store, results: Sequence[Result]) -> Iterator[str]:
    failed = (result.key for result in results if result.status == "failed")
    for record in _records(store, failed):
        if record["trace"]:
            yield f"{record['row']['key']}: {record['row']['source']}\n{record['trace']}"


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    suspects = json.loads(row["suspects"]) if row["suspects"] else []
    places = json.loads(row["places"]) if row["places"] else []
    return {
        **row,
        "places": "; ".join(dict.fromkeys(places)),
        "suspects": "; ".join(map(_suspect, suspects)),
    }


def _suspect(suspect: Mapping[str, Any]) -> str:
    """What would mend it; where the number itself stands, what is wrong about its place."""
    text = mend_text(suspect["printed"], suspect["repair"])
    return f"{text}: {suspect['why']}" if text == suspect["printed"] else text


def _lines(names: Sequence[str]) -> bytes:
    return "".join(f"{shown(name)}\n" for name in names).encode("utf-8")


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
    return text.getvalue().encode("utf-8")


def _cell(value: Any) -> Any:
    """A value in a CSV for people: text that a spreadsheet program would take for a formula has an
    apostrophe before it. The data sets have it as it is."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _page(
    store: Store,
    rows: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    aside: int,
) -> str:
    from budgetkit.corpus.page import corpus_page

    keys = [str(row["key"]) for row in rows if row["status"] != "failed"]
    clean = {key for key in keys if store.exists(f"{key}/{CHECK}")}
    reports = {key for key in keys if store.exists(f"{REPORTS}/{key}/index.html")}
    return corpus_page(rows, findings, clean, reports, aside)


def _read_json(store: Store, name: str) -> Any:
    data = store.read(name)
    if data is None:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return None


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
