"""The list number that a paragraph begins with: how deep it stands, and where the words begin."""

from __future__ import annotations

import re

from budgetkit.amounts import fold_width
from budgetkit.labels import parse_label
from budgetkit.lines import Line

__all__ = ["after_list_number", "ordinal_of", "rank_of"]


def rank_of(line: Line) -> int:
    """The depth of a paragraph's list number, 0 where it has none (2. 2024年… has one)."""
    number = line.tokens[0] if line.tokens else None
    if number is not None and number.reason == "list number" and number.start <= 3:
        label = line.text[: number.end] + fold_width(line.text[number.end :]).lstrip()[:1] + "x"
        return parse_label(label).rank
    return parse_label(line.text[:80]).rank


def ordinal_of(line: Line) -> int:
    """The list number of a paragraph, 0 where it has none in digits."""
    number = line.tokens[0] if line.tokens else None
    if number is not None and number.reason == "list number" and number.start <= 3:
        return int(fold_width(number.text))
    return 0


def after_list_number(line: Line) -> int:
    """Where a paragraph's words begin, behind its own list number."""
    if line.tokens and line.tokens[0].reason == "list number" and line.tokens[0].start <= 3:
        match = re.match(r"\s*[、.．)）]\s*", line.text[line.tokens[0].end :])
        return line.tokens[0].end + (match.end() if match else 0)
    return 0
