"""Cells of performance tables: the values in them, their units and signs of comparison."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from budgetkit.amounts import NUMBER, Amount, fold_width, parse_amount
from budgetkit.blocks import Passage
from budgetkit.labels import plain_name
from budgetkit.target_layout import pattern
from budgetkit.values import Token, find_tokens, find_unit
from budgetkit.vocabulary import load

__all__ = ["all_tokens", "name_unit_of", "operator_of", "tokens_of", "values_of"]

_PER = re.compile(r"/[^\s,;、。()]{1,10}")
_DIGIT = re.compile(r"\d")
_NAME_UNIT = re.compile(r"\(([^()]{1,12})\)$|(%)$")
_MONTH_LIMIT = re.compile(r"\s*月\s*(?:份|底|末)?\s*(?:之?前|底)?$")
# A letter among digits (2O4) or a comma that parts no thousands: no telling which number was meant.
_MISREAD = re.compile(r"\d[,.]?[A-Za-z]+[,.]?\d|\d,(?!\d{3}(?!\d))\d*")
_MAY_BE_VALUE = {"code", "list number", "ordinal", "time", "telephone", "document number"}


@functools.lru_cache(maxsize=4000)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The number tokens of a cell; the same few texts fill most of these tables."""
    return tuple(find_tokens(text)) if _DIGIT.search(text) else ()


def all_tokens(text: str) -> list[Token]:
    """Number tokens of a text, telephone numbers in pieces included."""
    if not _DIGIT.search(text):
        return []
    found = list(tokens_of(text))
    starts = sorted(token.start for token in found)
    for match in NUMBER.finditer(fold_width(text)):
        # A cell may hold ten thousand tokens.
        at = bisect.bisect_left(starts, match.start())
        if at == len(starts) or starts[at] >= match.end():
            found.append(Token(text[match.start() : match.end()], *match.span(), reason="outside"))
    return found


def values_of(passage: Passage) -> list[tuple[Token, str]]:
    """The values of a cell that is meant to hold one, with their printed units.

    A bare number is a value here, whatever it would be in a sentence. A month as a limit (10月底前)
    is a value in months of the year; a year or a whole date is none.
    """
    text = passage.text
    if not _DIGIT.search(text):
        return []
    whole = parse_amount(text)
    if whole is not None:
        start = len(text) - len(text.lstrip())
        printed = whole.text.rstrip("%％ ") if whole.percent else whole.text
        unit = "%" if whole.percent else ""
        return [(Token(printed, start, start + len(printed), whole), unit)]
    found: list[tuple[Token, str]] = []
    folded = fold_width(text)
    if _MISREAD.search(folded):
        return found
    tokens = tokens_of(text)
    for token in tokens:
        amount: Amount | None = token.amount
        unit = token.unit
        if token.reason in _MAY_BE_VALUE and _alone(folded, token, tokens):
            amount = parse_amount(token.text)
        elif token.reason == "date" and _MONTH_LIMIT.match(folded, token.end):
            amount, unit = parse_amount(token.text), "月"
        if amount is not None:
            unit += _more_of_unit(folded, token) if unit else ""
            found.append((replace(token, amount=amount, reason=""), unit))
    return found


def _more_of_unit(folded: str, token: Token) -> str:
    """What a unit is per, in words that are no unit of their own (元 **/m2/月**)."""
    rest = folded[token.end :].lstrip()
    more = _PER.match(rest, len(token.unit)) if rest.startswith(token.unit) else None
    return more[0] if more else ""


def _alone(folded: str, token: Token, tokens: Sequence[Token]) -> bool:
    before = folded[: token.start].strip()
    return len(tokens) == 1 and (not before or bool(operator_of(before)))


@functools.lru_cache(maxsize=4000)
def name_unit_of(name: str) -> str:
    """The unit that an indicator's name ends with, in brackets; "" where the bracket is none."""
    match = _NAME_UNIT.search(plain_name(name))
    if match is None:
        return ""
    unit = match[1] or match[2]
    return unit if find_unit(unit) == unit else ""


@functools.lru_cache(maxsize=4000)
def operator_of(text: str, whole: bool = False) -> str:
    """The sign a text begins with, or with `whole` the one that its end says (90%以上)."""
    name = fold_width(text).strip()
    for sign in load("targets.toml")["operator"]:
        if pattern("operator", sign).match(name):
            return str(sign)
    if whole:
        for sign, words in _ends():
            if words.search(name) and any(t.is_value for t in tokens_of(text)):
                return sign
    return ""


def _ends() -> Iterator[tuple[str, re.Pattern[str]]]:
    for sign, words in load("targets.toml")["operator_after"].items():
        yield str(sign), re.compile(rf"(?:{words})$")
