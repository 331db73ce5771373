"""Damage to a PDF that costs text: streams that break off, and fonts that do not name their signs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

from budgetkit.blocks import Problem, Where
from budgetkit.errors import SourceError
from budgetkit.language import joined, said
from budgetkit.readers.characters import Page

__all__ = ["check_text", "damaged_streams", "unknown_signs"]

_OBJECT = re.compile(rb"(\d{1,9})\s+\d{1,5}\s+obj\b")
_BEGIN = re.compile(rb"stream(?:\r\n|\n)")
_DICTIONARY = 4_000
"""A stream's dictionary is no longer than this."""
_FILTER = re.compile(rb"/Filter\s*(?:\[\s*)?/FlateDecode\s*(?:\]|/|>>)")
# Pictures and the shapes of letters: a page shows less without them, and says no less.
_NO_TEXT = re.compile(rb"/Subtype\s*/(?:Image|Type1C|CIDFontType0C|OpenType)\b|/Length1\b")
_END = b"endstream"
_ENCRYPTED = re.compile(rb"/Encrypt\s+\d|/Encrypt\s*<<")
_STEP = 1 << 20
_MOST = 64 << 20
"""So many unpacked bytes are proved at most: a file of more is not held up by it."""
_LISTED = 6


def damaged_streams(data: bytes) -> Iterator[Problem]:
    """A problem that names the objects of a PDF whose stream cannot be unpacked to its end."""
    damaged = [] if _ENCRYPTED.search(data) else list(_damaged(data))
    if damaged:
        listed = joined((str(number) for number in damaged[:_LISTED]), ", ")
        yield Problem(
            "damaged_objects",
            said(
                "{count} objects of the PDF ({listed}) are damaged and were read in part, so that "
                "pages may lack text; get the whole file again, or compare with the source",
                count=len(damaged),
                listed=said("{places}; …", places=listed) if len(damaged) > _LISTED else listed,
            ),
        )


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


def _damaged(data: bytes) -> Iterator[int]:
    left = _MOST
    for number, head, packed in _streams(data):
        if not _FILTER.search(head) or _NO_TEXT.search(head):
            continue
        size = _unpacked(packed, left)
        if size is None:
            yield number
        left -= size or 0
        if left <= 0:
            return


def _streams(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Every stream with its object's number and dictionary, in the order of the file."""
    before = 0
    while begin := _BEGIN.search(data, before):
        head = data[max(before, begin.start() - _DICTIONARY) : begin.start()]
        end = data.find(_END, begin.end())
        end = end if end >= 0 else len(data)
        before = end + len(_END)
        if found := list(_OBJECT.finditer(head)):
            yield int(found[-1][1]), head[found[-1].end() :], data[begin.end() : end]


def _unpacked(packed: bytes, most: int) -> int | None:
    """How many bytes a stream unpacks to, `most` for more; None where it breaks off.

    Its sum at the end is not asked for: some programs write a wrong one, and nothing is lost.
    """
    unpack = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    size = 0
    rest = packed[2:]
    try:
        while not unpack.eof and size < most:
            out = unpack.decompress(rest, _STEP)
            rest = unpack.unconsumed_tail
            size += len(out)
            if not out and not rest:
                return None
    except zlib.error:
        return None
    return size
