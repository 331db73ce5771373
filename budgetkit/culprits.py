"""Error localisation after Fellegi and Holt: the smallest sets of numbers that explain a misfit.

Where no single number does, a mixed-integer programme proposes the sets whose change makes every
check hold; a number that many other places confirm weighs more. Each proposal is then repaired
and verified exactly, or dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import permutations

from budgetkit.effort import Effort
from budgetkit.identities import Identity, sum_of
from budgetkit.ledger import Number
from budgetkit.reconcile import Check
from budgetkit.repairs import Index, Repair, checks_of, find_repair, recheck, with_value
from budgetkit.solver import INFINITE, Model, Solution, solve

__all__ = ["Culprits", "find_sets"]

Culprits = tuple[Repair, tuple[str, ...]]
"""A verified repair and the ids of the numbers it changes, in document order."""

_SECONDS = 10.0  # for a machine that is busy: the effort is what bounds the search
_MOST_NUMBERS = 3
_MOST_SETS = 6
_MOST_CHECKS = 600
_SIZE = 100.0  # weight of one number more, against 1 for a check that confirms it
_HUNDRED = Decimal(100)


def find_sets(
    violated: Sequence[Check],
    index: Index,
    confirmations: Callable[[str], int],
    plausibility: Callable[[Number, Decimal], int],
    skip: Iterable[str] = (),
    effort: Effort | None = None,
) -> list[Culprits]:
    """All lightest sets of two or three numbers whose change makes everything hold.

    Empty where more numbers are needed, where the solver's time or the effort runs out, or where
    no proposal survives exact verification. The order is that of weight, then of the document.
    """
    left_out = set(skip)
    near = list(dict.fromkeys(number for check in violated for number in check.numbers))
    checks = [
        check
        for check in checks_of(near, index)
        if check.outcome != "not_checkable" and check.id not in left_out
    ]
    effort = effort or Effort()
    if len(checks) > _MOST_CHECKS or effort.is_spent():
        return []
    numbers = {n.id: n for check in checks for n in _numbers(check.identity)}
    model, chosen = _model(checks, numbers, confirmations)
    found: list[Culprits] = []
    best: float | None = None
    for _ in range(_MOST_SETS):
        if effort.is_spent():
            break
        solution = solve(model, _SECONDS)
        effort.solve(solution.iterations)
        if solution.status != "optimal":
            break
        if best is not None and solution.objective > best + 0.5:
            break
        members = tuple(n for n, column in chosen.items() if solution.values[column] > 0.5)
        if not members or len(members) > _MOST_NUMBERS:
            break
        best = solution.objective if best is None else best
        effort.repair(sum(len(index.get(member, ())) for member in members))
        repair = _repair(members, numbers, index, plausibility, left_out, solution, chosen)
        if repair is not None:
            found.append((repair, members))
        # The same set, or a larger one around it, is not asked for again.
        model.add_row(-INFINITE, {chosen[n]: 1.0 for n in members}, len(members) - 1)
    return found


def _model(
    checks: Sequence[Check], numbers: Mapping[str, Number], confirmations: Callable[[str], int]
) -> tuple[Model, dict[str, int]]:
    """Columns: for every number whether it changes, then by how much; rows: every check.

    The change of a number stands in the column after its choice.
    """
    model = Model()
    span = _span(checks)
    chosen: dict[str, int] = {}
    for number in numbers:
        choice = model.add_column(_SIZE + min(confirmations(number), 50), 0.0, 1.0, whole=True)
        change = model.add_column(0.0, -span, span)
        model.add_row(-INFINITE, {change: 1.0, choice: -span}, 0.0)
        model.add_row(0.0, {change: 1.0, choice: span}, INFINITE)
        chosen[number] = choice
    # Larger sets are not wanted, and proving that much is most of the solver's work without this.
    model.add_row(-INFINITE, dict.fromkeys(chosen.values(), 1.0), _MOST_NUMBERS)
    for check in checks:
        if check.outcome == "violated":
            model.add_row(1.0, {chosen[n]: 1.0 for n in check.numbers}, INFINITE)
        if check.identity.per:
            _add_share(model, check.identity, chosen)
        else:
            _add_sum(model, check, chosen)
    return model, chosen


def _span(checks: Iterable[Check]) -> float:
    """No repair moves a number further than this: twice the largest misfit in its own unit."""
    largest = Decimal(1)
    for check in checks:
        if check.outcome != "violated" or check.difference is None:
            continue
        sides = (*check.identity.left, *check.identity.right)
        smallest = min((abs(factor) for factor, _ in sides if factor), default=Decimal(1))
        off = abs(check.difference)
        if check.identity.per:
            off = max(abs(sum_of(side)[0]) for side in (check.identity.right, check.identity.per))
        largest = max(largest, off / smallest)
    return float(2 * largest)


def _add_sum(model: Model, check: Check, chosen: Mapping[str, int]) -> None:
    terms: dict[int, float] = {}
    for sign, side in ((1, check.identity.left), (-1, check.identity.right)):
        for factor, number in side:
            column = chosen[number.id] + 1
            terms[column] = terms.get(column, 0.0) + sign * float(factor)
    off, tolerance = float(check.difference or 0), float(check.tolerance or 0)
    low = -INFINITE if check.identity.relation == "<=" else -tolerance - off
    model.add_row(low, terms, tolerance - off)


def _add_share(model: Model, identity: Identity, chosen: Mapping[str, int]) -> None:
    """Two linear conditions on the amounts, lifted where the percentage itself changes."""
    share, half = sum_of(identity.left)
    part, part_half = sum_of(identity.right)
    whole, whole_half = sum_of(identity.per)
    lift = float(abs(part) + abs(whole) + 1) * 10
    for sign, bound in ((1, share + half), (-1, share - half)):
        sign = sign if whole > 0 else -sign
        terms: dict[int, float] = {}
        for weight, side in ((Decimal(1), identity.right), (-bound / _HUNDRED, identity.per)):
            for factor, number in side:
                column = chosen[number.id] + 1
                terms[column] = terms.get(column, 0.0) + float(sign * weight * factor)
        off = sign * (part - bound / _HUNDRED * whole)
        for _, number in identity.left:
            column = chosen[number.id]
            terms[column] = terms.get(column, 0.0) - lift
        room = part_half + abs(bound / _HUNDRED) * whole_half
        model.add_row(-INFINITE, terms, float(room - off))


def _repair(
    members: Sequence[str],
    numbers: Mapping[str, Number],
    index: Index,
    plausibility: Callable[[Number, Decimal], int],
    skip: set[str],
    solution: Solution,
    chosen: Mapping[str, int],
) -> Repair | None:
    """Values for a set of numbers, verified: one after the other, else as the solver has them."""
    for order in permutations(members):
        values: dict[str, Number] = {}
        for position, member in enumerate(order):
            later = set(order[position + 1 :])
            waiting = {c.id for c in index.get(member, ()) if not later.isdisjoint(c.numbers)}
            unit = ((Decimal(1), numbers[member]),)
            there = _with(index, member, values)
            repair = find_repair(unit, there, plausibility, skip | waiting)
            if repair is None:
                break
            values.update(repair.values)
        else:
            verified = _verify(values, members, index, skip)
            if verified is not None:
                return verified
    values = {}
    for member in members:
        number = numbers[member]
        change = Decimal(repr(solution.values[chosen[member] + 1]))
        value = (number.value + change).quantize((number.half * 2).normalize() or Decimal(1))
        values[member] = with_value(number, value, number.half)
    return _verify(values, members, index, skip)


def _with(index: Index, member: str, values: Mapping[str, Number]) -> Index:
    """The checks of one number with the repairs found so far in place."""
    checks = index.get(member, ())
    return {member: list(recheck(checks, values)) if values else checks}


def _verify(
    values: Mapping[str, Number], members: Iterable[str], index: Index, skip: set[str]
) -> Repair | None:
    checks = [
        c for c in checks_of(members, index) if c.outcome != "not_checkable" and c.id not in skip
    ]
    again = tuple(recheck(checks, values))
    if any(check.outcome == "violated" for check in again):
        return None
    if any(values[member].value == _printed(member, checks).value for member in members):
        return None
    return Repair(dict(values), again)


def _printed(member: str, checks: Iterable[Check]) -> Number:
    return next(n for c in checks for n in _numbers(c.identity) if n.id == member)


def _numbers(identity: Identity) -> list[Number]:
    return [number for _, number in (*identity.left, *identity.right, *identity.per)]
