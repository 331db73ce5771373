"""What a careful reader notices in performance tables that is no sum: units, signs, directions."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import chain, combinations, combinations_with_replacement, pairwise, product

from budgetkit.amounts import format_decimal
from budgetkit.blocks import Where
from budgetkit.labels import plain_name
from budgetkit.language import Said, said
from budgetkit.ledger import Number
from budgetkit.observations import Observation
from budgetkit.target_layout import pattern
from budgetkit.target_names import (
    base_value,
    common_part,
    direction,
    is_cost,
    is_part,
    same_unit,
    unit_scale,
)
from budgetkit.target_records import Target, TargetReading
from budgetkit.vocabulary import load

__all__ = ["target_observations"]

_LEAP = 10
"""A target so many times last year's value, or last year's so many times the target."""

_LAST_MONTH = 12
_HUNDRED = 100
_SHARED = 4
_LEAST_NAME = 8
_ALMOST = 0.75
_MOST_REPEATS = 24
"""So many rows of one name are all compared with each other; of more, neighbours or the first."""


def target_observations(reading: TargetReading) -> Iterator[Observation]:
    """Everything noticed about single indicators, then about indicators that repeat each other."""
    for target in reading.targets:
        yield from _unit(target)
        yield from _operator(target)
        yield from _range(target)
        yield from _weaker(target)
        yield from _leap(target)
        yield from _empty(target)
    yield from _repeats(reading.targets)


def _indicator(target: Target) -> str:
    return said(
        "table {table}, indicator '{indicator}'", table=target.table, indicator=target.level_3
    )


def _noticed(
    rule: str, target: Target, message: str, numbers: Sequence[Number | None], seen: bool = True
) -> Observation:
    named = tuple(number for number in numbers if number is not None)
    places = tuple(number.where for number in named) or (target.where,)
    return Observation(
        rule,
        said(
            "{indicator}: {message}",
            indicator=_indicator(target),
            message=message if seen else said("as the rule asks"),
        ),
        named,
        places,
        "violated" if seen else "holds",
    )


def _unit(target: Target) -> Iterator[Observation]:
    """The unit in the indicator's name against the units printed beside its values."""
    if not target.name_unit:
        return
    for number, unit, what in (
        (target.target, target.target_unit, said("the target")),
        (target.previous, target.previous_unit, said("the previous value")),
    ):
        if number is not None and unit:
            yield _noticed(
                "targets.unit",
                target,
                said(
                    "the name counts in {name_unit}, {what} is {number} {unit}",
                    name_unit=target.name_unit,
                    what=what,
                    number=number.text,
                    unit=unit,
                ),
                [number],
                not same_unit(unit, target.name_unit),
            )


def _operator(target: Target) -> Iterator[Observation]:
    """A sign that makes more of what should be little, or less of what should be much."""
    if target.target is None or target.operator not in {"≥", ">", "≤", "<"}:
        return
    better = direction(target)
    if not better:
        return
    wrong = (better == "less") == (target.operator in {"≥", ">"})
    says = said("at least") if target.operator in {"≥", ">"} else said("at most")
    yield _noticed(
        "targets.operator",
        target,
        said(
            "the target is {operator}{number} {unit} ({says}), yet {better} of it is better",
            operator=target.operator,
            number=target.target.text,
            unit=target.unit,
            says=says,
            better=_better(better),
        ),
        [target.target],
        wrong,
    )


def _better(way: str) -> Said:
    return said("more") if way == "more" else said("less")


def _range(target: Target) -> Iterator[Observation]:
    """A share of a whole above 100 %, a month beyond the twelfth."""
    rate = pattern("rate", "whole").fullmatch(target.name) and not pattern("rate", "open").search(
        target.name
    )
    for number in (target.target, target.previous):
        if number is None:
            continue
        if number.unit == "%" and rate:
            high = _HUNDRED
        elif number.unit == "月" and number is target.target:
            high = _LAST_MONTH
        else:
            continue
        what = said("the target") if number is target.target else said("the previous value")
        yield _noticed(
            "targets.range",
            target,
            said(
                "{what} {number} {unit} is more than {high}",
                what=what,
                number=number.text,
                unit=number.unit,
                high=high,
            ),
            [number],
            number.value > high,
        )


def _comparable(target: Target) -> tuple[Number, Number] | None:
    """Target and previous value where they are in the same unit of measure."""
    now, before = target.target, target.previous
    if now is None or before is None:
        return None
    if target.unit == "月":
        return (now, before) if not target.previous_unit else None
    if unit_scale(now.unit)[0] != unit_scale(before.unit)[0]:
        return None
    return now, before


def _weaker(target: Target) -> Iterator[Observation]:
    """A target that asks for less than was reached, in the indicator's own direction."""
    yield from _weaker_words(target)
    pair = _comparable(target)
    if pair is None or is_cost(target):
        return
    now, before = pair
    named = direction(target)
    signed = {"≥": "more", ">": "more", "≤": "less", "<": "less"}.get(target.operator, "")
    better = signed or ("less" if target.unit == "月" else named)
    if not better or (named and signed and named != signed):
        return
    weaker = (
        base_value(now) < base_value(before)
        if better == "more"
        else base_value(now) > base_value(before)
    )
    yield _noticed(
        "targets.weaker",
        target,
        said(
            "the target {operator}{now} asks for less than the previous value {before} "
            "({better} is better)",
            operator=target.operator,
            now=f"{now.text} {now.unit}".strip(),
            before=f"{before.text} {before.unit}".strip(),
            better=_better(better),
        ),
        [now, before],
        weaker,
    )


def _weaker_words(target: Target) -> Iterator[Observation]:
    if target.target is not None or target.previous is not None:
        return
    now, before = plain_name(target.target_text), plain_name(target.previous_text)
    if not now or not before or pattern("cell", "new").fullmatch(before):
        return
    weakening = load("targets.toml")["qualitative"]["weaker"]
    weaker = any(word in now and now.replace(word, "", 1) == before for word in weakening)
    yield _noticed(
        "targets.weaker",
        target,
        said(
            "the target '{now}' asks for less than the previous '{before}'",
            now=target.target_text,
            before=target.previous_text,
        ),
        [],
        weaker,
    )


def _leap(target: Target) -> Iterator[Observation]:
    pair = _comparable(target)
    if pair is None or target.unit == "月":
        return
    now, before = base_value(pair[0]), base_value(pair[1])
    if now <= 0 or before <= 0:
        return
    yield _noticed(
        "targets.leap",
        target,
        said(
            "the target {now} {now_unit} and the previous value {before} {before_unit} differ by "
            "a factor of {factor}",
            now=pair[0].text,
            now_unit=pair[0].unit,
            before=pair[1].text,
            before_unit=pair[1].unit,
            factor=format_decimal(round(max(now, before) / min(now, before), 1)),
        ),
        [pair[0], pair[1]],
        max(now, before) >= _LEAP * min(now, before),
    )


def _empty(target: Target) -> Iterator[Observation]:
    """A target that only says the indicator's name again."""
    if target.target is None and target.target_text:
        yield _noticed(
            "targets.empty_target",
            target,
            said("the target only repeats the indicator's name"),
            [],
            plain_name(target.target_text) == target.name,
        )


def _repeats(targets: Sequence[Target]) -> Iterator[Observation]:
    """The same indicator in two places: 新增 beside a previous value, two different targets."""
    by_table: dict[int, list[Target]] = {}
    for target in targets:
        by_table.setdefault(target.table, []).append(target)
    for first, second in combinations_with_replacement(by_table, 2):
        ones, others = by_table[first], by_table[second]
        for one, other in _same_names(ones) if first == second else _same_indicators(ones, others):
            yield from _new(one, other)
            apart = first != second and _cost_differs(ones, others)
            if one.target is not None and other.target is not None and not apart:
                yield from _different(one, other)


def _cost_differs(ones: Sequence[Target], others: Sequence[Target]) -> bool:
    """Whether two tables state whole costs that differ: two shares of work, each with its own."""
    costs = [
        next((t.target for t in side if pattern("name", "total_cost").search(t.name)), None)
        for side in (ones, others)
    ]
    return None not in costs and len({base_value(cost) for cost in costs if cost}) == len(costs)


def _same_names(targets: Sequence[Target]) -> list[tuple[Target, Target]]:
    """Rows of one table that name one indicator, in order.

    Of a name in every other row each is compared with the next: all pairs would fill the memory.
    """
    pairs: list[tuple[int, int]] = []
    for rows in _rows_by_name(targets).values():
        pairs += combinations(rows, 2) if len(rows) <= _MOST_REPEATS else pairwise(rows)
    return [(targets[one], targets[other]) for one, other in sorted(pairs)]


def _same_indicators(
    ones: Sequence[Target], others: Sequence[Target]
) -> list[tuple[Target, Target]]:
    """Rows of two tables that name one indicator of a thing that both projects are named after."""
    common = common_part(
        _plain_project(ones[0].project), _plain_project(others[0].project), _SHARED
    )
    shared = [part for part in common if "\n" not in part]
    if not shared:
        return []
    found: list[tuple[int, int]] = []
    rows, other_rows = _rows_by_name(ones), _rows_by_name(others)
    for one, other in product(rows, other_rows):
        short, long = sorted((one, other), key=len)
        if (
            len(short) >= max(_LEAST_NAME, _ALMOST * len(long))
            and any(part in short for part in shared)
            and is_part(short, long)
        ):
            found += _pairs(rows[one], other_rows[other])
    return [(ones[one], others[other]) for one, other in sorted(found)]


def _rows_by_name(targets: Sequence[Target]) -> dict[str, list[int]]:
    by_name: dict[str, list[int]] = {}
    for index, target in enumerate(targets):
        if target.name:
            by_name.setdefault(target.name, []).append(index)
    return by_name


def _pairs(ones: list[int], others: list[int]) -> Iterator[tuple[int, int]]:
    """Every row with every other; of many on a side each with the first of the other side."""
    if max(len(ones), len(others)) <= _MOST_REPEATS:
        return product(ones, others)
    return chain(product(ones, others[:1]), product(ones[:1], others[1:]))


@functools.lru_cache(maxsize=4000)
def _plain_project(project: str) -> str:
    """A project's name with a break for every word that says only that it is money or work."""
    name = re.sub(r"\d{4}年?度?", "", plain_name(project))
    return pattern("name", "generic").sub("\n", name)


def _new(one: Target, other: Target) -> Iterator[Observation]:
    news = [
        bool(pattern("cell", "new_indicator").fullmatch(plain_name(t.previous_text)))
        for t in (one, other)
    ]
    if news[0] == news[1]:
        return
    new, known = (one, other) if news[0] else (other, one)
    if known.previous is None:
        return
    where = new.where
    message = said(
        "{indicator}: '{word}' stands for the previous value, yet table {table} has {previous} "
        "{unit} for '{other}'",
        indicator=_indicator(new),
        word=new.previous_text,
        table=known.table,
        previous=known.previous.text,
        unit=known.previous.unit,
        other=known.level_3,
    )
    yield Observation(
        "targets.new_with_previous", message, (known.previous,), (where, known.previous.where)
    )


def _different(one: Target, other: Target) -> Iterator[Observation]:
    assert one.target is not None and other.target is not None
    if one.name != other.name or one.operator != other.operator:
        return
    if unit_scale(one.unit)[0] != unit_scale(other.unit)[0]:
        return
    if (one.level_1, one.level_2) != (other.level_1, other.level_2) and one.table == other.table:
        return
    places: tuple[Where, ...] = (one.target.where, other.target.where)
    yield Observation(
        "targets.repeated",
        said(
            "{indicator}: the target is {target} {unit}, in table {table} {other} {other_unit}",
            indicator=_indicator(one),
            target=one.target.text,
            unit=one.unit,
            table=other.table,
            other=other.target.text,
            other_unit=other.unit,
        ),
        (one.target, other.target),
        places,
        "holds" if base_value(one.target) == base_value(other.target) else "violated",
    )
