"""Performance tables: weights, budgets, costs, and what objectives and other places repeat."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations

from budgetkit.identities import Identity, Term, sum_of, terms_of
from budgetkit.identities.target_budgets import budget_identities, name_share
from budgetkit.identities.target_texts import text_identities
from budgetkit.labels import plain_name
from budgetkit.language import said
from budgetkit.ledger import YUAN, Number
from budgetkit.projects import Project
from budgetkit.target_layout import pattern
from budgetkit.target_names import (
    count_for,
    is_cost,
    measured_name,
    project_name,
    standard_name,
    table_name,
    unit_scale,
)
from budgetkit.target_records import Target, TargetReading, TargetTable
from budgetkit.vocabulary import load

__all__ = ["target_identities"]

_Kind = tuple[str, bool, frozenset[str]]
"""Of one kind are tables of the same title, all of projects or none, with the same first levels."""

_FULL = Decimal(100)
_WITHOUT_EXECUTION = Decimal(90)
"""What weights add up to where the execution rate of the budget (10) is scored apart."""

_ALIKE = 3
"""So many other tables must agree before one of them is compared with their practice."""

_USUAL = 5
"""So many other tables, and 85 % of them, must list their whole budget to make it a practice."""

_LEAST_PARTS = 2
_MOST_OF_IT = 0.5


def target_identities(
    reading: TargetReading, numbers: Sequence[Number], projects: Sequence[Project] = ()
) -> Iterator[Identity]:
    """Every identity of the performance tables, inside them and with tables and narrative.

    `numbers` is the ledger; of it the numbers of the budget tables are compared.
    """
    printed = [number for number in numbers if number.part == "table"]
    practice = _cost_practice(reading)
    kinds = _kinds(reading)
    totals = Counter(_weight_sum(table) for table in reading.headers)
    for table in reading.headers:
        yield from _weights(table, totals)
        yield from _weights_alike(table, kinds)
        yield from _head_sum(table)
        yield from _costs(table, practice, printed)
        yield from text_identities(table, projects)
    yield from budget_identities(reading, printed)


# --- weights ----------------------------------------------------------------------------------


def _weighted(table: TargetTable) -> list[Number]:
    return [target.weighted for target in table.targets if target.weighted is not None]


def _weight_sum(table: TargetTable) -> Decimal:
    return _sum(_weighted(table))


def _weights(table: TargetTable, totals: Counter[Decimal]) -> Iterator[Identity]:
    weights = _weighted(table)
    if not weights:
        return
    missing = ""
    lacking = len(table.targets) - len(weights)
    total = _weight_sum(table)
    if lacking:
        missing = said(
            "{lacking} of {count} indicators have no readable weight",
            lacking=lacking,
            count=len(table.targets),
        )
    elif table.unfinished and total != table.weight_total:
        missing = said("the end of the table could not be read")
    constant = total if total in {_FULL, _WITHOUT_EXECUTION} else _usual_total(table, totals)
    if not missing and 10 * total <= 2 * constant:
        missing = said(
            "weights that come to {total} are no points of {constant}",
            total=total,
            constant=constant,
        )
    note = said(
        "{table}: the weights add up to {constant}", table=table_name(table), constant=constant
    )
    if constant == _WITHOUT_EXECUTION:
        note = said("{note}, the execution rate of the budget (10) is scored apart", note=note)
    yield Identity(
        "targets.weights",
        terms_of(weights),
        (),
        constant=constant,
        unrounded=True,
        missing=missing,
        note=note,
    )


def _usual_total(table: TargetTable, totals: Counter[Decimal]) -> Decimal:
    """90 or 100: as the heading prints it, else as the document's other tables have it."""
    if table.weight_total is not None:
        return table.weight_total
    return max((_WITHOUT_EXECUTION, _FULL), key=lambda total: (totals[total], total))


def _level_weights(table: TargetTable) -> dict[str, list[Number]]:
    levels: dict[str, list[Number]] = {}
    for target in table.targets:
        if target.weighted is not None and target.level_1:
            levels.setdefault(target.level_1, []).append(target.weighted)
    return levels


def _kind(table: TargetTable) -> _Kind:
    return table.title, bool(table.project), frozenset(_level_weights(table))


def _kinds(reading: TargetReading) -> dict[_Kind, dict[str, Counter[Decimal]]]:
    """How many tables of each kind weigh a first level by how much."""
    kinds: dict[_Kind, dict[str, Counter[Decimal]]] = defaultdict(lambda: defaultdict(Counter))
    for table in reading.headers:
        kind = kinds[_kind(table)]
        for level, weights in _level_weights(table).items():
            kind[level][_sum(weights)] += 1
    return kinds


def _sum(weights: Iterable[Number]) -> Decimal:
    return sum((number.value for number in weights), Decimal(0))


def _weights_alike(
    table: TargetTable, kinds: Mapping[_Kind, Mapping[str, Counter[Decimal]]]
) -> Iterator[Identity]:
    """Where every other table of its kind weighs a first level alike, so does this one.

    Of its kind is a table of the same title and with the same first levels.
    """
    kind = kinds[_kind(table)]
    for level, weights in _level_weights(table).items():
        others = kind[level] - Counter([_sum(weights)])
        if others.total() >= _ALIKE and len(others) == 1:
            yield Identity(
                "targets.weights_alike",
                terms_of(weights),
                (),
                constant=next(iter(others)),
                unrounded=True,
                note=(
                    said(
                        "{table}: weights under {level} as in all {count} other tables of its kind",
                        table=table_name(table),
                        level=level,
                        count=others.total(),
                    )
                ),
            )


# --- budgets ----------------------------------------------------------------------------------


def _head_sum(table: TargetTable) -> Iterator[Identity]:
    for row in load("targets.toml")["parts"]:
        total = table.budget.get(row["total"])
        parts = [table.budget[role] for role in row["of"] if role in table.budget]
        others = set(table.budget) - {row["total"], *row["of"]}
        if total is None or not parts or (row.get("alone") and others):
            continue
        if len(parts) == 1 and parts[0].column != row["of"][0]:
            continue
        yield Identity(
            "targets.head_sum",
            terms_of([total]) if len(parts) > 1 else terms_of(parts, unit=total.unit),
            terms_of(parts, unit=total.unit) if len(parts) > 1 else terms_of([total]),
            relation="=" if len(parts) > 1 else "<=",
            note=said("{table}: the budget and its sources", table=table_name(table)),
        )
        return


def _cost_terms(table: TargetTable) -> tuple[list[Term], str]:
    """The cost indicators as terms in 万元, and why they cannot be summed, where they cannot."""
    costs = [target for target in table.targets if is_cost(target) and target.target is not None]
    plain = [target for target in costs if target.unit in YUAN]
    if whole := _whole_cost(plain):
        return list(terms_of([whole], unit="万元")), ""
    terms = list(terms_of([t.target for t in plain if t.target], unit="万元"))
    for target in plain:
        if target.more_values:
            return terms, said("'{indicator}' has more than one value", indicator=target.level_3)
        if pattern("name", "each").search(target.name):
            return terms, said(
                "how often '{indicator}' is paid is not named", indicator=target.level_3
            )
    for target in costs:
        if target.unit in YUAN or target.target is None:
            continue
        stem = standard_name(target.name)
        if any(stem in other.name or measured_name(other.name) in stem for other in plain):
            continue
        count = count_for(table, stem)
        if count is None or (target.unit.count("/") > 1 and not target.unit.endswith("年")):
            return terms, said(
                "for how many '{indicator}' is paid is not named", indicator=target.level_3
            )
        scale = unit_scale(target.unit)[1]
        terms.append((count.value * scale / YUAN["万元"], target.target))
    return terms, ""


def _whole_cost(plain: Sequence[Target]) -> Number | None:
    """The indicator that states the whole cost: by its name, or as the sum of all the others."""
    found = [t.target for t in plain if t.target is not None]
    for target in plain:
        if target.target is not None and pattern("name", "total_cost").search(target.name):
            return target.target
    for number in found if len(found) > _LEAST_PARTS else ():
        others = terms_of([n for n in found if n is not number], unit="万元")
        if sum_of(others)[0] == sum_of(terms_of([number], unit="万元"))[0]:
            return number
    return None


def _cost_practice(reading: TargetReading) -> dict[int, bool]:
    """By table, whether the other tables show that cost indicators list the whole budget."""
    fits: dict[int, bool] = {}
    for table in reading.headers:
        budget = table.budget.get("budget_total")
        terms, missing = _cost_terms(table)
        if budget is not None and terms and not missing:
            fits[table.number] = (
                abs(sum_of(terms)[0] - sum_of(terms_of([budget], unit="万元"))[0]) < budget.half
            )
    practice = {}
    for table in reading.headers:
        others = [fit for number, fit in fits.items() if number != table.number]
        practice[table.number] = sum(others) >= _USUAL and 20 * sum(others) >= 17 * len(others)
    return practice


def _costs(
    table: TargetTable, practice: Mapping[int, bool], printed: Sequence[Number]
) -> Iterator[Identity]:
    budget = table.budget.get("budget_total")
    if budget is None:
        return
    terms, missing = _cost_terms(table)
    if not terms and not missing:
        return
    right = terms_of([budget], unit="万元")
    gap = abs(sum_of(terms)[0] - sum_of(right)[0])
    rounded = (
        sum((abs(factor) * n.half for factor, n in terms if "." in n.text), Decimal(0))
        + sum_of(right)[1]
    )
    whole = practice[table.number]
    note = said("{table}: the cost indicators and the budget", table=table_name(table))
    if any(number.unit not in YUAN for _, number in terms):
        note = said("{note} (standards per person × the number of persons)", note=note)
    if not whole and not missing and sum_of(terms)[0] < sum_of(right)[0]:
        note = said("{note}, which they do not list in full", note=note)
    if gap > rounded and not missing:
        carried = _carried(table, sum_of(terms)[0] - sum_of(right)[0], printed)
        if carried:
            note = said("{note} {carried}", note=note, carried=carried)
    yield Identity(
        "targets.cost_sum",
        tuple(terms),
        right,
        relation="=" if whole else "<=",
        unrounded=gap > rounded,
        missing=missing,
        note=note,
    )


def _carried(table: TargetTable, excess: Decimal, printed: Sequence[Number]) -> str:
    """Says where what the indicators have beyond the budget is carry-over of the same name."""
    costs = plain_name("".join([table.project, *(t.name for t in table.targets if is_cost(t))]))
    found = [
        number
        for number in printed
        if number.facts.get("carry") == "yes"
        and "label" in number.facts
        and not {"fund", "nature"} & set(number.facts)
        and name_share(project_name(number.facts["label"]), costs) >= _MOST_OF_IT
    ]
    for size in (1, 2, 3):
        for parts in combinations(found, size):
            if sum_of(terms_of(parts, unit="万元"))[0] == excess:
                names = " + ".join(f"{part.text} ({part.facts['label']})" for part in parts)
                return said(
                    "(the excess is the carry-over of table {table}, {names}, which this budget "
                    "does not hold)",
                    table=parts[0].table,
                    names=names,
                )
    return ""
