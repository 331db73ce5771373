"""Where things stand in a performance table: fields, headings, rows realigned by their content.

Text of such tables comes broken: a heading loses a cell, a row begins one column too far left or
right, a cell is cut by a page break. What a cell says (a level's name, a sign and a value, a
weight, a scoring rule) tells which column it belongs to.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from budgetkit.amounts import fold_width, is_plain_amount, parse_amount, squeeze
from budgetkit.blocks import Cell, Passage
from budgetkit.labels import parse_label, plain_name
from budgetkit.values import find_tokens
from budgetkit.vocabulary import find_kind, load

__all__ = [
    "Body", "Layout", "RowCells", "field_role", "find_body", "fit_of", "heading_layout", "is_level",
    "is_title", "is_vertical", "leading_operator", "pattern", "repaired_layout", "split_tables",
    "starts_table",
]  # fmt: skip

Layout = dict[int, str]
"""Column position to role: level_1, level_2, level_3, target, previous, weight …"""

_TITLE = 80
_LABEL = 24  # no label of a field or column is longer
_SHIFTS = (0, 1, -1, 2, -2)
_BRACKET = re.compile(r"\([^()]*\)$")
_ENDS_WITH_DECIMALS = re.compile(r"\d\.\d+$")
_ENDS_WITH_COMMA = re.compile(r",\d{1,2}$")
_BEGINS_WITH_POINT = re.compile(r"\d[\d,]*\.\d")
_ORDER = (
    "level_1", "level_2", "level_3", "operator", "target", "unit", "basis", "previous",
    "weight", "scoring", "evidence",
)  # fmt: skip
_NUMBERS = frozenset({"target", "previous", "weight", "other", "objective"})
"""Columns whose numbers are read, wherever they stand in a cell."""
_LOSABLE = ("basis", "previous", "scoring", "evidence")


@functools.cache
def pattern(section: str, name: str) -> re.Pattern[str]:
    """One pattern, or any of a list of patterns, of the vocabulary of target tables."""
    found = load("targets.toml")[section][name]
    return re.compile("|".join(f"(?:{p})" for p in ([found] if isinstance(found, str) else found)))


@functools.cache
def _roles(kind: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (row["role"], re.compile("|".join(f"(?:{p})" for p in row["is"])))
        for row in load("targets.toml")[kind]
    )


@functools.lru_cache(maxsize=4000)
def _role(kind: str, text: str) -> str:
    if not text or len(text) > 2 * _LABEL:
        return ""
    name = plain_name(text)
    if not name or len(name) > _LABEL:
        return ""
    for role, words in _roles(kind):
        if words.fullmatch(name) or words.fullmatch(_BRACKET.sub("", name)):
            return role
    return ""


def field_role(text: str) -> str:
    """What a label above the indicators announces (project, budget_total …), or ""."""
    return _role("field", text)


def starts_table(row: Sequence[Cell]) -> bool:
    """Whether a row below indicators is the first of another table: its title or first field."""
    filled = [cell.text for cell in row if cell.text]
    if not filled:
        return False
    if len(filled) == 1 and is_title(filled[0]):
        return True
    words = filled[0].split(None, 1)
    return any(field_role(label) in {"project", "department"} for label in [filled[0], *words[:1]])


@functools.lru_cache(maxsize=4000)
def is_title(text: str) -> bool:
    """Whether a text is the title of a performance table."""
    if len(text) > _TITLE or not plain_name(text).endswith("表"):
        return False
    kind = find_kind(parse_label(text).name)
    return kind is not None and kind.id == "performance_targets"


def is_level(text: str, depth: int = 0) -> bool:
    """Whether a text is a whole name of a first (1) or second (2) level, or of either (0)."""
    name = plain_name(text)
    return bool(
        (depth != 2 and pattern("level", "first").fullmatch(name))
        or (depth != 1 and pattern("level", "second").fullmatch(name))
    )


@dataclass(slots=True)
class RowCells:
    """One indicator row: the passage of every role that is not blank, its levels filled down.

    `amounts` are the cells that hold nothing but an amount where words belong: beside others of
    their role they are no longer seen to.
    """

    cells: dict[str, Passage]
    level_1: str = ""
    level_2: str = ""
    project: str = ""
    amounts: list[Passage] = field(default_factory=list)

    def text(self, role: str) -> str:
        """The text of one role as one line, "" where blank."""
        passage = self.cells.get(role)
        return squeeze(passage.text) if passage is not None else ""


@dataclass(slots=True)
class Body:
    """A table taken apart: rows of fields, the heading, indicator rows, and what is outside.

    `loose` are passages that stand in no column of the heading; `lost` says which heading cells
    were missing and put back by what the rows say.
    """

    head: list[tuple[Cell, ...]]
    heading: tuple[Cell, ...] = ()
    repeated: list[tuple[Cell, ...]] = field(default_factory=list)
    rows: list[RowCells] = field(default_factory=list)
    loose: list[Passage] = field(default_factory=list)
    lost: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()


def split_tables(rows: Sequence[tuple[Cell, ...]]) -> list[list[tuple[Cell, ...]]]:
    """The rows of an area, cut where the fields of another table begin below indicator rows."""
    tables: list[list[tuple[Cell, ...]]] = [[]]
    heading_seen = body_seen = False
    for row in rows:
        if heading_layout(row) is not None:
            heading_seen = True
        elif heading_seen:
            if body_seen and starts_table(row):
                tables.append([])
                heading_seen = body_seen = False
            else:
                body_seen = True
        tables[-1].append(row)
    return tables


def heading_layout(row: Sequence[Cell]) -> Layout | None:
    """The role of every column where a row is a heading of indicators, else None."""
    if not any(_role("column", cell.text) == "level_3" for cell in row):
        return None
    layout: Layout = {}
    for cell in row:
        if not cell.text:
            continue
        role = _role("column", cell.text)
        if not role and (own := field_role(cell.text)).startswith("budget_"):
            role = own
        layout[cell.column] = role or "other"
        if role and list(layout.values()).count(role) > 1:
            layout[cell.column] = "other"
    found = set(layout.values())
    if "level_3" in found and found & {"target", "weight"} and len(found) >= 3:
        texts = {cell.column: cell.text for cell in reversed(row)}
        return {
            column: role
            for column, role in layout.items()
            if not (role == "other" and _is_label(texts[column]))
        }
    return None


def _is_label(text: str) -> bool:
    return bool(pattern("level", "label").fullmatch(plain_name(text)))


def find_body(rows: Sequence[tuple[Cell, ...]]) -> Body:
    """Takes the rows of one table apart; without a heading row everything is head."""
    for position, row in enumerate(rows):
        layout = heading_layout(row)
        if layout is None:
            continue
        body = Body(list(rows[:position]), row)
        data = []
        for later in rows[position + 1 :]:
            if heading_layout(later) is not None:
                body.repeated.append(later)
            elif any(cell.text for cell in later):
                data.append(later)
        layout, body.lost = repaired_layout(layout, data)
        body.roles = frozenset(layout.values())
        _read_rows(body, layout, data)
        return body
    return Body(list(rows))


def repaired_layout(
    layout: Layout, data: Sequence[tuple[Cell, ...]]
) -> tuple[Layout, tuple[str, ...]]:
    """The layout that fits the rows best: as printed, or with one lost cell put back."""
    rows = [_texts(row) for row in data]
    if all(_stands(layout, row) for row in rows):
        return layout, ()
    best, lost = layout, ""
    best_score = sum(_best_fit(layout, row) for row in rows)
    for role in _LOSABLE:
        if role in layout.values():
            continue
        candidate = _with_role(layout, role)
        score = sum(_best_fit(candidate, row) for row in rows) - len(rows)
        if score > best_score:
            best, best_score, lost = candidate, score, role
    return best, (lost,) if lost else ()


def _with_role(layout: Layout, role: str) -> Layout:
    rank = _ORDER.index(role)
    columns = sorted(layout)
    later = [c for c in columns if layout[c] in _ORDER and _ORDER.index(layout[c]) > rank]
    place = later[0] if later else columns[-1] + 1
    moved = {(c + 1 if c >= place else c): r for c, r in layout.items()}
    return {**moved, place: role}


def _texts(row: Iterable[Cell]) -> list[tuple[int, str]]:
    """Columns and texts of a row's cells, without blanks and the label beside all indicators."""
    return [(c.column, text) for c in row if (text := c.text) and not is_vertical(text)]


def _stands(layout: Layout, row: Sequence[tuple[int, str]]) -> bool:
    """Whether no cell of a row speaks against the column that it is printed in."""
    return all(fit_of(layout.get(column, ""), text) >= 0 for column, text in row)


def _best_fit(layout: Layout, row: Sequence[tuple[int, str]]) -> int:
    return _fit(layout, row, _best_shift(layout, row))


def _best_shift(layout: Layout, row: Sequence[tuple[int, str]]) -> int:
    if _stands(layout, row):
        return 0
    return max(_SHIFTS, key=lambda shift: (_fit(layout, row, shift), -abs(shift)))


def _fit(layout: Layout, row: Sequence[tuple[int, str]], shift: int) -> int:
    return sum(fit_of(layout.get(column - shift, ""), text) for column, text in row) - abs(shift)


@functools.lru_cache(maxsize=20_000)
def is_vertical(text: str) -> bool:
    """The label that runs down beside all indicators (绩效指标) is no indicator itself."""
    return len(text) > 2 and bool(pattern("level", "label").fullmatch(plain_name(text)))


@functools.lru_cache(maxsize=20_000)
def fit_of(role: str, text: str) -> int:
    """How well a text fits a column: 3 for certain, below zero where it speaks against it."""
    if not role:
        return -4
    name = plain_name(text)
    amount = parse_amount(text)
    signed = bool(leading_operator(text))
    if role in {"level_1", "level_2"}:
        if is_level(name, 1 if role == "level_1" else 2):
            return 3
        return -4 if signed or amount else -1
    if role == "level_3":
        if is_level(name) or signed or amount:
            return -4
        return 1
    if role == "target":
        if signed:
            return 3
        return 1 if amount or any(t.is_value for t in find_tokens(text)) else 0
    if role == "operator":
        return 3 if signed and len(name) <= 4 else -1
    if role == "weight":
        return 3 if amount is not None and 0 <= amount.value <= 100 else -3
    if role == "scoring":
        return 3 if pattern("cell", "scoring").fullmatch(name) else (-3 if amount else -1)
    if role == "evidence":
        return 2 if pattern("cell", "evidence").fullmatch(name) else (-3 if amount else 0)
    if role == "basis":
        return 2 if pattern("cell", "basis").fullmatch(name) else (-3 if signed or amount else 0)
    if role == "previous":
        if pattern("cell", "scoring").fullmatch(name) or signed:
            return -3
        return 1 if any(t.is_value for t in find_tokens(text)) else 0
    return 0


def leading_operator(text: str) -> str:
    """The sign of comparison that a text begins with, or ""."""
    name = fold_width(text).strip()
    for sign in load("targets.toml")["operator"]:
        match = pattern("operator", sign).match(name)
        if match:
            return str(sign)
    return ""


def _read_rows(body: Body, layout: Layout, data: Sequence[tuple[Cell, ...]]) -> None:
    shift = 0
    level = {"level_1": "", "level_2": ""}
    project = ""
    for row in data:
        filled = [cell for cell in row if cell.text and not is_vertical(cell.text)]
        if not filled:
            continue
        continued = bool(body.rows) and _is_continuation(layout, filled, shift)
        if not continued:
            shift = _best_shift(layout, _texts(filled))
            continued = bool(body.rows) and _is_continuation(layout, filled, shift)
        cells = _by_role(body, layout, filled, shift)
        amounts = _among_words(layout, filled, shift)
        if body.rows:
            _join_levels(body.rows, cells, level)
        if continued:
            _join(body.rows[-1], cells)
            body.rows[-1].amounts += amounts
            continue
        for name in ("level_1", "level_2"):
            if name in cells:
                level[name] = plain_name(cells[name].text)
                if name == "level_1":
                    level["level_2"] = ""
        if "project" in cells:
            project = squeeze(cells["project"].text)
        if "level_3" in cells or "target" in cells or "weight" in cells:
            body.rows.append(RowCells(cells, level["level_1"], level["level_2"], project, amounts))
        elif not set(cells) <= {"level_1", "level_2", "project"}:
            body.loose.extend(cells.values())


def _among_words(layout: Layout, filled: Sequence[Cell], shift: int) -> list[Passage]:
    """The cells of a row that are nothing but an amount in a column of words."""
    return [
        cell.passage
        for cell in filled
        if _holds_words(layout.get(cell.column - shift, "")) and is_plain_amount(cell.text)
    ]


def _holds_words(role: str) -> bool:
    return bool(role) and role not in _NUMBERS and not role.startswith("budget_")


def _by_role(body: Body, layout: Layout, filled: Sequence[Cell], shift: int) -> dict[str, Passage]:
    cells: dict[str, Passage] = {}
    for cell in filled:
        role = layout.get(cell.column - shift, "")
        if role and role not in cells:
            cells[role] = cell.passage
        elif role:
            cells[role] = cells[role].joined(cell.passage, " ")
        else:
            body.loose.append(cell.passage)
    return cells


def _is_continuation(layout: Layout, filled: Sequence[Cell], shift: int) -> bool:
    """A row that names no indicator of its own, or nothing but a piece of text of one."""
    texts = {layout.get(cell.column - shift, ""): cell.text for cell in filled}
    if "" in texts:
        return False
    pieces = [texts[r] for r in ("level_1", "level_2") if r in texts]
    if any(is_level(piece) for piece in pieces):
        return False
    own = {"weight", "target"} & set(layout.values())
    return "level_3" not in texts or (len(own) > 1 and not own & set(texts))


def _join_levels(
    rows: Sequence[RowCells], cells: dict[str, Passage], level: dict[str, str]
) -> None:
    """A level name cut in two: its tail stands at the row below."""
    for name in ("level_1", "level_2"):
        tail = cells.get(name)
        head = level[name]
        if tail is None or is_level(tail.text, 1 if name == "level_1" else 2):
            continue
        whole = head + plain_name(tail.text)
        if head and is_level(whole):
            level[name] = whole
            del cells[name]
            for above in reversed(rows):
                if getattr(above, name) != head:
                    break
                setattr(above, name, whole)


def _join(above: RowCells, cells: dict[str, Passage]) -> None:
    for role, passage in cells.items():
        head = above.cells.get(role)
        if head is None:
            above.cells[role] = passage
        elif not _repeats(head.text, passage.text):
            above.cells[role] = head.joined(passage, _between(head.text, passage.text))


def _between(head: str, tail: str) -> str:
    """A blank between two numbers, so that they stay two: a weight of 4 and 12.00 are none of 412.00.

    What is cut by a break filled the line before it, and no number has two points.
    """
    head, tail = fold_width(head).strip(), fold_width(tail).strip()
    if is_plain_amount(tail) and parse_amount(head) is not None:
        return " "
    if not (head[-1:].isdecimal() and tail[:1].isdecimal()):
        return ""
    if _ENDS_WITH_DECIMALS.search(head) and _BEGINS_WITH_POINT.match(tail):
        return " "
    cut = _ENDS_WITH_COMMA.search(head) or len(tail) <= len(head)
    return "" if cut or parse_amount(tail) is None else " "


def _repeats(head: str, tail: str) -> bool:
    """A piece that the cell above already ends with, printed a second time behind the break."""
    return not any(sign.isdigit() for sign in tail) and bool(
        pattern("cell", "scoring").fullmatch(plain_name(head)) and head.endswith(tail)
    )
