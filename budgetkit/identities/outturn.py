"""Budget and outturn in one sentence of final accounts: the share that was used, and which is more."""

from __future__ import annotations

from collections.abc import Iterator

from budgetkit.identities import Identity, terms_of
from budgetkit.language import said
from budgetkit.ledger import YUAN
from budgetkit.observations import Observation
from budgetkit.prose import Claim, Narrative
from budgetkit.subjects import words

__all__ = ["outturn_identities", "outturn_observations"]

_LAST_PLACE = "narrative.last_place"


def outturn_identities(narrative: Narrative) -> Iterator[Identity]:
    """完成年初预算的 x%: the share of the budget that the outturn makes up."""
    for claim in narrative.claims:
        if claim.kind != "completion" or claim.number.unit != "%":
            continue
        budget, outturn = _pair(claim, narrative)
        note = said("{subject}: the share of the budget that was used", subject=claim.subject)
        if budget is None or outturn is None:
            yield Identity(
                "narrative.completion", terms_of([claim.number]), (), note=note,
                missing=said('the sentence does not print both budget and outturn'),
            )  # fmt: skip
            continue
        yield Identity(
            "narrative.completion",
            terms_of([claim.number]),
            terms_of([outturn.number]),
            per=terms_of([budget.number], unit=outturn.number.unit),
            one_off=_LAST_PLACE,
            note=note,
        )


def outturn_observations(narrative: Narrative) -> Iterator[Observation]:
    """决算数大于预算数 beside an outturn that is less."""
    seen: set[tuple[int, int]] = set()
    for claim in narrative.claims:
        if claim.facts.get("stage") != "budget" or (claim.line, claim.start) in seen:
            continue
        seen.add((claim.line, claim.start))
        more = words("more_than_budget").search(claim.sentence)
        less = words("less_than_budget").search(claim.sentence)
        budget, outturn = _pair(claim, narrative)
        if budget is None or outturn is None or bool(more) == bool(less):
            continue
        difference = outturn.number.value - budget.number.value
        wrong = difference <= 0 if more else difference >= 0
        yield Observation(
            "narrative.direction",
            said(
                "{subject}: outturn {outturn}, budget {budget}, said to be {way}",
                subject=outturn.subject,
                outturn=outturn.number.text,
                budget=budget.number.text,
                way=said("more than budgeted") if more else said("less than budgeted"),
            ),
            (budget.number, outturn.number),
            (outturn.number.where,),
            "violated" if wrong else "holds",
        )


def _pair(claim: Claim, narrative: Narrative) -> tuple[Claim | None, Claim | None]:
    """The budget and the outturn of a claim's sentence, where it prints one of each."""
    here = [
        c
        for c in narrative.sentence_of(claim)
        if c.kind == "amount" and not c.reason and c.number.unit in YUAN
    ]
    budgets = [c for c in here if c.facts.get("stage") == "budget"]
    outturns = [c for c in here if c.facts.get("stage") != "budget"]
    if len(budgets) != 1 or len(outturns) != 1 or budgets[0].number.unit != outturns[0].number.unit:
        return None, None
    return budgets[0], outturns[0]
