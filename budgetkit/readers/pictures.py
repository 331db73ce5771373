"""Pictures of a PDF's page that may show what nobody can read: a scanned table, for one."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

from budgetkit.blocks import Box, Problem, Where
from budgetkit.language import said
from budgetkit.readers.characters import Page, shown_frame

__all__ = ["picture_problems"]

_LARGE = 0.12
"""A picture of less than this part of the page is a seal or a sign, not a table."""
_CAPTION = 10
"""With more characters than this on it, a picture is the ground that text is printed on."""


def picture_problems(shown: Any, page: Page) -> Iterator[Problem]:
    """Names every large picture of a pypdfium2 page that has no text on it."""
    for box in _pictures(shown):
        left, top = max(box[0], 0.0), max(box[1], 0.0)
        right, bottom = min(box[2], page.width), min(box[3], page.height)
        part = max(right - left, 0.0) * max(bottom - top, 0.0) / (page.width * page.height)
        on_it = sum(
            left <= (char.x0 + char.x1) / 2 <= right and top <= char.middle <= bottom
            for char in page.chars
        )
        if part >= _LARGE and on_it <= _CAPTION:
            yield Problem(
                "picture_not_read",
                said(
                    "page {page}: a picture without text takes {part} of it; if it shows a "
                    "table, that was not read, compare with the source or run the page through a "
                    "text recogniser (OCR)",
                    page=page.number,
                    part=f"{part:.0%}",
                ),
                Where(page=page.number, box=(left, top, right, bottom)),
            )


def _pictures(shown: Any) -> Iterator[Box]:
    """The boxes of a page's pictures, in points from the upper left of the shown page."""
    import pypdfium2.raw as raw

    to_shown = shown_frame(shown)
    edges = [ctypes.c_float() for _ in range(4)]
    left, low, right, high = edges
    for index in range(raw.FPDFPage_CountObjects(shown.raw)):
        item = raw.FPDFPage_GetObject(shown.raw, index)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        if raw.FPDFPageObj_GetBounds(item, *map(ctypes.byref, edges)):
            x0, y0 = to_shown(left.value, low.value)
            x1, y1 = to_shown(right.value, high.value)
            yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
