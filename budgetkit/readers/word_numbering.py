"""The numbers that Word prints before paragraphs and does not store in their text (一、 （一） 1.)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Numbering"]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "〇一二三四五六七八九"
_CHINESE = {
    "chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting",
    "taiwaneseCounting", "taiwaneseCountingThousand", "koreanDigital2",
}  # fmt: skip
_CIRCLED = {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"}
_UNPRINTED = {"bullet", "none"}
_LONGEST = 100  # signs of a label; Word takes fewer
_PLACE = re.compile(r"%([1-9])")
_ROMAN = [
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
]  # fmt: skip


@dataclass(slots=True)
class _Level:
    kind: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The lists of a document; asked paragraph by paragraph in reading order."""

    def __init__(self, element: Any) -> None:
        """`element` is the root of the numbering part, None where the document has none."""
        self.lists: dict[str, _List] = {}
        if element is None:
            return
        abstract = {
            str(a.get(f"{W}abstractNumId")): _read_levels(a)
            for a in element.iterchildren(f"{W}abstractNum")
        }
        shared = {key: _List(levels) for key, levels in abstract.items()}
        for num in element.iterchildren(f"{W}num"):
            link = num.find(f"{W}abstractNumId")
            base = shared.get(str(link.get(f"{W}val"))) if link is not None else None
            if base is None:
                continue
            own = _overrides(num, base.levels)
            # Lists of one definition count on through each other, unless one starts anew.
            self.lists[str(num.get(f"{W}numId"))] = _List(own) if own else base

    def label(self, list_id: str, depth: int) -> str:
        """The label of the next paragraph in a list at a depth from 0, "" for bullets."""
        found = self.lists.get(list_id)
        level = found.levels.get(depth) if found is not None else None
        if found is None or level is None:
            return ""
        counts = found.counts
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        if level.kind in _UNPRINTED:
            return ""

        def number(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            named = found.levels.get(place, _Level())
            return print_count(counts.get(place, named.start), named.kind)

        return _PLACE.sub(number, level.text)


def _read_levels(definition: Any) -> dict[int, _Level]:
    levels = {}
    for element in definition.iterchildren(f"{W}lvl"):
        level = _Level()
        for child in element:
            value = str(child.get(f"{W}val") or "")
            if child.tag == f"{W}numFmt":
                level.kind = value
            elif child.tag == f"{W}lvlText":
                level.text = value[:_LONGEST]
            elif child.tag == f"{W}start" and value.isdigit():
                level.start = int(value)
        levels[_depth(element)] = level
    return levels


def _overrides(num: Any, levels: dict[int, _Level]) -> dict[int, _Level]:
    """The levels of a list that starts anew or looks different, {} where it does neither."""
    own: dict[int, _Level] = {}
    for element in num.iterchildren(f"{W}lvlOverride"):
        own = own or dict(levels)
        depth = _depth(element)
        own.update(_read_levels(element))
        start = element.find(f"{W}startOverride")
        if start is not None and depth in own and str(start.get(f"{W}val")).isdigit():
            old = own[depth]
            own[depth] = _Level(old.kind, old.text, int(start.get(f"{W}val")))
    return own


def _depth(element: Any) -> int:
    value = str(element.get(f"{W}ilvl") or "0")
    return int(value) if value.isdigit() else 0


def print_count(count: int, kind: str) -> str:
    """A list number as Word prints it: 3 as 3, 三, ③, c or iii."""
    if kind in _CHINESE:
        return _print_chinese(count)
    if kind in _CIRCLED and 1 <= count <= 20:
        return chr(0x245F + count)
    if kind in {"lowerLetter", "upperLetter"} and count >= 1:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 % 20 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"lowerRoman", "upperRoman"} and 1 <= count < 4000:
        text, rest = "", count
        for value, sign in _ROMAN:
            text += sign * (rest // value)
            rest %= value
        return text.upper() if kind == "upperRoman" else text
    return f"{count:02}" if kind == "decimalZero" else str(count)


def _print_chinese(count: int) -> str:
    if not 1 <= count <= 99:
        return str(count)
    tens, ones = divmod(count, 10)
    text = _DIGITS[ones] if ones else ""
    if tens:
        text = ("" if tens == 1 else _DIGITS[tens]) + "十" + text
    return text
