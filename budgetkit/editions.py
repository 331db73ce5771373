"""Several disclosures side by side: years of one department, or departments of one year.

Amounts are exact, in 元, whatever unit a document prints. A single document is set beside the
year before that its own sentences imply.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from budgetkit.amounts import Interval
from budgetkit.claims import STATED
from budgetkit.disclosure import Disclosure
from budgetkit.display import describe_place
from budgetkit.errors import SourceError
from budgetkit.handover import read
from budgetkit.identities import sum_of
from budgetkit.identities.across import Quantities, index_quantities
from budgetkit.identities.previous import Implied, all_parts, implied_parts, implied_values
from budgetkit.labels import plain_name
from budgetkit.language import language, said, tell
from budgetkit.ledger import YUAN, FactKey, Number, fact_key
from budgetkit.places import division_words, find_place
from budgetkit.previous_year import short_subject
from budgetkit.three_public import three_public_alone
from budgetkit.vocabulary import load

__all__ = [
    "Comparison",
    "Edition",
    "Quantity",
    "Stated",
    "compare_documents",
    "core_name",
    "implied_edition",
    "published_edition",
    "quantities",
    "same_department",
    "vocabulary",
    "words",
]

_MOST = 8
_SHORTEST_NAME = 4
_LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Stated:
    """What one document says of one quantity: yuan (or persons), how exactly, and where."""

    value: Decimal
    half: Decimal
    where: str
    base: str = ""
    """The words that name what an implied value was compared with."""
    name: str = ""

    @property
    def interval(self) -> Interval:
        """The unrounded values that this may stand for."""
        return Interval(self.value - self.half, self.value + self.half)


@dataclass(frozen=True, eq=False)
class Edition:
    """One year of one department: printed in a document, or implied by the document after it."""

    label: str
    department: str
    year: int | None
    kind: str
    disclosure: Disclosure
    implied: bool
    stated: Mapping[FactKey, Stated]

    @functools.cached_property
    def place(self) -> str:
        """The division whose department it is; "" where the document does not say."""
        return find_place(self.disclosure)

    def find(self, *alternatives: Mapping[str, str]) -> Stated | None:
        """What is said of the first of these quantities that is stated; None of neither."""
        for facts in alternatives:
            if (found := self.stated.get(fact_key(facts))) is not None:
                return found
        return None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Editions side by side, in the order of the documents; `implied[i]` is what the document of
    edition i implies of the year before."""

    editions: tuple[Edition, ...]
    implied: tuple[Edition, ...] = field(default=())

    @property
    def published(self) -> tuple[Edition, ...]:
        """The editions that a document prints."""
        return tuple(edition for edition in self.editions if not edition.implied)

    @property
    def one_department(self) -> bool:
        """Whether all editions are of one department."""
        first = self.editions[0].department
        return all(same_department(first, edition.department) for edition in self.editions)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A total that is compared: its names, and the facts that a number of it states."""

    id: str
    en: str
    zh: str
    facts: tuple[Mapping[str, str], ...]


def compare_documents(documents: Sequence[str | Path | Disclosure]) -> Comparison:
    """Documents side by side; one alone beside the year before that its sentences imply.

    Documents of one department come out in the order of their years, others as they were named.
    Raises SourceError where a document cannot be used, is named twice, or where there are none
    or more than can be told apart in one picture.
    """
    if not 0 < len(documents) <= _MOST:
        raise SourceError(
            f"{len(documents)} documents cannot be compared; name between one and {_MOST}"
        )
    found = [d if isinstance(d, Disclosure) else read(d) for d in documents]
    seen: dict[str, str] = {}
    for each in found:
        if each.sha256 in seen:
            raise SourceError(
                f"{each.key} is the same document as {seen[each.sha256]}; name each one once"
            )
        seen[each.sha256] = each.key
    owners = [each.department or each.title for each in found]
    if all(same_department(owners[0], owner) for owner in owners):
        found.sort(key=lambda each: (each.year or 0, each.kind))
    labels = _labels(found)
    published = [published_edition(each, label) for each, label in zip(found, labels, strict=True)]
    before = tuple(implied_edition(edition) for edition in published)
    if len(published) == 1 and before[0].stated:
        return Comparison((before[0], published[0]), before)
    return Comparison(tuple(published), before)


def published_edition(disclosure: Disclosure, label: str = "") -> Edition:
    """What a document prints: its tables, and its sentences of what no table prints."""
    stated: dict[FactKey, Stated] = {}
    printed = _printed(disclosure)
    alone = three_public_alone(printed)
    for key, number in {**{key: own[0] for key, own in printed.items()}, **alone}.items():
        if number is not None:
            stated.setdefault(key, _of_number(number))
    several: set[FactKey] = set()
    for claim in disclosure.claim_list:
        if claim.kind in STATED and "flow" in claim.facts and not claim.reason:
            key = fact_key(claim.facts)
            first = stated.setdefault(key, _of_number(claim.number))
            if ("flow", "headcount") in key and first.value != claim.number.value:
                several.add(key)  # of units one by one: none of them is the department's
    for key in several:
        del stated[key]
    owner = disclosure.department or disclosure.title
    return Edition(label, owner, disclosure.year, disclosure.kind, disclosure, False, stated)


def _printed(disclosure: Disclosure) -> Quantities:
    return index_quantities([number for number in disclosure.ledger if number.part == "table"])


def _of_number(number: Number) -> Stated:
    yuan = YUAN.get(number.unit, Decimal(1))
    return Stated(number.value * yuan, number.half * yuan, _place(number), name=number.name)


def _place(number: Number) -> str:
    place = describe_place(number)
    return (
        place
        if number.table is None
        else tell(said("table {table}, {place}", table=number.table, place=place))
    )


def implied_edition(edition: Edition) -> Edition:
    """The year before as a document implies it, totals of complete parts included."""
    disclosure = edition.disclosure
    tables = _printed(disclosure)
    owner = plain_name(disclosure.department)
    items = [item for item in implied_values(disclosure.narrative, tables) if item.claim.known]
    stated: dict[FactKey, Stated] = {}
    for item in items:
        stated.setdefault(item.key, _of_item(item, owner))
    for whole, named in implied_parts(items):
        total, members = tables.get(whole), all_parts(whole, named)
        if whole not in stated and total and _make_up(members, total[0]):
            parts = [_of_item(member) for member in members]
            stated[whole] = Stated(
                sum((part.value for part in parts), Decimal(0)),
                sum((part.half for part in parts), Decimal(0)),
                tell(said("sum of {count} implied parts", count=len(parts))),
                parts[0].base,
                _of_number(total[0]).name,
            )
    year = edition.year - 1 if edition.year else None
    name = str(year) if year else tell(said("year before"))
    label = tell(said("{year}, implied", year=name))
    return Edition(label, edition.department, year, edition.kind, disclosure, True, stated)


def _of_item(item: Implied, owner: str = "") -> Stated:
    yuan = YUAN.get(item.current.unit, Decimal(1))
    value, half = sum_of(item.terms)
    name = short_subject(item, owner)
    return Stated(value * yuan, half * yuan, _place(item.change), _whole_base(item), name)


def _whole_base(item: Implied) -> str:
    """The printed base of a comparison with the words behind it: 比上年预算执行数."""
    base, sentence = item.claim.base, plain_name(item.claim.sentence)
    tail = vocabulary()["base_tail"]
    found = re.findall(f"{re.escape(base)}{tail}", sentence) if base else []
    return max(found, key=len, default=base)


def _make_up(members: Sequence[Implied], whole: Number) -> bool:
    """Whether this year's values of the parts make up this year's whole, rounding allowed for."""
    bases = {member.claim.base for member in members if member.claim.base}
    if len(members) < 2 or len(bases) > 1 or whole.unit not in YUAN:
        return False
    now = [_of_number(member.current) for member in members]
    total = _of_number(whole)
    off = abs(sum((part.value for part in now), Decimal(0)) - total.value)
    return off <= sum((part.half for part in now), Decimal(0)) + total.half


def _labels(found: Sequence[Disclosure]) -> list[str]:
    """The shortest names that tell the documents apart: the year, with the department, the kind."""
    owners = [each.department or each.title for each in found]
    years = [str(each.year or each.key) for each in found]
    one = all(same_department(owners[0], owner) for owner in owners)
    labels = years if one else [_short_name(owner) for owner in owners]
    if not one and len(set(years)) > 1:
        labels = [f"{label} {year}" for label, year in zip(labels, years, strict=True)]
    if len({each.kind for each in found}) > 1:
        kinds = {"budget": said("budget"), "final_accounts": said("final accounts")}
        labels = [f"{label} {tell(kinds.get(each.kind, each.kind))}"
                  for label, each in zip(labels, found, strict=True)]  # fmt: skip
    if len(set(labels)) < len(labels):
        labels = [f"{label} {each.key}" for label, each in zip(labels, found, strict=True)]
    return labels


def _short_name(owner: str) -> str:
    """A department's name without the year and the kind of document that some print with it."""
    for pattern in vocabulary()["department"]["label_without"]:
        owner = re.sub(pattern, "", owner)
    return owner if len(owner) <= _LONGEST_NAME else f"{owner[: _LONGEST_NAME - 1]}…"


def same_department(left: str, right: str) -> bool:
    """Whether two printed names are of one department, though one may leave something out.

    What may be left out: words that say nothing of whom it is (人民政府, 本级), and the place in
    front. 甲市乙区某局 and 乙区某局 are one, 甲市某局 and 乙区某局 are not.
    """
    short, long = sorted((core_name(left), core_name(right)), key=len)
    if short == long:
        return bool(short)
    if len(short) < _SHORTEST_NAME or not long.endswith(short):
        return False
    return long.removesuffix(short).endswith(division_words())


def core_name(name: str) -> str:
    core = plain_name(name)
    for word in vocabulary()["department"]["dropped"]:
        core = core.replace(plain_name(word), "")
    return core


@functools.cache
def vocabulary() -> dict[str, Any]:
    """What is compared and how it is called, from ``vocabulary/compare.toml``."""
    return load("compare.toml")


@functools.cache
def quantities() -> dict[str, Quantity]:
    """The totals that are compared, by id, in their order."""
    return {
        row["id"]: Quantity(row["id"], row["en"], row["zh"], tuple(row["facts"]))
        for row in vocabulary()["quantity"]
    }


def words(english: str, chinese: str) -> str:
    """A label in the language in use: Chinese alone, or with the English term behind it."""
    return chinese if language() == "zh" else f"{chinese} {english}"
