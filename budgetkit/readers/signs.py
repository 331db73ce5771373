"""Signs of a text that nobody sees or nobody can print: taken out or marked, and said so.

They come from damaged files and web pages, or stand there on purpose: a blank without width
inside an amount makes two numbers of one, a lone surrogate can be written to no file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from budgetkit.blocks import DAMAGED, Aside, Block, Grid, Paragraph, Passage, Problem, Where
from budgetkit.language import joined, said

__all__ = ["clean_blocks", "clean_text", "mark_damage"]

# Controls, lone surrogates and what Unicode keeps for no character.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        f"{chr(0x10000 * plane + 0xFFFE)}{chr(0x10000 * plane + 0xFFFF)}" for plane in range(1, 17)
    )
    + "]"
)
_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_OF_NUMBERS = frozenset(".,%．，％٫٬")
# A mark over a digit, of whatever script: none is among the signs of ordinary text left out here.
_OVER = (
    r"(?<=[\d.,%．，％٫٬])[^\x00-\u02ff\u2010-\u206f\u2100-\u22ff\u2e80-\u3029\u3030-\u3098"
    r"\u309b-\ua4cf\uac00-\ud7ff\uff00-\uffef]"
)
_ODD = re.compile(f"{_UNPRINTABLE.pattern}|{_BREAKS.pattern}|[{DAMAGED}{_INVISIBLE}]|{_OVER}")
_MARKS = frozenset({"Mn", "Me"})
_MOST_PLACES = 6


@dataclass(slots=True)
class _Found:
    """Where signs of one kind stood: how many, and the first places."""

    count: int = 0
    places: list[Where] | None = None

    def add(self, count: int, where: Where) -> None:
        if not count:
            return
        self.count += count
        self.places = self.places or []
        if len(self.places) < _MOST_PLACES and where not in self.places:
            self.places.append(where)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start + 1 : error.end]
    plain = next((at for at, byte in enumerate(broken) if byte < 0x80), len(broken))
    return DAMAGED, error.start + 1 + plain


codecs.register_error("budgetkit.damaged", _mark)


def mark_damage(data: bytes, encoding: str) -> str:
    """Bytes as text, � for each sign that is broken.

    Python's own "replace" takes a digit behind the first byte of a broken sign of GB18030 with it.
    """
    return data.decode(encoding, errors="budgetkit.damaged")


def clean_text(text: str) -> str:
    """A text without signs that nobody sees; � for what cannot be printed."""
    return _clean(Passage(text), _Found(), _Found()).text if _ODD.search(text) else text


def clean_blocks(
    blocks: Sequence[Block], asides: Sequence[Aside]
) -> tuple[tuple[Block, ...], tuple[Aside, ...], list[Problem]]:
    """Blocks and asides without such signs, and a problem for each kind that matters.

    A sign that nobody sees matters beside a digit, or where it turns the direction of reading; so
    does a mark over a digit. Offsets of what stays are kept.
    """
    damaged, hidden = _Found(), _Found()
    cleaned: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            passage = _clean(block.passage, damaged, hidden)
            cleaned.append(block if passage is block.passage else replace(block, passage=passage))
        else:
            cleaned.append(_clean_grid(block, damaged, hidden))
    aside = tuple(replace(a, text=clean_text(a.text)) for a in asides)
    return tuple(cleaned), aside, list(_problems(damaged, hidden))


def _clean_grid(grid: Grid, damaged: _Found, hidden: _Found) -> Grid:
    odd = any(_ODD.search(cell.passage.text) for row in grid.rows for cell in row)
    if not odd:
        return grid
    rows = tuple(
        tuple(replace(cell, passage=_clean(cell.passage, damaged, hidden)) for cell in row)
        for row in grid.rows
    )
    return replace(grid, rows=rows)


def _clean(passage: Passage, damaged: _Found, hidden: _Found) -> Passage:
    if not _ODD.search(passage.text):
        return passage
    text = _BREAKS.sub(" ", _UNPRINTABLE.sub(DAMAGED, passage.text))
    if DAMAGED in text:
        at = text.index(DAMAGED)
        damaged.add(text.count(DAMAGED), passage.where(at, at + 1))
    gone, told = _unseen(text)
    if told:
        hidden.add(len(told), passage.where(told[0], told[0] + 1))
    passage = Passage(text, passage.pieces)
    return passage.without(gone) if gone else passage


def _unseen(text: str) -> tuple[list[int], list[int]]:
    """The places of signs to take out, and of those among them that matter."""
    gone: list[int] = []
    told: list[int] = []
    waiting: list[int] = []
    numeric = False
    for at, sign in enumerate(text):
        if _UNSEEN.match(sign):
            gone.append(at)
            (told if numeric or sign in _DIRECTIONS else waiting).append(at)
        elif numeric and unicodedata.category(sign) in _MARKS:
            gone.append(at)
            told.append(at)
        else:
            numeric = sign.isdecimal() or sign in _OF_NUMBERS
            if numeric:
                told += waiting
            waiting = []
    return gone, sorted(told)


def _problems(damaged: _Found, hidden: _Found) -> Iterable[Problem]:
    if damaged.places:
        yield Problem(
            "damaged_signs",
            said(
                "{count} characters of the text are damaged or cannot be printed and stand as � "
                "({places}); compare with the source",
                count=damaged.count,
                places=_places(damaged.places),
            ),
            damaged.places[0],
        )
    if hidden.places:
        yield Problem(
            "hidden_signs",
            said(
                "{count} characters that nobody sees, or that turn the direction of reading, stood "
                "beside or over numbers and were taken out ({places}); compare with the source",
                count=hidden.count,
                places=_places(hidden.places),
            ),
            hidden.places[0],
        )


def _places(places: Sequence[Where]) -> str:
    listed = joined((where.text for where in places), "; ")
    return said("{places}; …", places=listed) if len(places) == _MOST_PLACES else listed
