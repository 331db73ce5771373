"""Whose department it is: the administrative division, as far as the document names it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from budgetkit.amounts import fold_width, squeeze
from budgetkit.blocks import Paragraph
from budgetkit.disclosure import Disclosure
from budgetkit.vocabulary import load

__all__ = ["division_words", "find_place", "place_of_name"]

_COVER_LINES = 12
_LONGEST_LINE = 60


def find_place(disclosure: Disclosure) -> str:
    """The division whose department this is, from the outermost that is named: 甲省乙市丙县.

    From the department's printed name, else from the title, else from the cover; where a later one
    names the same division with what lies around it, that is taken. "" where none of them names a
    division (a ministry, a university, 市财政局 alone) or the lines of the cover name several.
    """
    found = ""
    for names in ((disclosure.department,), (disclosure.title,), _cover_lines(disclosure)):
        places = set(filter(None, map(place_of_name, names)))
        longest = max(places, key=len, default="")
        if longest.endswith(found) and all(longest.endswith(place) for place in places):
            found = longest
    return found


def _cover_lines(disclosure: Disclosure) -> Iterator[str]:
    for block in disclosure.blocks[:_COVER_LINES]:
        if isinstance(block, Paragraph) and len(block.text) <= _LONGEST_LINE:
            yield block.text


def place_of_name(name: str) -> str:
    """The division at the front of an office's name or of a title; "" where there is none."""
    text = re.sub(r"\s", "", fold_width(squeeze(name)))
    while (cut := _pattern("before").sub("", text, count=1)) != text:
        text = cut
    found = ""
    end = level = 0
    while (step := _next_division(text, end, level)) is not None:
        start, end, level = step
        found += text[start:end]
    return found


def _next_division(text: str, start: int, level: int) -> tuple[int, int, int] | None:
    """Where the next division's name starts and ends, and its level; None where none follows.

    The first word that can end a name decides: where it ends another word (城市, 社区) or a level
    that cannot lie inside the one before, the rest of the name is an office's.
    """
    if start and (one := _pattern("as_one").match(text, start)):
        return start, one.end(), _level_of_town() - 1
    government = _pattern("between").match(text, start) if start else None
    begin = government.end() if government else start
    for end in range(begin + 2, min(len(text), begin + _reading()["longest"]) + 1):
        word = next((word for word in _words() if text.endswith(word, begin, end)), "")
        if not word or end - begin == len(word) or _goes_on(word, text[end:]):
            continue
        token = text[begin:end]
        inner = min((each for each in _words()[word] if each > level), default=0)
        town = inner == _level_of_town()
        if not inner or _pattern("not_divisions").search(token):
            return None
        if (government and not town) or (not start and _pattern("zones").search(token)):
            return None
        if town and not _pattern("offices").match(text, end):
            return None
        return begin, end, inner
    return None


def _goes_on(word: str, rest: str) -> bool:
    """Whether a word that could end a name is in the middle of one: 甲镇市, 乙旗区."""
    reading = _reading()
    return word in reading["inside"] and rest.startswith(tuple(reading["followed_by"]))


def division_words() -> tuple[str, ...]:
    """Every word that may end a place in front of an office's name, short forms included."""
    return (*_words(), *_reading()["short"])


def _reading() -> dict[str, Any]:
    found: dict[str, Any] = load("places.toml")["reading"]
    return found


@functools.cache
def _words() -> dict[str, tuple[int, ...]]:
    """The words that end a division's name, the longest first, with their levels."""
    found = {
        word: tuple(row["level"])
        for row in load("places.toml")["division"]
        for word in row["words"]
    }
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _level_of_town() -> int:
    return max(max(levels) for levels in _words().values())


@functools.cache
def _pattern(name: str) -> re.Pattern[str]:
    """A pattern of the vocabulary; of a list any of its patterns."""
    told = _reading()[name]
    if name == "before":
        return re.compile("^(?:" + "|".join(told) + ")")
    return re.compile(told if isinstance(told, str) else "|".join(f"(?:{each})" for each in told))
