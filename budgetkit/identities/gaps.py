"""Rows that a table's own structure asks for and that are not there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from budgetkit.identities.doubts import unclear_heading, unclear_sum
from budgetkit.labels import plain_name
from budgetkit.language import said
from budgetkit.ledger import Number
from budgetkit.observations import Observation
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import partitions

__all__ = ["gap_observations"]

RULE = "structure.missing_row"
_NUMBER = re.compile(r"(\d{1,2})\s*(?:[、．]|\.(?!\d))")
_LEAST_ROWS = 3  # a list of one or two rows needs no total, and shows no habit
_LEAST_HABIT = 2
_CLASS = 3
_FINEST = 7
_LEAST_CLASSES = 5
_CHINESE = re.compile(r"([一二三四五六七八九十]{1,3})\s*[、．.]")
_AMOUNT = re.compile(r"[\d,]+\.\d+")
_YEAR = re.compile(r"20\d\d年")


def gap_observations(
    table: BudgetTable, tables: Sequence[BudgetTable] = ()
) -> Iterator[Observation]:
    """A code without the code above or below it, a skipped list number, a list without a total.

    Only where the table itself prints such rows elsewhere: most of its codes of that length
    have the row above, or the rows below, that one lacks. What those of `tables` print over
    which the list goes on is not lost.
    """
    near = _same_list(table, tables)
    codes = {row.code for other in near for section in other.rows for row in section}
    elsewhere = {row.code for other in tables for section in other.rows for row in section}
    yield from unclear_heading(table)
    for section, rows in enumerate(table.rows):
        columns = {column.index for column in table.amount_columns(section)}
        printed = [
            row for row in rows if any((row.line, index) in table.cells for index in columns)
        ]
        coded = [
            row
            for row in printed
            if row.kind != "unit" and row.code.isdigit() and len(row.code) in {3, 5, 7}
        ]
        yield from _no_parent(table, coded, codes, elsewhere)
        yield from _no_level(table, coded, codes, tables)
        yield from _only_total(table, section, printed, columns)
        yield from _no_unit_above(table, rows, tables)
        yield from _skipped_class(table, printed)
        yield from _no_children(table, coded, codes, elsewhere)
        for row in rows:
            children = [rows[child] for child in row.children]
            yield from unclear_sum(table, section, row, children)
            yield from _skipped_number(table, row, children)
            yield from _half_a_split(table, row, children, columns)
        if (
            printed
            and table.kind.totals
            and section == 0
            and not any(_prints_total(o) for o in near)
        ):
            yield _gap(table, printed[0], said("a balance without a row for its total"))
        elif printed and _lacks_total_over_unit(rows, tables):
            yield _gap(
                table, printed[0], said("its unit without the total above it that others print")
            )
        elif _is_plain(table) and _lacks_total(table, rows, printed, near):
            yield _gap(table, printed[0], said("a list without a row for its total"))


def _same_list(table: BudgetTable, tables: Sequence[BudgetTable]) -> list[BudgetTable]:
    """The table and those before and behind it over which its list may go on, page by page."""
    by_number = {other.number: other for other in tables}
    found = [table]
    for step in (-1, 1):
        number = table.number + step
        while number in by_number and by_number[number].title in {"", table.title}:
            found.append(by_number[number])
            number += step
    return found


def _is_plain(table: BudgetTable) -> bool:
    """Whether a table is one list of names and amounts, no register with dates and remarks."""
    return len(table.rows) == 1 and not any(c.role in {"index", "text"} for c in table.columns)


def _lacks_total(
    table: BudgetTable, rows: Sequence[Row], printed: Sequence[Row], near: Sequence[BudgetTable]
) -> bool:
    """Whether a list of a known kind has several first rows, and nowhere a total over them.

    A total may stand in the column of codes or of projects, beside another list, in the last row
    of the heading, or on the page before or behind: then nothing is lost. One row above all
    others (the unit) is a total too.
    """
    roots = [row for row in printed if row.parent is None]
    if len(printed) < _LEAST_ROWS or len(roots) < _LEAST_HABIT or table.kind.id == "unknown":
        return False
    listed = any(row.label.rank or "其中" in row.label.printed for row in printed if not row.code)
    if listed or any(row.kind == "total" for row in rows):
        return False  # items of different kinds, with their parts below them, need no total
    if any(_YEAR.search(row.label.name) for row in roots):
        return False  # a row a year adds up to nothing
    return not any(_prints_total(other) for other in near)


def _lacks_total_over_unit(rows: Sequence[Row], tables: Sequence[BudgetTable]) -> bool:
    """Whether a list begins with its unit, and all others of the document with a total above."""
    units = sum(row.kind == "unit" for row in rows)
    if not rows or rows[0].kind != "unit" or units > 1 or any(r.kind == "total" for r in rows):
        return False
    begins = [
        [row.kind for row in section[:2]]
        for table in tables
        for section in table.rows
        if section is not rows and any(row.kind == "unit" for row in section[:2])
    ]
    return bool(begins) and all(kinds == ["total", "unit"] for kinds in begins)


def _prints_total(table: BudgetTable) -> bool:
    """Whether a row with amounts says that it is a total; headings of columns do not count."""
    for line, cells in enumerate(table.matrix):
        texts = [cell.text for cell in cells.values()]
        if not any(plain_name(text).endswith("计") for text in texts):
            continue
        if line >= table.heading.rows or any(_AMOUNT.fullmatch(text) for text in texts):
            return True
    return False


def _no_parent(
    table: BudgetTable,
    rows: Sequence[Row],
    printed: Collection[str],
    elsewhere: Collection[str],
) -> Iterator[Observation]:
    codes = {row.code for row in rows}
    # Levels that the table prints, so that one more of them is expected where others print it.
    leveled = any(len(row.code) == 7 and row.code[:5] in codes for row in rows)
    for length in (5, 7):
        above: dict[str, Row] = {}
        for row in rows:
            if len(row.code) == length:
                above.setdefault(row.code[: length - 2], row)
        lacking = [code for code in above if code not in codes]
        kept = len(above) - len(lacking)
        if not kept and leveled and length == 5:
            lacking = [code for code in lacking if code in elsewhere]
            kept = len(lacking)
        if kept >= len(lacking):
            for code in sorted(set(lacking) - set(printed)):
                row = above[code]
                yield _gap(
                    table,
                    row,
                    said(
                        "code {code} without a row for {missing} above it",
                        code=row.code,
                        missing=code,
                    ),
                )


def _no_level(
    table: BudgetTable,
    rows: Sequence[Row],
    printed: Collection[str],
    tables: Sequence[BudgetTable],
) -> Iterator[Observation]:
    """A list too short for a habit of its own, without a level that all other lists print."""
    here = {row.code for row in rows}
    others = [
        codes
        for other in tables
        if other is not table
        for section in other.rows
        if len(codes := {r.code for r in section if _is_function(r)}) >= _LEAST_ROWS
        and any(len(code) == _FINEST for code in codes)
    ]
    if len(others) < _LEAST_HABIT or not all(_is_leveled(codes) for codes in others):
        return
    rows = [row for row in rows if _is_function(row)]
    fine = [row for row in rows if len(row.code) == _FINEST]
    if len(fine) == 1 and fine[0].code[:5] not in printed and fine[0].code[:3] in here:
        missing = fine[0].code[:5]
        yield _gap(
            table,
            fine[0],
            said(
                "code {code} without a row for {missing} above it",
                code=fine[0].code,
                missing=missing,
            ),
        )
    middle = [row for row in rows if len(row.code) == _FINEST - 2]
    if len(middle) == 1 and not fine and not any(len(code) == _FINEST for code in printed):
        yield _gap(
            table, middle[0], said("code {code} without the rows below it", code=middle[0].code)
        )


def _is_function(row: Row) -> bool:
    """Whether a code is of the functional classification, of which 类, 款 and 项 are printed."""
    return row.code.startswith("2") and len(row.code) in {3, 5, 7}


def _is_leveled(codes: Collection[str]) -> bool:
    """Whether every code has the code of the level above it beside it, and 项 stand below 款."""
    return all(len(code) <= _CLASS or code[:-2] in codes for code in codes)


def _only_total(
    table: BudgetTable, section: int, rows: Sequence[Row], columns: Collection[int]
) -> Iterator[Observation]:
    """A list by code or unit of which nothing but a total with an amount is left."""
    if not any(column.role in {"code", "unit_code"} for column in table.columns):
        return  # a single row that states everything in its columns
    stated = [
        row
        for row in rows
        if any((n := table.cells.get((row.line, i))) is not None and n.value for i in columns)
    ]
    if len(table.rows) == 1 and stated and all(row.kind == "total" for row in stated):
        yield _gap(table, stated[0], said("a total without the rows that it adds up"))


def _no_children(
    table: BudgetTable,
    rows: Sequence[Row],
    printed: Collection[str],
    elsewhere: Collection[str],
) -> Iterator[Observation]:
    longer = {code[:-2] for code in printed if len(code) > _CLASS}
    below: dict[str, int] = defaultdict(int)
    for row in rows:
        if len(row.code) > _CLASS:
            below[row.code[:-2]] += 1
    for length in (3, 5):
        here = {row.code: row for row in rows if len(row.code) == length}
        lacking = [code for code in here if not below[code]]
        kept = len(here) - len(lacking)
        if kept > len(lacking):
            # The rows below the last may stand on a page that was not read; where another table
            # prints them they should stand here too.
            known = any(
                len(code) > len(rows[-1].code) and code.startswith(rows[-1].code)
                for code in elsewhere
            )
            last = set() if known else {rows[-1].code}
            for code in sorted(set(lacking) - longer - last):
                yield _gap(
                    table, here[code], said("code {code} without the rows below it", code=code)
                )


def _skipped_number(table: BudgetTable, row: Row, children: Sequence[Row]) -> Iterator[Observation]:
    """List numbers below one row that count 1, 2, 3 but for one that is left out."""
    numbered = [(n, child) for child in children if (n := _number(child)) is not None]
    before = [0, *(number for number, _ in numbered)]
    skips = [(b, n, child) for b, (n, child) in zip(before, numbered, strict=False) if n != b + 1]
    if len(skips) != 1:
        return
    last, found, child = skips[0]
    # One number alone shows no habit, but a second one below its heading lacks the first.
    alone = len(numbered) < _LEAST_HABIT and found != 2
    if found == last + 2 and not alone:
        yield _gap(
            table,
            child,
            said(
                "'{label}' without number {number} before it",
                label=child.label.printed,
                number=last + 1,
            ),
        )


def _skipped_class(table: BudgetTable, rows: Sequence[Row]) -> Iterator[Observation]:
    """Classes that count 一、二、三 from the first on but for a single one.

    Who leaves out the classes without an amount leaves out many, or none.
    """
    counted: list[tuple[int, Row]] = []
    for row in rows:
        match = _CHINESE.match(row.label.printed)
        if match is not None:
            counted.append((_counted(match[1]), row))
    values = [value for value, _ in counted]
    lacking = set(range(1, max(values, default=0))) - set(values)
    if len(values) < _LEAST_CLASSES or len(lacking) != 1 or values != sorted(set(values)):
        return
    number = lacking.pop()
    row = next(row for value, row in counted if value > number)
    yield _gap(
        table,
        row,
        said("'{label}' without number {number} before it", label=row.label.printed, number=number),
    )


def _counted(text: str) -> int:
    """What a Chinese numeral below a hundred counts: 三, 十二, 二十."""
    tens, ten, ones = text.rpartition("十")
    value = "一二三四五六七八九".find(ones) + 1 if ones else 0
    return value + (10 * ("一二三四五六七八九".find(tens) + 1 if tens else 1) if ten else 0)


def _no_unit_above(
    table: BudgetTable, rows: Sequence[Row], tables: Sequence[BudgetTable]
) -> Iterator[Observation]:
    """Units without the unit above them that every other list prints over them."""
    units = [row for row in rows if row.kind == "unit" and row.code]
    codes = {row.code for row in units}
    if not units:
        return
    habits = [
        (others, _above(units[0].code, others))
        for other in tables
        for section in other.rows
        if section is not rows
        and units[0].code in (others := {row.code for row in section if row.kind == "unit"})
    ]
    wanted = {above for _, above in habits}
    if len(habits) >= _LEAST_HABIT and len(wanted) == 1:
        above = wanted.pop()
        if above and above not in codes:
            yield _gap(
                table,
                units[0],
                said(
                    "code {code} without a row for {missing} above it",
                    code=units[0].code,
                    missing=above,
                ),
            )


def _above(code: str, others: Collection[str]) -> str:
    """The code of the unit that another belongs to, among some; empty where there is none."""
    return max((o for o in others if o and o != code and code.startswith(o)), key=len, default="")


def _number(row: Row) -> int | None:
    """The list number of a row; None where it has none. 一、 二、 name classes, of which a list
    may leave one out."""
    match = _NUMBER.match(row.label.printed)
    return int(match[1]) if match is not None else None


def _half_a_split(
    table: BudgetTable, row: Row, children: Sequence[Row], columns: Collection[int]
) -> Iterator[Observation]:
    """Some parts of a whole that the vocabulary splits completely, all blank; the rest is gone."""
    for split in partitions():
        if not split.whole or row.facts.get(split.dimension) != split.whole:
            continue
        named = {child.facts.get(split.dimension) for child in children} & set(split.parts)
        if not named or named == set(split.parts):
            continue
        for (line, index), whole in sorted(table.cells.items()):
            if line != row.line or index not in columns or not whole.value:
                continue
            if not any((child.line, index) in table.cells for child in children):
                yield _gap(
                    table,
                    row,
                    said("'{label}' with only some of its parts", label=row.label.printed),
                )
                return


def _gap(table: BudgetTable, row: Row, what: str) -> Observation:
    numbers = _cells(table, row)
    return Observation(
        RULE,
        said(
            "table {table} prints {what}; a row may have been lost", table=table.number, what=what
        ),
        numbers,
        tuple(number.where for number in numbers[:1]),
    )


def _cells(table: BudgetTable, row: Row) -> tuple[Number, ...]:
    return tuple(number for (line, _), number in sorted(table.cells.items()) if line == row.line)
