"""Lines outside tables to paragraphs: wrapped lines rejoined, running heads and folios set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from budgetkit.amounts import fold_width
from budgetkit.blocks import Aside, Paragraph
from budgetkit.readers.characters import TextLine, spaced, to_passage

__all__ = ["Joiner", "set_running_aside"]

_FOLIO = re.compile(
    r"[-—–·~\s]*(?:第\s*)?\d{1,4}\s*(?:页)?(?:\s*[/／共,，]+\s*\d{1,4}\s*页?)?[-—–·~\s]*"
)
_CONTENTS = re.compile(r"[.．·•…]{4,}\s*\d+\s*$")
"""A line of a table of contents: leaders and a page number."""
_MARGIN = 0.12
"""Running heads and folios stand in this part of the page's height, at its top and bottom."""
_NEVER_FIRST = frozenset("，。、；：！？）》”’」』】〕％%,.;:!?)]")
_SAME_SIZE = 0.93
"""Lines of one paragraph are of one type size, as far as it can be measured."""
_SHARE = 0.5
"""A line that stands in the margin of more than this share of the pages is a running head."""


def set_running_aside(
    pages: Sequence[tuple[float, list[TextLine]]],
) -> tuple[list[list[TextLine]], list[Aside]]:
    """The lines of every page without page numbers and running heads, and what was taken out.

    `pages` are the height and the lines of each page.
    """
    margins = [[line for line in lines if _in_margin(line, height)] for height, lines in pages]
    repeated = Counter(
        text for lines in margins for text in {_same(line) for line in lines} if text
    )
    enough = max(3, _SHARE * len(pages))
    asides: list[Aside] = []
    kept: list[list[TextLine]] = []
    for (_, lines), margin in zip(pages, margins, strict=True):
        edge = {id(line) for line in margin}
        head, foot = _outermost(lines, repeated, enough)
        body: list[TextLine] = []
        for position, line in enumerate(lines):
            reason = ""
            if id(line) in edge:
                outermost = position == 0 or position >= len(lines) - 2
                if outermost and _FOLIO.fullmatch(fold_width(line.text)):
                    reason = "page number"
                elif not head <= position < foot:
                    reason = "running head"
            if reason:
                passage = to_passage([line])
                asides.append(Aside(passage.text, reason, passage.where()))
            else:
                body.append(line)
        kept.append(body)
    return kept, asides


def _outermost(lines: Sequence[TextLine], repeated: Counter[str], enough: float) -> tuple[int, int]:
    """Between which lines a page's own text stands: running heads have nothing of it outside them.

    A line with a label and a colon (the unit of the table below, its department) is a caption,
    however many pages print it.
    """

    def runs(line: TextLine) -> bool:
        text = fold_width(line.text)
        return bool(_FOLIO.fullmatch(text)) or (repeated[_same(line)] >= enough and ":" not in text)

    first = next((i for i, line in enumerate(lines) if not runs(line)), len(lines))
    last = next((i for i, line in enumerate(reversed(lines)) if not runs(line)), len(lines))
    return first, len(lines) - last


def _in_margin(line: TextLine, height: float) -> bool:
    return line.bottom < _MARGIN * height or line.top > (1 - _MARGIN) * height


def _same(line: TextLine) -> str:
    return "".join(char.sign for char in line.chars)


class Joiner:
    """Joins wrapped lines to paragraphs, over page breaks too."""

    def __init__(self, lines: Iterable[TextLine]) -> None:
        """`lines` are all lines of the text, for its margins and type size."""
        known = [line for line in lines if len(line.chars) >= 12]
        self._right = {page: _right(group) for page, group in _by_page(known)}
        self._left = {page: min(line.x0 for line in group) for page, group in _by_page(known)}
        self._pitch = _pitch(known)
        self._size = median([line.size for line in known]) if known else 12.0
        self._open: list[TextLine] = []

    def add(self, line: TextLine) -> Iterator[Paragraph]:
        """Takes the next line; yields the paragraph before it where that is complete."""
        if self._open and not self._goes_on(self._open[-1], line):
            yield from self.close()
        self._open.append(line)

    def close(self) -> Iterator[Paragraph]:
        """Yields the open paragraph: a table or the end follows."""
        if self._open:
            level = 2 if self._is_large(self._open) else 0
            yield Paragraph(to_passage(self._open, between=""), level, whole=True)
            self._open = []

    def _is_large(self, lines: Sequence[TextLine]) -> bool:
        return len(lines) <= 2 and all(line.size > 1.15 * self._size for line in lines)

    def _goes_on(self, before: TextLine, after: TextLine) -> bool:
        if _CONTENTS.search(fold_width(before.text)):
            return False
        size = max(before.size, after.size)
        if min(before.size, after.size) < _SAME_SIZE * size:
            return False
        if before.page == after.page and after.middle - before.middle > self._pitch * 1.25:
            return False
        right = self._right.get(before.page)
        left = self._left.get(after.page, after.x0)
        if right is None or after.x0 > left + 1.2 * size:
            return False
        return before.x1 + _first_run(after) + 0.8 * size > right


def _pitch(lines: Sequence[TextLine]) -> float:
    """The usual distance between the lines of a paragraph."""
    distances = [
        after.middle - before.middle
        for before, after in pairwise(lines)
        if before.page == after.page and after.middle - before.middle < 4 * before.size
    ]
    return median(distances) if distances else 24.0


def _by_page(lines: Sequence[TextLine]) -> list[tuple[int, list[TextLine]]]:
    pages: dict[int, list[TextLine]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    return list(pages.items())


def _right(lines: Sequence[TextLine]) -> float:
    """Where full lines end: the farthest end that more than one line reaches, else the farthest."""
    ends = sorted((line.x1 for line in lines), reverse=True)
    for first, second in pairwise(ends):
        if first - second < 6:
            return first
    return ends[0]


def _first_run(line: TextLine) -> float:
    """The width of what cannot be broken at the start of a line: a number, a word, a character
    with the punctuation behind it."""
    signs = spaced(line.chars)
    end = signs[0][1].x1
    word = signs[0][0].isascii() and signs[0][0].isalnum()
    for sign, char in signs[1:]:
        if sign not in _NEVER_FIRST and not (word and sign.isascii() and sign != " "):
            break
        end = char.x1
    return end - line.x0
