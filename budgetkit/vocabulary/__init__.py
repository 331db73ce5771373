"""Knowledge as data: titles of table kinds, meanings of headings and labels, what makes up what.

The files beside this module are the only place for words of disclosures; each is loaded once.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

__all__ = [
    "Partition",
    "TableKind",
    "Term",
    "beside",
    "find_kind",
    "find_term",
    "find_term_below",
    "is_term",
    "kind_named",
    "load",
    "partitions",
    "table_kinds",
]


@functools.cache
def load(name: str) -> dict[str, Any]:
    """One vocabulary file as plain data."""
    return tomllib.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class TableKind:
    """A kind of table: its id, names, and what every amount in it states."""

    id: str
    en: str
    zh: str
    titles: tuple[tuple[str, ...], ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    totals: bool = False
    """Whether such a table always ends with totals on both sides."""


@dataclass(frozen=True, slots=True)
class Term:
    """The meaning of a heading or row label: its machine name, role and facts.

    One that is `tables_only` has that meaning in tables, not as what a sentence speaks of; one with
    `below` only below a heading or label that states these facts.
    """

    slug: str
    en: str
    role: str
    facts: Mapping[str, str]
    pattern: re.Pattern[str]
    tables_only: bool = False
    below: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partition:
    """A quantity that is made up completely of named parts along one dimension."""

    dimension: str
    whole: str
    parts: tuple[str, ...]


UNKNOWN_KIND = TableKind("unknown", "Table of unknown kind", "未识别的表", ())


@functools.cache
def table_kinds() -> tuple[TableKind, ...]:
    """All kinds of tables, in the order in which they are tried."""
    return tuple(
        TableKind(
            row["id"],
            row["en"],
            row["zh"],
            tuple(tuple(words) for words in row["titles"]),
            row.get("facts", {}),
            row.get("totals", False),
        )
        for row in load("tables.toml")["kind"]
    )


def find_kind(title: str) -> TableKind | None:
    """The kind whose title words a (normalised) title holds, or None."""
    for kind in table_kinds():
        for words in kind.titles:
            if all(
                word[1:] not in title if word.startswith("!") else word in title for word in words
            ):
                return kind
    return None


def kind_named(kind_id: str) -> TableKind:
    """The kind with this id; the unknown kind where there is none."""
    return next((kind for kind in table_kinds() if kind.id == kind_id), UNKNOWN_KIND)


@functools.cache
def _terms() -> tuple[Term, ...]:
    return tuple(
        Term(
            row["slug"],
            row["en"],
            row.get("role", ""),
            row.get("facts", {}),
            re.compile("|".join(f"(?:{pattern})" for pattern in row["is"])),
            row.get("tables_only", False),
            row.get("below", {}),
        )
        for row in load("terms.toml")["term"]
    )


@functools.lru_cache(maxsize=20_000)
def find_term(name: str) -> Term | None:
    """The term that a normalised heading or label is wherever it stands, or None."""
    if not name or len(name) > 40:
        return None
    for term in _terms():
        if not term.below and term.pattern.fullmatch(name):
            return term
    return None


def find_term_below(name: str, facts: Mapping[str, str]) -> Term | None:
    """The term that a heading or label is below one that states these facts, or None."""
    if (term := find_term(name)) is not None:
        return term
    for term in _terms_below():
        if term.below.items() <= facts.items() and term.pattern.fullmatch(name):
            return term
    return None


def is_term(name: str) -> bool:
    """Whether a heading or label is a term, wherever it stands or below some other one."""
    return find_term(name) is not None or any(t.pattern.fullmatch(name) for t in _terms_below())


@functools.cache
def _terms_below() -> tuple[Term, ...]:
    return tuple(term for term in _terms() if term.below)


@functools.cache
def partitions() -> tuple[Partition, ...]:
    """Which quantities are made up completely of which parts."""
    return tuple(
        Partition(row["dimension"], row["whole"], tuple(row["parts"]))
        for row in load("partitions.toml")["partition"]
    )


@functools.cache
def beside() -> tuple[tuple[str, str, str, str], ...]:
    """(dimension, named, sibling, means): what a fund means with its transfer named beside it."""
    return tuple(
        (row["dimension"], row["named"], row["sibling"], row["means"])
        for row in load("partitions.toml")["beside"]
    )
