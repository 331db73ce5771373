"""Sentences with tables and with each other: amounts, shares, growth, lists, absences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from budgetkit.identities import Identity, Term, sum_of, terms_of
from budgetkit.identities.across import Quantities
from budgetkit.ledger import YUAN, FactKey, Number, fact_key
from budgetkit.observations import Observation
from budgetkit.prose import Claim, ListClaim, Narrative
from budgetkit.subjects import words
from budgetkit.vocabulary import partitions

__all__ = ["narrative_identities", "narrative_observations"]

_HUNDRED = Decimal(100)
_LAST_PLACE = "narrative.last_place"
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


def narrative_identities(narrative: Narrative, tables: Quantities) -> Iterator[Identity]:
    """Every identity that a sentence states, in the order of the text."""
    stated = _stated(narrative)
    yield from _against_tables(narrative, tables)
    yield from _repeats(stated, tables)
    counted = {_place(x) for x in narrative.lists if x.parts and _ends_with_others(x)}
    for listed in narrative.lists:
        yield from _list_sum(listed, counted)
    for claim in narrative.claims:
        if claim.kind == "share":
            yield from _share(claim, narrative, stated, tables)
        elif claim.kind == "growth":
            yield from _growth(claim, narrative, stated, tables)
        elif claim.kind == "base":
            yield from _base(claim, narrative)
    yield from _absences(narrative, tables)


def _stated(narrative: Narrative) -> dict[FactKey, list[Claim]]:
    """What the narrative states by quantity; unknown labels only where a flow frames them."""
    stated: dict[FactKey, list[Claim]] = defaultdict(list)
    for claim in narrative.claims:
        if claim.kind in {"amount", "count"} and "flow" in claim.facts:
            stated[fact_key(claim.facts)].append(claim)
    return stated


def table_keys(facts: Mapping[str, str]) -> list[FactKey]:
    """The quantities of the tables that a claim states; 收支 states both sides."""
    if facts.get("flow") == "balance":
        return [fact_key(facts, flow="income"), fact_key(facts, flow="expenditure")]
    return [fact_key(facts)]


def _same_kind(left: Number, right: Number) -> bool:
    return left.unit == right.unit or (left.unit in YUAN and right.unit in YUAN)


def _against_tables(narrative: Narrative, tables: Quantities) -> Iterator[Identity]:
    for claim in narrative.claims:
        if claim.kind not in {"amount", "count"}:
            continue
        for key in table_keys(claim.facts):
            printed = [
                n
                for n in _printed_as(claim, key, tables)
                if _same_kind(claim.number, n) and (n.value >= 0 or claim.number.value < 0)
            ]  # a negative amount beside a positive one is a change
            if not printed:
                continue
            same = next((n for n in printed if _equal(claim.number, n)), None)
            missing = ""
            if same is None and any(not _equal(printed[0], n) for n in printed[1:]):
                missing = "the tables print several values of it"
            elif same is None and not claim.framed and (other := _of_a_fund(claim, key, tables)):
                same, missing = other, ""
            elif same is None and not claim.framed:
                missing = "of which fund the sentence speaks is not said"
            first = same or printed[0]
            yield Identity(
                "narrative.same_quantity",
                terms_of([claim.number]),
                terms_of([first], unit=claim.number.unit),
                exact=True,
                one_off=_LAST_PLACE,
                missing=missing,
                note=f"{claim.subject}: sentence and table {first.table}",
            )


def _of_a_fund(claim: Claim, key: FactKey, tables: Quantities) -> Number | None:
    """The same item as one of the funds pays it, where the tables print what the claim states."""
    for fund in ("appropriation", "general_public_budget"):
        for number in tables.get(fact_key(dict(key), fund=fund), []):
            if _same_kind(claim.number, number) and _equal(claim.number, number):
                return number
    return None


def _printed_as(claim: Claim, key: FactKey, tables: Quantities) -> list[Number]:
    """What the tables print of a claim; a total may be called so and mean the year's own."""
    printed = [*tables.get(key, []), *tables.get(fact_key(dict(key), forward="included"), [])]
    if claim.facts.get("flow") in {"income", "expenditure"} and "carry" not in claim.facts:
        own = tables.get(fact_key(dict(key), carry="no"), [])
        if own and _same_kind(claim.number, own[0]) and _equal(claim.number, own[0]):
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
            if other.line != first.line and _same_kind(first.number, other.number):
                yield Identity(
                    "narrative.repeated",
                    terms_of([first.number]),
                    terms_of([other.number], unit=first.number.unit),
                    exact=True,
                    one_off=_LAST_PLACE,
                    note=f"{other.subject}: two sentences",
                )


def _place(listed: ListClaim) -> tuple[int, int]:
    return listed.parts[0].line, listed.parts[0].start


def _list_sum(listed: ListClaim, counted: set[tuple[int, int]]) -> Iterator[Identity]:
    """`counted` are places of lists of things that name all of them, and so do their values."""
    if not listed.parts:
        return
    whole, unit = listed.whole.number, listed.whole.number.unit
    leading = _leading(listed)
    unclear = leading is None
    listed = leading or listed
    parts = [part.number for part in listed.parts]
    left, right = terms_of([whole]), terms_of(parts, unit=unit)
    value, half = sum_of(left)
    total, rounding = sum_of(right)
    together = abs(value - total) <= half + rounding
    complete = _is_complete(listed) or _place(listed) in counted or together
    if unclear or (not complete and (listed.loose or whole.unit not in YUAN)):
        yield Identity(
            "narrative.list_part", right, left,
            missing="the parts may overlap, and nothing says that they are all",
            note=f"{listed.whole.subject}: the items that the text lists",
        )  # fmt: skip
        return
    yield Identity(
        "narrative.list_sum" if complete else "narrative.list_part",
        left if complete else right,
        right if complete else left,
        relation="=" if complete else "<=",
        note=f"{listed.whole.subject}: the items that the text lists",
    )


def _leading(listed: ListClaim) -> ListClaim | None:
    """A list over unnumbered lines without what stands below it and is no longer part of it.

    None where the vocabulary's parts are followed by others, and neither with nor without them
    the whole comes out.
    """
    sizes = range(len(listed.parts), 1, -1)
    if not listed.loose or len(listed.parts) < 2:
        return listed
    known = replace(listed, parts=[])
    for size in sizes:
        shorter = replace(listed, parts=listed.parts[:size])
        value, half = sum_of(terms_of([listed.whole.number]))
        terms = terms_of([c.number for c in shorter.parts], unit=listed.whole.number.unit)
        total, rounding = sum_of(terms)
        if abs(value - total) <= half + rounding:
            return shorter
        if _is_complete(shorter):
            known = shorter
    if not known.parts or len(known.parts) == len(listed.parts):
        return listed
    return None


def _is_complete(listed: ListClaim) -> bool:
    """Whether the list names every part that the vocabulary knows of its whole."""
    for split in partitions():
        whole = listed.whole.facts.get(split.dimension, "")
        named = {part.facts.get(split.dimension, "") for part in listed.parts}
        if whole == split.whole and named >= set(split.parts):
            return True
        finer = {p for s in partitions() if s.dimension == split.dimension for p in s.parts}
        if whole == split.whole and set(split.parts) <= _covered(named & finer, split.dimension):
            return True
    return False


def _ends_with_others(listed: ListClaim) -> bool:
    """Whether a list of things counted closes with the others (其他车辆 5 辆), so that none is
    left out; not told of money, where 其他… is the name of many an item.
    """
    last = listed.parts[-1]
    return last.number.half == 0 and bool(words("others").match(last.subject))


def _covered(named: set[str], dimension: str) -> set[str]:
    """The parts named, and the wholes that named parts make up."""
    covered = set(named)
    for split in partitions():
        if split.dimension == dimension and split.whole and covered >= set(split.parts):
            covered.add(split.whole)
    return covered


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


def _share(
    claim: Claim,
    narrative: Narrative,
    stated: Mapping[FactKey, list[Claim]],
    tables: Quantities,
) -> Iterator[Identity]:
    whole = _whole_of_share(claim, narrative, stated, tables)
    part = claim.owner.number if claim.owner is not None else None
    missing = ""
    if part is None:
        missing = "the sentence names no amount that the share belongs to"
    elif whole is None:
        missing = "what the share is taken of is not printed"
    elif not _same_kind(part, whole):
        missing = "part and whole are in different units"
    elif _on_another_whole(claim, whole, narrative):
        missing = "the shares of the sentence agree on another whole than is printed"
    yield Identity(
        "narrative.share",
        terms_of([claim.number]),
        terms_of([part] if part else []),
        per=terms_of([whole], unit=part.unit) if whole and part and not missing else (),
        one_off=_LAST_PLACE,
        missing=missing,
        note=f"{claim.subject}: share",
    )


def _on_another_whole(claim: Claim, whole: Number, narrative: Narrative) -> bool:
    """Whether all shares that are taken of the same thing fit one whole, but not this one."""
    low, high, found = _ZERO, _ZERO, 0
    for other in narrative.claims:
        owner = other.owner
        if other.kind != "share" or owner is None or not _same_kind(owner.number, whole):
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
    if change.owner is not None and change.owner.kind in {"amount", "count"}:
        return change.owner.number
    key = fact_key(change.facts)
    if not change.known:
        return None
    nearby = [c for c in stated.get(key, []) if c.section == change.section]
    candidates = nearby or stated.get(key, [])
    if candidates and _same_kind(candidates[0].number, change.number):
        return candidates[0].number
    if key in tables:
        return tables[key][0]
    return None


def _change_of(growth: Claim, narrative: Narrative) -> Claim | None:
    """The change that a growth rate goes with: the nearest one before it in its sentence."""
    found = None
    for claim in narrative.claims:
        if claim is growth:
            return found
        if claim.line == growth.line and claim.start == growth.start and claim.kind == "change":
            same = claim.facts == growth.facts or growth.owner in (claim, claim.owner)
            found = claim if same else found
    return found


def _growth(
    claim: Claim,
    narrative: Narrative,
    stated: Mapping[FactKey, list[Claim]],
    tables: Quantities,
) -> Iterator[Identity]:
    change = _change_of(claim, narrative)
    base = change.base_claim if change is not None else None
    note = f"{claim.subject}: growth"
    missing = "the sentence prints no change in amount" if change is None else ""
    if claim.unsure or (change is not None and change.unsure):
        missing = "the change may belong to the item named last or to the whole"
    if change is None or missing:
        yield Identity(
            "narrative.growth", terms_of([claim.number]), (), missing=missing, note=note,
        )  # fmt: skip
        return
    if base is not None:
        per = terms_of([base.number], unit=change.number.unit)
    else:
        current = current_of(change, stated, tables)
        if current is None or not _same_kind(current, change.number):
            yield Identity(
                "narrative.growth", terms_of([claim.number]), terms_of([change.number]),
                missing="the current value of the growing quantity is not printed", note=note,
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
                note=f"{claim.subject}: growth of 100% from zero, so that the change is all of it",
            )  # fmt: skip
            return
    yield Identity(
        "narrative.growth",
        terms_of([claim.number]),
        terms_of([change.number]),
        per=per,
        note=note,
        one_off=_LAST_PLACE,
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
        note=f"{claim.subject}: growth from zero, printed by convention",
    )


def _base(base: Claim, narrative: Narrative) -> Iterator[Identity]:
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
    if current is None or not _same_kind(current.number, base.number):
        return
    unit = current.number.unit
    yield Identity(
        "narrative.base_and_change",
        terms_of([current.number]),
        (*terms_of([base.number], unit=unit), *_signed(change, unit)),
        note=f"{current.subject}: base and change give the current value",
    )


def _signed(change: Claim, unit: str) -> tuple[Term, ...]:
    return terms_of([change.number], sign=change.sign, unit=unit)


def _absences(narrative: Narrative, tables: Quantities) -> Iterator[Identity]:
    for absence in narrative.absences:
        printed = tables.get(fact_key(absence.facts), [])
        if tables:
            yield Identity(
                "narrative.not_planned",
                terms_of(printed[:1]),
                (),
                note=f"{absence.subject} is said not to be planned",
            )


def narrative_observations(narrative: Narrative) -> Iterator[Observation]:
    """Directions that contradict each other: 减少 … 增长, a negative amount after 增加."""
    for claim in narrative.claims:
        if claim.kind == "growth":
            change = _change_of(claim, narrative)
            if change is None or not change.sign or not claim.sign:
                continue
            differs = change.sign != claim.sign and change.number.value != 0
            yield Observation(
                "narrative.direction",
                f"{claim.subject}: the amount {_way(change.sign)} by {change.number.text}, the "
                f"rate {_way(claim.sign)} by {claim.number.text}%"
                + (": “" + claim.sentence[:80] + "”" if differs else ""),
                (change.number, claim.number),
                (change.number.where,),
                "violated" if differs else "holds",
            )
        elif claim.kind == "change" and claim.number.value < 0:
            yield Observation(
                "narrative.negative_change",
                f"{claim.subject}: {_way(claim.sign)} by a negative amount, {claim.number.text}",
                (claim.number,),
                (claim.number.where,),
            )


def _way(sign: int) -> str:
    return "rises" if sign > 0 else "falls"
