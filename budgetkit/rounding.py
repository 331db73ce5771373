"""A quick look for unrounded values with which everything holds, before a solver is asked.

Numbers are nudged inside their rounding intervals until every identity fits. Finding such values
settles that rounding explains everything; not finding them says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from budgetkit.identities import Identity
from budgetkit.reconcile import Check

__all__ = ["settles"]

_STEPS = 8000
_NEAR = 2e-3  # of the smallest half place: contradictions of rounding are far larger than that

_Row = tuple[dict[str, float], float, bool]
"""Factors by class of numbers, how far off the printed values are, and whether it is an upper
bound only: Σ factor · nudge + off = 0, or ≤ 0."""


def settles(checks: Sequence[Check]) -> bool:
    """True where small nudges within rounding make all these holding checks hold exactly."""
    classes = _classes(checks)
    halves: dict[str, float] = {}
    rows: dict[object, _Row] = {}
    for check in checks:
        for terms, off, bound in _rows(check, classes, halves):
            if terms:
                rows[tuple(sorted(terms.items())), bound] = (terms, off, bound)
    return _nudge(list(rows.values()), halves)


def _classes(checks: Sequence[Check]) -> dict[str, str]:
    """Numbers that are printed equal and must be equal, by one of them."""
    parent: dict[str, str] = {}

    def root(number: str) -> str:
        while (above := parent.get(number, number)) != number:
            number = above
        return number

    for check in checks:
        identity = check.identity
        if len(identity.left) == len(identity.right) == 1 and not identity.per:
            (one, left), (other, right) = identity.left[0], identity.right[0]
            if one == other and left.value == right.value and identity.relation == "=":
                first, second = root(left.id), root(right.id)
                if first != second:
                    parent[second] = first
    return {number: root(number) for number in parent}


def _rows(
    check: Check, classes: dict[str, str], halves: dict[str, float]
) -> list[tuple[dict[str, float], float, bool]]:
    identity = check.identity
    if identity.per:
        return _share_rows(check.identity, classes, halves)
    if len(identity.left) == len(identity.right) == 1 and check.outcome == "holds":
        left, right = identity.left[0][1].id, identity.right[0][1].id
        if classes.get(left, left) == classes.get(right, right):
            return []
    if identity.relation == "<=" and -(check.difference or 0) >= (check.tolerance or 0):
        return []  # no rounding can break it
    terms: dict[str, float] = {}
    for sign, side in ((1, identity.left), (-1, identity.right)):
        for factor, number in side:
            name = classes.get(number.id, number.id)
            half = float(number.half)
            halves[name] = min(half, halves.get(name, half))
            terms[name] = terms.get(name, 0.0) + sign * float(factor)
    off = float(check.difference or 0)
    return [({n: f for n, f in terms.items() if f}, off, identity.relation == "<=")]


def _share_rows(
    identity: Identity, classes: dict[str, str], halves: dict[str, float]
) -> list[tuple[dict[str, float], float, bool]]:
    share = sum(float(factor * number.value) for factor, number in identity.left)
    half = sum(abs(float(factor * number.half)) for factor, number in identity.left)
    whole = sum(float(factor * number.value) for factor, number in identity.per)
    rows = []
    for sign, bound in ((1, share + half), (-1, share - half)):
        if whole < 0:
            sign = -sign
        terms: dict[str, float] = {}
        off = 0.0
        for weight, side in ((1.0, identity.right), (-bound / 100, identity.per)):
            for factor, number in side:
                name = classes.get(number.id, number.id)
                own = float(number.half)
                halves[name] = min(own, halves.get(name, own))
                scaled = sign * weight * float(factor)
                terms[name] = terms.get(name, 0.0) + scaled
                off += scaled * float(number.value)
        rows.append((terms, off, True))
    return rows


def _nudge(rows: Sequence[_Row], halves: dict[str, float]) -> bool:
    """Projects onto one row after the other, inside the intervals, until none is left off."""
    touching: dict[str, list[int]] = {}
    for position, (terms, _, _) in enumerate(rows):
        for name in terms:
            touching.setdefault(name, []).append(position)
    moved = dict.fromkeys(touching, 0.0)
    near = _NEAR * min((half for half in halves.values() if half), default=1.0)
    waiting = {p: None for p, (_, off, bound) in enumerate(rows) if off > 0 or (off and not bound)}
    for _ in range(_STEPS):
        if not waiting:
            return True
        position = next(iter(waiting))
        del waiting[position]
        terms, off, bound = rows[position]
        misfit = off + sum(factor * moved[name] for name, factor in terms.items())
        if abs(misfit) <= near or (bound and misfit < 0):
            continue
        changed = _project(terms, misfit, moved, halves, near)
        if changed is None:
            return False
        for name in changed:
            for other in touching[name]:
                if other != position:
                    waiting[other] = None
    return False


def _project(
    terms: dict[str, float],
    misfit: float,
    moved: dict[str, float],
    halves: dict[str, float],
    near: float,
) -> list[str] | None:
    """Spreads a misfit over the terms that still have room; None where there is too little."""
    free = dict(terms)
    changed: dict[str, None] = {}
    while abs(misfit) > near / 4 and free:
        step = misfit / sum(factor * factor for factor in free.values())
        for name, factor in list(free.items()):
            half = halves[name]
            wanted = moved[name] - step * factor
            inside = min(max(wanted, -half), half)
            misfit += factor * (inside - moved[name])
            moved[name] = inside
            changed[name] = None
            if inside != wanted:
                del free[name]
    return list(changed) if abs(misfit) <= near else None
