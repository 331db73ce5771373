"""Names and units of indicators made comparable: what is measured, in which unit, which way."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from decimal import Decimal

from budgetkit.labels import plain_name
from budgetkit.language import Said, said
from budgetkit.ledger import YUAN, Number
from budgetkit.target_layout import pattern
from budgetkit.target_records import Target, TargetTable
from budgetkit.vocabulary import load

__all__ = [
    "base_value", "common_part", "count_for", "direction", "is_cost", "is_part", "measured_name",
    "project_name", "same_unit", "standard_name", "table_name", "unit_scale",
]  # fmt: skip

_YEAR = re.compile(r"^(?:19|20)\d{2}年?度?")
_SIGNS = re.compile(r"[()\[\]、,·\-—《》]")
_LEAST = 2


@functools.lru_cache(maxsize=4000)
def unit_scale(unit: str) -> tuple[str, Decimal]:
    """A unit as a base unit and how many of it: 万元 is (元, 10000), 万人次 is (人, 10000)."""
    first, slash, per = unit.partition("/")
    factor = Decimal(1)
    if first in YUAN:
        first, factor = "元", YUAN[first]
    elif first.startswith(("万", "亿")) and len(first) > 1:
        factor = Decimal(10_000) if first[0] == "万" else Decimal(10**8)
        first = first[1:]
    for group in load("targets.toml")["units"]["same"]:
        if first in group:
            first = group[0]
            break
    return f"{first}{slash}{per}", factor


def same_unit(one: str, other: str) -> bool:
    """Whether two units measure the same in the same scale (人 and 名; not 元 and 万元)."""
    return unit_scale(one) == unit_scale(other)


def base_value(number: Number) -> Decimal:
    """A number's value in its base unit."""
    return number.value * unit_scale(number.unit)[1]


def comparable_values(target: Target) -> tuple[Decimal, Decimal] | None:
    """Target and previous value in their base unit; None where they do not measure alike."""
    now, before = target.target, target.previous
    if now is None or before is None or unit_scale(now.unit)[0] != unit_scale(before.unit)[0]:
        return None
    return base_value(now), base_value(before)


def is_cost(target: Target) -> bool:
    """Whether an indicator stands under costs and is money."""
    levels = target.level_1, target.level_2
    money = target.target is not None and target.target.unit.partition("/")[0] in YUAN
    return money and any(pattern("level", "cost").fullmatch(level) for level in levels)


@functools.lru_cache(maxsize=4000)
def measured_name(name: str) -> str:
    """What an indicator or a clause is about, without how it is counted and leading verbs."""
    plain = pattern("objective", "leading").sub("", plain_name(name))
    short = pattern("name", "measured").sub("", plain)
    return short if len(short) >= _LEAST else plain


def standard_name(name: str) -> str:
    """What a standard per person pays: its name without 人均, 标准 …"""
    short = pattern("name", "standard").sub("", plain_name(name))
    return short if len(short) >= _LEAST else plain_name(name)


def project_name(name: str) -> str:
    """A project's name without year, signs and a last 项目, and nothing else taken off."""
    plain = _SIGNS.sub("", _YEAR.sub("", plain_name(name)))
    return re.sub(pattern("name", "project").pattern, "", plain) or plain


def is_part(short: str, long: str) -> bool:
    """Whether the signs of one name follow each other in another one, with others between."""
    signs: Iterator[str] = iter(long)
    return all(sign in signs for sign in short)


def common_part(one: str, other: str, least: int) -> Iterator[str]:
    """The substrings of `least` signs that two names share."""
    for start in range(len(one) - least + 1):
        if one[start : start + least] in other:
            yield one[start : start + least]


def direction(target: Target) -> str:
    """Which way an indicator is better: "less", "more", or "" where its name does not say."""
    if pattern("support", "several").search(target.name):
        return ""
    if is_cost(target):
        return "" if pattern("support", "is").search(target.name) else "less"
    for row in load("targets.toml")["direction"]:
        if re.search(row["is"], target.name):
            return str(row["better"])
    return ""


def table_name(table: TargetTable) -> Said:
    """A performance table for people: its number and its project."""
    whole = said("no project named") if table.of_project else said("whole department")
    return said("table {table} ({project})", table=table.number, project=table.project or whole)


def count_for(table: TargetTable, stem: str) -> Number | None:
    """The one number of receivers that a quantity indicator of the same name states."""
    found = [
        target.target
        for target in table.targets
        if target.target is not None
        and pattern("level", "quantity").fullmatch(target.level_2)
        and stem in target.name
        and unit_scale(target.unit)[0] == "人"
    ]
    return found[0] if len(found) == 1 else None
