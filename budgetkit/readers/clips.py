"""Text that a page cuts off at the edge of its cell, and where that edge is."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from budgetkit.blocks import Box, Problem, Where
from budgetkit.language import said

if TYPE_CHECKING:
    from budgetkit.readers.characters import Char, Page

__all__ = ["find_clips", "hidden_problems"]

_OVER = 1.0
"""Text is cut where it reaches this many points over the edge."""
_SAME_PLACE = 3.0
"""A cell behind a page break stands this many points at most beside its first part."""
_MANY = 40
"""So many hidden characters are named though no digit is among them."""
_QUOTED = 20


def find_clips(
    page: Any, to_shown: Callable[[float, float], tuple[float, float]]
) -> dict[int, Box]:
    """The visible box of every run of text that is cut, by the run's address; mostly empty.

    A spreadsheet prints the whole text of a narrow cell and shows a part of it: what is hidden
    stands, for a reader of characters, in the cells beside it.
    """
    import pypdfium2.raw as raw

    found: dict[int, Box] = {}
    left, low, right, high = (ctypes.c_float() for _ in range(4))
    bounds = [ctypes.byref(value) for value in (left, low, right, high)]
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        item = raw.FPDFPage_GetObject(page.raw, index)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_TEXT:
            continue
        clip = raw.FPDFPageObj_GetClipPath(item)
        if not clip or raw.FPDFClipPath_CountPaths(clip) < 1:
            continue
        edges = _edges(clip)
        if edges is None or not raw.FPDFPageObj_GetBounds(item, *bounds):
            continue
        x0, y0, x1, y1 = edges
        over = max(x0 - left.value, right.value - x1, y0 - low.value, high.value - y1)
        if over > _OVER:
            (ax, ay), (bx, by) = to_shown(x0, y0), to_shown(x1, y1)
            found[ctypes.addressof(item.contents)] = (
                min(ax, bx),
                min(ay, by),
                max(ax, bx),
                max(ay, by),
            )
    return found


def _edges(clip: Any) -> Box | None:
    """What all paths of a clip leave visible, in the file's coordinates."""
    import pypdfium2.raw as raw

    x, y = ctypes.c_float(), ctypes.c_float()
    boxes: list[Box] = []
    for path in range(raw.FPDFClipPath_CountPaths(clip)):
        xs: list[float] = []
        ys: list[float] = []
        for index in range(raw.FPDFClipPath_CountPathSegments(clip, path)):
            segment = raw.FPDFClipPath_GetPathSegment(clip, path, index)
            if raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
                xs.append(x.value)
                ys.append(y.value)
        if xs:
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
    if not boxes:
        return None
    return (
        max(box[0] for box in boxes),
        max(box[1] for box in boxes),
        min(box[2] for box in boxes),
        min(box[3] for box in boxes),
    )


def hidden_problems(pages: Sequence[Page]) -> Iterator[Problem]:
    """Names, for each page, characters that lie outside what it shows and stand nowhere else.

    A cell that a page break parts is printed whole on both pages, and each shows its part: what
    one hides is read on the other. A row too low for its text, or a damaged page, hides it.
    """
    for index, page in enumerate(pages):
        beside = [pages[i] for i in (index - 1, index + 1) if 0 <= i < len(pages)]
        lost = [run for run in page.hidden if not any(_shows(other, run) for other in beside)]
        signs = "".join(char.sign for run in lost for char in run)
        digits = sum(map(str.isdecimal, signs))
        if digits or len(signs) >= _MANY:
            yield Problem(
                "text_cut_off",
                said(
                    "page {page}: {count} characters ('{first}' …), {digits} of them digits, lie "
                    "outside the area in which the page shows them and were not read; compare "
                    "with the source",
                    page=page.number,
                    count=len(signs),
                    first=signs[:_QUOTED],
                    digits=digits,
                ),
                Where(page=page.number),
            )


def _shows(page: Page, run: Sequence[Char]) -> bool:
    """Whether a page shows a run that another hides, in the same column."""
    signs = "".join(char.sign for char in page.chars)
    wanted = "".join(char.sign for char in run)
    at = signs.find(wanted)
    while at >= 0:
        if abs(page.chars[at].x0 - run[0].x0) <= _SAME_PLACE:
            return True
        at = signs.find(wanted, at + 1)
    return False
