"""How results are shown to people: labels in two languages, signs, colours, places."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgetkit.blocks import Where
from budgetkit.headings import Column
from budgetkit.labels import parse_label
from budgetkit.language import Said, both, joined, language, said, tell, told
from budgetkit.ledger import Number
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_term, load

__all__ = [
    "Sign",
    "amount_parts",
    "describe_place",
    "describe_unit",
    "display_width",
    "find_sign",
    "group_digits",
    "leaf_rows",
    "place_words",
    "row_total",
    "signs",
    "split_rows",
    "table_lines",
    "table_name",
]

BLANK = "blank"
UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Sign:
    """How one status, outcome or level is shown: words, symbol, colours, hatching."""

    id: str
    en: str
    zh: str
    symbol: str = ""
    fill: str = ""
    ink: str = ""
    hatch: str = ""

    @property
    def label(self) -> str:
        """The words in the language in use."""
        return self.zh if language() == "zh" else self.en

    @property
    def both(self) -> str:
        """The words in English and Chinese, or in Chinese alone where that is in use."""
        return both(self.en, self.zh)


@functools.cache
def signs(group: str) -> dict[str, Sign]:
    """All signs of a group (status, outcome, level, part) by id, in the order of the file."""
    return {name: Sign(name, **row) for name, row in load("display.toml")[group].items()}


def find_sign(group: str, name: str) -> Sign:
    """The sign of one status, outcome, level or part; a plain one where the file has none."""
    return signs(group).get(name) or Sign(name, name.replace("_", " "), name)


def describe_unit(unit: str) -> str:
    """A unit with its English name: 万元 (10,000 yuan)."""
    english = load("display.toml")["unit"].get(unit)
    return f"{unit} ({english})" if english and language() != "zh" else unit


def group_digits(value: Decimal) -> str:
    """A decimal with thousands separators, all its places kept."""
    return f"{value:,f}"


def table_name(table: BudgetTable, language: str = "en") -> str:
    """A table as people call it: its English name, or in Chinese its printed title."""
    return table.title or table.kind.zh if language == "zh" else table.english


def display_width(text: str) -> int:
    """How many columns a text takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def describe_place(number: Number) -> Said:
    """Where a number stands: line or page of the source."""
    return place_words(number.where)


def place_words(where: Where) -> Said:
    """A place in words: file, page and line, as far as they are known."""
    parts: list[str] = [] if where.file is None else [where.file]
    if where.page is not None:
        parts.append(said("page {page}", page=where.page))
    if where.line is not None:
        parts.append(said("line {line}", line=where.line))
    return joined(parts, ", ") if parts else said("place unknown")


def table_lines(table: BudgetTable) -> str:
    """Where a table stands in the source: lines 117–155; page 3; sheet pages with their lines."""
    places = [cell.passage.where() for row in table.matrix for cell in row.values()]
    pages = sorted({place.page for place in places if place.page is not None})
    lines = sorted({place.line for place in places if place.line is not None})
    files = list(dict.fromkeys(place.file for place in places if place.file))
    parts = [" and ".join(files)]
    for word, found in (("page", pages), ("line", lines if len(pages) < 2 else [])):
        if found:
            first, last = found[0], found[-1]
            place = first if first == last else f"{first}–{last}"
            parts.append(_PLACES[word, first == last](place))
    return tell(joined(parts, ", ")) or told("place unknown")


_PLACES = {
    ("page", True): lambda place: said("page {page}", page=place),
    ("page", False): lambda place: said("pages {pages}", pages=place),
    ("line", True): lambda place: said("line {line}", line=place),
    ("line", False): lambda place: said("lines {lines}", lines=place),
}


def row_total(table: BudgetTable, section: int) -> Column | None:
    """The column that holds a row's total: the first total column, or the only amount column."""
    columns = table.amount_columns(section)
    for column in columns:
        if _is_total(column):
            return column
    return columns[0] if columns else None


def amount_parts(table: BudgetTable, section: int) -> list[Column]:
    """The columns that make up the row total, or the total alone where they do not.

    Columns count as parts only where every row's parts add up to its total within rounding, so
    that groups of years or memo columns are never stacked.
    """
    total = row_total(table, section)
    if total is None:
        return []
    parts = [c for c in table.amount_columns(section) if c is not total and not _is_total(c)]
    compared = 0
    for row in table.rows[section]:
        whole = table.cells.get((row.line, total.index))
        printed = [n for c in parts if (n := table.cells.get((row.line, c.index)))]
        if whole is None or not printed:
            continue
        compared += 1
        if not _adds_up(whole, printed):
            return [total]
    return parts if compared else [total]


def _is_total(column: Column) -> bool:
    if not column.path:
        return False
    term = find_term(parse_label(column.path[-1]).name)
    return term is not None and term.role == "total"


def _adds_up(whole: Number, parts: Sequence[Number]) -> bool:
    off = abs(whole.value - sum((n.value for n in parts), Decimal(0)))
    return off <= whole.half + sum((n.half for n in parts), Decimal(0))


def split_rows(table: BudgetTable, section: int) -> tuple[Row | None, list[Row]]:
    """The total row of a section (or None) and the leaf rows that make it up."""
    rows = table.rows[section]
    total = next((r for r in reversed(rows) if r.kind == "total" and r.parent is None), None)
    return total, list(leaf_rows(table, section))


def leaf_rows(table: BudgetTable, section: int) -> Iterator[Row]:
    """The rows at the bottom of the tree that carry numbers, in printed order.

    A row whose children do not add up to it (an open 其中 list) stands for itself, and so does
    a row without a code that has one child of the same amount.
    """
    column = row_total(table, section)
    if column is None:
        return
    rows = table.rows[section]

    def printed(index: int) -> Number | None:
        return table.cells.get((rows[index].line, column.index))

    def walk(index: int) -> Iterator[Row]:
        whole = printed(index)
        children = [child for child in rows[index].children if printed(child) is not None]
        parts = [n for child in children if (n := printed(child)) is not None]
        if _only_names_again(rows[index], whole, parts):
            yield rows[index]
            return
        made_up = bool(parts) and whole is not None and _adds_up(whole, parts)
        if whole is not None and not made_up and (rows[index].kind != "total" or not children):
            yield rows[index]
            return
        for child in rows[index].children:
            yield from walk(child)

    for index, row in enumerate(rows):
        if row.parent is None:
            yield from (leaf for leaf in walk(index) if leaf.kind != "total")


def _only_names_again(row: Row, whole: Number | None, parts: Sequence[Number]) -> bool:
    if row.code or row.kind in {"total", "unit"} or whole is None:
        return False
    return len(parts) == 1 and parts[0].value == whole.value
