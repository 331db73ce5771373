"""Joint rounding: whether unrounded values exist with which all identities hold together.

Identities that hold one by one, each by rounding, may still contradict each other. A linear
programme proposes the contradiction; it counts only after it was derived again in fractions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from budgetkit.identities import Identity, Term, sum_of
from budgetkit.language import joined, said
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, Finding, place_text
from budgetkit.rounding import settles
from budgetkit.rules import find_rule
from budgetkit.solver import INFINITE, Model, solve

__all__ = ["find_conflicts", "joint_findings", "linear_rows"]

RULE = "joint.rounding"
_SECONDS = 2.0
_SCALES = (1, 2, 3, 4, 6, 12, 10**6)  # denominators tried for the multipliers, small ones first


@dataclass(frozen=True, slots=True)
class Row:
    """low ≤ Σ factor · number ≤ high, exactly; None is open."""

    terms: Mapping[str, Fraction]
    low: Fraction | None
    high: Fraction | None


def linear_rows(identity: Identity) -> list[Row]:
    """An identity as linear conditions on unrounded values; a percentage stands as its interval."""
    if identity.per:
        return _share_rows(identity)
    terms = _collect((identity.left, 1), (identity.right, -1))
    bound = Fraction(identity.constant)
    return [Row(terms, bound if identity.relation == "=" else None, bound)]


def _share_rows(identity: Identity) -> list[Row]:
    share, half = sum_of(identity.left)
    whole, whole_half = sum_of(identity.per)
    if abs(whole) <= whole_half:
        return []
    lowest, highest = Fraction(share - half) / 100, Fraction(share + half) / 100
    if whole < 0:
        lowest, highest = highest, lowest
    zero = Fraction(0)
    return [
        Row(_collect((identity.right, 1), (identity.per, -lowest)), zero, None),
        Row(_collect((identity.right, 1), (identity.per, -highest)), None, zero),
    ]


def _collect(*sides: tuple[Sequence[Term], int | Fraction]) -> dict[str, Fraction]:
    terms: dict[str, Fraction] = defaultdict(Fraction)
    for side, sign in sides:
        for factor, number in side:
            terms[number.id] += sign * Fraction(factor)
    return {number: factor for number, factor in terms.items() if factor}


def joint_findings(
    checks: Sequence[Check], first_id: int, avoid: Iterable[str] = ()
) -> list[Finding]:
    """One finding for every smallest set of identities that rounding cannot explain together.

    Checks that name a number of `avoid` (those a violated identity already names) are left out.
    """
    rule = find_rule(RULE)
    findings: list[Finding] = []
    for conflict in find_conflicts(checks, avoid):
        named = {n.id: n for check in conflict for n in _numbers(check.identity)}
        findings.append(
            Finding(
                f"f{first_id + len(findings)}",
                rule.id,
                rule.level,
                rule.en,
                said(
                    "each of these {count} sums holds by rounding, but no unrounded values "
                    "satisfy all of them: {sums}",
                    count=len(conflict),
                    sums=joined(check.message for check in conflict),
                ),
                tuple(check.id for check in conflict),
                tuple(named),
                places=tuple(place_text(number) for number in named.values()),
            )
        )
    return findings


def find_conflicts(checks: Sequence[Check], avoid: Iterable[str] = ()) -> list[list[Check]]:
    """Smallest sets of holding checks that cannot hold together, one a connected component.

    Each is verified in exact arithmetic. A component whose printed values satisfy everything
    needs no solver.
    """
    left_out = set(avoid)
    holding = [
        check
        for check in checks
        if check.outcome in {"holds", "holds_by_rounding"}
        and not check.identity.observed
        and check.level == "inconsistent"
        and left_out.isdisjoint(check.numbers)
    ]
    if all(check.outcome == "holds" for check in holding):
        return []
    if settles(holding):
        return []
    conflicts = []
    for component in _components(holding):
        if any(check.outcome == "holds_by_rounding" for check in component):
            conflict = _conflict(component)
            if conflict:
                conflicts.append(conflict)
    return conflicts


def _components(checks: Sequence[Check]) -> list[list[Check]]:
    """Checks grouped so that checks of different groups share no number."""
    parent: dict[str, str] = {}

    def root(number: str) -> str:
        while parent.setdefault(number, number) != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    named = [check.numbers for check in checks]
    for numbers in named:
        for number in numbers[1:]:
            parent[root(number)] = root(numbers[0])
    groups: dict[str, list[Check]] = defaultdict(list)
    for check, numbers in zip(checks, named, strict=True):
        if numbers:
            groups[root(numbers[0])].append(check)
    return list(groups.values())


def _conflict(checks: Sequence[Check]) -> list[Check]:
    """The smallest contradiction among some checks, or nothing."""
    if not _infeasible(checks):
        return []
    support = _contradiction(checks)
    if not support:
        return []
    # Taken out one by one, last first: what cannot be spared is the irreducible rest.
    for check in reversed(list(support)):
        rest = [other for other in support if other is not check]
        smaller = _contradiction(rest)
        if smaller:
            support = smaller if len(smaller) < len(rest) else rest
    return support


def _infeasible(checks: Sequence[Check]) -> bool:
    model, columns = Model(), {}
    for number in _all_numbers(checks).values():
        low, high = number.value - number.half, number.value + number.half
        columns[number.id] = model.add_column(0.0, float(low), float(high))
    for check in checks:
        for row in linear_rows(check.identity):
            terms = {columns[number]: float(factor) for number, factor in row.terms.items()}
            model.add_row(_low(row), terms, _high(row))
    return solve(model, _SECONDS).status == "infeasible"


def _contradiction(checks: Sequence[Check]) -> list[Check]:
    """Checks whose weighted sum no rounding satisfies; the weights are the duals of the misfit."""
    rows = [(check, row) for check in checks for row in linear_rows(check.identity)]
    numbers = _all_numbers(checks)
    model, columns = Model(), {}
    for number in numbers.values():
        half = float(number.half)
        columns[number.id] = model.add_column(0.0, -half, half)
    for _, row in rows:
        printed = sum((f * Fraction(numbers[n].value) for n, f in row.terms.items()), Fraction(0))
        terms = {columns[number]: float(factor) for number, factor in row.terms.items()}
        terms[model.add_column(1.0, 0.0, INFINITE)] = 1.0
        terms[model.add_column(1.0, 0.0, INFINITE)] = -1.0
        low = -INFINITE if row.low is None else float(row.low - printed)
        high = INFINITE if row.high is None else float(row.high - printed)
        model.add_row(low, terms, high)
    solution = solve(model, _SECONDS)
    if solution.status != "optimal" or solution.objective <= 0:
        return []
    for scale in _SCALES:
        weights = [Fraction(dual).limit_denominator(scale) for dual in solution.duals]
        if _contradict([row for _, row in rows], weights, numbers):
            used = {c.id for (c, _), weight in zip(rows, weights, strict=True) if weight}
            return [check for check in checks if check.id in used]
    return []


def _contradict(
    rows: Sequence[Row], weights: Sequence[Fraction], numbers: Mapping[str, Number]
) -> bool:
    """Whether the weighted rows have no solution within rounding; exact, in fractions.

    Every solution satisfies Σ weight · row ≥ Σ weight · bound (the lower bound where the weight is
    positive, the upper where it is negative). Where the left side cannot reach that even at the
    best ends of all rounding intervals, there is none.
    """
    total: dict[str, Fraction] = defaultdict(Fraction)
    needed = Fraction(0)
    for row, weight in zip(rows, weights, strict=True):
        if not weight:
            continue
        bound = row.low if weight > 0 else row.high
        if bound is None:
            return False
        needed += weight * bound
        for name, factor in row.terms.items():
            total[name] += weight * factor
    reach = Fraction(0)
    for name, factor in total.items():
        number = numbers[name]
        reach += factor * Fraction(number.value) + abs(factor) * Fraction(number.half)
    return reach < needed


def _numbers(identity: Identity) -> list[Number]:
    return [number for _, number in (*identity.left, *identity.right, *identity.per)]


def _all_numbers(checks: Iterable[Check]) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for check in checks:
        for number in _numbers(check.identity):
            found.setdefault(number.id, number)
    return found


def _low(row: Row) -> float:
    return -INFINITE if row.low is None else float(row.low)


def _high(row: Row) -> float:
    return INFINITE if row.high is None else float(row.high)
