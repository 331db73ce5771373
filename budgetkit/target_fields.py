"""The fields above the indicators of a performance table: project, budget, objectives, persons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from budgetkit.amounts import fold_width, squeeze
from budgetkit.blocks import Cell, Passage
from budgetkit.labels import plain_name
from budgetkit.language import said
from budgetkit.target_cells import values_of
from budgetkit.target_layout import Body, field_role, pattern
from budgetkit.target_records import Statement, TargetLedger
from budgetkit.values import Token, find_tokens, find_unit

__all__ = ["read_field", "read_head"]

_UNIT_IN_LABEL = re.compile(r"[(:：]\s*(?:单位[:：])?(亿元|万元|千元|元)\s*\)?$")
_UNIT_AFTER = re.compile(r"\s*\(([^()\d]{1,8})\)")
_LABEL_AND_NAME = re.compile(r"\s*(\S{2,12})\s+\S")
_LONG_TEXT = 24


def read_head(reader: TargetLedger, body: Body) -> None:
    """Reads the rows above the heading of the indicators into the reader's table."""
    pending: Passage | None = None
    group: tuple[int, str] = (-1, "")  # the column of a label over several rows, and its unit
    annual = 0
    for row in body.head:
        annual = _annual_place(row, annual)
        group = _group(row, group)
        role = label = ""
        unit = group[1] or reader.unit
        seen: Counter[str] = Counter()
        for cell in (cell for cell in row if cell.text):
            if pattern("cell", "execution_rate").fullmatch(plain_name(cell.text)):
                reader.table.execution_rate = True
            own = field_role(cell.text)
            if own:
                seen[own] += 1
                role, label = own, cell.text
                reader.table.of_project |= own == "project"
                unit = _label_unit(cell.text) or unit
                reader.put_all_aside(cell.passage, "heading")
                continue
            inner = _label_inside(cell) if role != "objective" else None
            if inner is not None:
                own, passage = inner
                reader.table.of_project |= own == "project"
                read_field(reader, own, passage, label or cell.text, unit)
                role = ""
            elif role == "objective":
                if pending is not None:
                    _read_objective(reader, pending)
                pending = cell.passage
            elif not role and pending is not None:
                # The text goes on behind a page break, below its label.
                pending = pending.joined(cell.passage, _between(pending, cell))
            else:
                first = seen[role] <= annual
                read_field(reader, role, cell.passage, label, unit, other=first and annual > 0)
            role = role if role == "private" else ""
    if pending is not None:
        _read_objective(reader, pending)


def _annual_place(row: Sequence[Cell], before: int) -> int:
    """How many fields of a kind stand left of the one for this year, as the totals' row tells.

    A project of several years prints its whole money beside this year's, row by row.
    """
    totals = [c for c in row if c.text and field_role(c.text) == "budget_total"]
    if not totals:
        return before
    annual = [i for i, c in enumerate(totals) if pattern("objective", "annual").search(c.text)]
    return annual[0] if annual else 0


def _group(row: Sequence[Cell], before: tuple[int, str]) -> tuple[int, str]:
    """The unit that a label beside several rows prints (资金金额(元)), until the next label there."""
    first = next((cell for cell in row if cell.text), None)
    if first is None or first.column > before[0] >= 0:
        return before
    unit = _label_unit(first.text) if field_role(first.text) == "heading" else ""
    return (first.column, unit) if unit else (-1, "")


def _between(above: Passage, below: Cell) -> str:
    """A blank between two whole numbers, so that they stay two; else nothing parts a text."""
    return " " if above.text[-1:].isdecimal() and below.text[:1].isdecimal() else ""


def _label_unit(text: str) -> str:
    match = _UNIT_IN_LABEL.search(fold_width(text).strip())
    return match[1] if match else ""


def _label_inside(cell: Cell) -> tuple[str, Passage] | None:
    """A field printed with its label in one cell: behind a colon, or a name behind a blank."""
    folded = fold_width(cell.passage.text)
    cut = folded.find(":")
    if 0 < cut < _LONG_TEXT and cut + 1 < len(folded.rstrip()):
        role = field_role(folded[:cut])
        if role not in {"", "heading"}:
            return role, _tail(cell.passage, cut + 1)
    if blank := _LABEL_AND_NAME.match(folded):
        role = field_role(blank[1])
        if role in {"project", "department"}:
            return role, _tail(cell.passage, blank.end(1) + 1)
    return None


def _tail(passage: Passage, start: int) -> Passage:
    """A passage from a character on, blanks before it kept so that offsets stay."""
    return Passage(" " * start + passage.text[start:], passage.pieces)


def read_field(
    reader: TargetLedger,
    role: str,
    passage: Passage,
    label: str,
    unit: str = "",
    *,
    other: bool = False,
) -> None:
    """What stands beside a label: a name, an amount of the budget, the text of the objectives.

    An `other` amount is kept and is no part of this year's budget.
    """
    table = reader.table
    unit = unit or reader.unit
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
        _read_budget(reader, role, passage, label, unit, other)
    elif role in {"period", "attribute"}:
        reader.put_all_aside(passage, f"part of the {role}")
    else:
        for token in find_tokens(passage.text):
            if token.is_value:
                reader.number(passage, token, "other", squeeze(label), "h", token.unit)
            else:
                reader.put_aside(passage, token, token.reason)


def _read_budget(
    reader: TargetLedger, role: str, passage: Passage, label: str, unit: str, other: bool
) -> None:
    values = values_of(passage)
    where = passage.where()
    for position, (token, printed) in enumerate(values):
        number = reader.number(
            passage,
            token,
            role if not position and not other else "other",
            squeeze(label),
            "h",
            printed or unit,
        )
        if position == 0 and not other and role not in reader.table.budget:
            reader.table.budget[role] = number
    reader.rest_aside(passage, values)
    if not values and plain_name(passage.text).strip("-/—"):
        reader.problem(
            "unreadable_amount",
            said(
                "'{text}' beside '{label}' is no readable amount; checks that need it are not "
                "made, compare with the source",
                text=squeeze(passage.text)[:40],
                label=squeeze(label),
            ),
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
