"""Years of one department joined: what a document says of the year before, and what was published.

For editions that were just read (compare.py) and for stored rows of many documents alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from budgetkit.editions import Stated, core_name, same_department, vocabulary
from budgetkit.records import Record

__all__ = ["is_year_before", "outcome_of", "pair_years"]

_BUCKET = 4  # characters at the end of a name: names of one department share at least these


class Dated(Protocol):
    """Whose numbers they are, and of when."""

    @property
    def department(self) -> str:
        """The printed name."""

    @property
    def place(self) -> str:
        """The administrative division, "" where it is not known."""

    @property
    def kind(self) -> str:
        """budget or final_accounts."""

    @property
    def year(self) -> int | None:
        """The year that the document is for."""


def is_year_before(earlier: Dated, later: Dated) -> bool:
    """Whether one is of the same department and kind as the other, for the year before it."""
    return (
        later.year is not None
        and earlier.year == later.year - 1
        and earlier.kind == later.kind
        and _one_inside(earlier.place, later.place)
        and same_department(earlier.department, later.department)
    )


def _one_inside(left: str, right: str) -> bool:
    """Whether two places may be one, of which one name leaves out what lies around it."""
    short, long = sorted((left, right), key=len)
    return long.endswith(short)


def outcome_of(kind: str, before: Stated, published: Stated | None) -> str:
    """How a value told of the year before stands to the published one of a document of `kind`.

    agrees, agrees_by_rounding, differs, other_base, below_zero or not_stated: the outcomes of
    ``vocabulary/compare.toml``. Rounding decides, no tolerance.
    """
    if any(word in before.base for word in vocabulary()["other_base"].get(kind, ())):
        return "other_base"
    if before.interval.high < 0:
        return "below_zero"
    if published is None:
        return "not_stated"
    if before.value == published.value:
        return "agrees"
    return "agrees_by_rounding" if before.interval.meets(published.interval) else "differs"


@dataclass(eq=False)
class _Stored:
    """One document as its rows of `totals` give it back."""

    key: str
    department: str
    place: str
    kind: str
    year: int | None
    published: dict[str, Record] = field(default_factory=dict)
    before: list[Record] = field(default_factory=list)


def pair_years(rows: Iterable[Mapping[str, Any]]) -> list[Record]:
    """What documents tell of the year before, beside what was published, from rows of `totals`.

    `rows` are of any number of documents, in any order, as the data set `totals` of a corpus holds
    them: the columns of total_records, with key, year, document_kind, place and department. One
    row comes out for each quantity that a document tells of the year before, where the document of
    that year of the same department and kind is there too; its columns are those of the schema
    `years`. Documents whose year before could be of several departments (two places have a
    某区某局, and nothing says which) are left out. Sorted by document and quantity.
    """
    documents = _documents(rows)
    by_end: dict[tuple[str, int | None, str], list[_Stored]] = defaultdict(list)
    for document in documents:
        by_end[document.kind, document.year, _end_of(document)].append(document)
    found: list[Record] = []
    for later in documents:
        if later.year is None or not later.before:
            continue
        close = by_end.get((later.kind, later.year - 1, _end_of(later)), ())
        earlier = [document for document in close if is_year_before(document, later)]
        if earlier and _all_one(earlier):
            found += _paired(later, earlier)
    return found


def _documents(rows: Iterable[Mapping[str, Any]]) -> list[_Stored]:
    """The documents behind the rows, by key; of a quantity told twice the first row counts."""
    documents: dict[str, _Stored] = {}
    for stored in rows:
        row = dict(stored)
        document = documents.setdefault(
            row["key"],
            _Stored(
                row["key"], row["department"] or "", row["place"] or "", row["document_kind"] or "",
                row["year"],
            ),
        )  # fmt: skip
        if not row["implied"] and row["value_year"] == row["year"]:
            document.published.setdefault(row["quantity"], row)
        else:
            document.before.append(row)
    return [documents[key] for key in sorted(documents)]


def _end_of(document: _Stored) -> str:
    return core_name(document.department)[-_BUCKET:]


def _all_one(documents: Sequence[_Stored]) -> bool:
    """Whether documents of one year are of one department: a budget in two files, for one."""
    first, *others = documents
    return all(
        _one_inside(first.place, other.place)
        and same_department(first.department, other.department)
        for other in others
    )


def _paired(later: _Stored, earlier: Sequence[_Stored]) -> Iterator[Record]:
    for row in sorted(later.before, key=lambda row: (row["quantity"], bool(row["implied"]))):
        quantity = row["quantity"]
        of = next((each for each in earlier if quantity in each.published), earlier[0])
        then = of.published.get(quantity)
        told, published = _stated(row), None if then is None else _stated(then)
        yield {
            "key": later.key,
            "earlier": of.key,
            "place": max(later.place, of.place, key=len) or None,
            "department": later.department,
            "document_kind": later.kind,
            "year": row["value_year"],
            **{name: row[name] for name in ("quantity", "name", "name_zh", "unit")},
            "implied": row["implied"],
            "base": row["base"],
            "told": told.value,
            "published": None if published is None else published.value,
            "difference": None if published is None else told.value - published.value,
            "rounding": None if published is None else told.half + published.half,
            "outcome": outcome_of(later.kind, told, published),
            "where": row["where"],
            "published_where": None if then is None else then["where"],
        }


def _stated(row: Record) -> Stated:
    return Stated(row["value"], row["half"], row["where"] or "", row["base"] or "", row["name"])
