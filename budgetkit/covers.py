"""What the cover says: the document's title, its year and kind, and whose document it is."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from budgetkit.amounts import fold_width, squeeze
from budgetkit.blocks import Aside, Block, Grid, Paragraph
from budgetkit.labels import plain_name
from budgetkit.vocabulary import load

__all__ = ["Cover", "complete_cover", "read_cover", "trim_department"]

BUDGET, FINAL = "budget", "final_accounts"
_TITLE = re.compile(r"((?:19|20)\d{2})年?(?:度)?.{0,30}?(预算|决算)")
_YEAR_ALONE = re.compile(r"\(?((?:19|20)\d{2})年度?\)?")
_FIRST_ROWS = 4
_TABLE_YEAR = re.compile(r"((?:19|20)\d{2})年")
_PART = re.compile(r"第[一二三四五六七八九十]{1,2}(?:部分|章)")
_COVER_LINES = 40
_LEAST_NAME = 4


@dataclass(frozen=True, slots=True)
class Cover:
    """Title ("" where none is printed), year, budget or final accounts, and the department."""

    title: str
    year: int | None
    kind: str
    department: str


def read_cover(blocks: Sequence[Block], asides: Sequence[Aside] = (), title: str = "") -> Cover:
    """What the first lines say, else the running title; `title` is the origin card's, if any.

    The department is "" where neither a labelled line nor the title names one: a title that
    names no more than a place is no department's.
    """
    lines = [
        squeeze(block.text)
        for block in blocks[:_COVER_LINES]
        if isinstance(block, Paragraph) and block.text
    ]
    heads = list(dict.fromkeys(squeeze(aside.text) for aside in asides))
    title = title or _find_title(lines) or next(filter(None, map(_find_title, zip(heads))), "")
    match = _TITLE.search(_folded(title))
    year = int(match[1]) if match else None
    kind = FINAL if match and match[2] == "决算" else BUDGET
    named = next((name for line in lines if (name := _labelled(line))), "")
    return Cover(title, year, kind, named or _owner(title))


def complete_cover(cover: Cover, titles: Sequence[str], grids: Sequence[Grid]) -> Cover:
    """A cover that names no year, with what the tables say: a workbook has no other cover.

    The year is that of all titles, and first rows, that name one; final accounts say so in most of
    their titles; the department is the one behind every 部门名称.
    """
    if cover.year is not None or not titles:
        return cover
    folded = [_folded(title) for title in titles]
    rows = [
        [plain_name(cell.text) for cell in row if cell.text]
        for grid in grids
        for row in grid.rows[:_FIRST_ROWS]
    ]
    years = {int(found) for title in folded for found in _TABLE_YEAR.findall(title)}
    years |= {int(m[1]) for row in rows for text in row if (m := _YEAR_ALONE.fullmatch(text))}
    final = sum("决算" in title for title in folded) * 2 > len(folded)
    named = {
        second
        for row in rows
        for first, second in pairwise(row)
        if _pattern("cell").fullmatch(first)
    }
    office = named.pop() if len(named) == 1 else ""
    return replace(
        cover,
        year=years.pop() if len(years) == 1 else None,
        kind=FINAL if final else cover.kind,
        department=cover.department or (office if _names_an_office(office) else ""),
    )


def trim_department(printed: str, cover: Cover) -> str:
    """A department as a table names it, without the form fields that may stand behind it."""
    if cover.department and printed.startswith(cover.department):
        return cover.department
    return _pattern("field").split(printed, maxsplit=1)[0] or printed


def _find_title(lines: Sequence[str]) -> str:
    """The first line that names year and budget, with the cover's lines around it."""
    for position, line in enumerate(lines):
        if _PART.match(line):
            continue
        # A cover may set year, department and 部门预算 in lines of their own.
        cover = re.sub(r"目\s*录.*", "", "".join(lines[position : position + 3]))
        if len(cover) < 40 and not _PART.search(cover):
            alone = any(_TITLE.search(fold_width(each)) for each in lines[position : position + 3])
            if not alone and _TITLE.search(_folded(cover)):
                return cover
        if _TITLE.search(_folded(line)) and len(line) < 60:
            before = lines[position - 1] if position else ""
            return line if len(line) > 14 or not before else f"{before}{line}"
    return ""


def _folded(text: str) -> str:
    return fold_width(text).replace(" ", "")


def _labelled(line: str) -> str:
    """The name in a cover line such as 部门名称：某市某局."""
    match = _pattern("labelled").match(fold_width(line))
    name = plain_name(_pattern("field").split(match[1], maxsplit=1)[0]) if match else ""
    return name if _names_an_office(name) else ""


def _owner(title: str) -> str:
    """The department that a title names beside its year and 部门预算 or 单位决算."""
    match = _pattern("owner").match(plain_name(title))
    name = match[1] if match else ""
    return name if _names_an_office(name) else ""


def _names_an_office(name: str) -> bool:
    return len(name) >= _LEAST_NAME and not _pattern("place").search(name)


@functools.cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(str(load("covers.toml")[name]))
