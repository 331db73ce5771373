"""Performance tables written as text, as the tests of targets read them."""

from __future__ import annotations

from budgetkit.areas import TableArea, find_areas
from budgetkit.disclosure import Disclosure
from budgetkit.identities.targets import target_identities
from budgetkit.readers import read_blocks
from budgetkit.reconcile import Check, check_identity
from budgetkit.targets import Target, TargetReading, read_targets

HEADING = "| 一级指标 | 二级指标 | 三级指标 | 指标值 | 上年完成值 | 分值权重 |"


def areas_of(text: str) -> list[TableArea]:
    blocks = read_blocks(text.encode(), "targets.md").blocks
    return [area for area in find_areas(blocks)[0] if area.kind.id == "performance_targets"]


def read(*rows: str, title: str = "项目支出绩效目标表") -> TargetReading:
    text = "\n".join(["# 某局2026年部门预算公开", "", f"## {title}", "", *rows, "", "名词解释"])
    return read_targets(areas_of(text), 1)


def checks_of(reading: TargetReading, disclosure: Disclosure | None = None) -> list[Check]:
    numbers = disclosure.ledger if disclosure else []
    projects = disclosure.project_list if disclosure else []
    found = target_identities(reading, numbers, projects)
    return [check_identity(identity, f"c{i}") for i, identity in enumerate(found)]


def at_line(reading: TargetReading, line: int) -> Target:
    return next(target for target in reading.targets if target.where.line == line)


def row(target: str, previous: str = "", weight: str = "100", name: str = "甲") -> TargetReading:
    return read(HEADING, f"| 产出指标 | 数量指标 | {name} | {target} | {previous} | {weight} |")
