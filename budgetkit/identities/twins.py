"""Lists that print the same amounts row by row, and the one row in which they do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from budgetkit.language import said
from budgetkit.ledger import Number, fact_key
from budgetkit.observations import Observation
from budgetkit.tables import BudgetTable

__all__ = ["twin_observations"]

RULE = "structure.twin_lists"
TOTAL = "total"
_LEAST_ALIKE = 5  # so many different amounts do not agree by chance
_LAST_PLACE = 4  # halves of a last place: a slip there, where the lists differ in extent
_MOST_HOLDERS = 12  # an amount that every list prints tells no two of them from the rest

AmountList = Mapping[str, Number]
"""What one column prints in the rows of one section, by code, else by name."""


def twin_observations(tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    """Two columns of amounts that agree in every row they share but for one.

    Where all other rows and the total are the same twice, the one that differs cannot be right
    twice. Sums of many rows hide a slip in the last place; the second print does not.
    """
    lists = [found for table in tables for found in _lists_of(table)]
    holders: dict[tuple[str, object, str], list[int]] = defaultdict(list)
    for place, amounts in enumerate(lists):
        for key, number in amounts.items():
            if number.value:
                holders[key, number.value, number.unit].append(place)
    alike: dict[tuple[int, int], set[object]] = defaultdict(set)
    for (_, value, _), places in holders.items():
        if len(places) > _MOST_HOLDERS:
            continue
        for pair in combinations(places, 2):
            alike[pair].add(value)
    for (a, b), values in sorted(alike.items(), key=lambda item: item[0]):
        if len(values) >= _LEAST_ALIKE:
            yield from _odd_one(lists[a], lists[b])


def _lists_of(table: BudgetTable) -> Iterator[AmountList]:
    for section, rows in enumerate(table.rows):
        for column in table.amount_columns(section):
            amounts: dict[str, Number] = {}
            twice: set[str] = set()
            for row in rows:
                key = TOTAL if row.kind == TOTAL else row.code or row.name
                number = table.cells.get((row.line, column.index))
                if number is None or not key:
                    continue
                if key in amounts:
                    twice.add(key)
                amounts[key] = number
            yield {key: number for key, number in amounts.items() if key not in twice}


def _odd_one(first: AmountList, second: AmountList) -> Iterator[Observation]:
    shared = [key for key in first if key in second]
    odd = [key for key in shared if first[key].value != second[key].value]
    if first.keys() != second.keys() and TOTAL in odd:
        odd.remove(TOTAL)  # a list of a few rows of the other has a total of its own
    if len(odd) != 1:
        return
    (key,) = odd
    left, right = first[key], second[key]
    if left.unit != right.unit:
        return
    if "flow" in left.facts and fact_key(left.facts) == fact_key(right.facts):
        return  # the same quantity printed twice is compared already
    same_extent = first.keys() == second.keys() and TOTAL in shared and key != TOTAL
    close = abs(left.value - right.value) <= _LAST_PLACE * max(left.half, right.half)
    if not (same_extent or close):
        return
    yield Observation(
        RULE,
        said(
            "tables {first} and {second} print the same amounts in {count} rows, but in '{name}' "
            "{left} and {right}",
            first=left.table,
            second=right.table,
            count=sum(first[k].value == second[k].value for k in shared),
            name=left.row,
            left=left.text,
            right=right.text,
        ),
        (left, right),
        (left.where, right.where),
    )
