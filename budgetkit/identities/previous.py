"""The previous year implied by value and change, reconciled like printed numbers.

Current value minus change is what the document says of the year before. Parts of one whole must
then add up to the same previous whole, whichever way the whole is split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgetkit.claims import STATED
from budgetkit.identities import Identity, Term, sum_of, terms_of
from budgetkit.identities.across import Quantities
from budgetkit.identities.rates import current_of
from budgetkit.language import joined, said
from budgetkit.ledger import FactKey, Number, fact_key
from budgetkit.prose import Claim, Narrative
from budgetkit.vocabulary import load, partitions

__all__ = ["Implied", "all_parts", "implied_parts", "implied_values", "previous_identities"]

_LONGEST = 16  # characters of a subject in a note


@dataclass(frozen=True, slots=True)
class Implied:
    """A previous value implied by a current value and a change, as terms (current − change)."""

    claim: Claim
    current: Number
    change: Number
    sign: int
    key: FactKey

    @property
    def terms(self) -> tuple[Term, ...]:
        """Current value and signed change, in the unit of the current value."""
        unit = self.current.unit
        return (
            *terms_of([self.current]),
            *terms_of([self.change], sign=-self.sign, unit=unit),
        )

    @property
    def value(self) -> Decimal:
        """The implied previous value in the unit of the current value."""
        return sum_of(self.terms)[0]


def implied_values(narrative: Narrative, tables: Quantities) -> list[Implied]:
    """All implied previous values of known quantities, one a quantity, in text order."""
    stated: dict[FactKey, list[Claim]] = defaultdict(list)
    for claim in narrative.claims:
        if claim.kind in STATED and "flow" in claim.facts:
            stated[fact_key(claim.facts)].append(claim)
    implied: dict[tuple[FactKey, str], Implied] = {}
    for claim in narrative.claims:
        if claim.kind != "change" or not claim.known or not claim.sign or claim.reason:
            continue
        if "flow" not in claim.facts or (claim.year and claim.base_year == claim.year):
            continue  # a comparison with the same year's budget says nothing of the year before
        current = current_of(claim, stated, tables)
        if current is None or (
            current.unit != claim.number.unit and not current.unit.endswith("元")
        ):
            continue
        key = fact_key(claim.facts)
        implied.setdefault(
            (key, claim.section[0] if claim.section else ""),
            Implied(claim, current, claim.number, claim.sign, key),
        )
    return list(implied.values())


def previous_identities(narrative: Narrative, tables: Quantities) -> Iterator[Identity]:
    """Identities among implied previous values: repeats, parts and wholes, income and spending."""
    implied = implied_values(narrative, tables)
    yield from _repeated(implied)
    yield from _repeated_headcount(narrative)
    splits = _splits(implied, tables)
    by_whole: dict[FactKey, list[list[Implied]]] = defaultdict(list)
    for whole, members in splits:
        by_whole[whole].append(members)
    own = {item.key: item for item in implied}
    for whole, groups in by_whole.items():
        if whole in own:
            for members in groups:
                yield _same_total([own[whole]], members, "narrative.previous_year")
        for members in groups[1:]:
            yield _same_total(groups[0], members, "narrative.previous_year")
    for left, right in _linked():
        if left in by_whole and right in by_whole:
            first, second = by_whole[left][0], by_whole[right][0]
            if _same_base(first, second) and _same_current(first, second):
                yield _same_total(first, second, "narrative.previous_year_balance")


def _repeated(implied: Sequence[Implied]) -> Iterator[Identity]:
    """The same quantity's change in two sections."""
    first: dict[FactKey, Implied] = {}
    for item in implied:
        earlier = first.setdefault(item.key, item)
        if earlier is not item and earlier.claim.base == item.claim.base:
            yield Identity(
                "narrative.repeated_change",
                terms_of([earlier.change], sign=earlier.sign),
                terms_of([item.change], sign=item.sign, unit=earlier.change.unit),
                exact=True,
                note=said("{subject}: the same change in two sections", subject=item.claim.subject),
            )


def _repeated_headcount(narrative: Narrative) -> Iterator[Identity]:
    """A change in headcount given as a reason, against the one that is stated."""
    first: dict[FactKey, Claim] = {}
    for claim in narrative.claims:
        if claim.kind == "change" and claim.known and claim.facts.get("flow") == "headcount":
            earlier = first.setdefault(fact_key(claim.facts), claim)
            if earlier.line != claim.line:
                yield Identity(
                    "narrative.repeated_headcount",
                    terms_of([earlier.number], sign=earlier.sign),
                    terms_of([claim.number], sign=claim.sign),
                    exact=True,
                    note=said("{subject}: the same change in two places", subject=claim.subject),
                )


def implied_parts(implied: Sequence[Implied]) -> list[tuple[FactKey, list[Implied]]]:
    """Groups of implied values that are parts of one whole, split one way; not always all parts."""
    groups: dict[tuple[FactKey, str], list[Implied]] = {}
    seen: set[FactKey] = set()
    for item in implied:
        if item.key in seen:
            continue
        seen.add(item.key)
        facts = dict(item.key)
        for dimension in ("function", "economic", "nature", "fund", "public_item", "procured"):
            if dimension not in facts or "label" in facts:
                continue
            rest = {k: v for k, v in facts.items() if k != dimension}
            if dimension == "fund":
                rest.pop("carry", None)
            level = str(len(facts[dimension])) if dimension in {"function", "economic"} else ""
            groups.setdefault((fact_key(rest), dimension + level), []).append(item)
        for split in partitions():
            if split.whole and facts.get(split.dimension) in split.parts:
                whole = fact_key(facts, **{split.dimension: split.whole})
                groups.setdefault((whole, split.dimension + "of"), []).append(item)
    return [(whole, members) for (whole, _), members in groups.items()]


def all_parts(whole: FactKey, members: Sequence[Implied]) -> list[Implied]:
    """The members that are the parts of a whole, each once; none where a part has no member.

    A part that is nothing this year, and may have been something in the year before, is missed by
    no sum of this year. Where nothing says which parts a whole has, all members are taken, and of
    funds those that the text names: a department does without most of them every year.
    """
    facts = dict(whole)
    for split in partitions():
        if split.dimension == "fund":
            continue
        named = {dict(member.key).get(split.dimension, ""): member for member in members}
        if facts.get(split.dimension, "") == split.whole and any(p in named for p in split.parts):
            found = _parts(split.dimension, split.parts, named) or []
            return [member for member in members if member in found]
    return list(members)


def _parts(
    dimension: str, parts: Sequence[str], named: Mapping[str, Implied]
) -> list[Implied] | None:
    """A member for every part, or for all parts of a part; None where one has none."""
    found: list[Implied] = []
    for part in parts:
        if part in named:
            found.append(named[part])
            continue
        finer = next((s for s in partitions() if (s.dimension, s.whole) == (dimension, part)), None)
        below = _parts(dimension, finer.parts, named) if finer is not None else None
        if below is None:
            return None
        found.extend(below)
    return found


def _splits(implied: Sequence[Implied], tables: Quantities) -> list[tuple[FactKey, list[Implied]]]:
    """Groups of implied values whose current values make up a printed whole completely."""
    return [
        (whole, members)
        for whole, named in implied_parts(implied)
        if (printed := tables.get(whole))
        and len(members := all_parts(whole, named)) > 1
        and _makes_up(members, printed[0])
    ]


def _makes_up(members: Sequence[Implied], whole: Number) -> bool:
    terms: list[Term] = []
    for member in members:
        terms.extend(terms_of([member.current], unit=whole.unit))
    total, half = sum_of(terms)
    return abs(total - whole.value) <= half + whole.half


def _same_total(left: Sequence[Implied], right: Sequence[Implied], rule: str) -> Identity:
    unit = left[0].current.unit
    sides = []
    for side in (left, right):
        terms: list[Term] = []
        for item in side:
            terms.extend(terms_of([item.current], unit=unit))
            terms.extend(terms_of([item.change], sign=-item.sign, unit=unit))
        sides.append(tuple(terms))
    names = joined(
        (
            "、".join(_short(i.claim.subject) for i in side[:3]) + ("…" if len(side) > 3 else "")
            for side in (left, right)
        ),
        " and ",
    )
    return Identity(
        _milder(rule, (left, right), (sides[0], sides[1])),
        sides[0],
        sides[1],
        note=said("the previous year implied by {names}", names=names),
    )


def _milder(
    rule: str, members: Sequence[Sequence[Implied]], sides: Sequence[tuple[Term, ...]]
) -> str:
    """Items of this year may be less than last year's total: one may have ended with it."""
    totals = [sum_of(side) for side in sides]
    lower = 0 if totals[0][0] < totals[1][0] else 1
    beyond = abs(totals[0][0] - totals[1][0]) > totals[0][1] + totals[1][1]
    listed = any({"function", "economic", "fund"} & set(dict(item.key)) for item in members[lower])
    return "narrative.previous_items" if beyond and listed and len(members[lower]) > 1 else rule


def _short(subject: str) -> str:
    """The end of a long subject, which tells it from others, and a sign that it was cut."""
    return subject if len(subject) <= _LONGEST else f"…{subject[-_LONGEST:]}"


def _same_base(left: Sequence[Implied], right: Sequence[Implied]) -> bool:
    bases = {item.claim.base for item in (*left, *right) if item.claim.base}
    return len(bases) <= 1


def _same_current(left: Sequence[Implied], right: Sequence[Implied]) -> bool:
    totals = [
        sum_of([t for item in side for t in terms_of([item.current])]) for side in (left, right)
    ]
    return abs(totals[0][0] - totals[1][0]) <= totals[0][1] + totals[1][1]


def _linked() -> list[tuple[FactKey, FactKey]]:
    """Wholes that must have agreed last year as they agree this year."""
    linked: list[tuple[FactKey, FactKey]] = []
    for row in load("relations.toml")["previous"]:
        left: Mapping[str, str] = row["left"]
        right: Mapping[str, str] = row["right"]
        linked.append((fact_key(left), fact_key(right)))
    return linked
