"""Number tokens of running text: which are values, with their unit, and which are not, and why."""

from __future__ import annotations

import bisect
import functools
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from budgetkit.amounts import NUMBER, Amount, fold_width, parse_amount
from budgetkit.blocks import DAMAGED
from budgetkit.vocabulary import load

__all__ = ["BESIDE_DAMAGE", "UNREADABLE", "Token", "count_units", "find_tokens", "find_unit"]

UNREADABLE, BESIDE_DAMAGE = "unreadable", "beside a damaged character"
"""The reason of a token that has more digits than any amount."""


@dataclass(frozen=True, slots=True)
class Token:
    """One number token of a text, by offsets.

    `amount` and `unit` are set for a value ("" where no unit is printed); `reason` says why a
    token is none: year, date, document number, list number, code, telephone, page number.
    """

    text: str
    start: int
    end: int
    amount: Amount | None = None
    unit: str = ""
    reason: str = ""

    @property
    def is_count(self) -> bool:
        """True for whole things counted (65 人, 5 辆), which are not rounded."""
        return self.amount is not None and not self.amount.places and self.unit in _counted()

    @property
    def is_value(self) -> bool:
        """True for a value, False for a year, code, list number …"""
        return not self.reason


@functools.cache
def count_units() -> tuple[str, ...]:
    """Units of counts, longest first."""
    return tuple(sorted(load("units.toml")["count"], key=len, reverse=True))


@functools.cache
def _counted() -> frozenset[str]:
    return frozenset(["", *load("units.toml")["whole"]])


@functools.cache
def _unit_pattern() -> re.Pattern[str]:
    # A line may break inside a unit.
    money = "|".join(r"\s*".join(unit) for unit in load("units.toml")["money"])
    count = "|".join(r"\s*".join(map(re.escape, unit)) for unit in count_units())
    # A decimal part that a line break cut off, then the unit, then what it is counted per.
    return re.compile(
        rf"\s*(?P<unit>个百分点|%|‰|(?:{money})|(?:{count}))(?P<per>(?:\s*/\s*(?:{count}|月|季度|季|周))*)"
    )


def find_unit(text: str) -> str:
    """The unit that a text begins with (万元/人, %, 场次), or ""."""
    match = _unit_pattern().match(fold_width(text))
    return re.sub(r"\s+", "", match["unit"] + (match["per"] or "")) if match else ""


_CONTEXT = 80
"""How many characters before and behind a number may tell what it is."""
_YEAR = re.compile(
    r"\s*(?:年(?!以上|以下|内|期)|[-—－~至到]\s*(?:19|20)\d{2}\s*年?|[、和及与]\s*(?:19|20)\d{2}\s*年)"
)
_COMPARED = re.compile(r"[与较比同和]\s*$")
_MONTH = re.compile(r"\s*(?:月(?:份|底|初|中旬|上旬|下旬)?(?!/))")
_DAY = re.compile(r"\s*[日号](?!均)")
_DOCUMENT_AFTER = re.compile(r"\s*号(?!楼|线)")
_BRACKETED_YEAR = re.compile(r"[〔\[【(（〈]\s*$")
_BRACKET_CLOSE = re.compile(r"\s*[〕\]】)）〉]")
_CODE_BEFORE = re.compile(r"[A-Za-z][A-Za-z/.]*[-－ ]?$")
_CODE_INSIDE = re.compile(r"[A-Za-z]+/?[A-Za-z]*\s?\d[\d.]*[-－—]$")
_LIST_AFTER = re.compile(r"\s*(?:[、]|[.．](?!\d)|[)）])")
_ITEM_AND_NUMBER = re.compile(
    r"\s*(\d{1,2})\.((?:19|20)\d{2}(?=年)|2\d{2}(?=\s*\(?类)|2\d{6}(?=\s*[-—－]?\s*[\u4e00-\u9fff]{3}))"
)
"""1.2024年…, 1.205(类)…, 1.2011301-行政运行: the first item of a list, and a year or a code."""
_CODE_PATH = re.compile(
    r"(?<!\d)2\d{2}\s*\(?类[^。；;\d]{0,30}?(?<!\d)\d{2}\s*\(?款\)?"
    r"(?:[^。；;\d]{0,30}?(?<!\d)\d{2}\s*\(?项)?"
)
"""A functional code in three pieces: 205(类)08(款)03(项), 一般公共服务支出(201类)商贸事务(13款)…"""
_LEADERS = re.compile(r"(?:[.．·•]\s?){4,}$|…{2,}\s*$")
_FORM_BEFORE = re.compile(r"(?:公开|预算|决算|附|表)\s*$")
_FORM_AFTER = re.compile(r"\s*(?:-\d+)?\s*表")
_ORDINAL_BEFORE = re.compile(r"(?:第|表|附件|附表|图)\s*[(（]?$")
_PHONE = re.compile(
    r"(?<!\d)(?:0\d{2,3}[-－—]\d{7,8}|1[3-9]\d{9}|\d{7,8}(?=\s*(?:$|[）)。；;]))|\d{5,}-\d+)(?!\d)"
)
_CONTACT = re.compile(r"(?:电话|联系方式|传真|邮编|热线|手机)[^\d]{0,6}$")
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"\s*[:：]\s*\d{2}(?!\d)")


def find_tokens(text: str) -> list[Token]:
    """All number tokens of a text in order, each told to be a value or set aside with a reason."""
    return list(_find_tokens(text)) if _DIGIT.search(text) else []


@functools.lru_cache(maxsize=20_000)
def _find_tokens(text: str) -> tuple[Token, ...]:
    folded = fold_width(text)
    phones = [match.span() for match in _PHONE.finditer(folded) if _is_phone(folded, match)]
    paths = [match.span() for match in _CODE_PATH.finditer(folded)]
    tokens = []
    for match in NUMBER.finditer(folded):
        start, end = match.span()
        if _is_inside(phones, start):
            tokens.append(Token(text[start:end], start, end, reason="telephone"))
            continue
        if "." not in match[0] and _is_inside(paths, start):
            tokens.append(Token(text[start:end], start, end, reason="code"))
            continue
        if item := _ITEM_AND_NUMBER.match(folded) if not tokens else None:
            tokens.append(
                Token(text[start : item.end(1)], start, item.end(1), reason="list number")
            )
            if folded[item.end(2)] == "年":
                tokens.append(_token(text, folded, item.start(2), item.end(2)))
            else:
                tokens.append(Token(item[2], item.start(2), item.end(2), reason="code"))
            continue
        if folded[start] in "+-" and not _sign_belongs(folded, start):
            start += 1
        tokens.append(_token(text, folded, start, end))
    return tuple(tokens)


def _is_inside(spans: Sequence[tuple[int, int]], place: int) -> bool:
    """Whether a place lies in one of some spans, which stand in order."""
    at = bisect.bisect_right(spans, (place, sys.maxsize)) - 1
    return at >= 0 and place < spans[at][1]


def _is_phone(folded: str, match: re.Match[str]) -> bool:
    token = match[0]
    if match.start() and (
        folded[match.start() - 1].isascii() and folded[match.start() - 1].isalpha()
    ):
        return False
    if "-" in token or "－" in token or "—" in token:
        return True
    before = folded[max(0, match.start() - _CONTEXT) : match.start()]
    return bool(_CONTACT.search(before)) or len(token) == 11


def _sign_belongs(folded: str, start: int) -> bool:
    """A minus between two numbers or behind a word is a dash; behind nothing it is a sign."""
    before = folded[max(0, start - _CONTEXT) : start].rstrip()
    return not before or before[-1] in ":,;(=<>≤≥、。少加为是长降"


def _token(text: str, folded: str, start: int, end: int) -> Token:
    before, after = folded[max(0, start - _CONTEXT) : start], folded[end : end + _CONTEXT]
    reason = _reason(folded[start:end], before, after, start)
    if not reason and (before.endswith(DAMAGED) or after.startswith(DAMAGED)):
        reason = BESIDE_DAMAGE  # what is broken may be one of its digits
    if reason:
        return Token(text[start:end], start, end, reason=reason)
    match = _unit_pattern().match(after)
    unit = ""
    if match:
        unit = re.sub(r"\s+", "", match["unit"] + (match["per"] or ""))
    amount = parse_amount(text[start:end])
    return Token(text[start:end], start, end, amount, unit, "" if amount else UNREADABLE)


def _reason(token: str, before: str, after: str, start: int) -> str:
    if re.fullmatch(r"(?:19|20)\d{2}", token) and (
        _YEAR.match(after)
        or (_BRACKETED_YEAR.search(before) and _BRACKET_CLOSE.match(after))
        or re.search(r"(?:19|20)\d{2}\s*[-—－~至到]\s*$", before)
    ):
        return "document number" if _BRACKET_CLOSE.match(after) else "year"
    if re.fullmatch(r"(?:19|20)\d{2}", token) and (
        _COMPARED.search(before) and not _unit_pattern().match(after)
    ):
        return "year"
    if _CODE_BEFORE.search(before) or _CODE_INSIDE.search(before):
        return "code"
    if _DOCUMENT_AFTER.match(after) and re.search(r"[〕\]】)）〉年第字]\s*$", before):
        return "document number"
    if token.isdigit() and len(token) <= 2:
        if _MONTH.match(after) and not re.search(r"[满共计]\s*$", before):
            return "date"
        if _DAY.match(after) and re.search(r"月\s*$", before):
            return "date"
        if start == 0 and _LIST_AFTER.match(after):
            return "list number"
        if re.search(r"[(（]\s*$", before) and re.match(r"\s*[)）]", after):
            return "list number"
        if re.search(r"[。；;：:，,]\s*$", before) and re.match(
            r"\s*(?:[、]|[.．)）](?!\d))", after
        ):
            return "list number"
    if token.isdigit() and _LEADERS.search(before):
        return "page number"
    if _ORDINAL_BEFORE.search(before) or (_FORM_BEFORE.search(before) and _FORM_AFTER.match(after)):
        return "ordinal"
    if _TIME.match(after) or re.search(r"\d\s*[:：]\s*$", before):
        return "time"
    bracketed = re.search(r"[(（\[【]\s*$", before) and _BRACKET_CLOSE.match(after)
    if bracketed and token.isdigit() and len(token) in {3, 5, 7}:
        return "code"
    if token.isdigit() and len(token) >= 5 and not _unit_pattern().match(after):
        return "code"
    return ""
