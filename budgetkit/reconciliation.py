"""The result of checking a disclosure: checks, findings, the status of every number."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetkit.amounts import format_decimal
from budgetkit.disclosure import Disclosure
from budgetkit.identities import Identity
from budgetkit.identities.across import across_identities
from budgetkit.identities.structure import structure_identities
from budgetkit.reconcile import Check, Finding, check_identity, find_findings, number_status

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
                        {"number": s.number, "printed": s.printed, "repair": s.repair, "why": s.why}
                        for s in finding.suspects
                    ],
                }
                for finding in self.finding_list
            ],
            "problems": [
                {"kind": p.kind, "message": p.message, "where": p.where.to_dict(), "table": p.table}
                for p in read.problems
            ],
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format_decimal(value)


def collect_identities(disclosure: Disclosure) -> Iterator[Identity]:
    """Every identity of a disclosure, inside tables first, then between them."""
    for table in disclosure.budget_tables:
        yield from structure_identities(table)
    numbers = [number for number in disclosure.ledger if number.part == "table"]
    yield from across_identities(numbers)


def check_disclosure(disclosure: Disclosure) -> Reconciliation:
    """Checks every identity of a disclosure exactly and says what became of every number."""
    checks = [
        check_identity(identity, f"c{position}")
        for position, identity in enumerate(collect_identities(disclosure), start=1)
    ]
    findings = find_findings(checks, disclosure.ledger)
    return Reconciliation(
        disclosure, checks, findings, number_status(disclosure.ledger, checks)
    )
