"""Cells from the ruling lines of a page as pdfium draws them, where tabula finds none.

Slanted lines are left out, so a heading with a diagonal does not cost the page.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from budgetkit.readers.java import RuledCell, RuledTable

__all__ = ["find_cells", "read_rules"]

_SLACK = 1.5
"""How far a line may lean, and rules may miss each other, in points."""
_SHORTEST = 6.0
_MOST_RULES = 40_000
_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A straight line: `at` is its height (or its place across), from `low` to `high`."""

    level: bool
    at: float
    low: float
    high: float


def read_rules(
    page: Any, number: int, to_shown: Callable[[float, float], _Point]
) -> list[RuledTable]:
    """The ruled areas of one pypdfium2 page (1-based `number`), each with its cells.

    `to_shown` turns the file's coordinates into points from the upper left of the shown page.
    """
    rules: list[_Rule] = []
    for first, second in _segments(page):
        rule = _rule(to_shown(*first), to_shown(*second))
        if rule is not None:
            rules.append(rule)
        if len(rules) > _MOST_RULES:
            return []
    tables = []
    for group in _groups(_merged(rules)):
        cells = find_cells(group)
        if len(cells) > 1:
            tables.append(RuledTable(number, tuple(cells)))
    return tables


def _segments(page: Any) -> Iterator[tuple[_Point, _Point]]:
    """The straight pieces of all paths of a page, in the file's coordinates."""
    import pypdfium2.raw as raw

    x, y = ctypes.c_float(), ctypes.c_float()
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=1):
        matrix = item.get_matrix()
        start = last = None
        for index in range(raw.FPDFPath_CountSegments(item.raw)):
            segment = raw.FPDFPath_GetPathSegment(item.raw, index)
            if not raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
                continue
            point = matrix.on_point(x.value, y.value)
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == raw.FPDF_SEGMENT_LINETO and last is not None:
                yield last, point
            last = point
            if raw.FPDFPathSegment_GetClose(segment) and start is not None:
                yield point, start
                last = start


def _rule(first: _Point, second: _Point) -> _Rule | None:
    (x0, y0), (x1, y1) = first, second
    if abs(y1 - y0) <= _SLACK < abs(x1 - x0):
        return _Rule(True, (y0 + y1) / 2, min(x0, x1), max(x0, x1))
    if abs(x1 - x0) <= _SLACK < abs(y1 - y0):
        return _Rule(False, (x0 + x1) / 2, min(y0, y1), max(y0, y1))
    return None


def _merged(rules: Iterable[_Rule]) -> list[_Rule]:
    """Rules that continue or repeat each other as one; what stays short is no rule."""
    merged: list[_Rule] = []
    for level in (True, False):
        lanes: list[list[_Rule]] = []
        for rule in sorted((r for r in rules if r.level == level), key=lambda r: r.at):
            if lanes and rule.at - lanes[-1][0].at <= 2 * _SLACK:
                lanes[-1].append(rule)
            else:
                lanes.append([rule])
        for lane in lanes:
            at = sum(rule.at for rule in lane) / len(lane)
            low = high = None
            for rule in sorted(lane, key=lambda r: r.low):
                if high is not None and low is not None and rule.low <= high + 2 * _SLACK:
                    high = max(high, rule.high)
                    continue
                if low is not None and high is not None:
                    merged.append(_Rule(level, at, low, high))
                low, high = rule.low, rule.high
            if low is not None and high is not None:
                merged.append(_Rule(level, at, low, high))
    return [rule for rule in merged if rule.high - rule.low >= _SHORTEST]


def _groups(rules: Sequence[_Rule]) -> list[list[_Rule]]:
    """Rules that cross or touch, directly or through others: one table each."""
    owner = list(range(len(rules)))

    def root(index: int) -> int:
        while owner[index] != index:
            owner[index] = owner[owner[index]]
            index = owner[index]
        return index

    level = [i for i, rule in enumerate(rules) if rule.level]
    upright = [i for i, rule in enumerate(rules) if not rule.level]
    for i in level:
        for j in upright:
            if _cross(rules[i], rules[j]):
                owner[root(i)] = root(j)
    groups: dict[int, list[_Rule]] = {}
    for index, rule in enumerate(rules):
        groups.setdefault(root(index), []).append(rule)
    found = [group for group in groups.values() if len(group) >= 4]
    return sorted(found, key=lambda group: min(r.at for r in group if r.level))


def _cross(level: _Rule, upright: _Rule) -> bool:
    slack = 2 * _SLACK
    return (
        level.low - slack <= upright.at <= level.high + slack
        and upright.low - slack <= level.at <= upright.high + slack
    )


def _open_ends(rules: Sequence[_Rule]) -> Iterator[_Rule]:
    """Rules that are missing above or below a table, where its upright rules end together."""
    upright = [rule for rule in rules if not rule.level]
    heights = [rule.at for rule in rules if rule.level]
    if len(upright) < 2 or not heights:
        return
    left, right = min(rule.at for rule in upright), max(rule.at for rule in upright)
    top, bottom = min(rule.low for rule in upright), max(rule.high for rule in upright)
    for end, missing in (
        (top, top < min(heights) - _SHORTEST),
        (bottom, bottom > max(heights) + _SHORTEST),
    ):
        together = [r for r in upright if min(abs(r.low - end), abs(r.high - end)) <= 2 * _SLACK]
        if missing and len(together) >= 2:
            yield _Rule(True, end, left, right)


def _open_sides(rules: Sequence[_Rule]) -> Iterator[_Rule]:
    """Rules that are missing left or right of a table, where its level rules end together."""
    level = [rule for rule in rules if rule.level]
    places = [rule.at for rule in rules if not rule.level]
    if len(level) < 2 or not places:
        return
    top, bottom = min(rule.at for rule in level), max(rule.at for rule in level)
    left, right = min(rule.low for rule in level), max(rule.high for rule in level)
    for end, missing in (
        (left, left < min(places) - _SHORTEST),
        (right, right > max(places) + _SHORTEST),
    ):
        together = [r for r in level if min(abs(r.low - end), abs(r.high - end)) <= 2 * _SLACK]
        if missing and len(together) * 2 > len(level):
            yield _Rule(False, end, top, bottom)


def find_cells(rules: Sequence[_Rule]) -> list[RuledCell]:
    """The cells between some rules: elementary boxes, joined where no rule parts them."""
    rules = [*rules, *_open_ends(rules)]
    rules = [*rules, *_open_sides(rules)]
    xs = sorted({rule.at for rule in rules if not rule.level})
    ys = sorted({rule.at for rule in rules if rule.level})
    if len(xs) < 2 or len(ys) < 2:
        return []
    upright: dict[int, list[_Rule]] = {}
    level: dict[int, list[_Rule]] = {}
    for rule in rules:
        if rule.level:
            level.setdefault(bisect_left(ys, rule.at), []).append(rule)
        else:
            upright.setdefault(bisect_left(xs, rule.at), []).append(rule)

    def parted(lane: Sequence[_Rule], place: float) -> bool:
        return any(rule.low <= place <= rule.high for rule in lane)

    def opens(row: int, first: int, last: int) -> bool:
        """Whether the boxes of a row are open downwards, and those below not parted."""
        middle = (ys[row + 1] + ys[row + 2]) / 2
        return not any(
            parted(level.get(row + 1, ()), (xs[column] + xs[column + 1]) / 2)
            or (column < last and parted(upright.get(column + 1, ()), middle))
            for column in range(first, last + 1)
        )

    joined: dict[tuple[int, int], tuple[int, int]] = {}
    cells: list[RuledCell] = []
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            if (row, column) in joined:
                continue
            last = column
            middle = (ys[row] + ys[row + 1]) / 2
            while last + 2 < len(xs) and not parted(upright.get(last + 1, ()), middle):
                last += 1
            low = row
            while low + 2 < len(ys) and opens(low, column, last):
                low += 1
            for i in range(row, low + 1):
                for j in range(column, last + 1):
                    joined.setdefault((i, j), (row, column))
            cells.append(RuledCell(xs[column], ys[row], xs[last + 1], ys[low + 1], ""))
    return cells
