"""The fields above the indicators of a performance table: project, budget, objectives, persons."""

from __future__ import annotations

import re

from budgetkit.amounts import fold_width, squeeze
from budgetkit.blocks import Cell, Passage
from budgetkit.labels import plain_name
from budgetkit.target_cells import values_of
from budgetkit.target_layout import Body, field_role, pattern
from budgetkit.target_records import Statement, TargetLedger
from budgetkit.values import Token, find_tokens, find_unit

__all__ = ["read_head"]

_UNIT_IN_LABEL = re.compile(r"[(:：]\s*(?:单位[:：])?(亿元|万元|千元|元)\s*\)?$")
_UNIT_AFTER = re.compile(r"\s*\(([^()\d]{1,8})\)")
_LONG_TEXT = 24


def read_head(reader: TargetLedger, body: Body) -> None:
    pending: tuple[Passage, str] | None = None
    for row in body.head:
        role = label = ""
        unit = reader.unit
        for cell in row:
            if not cell.text:
                continue
            if pattern("cell", "execution_rate").fullmatch(plain_name(cell.text)):
                reader.table.execution_rate = True
            own = field_role(cell.text)
            if own:
                role, label = own, cell.text
                unit = _label_unit(cell.text) or unit
                reader.put_all_aside(cell.passage, "heading")
                continue
            inner = _label_inside(cell) if role != "objective" else None
            if inner is not None:
                own, passage = inner
                _read_field(reader, own, passage, label or cell.text, unit)
                role = ""
                continue
            if role == "objective" and pending is not None:
                _read_objective(reader, pending[0])
                pending = None
            if role == "objective":
                pending = (cell.passage, label)
            elif not role and pending is not None and cell.text:
                # The text goes on behind a page break, below its label.
                pending = (pending[0].joined(cell.passage), pending[1])
            else:
                _read_field(reader, role, cell.passage, label, unit)
            role = "" if role != "private" else role
    if pending is not None:
        _read_objective(reader, pending[0])


def _label_unit(text: str) -> str:
    match = _UNIT_IN_LABEL.search(fold_width(text).strip())
    return match[1] if match else ""


def _label_inside(cell: Cell) -> tuple[str, Passage] | None:
    """A field printed with its label in one cell (label: value)."""
    folded = fold_width(cell.passage.text)
    cut = folded.find(":")
    if not 0 < cut < _LONG_TEXT or cut + 1 >= len(folded.rstrip()):
        return None
    role = field_role(folded[:cut])
    if role in {"", "heading"}:
        return None
    return role, _tail(cell.passage, cut + 1)


def _tail(passage: Passage, start: int) -> Passage:
    """A passage from a character on, blanks before it kept so that offsets stay."""
    return Passage(" " * start + passage.text[start:], passage.pieces)


def _read_field(reader: TargetLedger, role: str, passage: Passage, label: str, unit: str) -> None:
    table = reader.table
    if role == "private":
        reader.put_all_aside(passage, "private")
    elif role == "department":
        table.department = table.department or squeeze(passage.text)
        reader.put_all_aside(passage, "part of a name")
    elif role == "project":
        table.project = table.project or squeeze(passage.text)
        reader.put_all_aside(passage, "part of a name")
    elif role == "objective":
        _read_objective(reader, passage)
    elif role.startswith("budget_"):
        _read_budget(reader, role, passage, label, unit)
    else:
        for token in find_tokens(passage.text):
            if token.is_value:
                reader.number(passage, token, "other", squeeze(label), "h", token.unit)
            else:
                reader.put_aside(passage, token, token.reason)


def _read_budget(reader: TargetLedger, role: str, passage: Passage, label: str, unit: str) -> None:
    values = values_of(passage)
    where = passage.where()
    for position, (token, printed) in enumerate(values):
        number = reader.number(
            passage, token, role if not position else "other", squeeze(label), "h", printed or unit
        )
        if position == 0 and role not in reader.table.budget:
            reader.table.budget[role] = number
    reader.rest_aside(passage, values)
    if not values and plain_name(passage.text).strip("-/—"):
        reader.problem(
            "unreadable_amount",
            f"'{squeeze(passage.text)[:40]}' beside '{squeeze(label)}' is no readable amount; "
            "checks that need it are not made, compare with the source",
            where,
        )


def _read_objective(reader: TargetLedger, passage: Passage) -> None:
    """The text of the objectives, with every value and what it is said of."""
    table = reader.table
    table.objective = f"{table.objective} {squeeze(passage.text)}".strip()
    folded = fold_width(passage.text)
    end = 0
    listed = False
    sentence = 0
    for token in find_tokens(passage.text):
        if not token.is_value:
            reader.put_aside(passage, token, token.reason)
            continue
        between = folded[end : token.start]
        if re.search(r"[。;]", between):
            sentence += 1
            listed = False
        if pattern("objective", "opens").search(between):
            listed = True
        label = _label_before(between)
        unit = token.unit
        after = _UNIT_AFTER.match(folded, token.end)
        if not unit and after and find_unit(after[1]) == after[1]:
            unit = after[1]
        row = label or "objective"
        row_id = f"o{len(table.statements) + 1}"
        number = reader.number(passage, token, "objective", row, row_id, unit)
        table.statements.append(Statement(number, label, sentence, listed))
        end = _after_unit(folded, token)


def _after_unit(folded: str, token: Token) -> int:
    """Where the text goes on behind a value and its unit."""
    rest = folded[token.end :]
    return token.end + (len(rest) - len(rest.lstrip()) + len(token.unit) if token.unit else 0)


def _label_before(between: str) -> str:
    """What a number in a text is said of: the words before it in its clause."""
    text = plain_name(re.sub(r"\(\w{1,4}\)", "", between))
    for cut in reversed(list(re.finditer(r"[,;:。\n]", text))):
        if cut.end() < len(text):
            text = text[cut.end() :]
            break
    text = re.sub(r"^(?:以上|以内|以下|人次|左右|、|,)+", "", text)
    return pattern("objective", "trailing").sub("", pattern("objective", "leading").sub("", text))
