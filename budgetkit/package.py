"""The clean data of one disclosure: CSV files and a Frictionless datapackage.json beside them."""

from __future__ import annotations

import contextlib
import csv
import errno
import hashlib
import io
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from budgetkit.amounts import format_decimal
from budgetkit.disclosure import Disclosure
from budgetkit.errors import SourceError
from budgetkit.reconciliation import Reconciliation
from budgetkit.records import (
    Record,
    check_records,
    finding_records,
    later_records,
    number_records,
    problem_records,
    table_records,
)
from budgetkit.schemas import Field, Schema, find_schema, table_schema

__all__ = ["build_files", "replace_folder", "write_clean"]

DESCRIPTOR = "datapackage.json"
_OCCUPIED = frozenset({errno.EEXIST, errno.ENOTEMPTY})

#: Types of our schemas as types of Frictionless Table Schema.
_FRICTIONLESS = {
    "string": "string",
    "integer": "integer",
    "decimal": "number",
    "boolean": "boolean",
    "ids": "string",
    "facts": "string",
    "list": "array",
}


def write_clean(
    disclosure: Disclosure,
    reconciliation: Reconciliation,
    out: str | Path,
    *,
    workbook: bool = False,
) -> Path:
    """Writes the clean data to ``out/<key>/`` and returns that folder.

    With `workbook` also as ``<key>.xlsx``, with totals as live formulas.

    The whole folder is written beside the old one and then takes its place, so that a failure
    leaves the old data as they were. Raises SourceError where `out` cannot be written.
    """
    built = build_files(disclosure, reconciliation, workbook=workbook)
    folder = Path(out) / disclosure.key
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(_not_written(folder, error)) from error
    return replace_folder(folder, built)


def build_files(
    disclosure: Disclosure, reconciliation: Reconciliation, *, workbook: bool = False
) -> dict[str, bytes]:
    """Every file of the clean data by its path: the same disclosure gives the same bytes."""
    resources: list[tuple[Schema, bytes]] = []
    for schema, rows in _tables_and_lists(disclosure, reconciliation):
        resources.append((schema, csv_bytes(schema, rows)))
    built = {schema.path: data for schema, data in resources}
    descriptor = _descriptor(disclosure, resources)
    if workbook:
        from budgetkit.workbook import build_workbook

        path = f"{disclosure.key}.xlsx"
        built[path] = build_workbook(disclosure, reconciliation)
        _list_workbook(descriptor, path, built[path])
    built[DESCRIPTOR] = _json_bytes(descriptor)
    return built


def _tables_and_lists(
    disclosure: Disclosure, reconciliation: Reconciliation
) -> Iterator[tuple[Schema, list[Record]]]:
    for table in disclosure.budget_tables:
        yield table_schema(table), table_records(table)
    yield find_schema("numbers"), number_records(disclosure.ledger, reconciliation.status)
    for name in ("claims", "projects", "targets"):
        yield find_schema(name), later_records(disclosure, name)
    yield find_schema("checks"), check_records(reconciliation.check_list)
    yield find_schema("findings"), finding_records(reconciliation.finding_list)
    yield find_schema("problems"), problem_records(disclosure.problems)


def csv_bytes(schema: Schema, rows: Sequence[Record]) -> bytes:
    """Rows as CSV: UTF-8, LF, a heading line, blank for None, amounts as printed digits."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in schema.fields])
    for row in rows:
        writer.writerow([_cell(field, row.get(field.name)) for field in schema.fields])
    return text.getvalue().encode("utf-8")


def _cell(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.type == "ids":
        return " ".join(value)
    if field.type == "facts":
        return "; ".join(f"{name}={value[name]}" for name in sorted(value))
    if field.type == "list":
        return json.dumps(list(value), ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format_decimal(value)
    return str(value)


def _descriptor(
    disclosure: Disclosure, resources: Sequence[tuple[Schema, bytes]]
) -> dict[str, Any]:
    """The Frictionless Data Package (v1) that describes the files."""
    return {
        "profile": "tabular-data-package",
        "name": disclosure.key.lower(),
        "title": disclosure.title,
        "description": (
            "The numbers of one departmental budget disclosure: its tables, the ledger of every "
            "number with its place, and what the checks say of them. Amounts are in the printed "
            "unit with the printed decimals; a blank is a blank, not zero."
        ),
        "sources": [
            {
                "title": disclosure.title,
                "path": name,
                "sha256": sha256,
                "reader": disclosure.reader,
            }
            for name, sha256 in disclosure.files
        ],
        "department": disclosure.department,
        "year": disclosure.year,
        "kind": disclosure.kind,
        "resources": [_resource(schema, data) for schema, data in resources],
    }


def _list_workbook(descriptor: dict[str, Any], path: str, data: bytes) -> None:
    """Lists the workbook as a file: it is the same data again, and no table with a schema."""
    descriptor["profile"] = "data-package"
    descriptor["resources"].append(
        {
            "profile": "data-resource",
            "type": "file",
            "name": "workbook",
            "path": path,
            "title": "Excel 工作簿",
            "description": "The same data as one workbook: the tables as published with totals as "
            "live formulas, the findings with links to their cells, the ledger of numbers.",
            "format": "xlsx",
            "mediatype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "bytes": len(data),
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        }
    )


def _resource(schema: Schema, data: bytes) -> dict[str, object]:
    fields = [_field(field) for field in schema.fields]
    described: dict[str, object] = {"fields": fields, "missingValues": [""]}
    key = [field.name for field in schema.fields if field.key]
    if key:
        described["primaryKey"] = key
    return {
        "profile": "tabular-data-resource",
        "name": schema.name,
        "path": schema.path,
        "title": schema.title,
        "description": schema.description,
        "source": schema.source,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": described,
    }


def _field(field: Field) -> dict[str, object]:
    described: dict[str, object] = {
        "name": field.name,
        "type": _FRICTIONLESS[field.type],
        "title": field.title,
        "description": field.description,
    }
    if field.unit:
        described["unit"] = field.unit
    if field.source:
        described["source"] = field.source
    if field.key:
        described["constraints"] = {"required": True, "unique": True}
    return described


def _json_bytes(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def replace_folder(folder: Path, built: Mapping[str, bytes], mark: str = DESCRIPTOR) -> Path:
    """Writes files to a new folder beside `folder`, then puts it in the old one's place.

    An existing folder is only replaced where it is empty or holds `mark`, so that a folder of
    somebody else's is never lost. Two that write the same folder at a time do not mix: the one
    that is last has it. Raises SourceError where it cannot be written, also where the folder that
    it lies in is missing; what was there before is then untouched.
    """
    if folder.exists() and not folder.is_dir():
        raise SourceError(f"{folder}: there is a file of that name; move it, or give another --out")
    if _is_somebodys(folder, mark):
        raise SourceError(
            f"{folder}: this folder was not written by budgetkit (it holds no {mark}) and is not "
            "replaced; give another --out"
        )
    own = secrets.token_hex(4)  # processes on two machines may have the same number
    fresh = folder.with_name(f".{folder.name}.{own}.new")
    old = folder.with_name(f".{folder.name}.{own}.old")
    try:
        fresh.mkdir()
        for path, data in built.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(data)
        _swap(fresh, folder, old)
    except OSError as error:
        raise SourceError(_not_written(folder, error)) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if folder.is_dir():
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _is_somebodys(folder: Path, mark: str) -> bool:
    """Whether a folder holds something, and not our mark."""
    try:
        return any(folder.iterdir()) and not (folder / mark).is_file()
    except OSError:  # it is not there, or just being replaced
        return False


def _not_written(folder: Path, error: OSError) -> str:
    return (
        f"{folder}: cannot be written ({error.strerror or error}); check the folder, its "
        "permissions and the space on the disk, or give another --out"
    )


def _swap(fresh: Path, folder: Path, old: Path) -> None:
    """The new folder in the old one's place; where that fails, the old one goes back.

    Somebody else may put the same folder in place or take it away between two steps.
    """
    for tries_left in (2, 1, 0):
        with contextlib.suppress(FileNotFoundError):
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError as error:
            if tries_left and fresh.is_dir() and error.errno in _OCCUPIED:
                shutil.rmtree(old, ignore_errors=True)
                continue
            if old.is_dir() and not folder.exists():
                old.rename(folder)
            raise
        return
