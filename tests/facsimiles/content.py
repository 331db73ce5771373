"""The reference document as it must have been printed: texts and ruled tables, in order.

The text in ``data/raw`` lost the merged cells and broke rows; here they are put back from what
was read (heading trees, indicator rows), so that every format can print the same document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from budgetkit.amounts import parse_amount, squeeze
from budgetkit.areas import TableArea
from budgetkit.blocks import Grid, Paragraph
from budgetkit.disclosure import Disclosure, read_disclosure
from budgetkit.headings import HeadingNode
from budgetkit.labels import plain_name
from budgetkit.tables import BudgetTable
from budgetkit.target_records import Target, TargetTable

KEY = "kezhou-hrss-2026"
_PRIVATE = {"部门联系人", "联系电话", "项目负责人"}
_HAN = r"[\u4e00-\u9fff（）“”、，]"
_WRAP = re.compile(rf"(?<={_HAN}) (?={_HAN})")
_PROJECT_HEADING = (
    "一级指标", "二级指标", "三级指标", "指标值", "指标值设置依据", "上年完成值",
    "指标分值权重", "指标赋分规则", "佐证资料",
)  # fmt: skip
_DEPARTMENT_HEADING = ("一级指标", "二级指标", "三级指标", "指标值", "指标设定依据", "分值权重")
_FIELDS = {
    (9, 2): ((0, 2), (2, 7)),
    (9, 4): ((0, 2), (2, 4), (6, 1), (7, 2)),
    (9, 7): ((0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 2)),
    (6, 2): ((0, 2), (2, 4)),
    (6, 4): ((0, 2), (2, 1), (3, 1), (4, 2)),
}
"""Where the fields above the indicators stand: (first column, columns), by width and count."""


@dataclass(frozen=True)
class Text:
    """A paragraph; `level` 1 to 6 for a heading, 0 for body text."""

    text: str
    level: int = 0


@dataclass(frozen=True)
class PrintedCell:
    """A cell with its spans."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    in_table: bool = True

    @property
    def is_amount(self) -> bool:
        """Whether it is printed as an amount, with decimals."""
        amount = parse_amount(self.text)
        return amount is not None and amount.places > 0


@dataclass(frozen=True)
class PrintedTable:
    """A ruled table: its cells in printed order, how many rows are heading, how wide it is."""

    number: int
    cells: tuple[PrintedCell, ...]
    heading_rows: int
    width: int

    @property
    def rows(self) -> list[list[PrintedCell]]:
        """The cells row by row; a row that merged cells fill is empty."""
        height = max(cell.row + cell.rows for cell in self.cells)
        return [[cell for cell in self.cells if cell.row == row] for row in range(height)]


Item = Text | PrintedTable


def reference() -> list[Item]:
    """The reference document's texts and tables in printed order."""
    disclosure = read_disclosure(KEY)
    placed: list[tuple[int, Item]] = []
    spans: list[tuple[int, int]] = []
    for table in disclosure.budget_tables:
        first = table.where.line or 0
        lines = [c.passage.where().line or 0 for row in table.matrix for c in row.values()]
        spans.append((first, max(lines)))
        placed.append((first, _budget_table(table)))
    for area, header in zip(disclosure.target_areas, disclosure.target_tables, strict=True):
        first = header.where.line or 0
        spans.append((first, _last_line(area.grids)))
        placed.append((first, _target_table(area, header)))
    for line, text in _texts(disclosure):
        if not any(first < line < last for first, last in spans):
            placed.append((line, text))
    placed.sort(key=lambda pair: pair[0])
    return [item for _, item in placed]


def _last_line(grids: Sequence[Grid]) -> int:
    return max(c.passage.where().line or 0 for g in grids for row in g.rows for c in row)


def _texts(disclosure: Disclosure) -> Iterator[tuple[int, Text]]:
    levels = {
        block.passage.where().line: block.level
        for block in disclosure.blocks
        if isinstance(block, Paragraph)
    }
    for line in disclosure.lines:
        number = line.passage.where().line or 0
        yield number, Text(line.text.strip(), levels[number] if line.heading else 0)


def _budget_table(table: BudgetTable) -> PrintedTable:
    numbered = table.heading.number_row is not None
    height = table.heading.rows - numbered
    cells: list[PrintedCell] = []

    def place(node: HeadingNode, depth: int) -> None:
        rows = 1 if node.children else height - depth
        cells.append(
            PrintedCell(_clean(node.text), depth, node.first, rows, node.last - node.first + 1)
        )
        for child in node.children:
            place(child, depth + 1)

    for node in _with_names_under_subjects(table.heading.nodes):
        place(node, 0)
    width = len(table.columns)
    for line in range(height, len(table.matrix)):
        row = table.matrix[line]
        texts = (_clean(row[index].text) if index in row else "" for index in range(width))
        cells.extend(PrintedCell(text, line, index) for index, text in enumerate(texts))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return PrintedTable(table.number, tuple(cells), table.heading.rows, width)


def _with_names_under_subjects(nodes: Sequence[HeadingNode]) -> list[HeadingNode]:
    """The heading of subjects spans their codes and names; the text put the names elsewhere."""
    if len(nodes) != 2 or nodes[0].text != "科目":
        return list(nodes)
    subjects, amounts = nodes
    names, *rest = amounts.children
    return [
        HeadingNode(subjects.text, subjects.first, names.last, [*subjects.children, names]),
        HeadingNode(amounts.text, names.last + 1, amounts.last, rest),
    ]


def _target_table(area: TableArea, header: TargetTable) -> PrintedTable:
    heading = _PROJECT_HEADING if header.project else _DEPARTMENT_HEADING
    cells = list(_fields(area, len(heading)))
    row = max(cell.row for cell in cells) + 1
    cells.extend(PrintedCell(text, row, column) for column, text in enumerate(heading))
    levels = [(target.level_1, target.level_2) for target in header.targets]
    for position, target in enumerate(header.targets):
        row += 1
        for depth in (0, 1):
            same = [pair[: depth + 1] for pair in levels]
            if position == 0 or same[position] != same[position - 1]:
                rest = same[position:]
                span = next((i for i, key in enumerate(rest) if key != rest[0]), len(rest))
                cells.append(PrintedCell(levels[position][depth], row, depth, span))
        texts = _indicator(target, len(heading))
        cells.extend(PrintedCell(text, row, 2 + i) for i, text in enumerate(texts))
    return PrintedTable(header.number, tuple(cells), 0, len(heading))


def _indicator(target: Target, width: int) -> list[str]:
    weight = target.weighted.text if target.weighted is not None else ""
    texts = [target.level_3, target.target_text, target.basis]
    if width > 6:
        texts += [target.previous_text, weight, target.scoring, target.evidence]
    else:
        texts.append(weight)
    return [_clean(text) for text in texts]


def _fields(area: TableArea, width: int) -> Iterator[PrintedCell]:
    row = 0
    for printed in area.grids[0].rows:
        texts = [_clean(cell.text) for cell in printed if cell.text]
        if not texts:
            continue
        if plain_name(texts[0]) == "一级指标":
            return
        budget = _budget_fields(texts, row)
        if budget is not None:
            yield from budget
            row += 1
            continue
        for place, ((column, columns), text) in enumerate(
            zip(_FIELDS[width, len(texts)], texts, strict=True)
        ):
            private = place and plain_name(texts[place - 1]) in _PRIVATE
            yield PrintedCell("（略）" if private else text, row, column, 1, columns)
        row += 1


def _budget_fields(texts: Sequence[str], row: int) -> list[PrintedCell] | None:
    """The department's budget: one block of four rows, whose merged cells the text lost."""
    kind = plain_name(texts[0])
    if kind.startswith("年度预算"):
        return [
            PrintedCell(texts[0], row, 0, 4, 2),
            PrintedCell(texts[1], row, 2, 1, 2),
            PrintedCell(texts[2], row, 4, 1, 2),
        ]
    if kind.startswith(("财政资金", "其他资金")):
        rows = 2 if kind.startswith("财政资金") else 1
        return [
            PrintedCell(texts[0], row, 2, rows),
            PrintedCell(texts[1], row, 3),
            PrintedCell(texts[2], row, 4, 1, 2),
        ]
    if kind == "本级安排":
        return [PrintedCell(texts[0], row, 3), PrintedCell(texts[1], row, 4, 1, 2)]
    return None


def _clean(text: str) -> str:
    return _WRAP.sub("", squeeze(text))
