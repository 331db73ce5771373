"""The words before a number: what kind of statement they make of it, and what it is about."""

from __future__ import annotations

import functools
import re

from budgetkit.claims import STATED
from budgetkit.ledger import YUAN, Number
from budgetkit.subjects import Names, words
from budgetkit.vocabulary import load

__all__ = ["base_text", "in_reason", "kind_of", "shared_of", "subject_before"]


def kind_of(plain: str, number: Number, text: str, start: int) -> tuple[str, int]:
    """What a number states, and the sign of a change: amount, share, growth, base …"""
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
    if _is_per_person(clause, number):
        return "standard", 0
    if words("base_given").search(clause) and number.unit in YUAN:
        return "base", 0
    if number.unit in YUAN and (beyond := _beyond_budget(clause)):
        return "change", beyond
    if direction and not re.search(r"(?:数|为|至|到)$", clause):
        return "change", direction
    if number.unit in YUAN:
        return "amount", 0
    return "asset" if number.unit in _assets() else "count", 0


@functools.cache
def _assets() -> frozenset[str]:
    return frozenset(load("units.toml")["asset"])


def _is_per_person(clause: str, number: Number) -> bool:
    """Whether an amount of money is one for each: 每人每月 500 元, 人均 500 元, 500 元/人."""
    money, per, _ = number.unit.partition("/")
    if per:
        return money in YUAN
    return number.unit in YUAN and bool(words("per_person").search(clause))


def _beyond_budget(clause: str) -> int:
    """1 where the outturn is said to exceed the budget by what follows, -1 where to stay below."""
    for name, sign in (("more_than_budget", 1), ("less_than_budget", -1)):
        if re.search(rf"(?:{words(name).pattern})数?$", clause):
            return sign
    return 0


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


_LONGEST_REASON = 1_500
"""How many characters before a number its reason may begin."""


def in_reason(text: str, start: int) -> bool:
    """Whether a place of a text stands behind 主要原因是."""
    sentence = text[max(0, start - _LONGEST_REASON) : start].rpartition("。")[2]
    whole = "".join(sentence.split())
    clause = re.split(r"[；;]", whole)[-1]
    if re.match(r"[二三四五六七八九]是", clause):
        clause = whole  # 主要原因:一是…;二是…
    return bool(re.search(r"主要(?:原因)?(?:是|为|系)|原因(?:是|为|[:：]?一是)", clause))


def subject_before(lead: str, kind: str, names: Names) -> str:
    """The words right before a number that name what it is, verbs and directions taken off."""
    segments = re.split(
        r"[,，。；;:：]|其中|包括|包含|主要原因(?:是|为)|主要(?:是|为|系)|原因(?:是|为)", lead
    )
    while segments and not segments[-1].strip():
        segments.pop()
    for position in range(len(segments) - 1, -1, -1):
        segment = words("pair").sub(r"\1\2", re.sub(r"\s", "", segments[position]))
        if kind in {"change", "growth", "share", "completion", "base"}:
            segment = _before_comparison(segment)
            if not segment and position and _is_flat(segments[position - 1]):
                continue  # 甲比预算无增减,比上年增加…: both are said of 甲
        if kind in STATED and words("neutral").match(segment) and position:
            continue
        listed = re.split(r"[、]", segment)
        segment = listed[-1] if kind in STATED and position == len(segments) - 1 else segment
        return re.sub(r"[均各]?(?:为|是|共|约|有|达|的)$", "", segment)
    return ""


def _is_flat(segment: str) -> bool:
    """Whether a clause says of something that it did not change."""
    plain = re.sub(r"\s", "", segment)
    return bool(words("flat").search(plain)) and bool(_before_comparison(plain))


def _before_comparison(segment: str) -> str:
    cut = len(segment)
    for name in ("base", "against_budget", "up", "down", "flat", "share", "completion"):
        match = words(name).search(segment)
        if match:
            cut = min(cut, match.start())
    return segment[:cut]


def shared_of(plain: str) -> str:
    """What a share is said to be taken of: 占支出预算的 90%."""
    match = re.search(words("share_of").pattern, re.split(r"[,，。；;:：]", plain)[-1])
    return match[1] if match else ""


def base_text(plain: str) -> str:
    """The printed base of a comparison (比上年预算), or ""."""
    found = [m for name in ("base", "against_budget") for m in words(name).finditer(plain)]
    return max(found, key=lambda match: match.end())[0] if found else ""
