"""Shares, changes and growth of a sentence, recomputed from what it and the tables print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from budgetkit.claims import STATED
from budgetkit.identities import Identity, Term, sum_of, terms_of
from budgetkit.identities.across import Quantities
from budgetkit.language import said
from budgetkit.ledger import YUAN, FactKey, Number, fact_key
from budgetkit.prose import Claim, Narrative

__all__ = [
    "LAST_PLACE",
    "base_identities",
    "change_of",
    "current_of",
    "growth_identities",
    "same_kind",
    "share_identities",
]

_HUNDRED = Decimal(100)
LAST_PLACE = "narrative.last_place"
_ZERO = Decimal(0)
_NEAR = Decimal("0.1")  # a doubling that is off by less than this is a doubling with a slip
#: Facts that a share's whole leaves out, the most particular first.
_PARTICULAR = (
    "label",
    "measure",
    "public_item",
    "procured",
    "economic",
    "function",
    "nature",
    "fund",
)


def same_kind(left: Number, right: Number) -> bool:
    """Whether two numbers are in the same unit, or both money."""
    return left.unit == right.unit or (left.unit in YUAN and right.unit in YUAN)


def _whole_of_share(
    claim: Claim,
    narrative: Narrative,
    stated: Mapping[FactKey, list[Claim]],
    tables: Quantities,
) -> Number | None:
    if claim.of_facts:
        key = fact_key(claim.of_facts)
        here = [c for c in stated.get(key, []) if c.section == claim.section]
        if here:
            return here[-1].number if here[-1].line < claim.line else here[0].number
        if key in tables:
            return tables[key][0]
    for listed in narrative.lists:
        if claim.owner is not None and any(part is claim.owner for part in listed.parts):
            return listed.whole.number
    if claim.of and not claim.of_facts:
        return None
    facts = dict(claim.facts)
    for name in _PARTICULAR:
        if name not in facts:
            continue
        facts.pop(name)
        if name == "fund":
            facts.pop("carry", None)
        key = fact_key(facts)
        if key in tables:
            return tables[key][0]
        near = [c for c in stated.get(key, []) if c.section == claim.section]
        if near:
            return near[0].number
    return None


def share_identities(
    claim: Claim,
    narrative: Narrative,
    stated: Mapping[FactKey, list[Claim]],
    tables: Quantities,
) -> Iterator[Identity]:
    """A share against part and whole."""
    whole = _whole_of_share(claim, narrative, stated, tables)
    part = claim.owner.number if claim.owner is not None else None
    missing = ""
    if part is None:
        missing = said("the sentence names no amount that the share belongs to")
    elif whole is None:
        missing = said("what the share is taken of is not printed")
    elif not same_kind(part, whole):
        missing = said("part and whole are in different units")
    elif _on_another_whole(claim, whole, narrative):
        missing = said("the shares of the sentence agree on another whole than is printed")
    yield Identity(
        "narrative.share",
        terms_of([claim.number]),
        terms_of([part] if part else []),
        per=terms_of([whole], unit=part.unit) if whole and part and not missing else (),
        one_off=LAST_PLACE,
        missing=missing,
        note=said("{subject}: share", subject=claim.subject),
    )


def _on_another_whole(claim: Claim, whole: Number, narrative: Narrative) -> bool:
    """Whether all shares that are taken of the same thing fit one whole, but not this one."""
    low, high, found = _ZERO, _ZERO, 0
    for other in narrative.claims:
        owner = other.owner
        if other.kind != "share" or owner is None or not same_kind(owner.number, whole):
            continue
        if (other.section, other.of) != (claim.section, claim.of):
            continue
        part, half = sum_of(terms_of([owner.number], unit=whole.unit))
        share, room = other.number.value, other.number.half * 3
        if share <= room or not part:
            continue
        least = _HUNDRED * (part - half) / (share + room)
        most = _HUNDRED * (part + half) / (share - room)
        low, high = (max(low, least), min(high, most)) if found else (least, most)
        found += 1
    outside = whole.value + whole.half < low or whole.value - whole.half > high
    return found >= 2 and low <= high and outside


def current_of(
    change: Claim, stated: Mapping[FactKey, list[Claim]], tables: Quantities
) -> Number | None:
    """The current value that a change belongs to: of its sentence, else of its quantity."""
    if change.unsure:
        return None
    if change.owner is not None and change.owner.kind in STATED:
        return change.owner.number
    key = fact_key(change.facts)
    if not change.known:
        return None
    nearby = [c for c in stated.get(key, []) if c.section == change.section]
    candidates = nearby or stated.get(key, [])
    if candidates and same_kind(candidates[0].number, change.number):
        return candidates[0].number
    if key in tables:
        return tables[key][0]
    return None


def change_of(growth: Claim, narrative: Narrative) -> Claim | None:
    """The change that a growth rate goes with: the nearest one before it in its sentence."""
    found = None
    for claim in narrative.sentence_of(growth):
        if claim is growth:
            return found
        if claim.kind == "change":
            same = claim.facts == growth.facts or growth.owner in (claim, claim.owner)
            found = claim if same else found
    return found


def growth_identities(
    claim: Claim,
    narrative: Narrative,
    stated: Mapping[FactKey, list[Claim]],
    tables: Quantities,
) -> Iterator[Identity]:
    """A rate against the change and what it is of."""
    change = change_of(claim, narrative)
    base = change.base_claim if change is not None else None
    note = said("{subject}: growth", subject=claim.subject)
    missing = said("the sentence prints no change in amount") if change is None else ""
    if claim.unsure or (change is not None and change.unsure):
        missing = said("the change may belong to the item named last or to the whole")
    if change is None or missing:
        yield Identity(
            "narrative.growth", terms_of([claim.number]), (), missing=missing, note=note,
        )  # fmt: skip
        return
    if base is not None:
        per = terms_of([base.number], unit=change.number.unit)
    else:
        current = current_of(change, stated, tables)
        if current is None or not same_kind(current, change.number):
            yield Identity(
                "narrative.growth", terms_of([claim.number]), terms_of([change.number]),
                missing=said('the current value of the growing quantity is not printed'), note=note,
            )  # fmt: skip
            return
        per = (
            *terms_of([current], unit=change.number.unit),
            *terms_of([change.number], sign=-change.sign),
        )
        if sum_of(per)[0] == 0:
            yield _from_zero(claim, change)
            return
        if _says_from_zero(claim, change, current, per):
            yield Identity(
                "narrative.growth", terms_of([change.number]),
                terms_of([current], unit=change.number.unit),
                note=said(
                    "{subject}: growth of 100% from zero, so that the change is all of it",
                    subject=claim.subject,
                ),
            )  # fmt: skip
            return
    yield Identity(
        "narrative.growth",
        terms_of([claim.number]),
        terms_of([change.number]),
        per=per,
        note=note,
        one_off=LAST_PLACE,
    )


def _says_from_zero(claim: Claim, change: Claim, current: Number, per: tuple[Term, ...]) -> bool:
    """Whether 100% that follows from neither reading means growth from zero, not a doubling."""
    if claim.number.value != _HUNDRED or claim.sign < 0 or change.sign < 0:
        return False
    base, rounding = sum_of(per)
    value, half = change.number.value, change.number.half
    room = rounding + half + abs(base) * claim.number.half / _HUNDRED
    doubled = abs(base - value) <= max(room, abs(value) * _NEAR)
    return not doubled and change.number.unit == current.unit


def _from_zero(claim: Claim, change: Claim) -> Identity:
    """Growth from zero is no arithmetic: by convention 100 is printed, 0 where nothing changed."""
    convention = _HUNDRED if change.number.value else _ZERO
    return Identity(
        "narrative.growth_from_zero",
        terms_of([claim.number]),
        (),
        constant=convention,
        note=said("{subject}: growth from zero, printed by convention", subject=claim.subject),
    )


def base_identities(base: Claim, narrative: Narrative) -> Iterator[Identity]:
    """A printed base: base plus change is the current value."""
    change = next(
        (c for c in narrative.claims if c.base_claim is base and c.kind == "change"), None
    )
    if change is None:
        return
    current = change.owner or base.owner
    if current is None:
        current = next(
            (
                c
                for c in reversed(narrative.claims)
                if c.line == base.line and c.kind == "amount" and c.number.id != base.number.id
                and c.start <= base.start and narrative.claims.index(c) < narrative.claims.index(base)
            ),
            None,
        )  # fmt: skip
    if current is None or not same_kind(current.number, base.number):
        return
    unit = current.number.unit
    yield Identity(
        "narrative.base_and_change",
        terms_of([current.number]),
        (*terms_of([base.number], unit=unit), *_signed(change, unit)),
        note=said("{subject}: base and change give the current value", subject=current.subject),
    )


def _signed(change: Claim, unit: str) -> tuple[Term, ...]:
    return terms_of([change.number], sign=change.sign, unit=unit)
