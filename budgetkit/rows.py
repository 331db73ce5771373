"""The rows of a table as a tree: by classification code, by list number, by 其中, by name."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from budgetkit.amounts import fold_width
from budgetkit.blocks import Cell
from budgetkit.headings import Column
from budgetkit.labels import Label, parse_label, plain_name
from budgetkit.nesting import Sums, nesting
from budgetkit.vocabulary import Term, find_term, partitions

__all__ = ["Row", "RowReader", "build_tree"]

_CODE = re.compile(r"\d{1,9}")
_CLASS = 3


@dataclass(slots=True)
class Row:
    """One printed row of one section: label, code, and its place in the tree.

    `kind` is total, unit, item or project; `parent` is the position of the row that it is a part
    of, in the same section; `basis` says what tells so: its code, its number, its position below
    a total or unit (total, unit), or nothing but the sums (guess). `of_which` says that the parts
    need not be complete. `codes` are further codes of the row (of another classification).
    """

    line: int
    label: Label
    code: str = ""
    project: str = ""
    kind: str = "item"
    parent: int | None = None
    basis: str = ""
    of_which: bool = False
    children: list[int] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()

    @property
    def term(self) -> Term | None:
        """What the label means, where the vocabulary knows it."""
        return find_term(self.label.name)

    @property
    def key(self) -> str:
        """The contract's `row`: code, else label; a project's name behind it after ` / `."""
        first = self.code or self.label.printed
        if self.project:
            return f"{first} / {self.project}" if first else self.project
        return first

    @property
    def name(self) -> str:
        """The row as people would name it."""
        return self.project or self.label.printed or self.code


@dataclass(slots=True)
class _Group:
    """Code cells side by side (类, 款, 项) and the names behind them."""

    unit: bool
    cells: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class RowReader:
    """Reads the rows of one section in order.

    Where 类, 款 and 项 have cells of their own and a row leaves the first ones blank, they are
    those of the row above.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = [column for column in columns if column.role not in {"amount", "text"}]
        self._above: dict[int, list[str]] = {}

    def read(self, line: int, cells: dict[int, Cell]) -> Row:
        """A row's label, codes and project from its describing cells."""
        groups: list[_Group] = [_Group(unit=False)]
        project = ""
        for column in self._columns:
            cell = cells.get(column.index)
            text = cell.text if cell else ""
            if column.role in {"code", "unit_code"}:
                unit = column.role == "unit_code"
                if groups[-1].names or not groups[-1].cells or groups[-1].unit != unit:
                    groups.append(_Group(unit))
                folded = fold_width(text).replace(" ", "")
                if folded and not _CODE.fullmatch(folded):
                    groups[-1].names.append(text)
                    folded = ""
                groups[-1].cells.append(folded)
            elif column.role == "project" and text and not _says_total(text):
                project = parse_label(text).printed
            elif (column.role == "project" and text) or (column.role == "name" and text):
                groups[-1].names.append(text)
        return self._row(line, groups, project)

    def _row(self, line: int, groups: Sequence[_Group], project: str) -> Row:
        coded = [
            (group, code)
            for position, group in enumerate(groups)
            if (code := self._code(position, group.cells))
        ]
        first = next((item for item in coded if not item[0].unit), coded[0] if coded else None)
        kind = "unit" if first is not None and first[0].unit else "item"
        names = first[0].names if first is not None and first[0].names else []
        if not names:
            names = [name for group in groups for name in group.names]
        label = parse_label(" ".join(names))
        code = first[1] if first is not None else label.code
        others = tuple(code for _, code in coded if first is None or code != first[1])
        others += tuple(
            other.code
            for name in names[1:]
            if (other := parse_label(name)).code != code and other.code
        )
        return Row(line, label, code, project, kind, codes=others)

    def _code(self, position: int, cells: Sequence[str]) -> str:
        if not any(cells):
            return ""
        above = self._above.get(position, [])
        filled = list(cells)
        first = next(index for index, text in enumerate(cells) if text)
        if first and len(cells[first]) <= 2 and len(above) == len(cells):
            filled[:first] = above[:first]
        last = max(index for index, text in enumerate(cells) if text)
        self._above[position] = filled[: last + 1] + [""] * (len(cells) - last - 1)
        return _joined(filled)


def _joined(parts: Sequence[str]) -> str:
    """One code from its cells; each may hold its own digits or the whole code so far."""
    code = ""
    for part in parts:
        if not part:
            continue
        if len(part) > 2 and code and part.startswith(code[:3]):
            code = part
        else:
            # 类, 款, 项 in cells of their own may be printed without their leading zero.
            code += part if not code or len(part) > 2 else part.zfill(2)
    return code


def build_tree(rows: list[Row], department: str, sums: Sums) -> None:
    """Gives every row of a section its kind and parent (and parents their children).

    Codes and numbers say what belongs to what; where there are neither, the amounts do.
    """
    for row in rows:
        term = row.term
        if not row.code and not row.label.rank and term is not None and term.role == "total":
            row.kind = "total"
        elif row.project:
            row.kind = "project"
        elif row.kind == "item" and _is_unit(row, department):
            row.kind = "unit"
    for row, below in pairwise(rows):
        # A unit's code may look like a class of expenditure; those of its own units do not.
        over = len(row.code) == _CLASS and len(below.code) == 2 * _CLASS
        if over and below.kind == "unit" and below.code.startswith(row.code):
            row.kind = "unit"
    described = [row for row in rows if row.kind in {"item", "project"} and row.key]
    coded = sum(bool(row.code) for row in described)
    if coded * 2 >= len(described) and coded:
        _tree_by_code(rows)
        _head_by_sums(rows, sums)
    elif any(row.label.rank for row in described):
        _tree_by_number(rows)
    else:
        _tree_by_of_which(rows)
    _hang_under_totals(rows)
    _nest_by_sums(rows, sums)
    for index, row in enumerate(rows):
        if row.parent is not None:
            rows[row.parent].children.append(index)


def _says_total(text: str) -> bool:
    term = find_term(parse_label(text).name)
    return term is not None and term.role == "total"


def _is_unit(row: Row, department: str) -> bool:
    """A row for a whole unit: the department by name, or a code that no classification has."""
    if not row.code:
        return bool(department) and plain_name(row.label.printed) == department
    return len(row.code) in {6, 9} or (len(row.code) == 3 and row.code[0] not in "235")


def _tree_by_code(rows: list[Row]) -> None:
    last_coded: int | None = None
    last: dict[str, int] = {}  # the last row of each code since a unit began
    for index, row in enumerate(rows):
        if row.kind == "unit":
            last.clear()
        if row.kind in {"total", "unit"}:
            continue
        if row.key and not row.code:
            row.parent, row.basis = last_coded, "guess"
            row.of_which = row.label.of_which
        elif row.key:
            longest = len(row.code) + 1 if row.project else len(row.code)
            above = max((last.get(row.code[:n], -1) for n in range(1, longest)), default=-1)
            if above >= 0:
                row.parent, row.basis = above, "code"
            if not row.project:
                last_coded = index
        if row.code and not row.project:
            last[row.code] = index


def _head_by_sums(rows: list[Row], sums: Sums) -> None:
    """A name without code heads the coded rows right below it where they add up to it."""
    for index, row in enumerate(rows):
        if row.code or row.kind != "item" or not row.key or row.of_which:
            continue
        last = index + 1
        while last < len(rows) and rows[last].code and rows[last].kind in {"item", "project"}:
            last += 1
        parents = [(i, rows[i].parent) for i in range(index + 1, last)]
        below = [i for i, parent in parents if parent is None or parent <= index]
        if below and sums.add_up(index, below):
            row.parent, row.basis = rows[below[0]].parent, "guess"
            for part in below:
                rows[part].parent, rows[part].basis = index, "guess"


def _tree_by_number(rows: list[Row]) -> None:
    stack: list[int] = []
    run: int | None = None
    opener: int | None = None
    for index, row in enumerate(rows):
        opener = _opener(rows, index, opener)
        label = row.label
        if row.kind in {"total", "unit"} or not row.key:
            if row.key:
                stack, run = [], None
            continue
        if label.rank:
            if label.of_which and stack and rows[stack[-1]].label.rank < label.rank:
                run = stack[-1]
            while stack and rows[stack[-1]].label.rank >= label.rank:
                if stack.pop() == run:
                    run = None
            row.parent = stack[-1] if stack else None
            row.basis = "number"
            row.of_which = run is not None and row.parent == run
            stack.append(index)
            continue
        if label.of_which:
            run = opener
        elif run is not None and not _belongs(rows[run], row):
            run = None
        if run is not None:
            row.parent, row.of_which, row.basis = run, True, "number"
        else:
            row.parent, row.basis = stack[-1] if stack else None, "guess"


def _tree_by_of_which(rows: list[Row]) -> None:
    """Plain names are all of one level but for the parts of a 其中."""
    run: int | None = None
    opener: int | None = None
    for index, row in enumerate(rows):
        opener = _opener(rows, index, opener)
        if row.kind in {"total", "unit"} or not row.key:
            run = None
            continue
        if row.label.of_which:
            run = opener
        elif run is not None and not _belongs(rows[run], row):
            run = None
        if run is not None:
            row.parent, row.of_which, row.basis = run, True, "number"


def _opener(rows: list[Row], index: int, before: int | None) -> int | None:
    """The row that a 其中 row is a part of: the nearest row above that is not itself a part.

    `before` is the one of the row above.
    """
    if not index:
        return None
    other = rows[index - 1]
    return index - 1 if other.key and not (other.of_which and not other.label.rank) else before


def _belongs(whole: Row, part: Row) -> bool:
    """Whether a plain row can still be a part of `whole`, as far as the vocabulary knows."""
    whole_term, part_term = whole.term, part.term
    if whole_term is None or part_term is None:
        return True
    for split in partitions():
        value = part_term.facts.get(split.dimension)
        if value and whole_term.facts.get(split.dimension) == split.whole:
            return value in split.parts
    return True


def _hang_under_totals(rows: list[Row]) -> None:
    """Roots hang under the unit row before them, units and other roots under the total.

    Where several totals stand in one section (本年收入合计 … 收入总计) an earlier one that stands
    below its rows is itself a part of the next. A unit is a part of the one whose code its own
    begins with.
    """
    totals = [index for index, row in enumerate(rows) if row.kind == "total"]
    unit: int | None = None
    last: dict[int, int] = {}  # the last unit by how long its code is
    for index, row in enumerate(rows):
        if row.kind == "unit":
            unit = index
            row.parent, row.basis = _unit_above(rows, row.code, last), "unit"
            last[len(row.code)] = index
        elif row.kind != "total" and row.parent is None and row.key and unit is not None:
            row.parent, row.basis = unit, "unit"
    if not totals:
        return
    first_data = next((i for i, row in enumerate(rows) if row.kind != "total" and row.key), None)
    if first_data is None:
        return
    leading = [index for index in totals if index < first_data]
    trailing = [index for index in totals if index > first_data]
    roots = [
        i for i, row in enumerate(rows) if row.parent is None and row.kind != "total" and row.key
    ]
    if leading:
        for root in roots:
            rows[root].parent, rows[root].basis = leading[-1], "total"
        return
    first = 0
    carried: int | None = None
    for total in trailing:
        behind = bisect.bisect_left(roots, total)
        for root in roots[first:behind]:
            rows[root].parent, rows[root].basis = total, "total"
        first = behind
        if carried is not None and rows[carried].parent is None:
            rows[carried].parent, rows[carried].basis = total, "total"
        carried = total


def _unit_above(rows: Sequence[Row], code: str, last: dict[int, int]) -> int | None:
    """The last unit with a shorter code, where this code begins with that one."""
    above = max((i for length, i in last.items() if 0 < length < len(code)), default=None)
    return above if above is not None and code.startswith(rows[above].code) else None


def _nest_by_sums(rows: list[Row], sums: Sums) -> None:
    """Parts below one whole that do not add up to it are nested so that they do.

    Names without code or number (a unit, its kinds of projects, their projects) say nothing of
    levels; the amounts do, where one nesting makes every column add up. Where none does, the
    parts stay side by side and nobody is accused on their account.
    """
    children = _children(rows)
    for whole in range(len(rows)):
        parts = [i for i in children.get(whole, ()) if not rows[i].of_which]
        if not parts or all(rows[i].basis in {"code", "number"} for i in parts):
            continue
        if sums.add_up(whole, parts) is not False:
            continue
        tried = _loose_below(rows, children, whole) or parts
        nested = nesting(whole, tried, sums) if len(tried) <= _MOST_NESTED else {}
        for part, parent in nested.items():
            above = rows[part].parent
            if above is not None:
                children[above].remove(part)
            bisect.insort(children.setdefault(parent, []), part)
            rows[part].parent = parent
        named = any(rows[i].kind == "total" for i in parts)
        plain = not named and any(
            not rows[i].code and not rows[i].label.rank and rows[i].term is None for i in parts
        )
        mixed = len({len(rows[i].code) for i in parts}) > 1
        if nested or plain or mixed:
            for part in (*parts, *nested):
                rows[part].basis = "guess"


def _children(rows: Sequence[Row]) -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        if row.parent is not None:
            children.setdefault(row.parent, []).append(index)
    return children


_MOST_NESTED = 250
"""Lists longer than this are not nested by their sums: too many ways."""


def _is_loose(row: Row) -> bool:
    return not row.code and not row.label.rank and row.kind in {"item", "unit", "project"}


def _loose_below(
    rows: Sequence[Row], children: Mapping[int, Sequence[int]], whole: int
) -> list[int]:
    """All rows below one, in order; none where they are too many, or some have a level of their own."""
    found: set[int] = set()
    below: list[int] = []
    waiting = [whole]
    while waiting:
        for index in children.get(waiting.pop(), ()):
            if index in found:
                continue
            found.add(index)
            waiting.append(index)
            if rows[index].of_which:
                continue
            below.append(index)
            if not _is_loose(rows[index]) or len(below) > _MOST_NESTED:
                return []
    return sorted(below)
