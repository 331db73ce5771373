"""The rows of a table as a tree: by classification code, by list number, by 其中, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from budgetkit.amounts import fold_width
from budgetkit.blocks import Cell
from budgetkit.headings import Column
from budgetkit.labels import Label, parse_label, plain_name
from budgetkit.vocabulary import Term, find_term, partitions

__all__ = ["Row", "build_tree", "read_row"]

_CODE = re.compile(r"\d{2,9}")
_PART = re.compile(r"\d{1,9}")


@dataclass(slots=True)
class Row:
    """One printed row of one section: label, code, and its place in the tree.

    `kind` is total, subtotal, unit, item or project; `parent` is the position of the row that
    it is a part of, in the same section; `of_which` says that the parts need not be complete.
    """

    line: int
    label: Label
    code: str = ""
    project: str = ""
    kind: str = "item"
    parent: int | None = None
    of_which: bool = False
    children: list[int] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

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


def read_row(line: int, cells: dict[int, Cell], columns: Sequence[Column]) -> Row:
    """A row's label, code and project from its describing cells."""
    code = ""
    labels: list[str] = []
    project = ""
    for column in columns:
        cell = cells.get(column.index)
        text = cell.text if cell else ""
        if not text or column.role == "amount":
            continue
        folded = fold_width(text).replace(" ", "")
        if column.role == "code" and (_CODE if not code else _PART).fullmatch(folded):
            # 类, 款, 项 in cells of their own may be printed without their leading zero.
            code += folded if not code or len(folded) > 2 else folded.zfill(2)
            if len(folded) > 2 and code.startswith(folded[:3]) and len(folded) >= len(code) // 2:
                code = folded if len(folded) >= 5 else code
        elif column.role == "project":
            project = parse_label(text).printed
        else:
            labels.append(text)
    label = parse_label(" ".join(labels))
    return Row(line, label, code or label.code, project)


def build_tree(rows: list[Row], department: str) -> None:
    """Gives every row of a section its kind and parent (and parents their children)."""
    for row in rows:
        term = row.term
        if not row.code and not row.label.rank and term is not None and term.role == "total":
            row.kind = "total"
        elif row.project:
            row.kind = "project"
        elif not row.code and department and plain_name(row.label.printed) == department:
            row.kind = "unit"
    described = [row for row in rows if row.kind in {"item", "project"} and row.key]
    coded = sum(bool(row.code) for row in described)
    if coded * 2 >= len(described) and coded:
        _tree_by_code(rows)
    else:
        _tree_by_number(rows)
    _hang_under_totals(rows)
    for index, row in enumerate(rows):
        if row.parent is not None:
            rows[row.parent].children.append(index)


def _tree_by_code(rows: list[Row]) -> None:
    last_coded: int | None = None
    for index, row in enumerate(rows):
        if row.kind in {"total", "unit"} or not row.key:
            continue
        if not row.code:
            row.parent = last_coded
            row.of_which = row.label.of_which
            continue
        for above in range(index - 1, -1, -1):
            other = rows[above]
            if other.kind in {"total", "unit"}:
                if other.kind == "unit":
                    break
                continue
            shorter = row.code.startswith(other.code) and other.code and not other.project
            if shorter and (len(other.code) < len(row.code) or row.project):
                row.parent = above
                break
        if not row.project:
            last_coded = index


def _tree_by_number(rows: list[Row]) -> None:
    stack: list[int] = []
    run: int | None = None
    for index, row in enumerate(rows):
        label = row.label
        if row.kind in {"total", "unit"} or not row.key:
            if row.kind == "unit":
                stack, run = [], None
            continue
        if label.rank:
            if label.of_which and stack and rows[stack[-1]].label.rank < label.rank:
                run = stack[-1]
            while stack and rows[stack[-1]].label.rank >= label.rank:
                if stack.pop() == run:
                    run = None
            row.parent = stack[-1] if stack else None
            row.of_which = run is not None and row.parent == run
            stack.append(index)
            continue
        if label.of_which:
            run = _opener(rows, index)
        elif run is not None and not _belongs(rows[run], row):
            run = None
        if run is not None:
            row.parent, row.of_which = run, True
        else:
            row.parent = stack[-1] if stack else None


def _opener(rows: list[Row], index: int) -> int | None:
    """The row that a 其中 row is a part of: the nearest row above that is not itself a part."""
    for above in range(index - 1, -1, -1):
        other = rows[above]
        if other.key and not (other.of_which and not other.label.rank):
            return above
    return None


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
    below its rows is itself a part of the next.
    """
    totals = [index for index, row in enumerate(rows) if row.kind == "total"]
    if not totals:
        return
    unit: int | None = None
    for index, row in enumerate(rows):
        if row.kind == "unit":
            unit = index
            row.parent = totals[0]
        elif row.kind != "total" and row.parent is None and row.key:
            row.parent = unit if unit is not None else None
    first_data = next((i for i, row in enumerate(rows) if row.kind != "total" and row.key), None)
    if first_data is None:
        return
    leading = [index for index in totals if index < first_data]
    trailing = [index for index in totals if index > first_data]
    roots = [
        i
        for i, row in enumerate(rows)
        if row.parent is None and row.kind not in {"total", "unit"} and row.key
    ]
    if leading:
        for root in roots:
            rows[root].parent = leading[-1]
        return
    pending = list(roots)
    carried: int | None = None
    for total in trailing:
        for root in [root for root in pending if root < total]:
            rows[root].parent = total
            pending.remove(root)
        if carried is not None and rows[carried].parent is None:
            rows[carried].parent = total
        carried = total
