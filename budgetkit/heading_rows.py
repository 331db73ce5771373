"""Which rows of a table are its heading: those before the row that numbers the columns, or the data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from budgetkit.amounts import fold_width, parse_amount
from budgetkit.blocks import Cell
from budgetkit.labels import parse_label, plain_name
from budgetkit.vocabulary import find_term

__all__ = [
    "Matrix",
    "count_heading_rows",
    "count_rows_before_amounts",
    "find_number_row",
    "opens_data",
    "printed_numbers",
]

Matrix = list[dict[int, Cell]]
"""Rows of a table area: column index to cell, merged cells at their upper left."""

_LONGEST_COUNT = 4
_STAR = re.compile(r"[※*＊]")
_NUMBER_CELL = re.compile(r"\(?(\d{1,2})\)?(?:=.*)?|[※*＊]+|[甲乙丙丁]|栏次|[-—]+")


def find_number_row(matrix: Matrix) -> int | None:
    """The row that numbers the columns (※ ※ 1 2 3), which fixes their alignment."""
    for index, row in enumerate(matrix[:8]):
        texts = [plain_name(cell.text) for cell in row.values() if cell.text]
        digits = [int(text) for text in texts if text.isdecimal() and len(text) <= _LONGEST_COUNT]
        if (
            len(texts) >= 2
            and digits
            and all(_NUMBER_CELL.fullmatch(text) for text in texts)
            and (len(digits) >= 2 or any(_STAR.match(text) for text in texts))
            and digits == sorted(set(digits))
            and digits[0] <= 2
        ):
            return index
    return None


def printed_numbers(row: Mapping[int, Cell]) -> dict[int, str]:
    """The numbers that such a row prints, by column."""
    numbers = {}
    for index, cell in row.items():
        match = re.match(r"\(?(\d{1,2})\)?", fold_width(cell.text))
        if match:
            numbers[index] = match[1]
    return numbers


def count_rows_before_amounts(matrix: Matrix) -> int:
    """How many rows stand before the row that numbers the columns, else before the first amounts."""
    number_row = find_number_row(matrix)
    if number_row is not None:
        return number_row
    for index, row in enumerate(matrix):
        texts = [cell.text for cell in row.values() if cell.text]
        if _prints_amounts(texts):
            return index
    return len(matrix)


def _prints_amounts(texts: Sequence[str]) -> bool:
    return any(_looks_like_amount(text) for text in texts) or _lists_integers(texts)


def count_heading_rows(matrix: Matrix, exact: bool) -> int:
    """Heading rows of a table without a number row: those before the first row of data.

    Where spans are known, a row belongs to the heading as long as a heading cell reaches down
    to it or a column still shares its heading with its neighbour.
    """
    reach = 0
    leaves: dict[int, int] = {}
    for index, row in enumerate(matrix):
        texts = [cell.text for cell in row.values() if cell.text]
        if _prints_amounts(texts):
            return index
        if not (exact and (index < reach or _parts_headings(row, leaves))):
            first = min((i for i, cell in row.items() if cell.text), default=0)
            leading = (first == 0 or index == 0) and len(texts) == 1
            if texts and opens_data(row[first].text, leading):
                return index
            if exact and index and index >= reach and not _shares_heading(leaves):
                return index
        for column, cell in row.items():
            reach = max(reach, index + cell.row_span)
            for place in range(column, column + cell.column_span):
                leaves[place] = cell.column_span
    return len(matrix)


def _parts_headings(row: Mapping[int, Cell], leaves: Mapping[int, int]) -> bool:
    """Whether a row names the columns of a wider heading above one by one."""
    texts = [column for column, cell in row.items() if cell.text]
    return bool(texts) and all(
        leaves.get(column, 0) > 1 and row[column].column_span < leaves[column] for column in texts
    )


def _shares_heading(leaves: Mapping[int, int]) -> bool:
    return any(span > 1 for span in leaves.values())


def _looks_like_amount(text: str) -> bool:
    amount = parse_amount(text)
    return amount is not None and (amount.places > 0 or len(text) <= 2 or "," in text)


def _lists_integers(texts: Sequence[str]) -> bool:
    """A name and nothing but whole numbers behind it: amounts without places, unless all are years.

    A single one of them could be a code or a year; so many beside a name are not.
    """
    numbers = [re.sub(r"\D", "", text) for text in texts[1:]]
    return (
        bool(numbers)
        and not any(sign.isdigit() for sign in texts[0])
        and all(parse_amount(text) is not None for text in texts[1:])
        and not all(len(n) == 4 and n[:2] in {"19", "20"} for n in numbers)
    )


def opens_data(text: str, leading: bool) -> bool:
    """Whether a label is one of data: numbered or coded, or a total in the leading column, for
    小计 is a heading too."""
    label = parse_label(text)
    term = find_term(label.name)
    is_total = term is not None and term.role == "total"
    return bool(label.rank or label.code) or (is_total and leading)
