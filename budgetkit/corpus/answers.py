"""An answer as people and programs take it: columns on a terminal, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from budgetkit.controls import show_line
from budgetkit.corpus.query import Answer, Column, questions
from budgetkit.display import display_width, group_digits
from budgetkit.language import language, told, translated

__all__ = ["csv_of", "json_of", "lines_of", "list_questions"]

_NARROWEST = 10
"""Columns of the terminal that a text keeps, however many stand beside it."""
_GAP = 2


def lines_of(answer: Answer, width: int = 0) -> Iterator[str]:
    """The answer in aligned columns; texts are cut so that a line has `width` columns (0: none is).

    Numbers are never cut. Below stand how many rows there are, and what the question's answer holds.
    """
    if answer.question is not None:
        yield answer.question.title
        yield ""
    heads = [_head(column) for column in answer.columns]
    columns = list(zip(*answer.rows, strict=True)) if answer.rows else [()] * len(heads)
    right = [_is_amount(column) for column in columns]
    cells = [_cells(column) for column in columns]
    widths = [
        max(map(display_width, [head, *column])) for head, column in zip(heads, cells, strict=True)
    ]
    if width:
        widths = _narrowed(widths, [not amount for amount in right], width)
    for row in [heads, *zip(*cells, strict=True)]:
        shown = [
            _fill(cell, wide, amount) for cell, wide, amount in zip(row, widths, right, strict=True)
        ]
        yield (" " * _GAP).join(shown).rstrip()
    count = len(answer.rows)
    yield ""
    yield told("rows: {count}", count=f"{count:,}")
    if answer.question is not None:
        yield answer.question.note


def _head(column: Column) -> str:
    return f"{_printable(column.title)} {column.unit}".rstrip()


def _is_amount(column: Sequence[Any]) -> bool:
    found = [value for value in column if value is not None]
    return bool(found) and all(_is_number(value) for value in found)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


def _cells(column: Sequence[Any]) -> list[str]:
    """A column's texts; decimals so that their points stand below each other."""
    places = max((_places(value) for value in column if isinstance(value, Decimal)), default=0)
    return [
        _aligned(value, places)
        if isinstance(value, Decimal)
        else _printable(translated(text_of(value)))
        for value in column
    ]


def _aligned(value: Decimal, places: int) -> str:
    """A decimal with blanks behind it for the places that others of its column have more."""
    own = _places(value)
    missing = places - own + (1 if places and not own else 0)
    return f"{group_digits(value)}{' ' * missing}"


def _places(value: Decimal) -> int:
    return max(0, -int(value.as_tuple().exponent))


def _printable(text: str) -> str:
    """A text in one line, with signs that would steer the terminal shown by their numbers."""
    return show_line(text.replace("\t", " "))


def text_of(value: Any) -> str:
    """A value as text: nothing for no value, lists and maps as JSON."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return str(value)


def _narrowed(widths: Sequence[int], texts: Sequence[bool], width: int) -> list[int]:
    """Widths of which texts give way, the widest first, until a line fits or none can give more."""
    found = list(widths)
    over = sum(found) + _GAP * (len(found) - 1) - width
    while over > 0:
        open_to = [i for i, text in enumerate(texts) if text and found[i] > _NARROWEST]
        if not open_to:
            break
        widest = max(open_to, key=lambda i: found[i])
        found[widest] -= 1
        over -= 1
    return found


def _fill(cell: str, width: int, right: bool) -> str:
    """A cell of just this width; what is longer ends with an ellipsis."""
    if display_width(cell) > width:
        kept = ""
        for c in cell:
            if display_width(kept + c) > width - 1:
                break
            kept += c
        cell = f"{kept}…"
    space = " " * (width - display_width(cell))
    return f"{space}{cell}" if right else f"{cell}{space}"


def csv_of(answer: Answer) -> str:
    """The answer as CSV: the columns' names, then the rows, decimals exact, nothing cut."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in answer.columns])
    writer.writerows([text_of(value) for value in row] for row in answer.rows)
    return text.getvalue()


def json_of(answer: Answer) -> str:
    """The answer as one JSON object: question, columns with titles and units, rows as objects.

    Decimals are strings, as in every JSON of budgetkit.
    """
    names = [column.name for column in answer.columns]
    found = {
        "question": answer.question.id if answer.question else None,
        "columns": [
            {"name": c.name, "title": c.title, "unit": c.unit, "description": c.about}
            for c in answer.columns
        ],
        "rows": [dict(zip(names, row, strict=True)) for row in answer.rows],
    }
    return json.dumps(found, ensure_ascii=False, indent=1, default=text_of)


def list_questions() -> Iterator[str]:
    """The questions on file with their parameters, in the language in use."""
    for question in questions().values():
        yield f"{question.id}  {question.title}"
        for parameter in question.parameters:
            about = parameter.zh if language() == "zh" else parameter.en
            yield f"    {parameter.name}={parameter.default}  {about}"
