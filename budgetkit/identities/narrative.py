"""Sentences with tables and with each other: amounts, shares, growth, lists, absences."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from budgetkit.claims import STATED
from budgetkit.identities import Identity, sum_of, terms_of
from budgetkit.identities.across import Quantities
from budgetkit.identities.lists import list_identities
from budgetkit.identities.part_changes import part_change_identities
from budgetkit.identities.rates import (
    LAST_PLACE,
    base_identities,
    change_of,
    growth_identities,
    same_kind,
    share_identities,
)
from budgetkit.language import Said, joined, said
from budgetkit.ledger import FactKey, Number, fact_key
from budgetkit.observations import Observation
from budgetkit.prose import Claim, Narrative

__all__ = ["narrative_identities", "narrative_observations"]

_ZERO = Decimal(0)


def narrative_identities(narrative: Narrative, tables: Quantities) -> Iterator[Identity]:
    """Every identity that a sentence states, in the order of the text."""
    stated = _stated(narrative)
    yield from _against_tables(narrative, tables)
    yield from _repeats(stated, tables)
    yield from list_identities(narrative)
    yield from part_change_identities(narrative)
    for claim in narrative.claims:
        if claim.kind == "share":
            yield from share_identities(claim, narrative, stated, tables)
        elif claim.kind == "growth":
            yield from growth_identities(claim, narrative, stated, tables)
        elif claim.kind == "base":
            yield from base_identities(claim, narrative)
        elif claim.flat:
            yield from _unchanged(claim, tables)
    yield from _absences(narrative, tables)


def _stated(narrative: Narrative) -> dict[FactKey, list[Claim]]:
    """What the narrative states by quantity; unknown labels only where a flow frames them."""
    stated: dict[FactKey, list[Claim]] = defaultdict(list)
    for claim in narrative.claims:
        if claim.kind in STATED and "flow" in claim.facts:
            stated[fact_key(claim.facts)].append(claim)
    return stated


def table_keys(facts: Mapping[str, str]) -> list[FactKey]:
    """The quantities of the tables that a claim states; 收支 states both sides."""
    if facts.get("flow") == "balance":
        return [fact_key(facts, flow="income"), fact_key(facts, flow="expenditure")]
    return [fact_key(facts)]


def _against_tables(narrative: Narrative, tables: Quantities) -> Iterator[Identity]:
    for claim in narrative.claims:
        if claim.kind not in STATED:
            continue
        for key in table_keys(claim.facts):
            printed = [
                n
                for n in _printed_as(claim, key, tables)
                if same_kind(claim.number, n) and (n.value >= 0 or claim.number.value < 0)
            ]  # a negative amount beside a positive one is a change
            if not printed:
                continue
            same = next((n for n in printed if _equal(claim.number, n)), None)
            missing = ""
            if same is None and any(not _equal(printed[0], n) for n in printed[1:]):
                missing = said("the tables print several values of it")
            elif same is None and not claim.framed and (other := _of_a_fund(claim, key, tables)):
                same, missing = other, ""
            elif same is None and not claim.framed:
                missing = said("of which fund the sentence speaks is not said")
            first = same or printed[0]
            yield Identity(
                "narrative.same_quantity",
                terms_of([claim.number]),
                terms_of([first], unit=claim.number.unit),
                exact=True,
                one_off=LAST_PLACE,
                missing=missing,
                note=said(
                    "{subject}: sentence and table {table}",
                    subject=claim.subject,
                    table=first.table,
                ),
            )


def _of_a_fund(claim: Claim, key: FactKey, tables: Quantities) -> Number | None:
    """The same item as one of the funds pays it, where the tables print what the claim states."""
    for fund in ("appropriation", "general_public_budget"):
        for number in tables.get(fact_key(dict(key), fund=fund), []):
            if same_kind(claim.number, number) and _equal(claim.number, number):
                return number
    return None


def _printed_as(claim: Claim, key: FactKey, tables: Quantities) -> list[Number]:
    """What the tables print of a claim; a total may be called so and mean the year's own."""
    printed = [*tables.get(key, []), *tables.get(fact_key(dict(key), forward="included"), [])]
    if claim.facts.get("flow") in {"income", "expenditure"} and "carry" not in claim.facts:
        own = tables.get(fact_key(dict(key), carry="no"), [])
        if own and same_kind(claim.number, own[0]) and _equal(claim.number, own[0]):
            return own
    return printed


def _equal(left: Number, right: Number) -> bool:
    one, other = sum_of(terms_of([left])), sum_of(terms_of([right], unit=left.unit))
    return abs(one[0] - other[0]) <= max(one[1], other[1])


def _repeats(stated: Mapping[FactKey, list[Claim]], tables: Quantities) -> Iterator[Identity]:
    """The same quantity in two sentences; only where the vocabulary knows what it is."""
    for key, claims in stated.items():
        known = [c for c in claims if c.known and c.framed and not c.reason]
        if len(known) < 2 or any(table_key in tables for table_key in table_keys(dict(key))):
            continue
        first = known[0]
        for other in known[1:]:
            if other.line != first.line and same_kind(first.number, other.number):
                if _other_years(first, other):
                    continue
                yield Identity(
                    "narrative.repeated",
                    terms_of([first.number]),
                    terms_of([other.number], unit=first.number.unit),
                    exact=True,
                    one_off=LAST_PLACE,
                    note=said("{subject}: two sentences", subject=other.subject),
                )


def _other_years(one: Claim, other: Claim) -> bool:
    """Whether two subjects name different years: 2024年…决算, 2025年…预算."""
    named = [set(re.findall(r"20\d\d(?=年)", claim.subject)) for claim in (one, other)]
    return bool(named[0] and named[1]) and not named[0] & named[1]


def _unchanged(claim: Claim, tables: Quantities) -> Iterator[Identity]:
    """What is said to be as last year, against what a table prints of last year."""
    if claim.year is None or claim.base_year != claim.year - 1:
        return
    printed = tables.get(fact_key(claim.facts, period="previous"), [])
    if printed and claim.known and same_kind(claim.number, printed[0]):
        yield Identity(
            "narrative.unchanged",
            terms_of([claim.number]),
            terms_of(printed[:1], unit=claim.number.unit),
            exact=True,
            note=said("{subject}: said to be as last year", subject=claim.subject),
        )


def _absences(narrative: Narrative, tables: Quantities) -> Iterator[Identity]:
    for absence in narrative.absences:
        printed = tables.get(fact_key(absence.facts), [])
        if tables:
            yield Identity(
                "narrative.not_planned",
                terms_of(printed[:1]),
                (),
                note=said("{subject} is said not to be planned", subject=absence.subject),
            )


def narrative_observations(narrative: Narrative) -> Iterator[Observation]:
    """Directions that contradict each other: 减少 … 增长, a negative amount after 增加."""
    for claim in narrative.claims:
        if claim.kind == "growth":
            change = change_of(claim, narrative)
            if change is None or not change.sign or not claim.sign:
                continue
            differs = change.sign != claim.sign and change.number.value != 0
            yield Observation(
                "narrative.direction",
                _directions(claim, change, differs),
                (change.number, claim.number),
                (change.number.where,),
                "violated" if differs else "holds",
            )
        elif claim.kind == "change" and (owner := claim.owner) and owner.flat and not claim.reason:
            if claim.base_year == owner.base_year and not claim.unsure:
                yield Observation(
                    "narrative.flat_change",
                    said(
                        "{subject}: said to be unchanged, and to change by {amount}",
                        subject=claim.subject,
                        amount=claim.number.text,
                    ),
                    (claim.number, owner.number),
                    (claim.number.where,),
                    "violated" if claim.number.value else "holds",
                )
        elif claim.kind == "change" and claim.number.value < 0:
            yield Observation(
                "narrative.negative_change",
                said(
                    "{subject}: {way} by a negative amount, {number}",
                    subject=claim.subject,
                    way=_way(claim.sign),
                    number=claim.number.text,
                ),
                (claim.number,),
                (claim.number.where,),
            )


def _directions(claim: Claim, change: Claim, differs: bool) -> Said:
    said_so = said(
        "{subject}: the amount {amount_way} by {amount}, the rate {rate_way} by {rate}%",
        subject=claim.subject,
        amount_way=_way(change.sign),
        amount=change.number.text,
        rate_way=_way(claim.sign),
        rate=claim.number.text,
    )
    return joined([said_so, f"“{claim.sentence[:80]}”"], ": ") if differs else said_so


def _way(sign: int) -> Said:
    return said("rises") if sign > 0 else said("falls")
