"""Why numbers are unchecked, and how many of each part of the document have which status."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.claims import Claim
from budgetkit.language import language, said_in, tell
from budgetkit.reconcile import Check, place_text
from budgetkit.reconciliation import STATUSES, Reconciliation
from budgetkit.rules import find_rule
from budgetkit.vocabulary import load

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "claims_frame",
    "coverage_frame",
    "coverage_shares_frame",
    "previous_checks_frame",
    "suspects_frame",
    "unchecked_frame",
    "unchecked_reasons",
]

#: The rules that reconcile the implied previous year.
PREVIOUS = (
    "narrative.repeated_change",
    "narrative.repeated_headcount",
    "narrative.previous_year",
    "narrative.previous_year_balance",
)
_PARTS = ("table", "prose", "target")


def unchecked_reasons(reconciliation: Reconciliation, name: str = "") -> dict[str, str]:
    """Why each unchecked number is unchecked, by number id: one sentence in the language
    named, else in the one in use.

    A check that could not be made gives its own reason; else it is said whether
    only a limit or only a look at units and signs names the number, whether a question about it
    is open, whether the sentence speaks of something the vocabulary does not know, or what was
    looked for and not found: the same quantity, the terms of a change.
    """
    rows = load("display.toml")["reason"]
    naming: dict[str, list[Check]] = {}
    for check in reconciliation.check_list:
        for number in check.numbers:
            naming.setdefault(number, []).append(check)
    claims = {claim.number.id: claim for claim in reconciliation.disclosure.claim_list}
    reasons = {}
    for number, status in reconciliation.status.items():
        if status == "unchecked":
            checks = naming.get(number, ())
            made = next((c.reason for c in checks if c.outcome == "not_checkable"), "")
            reason = _reason(checks, claims.get(number))
            reasons[number] = tell(made or said_in(rows[reason]), name)
    return reasons


def _reason(checks: Sequence[Check], claim: Claim | None) -> str:
    if any(check.outcome == "violated" for check in checks):
        return "question"
    if any(not check.identity.observed for check in checks):
        return "limit"
    if checks:
        return "looked_at"
    if claim is not None and not claim.known:
        return "unknown"
    special = f"alone_{claim.kind}" if claim is not None else ""
    return special if special in load("display.toml")["reason"] else "alone"


def coverage_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """How many numbers of each part have which status: part, numbers, one column a status."""
    import pandas as pd

    counts: dict[str, dict[str, int]] = {}
    for number in reconciliation.disclosure.ledger:
        row = counts.setdefault(number.part, dict.fromkeys(STATUSES, 0))
        row[reconciliation.status[number.id]] += 1
    order = sorted(counts, key=_PARTS.index)
    records = [{"part": p, "numbers": sum(counts[p].values()), **counts[p]} for p in order]
    return pd.DataFrame(records, columns=["part", "numbers", *STATUSES])


def coverage_shares_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """The same in percent of the part's numbers (Decimal, one place), the whole document last."""
    import pandas as pd

    frame = coverage_frame(reconciliation)
    rows = [*frame.to_dict("records")]
    if rows:
        rows.append({"part": "all", **{name: int(frame[name].sum()) for name in frame.columns[1:]}})
    records = [
        {
            "part": row["part"],
            "numbers": row["numbers"],
            **{s: round(Decimal(100 * row[s]) / row["numbers"], 1) for s in STATUSES},
        }
        for row in rows
    ]
    return pd.DataFrame(records, columns=["part", "numbers", *STATUSES])


def claims_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """What became of the claims of the narrative: columns kind, claims, one a status."""
    import pandas as pd

    counts: dict[str, dict[str, int]] = {}
    for claim in reconciliation.disclosure.claim_list:
        row = counts.setdefault(claim.kind, dict.fromkeys(STATUSES, 0))
        row[reconciliation.status[claim.number.id]] += 1
    records = [{"kind": k, "claims": sum(row.values()), **row} for k, row in counts.items()]
    return pd.DataFrame(records, columns=["kind", "claims", *STATUSES])


def previous_checks_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """The checks of the implied previous year: columns rule, outcome, check, difference.

    Difference is a Decimal in the printed unit, None where a check was not made.
    """
    import pandas as pd

    records = [
        {
            "rule": find_rule(check.rule).title(language()),
            "outcome": check.outcome,
            "check": tell(check.message),
            "difference": check.difference,
        }
        for check in reconciliation.check_list
        if check.rule in PREVIOUS
    ]
    return pd.DataFrame(records, columns=["rule", "outcome", "check", "difference"])


def suspects_frame(reconciliation: Reconciliation) -> pd.DataFrame:
    """The likely culprits of every finding, the likeliest first.

    Columns: finding, rule, place (of the suspect), printed, repair (the value that makes its
    checks hold), why.
    """
    import pandas as pd

    numbers = {number.id: number for number in reconciliation.disclosure.ledger}
    records = [
        {
            "finding": finding.id,
            "rule": find_rule(finding.rule).title(language()),
            "place": tell(place_text(numbers[suspect.number])) if suspect.number in numbers else "",
            "printed": suspect.printed,
            "repair": suspect.repair,
            "why": tell(suspect.why),
        }
        for finding in reconciliation.finding_list
        for suspect in finding.suspects
    ]
    return pd.DataFrame(records, columns=["finding", "rule", "place", "printed", "repair", "why"])


def unchecked_frame(reconciliation: Reconciliation, part: str = "") -> pd.DataFrame:
    """Why numbers are unchecked: columns part, reason, numbers (count), examples; most first.

    With `part` only numbers of that part (table, prose, target). `examples` are up to five of
    the numbers as printed, with their unit.
    """
    import pandas as pd

    reasons = unchecked_reasons(reconciliation)
    found: dict[tuple[str, str], list[str]] = {}
    for number in reconciliation.disclosure.ledger:
        if number.id in reasons and part in {"", number.part}:
            printed = f"{number.text} {number.unit}".strip()
            found.setdefault((number.part, reasons[number.id]), []).append(printed)
    order = sorted(found, key=lambda key: (_PARTS.index(key[0]), -len(found[key])))
    records = [
        {
            "part": key[0],
            "reason": key[1],
            "numbers": len(found[key]),
            "examples": "; ".join(list(dict.fromkeys(found[key]))[:5]),
        }
        for key in order
    ]
    return pd.DataFrame(records, columns=["part", "reason", "numbers", "examples"])
