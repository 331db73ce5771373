"""Paragraphs and cells longer than any of a disclosure: left out, and said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from budgetkit.blocks import Block, Grid, Paragraph, Passage, Problem
from budgetkit.language import said
from budgetkit.readers.signs import clean_text

__all__ = ["leave_out_endless"]

_LONGEST_PARAGRAPH = 10_000
_LONGEST_CELL = 100_000
"""How many characters each may have; the longest paragraph of a third of 67 real documents has 527."""


def leave_out_endless(blocks: Sequence[Block]) -> tuple[Sequence[Block], list[Problem]]:
    """The blocks without endless paragraphs, and with endless cells blank.

    A line of megabytes is no sentence: to look for claims in it would take hours.
    """
    problems: list[Problem] = []
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            if len(block.passage.text) > _LONGEST_PARAGRAPH:
                problems.append(_too_long(block.passage, _LONGEST_PARAGRAPH))
            else:
                kept.append(block)
        elif any(len(cell.passage.text) > _LONGEST_CELL for row in block.rows for cell in row):
            kept.append(_without_endless(block, problems))
        else:
            kept.append(block)
    return kept, problems


def _without_endless(grid: Grid, problems: list[Problem]) -> Grid:
    rows = []
    for row in grid.rows:
        cells = list(row)
        for position, cell in enumerate(row):
            if len(cell.passage.text) > _LONGEST_CELL:
                problems.append(_too_long(cell.passage, _LONGEST_CELL))
                cells[position] = replace(cell, passage=Passage(""))
        rows.append(tuple(cells))
    return replace(grid, rows=tuple(rows))


def _too_long(passage: Passage, limit: int) -> Problem:
    where = passage.where()
    return Problem(
        "too_long",
        said(
            "{where}: a text of {count} characters ('{first}' …) is longer than any of a "
            "disclosure (limit {limit}) and is not read; compare with the source",
            where=where.text,
            count=len(passage.text),
            first=clean_text("".join(passage.text[:12].split())),
            limit=limit,
        ),
        where,
    )
