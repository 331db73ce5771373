"""Sentences to claims: what every number of the narrative says, of what, compared with what."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from budgetkit.amounts import fold_width
from budgetkit.claims import STATED, Absence, Claim, ListClaim, Narrative
from budgetkit.labels import parse_label, plain_name
from budgetkit.ledger import YUAN, Number
from budgetkit.lines import Line
from budgetkit.list_numbers import after_list_number, ordinal_of, rank_of
from budgetkit.listings import (
    CarriedLists,
    InlineLists,
    complete_lists,
    list_opener,
    settle_changes,
    split_whole,
)
from budgetkit.phrasing import base_text, in_reason, kind_of, shared_of, subject_before
from budgetkit.subjects import (
    Names,
    heading_subject,
    is_nameless,
    section_facts,
    subject_facts,
    words,
)
from budgetkit.unchanged import mark_unchanged
from budgetkit.vocabulary import beside

__all__ = ["Claim", "ListClaim", "Narrative", "read_narrative"]

_STOPS = "。；;"
_PARTICULAR = {"function", "economic", "nature", "label", "public_item"}
_BRACKETED = 200  # a bracket that does not close within so many characters is a slip of the print


@dataclass(slots=True)
class _State:
    """What is open while a section is read: the lists below a whole, the last subject."""

    carried: CarriedLists
    last: Claim | None = None
    thing: str = ""
    nameless: bool = False
    """A number without a subject was read as what the section is about."""
    spoken: Claim | None = None
    """The first amount of the paragraph, which its next sentences go on about."""
    outside: list[tuple[int, Claim | None]] = field(default_factory=list)

    def leave_brackets(self, depth: int) -> None:
        """What stands behind a bracket goes on about what stood before it."""
        while self.outside and self.outside[-1][0] > depth:
            self.last = self.outside.pop()[1]
        if depth > (self.outside[-1][0] if self.outside else 0):
            self.outside.append((depth, self.last))


def read_narrative(
    lines: Sequence[Line], names: Names, skip: set[int], year: int | None = None
) -> Narrative:
    """Claims of all lines outside headings; `skip` are lines that others read (projects)."""
    narrative = Narrative()
    state = _State(CarriedLists(narrative.lists))
    section: tuple[str, ...] = ()
    for line in lines:
        if line.section != section:
            state, section = _State(CarriedLists(narrative.lists)), line.section
        if line.heading or line.index in skip or not any(n is not None for n in line.numbers):
            if not line.heading and line.index not in skip:
                _absences(line, names, narrative)
            continue
        _read_line(line, names, narrative, state)
        _absences(line, names, narrative)
    _tell_funds_apart(narrative)
    complete_lists(narrative)
    settle_changes(narrative)
    narrative.lists = [listed for listed in narrative.lists if listed.parts]
    for listed in narrative.lists:
        if "label" in listed.whole.facts:
            # Of what the parts are parts is not known: they are not the totals of their kind.
            for part in listed.parts:
                part.framed = False
    for claim in narrative.claims:
        claim.year = year
        if claim.facts.get("flow") == "agency_operating_costs" and _with_institutions(claim):
            claim.facts = {**claim.facts, "scope": "institutions"}
        claim.number = replace(claim.number, facts=dict(claim.facts), name=claim.subject)
    return narrative


def _with_institutions(claim: Claim) -> bool:
    """Whether a sentence counts institutions among those whose operating costs it states."""
    before, _, _ = fold_width(claim.sentence).partition(fold_width(claim.number.text))
    plain = re.sub(r"\s", "", before)
    return bool(words("institutions").search(plain)) and not words("reason").search(plain)


def _read_line(line: Line, names: Names, narrative: Narrative, state: _State) -> None:
    text = fold_width(line.text)
    context = dict(section_facts((line.part, *line.section)))
    rank = rank_of(line)
    carried = state.carried.whole_for(rank, text.lstrip(), ordinal_of(line))
    depths = _depths(text)
    starts = [0, *(i + 1 for i, sign in enumerate(text) if sign in _STOPS and not depths[i])]
    inline = InlineLists(narrative.lists)
    state.spoken = None
    head: Claim | None = None
    sentence_start = -1
    previous_end = after_list_number(line)
    base_claim: Claim | None = None
    opened: Mapping[str, str] = {}
    ends: list[tuple[Claim, int]] = []
    for token, number in zip(line.tokens, line.numbers, strict=True):
        if number is None:
            continue
        start = starts[bisect.bisect_right(starts, token.start) - 1]
        if start != sentence_start:
            fresh = sentence_start < 0
            sentence_start = start
            keep = bool(inline or opened) and text[max(start - 1, 0)] in ";；" and not fresh
            if keep:
                inline.close_inner()
            else:
                inline.close()
                head, opened, state.last = None, {}, None
                state.outside.clear()
            base_claim = None
            previous_end = max(previous_end, start)
        lead = text[previous_end : token.start]
        # 其中 may stand in a clause without a number, which a semicolon ends.
        since = text[ends[-1][1] if ends else 0 : token.start].rpartition("。")[2]
        depth = depths[token.start]
        inline.leave_brackets(depth)
        state.leave_brackets(depth)
        claim = _claim(line, text, token.start, number, lead, context, opened, names, state)
        claim.start = start
        claim.sentence = line.text[start : _sentence_end(text, token.end)].strip()
        narrative.claims.append(claim)
        claim.id = f"k{len(narrative.claims)}"
        if claim.kind == "base":
            base_claim = claim
        elif base_claim is not None and claim.kind in {"change", "growth"}:
            claim.base_claim = base_claim
        _inherit_base(claim, ends)
        previous_end = token.end + _unit_length(text[token.end :], number.unit)
        ends.append((claim, previous_end))
        if claim.kind not in STATED:
            continue
        opener = list_opener(lead if inline else since)
        explained = _explained(narrative, claim, lead)
        if opener and explained is None:
            if head is None:
                opened = _opened_facts(lead, context, names)
                if opened:
                    claim.facts, claim.known = subject_facts(
                        claim.subject, {**context, **opened}, names
                    )
            wholes = _wholes(narrative, claim, opened) or ([carried] if carried else [])
            wholes = wholes or split_whole(narrative, claim, since, context)
            inline.open(wholes, depth)
        elif explained is not None:
            inline.open([explained], depth)
        if not claim.reason and not inline.take(claim, depth) and head is None:
            head = claim
            state.spoken = state.spoken or claim
            if carried is not None and not opener:
                state.carried.take(claim)
    mark_unchanged(text, ends)
    tail = re.sub(r"\s", "", text[previous_end:])
    if head is not None and words("opens_list").search(tail):
        state.carried.open(head)
    elif (total := state.spoken) is not None and _heads(total, tail):
        state.carried.open(total)


def _heads(total: Claim, tail: str) -> bool:
    """Whether a paragraph ends by saying that the lines below list its total (具体情况如下)."""
    whole = total.known and not _PARTICULAR & set(total.facts)
    return whole and bool(words("opens_below").search(tail))


def _inherit_base(claim: Claim, before: Sequence[tuple[Claim, int]]) -> None:
    """A rate is compared with what the change right before it is, a change with its base."""
    last = before[-1][0] if before else None
    follows = {"growth": {"change", "base"}, "change": {"base"}}.get(claim.kind, set())
    if last is not None and not claim.base and last.kind in follows and last.start == claim.start:
        claim.base = last.base


def _depths(text: str) -> list[int]:
    """How many brackets are open at every character; a bracket that never closes counts not."""
    opened: list[int] = []
    change = [0] * (len(text) + 1)
    for place, sign in enumerate(text):
        if sign == "(":
            opened.append(place)
        elif sign == ")" and opened:
            first = opened.pop()
            if place - first <= _BRACKETED:
                change[first + 1] += 1
                change[place] -= 1
    return list(accumulate(change))


def _explained(narrative: Narrative, claim: Claim, lead: str) -> Claim | None:
    """The amount that a bracket or a colon right behind it takes apart: 18.53 万元 (购置费 …)."""
    before = narrative.claims[-2] if len(narrative.claims) > 1 else None
    if before is None or before.line != claim.line or before.kind not in STATED:
        return None
    return before if re.match(r"\s*[(:]\D*$", lead) else None


def _wholes(narrative: Narrative, claim: Claim, opened: Mapping[str, str]) -> list[Claim]:
    """What an inline list is made up of: by unit, the nearest claim of the sentence before it.

    Where the list opens a sentence (…5 辆，价值 104.40 万元；其中：…) it belongs to the one before, and
    there to what is said first, or to the outturn where budget and outturn are said; where it says
    what it lists (支出包括：…), to the balance of both sides that the paragraph states.
    """
    found: dict[str, Claim] = {}
    if opened.get("flow") in {"income", "expenditure"}:
        for earlier in narrative.claims:
            if earlier.line == claim.line and earlier.facts.get("flow") == "balance":
                return [earlier]
    sentence = claim.start
    for earlier in reversed(narrative.claims):
        if earlier is claim or earlier.kind not in STATED or earlier.reason:
            continue
        if earlier.line != claim.line or (earlier.start != sentence and found):
            break
        sentence = earlier.start
        if sentence == claim.start:
            found.setdefault(earlier.number.unit, earlier)
        else:
            spent = found.get(earlier.number.unit)
            if spent is None or earlier.facts.get("stage") != "budget":
                found[earlier.number.unit] = earlier
    return list(found.values())


def _claim(
    line: Line,
    text: str,
    start: int,
    number: Number,
    lead: str,
    context: Mapping[str, str],
    opened: Mapping[str, str],
    names: Names,
    state: _State,
) -> Claim:
    plain = re.sub(r"\s", "", lead)
    reason = bool(words("reason").search(plain)) or in_reason(text, start)
    kind, sign = kind_of(plain, number, text, start)
    if kind == "rate" and plain == "的" and state.last and "stage" in state.last.facts:
        kind = "completion"
    subject = subject_before(lead, kind, names)
    nameless = kind in STATED and is_nameless(subject, names)
    if nameless:
        subject = _announced(line, text, start) or subject
    current: Claim | None = None
    surroundings = {} if reason else {**context, **opened}
    if kind in {"share", "change", "growth", "completion", "base"} and not subject:
        current = state.last or state.spoken
        facts = dict(current.facts) if current is not None else dict(surroundings)
        known = current.known if current is not None else False
        subject = current.subject if current is not None else ""
    elif re.fullmatch(words("value_of"), subject) and state.thing:
        facts = {**surroundings, "label": state.thing, "measure": subject}
        known = False
    else:
        facts, known = subject_facts(subject, surroundings, names, before=state.last)
        if nameless and is_nameless(subject, names) and not reason:
            # The first number of a section may be what it is about; the next ones are not.
            known = known and not state.nameless and bool(lead.strip())
            facts = facts if known else {**facts, "label": plain_name(lead)}
            state.nameless = True
    before = state.last
    if not subject and before is not None and before.facts == {**facts, "stage": "budget"}:
        subject = before.subject  # 三公经费预算为…,决算为…: one thing, planned and spent
    claim = Claim(
        "", number, kind, subject, facts, known, line.index, "",
        sign=sign, base=base_text(plain), owner=current, reason=reason,
        section=line.section,
    )  # fmt: skip
    if (
        kind == "amount"
        and words("first_budget").search(plain)
        and words("outturn").search(_sentence_around(text, start))
    ):
        claim.facts = {**claim.facts, "stage": "budget"}
    particular = (_PARTICULAR - {"public_item"}) & set(facts)
    claim.framed = "flow" in context or "fund" in facts or not particular
    if kind == "share":
        claim.of = shared_of(plain)
        facts_of, known_of = _whole_facts(claim.of, context, names)
        claim.of_facts = facts_of if known_of and claim.of else {}
    if (
        number.unit
        and number.unit not in YUAN
        and number.unit != "%"
        and kind in {"count", "asset"}
    ):
        state.thing = subject or state.thing
    if kind in STATED or (kind in {"change"} and current is None):
        state.last = claim
    return claim


def _announced(line: Line, text: str, end: int) -> str:
    """What a paragraph or its heading says that it is about: (二)公务接待费。2026年预算数…"""
    begin = after_list_number(line)
    label = parse_label(text[:60])
    match = re.match(r"\s*([^。:,;]{2,60})[。:]", text[begin:end])
    if match is None and label.rank:
        match = re.match(r"[^、.)]{1,4}[、.)]\s*([^。:,;]{2,60})[。:]", text[:end].lstrip())
    if match and not re.search(r"\d\s*(?:[万亿千]?元|%)", match[1]):
        return match[1].strip()
    return heading_subject(line.section[-1]) if line.section else ""


def _whole_facts(
    phrase: str, context: Mapping[str, str], names: Names
) -> tuple[dict[str, str], bool]:
    """What a share is taken of. 本年支出 is not all that a total with carry-over holds: unknown."""
    flow = {"flow": context["flow"]} if "flow" in context else {}
    if re.match("本年|当年", phrase):
        return {}, False
    return subject_facts(phrase, flow, names)


def _opened_facts(lead: str, context: Mapping[str, str], names: Names) -> dict[str, str]:
    """What a list's head without a number says: 一般公共预算支出包括：…"""
    plain = re.sub(r"\s", "", lead)
    match = re.search(r"([^,，。；;:：]*?)(?:主要)?(?:包括|包含|分别为|分别是|其中)[:：]?", plain)
    if not match or not match[1]:
        return {}
    facts, known = subject_facts(match[1], context, names)
    if not known:
        return {}
    if facts.get("flow") == "expenditure" or "flow" in facts:
        return facts
    return {**facts, "flow": "expenditure"} if match[1].endswith("支出") else facts


def _unit_length(after: str, unit: str) -> int:
    stripped = len(after) - len(after.lstrip())
    compact = re.match(r"\s*" + r"\s*".join(map(re.escape, unit)), after) if unit else None
    return compact.end() if compact else (stripped if unit else 0)


def _sentence_around(text: str, place: int) -> str:
    begin = max(text.rfind(stop, 0, place) for stop in _STOPS) + 1
    return text[begin : _sentence_end(text, place)]


def _sentence_end(text: str, position: int) -> int:
    match = re.search(r"[。；;]", text[position:])
    return position + match.end() if match else len(text)


def _absences(line: Line, names: Names, narrative: Narrative) -> None:
    context = section_facts((line.part, *line.section))
    for sentence in re.split(r"[。；;]", fold_width(line.text)):
        plain = re.sub(r"\s", "", sentence)
        match = re.fullmatch(rf"([^,，:：]{{2,40}})(?:{words('none').pattern})", plain)
        if match:
            facts, known = subject_facts(match[1], context, names)
            if known:
                narrative.absences.append(Absence(match[1], facts, line.index, sentence.strip()))


def _tell_funds_apart(narrative: Narrative) -> None:
    """A fund whose transfer is named in the same section means the rest of the fund."""
    subjects = [(c.section, c) for c in narrative.claims if c.kind != "threshold"]
    for dimension, named, sibling, means in beside():
        sections = {section for section, claim in subjects if claim.facts.get(dimension) == sibling}
        for section, claim in subjects:
            if section in sections and claim.facts.get(dimension) == named:
                claim.facts[dimension] = means


def claim_numbers(narrative: Narrative) -> dict[str, Number]:
    """The ledger numbers of all claims with their facts, by number id."""
    return {claim.number.id: claim.number for claim in narrative.claims}
