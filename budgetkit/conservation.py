"""Every number token of a table area is somewhere: what no table and no list took is left over."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence

from budgetkit.amounts import NUMBER, fold_width
from budgetkit.blocks import Block, Grid, Where
from budgetkit.ledger import Number, SetAside

__all__ = ["UNPLACED", "find_unplaced"]

UNPLACED = "in no row or column"
_DIGIT = re.compile(r"\d")
_NO_DIGIT = re.compile(r"\D")
_SLACK = 0.6  # points
_Sheet = tuple[object, ...]
_Entry = tuple[str, Where]


def find_unplaced(
    blocks: Sequence[Block], taken: Container[int], known: Iterable[Number | SetAside]
) -> Iterator[SetAside]:
    """The number tokens of grids at whose place nothing of the ledger and the lists stands."""
    cut: list[_Entry] = []
    starts: dict[_Sheet, list[str]] = defaultdict(list)
    sheets: dict[_Sheet, list[_Entry]] = defaultdict(list)
    for item in known:
        # Private tokens are listed without their digits, so that those may be any.
        starts[_start(item.where)].append(_digits(item.text))
        sheets[_sheet(item.where)].append((_digits(item.text), item.where))
        if _is_cut(item.text, item.where):
            cut.append((_digits(item.text), item.where))
    for index, block in enumerate(blocks):
        if index not in taken or not isinstance(block, Grid):
            continue
        for passage in (cell.passage for row in block.rows for cell in row):
            if not _DIGIT.search(passage.text):
                continue
            for match in NUMBER.finditer(fold_width(passage.text)):
                first = match.start() + (not match[0][0].isdecimal())  # a sign is no digit
                where = passage.where(first, match.end())
                digits = _digits(match[0])
                if (
                    not any(_tells(told, digits) for told in starts.get(_start(where), ()))
                    and not any(
                        _tells(told, digits) and _covers(place, where)
                        for told, place in sheets.get(_sheet(where), ())
                    )
                    and not any(
                        told.endswith(digits) and _follows(place, where) for told, place in cut
                    )
                ):
                    text = passage.text[match.start() : match.end()]
                    yield SetAside(text, UNPLACED, "table", where)


def _digits(text: str) -> str:
    return _NO_DIGIT.sub("", fold_width(text))


def _tells(told: str, digits: str) -> bool:
    return not told or digits in told


def _start(where: Where) -> _Sheet:
    if where.box is not None:
        return (where.file, where.page, round(where.box[0], 1), round(where.box[3], 1))
    return (where.file, where.page, where.line, where.start)


def _sheet(where: Where) -> _Sheet:
    return (where.file, where.page, None if where.box else where.line)


def _covers(entry: Where, token: Where) -> bool:
    """Whether the place of an entry holds the beginning of a token."""
    if entry.box is not None and token.box is not None:
        x, y = token.box[0] + 1, (token.box[1] + token.box[3]) / 2
        return (
            entry.box[0] - _SLACK <= x <= entry.box[2] + _SLACK
            and entry.box[1] - _SLACK <= y <= entry.box[3] + _SLACK
        )
    if entry.start is None or entry.end is None or token.start is None:
        return entry.line == token.line
    return entry.start <= token.start < max(entry.end, entry.start + 1)


def _is_cut(text: str, where: Where) -> bool:
    """Whether a text is longer than its place: its end stands behind a page break."""
    if where.box is not None:
        width, height = where.box[2] - where.box[0], where.box[3] - where.box[1]
        return len(text) > 1 and width < 0.32 * height * len(text)
    return where.start is not None and where.end is not None and where.end - where.start < len(text)


def _follows(head: Where, tail: Where) -> bool:
    """Whether the end of a cut number may stand at a place: a page or a few rows further on."""
    if head.file != tail.file:
        return False
    if head.line is None and head.page is not None and tail.page is not None:
        return 0 <= tail.page - head.page <= 1
    if head.page != tail.page or head.line is None or tail.line is None:
        return False  # a sheet of a workbook parts no number
    return 0 < tail.line - head.line <= 10
