"""The characters of a PDF's pages with their places, and the lines that they form."""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from budgetkit.blocks import DAMAGED, Box, Passage, Piece
from budgetkit.readers.clips import find_clips

__all__ = ["Char", "Page", "TextLine", "find_lines", "read_page", "shown_frame", "to_passage"]

_GAP = 0.45
"""A gap wider than this part of a character's height is printed as a space."""

_HIDDEN = 0.6
"""How wide a character counts that the edge of its cell hides, in points."""

_SAME_LINE = 0.3
"""Characters of one line stand no farther up or down than this part of their height."""


class Char(NamedTuple):
    """One printed character in points from the upper left of the page as it is shown."""

    sign: str
    x0: float
    top: float
    x1: float
    bottom: float
    base: float
    """The height of the line that it stands on."""

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """One page (1-based): its size in points and its characters in the order of the file.

    `hidden` are characters that lie outside what the page shows of them, each run by itself;
    `unknown` is how many have a font that does not say which signs they are, and stand as �.
    """

    number: int
    width: float
    height: float
    chars: tuple[Char, ...]
    hidden: tuple[tuple[Char, ...], ...] = ()
    unknown: int = 0


@dataclass(slots=True)
class TextLine:
    """Characters that stand side by side, left to right."""

    page: int
    chars: list[Char]

    @property
    def x0(self) -> float:
        """Its left end."""
        return self.chars[0].x0

    @property
    def x1(self) -> float:
        """Its right end."""
        return max(char.x1 for char in self.chars)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return min(char.top for char in self.chars)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return max(char.bottom for char in self.chars)

    @property
    def middle(self) -> float:
        """The height of its middle: the median of its characters."""
        middles = sorted(char.top + char.bottom for char in self.chars)
        return middles[len(middles) // 2] / 2

    @property
    def size(self) -> float:
        """The type size: the width of a Chinese character, the median."""
        widths = sorted(char.x1 - char.x0 for char in self.chars if not char.sign.isascii())
        if not widths:
            widths = sorted(0.75 * (char.bottom - char.top) for char in self.chars)
        return widths[len(widths) // 2]

    @property
    def text(self) -> str:
        """Its characters, with a space for every wide gap."""
        return "".join(sign for sign, _ in spaced(self.chars))


def read_page(page: Any, number: int) -> Page:
    """The characters of one pypdfium2 page, blanks left out, as the page is shown."""
    import pypdfium2.raw as raw

    text = page.get_textpage()
    width, height = page.get_size()
    to_shown = shown_frame(page)
    rectangle = raw.FS_RECTF()
    reference = ctypes.byref(rectangle)
    handle = text.raw
    get_box, get_origin = raw.FPDFText_GetLooseCharBox, raw.FPDFText_GetCharOrigin
    x, y = ctypes.c_double(), ctypes.c_double()
    to_x, to_y = ctypes.byref(x), ctypes.byref(y)
    clips = find_clips(page, to_shown)
    get_run = raw.FPDFText_GetTextObject
    chars: list[Char] = []
    hidden: dict[int, list[Char]] = defaultdict(list)
    seen: set[tuple[str, int, int]] = set()
    unknown = 0
    for index, code in enumerate(_codes(text)):
        unknown += code == _UNKNOWN
        if code <= 32 or code in _UNSEEN or not get_box(handle, index, reference):
            continue
        x0, y0 = to_shown(rectangle.left, rectangle.bottom)
        x1, y1 = to_shown(rectangle.right, rectangle.top)
        if x1 < x0:
            x0, x1 = x1, x0
        if y1 < y0:
            y0, y1 = y1, y0
        # Bold type is sometimes printed twice, a hair apart: one character all the same.
        sign = chr(code)
        place = (sign, round(x0), round(y0))
        if place in seen:
            continue
        seen.add(place)
        get_origin(handle, index, to_x, to_y)
        char = Char(sign, x0, y0, x1, y1, to_shown(x.value, y.value)[1])
        if clips and (run := get_run(handle, index)):
            shown = clips.get(ctypes.addressof(run.contents))
            kept = char if shown is None else _cut(char, shown)
            if kept is None:
                hidden[len(chars)].append(char)
                continue
            char = kept
        chars.append(char)
    text.close()
    runs = tuple(map(tuple, hidden.values()))
    return Page(number, width, height, tuple(chars), runs, unknown)


def _codes(text: Any) -> Iterator[int]:
    """The code of every character of a text page."""
    import pypdfium2.raw as raw

    handle = text.raw
    get_sign, is_guessed = raw.FPDFText_GetUnicode, raw.FPDFText_HasUnicodeMapError
    for index in range(text.count_chars()):
        code = get_sign(handle, index)
        yield _UNKNOWN if not code or is_guessed(handle, index) == 1 else code


def _cut(char: Char, shown: Box) -> Char | None:
    """A character of a run that is cut at the edge of its cell, where it counts as printed.

    What the edge hides to the right or left belongs to the cell that begins or ends the run; a
    hidden line is not printed at all.
    """
    left, top, right, bottom = shown
    if not top <= char.middle <= bottom:
        return None
    if (char.x0 + char.x1) / 2 > right:
        return char._replace(x0=right - _HIDDEN, x1=right - _HIDDEN / 2)
    if (char.x0 + char.x1) / 2 < left:
        return char._replace(x0=left + _HIDDEN / 2, x1=left + _HIDDEN)
    return char


def shown_frame(page: Any) -> Callable[[float, float], tuple[float, float]]:
    """From the file's coordinates to points from the upper left of the page as it is shown."""
    left, low, right, high = page.get_cropbox()
    turn = page.get_rotation()
    if turn == 90:
        return lambda x, y: (y - low, x - left)
    if turn == 180:
        return lambda x, y: (right - x, y - low)
    if turn == 270:
        return lambda x, y: (high - y, right - x)
    return lambda x, y: (x - left, high - y)


_UNKNOWN = ord(DAMAGED)
"""Stands for a character of which nobody knows the sign: a guess may be another digit, and left out it
would join two numbers."""
_UNSEEN = frozenset({0xA0, 0x3000, 0xFEFF, 0xFFFE, 0xFFFF, 0xAD, 0x200B, 0x200C, 0x200D, 0x2028})


def find_lines(chars: Iterable[Char], page: int) -> list[TextLine]:
    """The lines that some characters form, from top to bottom.

    Characters stand in one line where they stand on the same height, within a third of a type.
    """
    rows: list[list[Char]] = []
    for char in sorted(chars, key=_by_base):
        if rows:
            above = rows[-1][-1]
            height = min(char.bottom - char.top, above.bottom - above.top)
            if char.base - above.base <= max(_SAME_LINE * height, 1.0):
                rows[-1].append(char)
                continue
        rows.append([char])
    for row in rows:
        row.sort(key=_by_left)
    return [TextLine(page, row) for row in rows]


def _by_base(char: Char) -> float:
    return char.base


def _by_left(char: Char) -> float:
    return char.x0


def spaced(chars: Sequence[Char]) -> list[tuple[str, Char]]:
    """Signs in order, a blank wherever the print leaves a gap, each with its character."""
    result: list[tuple[str, Char]] = []
    before: Char | None = None
    for char in chars:
        if before is not None and char.x0 - before.x1 > _GAP * min(
            char.bottom - char.top, before.bottom - before.top
        ):
            result.append((" ", char))
        result.append((char.sign, char))
        before = char
    return result


def to_passage(lines: Sequence[TextLine], between: str = "\n") -> Passage:
    """The text of some lines with the place of every character."""
    text: list[str] = []
    pieces: list[Piece] = []
    start = 0
    for position, line in enumerate(lines):
        if position:
            text.append(between)
            start += len(between)
        signs = spaced(line.chars)
        boxes: tuple[Box, ...] = tuple(
            (char.x0, char.top, char.x1, char.bottom) for _, char in signs
        )
        text.extend(sign for sign, _ in signs)
        pieces.append(Piece(start, len(signs), page=line.page, boxes=boxes))
        start += len(signs)
    return Passage("".join(text), tuple(pieces))
