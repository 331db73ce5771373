"""Lines outside ruling lines as rows of a table: their words, their columns, what stands above."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from budgetkit.amounts import fold_width
from budgetkit.readers.characters import Char, TextLine

__all__ = [
    "MOST_HEADINGS",
    "WORD_GAP",
    "WRAPPED",
    "Word",
    "WordColumn",
    "WordRow",
    "counts_columns",
    "find_columns",
    "find_runs",
    "find_words",
    "heading_rows",
    "join_rows",
    "nearest_column",
    "place_of",
]

_MONEY = re.compile(r"[-+]?(?:\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+)%?")
_DIGITS = re.compile(r"[\d.,%+-]")
_SENTENCE = re.compile(r"[。；！？]|，.*，")
_CAPTION = re.compile(r"(?<!其中):|表(?:\(.*\))?$")
WORD_GAP = 0.5
"""Words stand farther apart than this many type sizes."""
_AMOUNT_GAP = 0.12
"""An amount and a name beside it are two words even where they stand as near as this."""
_DIGIT_GAP = 0.25
"""Digits of one number stand no farther apart than this."""
_ROW_GAP = 2.6
"""Lines farther apart than this many type sizes are not of one table."""
WRAPPED = 1.45
"""Lines of one heading stand no farther apart, from foot to foot, than this many type sizes."""
MOST_HEADINGS = 8
LEAST_ROWS = 2
LEAST_AMOUNTS = 4
"""A table of a single row has at least so many amounts."""


@dataclass(slots=True)
class Word:
    """Characters that belong together, and whether they are an amount."""

    chars: list[Char]
    money: bool = False

    @property
    def x0(self) -> float:
        return self.chars[0].x0

    @property
    def x1(self) -> float:
        return self.chars[-1].x1

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def top(self) -> float:
        return self.chars[0].top

    @property
    def size(self) -> float:
        return self.chars[0].bottom - self.chars[0].top


@dataclass(slots=True)
class WordColumn:
    """One column: how far its words reach, and whether amounts stand in it."""

    x0: float
    x1: float
    money: bool

    def covers(self, word: Word) -> bool:
        return word.x0 < self.x1 and self.x0 < word.x1


@dataclass(slots=True)
class WordRow:
    """The lines of one row of the table with their words."""

    line: TextLine
    words: list[Word]
    lines: list[TextLine] = field(default_factory=list)

    @property
    def amounts(self) -> int:
        return sum(word.money for word in self.words)


def find_words(line: TextLine) -> list[Word]:
    words: list[Word] = []
    size = line.size
    for char in line.chars:
        before = words[-1].chars[-1] if words else None
        if before is not None:
            gap = char.x0 - before.x1
            digits = bool(_DIGITS.match(char.sign)) + bool(_DIGITS.match(before.sign))
            if gap <= (WORD_GAP, _AMOUNT_GAP, _DIGIT_GAP)[digits] * size:
                words[-1].chars.append(char)
                continue
        words.append(Word([char]))
    for word in words:
        text = fold_width("".join(char.sign for char in word.chars))
        word.money = bool(_MONEY.fullmatch(text))
    joined: list[Word] = []
    for word in words:
        left = joined[-1] if joined else None
        if left is None or left.money or word.money or word.x0 - left.x1 > WORD_GAP * size:
            joined.append(word)
        else:
            left.chars.extend(word.chars)  # a code and its name, parted by a blank
    return joined


def find_runs(rows: Sequence[WordRow]) -> list[tuple[int, int]]:
    """From which row to which the tables reach: rows with amounts, names alone between them."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    end = 0
    for index, row in enumerate(rows):
        told = row.amounts > 0 and (len(row.words) > 1)
        if start is not None and (_SENTENCE.search(row.line.text) or _apart(rows[index - 1], row)):
            runs.append((start, end))
            start = None
        if told and not _SENTENCE.search(row.line.text):
            start = _first_line(rows, index) if start is None else start
            end = index + 1
    if start is not None:
        runs.append((start, end))
    return [(a, b) for a, b in runs if _is_table(rows[a:b])]


def _first_line(rows: Sequence[WordRow], index: int) -> int:
    """Where the first row begins: its name may be wrapped, with the amounts beside its middle."""
    line = rows[index].line
    first = index
    while first and 0 <= line.top - rows[first - 1].line.top <= _BESIDE * line.size * (
        index - first + 1
    ):
        first -= 1
    return first


_BESIDE = 0.8
"""How far, in type sizes, each line of a wrapped name stands above its amounts at most."""


def _apart(above: WordRow, below: WordRow) -> bool:
    return below.line.top - above.line.bottom > _ROW_GAP * min(above.line.size, below.line.size)


def _is_table(rows: Sequence[WordRow]) -> bool:
    told = [row for row in rows if row.amounts]
    return len(told) >= LEAST_ROWS or any(row.amounts >= LEAST_AMOUNTS for row in told)


def join_rows(rows: Sequence[WordRow]) -> list[WordRow]:
    """The rows with lines that hold no amount taken to the row that they stand close to: a long
    name is wrapped, and the amounts stand beside the middle of it."""
    told = [row for row in rows if row.amounts]
    steps = sorted(b.line.top - a.line.top for a, b in pairwise(told))
    near = WRAPPED * rows[0].line.size
    if steps:
        near = min(near, _NEAR * steps[len(steps) // 2])
    joined: list[WordRow] = []
    pending: list[WordRow] = []
    for row in rows:
        above = joined[-1] if joined else None
        if row.amounts:
            close = [p for p in pending if row.line.top - p.line.top <= near]
            joined += [p for p in pending if p not in close]
            joined.append(_one_row([*close, row], row.line))
            pending = []
        elif above is not None and not pending and row.line.top - above.lines[-1].top <= near:
            joined[-1] = _one_row([above, row], above.line)
        else:
            pending.append(row)
    return [*joined, *pending]


_NEAR = 0.75
"""Lines of one row stand nearer than this part of the step from row to row."""


def _one_row(rows: Sequence[WordRow], line: TextLine) -> WordRow:
    words = [word for row in rows for word in row.words]
    return WordRow(line, words, [line for row in rows for line in row.lines])


def find_columns(rows: Sequence[WordRow]) -> list[WordColumn] | None:
    """The columns that the words of the rows form; None where they form none."""
    money = _united([word for row in rows for word in row.words if word.money], money=True)
    names = _united(
        [
            word
            for row in rows
            for word in row.words
            if not word.money and not any(column.covers(word) for column in money)
        ],
        money=False,
    )
    columns = sorted([*money, *names], key=lambda column: column.x0)
    if len(columns) < 2 or (columns[0].money and len(columns) < LEAST_AMOUNTS):
        return None
    for row in rows:
        taken = [place_of(columns, word) for word in row.words if word.money]
        if None in taken or len(set(taken)) < len(taken):
            return None  # two amounts of a row in one column: the places say nothing
    return columns


def _united(words: Sequence[Word], money: bool) -> list[WordColumn]:
    columns: list[WordColumn] = []
    for word in sorted(words, key=lambda word: word.x0):
        if columns and word.x0 < columns[-1].x1:
            columns[-1].x1 = max(columns[-1].x1, word.x1)
        else:
            columns.append(WordColumn(word.x0, word.x1, money))
    return columns


def place_of(columns: Sequence[WordColumn], word: Word) -> int | None:
    """The column of a word: the one it overlaps; a long name belongs where it begins."""
    over = [i for i, column in enumerate(columns) if column.covers(word)]
    if word.money:
        return over[0] if len(over) == 1 else None
    if over:
        return over[0]
    left = [i for i, column in enumerate(columns) if column.x0 <= word.x0]
    return left[-1] if left else 0


def nearest_column(columns: Sequence[WordColumn], word: Word) -> int:
    """The column that the middle of a word is in, or nearest to."""
    return min(
        range(len(columns)),
        key=lambda i: max(columns[i].x0 - word.middle, word.middle - columns[i].x1, 0.0),
    )


def heading_rows(above: Sequence[WordRow], data: Sequence[WordRow]) -> list[WordRow]:
    """The rows right above the first one with amounts, up to the caption of the table."""
    found: list[WordRow] = []
    below = data[0]
    sizes = sorted(row.line.size for row in data)
    usual = sizes[len(sizes) // 2]
    for row in reversed(above[-MOST_HEADINGS - 1 :]):
        text = fold_width(row.line.text)
        large = row.line.size > 1.2 * usual and len(row.words) == 1
        if _apart(row, below) or large or _CAPTION.search(text) or _SENTENCE.search(text):
            break
        found.insert(0, row)
        below = row
    return found


def counts_columns(row: WordRow) -> bool:
    """Whether a row only counts the columns: 1, 2, 3."""
    texts = ["".join(char.sign for char in word.chars) for word in row.words]
    counted = [int(text) for text in texts if text.isascii() and text.isdigit()]
    return len(counted) >= LEAST_ROWS and len(counted) * 2 > len(texts)
