"""The change of a whole and those of its parts: listed beside it, or given as its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from budgetkit.claims import STATED, Claim, ListClaim, Narrative
from budgetkit.identities import Identity, Term, sum_of, terms_of
from budgetkit.identities.lists import is_complete
from budgetkit.identities.rates import same_kind
from budgetkit.language import said

__all__ = ["part_change_identities"]

_RULE = "narrative.part_changes"
_Changes = Mapping[int, Sequence[Claim]]
"""The changes of each amount, by the identity of its claim."""


def part_change_identities(narrative: Narrative) -> Iterator[Identity]:
    """The change of a total is the signed sum of its parts' changes, for lists and for reasons."""
    changes: dict[int, list[Claim]] = {}
    for claim in narrative.claims:
        if claim.kind == "change" and claim.owner is not None:
            changes.setdefault(id(claim.owner), []).append(claim)
    for listed in narrative.lists:
        yield from _of_list(listed, changes)
    for whole, parts in _reasons(narrative):
        yield _of_reason(whole, parts, narrative)


def _of_list(listed: ListClaim, changes: _Changes) -> Iterator[Identity]:
    """A list whose amounts make up the whole, where the sentence says of each how it changed."""
    whole = _change_of(listed.whole, changes) or (listed.whole if listed.whole.flat else None)
    if whole is None or len(listed.parts) < 2 or not _makes_up(listed):
        return
    terms: list[Term] = []
    for part in listed.parts:
        change = _change_of(part, changes)
        if change is not None and _compared_alike(change, whole):
            terms.extend(_signed(change, whole))
        elif not (part.flat and part.base_year == whole.base_year):
            return
    left, right = _signed(whole, whole), tuple(terms)
    ended = not is_complete(listed) and _beyond(whole, right) < 0
    if left or right:
        yield Identity(
            _RULE,
            left or right,
            right if left else (),
            missing=said("an item of last year may have ended with it") if ended else "",
            note=said("{subject}: the change and those of its parts", subject=listed.whole.subject),
        )


def _reasons(narrative: Narrative) -> Iterator[tuple[Claim, list[Claim]]]:
    """Changes with the changes that their sentence gives as the reason."""
    whole: Claim | None = None
    parts: list[Claim] = []
    for claim in narrative.claims:
        place = (claim.line, claim.start)
        if whole is not None and place != (whole.line, whole.start):
            if parts:
                yield whole, parts
            whole, parts = None, []
        if claim.kind != "change" or claim.unsure:
            continue
        if not claim.reason:
            if whole is not None and parts:
                yield whole, parts
            whole, parts = claim, []
        elif whole is not None and claim.sign and same_kind(claim.number, whole.number):
            parts.append(claim)
    if whole is not None and parts:
        yield whole, parts


def _of_reason(whole: Claim, parts: Sequence[Claim], narrative: Narrative) -> Identity:
    """A change and its reasons: all of it where they add up to it, or name every listed part."""
    right = tuple(term for part in parts for term in _signed(part, whole))
    together = _beyond(whole, right) == 0
    all_named = any(
        _makes_up(listed) and _named(listed) == {part.subject for part in parts}
        for listed in narrative.lists
        if listed.whole.line == whole.line and listed.whole.number.value >= whole.number.value
    )
    missing = ""
    if not together and not all_named:
        missing = said("the changes that the reason names need not be all, and do not add up to it")
    elif not together and _beyond(whole, right) < 0:
        missing = said("an item of last year may have ended with it")
    return Identity(
        _RULE,
        _signed(whole, whole),
        right,
        missing=missing,
        note=said("{subject}: the change and those of its parts", subject=whole.subject),
    )


def _named(listed: ListClaim) -> set[str]:
    return {part.subject for part in listed.parts}


def _change_of(claim: Claim, changes: _Changes) -> Claim | None:
    """The one change of an amount; none where it is compared with two things."""
    found = [c for c in changes.get(id(claim), ()) if not c.reason and not c.unsure]
    if len(found) != 1 or not found[0].sign or claim.kind not in STATED:
        return None
    return found[0] if same_kind(found[0].number, claim.number) else None


def _compared_alike(one: Claim, other: Claim) -> bool:
    return one.base_year == other.base_year and same_kind(one.number, other.number)


def _signed(change: Claim, whole: Claim) -> tuple[Term, ...]:
    """A change with its sign; nothing for an amount that is said not to have changed."""
    if change.flat:
        return ()
    return terms_of([change.number], sign=change.sign, unit=whole.number.unit)


def _makes_up(listed: ListClaim) -> bool:
    """Whether the amounts of a list add up to its whole as printed."""
    whole = listed.whole.number
    if not all(same_kind(part.number, whole) for part in listed.parts):
        return False
    value, half = sum_of(terms_of([whole]))
    total, rounding = sum_of(terms_of([p.number for p in listed.parts], unit=whole.unit))
    return abs(value - total) <= half + rounding


def _beyond(whole: Claim, right: Sequence[Term]) -> int:
    """1 where the whole changed by more than its parts, -1 where by less, 0 within rounding."""
    value, half = sum_of(_signed(whole, whole))
    total, rounding = sum_of(right)
    if abs(value - total) <= half + rounding:
        return 0
    return 1 if value > total else -1
