"""Grids to budget tables: title, unit, heading tree, row tree, and a number for every amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from budgetkit.amounts import Amount, is_plain_amount, parse_amount, squeeze
from budgetkit.areas import TableArea
from budgetkit.blocks import Cell, Problem, Where
from budgetkit.facts import cell_facts, state_facts
from budgetkit.heading_rows import Matrix
from budgetkit.heading_spans import MERGING, spread_headings
from budgetkit.headings import BLANK, Column, Heading, read_heading, tell_years
from budgetkit.labels import parse_label, plain_name
from budgetkit.language import said
from budgetkit.ledger import Number, SetAside
from budgetkit.nesting import Sums
from budgetkit.rows import Row, RowReader, build_tree
from budgetkit.table_asides import number_tokens, put_copy_aside, set_aside_rest
from budgetkit.table_grids import merge_grids
from budgetkit.vocabulary import TableKind

__all__ = ["BudgetTable", "read_table"]

_YEAR = re.compile(r"(?:19|20)\d\d年?")


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
    by_places: bool = False
    """Its columns were found by the places of its words: no rules tell them."""
    cut: bool = False
    """The source ends inside this table, so rows may be missing."""
    names: dict[str, str] = field(default_factory=dict)
    """What the table is called, by language; no two tables of a document are called alike."""

    @property
    def columns(self) -> list[Column]:
        """All columns, left to right."""
        return self.heading.columns

    def amount_columns(self, section: int) -> list[Column]:
        """The amount columns of one section."""
        return [c for c in self.columns if c.role == "amount" and c.section == section]

    @property
    def english(self) -> str:
        """What the table is called in English: its kind, told apart from others of the kind."""
        return self.names.get("en", self.kind.en)

    @property
    def where(self) -> Where:
        """The place of the table's first cell."""
        for row in self.matrix:
            for cell in row.values():
                return cell.passage.where()
        return Where()


def read_table(
    area: TableArea, number: int, department: str, year: int | None = None
) -> tuple[BudgetTable, list[Problem]]:
    """One table from its area: every amount cell becomes a number, blank stays blank.

    `year` is the document's, against which years in headings are told. Number tokens that are no
    amounts (codes, years in names, column numbers) are set aside with the reason; what looks
    like an amount and cannot be read is a leftover and a problem.
    """
    problems: list[Problem] = []
    matrix, repeated, copies = merge_grids(area.grids)
    width = max(grid.width for grid in area.grids)
    exact = all(grid.exact for grid in area.grids)
    if exact and all(grid.source in MERGING for grid in area.grids):
        matrix = spread_headings(matrix, width)
    heading = read_heading(matrix, width, exact)
    if not exact and (usual := _usual_width(matrix, heading.rows, width)) < width:
        heading = read_heading(matrix, usual, exact)
    heading.columns = tell_years(heading.columns, year)
    table = BudgetTable(
        number, area.kind, area.title, area.unit or "万元", department, heading, matrix, []
    )
    table.note = area.note
    table.by_places = any(grid.source == "places" for grid in area.grids)
    _rejoin_parted_rows(table)
    _rejoin_broken_rows(table)
    _check_widths(table, area, problems)
    _check_heading(table, problems)
    _check_rows(table, problems)
    sections = 1 + max((column.section for column in heading.columns), default=0)
    for section in range(sections):
        columns = [column for column in heading.columns if column.section == section]
        reader = RowReader(columns)
        rows = [
            reader.read(line, matrix[line])
            for line in range(heading.rows, len(matrix))
            if any(matrix[line].get(c.index) and matrix[line][c.index].text for c in columns)
        ]
        build_tree(rows, department, _sums(table, rows, columns))
        table.rows.append(rows)
        state_facts(rows, columns, matrix)
        for row in rows:
            _read_cells(table, row, columns, problems)
    set_aside_rest(table, repeated, problems)
    for copy in copies:
        put_copy_aside(table, copy, problems)
    for caption in area.captions or ():
        table.aside.extend(number_tokens(caption, "caption", number))
    return table, problems


def _sums(table: BudgetTable, rows: Sequence[Row], columns: Sequence[Column]) -> Sums:
    amounts: dict[tuple[int, int], Amount] = {}
    places = [column.index for column in columns if column.role == "amount"]
    for position, row in enumerate(rows):
        for place in places:
            cell = table.matrix[row.line].get(place)
            amount = parse_amount(cell.text) if cell is not None and cell.text else None
            if amount is not None:
                amounts[position, place] = amount
    return Sums(amounts)


def _rejoin_parted_rows(table: BudgetTable) -> None:
    """Amounts below a row that has none, in a row without label: a rule went through the row."""
    amounts = {column.index for column in table.columns if column.role == "amount"}
    line = table.heading.rows + 1
    while line < len(table.matrix):
        row, above = table.matrix[line], table.matrix[line - 1]
        filled = {index for index, cell in row.items() if cell.text}
        labels = {index for index, cell in above.items() if cell.text}
        parted = filled and filled <= amounts and labels and not labels & amounts
        if parted and all(parse_amount(row[index].text) is not None for index in filled):
            above.update({index: row[index] for index in filled})
            del table.matrix[line]
            continue
        line += 1


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
                and not is_plain_amount(cell.text)
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


def _check_heading(table: BudgetTable, problems: list[Problem]) -> None:
    """A heading of more rows than any table has says what its columns are named after."""
    if not table.heading.unread:
        return
    where = next((c.passage.where() for c in table.matrix[0].values() if c.text), Where())
    problems.append(
        Problem(
            "deep_heading",
            said(
                "table {table}: its heading has {rows} rows, more than any table, and its columns "
                "are named without the last {unread} of them; compare with the source",
                table=table.number,
                rows=table.heading.rows,
                unread=table.heading.unread,
            ),
            where,
            table.number,
        )
    )


def _check_rows(table: BudgetTable, problems: list[Problem]) -> None:
    """A table that is all heading says so where numbers stand in it: they would be lost unseen."""
    if table.heading.rows < len(table.matrix):
        return
    numbers = [
        cell
        for row in table.matrix
        for cell in row.values()
        if len(cell.text) > 2
        and parse_amount(cell.text) is not None
        and not _YEAR.fullmatch(cell.text)
    ]
    if numbers:
        problems.append(
            Problem(
                "no_rows",
                said(
                    "table {table}: no row of amounts was told from its headings, so that {count} "
                    "numbers of it ('{first}' …) are not read; compare with the source",
                    table=table.number,
                    count=len(numbers),
                    first=numbers[0].text[:20],
                ),
                numbers[0].passage.where(),
                table.number,
            )
        )


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
        where = row[next((i for i in cells if row[i].text), cells[0])].passage.where()
        width = cells[-1] + 1
        if width < usual:
            for column in table.columns[width:]:
                if column.role == "amount" and not trimmed:
                    table.unread[line, column.index] = "missing cell"
            read = (
                said("read as blank")
                if trimmed
                else said("not read, nor are sums that need them checked")
            )
            problems.append(
                Problem(
                    "short_row",
                    said(
                        "table {table}, line {line}: the row has {width} cells of {usual}; the "
                        "missing ones are {read}, compare with the source",
                        table=table.number,
                        line=where.line,
                        width=width,
                        usual=usual,
                        read=read,
                    ),
                    where,
                    table.number,
                )
            )
        elif width > usual and any(row[index].text for index in cells if index >= usual):
            problems.append(
                Problem(
                    "long_row",
                    said(
                        "table {table}, line {line}: the row has {width} cells, the heading "
                        "{usual}; what lies outside is listed as left over",
                        table=table.number,
                        line=where.line,
                        width=width,
                        usual=usual,
                    ),
                    where,
                    table.number,
                )
            )


def _read_cells(
    table: BudgetTable, row: Row, columns: Sequence[Column], problems: list[Problem]
) -> None:
    for column in columns:
        cell = table.matrix[row.line].get(column.index)
        if column.role != "amount" or cell is None or not cell.text or cell.text in BLANK:
            continue
        amount = parse_amount(cell.text)
        if amount is None:
            table.unread[row.line, column.index] = cell.text
            where = cell.passage.where()
            problems.append(
                Problem(
                    "unreadable_amount",
                    said(
                        "table {table}, row {row}, column {column}: '{text}' is no readable "
                        "amount ({where}); checks that need it are not made, compare with the "
                        "source",
                        table=table.number,
                        row=row.key,
                        column=column.number,
                        text=squeeze(cell.text)[:40],
                        where=where.text,
                    ),
                    where,
                    table.number,
                )
            )
            continue
        facts = cell_facts(table.kind, table.columns, row, column)
        folded = cell.passage.text
        start = folded.find(amount.text)
        table.cells[row.line, column.index] = Number(
            id=f"t{table.number}.r{row.line - table.heading.rows + 1}.c{column.index + 1}",
            text=amount.text,
            value=amount.value,
            half=amount.half,
            unit=_unit_of(table, column, amount),
            part="table",
            # An amount that a line break parts stands in the whole cell.
            where=cell.passage.where(start, start + len(amount.text))
            if start >= 0
            else cell.passage.where(),
            table=table.number,
            table_kind=table.kind.id,
            row=row.key,
            column=column.number,
            name=f"{row.name}, {column.path[-1] if column.path else column.number}",
            facts=facts,
        )


def _unit_of(table: BudgetTable, column: Column, amount: Amount) -> str:
    measure = column.facts.get("measure") or column.base.get("measure")
    if amount.percent or measure == "growth":
        return "%"
    return "" if measure == "quantity" else table.unit
