"""The value that repairs a number: what all identities that name it allow, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from budgetkit.amounts import format_decimal
from budgetkit.identities import Identity, Term
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, check_identity, tolerance_of

__all__ = ["Repair", "Unit", "find_repair", "recheck", "replaced", "with_value"]

_HUNDRED = Decimal(100)
_ONE = Decimal(1)
_POINT_MOVES = (1, -1, 2, -2)
_MOST_VALUES = 40  # so many printed values are looked through; wider intervals say too little

Unit = tuple[tuple[Decimal, Number], ...]
"""Numbers that change together: the value of each is its factor times one common value."""

Index = Mapping[str, Sequence[Check]]
"""Every number's id with the checks that name it."""


@dataclass(frozen=True, slots=True)
class Repair:
    """New values for some numbers, and what becomes of every check that names one of them."""

    values: Mapping[str, Number]
    checks: tuple[Check, ...]

    @property
    def exact(self) -> int:
        """How many equalities it makes hold without any rounding."""
        return sum(c.outcome == "holds" and c.identity.relation == "=" for c in self.checks)


@dataclass(frozen=True, slots=True)
class _Bound:
    """What one identity allows: an interval (None is open) and the value that fits it best."""

    low: Decimal | None
    high: Decimal | None
    best: Decimal | None


def with_value(number: Number, value: Decimal, half: Decimal) -> Number:
    """The number as it would be printed with another value and precision."""
    step = (half * 2).normalize() or Decimal(1)
    value = value.quantize(step) if value == value.quantize(step) else value.normalize()
    text = format(value, ",f") if "," in number.text else format_decimal(value)
    if number.text.endswith(("%", "％")):
        text += "%"
    return replace(number, value=value, half=half, text=text)


def replaced(identity: Identity, numbers: Mapping[str, Number]) -> Identity:
    """The identity with some of its numbers exchanged."""

    def swap(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple((factor, numbers.get(number.id, number)) for factor, number in terms)

    return replace(
        identity,
        left=swap(identity.left),
        right=swap(identity.right),
        per=swap(identity.per),
    )


def recheck(checks: Iterable[Check], numbers: Mapping[str, Number]) -> Iterable[Check]:
    """The checks again, with some numbers exchanged."""
    for check in checks:
        yield check_identity(replaced(check.identity, numbers), check.id)


def checks_of(numbers: Iterable[str], index: Index) -> list[Check]:
    """All checks that name one of the numbers, each once, in order."""
    found: dict[str, Check] = {}
    for number in dict.fromkeys(numbers):
        for check in index.get(number, ()):
            found.setdefault(check.id, check)
    return list(found.values())


def find_repair(
    unit: Unit,
    index: Index,
    plausibility: Callable[[Number, Decimal], int],
    skip: Iterable[str] = (),
) -> Repair | None:
    """The value of a unit of numbers with which every check that names them holds.

    Of several such values: the one that most prints of the same quantity give, then one that two
    sums give exactly, then the likeliest slip, then the one that most sums give. Checks in `skip` are
    left out. None where no value does; the answer is exact.
    """
    left_out = set(skip)
    checks = [
        check
        for check in checks_of((number.id for _, number in unit), index)
        if check.id not in left_out and check.outcome != "not_checkable"
    ]
    first = unit[0][1]
    half = _usual_half(first, checks)
    trial = tuple((factor, replace(number, half=half * factor)) for factor, number in unit)
    own = {number.id: (factor, number.half) for factor, number in trial}
    low: Decimal | None = None
    high: Decimal | None = None
    best: Counter[Decimal] = Counter()
    for check in checks:
        bound = _bound(check.identity, own)
        if bound is None:
            return None
        if bound.low is not None and (low is None or bound.low > low):
            low = bound.low
        if bound.high is not None and (high is None or bound.high < high):
            high = bound.high
        if low is not None and high is not None and low > high:
            return None
        if bound.best is not None:
            best[bound.best] += 2 if check.identity.exact else 1
    step = (half * 2).normalize() or Decimal(1)
    values = _values(low, high, step, best)
    ranked = sorted(
        (plausibility(first, value), -best[value], abs(value - first.value), value)
        for value in values
    )
    found: list[tuple[tuple[int, bool, int, int], Repair]] = []
    for rank, _, _, value in ranked[:12]:
        repair = _verified(trial, value, checks)
        if repair is not None:
            found.append((_merit(repair, rank), repair))
    if len(unit) == 1:
        found += _moved_points(first, low, high, checks)
    return min(found, key=lambda pair: pair[0])[1] if found else None


_Merit = tuple[int, bool, int, int]


def _merit(repair: Repair, rank: int) -> _Merit:
    same = sum(c.outcome == "holds" and c.identity.exact for c in repair.checks)
    agreed = repair.exact - same >= 2  # two sums that give one value are no accident
    return -same, not agreed, rank, -repair.exact


def _moved_points(
    number: Number, low: Decimal | None, high: Decimal | None, checks: Sequence[Check]
) -> list[tuple[_Merit, Repair]]:
    """The same digits with the decimal point elsewhere, printed as finely as the digits allow."""
    found = []
    for places in _POINT_MOVES:
        value, half = number.value.scaleb(places), number.half.scaleb(places)
        room = half * 20  # the bounds are those of another precision: a first sieve only
        if (low is not None and value < low - room) or (high is not None and value > high + room):
            continue
        repair = _verified(((_ONE, replace(number, half=half)),), value, checks)
        if repair is not None and value != number.value:
            found.append((_merit(repair, 0), repair))
    return found


def _usual_half(number: Number, checks: Iterable[Check]) -> Decimal:
    """The precision that a number and those it is compared with are mostly printed to."""
    halves = Counter({number.half: 1})
    for check in checks:
        identity = check.identity
        for _, other in (*identity.left, *identity.right):
            if other.unit == number.unit and other.id != number.id:
                halves[other.half] += 1
    return min(halves, key=lambda half: (-halves[half], half))


def _values(
    low: Decimal | None, high: Decimal | None, step: Decimal, best: Counter[Decimal]
) -> set[Decimal]:
    """Candidate values: what the identities give, and every print between the bounds."""
    inside = {
        value for value in best if (low is None or value >= low) and (high is None or value <= high)
    }
    inside |= {
        rounded
        for value in inside
        if (rounded := value.quantize(step)) != value
        and (low is None or rounded >= low)
        and (high is None or rounded <= high)
    }
    if low is not None and high is not None:
        first = int((low / step).to_integral_value(ROUND_CEILING))
        last = int((high / step).to_integral_value(ROUND_FLOOR))
        if last - first < _MOST_VALUES:
            inside |= {step * position for position in range(first, last + 1)}
    return {value for value in inside if value == value.quantize(step) or value in best}


def _verified(unit: Unit, value: Decimal, checks: Sequence[Check]) -> Repair | None:
    numbers = {n.id: with_value(n, factor * value, n.half) for factor, n in unit}
    outcomes = []
    for check in recheck(checks, numbers):
        if check.outcome == "violated":
            return None
        outcomes.append(check)
    return Repair(numbers, tuple(outcomes))


_Own = Mapping[str, tuple[Decimal, Decimal]]
"""The factor and the half of each number of a unit."""


def _bound(identity: Identity, own: _Own) -> _Bound | None:
    """The values of the unit that one identity allows; None where no value helps."""
    if identity.per:
        return _share_bound(identity, own)
    left_factor, left, left_half = _split(identity.left, own)
    right_factor, right, right_half = _split(identity.right, own)
    factor = left_factor - right_factor
    rest = left - right - identity.constant
    tolerance = tolerance_of(identity, left_half, right_half)
    if factor == 0:
        off = abs(rest) if identity.relation == "=" else rest
        return _Bound(None, None, None) if off <= tolerance else None
    edge = (tolerance - rest) / factor
    if identity.relation == "<=":
        return _Bound(None, edge, None) if factor > 0 else _Bound(edge, None, None)
    other = (-tolerance - rest) / factor
    return _Bound(min(edge, other), max(edge, other), -rest / factor)


def _split(terms: Sequence[Term], own: _Own) -> tuple[Decimal, Decimal, Decimal]:
    """A sum as factor × (the unit's value) + rest, with the half of all of it."""
    factor = rest = half = Decimal(0)
    for coefficient, number in terms:
        if number.id in own:
            scale, own_half = own[number.id]
            factor += coefficient * scale
            half += abs(coefficient) * own_half
        else:
            rest += coefficient * number.value
            half += abs(coefficient) * number.half
    return factor, rest, half


def _share_bound(identity: Identity, own: _Own) -> _Bound | None:
    """What 100 × part / whole = percentage allows: exact for the percentage, else its corners."""
    percent_factor, percent, percent_half = _split(identity.left, own)
    part_factor, part, part_half = _split(identity.right, own)
    whole_factor, whole, whole_half = _split(identity.per, own)
    if percent_factor and (part_factor or whole_factor):
        return _Bound(None, None, None)
    if percent_factor:
        corners = [
            _HUNDRED * (part + sign * part_half) / base
            for sign in (-1, 1)
            for base in (whole - whole_half, whole + whole_half)
            if base
        ]
        if not whole or len(corners) < 4:
            return None
        middle = round(_HUNDRED * part / whole, max(_places(percent_half / percent_factor), 0))
        return _Bound(
            (min(corners) - percent_half - percent) / percent_factor,
            (max(corners) + percent_half - percent) / percent_factor,
            (middle - percent) / percent_factor,
        )
    values = []
    for share in (percent - percent_half, percent + percent_half):
        slope = part_factor - share * whole_factor / _HUNDRED
        if slope == 0:
            return _Bound(None, None, None)
        for base in (whole - whole_half, whole + whole_half):
            for amount in (part - part_half, part + part_half):
                values.append((slope > 0, (share * base / _HUNDRED - amount) / slope))
    if len({sign for sign, _ in values}) > 1:
        return _Bound(None, None, None)
    return _Bound(min(v for _, v in values), max(v for _, v in values), None)


def _places(half: Decimal) -> int:
    return -int((half * 2).normalize().as_tuple().exponent)
