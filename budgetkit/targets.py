"""Performance tables: budget fields, objectives and indicator rows, every number accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from budgetkit.amounts import fold_width, squeeze
from budgetkit.areas import TableArea
from budgetkit.blocks import Block, Cell, Passage, Problem, Where
from budgetkit.labels import parse_label, plain_name
from budgetkit.language import joined, said
from budgetkit.ledger import Number
from budgetkit.target_cells import name_unit_of, operator_of, tokens_of, values_of
from budgetkit.target_fields import read_field, read_head
from budgetkit.target_layout import (
    Body,
    RowCells,
    find_body,
    is_title,
    pattern,
    split_tables,
)
from budgetkit.target_pages import aligned_rows, goes_on
from budgetkit.target_records import Statement, Target, TargetLedger, TargetReading, TargetTable
from budgetkit.values import find_tokens

__all__ = ["Statement", "Target", "TargetReading", "TargetTable", "read_targets"]


def read_targets(
    areas: Sequence[TableArea], first_table_number: int, blocks: Sequence[Block] = ()
) -> TargetReading:
    """Reads performance tables, numbered from `first_table_number` on.

    `blocks` of the document tell where a table goes on in text that was not read as a table.

    Every number token of the areas becomes a ledger number (part "target") or is set aside with a
    reason; names and telephone numbers of persons are dropped. What cannot be read is a problem.
    """
    reading = TargetReading()
    number = first_table_number
    for area in areas:
        for part in split_tables(aligned_rows(area.grids)):
            if not any(cell.text for row in part for cell in row):
                continue
            number = _read_part(reading, area, number, part)
        if reading.headers and goes_on(blocks, area):
            _tell_unread(reading, reading.headers[-1])
    return reading


def _tell_unread(reading: TargetReading, table: TargetTable) -> None:
    """Says that the end of a table is missing: its sums are not checked."""
    table.unfinished = True
    message = (
        "the table goes on in text that was not read as a table, so its last indicators are "
        "missing and its sums are not checked; compare with the source"
    )
    last = table.targets[-1].where if table.targets else table.where
    text = f"table {table.number} ({last}): {message}"
    reading.problems.append(Problem("unread_rows", text, last, table.number))


def _read_part(
    reading: TargetReading, area: TableArea, number: int, rows: Sequence[tuple[Cell, ...]]
) -> int:
    """Reads one printed table, which may list several projects; the number of the next one."""
    body = find_body(rows)
    first = next(cell for row in rows for cell in row if cell.text)
    reader = _start(reading, area, number, body, first.passage.where())
    if is_title(first.text):
        reader.table.title = parse_label(first.text).printed
    read_head(reader, body)
    for cell in (c for row in [body.heading, *body.repeated] for c in row):
        _read_heading_cell(reader, cell)
    if not body.heading:
        reader.problem(
            "no_indicator_heading",
            said(
                "no heading row with indicator names and values was found, so no indicator is "
                "read; compare with the source"
            ),
            reader.table.where,
        )
    for passage in body.loose:
        _put_loose(reader, passage)
    for position, listed in enumerate(_by_project(body.rows)):
        if position:
            number += 1
            weight_total = reader.table.weight_total
            reader = _start(reading, area, number, body, _row_where(listed[0]))
            reader.table.weight_total = weight_total
        _read_rows(reader, body, listed)
    return number + 1


def _start(
    reading: TargetReading, area: TableArea, number: int, body: Body, where: Where
) -> TargetLedger:
    table = TargetTable(number, area.title, where=where, roles=body.roles)
    reading.headers.append(table)
    return TargetLedger(reading, table, area.unit or "万元")


def _by_project(rows: Sequence[RowCells]) -> list[list[RowCells]]:
    """The rows of each project, where the table has a column that names them."""
    parts: list[list[RowCells]] = []
    for row in rows:
        if not parts or (row.project and row.project != parts[-1][0].project):
            parts.append([])
        parts[-1].append(row)
    return parts


def _put_loose(reader: TargetLedger, passage: Passage) -> None:
    reader.put_all_aside(passage, "outside the columns")
    if any(token.is_value for token in find_tokens(passage.text)):
        reader.problem(
            "outside_columns",
            said(
                "'{text}' stands in no column of the heading; compare with the source",
                text=squeeze(passage.text)[:40],
            ),
            passage.where(),
        )


def _read_rows(reader: TargetLedger, body: Body, rows: Sequence[RowCells]) -> None:
    table = reader.table
    for row in rows:
        if row.project and not table.project:
            table.project, table.of_project = row.project, True
        _read_project_cells(reader, row)
        whole = () if _is_placeholder(row) else tuple(row.cells.values())
        for passage in row.amounts:
            if passage not in whole:
                reader.amount_among_words(passage)
        if _is_placeholder(row):
            for passage in row.cells.values():
                reader.put_all_aside(passage, "outside the columns")
            continue
        target = _read_row(reader, body, row, len(table.targets) + 1)
        table.targets.append(target)
        reader.reading.targets.append(target)
    table.execution_rate = table.execution_rate or any(
        pattern("cell", "execution_rate").fullmatch(t.name) for t in table.targets
    )


def _read_project_cells(reader: TargetLedger, row: RowCells) -> None:
    """Money and objectives of a project whose row of a list also names its first indicator."""
    for role in [r for r in row.cells if r == "objective" or r.startswith("budget_")]:
        read_field(reader, role, row.cells.pop(role), role)


def _is_placeholder(row: RowCells) -> bool:
    """A row of the form that nobody filled in: dots or strokes in place of name and target."""
    said = (row.text(role) for role in ("level_3", "target", "previous", "weight"))
    return not any(sign.isalnum() for text in said for sign in text)


def _read_heading_cell(reader: TargetLedger, cell: Cell) -> None:
    name = plain_name(cell.text)
    for match in re.finditer(r"\((\d{2,3})分?\)$", name):
        if int(match[1]) in {90, 100}:
            reader.table.weight_total = Decimal(match[1])
    reader.put_all_aside(cell.passage, "heading")


def _read_row(reader: TargetLedger, body: Body, row: RowCells, position: int) -> Target:
    table = reader.table
    name = row.text("level_3")
    where = _row_where(row)
    row_id = f"r{position}"
    name_unit = row.text("unit") or name_unit_of(name)
    texts = {"target": row.text("target"), "previous": row.text("previous")}
    target, target_unit = _read_value(reader, row, "target", name, row_id, name_unit)
    previous, previous_unit = _read_value(reader, row, "previous", name, row_id, name_unit)
    weighted, _ = _read_value(reader, row, "weight", name, row_id, "")
    _check_row(reader, body, row, name, weighted, where)
    scoring, evidence = _scoring(row)
    for role, passage in row.cells.items():
        if role in {"target", "previous", "weight"}:
            continue
        _read_other(reader, role, passage, name, row_id)
    return Target(
        id=f"g{table.number}.{position}",
        table=table.number,
        project=row.project or table.project,
        level_1=row.level_1,
        level_2=row.level_2,
        level_3=name,
        operator=operator_of(row.text("operator")) or operator_of(texts["target"], whole=True),
        target_text=texts["target"],
        basis=row.text("basis"),
        previous_text=texts["previous"],
        scoring=scoring,
        evidence=evidence,
        where=where,
        target=target,
        previous=previous,
        weighted=weighted,
        target_unit=target_unit,
        previous_unit=previous_unit,
        name_unit=name_unit,
        name=_plain(name, name_unit),
        more_values=len(values_of(row.cells["target"])) > 1 if "target" in row.cells else False,
    )


def _plain(name: str, unit: str) -> str:
    """An indicator's name without its number (指标1：) and its unit."""
    plain = pattern("name", "numbered").sub("", plain_name(name))
    return plain.removesuffix(f"({unit})").removesuffix("%")


def _scoring(row: RowCells) -> tuple[str, str]:
    """Scoring rule and evidence, also where one cell holds both."""
    scoring, evidence = row.text("scoring"), row.text("evidence")
    if not (scoring and evidence):
        passage = row.cells.get("evidence") or row.cells.get("scoring")
        text = " ".join(passage.text.split()) if passage is not None else ""
        if both := pattern("cell", "scoring_then_evidence").fullmatch(text):
            return both[1], both[2]
    return scoring, evidence


# A sign that asks for a number (≥ 间) where none follows, in digits or in words.
_BARE_SIGN = re.compile(r"\s*[≥≤<>=]+[^\d一二两三四五六七八九十百千万半]*")


def _row_where(row: RowCells) -> Where:
    passage = row.cells.get("level_3") or next(iter(row.cells.values()))
    return passage.where()


def _check_row(
    reader: TargetLedger,
    body: Body,
    row: RowCells,
    name: str,
    weighted: Number | None,
    where: Where,
) -> None:
    missing: list[str] = [
        role for role in ("level_3", "target") if role in body.roles and not row.text(role)
    ]
    if "target" not in missing and _BARE_SIGN.fullmatch(fold_width(row.text("target"))):
        missing.append("target")
    if "weight" in body.roles and weighted is None:
        missing.append("weight")
    if missing:
        words = {
            "level_3": said("name"),
            "target": said("target value"),
            "weight": said("weight"),
        }
        reader.problem(
            "short_row",
            said(
                "the indicator '{name}' has no readable {missing}; compare with the source",
                name=name[:30] or row.text("target"),
                missing=joined((words[role] for role in missing), ", "),
            ),
            where,
        )


def _read_other(reader: TargetLedger, role: str, passage: Passage, name: str, row_id: str) -> None:
    """Cells beside the values: numbers in names, bases and rules are part of their text."""
    if role == "other":
        values = values_of(passage)
        for token, unit in values:
            reader.number(passage, token, "other", name, row_id, unit)
        reader.rest_aside(passage, values)
        return
    reasons = {"level_3": "part of a name", "index": "list number", "project": "part of a name"}
    reader.put_all_aside(passage, reasons.get(role, f"part of the {role}"))


def _read_value(
    reader: TargetLedger, row: RowCells, role: str, name: str, row_id: str, name_unit: str
) -> tuple[Number | None, str]:
    """The first value of a cell, with the unit printed beside it; all go to the ledger."""
    passage = row.cells.get(role)
    if passage is None:
        return None, ""
    values = values_of(passage)
    if not values and any(token.is_value for token in tokens_of(passage.text)):
        reader.problem(
            "unreadable_amount",
            said(
                "'{text}' as {role} of '{name}' is no readable value; checks that need it are "
                "not made, compare with the source",
                text=squeeze(passage.text)[:40],
                role=said("target value")
                if role == "target"
                else said("previous value")
                if role == "previous"
                else said("weight"),
                name=name[:30],
            ),
            passage.where(),
        )
    numbers = [
        reader.number(
            passage, token, role if not place else f"{role}_{place + 1}", name, row_id,
            unit or name_unit,
        )
        for place, (token, unit) in enumerate(values)
    ]  # fmt: skip
    reader.rest_aside(passage, values)
    return (numbers[0], values[0][1]) if numbers else (None, "")
