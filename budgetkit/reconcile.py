"""Outcome of every identity, coverage of every number, and findings with both sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from budgetkit.amounts import format_decimal
from budgetkit.check_groups import Shifts, connected
from budgetkit.identities import Identity, Term, number_ids, sum_of
from budgetkit.language import Said, joined, said
from budgetkit.ledger import Number
from budgetkit.rules import find_rule

__all__ = ["Check", "Finding", "Suspect", "check_identity", "find_findings", "number_status"]

_HUNDRED = Decimal(100)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Check:
    """An identity with its outcome: holds, holds_by_rounding, violated or not_checkable.

    `left`, `right`, `difference` (left minus right) and `tolerance` are in the printed unit; for
    a percentage they are percentage points. All are None where it is not checkable.
    """

    id: str
    identity: Identity
    outcome: str
    left: Decimal | None = None
    right: Decimal | None = None
    difference: Decimal | None = None
    tolerance: Decimal | None = None
    reason: str = ""

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.identity.rule

    @property
    def level(self) -> str:
        """The rule's level."""
        return find_rule(self.identity.rule).level

    @property
    def numbers(self) -> tuple[str, ...]:
        """The ids of the numbers it names."""
        return number_ids(self.identity)

    @property
    def message(self) -> str:
        """The check in one line: both sides with their numbers, or why it was not made."""
        if self.identity.observed:
            return self.identity.note
        if self.outcome == "not_checkable":
            return said(
                "{note}: not checkable, {reason}", note=self.identity.note, reason=self.reason
            )
        sign = {"=": "=", "<=": "≤"}[self.identity.relation]
        if self.outcome == "violated":
            sign = {"=": "≠", "<=": ">"}[self.identity.relation]
        equation = said(
            "{note}: {left} {sign} {right}",
            note=self.identity.note,
            left=side_text(self.identity.left),
            sign=sign,
            right=right_text(self.identity),
        )
        if self.outcome != "violated":
            return equation
        off = said("difference {amount}", amount=format_decimal(self.difference or Decimal(0)))
        if self.tolerance:
            off = said(
                "{difference}, rounding explains at most {amount}",
                difference=off,
                amount=format_decimal(self.tolerance),
            )
        return joined([equation, off])


@dataclass(frozen=True, slots=True)
class Suspect:
    """A number that may be the wrong one, with the value that makes its checks hold.

    `copies` are the other numbers that print the same fact and take the same repair.
    """

    number: str
    printed: str
    repair: str
    why: str
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to report: the rule, both sides in words, the checks and numbers it rests on."""

    id: str
    rule: str
    level: str
    title: str
    message: str
    checks: tuple[str, ...]
    numbers: tuple[str, ...]
    suspects: tuple[Suspect, ...] = field(default=())
    places: tuple[str, ...] = field(default=())


def joined_message(checks: Iterable[Check]) -> Said:
    """The messages of some checks in one line; what several say of the same numbers is said once."""
    told: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        subject = check.identity.note.partition(":")[0]
        message = check.message
        places = told.setdefault((subject, message.removeprefix(check.identity.note)), [])
        if message not in places:
            places.append(message)
    return joined(
        said("{message} (the same in {count} places)", message=places[0], count=len(places))
        if places[1:]
        else places[0]
        for places in told.values()
    )


def side_text(terms: Sequence[Term]) -> Said:
    """One side of an identity as people write it: 26.87 + 37.38 + 9.48."""
    if not terms:
        return said("0 (blank)")
    parts = []
    for factor, number in terms:
        text = number.text
        if abs(factor) != 1:
            text = f"{text} {number.unit}"
        parts.append(("− " if factor < 0 else "+ ") + text)
    parts[0] = parts[0].removeprefix("+ ")
    if len(parts) > 12:
        return said("{terms} + … ({count} more)", terms=" ".join(parts[:10]), count=len(parts) - 10)
    return joined(parts, " ")


def right_text(identity: Identity) -> str:
    """The right side of an identity: a sum, a share of a whole, or with its constant."""
    right: str = side_text(identity.right)
    if identity.per:
        right = said("100 × ({part}) / ({whole})", part=right, whole=side_text(identity.per))
    if identity.constant:
        constant = format_decimal(identity.constant)
        right = joined([right, constant], " + ") if identity.right else constant
    return right


def place_text(number: Number) -> Said:
    """Where a number stands, for people: table, row and column, or line."""
    if number.part == "table":
        return said(
            "table {table}, row {row}, column {column}",
            table=number.table,
            row=number.row,
            column=number.column,
        )
    return number.where.text


def check_identity(identity: Identity, check_id: str) -> Check:
    """Decides one identity exactly: two sides hold when their rounding intervals meet."""
    if identity.observed:
        return Check(check_id, identity, identity.observed)
    if identity.missing:
        return Check(check_id, identity, "not_checkable", reason=identity.missing)
    left, left_half = sum_of(identity.left)
    if identity.per:
        return _check_share(identity, check_id, left, left_half)
    right, right_half = sum_of(identity.right)
    right += identity.constant
    tolerance = tolerance_of(identity, left_half, right_half)
    return _decide(identity, check_id, left, right, tolerance)


def tolerance_of(identity: Identity, left_half: Decimal, right_half: Decimal) -> Decimal:
    """How far the sides may differ: half a last place a term; nothing where a print is repeated."""
    if identity.unrounded:
        return Decimal(0)
    if identity.exact and len(identity.left) == len(identity.right) == 1:
        # The same quantity twice: the finer print, rounded, must give the coarser one.
        if left_half == right_half:
            return Decimal(0)
        return max(left_half, right_half)
    return left_half + right_half


def _decide(
    identity: Identity, check_id: str, left: Decimal, right: Decimal, tolerance: Decimal
) -> Check:
    difference = left - right
    coarsest = max((n.half * abs(f) for f, n in (*identity.left, *identity.right)), default=_ZERO)
    if identity.one_off and tolerance < abs(difference) <= 2 * coarsest:
        identity = replace(identity, rule=identity.one_off)
    off = abs(difference) if identity.relation == "=" else max(difference, Decimal(0))
    if off == 0:
        outcome = "holds"
    elif off <= tolerance:
        outcome = "holds_by_rounding"
    else:
        outcome = "violated"
    return Check(check_id, identity, outcome, left, right, difference, tolerance)


def _check_share(identity: Identity, check_id: str, left: Decimal, left_half: Decimal) -> Check:
    """A percentage against the interval of its recomputation from rounded numbers."""
    part, part_half = sum_of(identity.right)
    whole, whole_half = sum_of(identity.per)
    lowest, highest = whole - whole_half, whole + whole_half
    if lowest <= 0 <= highest:
        return Check(
            check_id,
            identity,
            "not_checkable",
            reason=said("the base may be zero within rounding"),
        )
    corners = [
        _HUNDRED * (part + sign * part_half) / base
        for sign in (-1, 1)
        for base in (lowest, highest)
    ]
    right = _HUNDRED * part / whole
    places = -(left_half * 2).normalize().as_tuple().exponent  # type: ignore[operator]
    shown = round(right, max(int(places), 0))
    low, high = min(corners) - left_half, max(corners) + left_half
    difference = left - shown
    tolerance = max(high - right, right - low)
    if identity.one_off and abs(difference) <= 2 * left_half and not low <= left <= high:
        identity = replace(identity, rule=identity.one_off)
    if left == shown:
        outcome = "holds"
    elif low <= left <= high:
        outcome = "holds_by_rounding"
    else:
        outcome = "violated"
    tolerance = round(tolerance, max(int(places), 0) + 2)
    return Check(check_id, identity, outcome, left, shown, difference, tolerance)


def number_status(numbers: Iterable[Number], checks: Iterable[Check]) -> dict[str, str]:
    """Every number as confirmed, confirmed_by_rounding, contradicted or unchecked.

    A number is contradicted when a violated check of level inconsistent names it; confirmed when
    an equality that names it holds exactly; by rounding when equalities hold by rounding only. An
    upper bound that holds confirms nothing.
    """
    status = {number.id: "unchecked" for number in numbers}
    rank = {"unchecked": 0, "confirmed_by_rounding": 1, "confirmed": 2, "contradicted": 3}
    for check in checks:
        if check.outcome == "not_checkable":
            continue
        if check.outcome == "violated":
            if check.level != "inconsistent":
                continue
            new = "contradicted"
        elif check.identity.relation == "<=" or check.identity.observed:
            continue
        else:
            new = "confirmed" if check.outcome == "holds" else "confirmed_by_rounding"
        for number_id in check.numbers:
            if rank[new] > rank[status[number_id]]:
                status[number_id] = new
    return status


def find_findings(checks: Sequence[Check], numbers: Sequence[Number]) -> list[Finding]:
    """One finding for every connected group of violated checks, in document order."""
    by_id = {number.id: number for number in numbers}
    violated = [check for check in checks if check.outcome == "violated"]
    findings: list[Finding] = []
    for group in connected([check for check in violated if not check.identity.observed]):
        findings.append(_finding(group, by_id, f"f{len(findings) + 1}"))
    for group in _repeats([check for check in violated if check.identity.observed]):
        findings.append(_observation(group, f"f{len(findings) + 1}"))
    return findings


def _repeats(observed: Sequence[Check]) -> list[list[Check]]:
    """Repeats of one fact are one finding that lists its places."""
    groups: dict[tuple[str, str], list[Check]] = {}
    for check in observed:
        groups.setdefault((check.rule, check.message), []).append(check)
    return list(groups.values())


def _observation(group: Sequence[Check], finding_id: str) -> Finding:
    rule = find_rule(group[0].rule)
    return Finding(
        finding_id,
        rule.id,
        rule.level,
        rule.en,
        group[0].message,
        tuple(check.id for check in group),
        tuple(dict.fromkeys(number for check in group for number in check.numbers)),
        places=tuple(
            dict.fromkeys(place.text for check in group for place in check.identity.places)
        ),
    )


def _finding(group: Sequence[Check], numbers: dict[str, Number], finding_id: str) -> Finding:
    first = group[0]
    partner = Shifts(group).partner(first)
    if partner is not None:
        return _shift_finding(group, first, partner, numbers, finding_id)
    return _plain_finding(group, first.rule, numbers, finding_id)


def _plain_finding(
    group: Sequence[Check], rule_id: str, numbers: dict[str, Number], finding_id: str
) -> Finding:
    named = tuple(dict.fromkeys(number for check in group for number in check.numbers))
    rule = find_rule(rule_id)
    return Finding(
        finding_id,
        rule.id,
        rule.level,
        rule.en,
        joined_message(group),
        tuple(check.id for check in group),
        named,
        places=tuple(place_text(numbers[number]) for number in named),
    )


def _shift_finding(
    group: Sequence[Check],
    first: Check,
    partner: Check,
    numbers: dict[str, Number],
    finding_id: str,
) -> Finding:
    """A detail in one column and its totals in another, with both readings."""
    assert first.difference is not None
    over, under = (first, partner) if first.difference < 0 else (partner, first)
    amount = abs(first.difference)
    details = [n for _, n in over.identity.right if abs(n.value) == amount]
    totals = [n for _, n in under.identity.left]
    if not details or not totals:
        return _plain_finding(group, "structure.column_shift", numbers, finding_id)
    rule = find_rule("structure.column_shift")
    named = tuple(dict.fromkeys(number for check in group for number in check.numbers))
    detail, total = details[0], totals[0]
    message = said(
        "{text} stands in column {column} ({heading}) of table {table}, row {row}; every total "
        "above it has {amount} in column {other} ({other_heading}). Either the amount belongs in "
        "column {other}, or the totals belong in column {column}",
        text=detail.text,
        column=detail.column,
        heading=_heading(detail),
        table=detail.table,
        row=detail.row,
        amount=format_decimal(amount),
        other=total.column,
        other_heading=_heading(total),
    )
    return Finding(
        finding_id,
        rule.id,
        rule.level,
        rule.en,
        message,
        tuple(check.id for check in group),
        named,
        (_moved(detail, total), _moved(total, detail, with_totals=True)),
        tuple(place_text(numbers[number]) for number in named),
    )


def _moved(number: Number, to: Number, with_totals: bool = False) -> Suspect:
    values = {"column": to.column, "heading": _heading(to)}
    if with_totals:
        why = said(
            "moved to column {column} ({heading}), with all totals above it, both columns add up",
            **values,
        )
    else:
        why = said("moved to column {column} ({heading}) both columns add up", **values)
    return Suspect(number.id, number.text, format_decimal(number.value), why)


def _heading(number: Number) -> str:
    return number.name.rpartition(", ")[2]
