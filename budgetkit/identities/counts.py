"""Counts that the text states against what the document lists: the number of projects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from budgetkit.amounts import format_decimal
from budgetkit.labels import plain_name
from budgetkit.language import joined, said
from budgetkit.ledger import Number
from budgetkit.observations import Observation
from budgetkit.project_targets import FIELD
from budgetkit.projects import Project
from budgetkit.prose import Narrative
from budgetkit.tables import BudgetTable
from budgetkit.targets import TargetTable

__all__ = ["count_observations", "described_counts"]


def count_observations(
    narrative: Narrative,
    tables: Sequence[BudgetTable],
    projects: Sequence[Project],
    targets: Sequence[TargetTable],
) -> Iterator[Observation]:
    """The stated number of projects against project tables, descriptions and target tables."""
    listed = {
        plain_name(row.project)
        for table in tables
        for section in table.rows
        for row in section
        if row.project
    }
    other_funds = [
        table
        for table in targets
        if table.project
        and _has_money(table, "budget_other")
        and not _has_money(table, _APPROPRIATION)
    ]
    with_targets = [table for table in targets if table.project]
    counts = {
        said("project table"): len(listed),
        said("project descriptions"): len(projects),
        said("target tables"): len(with_targets),
        said("project table and targets of other funds"): len(listed) + len(other_funds),
    }
    overall = {said("overall target tables"): len(targets) - len(with_targets)}
    for claim in narrative.claims:
        found_of = {"projects": counts, "overall_targets": overall}.get(
            claim.facts.get("counted", ""), {}
        )
        counted = {name: count for name, count in found_of.items() if count}
        if claim.kind not in {"count", "asset"} or not counted:
            continue
        stated = claim.number.value
        agreeing = [name for name, count in counted.items() if count == stated]
        found = joined(
            (said("{count} ({name})", count=count, name=name) for name, count in counted.items()),
            ", ",
        )
        yield Observation(
            "narrative.project_count",
            said(
                "{number} {what} are stated; the document lists {found}",
                number=claim.number.text,
                what=said("projects") if found_of is counts else said("overall targets"),
                found=found,
            ),
            (claim.number,),
            (claim.number.where,),
            "holds" if agreeing else "violated",
        )


def described_counts(
    projects: Sequence[Project], numbers: Sequence[Number]
) -> Iterator[Observation]:
    """The people whom a project's description counts, against the targets of its own table."""
    printed = {number.id: number for number in numbers}
    for project in projects:
        aimed = [h for h in project.headcounts if h.field == FIELD]
        for count in project.headcounts:
            alike = [h for h in aimed if h.unit == count.unit]
            if count.field == FIELD or not alike or count.number not in printed:
                continue
            number = printed[count.number]
            found = [h for h in alike if h.value == count.value]
            listed = "、".join(f"{format_decimal(h.value)} ({h.label})" for h in alike)
            yield Observation(
                "targets.described_count",
                said(
                    "project {project} ({name}): {number} {unit} in the description; its "
                    "performance table has {listed}",
                    project=project.number,
                    name=project.name,
                    number=number.text,
                    unit=count.unit,
                    listed=listed,
                ),
                (number, *(printed[h.number] for h in (found or alike)[:1])),
                (number.where,),
                "holds" if found else "violated",
            )


_APPROPRIATION = "budget_appropriation"


def _has_money(table: TargetTable, name: str) -> bool:
    number = table.budget.get(name)
    return number is not None and number.value != 0
