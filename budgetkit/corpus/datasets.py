"""The Parquet data sets of a corpus: their columns, and the rows of one disclosure in them.

Columns come from ``schemas.toml``. Every data set begins with what tells documents apart, so that
most questions need no join.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from budgetkit.disclosure import Disclosure
from budgetkit.ledger import YUAN
from budgetkit.places import find_place
from budgetkit.reconciliation import Reconciliation
from budgetkit.records import (
    Record,
    check_records,
    finding_records,
    later_records,
    number_records,
    problem_records,
)
from budgetkit.schemas import Field, find_schema
from budgetkit.standard_scale import standard_records
from budgetkit.totals import total_records

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DATA_SETS", "arrow_schema", "document_facts", "documents_table", "pack", "unpack"]

DATA_SETS = (
    "documents", "numbers", "claims", "projects", "standards", "targets", "totals", "checks",
    "findings", "problems",
)  # fmt: skip
RECORD = "record.json"
PLACES = 12
"""Decimal places of a decimal column; printed amounts have two to six."""
_DIGITS = 38
_STEP = Decimal(1).scaleb(-PLACES)
_LEVELS = ("inconsistent", "implausible", "wording")


@functools.cache
def fields_of(name: str) -> tuple[Field, ...]:
    """The columns of a data set."""
    own = find_schema(name).fields
    if name in {"documents", "years"}:
        return own
    extra = find_schema("corpus").fields
    leading = tuple(field for field in extra if field.name != "yuan")
    return (
        *leading,
        *own,
        *(field for field in extra if name == "numbers" and field.name == "yuan"),
    )


@functools.cache
def arrow_schema(name: str) -> pa.Schema:
    """The Arrow schema of a data set, with the descriptions of its columns."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(
                field.name,
                _type(field),
                metadata={
                    "title": field.title,
                    "description": field.description,
                    "unit": field.unit,
                },
            )
            for field in fields_of(name)
        ],
        metadata={"description": find_schema(name).description},
    )


def _type(field: Field) -> pa.DataType:
    import pyarrow as pa

    types: Mapping[str, pa.DataType] = {
        "string": pa.string(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "decimal": pa.decimal128(_DIGITS, PLACES),
        "ids": pa.list_(pa.string()),
        "facts": pa.map_(pa.string(), pa.string()),
        "list": pa.string(),
    }
    return types[field.type]


def document_facts(disclosure: Disclosure, reconciliation: Reconciliation) -> Record:
    """What the row of `documents` says of a disclosure that was read."""
    levels = Counter(finding.level for finding in reconciliation.finding_list)
    return {
        "title": disclosure.title,
        "department": disclosure.department or None,
        "place": find_place(disclosure) or None,
        "year": disclosure.year,
        "kind": disclosure.kind,
        "reader": disclosure.reader,
        "tables": len(disclosure.budget_tables) + len(disclosure.target_areas),
        **reconciliation.summary(),
        **{level: levels[level] for level in _LEVELS},
        "problems": len(disclosure.problems),
    }


def data_of(
    disclosure: Disclosure, reconciliation: Reconciliation, document: Record
) -> dict[str, pa.Table]:
    """The rows of one disclosure in every data set but `documents`."""
    leading = {
        field.name: document.get(field.attribute)
        for field in find_schema("corpus").fields
        if field.name != "yuan"
    }
    rows: dict[str, Sequence[Record]] = {
        "numbers": _with_yuan(number_records(disclosure.ledger, reconciliation.status)),
        **{name: later_records(disclosure, name) for name in ("claims", "projects", "targets")},
        "standards": standard_records(disclosure),
        "totals": total_records(disclosure),
        "checks": check_records(reconciliation.check_list),
        "findings": finding_records(reconciliation.finding_list),
        "problems": problem_records(disclosure.problems),
    }
    return {name: table_of(name, [{**leading, **row} for row in rows[name]]) for name in rows}


def _with_yuan(rows: Sequence[Record]) -> list[Record]:
    return [
        {**row, "yuan": row["value"] * YUAN[row["unit"]] if row["unit"] in YUAN else None}
        for row in rows
    ]


def table_of(name: str, rows: Sequence[Record]) -> pa.Table:
    """Rows as an Arrow table of a data set's schema."""
    import pyarrow as pa

    schema = arrow_schema(name)
    columns = [
        pa.array([_value(field, row.get(field.name)) for row in rows], type=column.type)
        for field, column in zip(fields_of(name), schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _value(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.type == "decimal":
        return _fitted(value)
    if field.type == "ids":
        return [_text(item) for item in value]
    if field.type == "facts":
        return [(_text(key), _text(value[key])) for key in sorted(value)]
    if field.type == "list":
        return _text(json.dumps(list(value), ensure_ascii=False)) if value else None
    return _text(value) if field.type == "string" else value


def _text(value: object) -> str:
    """Text that UTF-8 can hold: half a surrogate pair, as from a damaged file name, cannot."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _fitted(value: Decimal) -> Decimal | None:
    """A value as the column can hold it: rounded at its last place, None where it is too large.

    What was printed stands in another column as text, so that nothing is lost.
    """
    if value.adjusted() >= _DIGITS - PLACES:
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -PLACES:
        return value.quantize(_STEP, ROUND_HALF_EVEN)
    return value


def documents_table(records: Iterable[Record]) -> pa.Table:
    """Rows of `documents` as an Arrow table."""
    return table_of("documents", list(records))


def serialise(tables: Mapping[str, pa.Table]) -> dict[str, bytes]:
    """Tables as bytes: the same rows give the same bytes."""
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(compression="zstd")
    streams = {}
    for name, table in tables.items():
        sink = pa.BufferOutputStream()
        # Without the descriptions, which would take more room than many a document's rows.
        schema = pa.schema([pa.field(field.name, field.type) for field in table.schema])
        bare = pa.Table.from_arrays(table.columns, schema=schema)
        with pa.ipc.new_stream(sink, schema, options=options) as writer:
            writer.write_table(bare)
        streams[name] = sink.getvalue().to_pybytes()
    return streams


def digest_of(row: Record, streams: Mapping[str, bytes]) -> str:
    """The SHA-256 of all that was made of one document."""
    found = hashlib.sha256(json.dumps(row, sort_keys=True).encode())
    for name in sorted(streams):
        found.update(name.encode() + streams[name])
    return found.hexdigest()


def pack(record: Record, streams: Mapping[str, bytes]) -> bytes:
    """One document's record and tables as the bytes of one file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name, stream in streams.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.arrow"), stream)
        archive.writestr(zipfile.ZipInfo(RECORD), json.dumps(record, sort_keys=True))
    return data.getvalue()


def read_record(data: bytes) -> Record | None:
    """The record of a packed document; None where the bytes are not whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            record = json.loads(archive.read(RECORD))
    except (zipfile.BadZipFile, KeyError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def unpack(data: bytes, name: str) -> pa.Table | None:
    """A packed document's rows in one data set; None where it could not be read and has none."""
    import pyarrow as pa

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if f"{name}.arrow" not in archive.namelist():
            return None
        found = pa.ipc.open_stream(archive.read(f"{name}.arrow")).read_all()
    return pa.Table.from_arrays(found.columns, schema=arrow_schema(name))
