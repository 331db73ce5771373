"""What a sentence or the lines below it list, against the whole: all of it, or a part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from budgetkit.identities import Identity, sum_of, terms_of
from budgetkit.language import said
from budgetkit.ledger import YUAN
from budgetkit.prose import ListClaim, Narrative
from budgetkit.subjects import words
from budgetkit.vocabulary import partitions

__all__ = ["is_complete", "list_identities"]


def list_identities(narrative: Narrative) -> Iterator[Identity]:
    """Every list of the text, in its order."""
    counted = {_place(x) for x in narrative.lists if x.parts and _ends_with_others(x)}
    for listed in narrative.lists:
        yield from _list_sum(listed, counted)


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
    complete = is_complete(listed) or _place(listed) in counted or together
    if unclear or (not complete and (listed.loose or whole.unit not in YUAN)):
        yield Identity(
            "narrative.list_part", right, left,
            missing=said('the parts may overlap, and nothing says that they are all'),
            note=said('{subject}: the items that the text lists', subject=listed.whole.subject),
        )  # fmt: skip
        return
    yield Identity(
        "narrative.list_sum" if complete else "narrative.list_part",
        left if complete else right,
        right if complete else left,
        relation="=" if complete else "<=",
        note=said("{subject}: the items that the text lists", subject=listed.whole.subject),
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
        if is_complete(shorter):
            known = shorter
    if not known.parts or len(known.parts) == len(listed.parts):
        return listed
    return None


def is_complete(listed: ListClaim) -> bool:
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
