"""The heading of a table: which rows it takes, its tree, and what each column holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

from budgetkit.amounts import fold_width, parse_amount, squeeze
from budgetkit.heading_rows import (
    Matrix,
    count_heading_rows,
    find_number_row,
    printed_numbers,
)
from budgetkit.labels import parse_label, plain_name
from budgetkit.vocabulary import Term, beside, find_term, find_term_below

__all__ = [
    "BLANK",
    "Column",
    "Heading",
    "HeadingNode",
    "read_heading",
    "tell_years",
]

BLANK = frozenset({"-", "—", "–", "/", "--", "——", "－", "／", "\\"})
"""What is printed for nothing."""

_DEEPEST = 100
"""No printed table has so many rows of headings; a tree of thousands is beyond every walk."""
_CODE_CELL = re.compile(r"\d{2,9}")


@dataclass(slots=True)
class HeadingNode:
    """A heading cell with the columns it spans and the headings below it."""

    text: str
    first: int
    last: int
    children: list[HeadingNode] = field(default_factory=list)

    @property
    def term(self) -> Term | None:
        """What the heading means, where the vocabulary knows it."""
        return find_term(parse_label(self.text).name)

    @property
    def is_total(self) -> bool:
        """True for 合计, 小计 and their like."""
        term = self.term
        return term is not None and term.role == "total"

    @property
    def is_part(self) -> bool:
        """True for a 其中 heading, which is a part of what stands before it."""
        return parse_label(self.text).of_which

    def leaves(self) -> list[HeadingNode]:
        """The headings at the bottom, left to right."""
        if not self.children:
            return [self]
        return [leaf for child in self.children for leaf in child.leaves()]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role, heading path and meaning.

    `role` is amount, code, unit_code, name, project, index (a running number) or text (remarks).

    `number` is the printed column number, else the position among the amount columns.
    """

    index: int
    role: str
    path: tuple[str, ...]
    number: str = ""
    section: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, str] = field(default_factory=dict)
    """What headings over the whole section say, labels included; rows may say otherwise."""
    slug: str = ""

    @property
    def heading(self) -> str:
        """The heading path as one text."""
        return " / ".join(self.path)


@dataclass(slots=True)
class Heading:
    """A table's heading: how many rows it takes, its tree and its columns.

    `unread` counts the rows of headings that are too many to be in the tree.
    """

    rows: int
    number_row: int | None
    nodes: list[HeadingNode]
    columns: list[Column]
    displaced: bool = False
    unread: int = 0


def read_heading(matrix: Matrix, width: int, exact: bool) -> Heading:
    """Finds the heading rows, builds their tree and gives every column its role and meaning."""
    number_row = find_number_row(matrix)
    rows = number_row if number_row is not None else count_heading_rows(matrix, exact)
    nodes, displaced = _build_tree(matrix[: min(rows, _DEEPEST)], width, exact)
    first_data = rows + (1 if number_row is not None else 0)
    printed = printed_numbers(matrix[number_row]) if number_row is not None else {}
    paths = _paths(nodes, width)
    roles = _roles(matrix[first_data:], paths, printed, width)
    columns = _columns(paths, roles, printed)
    unread = max(0, rows - _DEEPEST)
    return Heading(first_data, number_row, nodes, columns, displaced=displaced, unread=unread)


def _build_tree(rows: Matrix, width: int, exact: bool) -> tuple[list[HeadingNode], bool]:
    """The heading tree from the rows; where guessed spans do not nest, by order instead."""
    root = HeadingNode("", 0, width - 1)
    displaced = False
    level = [root]
    for row in rows:
        cells = sorted((index, cell) for index, cell in row.items() if cell.text)
        below: list[HeadingNode] = []
        passed = 0  # nodes that end left of this cell; a row may have thousands
        for position, (index, cell) in enumerate(cells):
            while passed < len(level) and level[passed].last < index:
                passed += 1
            parent = _node_over(index, level, passed) or root
            following = cells[position + 1][0] if position + 1 < len(cells) else width
            last = index + cell.column_span - 1 if exact else min(following - 1, parent.last)
            if not exact and not parent.children and index > parent.first and parent is not root:
                displaced = True
            node = HeadingNode(squeeze(cell.text), index, last)
            parent.children.append(node)
            below.append(node)
        level = [node for node in below] + [
            node for node in level if node is not root and not node.children
        ]
        level.sort(key=lambda node: node.first)
        if not level:
            level = [root]
    if displaced:
        repacked = _pack(rows, width)
        if repacked is not None:
            return repacked, True
    return root.children, False


def _node_over(index: int, level: Sequence[HeadingNode], first: int) -> HeadingNode | None:
    """The first node that spans a column, of nodes from left to right."""
    for position in range(first, len(level)):
        node = level[position]
        if node.first > index:
            return None
        if node.last >= index:
            return node
    return None


def _pack(rows: Matrix, width: int) -> list[HeadingNode] | None:
    """The heading tree by order alone: every lower heading belongs to the last open group.

    For text whose heading cells slid sideways. None where the leaves do not fill the columns.
    """
    if len(rows) < 2:
        return None
    top = [HeadingNode(squeeze(c.text), i, i) for i, c in sorted(rows[0].items()) if c.text]
    lower = [(i, squeeze(c.text)) for i, c in sorted(rows[1].items()) if c.text]
    starts = [node.first for node in top]
    open_group: HeadingNode | None = None
    for index, text in lower:
        if index in starts:
            open_group = top[starts.index(index)]
        if open_group is None:
            return None
        open_group.children.append(HeadingNode(text, index, index))
    position = 0
    for node in top:
        node.first = position
        for leaf in node.leaves():
            leaf.first = leaf.last = position
            position += 1
        node.last = position - 1
    return top if position == width and len(rows) == 2 else None


def _paths(nodes: Sequence[HeadingNode], width: int) -> list[tuple[HeadingNode, ...]]:
    paths: list[tuple[HeadingNode, ...]] = [() for _ in range(width)]

    def walk(node: HeadingNode, above: tuple[HeadingNode, ...]) -> None:
        path = (*above, node)
        for index in range(node.first, min(node.last, width - 1) + 1):
            if len(paths[index]) < len(path):
                paths[index] = path
        for child in node.children:
            walk(child, path)

    for node in nodes:
        walk(node, ())
    return paths


def _roles(
    data: Matrix,
    paths: Sequence[tuple[HeadingNode, ...]],
    printed: Mapping[int, str],
    width: int,
) -> list[str]:
    roles = []
    for index in range(width):
        cells = [row[index].text for row in data if index in row]
        texts = [text for text in cells if text and text not in BLANK]
        terms = [node.term for node in paths[index]]
        role = next((term.role for term in reversed(terms) if term and term.role), "")
        roles.append(_role(index, texts, role, printed))
    return roles


def _role(index: int, texts: Sequence[str], heading_role: str, printed: Mapping[int, str]) -> str:
    """What a column holds: by its printed number, its heading, else by what stands in it."""
    amounts = sum(parse_amount(text) is not None for text in texts)
    mostly_text = bool(texts) and amounts * 2 < len(texts)
    codes = sum(bool(_CODE_CELL.fullmatch(fold_width(text))) for text in texts)
    named = mostly_text or heading_role in {"code", "unit_code", "index"}
    if not heading_role and codes == len(texts) and _ascend(texts):
        return "code"
    if printed and index in printed and not (heading_role in _DESCRIBING and named):
        return "name" if mostly_text and not heading_role else "amount"
    if heading_role in _DESCRIBING:
        return heading_role
    if printed:
        return "code" if texts and codes == len(texts) else "name"
    return "name" if mostly_text else "amount"


def _ascend(texts: Sequence[str]) -> bool:
    """Whether whole numbers are classification codes, each class before what it holds."""
    listed = [fold_width(text) for text in texts]
    return (
        len(listed) >= _LEAST_CODES
        and all(len(text) in {3, 5, 7} and text[0] in "235" for text in listed)
        and all(a < b for a, b in pairwise(listed))
    )


_LEAST_CODES = 3

_DESCRIBING = frozenset({"code", "unit_code", "index", "name", "project", "text"})


def _columns(
    paths: Sequence[tuple[HeadingNode, ...]],
    roles: Sequence[str],
    printed: Mapping[int, str],
) -> list[Column]:
    """The columns with role, number, section and meaning.

    A describing column behind amounts opens a new section where amounts follow it; without any
    it is a remark on its row. A register that counts things is one list, however many columns
    describe its rows.
    """
    roles = _remarks_told(roles)
    counted = any(
        role == "amount" and _facts(path).get("measure") == "quantity"
        for path, role in zip(paths, roles, strict=True)
    )
    # How many columns before each one hold words.
    words = list(accumulate((role != "amount" for role in roles), initial=0))
    columns: list[Column] = []
    section = 0
    position = 0
    opened = False
    for index, (path, role) in enumerate(zip(paths, roles, strict=True)):
        if role in _KEYS and opened and not counted:
            section, opened = section + 1, False
        opened = opened or role == "amount"
        number = ""
        if role == "amount":
            position += 1
            number = printed.get(index, str(position))
        term = _read_path(path)[1]
        over = [n for n in path if words[n.last + 1] > words[n.first]]
        columns.append(
            Column(
                index,
                role,
                tuple(node.text for node in path),
                number,
                section,
                _facts([n for n in path if n not in over]) if role == "amount" else {},
                _facts(over) if role == "amount" else {},
                term.slug if term else "",
            )
        )
    return _told_apart(columns)


_KEYS = frozenset({"code", "unit_code", "name", "project"})


def _remarks_told(roles: Sequence[str]) -> list[str]:
    """Roles with describing columns behind the last amount told to be remarks, and the only
    describing columns of a list told to be its names, whatever they are headed."""
    last = max((index for index, role in enumerate(roles) if role == "amount"), default=len(roles))
    told = ["text" if index > last and role in _KEYS else role for index, role in enumerate(roles)]
    start = 0
    for index, role in enumerate([*told, "amount"]):
        if role == "amount":
            run = told[start:index]
            if run and not {"code", "unit_code", "name"} & set(run):
                changed = ["name" if r in {"project", "text"} else r for r in run]
                told[start:index] = changed if index <= last else run
            start = index + 1
    return told


def _facts(path: Sequence[HeadingNode]) -> dict[str, str]:
    """What a column's headings say together, from the outermost inwards."""
    return _read_path(path)[0]


def _read_path(path: Sequence[HeadingNode]) -> tuple[dict[str, str], Term | None]:
    """What a column's headings say together, and what the last of them means in its place."""
    before: list[dict[str, str]] = [{}]
    """What the first headings say together: none, one, two of them."""
    term: Term | None = None
    for position, node in enumerate(path, start=1):
        name = parse_label(node.text).name
        term = find_term_below(name, before[-1])
        pieces = 1
        if term is None:
            term, pieces = _in_pieces(path[max(0, position - _MOST_PIECES) : position])
        if term is not None:
            before.append({**before[position - pieces], **term.facts})
        elif name and not _is_neutral(node):
            before.append({**before[-1], "heading": name})
        else:
            before.append(before[-1])
    return before[-1], term


def _in_pieces(path: Sequence[HeadingNode]) -> tuple[Term | None, int]:
    """What a heading means that its lines cut into cells (因公出国, (境)费), and in how many."""
    text = path[-1].text
    for pieces, node in enumerate(reversed(path[:-1]), start=2):
        if node.term is not None:
            break
        text = f"{node.text}{text}"
        term = find_term(parse_label(text).name)
        if term is not None and term.facts:
            return term, pieces
    return None, 1


_MOST_PIECES = 4


def _is_neutral(node: HeadingNode) -> bool:
    """A group heading that only names the table again says nothing of its own."""
    return bool(node.children) and plain_name(node.text).endswith(("支出", "预算", "情况"))


def tell_years(columns: Sequence[Column], year: int | None) -> list[Column]:
    """The columns with what their headings say of years: another year than the document's, a
    budget beside what was executed.

    Where the document's year is not known, columns of several years are each of their own: none
    of them is told to be this year's.
    """
    executed = any(_EXECUTED.search(column.heading) for column in columns)
    named = {found for column in columns for found in _years_of(column) if column.role == "amount"}
    told = []
    for column in columns:
        added: dict[str, str] = {}
        years = _years_of(column)
        if year is None and years and len(named) > 1:
            added["period"] = str(max(years))
        if year is not None and years and year not in years and max(years) < year:
            added["period"] = "previous" if max(years) == year - 1 else str(max(years))
        budgeted = _BUDGETED.search(column.heading) and not _EXECUTED.search(column.heading)
        if executed and column.role == "amount" and budgeted:
            added["stage"] = "budget"
        facts = {**column.facts, **added}
        if year is not None and _YEAR_ALONE.fullmatch(facts.get("heading", "")):
            del facts["heading"]  # it is told
        told.append(replace(column, facts=facts) if facts != column.facts else column)
    return told


def _years_of(column: Column) -> list[int]:
    return [int(found) for found in _YEAR.findall(column.heading)]


_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年?")
_YEAR_ALONE = re.compile(r"20\d\d年?度?")
_EXECUTED = re.compile(r"决算|执行|完成数|实际")
_BUDGETED = re.compile(r"预算数|年初预算|调整预算")


def _told_apart(columns: Sequence[Column]) -> list[Column]:
    """A fund whose transfer has a column of its own beside it means the rest of the fund."""
    found = list(columns)
    for dimension, named, sibling, means in beside():
        transfers = {(c.section, c.path[:-1]) for c in columns if c.facts.get(dimension) == sibling}
        for index, column in enumerate(columns):
            beside_it = (column.section, column.path[:-1]) in transfers
            if beside_it and column.facts.get(dimension) == named and found[index] is column:
                facts = {**column.facts, dimension: means}
                found[index] = replace(column, facts=facts, slug=means)
    return found
