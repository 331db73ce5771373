"""Texts about targets: what objectives and project descriptions repeat of budgets and indicators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from budgetkit.identities import Identity, terms_of
from budgetkit.language import said
from budgetkit.ledger import YUAN, Number
from budgetkit.projects import Project
from budgetkit.quotes import Quote, is_total, item_name
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
from budgetkit.target_records import Statement, Target, TargetTable

__all__ = ["text_identities"]

_LEAST_NAME = 4


def text_identities(table: TargetTable, projects: Sequence[Project]) -> Iterator[Identity]:
    """The objectives of a table against its fields and indicators, then the project's text."""
    yield from _objective(table)
    yield from _narrative(table, projects)


# --- objectives -------------------------------------------------------------------------------


def _objective(table: TargetTable) -> Iterator[Identity]:
    yield from _objective_budget(table)
    yield from _objective_list(table)
    yield from _objective_repeats(table)


def _is(statement: Statement, kind: str) -> bool:
    """Whether an amount is called the whole (or the sum, the appropriation) and of nothing else.

    中央专项资金 or 培训项目经费 is a part: what stands before must be words without content.
    """
    found = pattern("objective", kind).search(statement.label)
    if found is None or statement.number.unit not in YUAN:
        return False
    return bool(pattern("objective", "whole_before").fullmatch(statement.label[: found.start()]))


def _objective_budget(table: TargetTable) -> Iterator[Identity]:
    """The project's money as the text states it, against the fields above."""
    wholes = [s for s in table.statements if _is(s, "total")]
    if len({s.number.value * YUAN[s.number.unit] for s in wholes}) > 1:
        return  # which of them is the project's money, the text does not say
    sums = [s for s in wholes if _is(s, "sum")]
    funds = [s for s in table.statements if _is(s, "appropriation")]
    pairs = [(s, "budget_total") for s in wholes if s not in sums]
    if len(sums) == 1:
        pairs.append((sums[0], "budget_total"))
    if len(funds) == 1:
        pairs.append((funds[0], "budget_appropriation"))
    for statement, role in pairs:
        number = table.budget.get(role)
        if number is not None:
            yield Identity(
                "targets.objective_budget",
                terms_of([statement.number], unit=number.unit),
                terms_of([number]),
                exact=True,
                note=said(
                    "{table}: '{label}' in the objectives and {row}",
                    table=table_name(table),
                    label=statement.label,
                    row=number.row,
                ),
            )


def _objective_list(table: TargetTable) -> Iterator[Identity]:
    for total in table.statements:
        if not _is(total, "sum"):
            continue
        parts = [
            s.number
            for s in table.statements[: table.statements.index(total)]
            if s.sentence == total.sentence
            and s.listed
            and s.number.unit in YUAN
            and not _is(s, "total")
            and not _is(s, "appropriation")
        ]
        if len(parts) > 1:
            names = [s.label for s in table.statements if s.number in parts]
            unclear = any(not n or pattern("objective", "part").search(n) for n in names)
            yield Identity(
                "targets.objective_list",
                terms_of([total.number]),
                terms_of(parts, unit=total.number.unit),
                missing=said("one of the amounts listed is per head, or has no name")
                if unclear
                else "",
                note=said("{table}: the amounts listed in the objectives", table=table_name(table)),
            )


def _objective_repeats(table: TargetTable) -> Iterator[Identity]:
    twins = Counter(measured_name(statement.label) for statement in table.statements)
    alike: dict[str, list[tuple[Target, str]]] = {}
    for statement in table.statements:
        if _is(statement, "total") or _is(statement, "appropriation") or not statement.label:
            continue
        name = measured_name(statement.label)
        base = unit_scale(statement.number.unit)[0]
        if base not in alike:
            same = _same_dimension(table, statement.number)
            alike[base] = [(target, measured_name(target.name)) for target in same]
        equal = [target for target, named in alike[base] if named == name]
        if len(equal) == 1 and twins[name] == 1:
            yield _repeat(
                "targets.objective_repeat", table, statement.number, equal[0], statement.label
            )
            continue
        if equal:
            continue
        similar = [target for target, named in alike[base] if _similar(named, name)]
        if len(similar) == 1:
            yield _repeat(
                "targets.objective_similar", table, statement.number, similar[0], statement.label
            )
        elif statement.number.unit in YUAN:
            yield from _objective_standard(table, statement, name)


def _similar(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST_NAME and long.endswith(short)


def _same_dimension(table: TargetTable, number: Number) -> list[Target]:
    base = unit_scale(number.unit)[0]
    return [
        t for t in table.targets if t.target is not None and unit_scale(t.target.unit)[0] == base
    ]


def _repeat(
    rule: str, table: TargetTable, number: Number, target: Target, label: str, where: str = ""
) -> Identity:
    assert target.target is not None
    scale = unit_scale(target.target.unit)[1]
    return Identity(
        rule,
        ((unit_scale(number.unit)[1] / scale, number),),
        ((Decimal(1), target.target),),
        exact=True,
        note=(
            said(
                "{table}: '{statement}' in {place} and the indicator '{indicator}'",
                table=table_name(table),
                statement=label,
                place=where or said("the objectives"),
                indicator=target.level_3,
            )
        ),
    )


def _objective_standard(table: TargetTable, statement: Statement, name: str) -> Iterator[Identity]:
    """An amount of the text against standard per person × number of persons."""
    for target in table.targets:
        if not is_cost(target) or target.target is None or target.unit in YUAN:
            continue
        count = count_for(table, standard_name(target.name))
        base = unit_scale(target.unit)[0]
        if standard_name(target.name) != name or count is None or base not in {"元/人", "元/人/年"}:
            continue
        scale = YUAN[target.unit.partition("/")[0]] / YUAN[statement.number.unit]
        yield Identity(
            "targets.objective_standard",
            terms_of([statement.number]),
            ((count.value * scale, target.target),),
            unrounded=True,
            note=(
                said(
                    "{table}: '{statement}' in the objectives and the standard {target} {unit} × "
                    "{count} {counted}",
                    table=table_name(table),
                    statement=name,
                    target=target.target.text,
                    unit=target.unit,
                    count=count.text,
                    counted=count.unit,
                )
            ),
        )


# --- the narrative's project descriptions -----------------------------------------------------


def _narrative(table: TargetTable, projects: Sequence[Project]) -> Iterator[Identity]:
    """What the project's description says again: the same item, the same sum, the same count."""
    project = _described(table, projects)
    if project is None:
        return
    listed = {s.label for s in table.statements if s.listed and s.number.unit in YUAN}
    for statement in table.statements:
        if statement.number.unit not in YUAN or not statement.listed:
            continue
        for quote in project.quotes:
            if quote.is_money and _same_item(statement, quote, project, listed):
                yield Identity(
                    "targets.narrative_repeat",
                    terms_of([statement.number]),
                    terms_of([quote.number], unit=statement.number.unit)
                    if quote.number.unit in YUAN
                    else ((YUAN[quote.unit] / YUAN[statement.number.unit], quote.number),),
                    exact=True,
                    note=(
                        said(
                            "{table}: '{label}' in the objectives and in the project's description",
                            table=table_name(table),
                            label=statement.label,
                        )
                    ),
                )
    yield from _narrative_counts(table, project)


def _described(table: TargetTable, projects: Sequence[Project]) -> Project | None:
    if not table.project:
        return None
    wanted = project_name(table.project)
    found = [
        p
        for p in projects
        if wanted in {project_name(p.name), project_name(p.table_name or p.name)}
    ]
    return found[0] if len(found) == 1 else None


def _same_item(statement: Statement, quote: Quote, project: Project, listed: set[str]) -> bool:
    if is_total(quote):
        lists = [f for f in project.lists if f.total is not None and f.total is quote]
        return _is(statement, "sum") and any(set(f.names) <= listed for f in lists)
    return item_name(quote) == statement.label and len(statement.label) > 1


def _narrative_counts(table: TargetTable, project: Project) -> Iterator[Identity]:
    for target in table.targets:
        if target.target is None or target.unit.partition("/")[0] in {*YUAN, "%"}:
            continue
        name = measured_name(target.name)
        if len(name) < _LEAST_NAME:
            continue
        found = [
            quote
            for quote in project.quotes
            if unit_scale(quote.number.unit) == unit_scale(target.unit)
            and (name in item_name(quote) or _similar(measured_name(item_name(quote)), name))
        ]
        if len({quote.number.value for quote in found}) != 1:
            continue
        for quote in found:
            yield _repeat(
                "targets.narrative_similar",
                table,
                quote.number,
                target,
                item_name(quote),
                said("the project's description"),
            )
