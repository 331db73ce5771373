"""Suspects: for every group of violated identities, the numbers most likely to be wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from budgetkit.amounts import format_decimal
from budgetkit.culprits import find_sets
from budgetkit.effort import Effort
from budgetkit.evidence import Evidence
from budgetkit.grounds import copies_text, grounds_of, terms_in, together_text
from budgetkit.language import joined, said
from budgetkit.layout import find_missing_row, find_moved
from budgetkit.ledger import Number
from budgetkit.reconcile import Check, Finding, Suspect, find_findings, joined_message
from budgetkit.repairs import Repair, Unit, checks_of, find_repair, recheck
from budgetkit.siblings import find_left_out, stand_alone
from budgetkit.tables import BudgetTable

__all__ = ["localise_findings"]

_MOST_SUSPECTS = 8
_SHORT_SUM = 40
_ONE = Decimal(1)
_NOT_SEARCHED = said(
    "its suspects were not searched for to the end, so much of the document does not fit"
)


@dataclass(frozen=True, slots=True)
class _Explanation:
    """One smallest set of numbers with its verified repair and what ranks it."""

    members: tuple[Number, ...]
    repair: Repair
    rank: tuple[int | Decimal, ...]
    copied: bool = False
    """The members are one fact printed in several places: one suspect."""


def localise_findings(
    findings: Sequence[Finding],
    checks: Sequence[Check],
    numbers: Sequence[Number],
    tables: Sequence[BudgetTable] = (),
    effort: Effort | None = None,
) -> list[Finding]:
    """The findings with their suspects, likeliest first.

    Every suspect's repair makes all checks that name it hold; where several numbers must change
    together each says so. For a number in the wrong column, or a row that is missing, the reasons
    say so and the repair is the print. Findings below the level inconsistent stay as they are. Where
    the effort for one document runs out, a finding without suspects says so.
    """
    by_id = {check.id: check for check in checks}

    def open_checks(finding: Finding) -> list[Check]:
        if finding.level != "inconsistent":
            return []
        return [by_id[c] for c in finding.checks if not by_id[c].identity.observed]

    if not any(open_checks(finding) for finding in findings):
        return list(findings)
    evidence = Evidence(checks, numbers, effort)
    localised: list[Finding] = []
    for finding in findings:
        if open_checks(finding):
            localised += _localised(finding, evidence, tables)
        else:
            localised.append(finding)
    return _merged(localised, by_id)


def _localised(
    finding: Finding, evidence: Evidence, tables: Sequence[BudgetTable]
) -> list[Finding]:
    """A finding with its suspects; as several where two slips only meet in one group."""
    violated = [c for c in evidence.named(finding.checks) if not c.identity.observed]
    suspects = _suspects(violated, evidence, tables)
    if not suspects:
        apart = _apart(violated, evidence, tables)
        if apart:
            return apart
        suspects = tuple(
            find_missing_row(violated, tables, evidence.numbers, evidence.index, certain=False)
        )
        if not suspects and not finding.suspects and evidence.effort.is_spent():
            return [replace(finding, message=joined([finding.message, _NOT_SEARCHED]))]
    return [replace(finding, suspects=_before(suspects, finding.suspects))]


def _merged(findings: Sequence[Finding], checks: Mapping[str, Check]) -> list[Finding]:
    """Findings that the same slip explains, copied to several places, as one; numbered anew."""
    found: list[Finding] = []
    known: dict[frozenset[tuple[str, str]], int] = {}
    for finding in findings:
        blamed = frozenset(
            (number, suspect.repair)
            for suspect in finding.suspects
            for number in (suspect.number, *suspect.copies)
        )
        if len(blamed) > 1 and blamed in known:
            first = found[known[blamed]]
            together = (*first.checks, *finding.checks)
            found[known[blamed]] = replace(
                first,
                message=joined_message([checks[check] for check in together]),
                checks=together,
                numbers=tuple(dict.fromkeys((*first.numbers, *finding.numbers))),
                places=tuple(dict.fromkeys((*first.places, *finding.places))),
            )
            continue
        known.setdefault(blamed, len(found))
        found.append(replace(finding, id=f"f{len(found) + 1}"))
    return found


def _suspects(
    violated: Sequence[Check], evidence: Evidence, tables: Sequence[BudgetTable]
) -> tuple[Suspect, ...]:
    """Suspects of one group: one number, else the layout, else copies or several numbers."""
    # What a reader would merely ask about should be mended too, but need not be.
    questions = {
        check.id
        for check in checks_of((n for c in violated for n in c.numbers), evidence.index)
        if check.outcome == "violated" and check.level != "inconsistent"
    }
    if evidence.effort.is_spent():
        return ()
    tries = (set[str](), questions) if questions else (questions,)
    numbers, index = evidence.numbers, evidence.index
    for skip in tries:
        found = _single(violated, evidence, skip)
        if found:
            told = _told(found, violated, evidence)
            first = numbers[evidence.order[told[0].number]]
            if stand_alone(first, Decimal(told[0].repair), violated) <= 0:
                told = _before(find_left_out(violated), told)
            if Decimal(told[0].repair) == 0:
                # Rather than printed for nothing, a number may have been meant for another cell.
                told = _before(find_moved(violated, tables, numbers, index, evidence.effort), told)
            return told
    layout = find_moved(violated, tables, numbers, index, evidence.effort)
    layout = layout or find_missing_row(violated, tables, numbers, index)
    if layout:
        return tuple(layout[:_MOST_SUSPECTS])
    for skip in tries:
        found = _copied(violated, evidence, skip) or _together(violated, evidence, skip)
        if found:
            return _told(found, violated, evidence)
    return ()


def _before(likelier: Sequence[Suspect], others: Sequence[Suspect]) -> tuple[Suspect, ...]:
    told = {suspect.number for suspect in likelier}
    return (*likelier, *(suspect for suspect in others if suspect.number not in told))


def _apart(
    violated: Sequence[Check], evidence: Evidence, tables: Sequence[BudgetTable]
) -> list[Finding]:
    """Slips that only meet in one group: the widest explanation, and what is left without it.

    A number that several prints of the same quantity contradict is wrong whatever sums say that
    other slips spoil too. Empty where no number stands out.
    """
    for number, mine, skip in _widest(violated, evidence):
        if evidence.effort.is_spent():
            return []
        explanation = _explain(((_ONE, number),), mine, evidence, skip)
        if explanation is None:
            continue
        told = _told([explanation], mine, evidence)
        apart = [replace(f, suspects=told) for f in find_findings(mine, evidence.numbers)]
        mended = explanation.repair.values
        named = {check.id for check in mine}
        checks = recheck(evidence.checks, mended)
        rest = [check for check in checks if check.id not in named]
        left = {check.id for check in violated} - named
        again = [check for check in rest if check.id in left and check.outcome == "violated"]
        numbers = [mended.get(n.id, n) for n in evidence.numbers]
        for finding in find_findings(again, numbers):
            left_evidence = Evidence(rest, numbers, evidence.effort)
            apart += _localised(finding, left_evidence, tables)
        return apart
    return []


def _widest(
    violated: Sequence[Check], evidence: Evidence
) -> Iterator[tuple[Number, list[Check], set[str]]]:
    """Numbers with the violated checks that one slip of theirs may explain, and those to skip."""
    covered: dict[str, list[Check]] = defaultdict(list)
    for check in violated:
        for number in check.numbers:
            covered[number].append(check)
    numbers = {n.id: n for c in violated for _, n in terms_in(c)}
    order = sorted(covered, key=lambda n: (-len(covered[n]), evidence.order.get(n, 0)))
    for exact in (False, True):
        for number_id in order[:_MOST_SUSPECTS]:
            mine = [c for c in covered[number_id] if c.identity.exact or not exact]
            skip = {c.id for c in covered[number_id]} - {c.id for c in mine}
            if len(mine) > 1 and bool(skip) == exact:
                yield numbers[number_id], mine, skip


def _told(
    found: Sequence[_Explanation], violated: Sequence[Check], evidence: Evidence
) -> tuple[Suspect, ...]:
    """The suspects of the smallest explanations, likeliest first, each number once."""
    size = min(len(explanation.members) for explanation in found)
    suspects: dict[str, Suspect] = {}
    for explanation in sorted(found, key=lambda e: e.rank):
        if len(explanation.members) == size:
            for suspect in _tell(explanation, violated, evidence):
                suspects.setdefault(suspect.number, suspect)
    return tuple(suspects.values())[:_MOST_SUSPECTS]


def _single(violated: Sequence[Check], evidence: Evidence, skip: set[str]) -> list[_Explanation]:
    """Explanations by one number, which every violated check then names."""
    numbers = {n.id: n for c in violated for _, n in terms_in(c)}
    common = set(numbers)
    for check in violated:
        common &= set(check.numbers)
    found = []
    for number_id in sorted(common, key=lambda n: evidence.order.get(n, 0)):
        if evidence.effort.is_spent():
            break
        unit: Unit = ((_ONE, numbers[number_id]),)
        explanation = _explain(unit, violated, evidence, skip)
        if explanation is not None:
            found.append(explanation)
    return found


def _copied(violated: Sequence[Check], evidence: Evidence, skip: set[str]) -> list[_Explanation]:
    """Explanations by one fact that is printed alike, and wrong, in several places."""
    numbers = {n.id: n for _, n in terms_in(violated[0])}
    found = []
    seen: set[frozenset[str]] = set()
    for number_id in violated[0].numbers:
        if evidence.effort.is_spent():
            break
        unit = _copies(numbers[number_id], evidence)
        members = frozenset(number.id for _, number in unit)
        if len(unit) < 2 or members in seen:
            continue
        seen.add(members)
        if all(not members.isdisjoint(check.numbers) for check in violated):
            explanation = _explain(unit, violated, evidence, skip)
            if explanation is not None:
                found.append(replace(explanation, copied=True))
    return found


def _copies(number: Number, evidence: Evidence) -> Unit:
    """A number and all that must be and are printed equal to it, in the document's order, each
    with its factor.
    """
    found: dict[str, tuple[Decimal, Number]] = {number.id: (_ONE, number)}
    waiting = [number.id]
    while waiting:
        here = waiting.pop()
        for check in evidence.index.get(here, ()):
            identity = check.identity
            if check.outcome != "holds" or not identity.exact or identity.per:
                continue
            if not identity.left or not identity.right:
                continue  # a zero that agrees with a blank
            (left_factor, left), (right_factor, right) = identity.left[0], identity.right[0]
            if left.id == here:
                other, ratio = right, left_factor / right_factor
            else:
                other, ratio = left, right_factor / left_factor
            if other.id not in found:
                found[other.id] = (found[here][0] * ratio, other)
                waiting.append(other.id)
    ordered = sorted(found.values(), key=lambda term: evidence.order.get(term[1].id, 0))
    factor = ordered[0][0]
    return tuple((other / factor, copy) for other, copy in ordered)


def _explain(
    unit: Unit, violated: Sequence[Check], evidence: Evidence, skip: set[str]
) -> _Explanation | None:
    # A sum of thousands of terms costs as much as many short ones.
    evidence.effort.repair(
        sum(
            1 + len(check.numbers) // _SHORT_SUM
            for _, number in unit
            for check in evidence.index.get(number.id, ())
        )
    )
    repair = find_repair(unit, evidence.index, evidence.plausibility, skip)
    if repair is None:
        return None
    return _ranked(tuple(number for _, number in unit), repair, violated, evidence)


def _together(violated: Sequence[Check], evidence: Evidence, skip: set[str]) -> list[_Explanation]:
    """Explanations by two or three numbers at once."""
    printed = {number.id: number for number in evidence.numbers}
    found = []
    for repair, members in find_sets(
        violated,
        evidence.index,
        evidence.confirmations,
        evidence.plausibility,
        skip,
        evidence.effort,
    ):
        ordered = sorted(members, key=lambda n: evidence.order.get(n, 0))
        numbers = tuple(printed[number] for number in ordered)
        found.append(_ranked(numbers, repair, violated, evidence))
    return found


def _ranked(
    members: tuple[Number, ...],
    repair: Repair,
    violated: Sequence[Check],
    evidence: Evidence,
) -> _Explanation:
    """Ranks: fewer numbers, more identities made exact, less left to rounding, fewer other places
    that confirm what is printed, more numbers listed beside it that are like the repair, the
    likelier slip, the order of the document."""
    groups = {check.id for check in violated}
    before = [c for c in checks_of((n.id for n in members), evidence.index)]
    exact_before = sum(c.outcome == "holds" and c.identity.relation == "=" for c in before)
    elsewhere = sum(
        c.outcome.startswith("holds") and c.identity.relation == "=" and c.id not in groups
        for c in before
    )
    misfit = sum(_misfit(c) for c in repair.checks) - sum(_misfit(c) for c in before)
    slips = sum(evidence.plausibility(n, repair.values[n.id].value) for n in members)
    odd = sum(stand_alone(n, repair.values[n.id].value, violated) for n in members)
    rank = (
        len(members),
        exact_before - repair.exact,
        misfit,
        elsewhere,
        -odd,
        slips,
        min(evidence.order.get(n.id, 0) for n in members),
    )
    return _Explanation(members, repair, rank)


def _misfit(check: Check) -> Decimal:
    """What a holding check leaves to rounding; what a violated one is off counts as nothing."""
    if check.outcome != "holds_by_rounding" or check.identity.relation != "=":
        return Decimal(0)
    return abs(check.difference or Decimal(0))


def _tell(
    explanation: _Explanation, violated: Sequence[Check], evidence: Evidence
) -> list[Suspect]:
    """The suspects of one explanation, each with its reasons in words; copies are one suspect."""
    members, repair, copied = explanation.members, explanation.repair, explanation.copied
    groups = {check.id for check in violated}
    told = []
    for number in members[:1] if copied else members:
        value = repair.values[number.id].value
        others = [other for other in members if other.id != number.id]
        reasons = [
            evidence.slip(number, value).text,
            copies_text(number, others, repair) if copied else together_text(others),
            *grounds_of(number, repair, groups),
        ]
        why = joined(reasons)
        copies = tuple(other.id for other in others) if copied else ()
        told.append(Suspect(number.id, number.text, format_decimal(value), why, copies))
    return told
