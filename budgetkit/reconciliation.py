"""The result of checking a disclosure: checks, findings, the status of every number."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from budgetkit.amounts import format_decimal
from budgetkit.claims import STATED
from budgetkit.disclosure import Disclosure
from budgetkit.feasibility import joint_findings
from budgetkit.identities import Identity, observed
from budgetkit.identities.across import across_identities, index_quantities
from budgetkit.identities.changes import change_identities
from budgetkit.identities.clauses import clause_observations
from budgetkit.identities.counts import count_observations, described_counts
from budgetkit.identities.gaps import gap_observations
from budgetkit.identities.narrative import narrative_identities, narrative_observations
from budgetkit.identities.outturn import outturn_identities, outturn_observations
from budgetkit.identities.previous import previous_identities
from budgetkit.identities.registers import register_identities
from budgetkit.identities.standards import project_identities, project_observations
from budgetkit.identities.structure import structure_identities
from budgetkit.identities.target_observations import target_observations
from budgetkit.identities.targets import target_identities
from budgetkit.identities.twins import twin_observations
from budgetkit.language import joined, said
from budgetkit.last_places import last_place_identities
from budgetkit.localise import localise_findings
from budgetkit.misread import doubt_misread
from budgetkit.observations import Observation
from budgetkit.pauses import collector_paused
from budgetkit.reconcile import Check, Finding, check_identity, find_findings, number_status
from budgetkit.wording import wording_observations

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Reconciliation", "check_disclosure"]

SCHEMA = 1
OUTCOMES = ("holds", "holds_by_rounding", "violated", "not_checkable")
STATUSES = ("confirmed", "confirmed_by_rounding", "contradicted", "unchecked")


@dataclass(eq=False)
class Reconciliation:
    """A disclosure reconciled with itself.

    `checks` and `findings` are DataFrames; `check_list`, `finding_list` and `status` are the
    plain values behind them. `to_dict()` is the contract's JSON object.
    """

    disclosure: Disclosure
    check_list: list[Check]
    finding_list: list[Finding]
    status: dict[str, str]

    @functools.cached_property
    def checks(self) -> pd.DataFrame:
        """One row a check: rule, outcome, both sides, difference, tolerance (Decimals), message."""
        from budgetkit.frames import checks_frame

        return checks_frame(self.check_list)

    @functools.cached_property
    def findings(self) -> pd.DataFrame:
        """One row a finding: rule, level, title, message, checks, numbers, places, suspects."""
        from budgetkit.frames import findings_frame

        return findings_frame(self.finding_list)

    @property
    def inconsistent(self) -> bool:
        """True where at least one identity that must hold fails."""
        return any(finding.level == "inconsistent" for finding in self.finding_list)

    def summary(self) -> dict[str, int]:
        """Counts of numbers by status and of checks by outcome."""
        statuses = Counter(self.status.values())
        outcomes = Counter(check.outcome for check in self.check_list)
        return {
            "numbers": len(self.disclosure.ledger),
            **{status: statuses[status] for status in STATUSES},
            "checks": len(self.check_list),
            **{outcome: outcomes[outcome] for outcome in OUTCOMES},
        }

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object; amounts are decimal strings in the printed unit."""
        read = self.disclosure
        return {
            "schema": SCHEMA,
            "document": {
                "key": read.key,
                "title": read.title,
                "department": read.department,
                "year": read.year,
                "kind": read.kind,
                "source": read.source,
                "sha256": read.sha256,
                "reader": read.reader,
            },
            "summary": self.summary(),
            "numbers": [
                {
                    "id": number.id,
                    "text": number.text,
                    "value": format_decimal(number.value),
                    "unit": number.unit,
                    "part": number.part,
                    "table": number.table,
                    "table_kind": number.table_kind,
                    "row": number.row,
                    "column": number.column,
                    "where": number.where.to_dict(),
                    "status": self.status[number.id],
                }
                for number in read.ledger
            ],
            "checks": [
                {
                    "id": check.id,
                    "rule": check.rule,
                    "outcome": check.outcome,
                    "left": _text(check.left),
                    "right": _text(check.right),
                    "difference": _text(check.difference),
                    "tolerance": _text(check.tolerance),
                    "numbers": list(check.numbers),
                    "message": check.message,
                }
                for check in self.check_list
            ],
            "findings": [
                {
                    "id": finding.id,
                    "rule": finding.rule,
                    "level": finding.level,
                    "title": finding.title,
                    "message": finding.message,
                    "checks": list(finding.checks),
                    "numbers": list(finding.numbers),
                    "suspects": [
                        {
                            "number": s.number,
                            "printed": s.printed,
                            "repair": s.repair,
                            "why": s.why,
                            "copies": list(s.copies),
                        }
                        for s in finding.suspects
                    ],
                }
                for finding in self.finding_list
            ],
            "lists": [
                {
                    "title": r.title,
                    "headings": list(r.headings),
                    "rows": [list(x) for x in r.rows],
                    "where": r.where.to_dict(),
                }
                for r in read.rosters
            ],
            "problems": [
                {"kind": p.kind, "message": p.message, "where": p.where.to_dict(), "table": p.table}
                for p in read.problems
            ],
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format_decimal(value)


def collect_identities(disclosure: Disclosure) -> Iterator[Identity]:
    """Every identity of a disclosure: inside tables, between them, then in the sentences."""
    for table in disclosure.budget_tables:
        yield from structure_identities(table)
        yield from change_identities(table)
    printed = [number for number in disclosure.ledger if number.part == "table"]
    narrative = disclosure.narrative
    stated = [claim.number for claim in narrative.claims if claim.kind in STATED and claim.known]
    tables = index_quantities(printed)
    # Sentences on final accounts call totals what their tables call the year's own.
    yield from across_identities(tables, stated if disclosure.kind == "budget" else ())
    yield from register_identities(disclosure.budget_tables, tables)
    yield from narrative_identities(narrative, tables)
    yield from previous_identities(narrative, tables)
    yield from outturn_identities(narrative)
    for table in disclosure.budget_tables:
        for observation in gap_observations(table, disclosure.budget_tables):
            yield observed(observation)
    for observation in twin_observations(disclosure.budget_tables):
        yield observed(observation)
    yield from project_identities(disclosure.project_list)
    yield from target_identities(
        disclosure.target_reading, disclosure.ledger, disclosure.project_list
    )
    for observation in chain(
        narrative_observations(narrative),
        clause_observations(narrative),
        outturn_observations(narrative),
        project_observations(disclosure.project_list),
        count_observations(
            narrative,
            disclosure.budget_tables,
            disclosure.project_list,
            disclosure.target_tables,
        ),
        described_counts(disclosure.project_list, disclosure.ledger),
        target_observations(disclosure.target_reading),
    ):
        yield observed(observation)
    for observation in wording_observations(
        disclosure.lines, disclosure.budget_tables, disclosure.year, bool(disclosure.rosters)
    ):
        yield observed(observation)


def _zero_base_convention(checks: Sequence[Check]) -> Observation | None:
    """Names the convention for growth from zero once, with all its places."""
    kept = [c for c in checks if c.rule == "narrative.growth_from_zero" and c.outcome == "holds"]
    if not kept:
        return None
    rates = [number for check in kept for _, number in check.identity.left]
    from_zero = sum(rate.value != 0 for rate in rates)
    parts = []
    if from_zero:
        parts.append(
            said("{count} growth rates from a base of zero are printed as 100%", count=from_zero)
        )
    if len(rates) > from_zero:
        parts.append(said("{count} from zero to zero as 0%", count=len(rates) - from_zero))
    return Observation(
        "narrative.zero_base",
        said(
            "{parts}: a convention, no arithmetic; such a rate does not exist",
            parts=joined(parts, " and "),
        ),
        tuple(rates),
        tuple(rate.where for rate in rates),
    )


def check_disclosure(disclosure: Disclosure) -> Reconciliation:
    """Checks every identity of a disclosure exactly and says what became of every number."""
    with collector_paused():
        return _check(disclosure)


def _check(disclosure: Disclosure) -> Reconciliation:
    checks = [
        check_identity(identity, f"c{position}")
        for position, identity in enumerate(collect_identities(disclosure), start=1)
    ]
    checks = doubt_misread(checks, disclosure.budget_tables)
    convention = _zero_base_convention(checks)
    if convention is not None:
        checks.append(check_identity(observed(convention), f"c{len(checks) + 1}"))
    contradicted = {n for check in checks if check.outcome == "violated" for n in check.numbers}
    for identity in last_place_identities(checks, contradicted):
        checks.append(check_identity(identity, f"c{len(checks) + 1}"))
    findings = find_findings(checks, disclosure.ledger)
    findings = localise_findings(findings, checks, disclosure.ledger, disclosure.budget_tables)
    findings += joint_findings(checks, len(findings) + 1, contradicted)
    return Reconciliation(disclosure, checks, findings, number_status(disclosure.ledger, checks))
