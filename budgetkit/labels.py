"""Printed labels taken apart: list number, code, 其中, and the plain name that is left."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from budgetkit.amounts import fold_width, squeeze

__all__ = ["Label", "parse_label", "plain_name"]

# Ranks of list numbers, from the outermost inwards.
_MARKERS = (
    (1, re.compile(r"第?[一二三四五六七八九十]{1,3}[、.:]")),
    (2, re.compile(r"\([一二三四五六七八九十]{1,4}\)[、.]?")),
    (3, re.compile(r"\d{1,2}(?:[、:]|\.(?!\d))")),
    (4, re.compile(r"\(\d{1,2}\)[、.]?")),
    (5, re.compile(r"[①-⑳]|\d{1,2}\)")),
)
_OF_WHICH = re.compile(r"(?:其中|其中包括)[:,]?")
_CODE = re.compile(r"[\[【(]?(\d{3}(?:\d{2}){0,2})[\]】)]?(?:[-—－](?=\D))?(?=[^\d.,年月日%])")
_QUOTES = str.maketrans("", "", "“”\"'‘’「」《》〈〉<>")


@dataclass(frozen=True, slots=True)
class Label:
    """A label taken apart.

    `rank` is the depth of its list number (1 for 一、, 3 for 1., 0 for none), `of_which` says that
    it opens with 其中, `code` is a classification code printed inside it, `name` the rest,
    normalised; `printed` is the label as one line.
    """

    printed: str
    name: str
    rank: int = 0
    of_which: bool = False
    code: str = ""


@functools.lru_cache(maxsize=50_000)
def plain_name(text: str) -> str:
    """A text for comparing names: narrow forms, no spaces, quotes or end punctuation."""
    folded = fold_width(text).translate(_QUOTES)
    return re.sub(r"\s+", "", folded).rstrip(":,;.。、")


@functools.lru_cache(maxsize=20_000)
def parse_label(text: str) -> Label:
    """Takes a printed row label or heading apart."""
    printed = squeeze(text)
    rest = plain_name(text)
    rank = 0
    of_which = False
    for _ in range(3):
        if match := _OF_WHICH.match(rest):
            of_which, rest = True, rest[match.end() :]
            continue
        for level, marker in _MARKERS:
            if (match := marker.match(rest)) and match.end() < len(rest):
                rank, rest = level, rest[match.end() :]
                break
        else:
            break
    code = ""
    if match := _CODE.match(rest):
        code, rest = match[1], rest[match.end() :]
    return Label(printed, rest, rank, of_which, code)
