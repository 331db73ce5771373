"""Running text as logical paragraphs: broken ones rejoined, each under its section, with numbers."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from budgetkit.amounts import fold_width
from budgetkit.blocks import Block, Paragraph, Passage
from budgetkit.labels import parse_label
from budgetkit.ledger import YUAN, Number, SetAside
from budgetkit.values import Token, find_tokens

__all__ = ["Line", "read_lines"]

LONGEST = 10_000
"""A paragraph that was put together of so many characters is no broken one."""
_END = "。；：！？;:!?…"
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-—–]\s*)?(?:第\s*)?\d{1,3}(?:\s*页)?(?:\s*[-—–])?(?:\s*[/／]\s*\d{1,3})?\s*"
)
_FIELD = re.compile(r"[^，。；：:,\d]{2,14}[：:]")
_PART = re.compile(r"第[一二三四五六七八九十]{1,2}(?:部分|章)")
_OPENS = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}[、.]|[(（][一二三四五六七八九十\d]{1,4}[)）]|\d{1,2}[、.．](?!\d)|第[一二三四五六七八九十]{1,2}(?:部分|章)|表\s*\d|附[件表]|[●·■◆※])"
)
_SPACED = re.compile(r"(?<![\d.,])(?:[\d.,] +){2,30}[\d.,](?![\d.,])(?= *(?:年|[万亿千]?元|%|％))")
_TITLE_END = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}[、.]|[(（][一二三四五六七八九十]{1,4}[)）])[^。，；：,;:]{2,60}"
    r"(?:说明|情况|安排|职责|职能|设置|构成|解释|预算|决算|表)"
)
_MONEY = re.compile(r"\d\s*(?:[万亿千]?元|%)")  # what states an amount is a sentence, no heading
_UNFINISHED = re.compile(r"(?:其中[:：,，]?|、)[^，。；：:,\d]{0,20}$")
_AMOUNT_FIRST = re.compile(r"\s*\d[\d,]*(?:\.\d+)?\s*(?:[万亿千]?元|%)")
_ZERO = Decimal(0)
_FULL_LINE = 24
"""A printed line shorter than this ends its paragraph even without a full stop."""


@dataclass(slots=True)
class Line:
    """One logical paragraph.

    `part` is the heading of its part (第三部分 …), `section` the headings it stands under, from
    the outermost; `tokens` are its number tokens and `numbers` the ledger numbers of those that
    are values, in the same order (None for a token that is set aside).
    """

    index: int
    passage: Passage
    heading: bool
    part: str
    section: tuple[str, ...]
    tokens: list[Token] = field(default_factory=list)
    numbers: list[Number | None] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The printed text of the whole paragraph."""
        return self.passage.text


def read_lines(blocks: Sequence[Block], taken: Container[int]) -> tuple[list[Line], list[SetAside]]:
    """The logical paragraphs outside tables, in order, and the number tokens set aside.

    `taken` are block indices to leave out. A paragraph cut by a page break is joined to its rest
    over blank lines, page numbers and broken headings; every number token is either a number of
    a line or set aside with its reason.
    """
    aside: list[SetAside] = []
    joined = _join(blocks, taken, aside)
    lines: list[Line] = []
    part = ""
    section: list[tuple[int, str]] = []
    for passage, level in joined:
        passage = _close_up(passage)
        label = parse_label(passage.text[:80])
        heading = _is_heading(passage.text, level, label.rank)
        if heading and _PART.match(passage.text.strip()):
            part, section = passage.text.strip(), []
        elif heading:
            rank = label.rank or 1
            section = [(depth, text) for depth, text in section if depth < rank]
            section.append((rank, passage.text.strip()))
        line = Line(len(lines), passage, heading, part, tuple(text for _, text in section))
        _number(line, aside)
        lines.append(line)
    return lines, aside


def _close_up(passage: Passage) -> Passage:
    """Numbers printed with a space between their digits (1 2 1 , 3 9 3 . 5 2 万元) as numbers."""
    found = list(_SPACED.finditer(fold_width(passage.text)))
    gaps = [
        place for match in found for place in range(*match.span()) if passage.text[place] == " "
    ]
    return passage.without(gaps) if gaps else passage


def _join(
    blocks: Sequence[Block], taken: Container[int], aside: list[SetAside]
) -> list[tuple[Passage, int]]:
    joined: list[tuple[Passage, int]] = []
    open_line = False
    for index, block in enumerate(blocks):
        if not isinstance(block, Paragraph):
            open_line = False
            continue
        if index in taken:
            continue
        text = block.text
        if _PAGE_NUMBER.fullmatch(text) and any(sign.isdigit() for sign in text):
            where = block.passage.where()
            aside.append(SetAside(text.strip(), "page number", "prose", where))
            continue
        level = 0 if _MONEY.search(fold_width(text)) else block.level
        before = joined[-1] if joined and open_line else None
        if before is not None and block.whole and not _is_cut(before[0], block.passage):
            before = None
        if before is not None and _goes_on(before[0].text, text, before[1], level):
            joined[-1] = (joined[-1][0].joined(block.passage), joined[-1][1])
        else:
            joined.append((block.passage, level))
        open_line = True
    return joined


def _is_cut(before: Passage, after: Passage) -> bool:
    """Whether a whole paragraph breaks off: at the end of a page, or before the amount it names."""
    text = fold_width(before.text).rstrip()
    if not _MONEY.search(text):
        return False
    if _AMOUNT_FIRST.match(fold_width(after.text)):
        return True
    if before.where(len(before.text) - 1).page != after.where().page:
        return not text.endswith(("元", "%"))
    return bool(_UNFINISHED.search(text))


def _goes_on(before: str, after: str, level_before: int, level_after: int) -> bool:
    """Whether a paragraph is the rest of the one before it."""
    if len(before) > LONGEST:
        return False
    if before.rstrip().endswith(tuple(_END)) or _OPENS.match(after):
        return False
    if level_after and not level_before:
        return False
    if not level_before and _TITLE_END.fullmatch(before):
        return False
    if level_before and not (level_after and len(before) >= _FULL_LINE):
        return False
    if _FIELD.match(after) and "，" not in after[:14] and len(before) < 2 * _FULL_LINE:
        return False
    if _FIELD.match(after) and "，" not in before[-_FULL_LINE:]:
        return False
    return len(before) >= _FULL_LINE


def _is_heading(text: str, level: int, rank: int) -> bool:
    if "。" in text or len(text) > 80 or _MONEY.search(fold_width(text)):
        return False
    if level:
        return True
    stripped = text.rstrip()
    return bool(rank and rank <= 2 and not stripped.endswith(("；", "，", "："))) or bool(
        _PART.match(text.strip()) and len(text) < 40
    )


def _number(line: Line, aside: list[SetAside]) -> None:
    line.tokens = find_tokens(line.text)
    count = 0
    for token in line.tokens:
        where = line.passage.where(token.start, token.end)
        if token.amount is None:
            aside.append(
                SetAside(
                    "" if token.reason == "telephone" else token.text,
                    token.reason,
                    "prose",
                    where,
                )
            )
            line.numbers.append(None)
            continue
        count += 1
        line.numbers.append(
            Number(
                id=f"p{line.index + 1}.{count}",
                text=token.text,
                value=token.amount.value,
                half=_ZERO if token.is_count else token.amount.half,
                unit=token.unit,
                part="prose",
                where=where,
            )
        )
    line.numbers = _settle_zeros(line.numbers)


def _settle_zeros(numbers: Sequence[Number | None]) -> list[Number | None]:
    """A zero without decimals among amounts with decimals is as exact as they are: it says that
    there is nothing, not that there is less than a half."""
    finest: dict[str, Decimal] = {}
    for number in numbers:
        if number is not None and number.unit in YUAN:
            finest[number.unit] = min(number.half, finest.get(number.unit, number.half))
    return [
        number
        if number is None or number.value or number.unit not in finest
        else replace(number, half=finest[number.unit])
        for number in numbers
    ]


def plain_text(line: Line) -> str:
    """A line's text with narrow forms, for matching; offsets are those of the text."""
    return fold_width(line.text)
