"""Every number of a table is in a cell, set aside with a reason, or left over and said so."""

from decimal import Decimal
from pathlib import Path

import budgetkit
from budgetkit.blocks import Cell, Grid, Passage, Piece, Where
from budgetkit.conservation import UNPLACED, find_unplaced
from budgetkit.ledger import Number, SetAside

GLUED = """\
# 某局2026年部门预算公开

## 项目支出绩效目标表

| 项目名称 | 道路维护 |
| 年度目标 | 完成全部道路的维护 |
| | 350.00 | 350.00 |
| 一级指标 | 二级指标 | 三级指标 | 指标值 |
| 产出指标 | 数量指标 | 维护里程 | ≥35公里 |
"""


def cell(text: str, line: int, column: int) -> Cell:
    return Cell(Passage(text, (Piece(0, len(text), line=line, offset=10 * column),)), line, column)


def number(text: str, where: Where) -> Number:
    return Number("n", text, Decimal(text), Decimal(0), "万元", "table", where)


def unplaced(cells: list[Cell], known: list[Number | SetAside]) -> list[tuple[str, int | None]]:
    grid = Grid((tuple(cells),))
    return [(t.text, t.where.line) for t in find_unplaced([grid], {0}, known)]


def test_a_number_that_nothing_took_is_listed() -> None:
    cells = [cell("12.50", 3, 0), cell("7", 3, 1), cell("共8项", 3, 2)]
    taken = number("12.50", Where(line=3, start=0, end=5))
    aside = SetAside("8", "part of a name", "table", Where(line=3, start=21, end=22))
    assert unplaced(cells, [taken, aside]) == [("7", 3)]
    assert (
        next(iter(find_unplaced([Grid((tuple(cells),))], {0}, [taken, aside]))).reason == UNPLACED
    )


def test_another_number_at_the_place_does_not_count() -> None:
    assert unplaced([cell("12.50", 3, 0)], [number("9", Where(line=3, start=0, end=5))]) == [
        ("12.50", 3)
    ]


def test_the_end_of_a_number_behind_a_page_break_is_placed() -> None:
    cut = number("130.81", Where(line=3, start=0, end=4))
    assert unplaced([cell("81万元", 5, 0)], [cut]) == []
    assert unplaced([cell("82万元", 5, 0)], [cut]) == [("82", 5)]


def test_a_sign_is_no_digit() -> None:
    placed = SetAside("6", "part of a name", "table", Where(line=3, start=3, end=4))
    assert (
        unplaced([cell("4 -6", 3, 0)], [placed, number("4", Where(line=3, start=0, end=1))]) == []
    )


def test_numbers_side_by_side_below_an_objective_stay_two(tmp_path: Path) -> None:
    path = tmp_path / "glued.md"
    path.write_text(GLUED, encoding="utf-8")
    disclosure = budgetkit.read(path)
    texts = [n.text for n in disclosure.ledger]
    assert texts.count("350.00") == 2
    assert not any("350.00350" in text for text in texts)
    assert [p for p in disclosure.problems if p.kind == "number_not_placed"] == []
