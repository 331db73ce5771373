"""Damage to a PDF that costs text: objects that break off or are missing, fonts that name no signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from budgetkit.blocks import Problem, Where
from budgetkit.errors import SourceError
from budgetkit.language import Said, joined, said
from budgetkit.readers.characters import Page
from budgetkit.readers.objects import Stored, find_missing, is_encrypted, read_objects, unpack

__all__ = ["check_text", "damaged_objects", "unknown_signs"]

_FILTER = re.compile(rb"/Filter\s*(?:\[\s*)?/FlateDecode\s*(?:\]|/|>>)")
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
# A string of 32,767 bytes at most is read of a page, and shown; PDF allows no longer one.
_LONG = re.compile(rb"<[\dA-Fa-f\s]{65536,}>\s*(?:Tj|\])|\([^()]{32768,}\)\s*(?:Tj|\])")
_MOST = 64 << 20
"""So many unpacked bytes are proved at most: a file of more is not held up by it."""
_LISTED = 6


def damaged_objects(data: bytes, pages: int) -> Iterator[Problem]:
    """A problem that names the objects of a PDF whose stream is damaged, and one for each of its
    pages that is made of objects which the file lacks."""
    if is_encrypted(data):
        return
    stored = list(read_objects(data))
    damaged, long = _damaged(stored)
    if long:
        yield Problem(
            "too_long",
            said(
                "{count} objects of the PDF ({listed}) hold a text longer than a PDF may, of which "
                "only the beginning was read; compare with the source",
                count=len(long),
                listed=_listed(long),
            ),
        )
    if damaged:
        yield Problem(
            "damaged_objects",
            said(
                "{count} objects of the PDF ({listed}) are damaged, so that pages may lack text or "
                "show it otherwise; get the whole file again, or compare with the source",
                count=len(damaged),
                listed=_listed(damaged),
            ),
        )
    for page, missing in find_missing(stored, data, pages).items():
        yield Problem(
            "missing_objects",
            said(
                "page {page}: {count} objects that it is made of ({listed}) are missing from the "
                "PDF, so that it may lack text; get the whole file again, or compare with the "
                "source",
                page=page,
                count=len(missing),
                listed=_listed(missing),
            ),
            Where(page=page),
        )


def _listed(numbers: Sequence[int]) -> Said:
    listed = joined((str(number) for number in numbers[:_LISTED]), ", ")
    return said("{places}; …", places=listed) if len(numbers) > _LISTED else listed


def unknown_signs(pages: Sequence[Page]) -> Iterator[Problem]:
    """Names the pages of which some characters cannot be told: they stand there as �."""
    for page in pages:
        if page.unknown:
            yield Problem(
                "unknown_signs",
                said(
                    "page {page}: the fonts of {count} characters do not tell which signs they "
                    "are, so that they stand as �; compare with the source",
                    page=page.number,
                    count=page.unknown,
                ),
                Where(page=page.number),
            )


def check_text(pages: Sequence[Page], name: str, damaged: Sequence[Problem]) -> None:
    """Raises SourceError for a PDF without text, and for one whose text nobody can tell."""
    count = sum(len(page.chars) for page in pages)
    if not count and damaged:
        raise SourceError(
            f"{name}: the PDF is damaged, and none of the {len(pages)} pages has text; get the "
            "whole file again"
        )
    if not count:
        raise SourceError(
            f"{name}: none of the {len(pages)} pages has text, so this is a scan (pictures of "
            "pages); run it through a text recogniser (OCR) that adds a text layer, or get the "
            "original"
        )
    if 2 * sum(page.unknown for page in pages) > count:
        raise SourceError(
            f"{name}: the fonts of the PDF do not tell which signs they show, so that its text "
            "cannot be read; run it through a text recogniser (OCR), or get the original"
        )


def _damaged(stored: Sequence[Stored]) -> tuple[list[int], list[int]]:
    """The numbers of streams that break off, or whose sum tells of another content, and of those
    with a text that is too long.

    Some programs write wrong sums; where most are right, a wrong one is damage.
    """
    broken: list[int] = []
    wrong: list[int] = []
    long: list[int] = []
    right = 0
    left = _MOST
    for item in stored:
        if item.stream is None or not _FILTER.search(item.text) or _PICTURE.search(item.text):
            continue
        found = unpack(item.stream, left)
        if _LONG.search(found.data):
            long.append(item.number)
        if not found.whole:
            broken.append(item.number)
        elif not found.fits:
            wrong.append(item.number)
        else:
            right += 1
        left -= len(found.data)
        if left <= 0:
            break
    return sorted(broken + wrong if right > len(wrong) else broken), long
