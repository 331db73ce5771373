"""Is every number of a document's tables somewhere? Counted from the blocks, not from the ledger.

A token is a run of digits with its thousands commas and decimal point in a cell of any grid. It is
conserved when a number, a token set aside with a reason, or a leftover of the disclosure stands at
its place and holds its digits. Characters are counted from the file itself: every digit that
pdfium finds on a page against the digits of all blocks and asides of that page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from budgetkit.blocks import Block, Grid, Paragraph, Passage, Piece, Where
from budgetkit.disclosure import Disclosure

_TOKEN = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?")
_MONEY = re.compile(r"(\d(?:[\d,]*\d)?(?:\.\d+)?)\s*(?:[万亿千]?元|%)")
_WIDE = {0xFEE0 + ord(sign): sign for sign in "0123456789.,%"}
_SLACK = 0.6  # points: boxes are rounded nowhere, but unions meet at their edges


@dataclass
class Conservation:
    """How many number tokens of table areas there are, and what became of them."""

    tokens: int = 0
    leftovers: int = 0
    lost: list[str] = field(default_factory=list)
    """Tokens that are nowhere, each with its page or line."""

    @property
    def share(self) -> float:
        """The share of tokens that are somewhere."""
        return 1.0 if not self.tokens else 1 - len(self.lost) / self.tokens


@dataclass(frozen=True)
class _Entry:
    """A number, set-aside token or leftover: its digits and its place."""

    digits: str
    where: Where


def count_tokens(disclosure: Disclosure) -> Conservation:
    """The tokens of all grids against the ledger, the tokens set aside and the leftovers."""
    known: dict[tuple[object, ...], list[_Entry]] = defaultdict(list)
    for item in (*disclosure.ledger, *disclosure.set_aside, *disclosure.leftovers):
        known[_sheet(item.where)].append(_Entry(_digits(item.text), item.where))
    result = Conservation(leftovers=len(disclosure.leftovers))
    for block in disclosure.blocks:
        if isinstance(block, Grid):
            for row in block.rows:
                for cell in row:
                    _count_cell(cell.passage, known, result)
    return result


def _count_cell(
    passage: Passage, known: dict[tuple[object, ...], list[_Entry]], result: Conservation
) -> None:
    text = _narrow(passage.text)
    for match in _TOKEN.finditer(text):
        result.tokens += 1
        where = passage.where(match.start(), match.start() + 1)
        digits = _digits(match[0])
        if not any(
            # What is private is listed without its digits.
            ((digits in entry.digits or not entry.digits) and _covers(entry.where, where))
            or (entry.digits.endswith(digits) and _is_tail(entry, where))
            for entry in _near(known, where)
        ):
            result.lost.append(f"{match[0]} ({where})")


def _near(known: dict[tuple[object, ...], list[_Entry]], where: Where) -> Iterator[_Entry]:
    """The entries of a page or a line; of a text also those of the ten lines above."""
    yield from known.get(_sheet(where), ())
    if where.box is None and where.line is not None:
        for line in range(where.line - 10, where.line):
            yield from known.get((where.file, where.page, line), ())


def _is_tail(entry: _Entry, where: Where) -> bool:
    """Whether an entry is longer than its place in a line above: a page break cut it in two."""
    place = entry.where
    if place.line is None or where.line is None or place.start is None or place.end is None:
        return False
    return 0 < where.line - place.line <= 10 and place.end - place.start < len(entry.digits)


def count_narrative(disclosure: Disclosure) -> tuple[int, list[str]]:
    """How many amounts and percentages the paragraphs print, and those not in the ledger."""
    known: dict[tuple[object, ...], list[_Entry]] = defaultdict(list)
    for number in disclosure.ledger:
        known[_sheet(number.where)].append(_Entry(_digits(number.text), number.where))
    printed, lost = 0, []
    for block in disclosure.blocks:
        if not isinstance(block, Paragraph):
            continue
        for match in _MONEY.finditer(_narrow(block.text)):
            printed += 1
            where = block.passage.where(match.start(), match.start() + 1)
            if not any(
                _digits(match[1]) in entry.digits and _covers(entry.where, where)
                for entry in known.get(_sheet(where), ())
            ):
                lost.append(f"{match[0]} ({where})")
    return printed, lost


def _sheet(where: Where) -> tuple[object, ...]:
    return (where.file, where.page, None if where.box else where.line)


def _covers(entry: Where, token: Where) -> bool:
    """Whether the place of an entry holds the first digit of a token."""
    if token.box is not None:
        if entry.box is None:
            return False
        x, y = (token.box[0] + token.box[2]) / 2, (token.box[1] + token.box[3]) / 2
        return (
            entry.box[0] - _SLACK <= x <= entry.box[2] + _SLACK
            and entry.box[1] - _SLACK <= y <= entry.box[3] + _SLACK
        )
    if entry.start is None or entry.end is None or token.start is None:
        return entry.line == token.line
    return entry.start <= token.start < max(entry.end, entry.start + 1)


def _narrow(text: str) -> str:
    """Full-width digits and points made narrow, character by character, so that offsets stay."""
    return text.translate(_WIDE)


def _digits(text: str) -> str:
    return "".join(sign for sign in _narrow(text) if sign in "0123456789")


def digits_of_pages(data: bytes) -> dict[int, int]:
    """How many different digit characters pdfium finds on every page (1-based) of a PDF.

    What is printed twice in one place, as bold type is, counts once.
    """
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    counts: dict[int, int] = {}
    try:
        for number in range(len(document)):
            page = document[number].get_textpage()
            text = page.get_text_range()
            if page.count_chars() == len(text):
                found = {
                    (sign, *(round(edge) for edge in page.get_charbox(index, loose=True)[:2]))
                    for index, sign in enumerate(text)
                    if _is_digit(sign)
                }
                counts[number + 1] = len(found)
            else:
                counts[number + 1] = sum(_is_digit(sign) for sign in text)
            page.close()
    finally:
        document.close()
    return counts


def digits_read(disclosure: Disclosure, asides: Sequence[Any]) -> Counter[int]:
    """How many digit characters of every page are in the blocks, or set aside as folios."""
    counts: Counter[int] = Counter()
    for passage in _passages(disclosure.blocks):
        for piece in passage.pieces:
            if piece.page is not None:
                counts[piece.page] += _digits_in(passage, piece)
    for aside in asides:
        if aside.where.page is not None:
            counts[aside.where.page] += sum(map(_is_digit, aside.text))
    return counts


def _passages(blocks: Sequence[Block]) -> Iterator[Passage]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.passage
        else:
            for row in block.rows:
                for cell in row:
                    yield cell.passage


def _digits_in(passage: Passage, piece: Piece) -> int:
    return sum(map(_is_digit, passage.text[piece.start : piece.start + piece.length]))


def _is_digit(sign: str) -> bool:
    return sign in "0123456789０１２３４５６７８９"
