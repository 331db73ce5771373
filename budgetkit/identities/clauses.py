"""The same words said twice with different numbers: reasons, and the limits of what is counted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from budgetkit.amounts import fold_width
from budgetkit.language import joined, said
from budgetkit.ledger import YUAN, FactKey, Number, fact_key
from budgetkit.observations import Observation
from budgetkit.prose import Claim, Narrative
from budgetkit.subjects import words as subject_words
from budgetkit.vocabulary import load

__all__ = ["clause_observations"]

_STOP = re.compile(r"[,，。；;:：、()（）]")
_FEWEST = 6  # fewer characters may mean anything
_LEAST_SUBJECT = 2


def clause_observations(narrative: Narrative) -> Iterator[Observation]:
    """Counts that two reasons give in the same words; limits of the same kind in two sentences."""
    reasons: dict[tuple[str, str, FactKey], Claim] = {}
    explained: Claim | None = None
    for claim in narrative.claims:
        explained = claim if not claim.reason else explained
        if not claim.reason or claim.number.unit in {"", "%"} or claim.kind == "threshold":
            continue
        words = _clause(claim)
        if len(words) < _FEWEST or not _names_its_subject(words):
            continue
        # Money explains what stands before it: the same words about another thing are no repeat.
        money = claim.number.unit in YUAN and explained is not None
        about = fact_key(explained.facts) if money and explained is not None else ()
        first = reasons.setdefault((words, claim.number.unit, about), claim)
        if first.line != claim.line:
            yield _observation([first.number], [claim.number], words)
    yield from _limits(narrative)
    yield from _broken_counts(narrative)


def _broken_counts(narrative: Narrative) -> Iterator[Observation]:
    """Whole things counted in fractions: 0.6 人, unless it is an average."""
    whole = set(load("units.toml")["whole"])
    for claim in narrative.claims:
        number = claim.number
        if claim.kind in {"count", "asset"} and number.unit in whole and "均" not in claim.sentence:
            yield Observation(
                "narrative.whole_count",
                f"{claim.subject}: {number.text} {number.unit}"
                if number.value % 1 == 0
                else said(
                    "{subject}: {number} {unit} is no whole number",
                    subject=claim.subject,
                    number=number.text,
                    unit=number.unit,
                ),
                (number,),
                (number.where,),
                "holds" if number.value % 1 == 0 else "violated",
            )


def _clause(claim: Claim) -> str:
    """The words of the clause around a number, its own place marked, years kept."""
    sentence = re.sub(r"\s", "", fold_width(claim.sentence))
    number = re.sub(r"\s", "", fold_width(claim.number.text))
    match = re.search(rf"(?<![\d.,]){re.escape(number + claim.number.unit)}", sentence)
    if match is None:
        return ""
    place = match.start()
    before = _STOP.split(sentence[:place])[-1]
    after = _STOP.split(sentence[place + len(number) :])[0]
    return re.sub(r"主要原因[是为]|原因[是为]", "", f"{before}#{after}")


def _names_its_subject(clause: str) -> bool:
    """Whether a clause says of what it speaks; 比上年增加# speaks of whatever stood before it."""
    bare = clause.partition("#")[0]
    for name in ("base", "base_given", "against_budget", "up", "down"):
        bare = subject_words(name).sub("", bare)
    return len(re.sub(r"20\d\d年(?:度)?|[约了共将各均为]", "", bare)) >= _LEAST_SUBJECT


def _limits(narrative: Narrative) -> Iterator[Observation]:
    stated: dict[str, dict[int, list[Claim]]] = defaultdict(dict)
    for claim in narrative.claims:
        if claim.kind == "threshold" and (what := _limited(claim)):
            stated[what].setdefault(claim.line, []).append(claim)
    for what, by_line in stated.items():
        first, *others = by_line.values()
        for other in others:
            if len(other) == len(first):
                left, right = ([c.number for c in side] for side in (first, other))
                yield _observation(left, right, what)


def _limited(claim: Claim) -> str:
    """What a limit (50 万元以上) is set to."""
    sentence = re.sub(r"\s", "", fold_width(claim.sentence))
    after = sentence.partition(fold_width(claim.number.text) + claim.number.unit)[2]
    match = re.match(r"\D{4,20}?(?=\d|[,，。；;]|$)", after)
    return match[0] if match else ""


def _observation(left: list[Number], right: list[Number], words: str) -> Observation:
    both = [sorted(n.value for n in side) for side in (left, right)]
    shown = [joined((n.text for n in side), " and ") for side in (left, right)]
    return Observation(
        "narrative.repeated_clause",
        said(
            "“{words}” is said with {first} and with {second}",
            words=words,
            first=shown[0],
            second=shown[1],
        ),
        (*left, *right),
        tuple(number.where for number in (*left, *right)),
        "holds" if both[0] == both[1] else "violated",
    )
