"""What rows and cells state: flow, fund, nature, classification code, carry-over, label."""

from __future__ import annotations

from collections.abc import Sequence

from budgetkit.amounts import parse_amount
from budgetkit.heading_rows import Matrix
from budgetkit.headings import Column
from budgetkit.labels import plain_name
from budgetkit.rows import Row
from budgetkit.vocabulary import TableKind, beside, find_term_below

__all__ = ["cell_facts", "state_facts"]


def cell_facts(
    kind: TableKind, columns: Sequence[Column], row: Row, column: Column
) -> dict[str, str]:
    """What a number in this row and column states: of the table, the row and the column."""
    facts = {**kind.facts, **column.base, **row.facts, **column.facts}
    if "fund" in column.facts and facts.get("flow") == "income" and "carry" not in facts:
        told = any("yes" in (c.facts.get("carry"), c.base.get("carry")) for c in columns)
        facts["carry"] = "no" if told else "unsaid"
    return facts


def state_facts(rows: list[Row], columns: Sequence[Column], matrix: Matrix) -> None:
    """What every row states: the table's kind, its parents, its own code, label and project."""
    economic = any("经济" in column.heading for column in columns if column.role != "amount")
    units = _leading_units(rows)
    order = sorted(range(len(rows)), key=lambda index: _depth(rows, index))
    for index in order:
        row = rows[index]
        facts = dict(rows[row.parent].facts) if row.parent is not None else {}
        if row.kind == "total" and row.parent is None:
            facts = {}
        term = find_term_below(row.label.name, facts)
        if row.kind == "unit":
            # One unit is the whole department; several are parts of it.
            if len(units) > 1 or (row.parent is not None and rows[row.parent].kind == "unit"):
                facts["unit"] = row.code or row.label.name
        elif row.code:
            facts[_code_dimension(row.code, economic)] = row.code
        elif term is not None:
            facts.update(term.facts)
        elif row.label.name:
            facts["label"] = row.label.name
        for code in row.codes:
            if len(code) in {3, 5, 7} and row.kind != "unit" and code != row.code:
                facts.setdefault(_code_dimension(code, code[0] in "35"), code)
        if row.project:
            facts["project"] = plain_name(row.project)
        if not row.code and "fund" in (term.facts if term else {}) and "carry" not in facts:
            facts["carry"] = "no"
        row.facts = facts
    _tell_carry(rows, columns, matrix)
    _tell_siblings_apart(rows)
    _tell_doubles_apart(rows)


def _tell_carry(rows: Sequence[Row], columns: Sequence[Column], matrix: Matrix) -> None:
    """Whether sums count what is carried over, as far as the list says so.

    Where carry-over has no row of its own, the funds may hold it. Where something is carried
    forward to next year, the grand total counts it and the total of the year does not.
    """
    if not any(row.facts.get("carry") == "yes" for row in rows):
        for row in rows:
            if row.facts.get("carry") == "no":
                row.facts = {**row.facts, "carry": "unsaid"}
    forward = [row for row in rows if row.facts.get("forward") == "yes"]
    if any(_prints_amount(row, columns, matrix) for row in forward):
        for row in rows:
            if row.kind != "total":
                continue
            facts = {k: v for k, v in row.facts.items() if k != "carry"}
            row.facts = facts if row.parent is not None else {**facts, "forward": "included"}


def _prints_amount(row: Row, columns: Sequence[Column], matrix: Matrix) -> bool:
    for column in columns:
        cell = matrix[row.line].get(column.index)
        amount = parse_amount(cell.text) if cell is not None and cell.text else None
        if column.role == "amount" and amount is not None and amount.value:
            return True
    return False


def _leading_units(rows: Sequence[Row]) -> list[Row]:
    """The units that rows which are no units stand below; all units where there are no such rows."""
    leading = {row.parent for row in rows if row.kind != "unit" and row.parent is not None}
    positions = [position for position, row in enumerate(rows) if row.kind == "unit"]
    found = [position for position in positions if position in leading] or positions
    return [rows[position] for position in found]


def _tell_doubles_apart(rows: Sequence[Row]) -> None:
    """Rows of which two say the same are details of it: none of them is the quantity itself."""
    seen: dict[tuple[tuple[str, str], ...], list[Row]] = {}
    for row in rows:
        seen.setdefault(tuple(sorted(row.facts.items())), []).append(row)
    for same in seen.values():
        details = [row for row in same if row.kind not in {"total", "unit"} and row.key]
        if len(details) > 1:
            for row in details:
                row.facts = {**row.facts, "detail": f"{row.label.name} {row.line}".strip()}


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
        parents = {row.parent for row in rows if row.facts.get(dimension) == sibling}
        for row in rows:
            told = row.term is not None and row.parent is not None and row.parent in parents
            if told and row.facts.get(dimension) == named:
                row.facts[dimension] = means
