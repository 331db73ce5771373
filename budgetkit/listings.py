"""Which claims are the parts of which: lists inside a sentence, and over the lines below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from budgetkit.claims import Claim, ListClaim, Narrative
from budgetkit.ledger import YUAN
from budgetkit.subjects import words
from budgetkit.vocabulary import partitions

__all__ = [
    "CarriedLists",
    "InlineLists",
    "belongs",
    "complete_lists",
    "list_opener",
    "settle_changes",
    "split_whole",
]

_SPLIT = {split.dimension for split in partitions()} | {"carry", "label", "measure", "counted"}


def list_opener(lead: str) -> bool:
    """Whether the words before a number open a list of parts."""
    plain = re.sub(r"\s", "", lead)
    return bool(words("opens_inline").search(plain))


def belongs(part: Claim, whole: Claim) -> bool:
    """Whether a claim may be a part of another: in its unit, and of the same kind of thing.

    What is known to be another flow, another kind of person, or the whole itself, is no part.
    """
    one, other = part.number.unit, whole.number.unit
    if one != other and not (one in YUAN and other in YUAN):
        return False
    if not (part.known and whole.known):
        return True
    if part.facts == whole.facts and "label" not in part.facts:
        return False
    for name in ("flow", "person"):
        mine, its = part.facts.get(name, ""), whole.facts.get(name, "")
        if its == "balance":
            continue  # the total of both sides
        if mine and its and mine != its and not _split_from(name, its, mine):
            return False
    return True


def _split_from(dimension: str, whole: str, part: str) -> bool:
    return any(
        s.dimension == dimension and s.whole == whole and part in s.parts for s in partitions()
    )


@dataclass(slots=True)
class _Level:
    """One list that is open inside a sentence: by unit of its wholes."""

    lists: dict[str, ListClaim]
    bracket: int


class InlineLists:
    """The lists open at a place of a sentence: 其中 …, one in another, one inside brackets."""

    def __init__(self, found: list[ListClaim]) -> None:
        self.found = found
        self._levels: list[_Level] = []
        self._paused: list[_Level] = []

    def __bool__(self) -> bool:
        return bool(self._levels)

    def close(self) -> None:
        """Ends all lists: a sentence ends."""
        self._levels, self._paused = [], []

    def close_inner(self) -> None:
        """Ends all but the outermost list: a semicolon. What makes up an inner one still joins it."""
        self._paused = self._levels[1:] or self._paused
        del self._levels[1:]

    def leave_brackets(self, depth: int) -> None:
        """Ends the lists inside brackets that have closed."""
        while self._levels and self._levels[-1].bracket > depth:
            self._levels.pop()

    def open(self, wholes: list[Claim], depth: int, loose: bool = False) -> None:
        """A list of the parts of some claims begins here."""
        lists = {whole.number.unit: ListClaim(whole, [], loose) for whole in wholes}
        self.found.extend(lists.values())
        self._levels.append(_Level(lists, depth))

    def take(self, claim: Claim, depth: int) -> bool:
        """Adds a claim to the innermost list that it belongs to; False where none takes it.

        A claim that is no part of the list (another flow, the whole once more) ends it.
        """
        if not self._levels or depth > self._levels[-1].bracket:
            return bool(self._levels)  # an aside in brackets is no part, and ends nothing
        for level in reversed(self._paused):
            inner = level.lists.get(claim.number.unit)
            if inner is not None and len(self._levels) == 1 and _completes(claim, inner):
                _inherit(claim, inner.whole)
                inner.parts.append(claim)
                return True
        level = self._levels[-1]
        listed = level.lists.get(claim.number.unit)
        if listed is None:
            return bool(level.lists)
        if not belongs(claim, listed.whole):
            self.close()
            return False
        if _other_side(claim, listed):
            listed = level.lists[claim.number.unit] = ListClaim(listed.whole, [], listed.loose)
            self.found.append(listed)
        _inherit(claim, listed.whole)
        listed.parts.append(claim)
        return True


def _other_side(claim: Claim, listed: ListClaim) -> bool:
    """Whether a list of a balance goes on with its other side: income first, expenditure then."""
    flows = {part.facts.get("flow") for part in listed.parts}
    balance = listed.whole.facts.get("flow") == "balance"
    return balance and bool(flows) and claim.facts.get("flow") not in flows


def _completes(claim: Claim, listed: ListClaim) -> bool:
    """Whether a claim is just what the parts of a list so far lack of its whole."""
    found = sum(part.number.value for part in listed.parts)
    lacks = listed.whole.number.value - found
    return (
        bool(listed.parts)
        and lacks > 0
        and abs(lacks - claim.number.value) <= (listed.whole.number.half)
    )


def _inherit(part: Claim, whole: Claim) -> None:
    """A part of what one fund or one item pays is no more than that; of what, is as unknown."""
    if not whole.known and whole.subject and part.known:
        part.known = False
        part.facts = {**part.facts, "label": whole.subject}
        return
    for name in ("flow", "fund", "function", "economic"):
        if part.known and name in whole.facts and name not in part.facts:
            part.facts = {**part.facts, name: whole.facts[name]}
    _inherit_nature(part, whole)


def _inherit_nature(part: Claim, whole: Claim) -> None:
    """Wages below basic and below project expenditure are two amounts, not one said twice."""
    nature = whole.facts.get("nature", "") if whole.known else ""
    if nature and part.known and "economic" in part.facts and "nature" not in part.facts:
        part.facts = {**part.facts, "nature": nature}


@dataclass(slots=True)
class _Carried:
    """A whole whose parts follow in lines of their own, with the rank of their list numbers."""

    listed: ListClaim
    rank: int | None = None
    ordinal: int = 0


@dataclass(slots=True)
class CarriedLists:
    """The wholes whose parts follow below, the innermost last."""

    found: list[ListClaim]
    _open: list[_Carried] = field(default_factory=list)

    def open(self, whole: Claim) -> None:
        """The lines below list the parts of a claim."""
        self._open.append(_Carried(ListClaim(whole, [])))

    def whole_for(self, rank: int, text: str, ordinal: int = 0) -> Claim | None:
        """The whole that a line with a list number of this rank is a part of; 0 is no number.

        Lists that the line cannot continue are ended, those that begin to count anew too.
        """
        if words("aside").match(text):
            self._open.clear()
        while self._open:
            last = self._open[-1]
            outer = self._open[-2].rank if len(self._open) > 1 else None
            if last.rank is None:
                if rank and outer and rank <= outer:
                    self._open.pop()
                    continue
                last.rank, last.ordinal = rank, ordinal
                last.listed.loose = rank == 0
                return last.listed.whole
            if rank == last.rank and (not ordinal or ordinal > last.ordinal):
                last.ordinal = ordinal
                return last.listed.whole
            if rank == 0 or (last.rank and rank > last.rank):
                return None  # an explanation, or the parts of a part
            self._open.pop()
        return None

    def take(self, claim: Claim) -> None:
        """Adds the first claim of a line to the list that `whole_for` named."""
        listed = self._open[-1].listed
        if not belongs(claim, listed.whole):
            if claim.known and claim.number.unit == listed.whole.number.unit:
                self._open.pop()
            return
        if _other_side(claim, listed):
            listed = self._open[-1].listed = ListClaim(listed.whole, [], listed.loose)
        if not any(known is listed for known in self.found):
            self.found.append(listed)
        _inherit_nature(claim, listed.whole)
        listed.parts.append(claim)


def split_whole(
    narrative: Narrative, claim: Claim, lead: str, context: Mapping[str, str]
) -> list[Claim]:
    """The total of its section that a paragraph splits once more: 按资金类型划分,…"""
    if not words("splits").search(re.sub(r"\s", "", lead)) or "flow" not in context:
        return []
    return [
        earlier
        for earlier in narrative.claims
        if (earlier.kind, earlier.section) == ("amount", claim.section)
        and earlier.facts == context
        and earlier.number.unit == claim.number.unit
    ][-1:]


def complete_lists(narrative: Narrative) -> None:
    """Adds to a list the heads of the next sentences of its paragraph that just make up its whole.

    政府采购预算 6 万元，其中：集中采购 4 万元，主要是…。分散采购 2 万元: a full stop ends no list that it
    leaves open, where the sum says so.
    """
    taken = {part.id for listed in narrative.lists for part in listed.parts}
    for listed in narrative.lists:
        last = listed.parts[-1] if listed.parts else None
        if last is None or last.number.unit not in YUAN:
            continue
        heads: dict[int, Claim] = {}
        for claim in narrative.line_of(last):
            if (
                claim.start > last.start
                and claim.kind == "amount"
                and not claim.reason
                and claim.id not in taken
            ):
                heads.setdefault(claim.start, claim)
        extended = ListClaim(listed.whole, list(listed.parts))
        for head in heads.values():
            if not belongs(head, listed.whole) or head.number.unit != listed.whole.number.unit:
                break
            if _completes(head, extended):
                listed.parts = [*extended.parts, head]
                break
            extended.parts.append(head)


def settle_changes(narrative: Narrative) -> None:
    """Gives a change behind an itemised sentence to the item named last, or to the whole.

    其他收入 100.00 万元，较上年增加 142.30 万元: where items before had no change of their own, the rate
    that is printed with the change decides; where there is none, the change stays unsure.
    """
    rates = {(c.line, c.start, c.owner.id if c.owner else ""): c for c in _rates(narrative)}
    for listed in narrative.lists:
        last = listed.parts[-1] if listed.parts else None
        whole = listed.whole
        if last is None or last.line != whole.line:
            continue
        changes = [c for c in narrative.line_of(last) if c.kind == "change"]
        owners = {c.owner.id for c in changes if c.owner is not None}
        mine = [c for c in changes if c.owner is last]
        if not mine or any(part.id in owners for part in listed.parts[:-1]) or whole.id in owners:
            continue
        rate = rates.get((last.line, mine[0].start, last.id))
        if len(listed.parts) == 1 and not (rate and _fits(whole, mine[0], rate)):
            continue
        fits = [owner for owner in (last, whole) if rate and _fits(owner, mine[0], rate)]
        owner = fits[0] if fits else whole if mine[0].number.value > last.number.value else None
        for claim in (*mine, *([rate] if rate else [])):
            if owner is None:
                claim.unsure = True
            elif owner is not last:
                _give(claim, owner)
    _settle_too_large(narrative)


def _give(claim: Claim, owner: Claim) -> None:
    claim.owner, claim.facts, claim.known = owner, dict(owner.facts), owner.known
    claim.subject = owner.subject


def _settle_too_large(narrative: Narrative) -> None:
    """Gives a change that is larger than the amount beside it to the one before that its rate fits."""
    for rate in _rates(narrative):
        owner = rate.owner
        here = narrative.sentence_of(rate)
        change = next((c for c in reversed(here) if c.kind == "change" and c.owner is owner), None)
        if owner is None or change is None or change.sign <= 0:
            continue
        if change.number.value <= owner.number.value:
            continue
        fits = [c for c in here if c.kind == "amount" and _fits(c, change, rate)]
        if len({c.number.value for c in fits}) == 1:
            _give(change, fits[0])
            _give(rate, fits[0])


def _rates(narrative: Narrative) -> list[Claim]:
    return [claim for claim in narrative.claims if claim.kind == "growth"]


def _fits(owner: Claim, change: Claim, rate: Claim) -> bool:
    """Whether a rate follows from a change of this amount, to half a last place and a little."""
    base = owner.number.value - change.sign * change.number.value
    if base <= 0 or owner.number.unit != change.number.unit:
        return False
    found = 100 * change.number.value / base
    return abs(found - rate.number.value) <= 2 * rate.number.half + abs(found) / 1000
