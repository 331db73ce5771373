"""Sentences to claims: what every number of the narrative says, of what, compared with what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from budgetkit.amounts import fold_width
from budgetkit.labels import plain_name
from budgetkit.ledger import YUAN, Number
from budgetkit.lines import Line
from budgetkit.subjects import Names, section_facts, strip_subject, subject_facts, words
from budgetkit.vocabulary import beside

__all__ = ["Claim", "ListClaim", "Narrative", "read_narrative"]

_SENTENCE = re.compile(r"[。；;]|(?<=[^\d]):(?=$)")


@dataclass(slots=True)
class Claim:
    """One statement about one number.

    `kind`: amount, share, change, growth, base, count, threshold, completion. `sign` is +1 or -1
    for a change or growth, 0 where no direction word stands. `facts` says what it is about;
    `owner` is the claim that a change, growth or share belongs to, where the sentence has it;
    `base` is the printed base of a comparison (比上年预算).
    """

    id: str
    number: Number
    kind: str
    subject: str
    facts: dict[str, str]
    known: bool
    line: int
    sentence: str
    sign: int = 0
    base: str = ""
    owner: Claim | None = None
    base_claim: Claim | None = None
    reason: bool = False
    section: tuple[str, ...] = ()
    start: int = 0
    """Where its sentence starts in the line."""
    year: int | None = None
    """The document's year."""

    @property
    def heading(self) -> str:
        """The innermost heading above the sentence."""
        return self.section[-1] if self.section else ""

    @property
    def direction(self) -> str:
        """up, down or nothing."""
        return {1: "up", -1: "down"}.get(self.sign, "")

    @property
    def current(self) -> str:
        """Id of the claim that a share, change or growth belongs to."""
        return self.owner.id if self.owner is not None else ""

    @property
    def base_year(self) -> int | None:
        """The year that a change or growth compares with, as far as the sentence says so."""
        if self.kind not in {"change", "growth", "base"}:
            return None
        match = re.search(r"(?:19|20)\d\d", self.base)
        if match:
            return int(match[0])
        return self.year - 1 if self.year is not None else None


@dataclass(slots=True)
class ListClaim:
    """A whole and the parts that a sentence or the lines below it list (其中, 包括 …)."""

    whole: Claim
    parts: list[Claim]


@dataclass(slots=True)
class Absence:
    """A statement that something is not planned (未安排), which has no number of its own."""

    subject: str
    facts: dict[str, str]
    line: int
    sentence: str


@dataclass(slots=True)
class Narrative:
    """All claims of a document's running text, its lists, and what it says is not planned."""

    claims: list[Claim] = field(default_factory=list)
    lists: list[ListClaim] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """What is open while a section is read: the list below a whole, the last subject."""

    whole: Claim | None = None
    part_rank: int = 0
    last: Claim | None = None
    thing: str = ""


def read_narrative(
    lines: Sequence[Line], names: Names, skip: set[int], year: int | None = None
) -> Narrative:
    """Claims of all lines outside headings; `skip` are lines that others read (projects)."""
    narrative = Narrative()
    state = _State()
    section: tuple[str, ...] = ()
    for line in lines:
        if line.section != section:
            state, section = _State(), line.section
        if line.heading or line.index in skip or not any(n is not None for n in line.numbers):
            if not line.heading and line.index not in skip:
                _absences(line, names, narrative)
            continue
        _read_line(line, names, narrative, state)
        _absences(line, names, narrative)
    _tell_funds_apart(narrative)
    narrative.lists = [listed for listed in narrative.lists if listed.parts]
    for claim in narrative.claims:
        claim.year = year
        claim.number = replace(claim.number, facts=dict(claim.facts), name=claim.subject)
    return narrative


def _read_line(line: Line, names: Names, narrative: Narrative, state: _State) -> None:
    text = fold_width(line.text)
    context = dict(section_facts((line.part, *line.section)))
    values = [
        (token, number)
        for token, number in zip(line.tokens, line.numbers, strict=True)
        if number is not None
    ]
    numbered = bool(
        re.match(r"\s*(?:\d{1,2}[.、]|[(]\d{1,2}[)]|[(][一二三四五六七八九十]+[)])", text)
    )
    carried = state.whole if (numbered or state.part_rank) else None
    starts = [0, *(match.end() for match in _SENTENCE.finditer(text))]
    open_lists: dict[str, ListClaim] = {}
    head: Claim | None = None
    sentence_start = -1
    previous_end = _after_list_number(line)
    base_claim: Claim | None = None
    opened: Mapping[str, str] = {}
    for token, number in values:
        start = max(s for s in starts if s <= token.start)
        if start != sentence_start:
            fresh = sentence_start < 0
            sentence_start = start
            keep = bool(open_lists or opened) and text[max(start - 1, 0)] in ";；" and not fresh
            if not keep:
                open_lists, head, opened = {}, None, {}
            base_claim = None
            previous_end = max(previous_end, start)
            state.last = state.last if keep else None
        lead = text[previous_end : token.start]
        claim = _claim(line, text, token.start, number, lead, context, opened, names, state)
        claim.start = start
        claim.sentence = line.text[start : _sentence_end(text, token.end)].strip()
        after = text[token.end :]
        narrative.claims.append(claim)
        claim.id = f"k{len(narrative.claims)}"
        if claim.kind == "base":
            base_claim = claim
        if (
            base_claim is not None
            and claim is not base_claim
            and claim.kind in {"change", "growth"}
        ):
            claim.base_claim = base_claim
        unit = _unit_length(after, number.unit)
        previous_end = token.end + unit
        opener = _list_opener(lead)
        if opener and claim.kind in {"amount", "count"}:
            if head is None:
                opened = _opened_facts(lead, context, names)
                if opened:
                    claim.facts, claim.known = subject_facts(
                        claim.subject, {**context, **opened}, names
                    )
            wholes = _wholes(narrative, claim) or ([carried] if carried else [])
            open_lists = {whole.number.unit: ListClaim(whole, []) for whole in wholes}
            narrative.lists.extend(open_lists.values())
        if claim.kind in {"amount", "count"} and not claim.reason:
            listed = open_lists.get(number.unit) or open_lists.get("")
            if open_lists and listed is not None:
                listed.parts.append(claim)
            elif head is None and not open_lists:
                head = claim
                if carried is not None and not opener:
                    _part_of_carried(narrative, carried, claim)
    tail = text[previous_end:]
    if head is not None and words("opens_list").search(re.sub(r"\s", "", tail)):
        state.whole = head
        state.part_rank = 1
    elif not numbered and state.whole is not None and carried is None:
        state.whole = None


def _after_list_number(line: Line) -> int:
    """Where a paragraph's words begin, behind its own list number."""
    if line.tokens and line.tokens[0].reason == "list number" and line.tokens[0].start <= 3:
        match = re.match(r"\s*[、.．)）]\s*", line.text[line.tokens[0].end :])
        return line.tokens[0].end + (match.end() if match else 0)
    return 0


def _wholes(narrative: Narrative, claim: Claim) -> list[Claim]:
    """What an inline list is made up of: by unit, the nearest claim of the sentence before it.

    Where the list opens a sentence (…5 辆，价值 104.40 万元；其中：…) it belongs to the one before.
    """
    found: dict[str, Claim] = {}
    sentence = claim.start
    for earlier in reversed(narrative.claims):
        if earlier is claim or earlier.kind not in {"amount", "count"} or earlier.reason:
            continue
        if earlier.line != claim.line or (earlier.start != sentence and found):
            break
        sentence = earlier.start
        found.setdefault(earlier.number.unit, earlier)
    return list(found.values())


def _part_of_carried(narrative: Narrative, whole: Claim, part: Claim) -> None:
    for listed in narrative.lists:
        if listed.whole is whole and (not listed.parts or listed.parts[-1].line != whole.line):
            listed.parts.append(part)
            return
    narrative.lists.append(ListClaim(whole, [part]))


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
    reason = bool(words("reason").search(plain)) or _in_reason(text, start)
    kind, sign = _kind(plain, number, text, start)
    subject = _subject(lead, kind, names)
    current = None
    surroundings = {} if reason else {**context, **opened}
    if kind in {"share", "change", "growth", "completion"} and not subject:
        current = state.last
        facts = dict(current.facts) if current is not None else dict(surroundings)
        known = current.known if current is not None else bool(surroundings)
        subject = current.subject if current is not None else ""
    elif re.fullmatch(words("value_of"), subject) and state.thing:
        facts = {**surroundings, "label": state.thing, "measure": subject}
        known = False
    else:
        facts, known = subject_facts(subject, surroundings, names)
    claim = Claim(
        "", number, kind, subject, facts, known, line.index, "",
        sign=sign, base=_base_text(plain), owner=current, reason=reason,
        section=line.section,
    )  # fmt: skip
    if number.unit and number.unit not in YUAN and number.unit != "%" and kind == "count":
        state.thing = subject or state.thing
    if kind in {"amount", "count"} or (kind in {"change"} and current is None):
        state.last = claim
    return claim


def _kind(plain: str, number: Number, text: str, start: int) -> tuple[str, int]:
    clause = re.split(r"[,，。；;:：]", plain)[-1]
    direction = _direction(clause) or (_direction(plain) if number.unit == "%" else 0)
    after = text[start + len(number.text) :]
    if number.unit in {"%", "‰", "个百分点"}:
        if words("share").search(clause):
            return "share", 0
        if direction:
            return "growth", direction
        if words("completion").search(plain):
            return "completion", 0
        return "rate", 0
    if re.match(r"\s*[^\s,，。；;]{0,4}?以[上下内]", after) and number.unit in YUAN:
        return "threshold", 0
    if words("base_given").search(clause) and re.match(
        r"[^,，。；;]{0,6}?(?:" + words("up").pattern + "|" + words("down").pattern + ")",
        after[len(number.unit) :].lstrip(),
    ):
        return "base", 0
    if direction and not re.search(r"(?:数|为|至|到)$", clause):
        return "change", direction
    if number.unit in YUAN:
        return "amount", 0
    return "count", 0


def _direction(text: str) -> int:
    up = [m.end() for m in words("up").finditer(text)]
    down = [m.end() for m in words("down").finditer(text)]
    last_up, last_down = max(up, default=-1), max(down, default=-1)
    if last_up == last_down:
        return 0
    end = max(last_up, last_down)
    if len(text) - end > 6:
        return 0
    return 1 if last_up > last_down else -1


def _in_reason(text: str, start: int) -> bool:
    sentence = re.split(r"[。；;]", text[:start])[-1]
    return bool(re.search(r"主要(?:原因)?(?:是|为|系)|原因(?:是|为)", re.sub(r"\s", "", sentence)))


def _subject(lead: str, kind: str, names: Names) -> str:
    """The words right before a number that name what it is, verbs and directions taken off."""
    segments = re.split(
        r"[,，。；;:：]|其中|包括|包含|主要原因(?:是|为)|主要(?:是|为|系)|原因(?:是|为)", lead
    )
    while segments and not segments[-1].strip():
        segments.pop()
    for position in range(len(segments) - 1, -1, -1):
        segment = re.sub(r"\s", "", segments[position])
        if kind in {"change", "growth", "share", "completion", "base"}:
            segment = _before_comparison(segment)
        if kind in {"amount", "count"} and words("neutral").match(segment) and position:
            continue
        listed = re.split(r"[、]", segment)
        segment = (
            listed[-1] if kind in {"amount", "count"} and position == len(segments) - 1 else segment
        )
        return re.sub(r"(?:为|是|共|约|有|达|的)$", "", segment)
    return ""


def _before_comparison(segment: str) -> str:
    cut = len(segment)
    for name in ("base", "up", "down", "share", "completion"):
        match = words(name).search(segment)
        if match:
            cut = min(cut, match.start())
    return segment[:cut]


def _base_text(plain: str) -> str:
    match = words("base").search(plain)
    return match[0] if match else ""


def _list_opener(lead: str) -> bool:
    return bool(
        re.search(r"其中[:：,，]?|(?:包括|包含|分别为|分别是)[:：]?", re.sub(r"\s", "", lead))
    )


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


def subject_of(text: str, names: Names) -> str:
    """A subject as compared between places."""
    return plain_name(strip_subject(text, names))
