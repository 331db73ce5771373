"""Performance tables: budget fields, objectives and indicator rows, every number accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from budgetkit.amounts import fold_width, squeeze
from budgetkit.areas import TableArea
from budgetkit.blocks import Cell, Passage, Where
from budgetkit.labels import plain_name
from budgetkit.ledger import Number
from budgetkit.target_cells import name_unit_of, operator_of, tokens_of, values_of
from budgetkit.target_fields import read_head
from budgetkit.target_layout import Body, RowCells, find_body, pattern, split_tables
from budgetkit.target_records import Statement, Target, TargetLedger, TargetReading, TargetTable
from budgetkit.values import find_tokens

__all__ = ["Statement", "Target", "TargetReading", "TargetTable", "read_targets"]


def read_targets(areas: Sequence[TableArea], first_table_number: int) -> TargetReading:
    """Reads performance tables, numbered from `first_table_number` on.

    Every number token of the areas becomes a ledger number (part "target") or is set aside with a
    reason; names and telephone numbers of persons are dropped. What cannot be read is a problem.
    """
    reading = TargetReading()
    number = first_table_number
    for area in areas:
        rows = [row for grid in area.grids for row in grid.rows]
        for part in split_tables(rows):
            if not any(cell.text for row in part for cell in row):
                continue
            _read_table(reading, area, number, part)
            number += 1
    return reading


def _read_table(
    reading: TargetReading, area: TableArea, number: int, rows: Sequence[tuple[Cell, ...]]
) -> None:
    first = next(cell for row in rows for cell in row if cell.text)
    table = TargetTable(number, area.title, where=first.passage.where())
    reader = TargetLedger(reading, table, area.unit or "万元")
    reading.headers.append(table)
    body = find_body(rows)
    table.roles = body.roles
    read_head(reader, body)
    for cell in (c for row in [body.heading, *body.repeated] for c in row):
        _read_heading_cell(reader, cell)
    if not body.heading:
        reader.problem(
            "no_indicator_heading",
            "no heading row with indicator names and values was found, so no indicator is read; "
            "compare with the source",
            table.where,
        )
    for passage in body.loose:
        reader.put_all_aside(passage, "outside the columns")
        if any(token.is_value for token in find_tokens(passage.text)):
            reader.problem(
                "outside_columns",
                f"'{squeeze(passage.text)[:40]}' stands in no column of the heading; "
                "compare with the source",
                passage.where(),
            )
    for position, row in enumerate(body.rows, start=1):
        target = _read_row(reader, body, row, position)
        table.targets.append(target)
        reading.targets.append(target)
    table.execution_rate = table.execution_rate or any(
        pattern("cell", "execution_rate").fullmatch(t.name) for t in table.targets
    )


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
    if row.project and not table.project:
        reader.table.project = row.project
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
        name=plain_name(name).removesuffix(f"({name_unit})").removesuffix("%"),
    )


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
        words = {"level_3": "name", "target": "target value", "weight": "weight"}
        reader.problem(
            "short_row",
            f"the indicator '{name[:30] or row.text('target')}' has no readable "
            f"{', '.join(words[role] for role in missing)}; compare with the source",
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
            f"'{squeeze(passage.text)[:40]}' as {role} of '{name[:30]}' is no readable value; "
            "checks that need it are not made, compare with the source",
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
