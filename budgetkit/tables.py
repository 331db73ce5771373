"""Grids to budget tables: title, unit, heading tree, row tree, and a number for every amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from budgetkit.amounts import NUMBER, fold_width, parse_amount, squeeze
from budgetkit.blocks import Block, Cell, Grid, Paragraph, Problem, Where
from budgetkit.headings import Column, Heading, Matrix, read_heading
from budgetkit.labels import parse_label, plain_name
from budgetkit.ledger import Number, SetAside
from budgetkit.rows import Row, build_tree, read_row
from budgetkit.vocabulary import TableKind, beside, find_kind, kind_named

__all__ = ["BudgetTable", "TableArea", "cell_facts", "find_areas", "read_table"]

_UNIT = re.compile(r"单位[:：]\s*(?:人民币)?(万元|千元|亿元|元)")
_DEPARTMENT = re.compile(
    r"(?:编制|填报|预算)?(?:部门|单位)(?:名称|（公章）|\(公章\))?[:：]\s*(\S.*)"
)
_EMPTY_NOTE = re.compile(r"空表|没有使用|未安排|无此项|本表无|不涉及|^无$")
_TITLE_LENGTH = 45
_DIGIT = re.compile(r"\d")
_CODE_LIKE = re.compile(r"\d{2,9}")


@dataclass(slots=True)
class TableArea:
    """The grids of one printed table, with the title and notes found around them."""

    kind: TableKind
    title: str
    unit: str
    department: str
    grids: list[Grid]
    note: str = ""


@dataclass(slots=True)
class BudgetTable:
    """One recognised table.

    `rows[s]` are the rows of section s (side-by-side lists are sections), `cells` maps (line of
    the matrix, column) to a number, `unread` to the text of a cell that is no readable amount.
    `matrix` is the table as printed, heading first, repeated headings left out.
    """

    number: int
    kind: TableKind
    title: str
    unit: str
    department: str
    heading: Heading
    matrix: Matrix
    rows: list[list[Row]]
    cells: dict[tuple[int, int], Number] = field(default_factory=dict)
    unread: dict[tuple[int, int], str] = field(default_factory=dict)
    aside: list[SetAside] = field(default_factory=list)
    leftovers: list[SetAside] = field(default_factory=list)
    note: str = ""
    cut: bool = False
    """The source ends inside this table, so rows may be missing."""

    @property
    def columns(self) -> list[Column]:
        """All columns, left to right."""
        return self.heading.columns

    def amount_columns(self, section: int) -> list[Column]:
        """The amount columns of one section."""
        return [c for c in self.columns if c.role == "amount" and c.section == section]

    @property
    def where(self) -> Where:
        """The place of the table's first cell."""
        for row in self.matrix:
            for cell in row.values():
                return cell.passage.where()
        return Where()


def find_areas(blocks: Sequence[Block]) -> tuple[list[TableArea], set[int]]:
    """The table areas of a document in order, and the indices of the blocks they take.

    A grid without a title of its own that repeats the heading of the one before it, or has its
    width, is its continuation after a page break.
    """
    areas: list[TableArea] = []
    taken: set[int] = set()
    context: list[tuple[int, str]] = []
    for index, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            context.append((index, block.text))
            if areas and not areas[-1].note and len(context) <= 2:
                _take_note(areas[-1], block.text)
            continue
        if not block.rows:
            continue
        title = _title(context)
        unit, department, lines = _details(context)
        if title is None and areas and _continues(areas[-1], block, context, lines):
            areas[-1].grids.append(block)
        else:
            kind = kind_named("unknown")
            text = ""
            if title is not None:
                text, kind = title
            areas.append(TableArea(kind, text, unit, department, [block]))
        taken.add(index)
        context = []
    return areas, taken


def _take_note(area: TableArea, text: str) -> None:
    if len(text) >= 120 or not _EMPTY_NOTE.search(text):
        return
    named = find_kind(plain_name(text)) if "空表" in text else None
    if not _has_amounts(area.grids) or (named is not None and named.id == area.kind.id):
        area.note = squeeze(text)


def _has_amounts(grids: Sequence[Grid]) -> bool:
    return any(
        (amount := parse_amount(cell.text)) is not None and amount.places > 0
        for grid in grids
        for row in grid.rows
        for cell in row
    )


def _title(context: Sequence[tuple[int, str]]) -> tuple[str, TableKind] | None:
    for _, text in reversed(context[-6:]):
        name = plain_name(text)
        if len(name) <= _TITLE_LENGTH and "表" in name and "。" not in text:
            kind = find_kind(parse_label(text).name)
            if kind is not None:
                return parse_label(text).printed, kind
    return None


def _details(context: Sequence[tuple[int, str]]) -> tuple[str, str, int]:
    """Unit and department printed above a grid, and how many lines they take."""
    unit = department = ""
    lines = 0
    for _, text in context[-6:]:
        found_unit = _UNIT.search(text)
        found_department = _DEPARTMENT.match(text)
        if found_unit:
            unit = found_unit[1]
        elif found_department:
            department = plain_name(found_department[1])
        lines += bool(found_unit or found_department)
    return unit, department, lines


def _continues(area: TableArea, grid: Grid, context: Sequence[tuple[int, str]], lines: int) -> bool:
    if len(context) > lines + 1:
        return False
    first = area.grids[0]
    same_heading = _texts(first.rows[0]) == _texts(grid.rows[0])
    return same_heading or first.width == grid.width or area.kind.id == "performance_targets"


def _texts(row: Sequence[Cell]) -> list[str]:
    return [plain_name(cell.text) for cell in row if cell.text]


def read_table(area: TableArea, number: int, department: str) -> tuple[BudgetTable, list[Problem]]:
    """One table from its area: every amount cell becomes a number, blank stays blank.

    Number tokens that are no amounts (codes, years in names, column numbers) are set aside with
    the reason; what looks like an amount and cannot be read is a leftover and a problem.
    """
    problems: list[Problem] = []
    matrix, repeated = _merge(area.grids)
    width = max(grid.width for grid in area.grids)
    exact = all(grid.exact for grid in area.grids)
    heading = read_heading(matrix, width, exact)
    if not exact and (usual := _usual_width(matrix, heading.rows, width)) < width:
        heading = read_heading(matrix, usual, exact)
    table = BudgetTable(
        number, area.kind, area.title, area.unit or "万元", department, heading, matrix, []
    )
    table.note = area.note
    _rejoin_broken_rows(table)
    _check_widths(table, area, problems)
    sections = 1 + max((column.section for column in heading.columns), default=0)
    for section in range(sections):
        columns = [column for column in heading.columns if column.section == section]
        rows = [
            read_row(line, matrix[line], columns)
            for line in range(heading.rows, len(matrix))
            if any(matrix[line].get(c.index) and matrix[line][c.index].text for c in columns)
        ]
        build_tree(rows, department)
        table.rows.append(rows)
        _state_facts(table, rows, columns)
        for row in rows:
            _read_cells(table, row, columns, problems)
    _set_aside(table, repeated)
    return table, problems


def _merge(grids: Sequence[Grid]) -> tuple[Matrix, Matrix]:
    """All grids as one matrix, and apart from it the heading rows that later pages repeat."""
    matrix: Matrix = []
    repeated: Matrix = []
    for position, grid in enumerate(grids):
        rows = [{cell.column: cell for cell in row} for row in grid.rows]
        if position:
            heading = [_row_texts(row) for row in matrix[:6]]
            while rows and _row_texts(rows[0]) in heading and _row_texts(rows[0]):
                repeated.append(rows.pop(0))
        matrix.extend(rows)
    return matrix, repeated


def _row_texts(row: dict[int, Cell]) -> list[tuple[int, str]]:
    return [(index, plain_name(cell.text)) for index, cell in sorted(row.items()) if cell.text]


def _rejoin_broken_rows(table: BudgetTable) -> None:
    """A row with one text cell and nothing else is the tail of a row cut by a page break."""
    describing = {c.index: c.role for c in table.columns if c.role in {"name", "project"}}
    if not any(role == "code" for role in (c.role for c in table.columns)):
        return
    first = table.heading.rows
    line = first + 1
    while line < len(table.matrix):
        filled = {index: cell for index, cell in table.matrix[line].items() if cell.text}
        above = table.matrix[line - 1]
        codes_above = any(
            c.role == "code" and c.index in above and above[c.index].text for c in table.columns
        )
        if (
            filled
            and codes_above
            and all(
                index in describing
                and index in above
                and above[index].text
                and not _is_total_label(cell.text)
                for index, cell in filled.items()
            )
        ):
            for index, cell in filled.items():
                head = above[index]
                if plain_name(head.text).endswith(plain_name(cell.text)):
                    continue  # the name stands whole before the break, its end again behind it
                above[index] = Cell(
                    head.passage.joined(cell.passage),
                    head.row,
                    head.column,
                    head.row_span,
                    head.column_span,
                )
            del table.matrix[line]
            continue
        line += 1


def _is_total_label(text: str) -> bool:
    term = parse_label(text)
    return "计" in term.name[-1:]


def _usual_width(matrix: Matrix, heading_rows: int, width: int) -> int:
    """The width of the heading, unless many rows are wider: then the heading lost cells."""
    usual = max((max(row, default=-1) + 1 for row in matrix[:heading_rows]), default=width)
    data = matrix[heading_rows:]
    wider = sum(any(cell.text for i, cell in row.items() if i >= usual) for row in data)
    return usual if usual and (wider == 1 or wider * 4 <= len(data)) else width


def _check_widths(table: BudgetTable, area: TableArea, problems: list[Problem]) -> None:
    """Text tables whose rows are shorter or longer than the heading say where they may be cut."""
    if any(grid.exact for grid in area.grids):
        return
    usual = len(table.columns)
    data = table.matrix[table.heading.rows :]
    # Text whose blank ends were trimmed has no full row with a blank last cell: then a short row
    # is an ordinary one. Elsewhere it has lost cells, and what they held is unknown.
    trimmed = not any(len(row) == usual and not row[max(row)].text for row in data if row)
    for line, row in enumerate(data, start=table.heading.rows):
        cells = sorted(row)
        if not cells:
            continue
        where = row[cells[0]].passage.where()
        width = cells[-1] + 1
        if width < usual:
            for column in table.columns[width:]:
                if column.role == "amount" and not trimmed:
                    table.unread[line, column.index] = "missing cell"
            read = "read as blank" if trimmed else "not read, nor are sums that need them checked"
            problems.append(
                Problem(
                    "short_row",
                    f"table {table.number}, line {where.line}: the row has {width} cells of "
                    f"{usual}; the missing ones are {read}, compare with the source",
                    where,
                    table.number,
                )
            )
        elif width > usual and any(row[index].text for index in cells if index >= usual):
            problems.append(
                Problem(
                    "long_row",
                    f"table {table.number}, line {where.line}: the row has {width} cells, the "
                    f"heading {usual}; what lies outside is listed as left over",
                    where,
                    table.number,
                )
            )


def _state_facts(table: BudgetTable, rows: list[Row], columns: Sequence[Column]) -> None:
    """What every row states: the table's kind, its parents, its own code, label and project."""
    economic = any("经济" in column.heading for column in columns if column.role != "amount")
    order = sorted(range(len(rows)), key=lambda index: _depth(rows, index))
    for index in order:
        row = rows[index]
        facts = dict(rows[row.parent].facts) if row.parent is not None else {}
        if row.kind == "total" and row.parent is None:
            facts = {}
        term = row.term
        if row.code:
            facts[_code_dimension(row.code, economic)] = row.code
        elif term is not None:
            facts.update(term.facts)
        elif row.kind != "unit" and row.label.name:
            facts["label"] = row.label.name
        if row.project:
            facts["project"] = plain_name(row.project)
        if not row.code and "fund" in (term.facts if term else {}) and "carry" not in facts:
            facts["carry"] = "no"
        row.facts = facts
    _tell_siblings_apart(rows)


def _depth(rows: list[Row], index: int) -> int:
    depth = 0
    parent = rows[index].parent
    while parent is not None and depth < 20:
        depth += 1
        parent = rows[parent].parent
    return depth


def _code_dimension(code: str, economic: bool) -> str:
    if code.startswith("5") and len(code) in {3, 5}:
        return "government_economic"
    if code.startswith("3") or economic:
        return "economic"
    return "function"


def _tell_siblings_apart(rows: list[Row]) -> None:
    for dimension, named, sibling, means in beside():
        for row in rows:
            if row.facts.get(dimension) == named and row.parent is not None:
                siblings = (rows[index] for index in rows[row.parent].children)
                if row.term and any(other.facts.get(dimension) == sibling for other in siblings):
                    row.facts[dimension] = means


def _read_cells(
    table: BudgetTable, row: Row, columns: Sequence[Column], problems: list[Problem]
) -> None:
    for column in columns:
        cell = table.matrix[row.line].get(column.index)
        if column.role != "amount" or cell is None or not cell.text or cell.text in "-—–/":
            continue
        amount = parse_amount(cell.text)
        if amount is None:
            table.unread[row.line, column.index] = cell.text
            where = cell.passage.where()
            problems.append(
                Problem(
                    "unreadable_amount",
                    f"table {table.number}, row {row.key}, column {column.number}: "
                    f"'{squeeze(cell.text)[:40]}' is no readable amount ({where}); "
                    "checks that need it are not made, compare with the source",
                    where,
                    table.number,
                )
            )
            continue
        facts = cell_facts(table, row, column)
        folded = cell.passage.text
        start = folded.find(amount.text)
        table.cells[row.line, column.index] = Number(
            id=f"t{table.number}.r{row.line - table.heading.rows + 1}.c{column.index + 1}",
            text=amount.text,
            value=amount.value,
            half=amount.half,
            unit="%" if amount.percent else table.unit,
            part="table",
            where=cell.passage.where(max(start, 0), max(start, 0) + len(amount.text)),
            table=table.number,
            table_kind=table.kind.id,
            row=row.key,
            column=column.number,
            name=f"{row.name}, {column.path[-1] if column.path else column.number}",
            facts=facts,
        )


def cell_facts(table: BudgetTable, row: Row, column: Column) -> dict[str, str]:
    """What a number in this row and column states: of the table, the row and the column."""
    facts = {**table.kind.facts, **column.base, **row.facts, **column.facts}
    if "fund" in column.facts and facts.get("flow") == "income" and "carry" not in facts:
        facts["carry"] = "no"
    return facts


def _set_aside(table: BudgetTable, repeated: Matrix) -> None:
    """Conservation: every number token outside amount cells is listed with its reason."""
    roles = {column.index: column.role for column in table.columns}
    for line, cells in enumerate([*table.matrix, *repeated]):
        heading = line < table.heading.rows or line >= len(table.matrix)
        for index, cell in cells.items():
            if ((line, index) in table.cells and not heading) or not _DIGIT.search(cell.text):
                continue
            left = not heading and (
                (line, index) in table.unread or roles.get(index, "outside") == "outside"
            )
            for match in NUMBER.finditer(fold_width(cell.passage.text)):
                token = SetAside(
                    cell.passage.text[match.start() : match.end()],
                    _reason(heading, roles.get(index, "outside"), left, cell.text),
                    "table",
                    cell.passage.where(match.start(), match.end()),
                    table.number,
                )
                (table.leftovers if left else table.aside).append(token)


def _reason(heading: bool, role: str, left: bool, text: str) -> str:
    if left:
        return "outside the columns" if role == "outside" else "unreadable amount"
    if heading:
        return "column number" if _CODE_LIKE.fullmatch(text) or len(text) <= 2 else "heading"
    if role == "code" or parse_label(text).code:
        return "code"
    return "part of a name"
