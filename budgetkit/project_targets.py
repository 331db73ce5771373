"""Project descriptions joined with their performance tables: standards, limits, counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import SequenceMatcher

from budgetkit.ledger import YUAN
from budgetkit.project_tables import comparable_name
from budgetkit.projects import Limit, Project
from budgetkit.quotes import any_of, words
from budgetkit.rates import Headcount, Rate, Standard, core_name, parse_rate
from budgetkit.targets import Target, TargetTable
from budgetkit.vocabulary import load

__all__ = ["join_targets", "targeted_projects"]

FIELD = "targets"
_BOUNDS = {"≤": "at_most", "<": "at_most", "≥": "at_least", ">": "at_least"}
_RECEIVERS = {"person", "person_day", "household"}
_MONEY = re.compile(r"亿元|万元|千元|元")


def join_targets(projects: Sequence[Project], tables: Sequence[TargetTable]) -> list[Project]:
    """The projects, each with what its performance table says.

    `target_standards` are the table's indicators that are a rate per person, household or event,
    `limits` its cost indicators in money, and its counts of people and days come behind those of
    the description. A table belongs to a project when
    the names agree and so do the amounts; one that covers several projects belongs to none.
    """
    joined = []
    used: set[int] = set()
    for project in projects:
        found = _table_of(project, [table for table in tables if table.number not in used])
        if found is not None:
            used.add(found.number)
            project = _join(project, found)
        joined.append(project)
    return joined


def targeted_projects(projects: Sequence[Project], tables: Sequence[TargetTable]) -> list[Project]:
    """Projects that only a performance table names, where it names a rate for receivers.

    Their amount is the table's total budget; they are numbered on from the described ones.
    """
    described = {project.target_table for project in projects}
    found: list[Project] = []
    for table in tables:
        if table.number in described or not table.project:
            continue
        amount = table.budget.get("budget_total") or table.budget.get("budget_appropriation")
        number = len(projects) + len(found) + 1
        bare = Project(
            f"j{number}",
            number,
            table.project,
            table.where,
            amount=amount.value if amount else None,
            unit=amount.unit if amount else "",
            amount_number=amount.id if amount else "",
        )
        joined = _join(bare, table)
        if joined.target_standards:
            found.append(joined)
    return found


def _table_of(project: Project, tables: Sequence[TargetTable]) -> TargetTable | None:
    names = load("projects.toml")["names"]
    scored = [(_alike(project, table), -table.number, table) for table in tables if table.project]
    best = max(scored, default=None, key=lambda entry: entry[:2])
    if best is None or best[0] < float(names["alike"]):
        return None
    return best[2]


def _alike(project: Project, table: TargetTable) -> float:
    """How alike the names are; 0 where both print an amount and the amounts are far apart."""
    one, other = comparable_name(project.name), comparable_name(table.project)
    score = 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()
    printed = table.budget.get("budget_total") or table.budget.get("budget_appropriation")
    if one == other or printed is None or project.yuan is None or printed.unit not in YUAN:
        return score
    return score if printed.value * YUAN[printed.unit] == project.yuan else 0.0


def _join(project: Project, table: TargetTable) -> Project:
    counts = [*project.headcounts, *_counts(table)]
    limits = tuple(
        Limit(core_name(t.name) or t.name, t.target, t.target.value * YUAN[t.unit], t.level_3)
        for t in table.targets
        if t.target is not None
        and t.unit in YUAN
        and t.operator in {"≤", "<", "="}
        # A rate is a standard, not the limit of a cost.
        and _standard(project, t) is None
    )
    people = words("counts", "person") + words("counts", "household")
    standards = []
    for target in table.targets:
        standard = _standard(project, target)
        if standard is not None:
            standards.append(_with_count(standard, project, counts, people))
    if sum(standard.per in _RECEIVERS for standard in (*project.standards, *standards)) == 1:
        # Several standards are for several groups: the one count would be of neither.
        standards = [_with_only_count(standard, counts) for standard in standards]
    return replace(
        project,
        target_table=table.number,
        target_name=table.project,
        headcounts=tuple(counts),
        target_standards=tuple(standards),
        target_numbers=tuple(t.target for t in table.targets if t.target is not None),
        limits=limits,
    )


def _counts(table: TargetTable) -> list[Headcount]:
    """Indicators that count people, households or days of attendance (培训天数, not 办结时限)."""
    people = words("counts", "person") + words("counts", "household")
    days = words("counts", "day")
    return [
        Headcount(
            t.name,
            t.target.id,
            t.target.value,
            t.unit,
            _BOUNDS.get(t.operator, ""),
            FIELD,
        )
        for t in table.targets
        if t.target is not None
        and (
            t.unit in people
            or (t.unit in days and t.name.endswith(tuple(words("counts", "days_of"))))
        )
    ]


def _standard(project: Project, target: Target) -> Standard | None:
    """An indicator whose unit is a rate: 200 元/人/天."""
    if target.target is None:
        return None
    money = _MONEY.match(target.unit)
    if money is None:
        return None
    rate = parse_rate(target.name, target.unit[money.end() :])
    if rate is None:
        return None
    if rate.per == "none":
        rate = _named_receiver(target.name, rate)
    if rate.per == "none" and rate.period == "year":
        # 万元/年 for nobody in particular is what something costs in the year.
        return None
    value = target.target.value
    return Standard(
        project.name,
        _label(target.name),
        target.target.id,
        value,
        target.unit,
        value * YUAN[money[0]],
        rate.per,
        rate.period,
        _BOUNDS.get(target.operator, ""),
        field=FIELD,
        text=f"{target.name}{target.target_text}",
        where=target.target.where,
    )


def _named_receiver(name: str, rate: Rate) -> Rate:
    """The rate per receiver where the name of a standard says who that is: 特困人员供养标准."""
    if not name.endswith(tuple(words("rates", "named_standard"))):
        return rate
    if any(word in name for word in words("counts", "household") if len(word) > 1):
        return Rate("household", rate.period)
    if any_of("rates", "holders").search(name):
        return Rate("person", rate.period)
    return rate


def _label(name: str) -> str:
    """What a standard is called; the whole name where its core says nothing."""
    core = core_name(name)
    return name if not core or core in words("rates", "generic") else core


def _with_count(
    standard: Standard, project: Project, counts: Sequence[Headcount], people: Sequence[str]
) -> Standard:
    stem = standard.label.removesuffix("费")
    for count in counts:
        if count.unit in people and len(stem) >= 2 and stem in count.label:
            kind = "target" if count.field == FIELD else "label"
            return replace(standard, count=count.value, count_number=count.number, count_of=kind)
    if project.beneficiaries is not None:
        return replace(
            standard,
            count=Decimal(project.beneficiaries),
            count_number=project.beneficiaries_number,
            count_of="project",
        )
    return standard


def _with_only_count(standard: Standard, counts: Sequence[Headcount]) -> Standard:
    """Without a word in common: the table's 补助人数, else its only count of receivers."""
    if standard.count is not None or standard.per not in _RECEIVERS:
        return standard
    unit = words("counts", "household" if standard.per == "household" else "person")
    receivers = [c for c in counts if c.field == FIELD and c.unit in unit]
    named = [c for c in receivers if c.label.endswith(_beneficiaries())]
    chosen = named if len(named) == 1 else receivers
    if len(chosen) != 1:
        return standard
    (only,) = chosen
    return replace(standard, count=only.value, count_number=only.number, count_of="only_target")


def _beneficiaries() -> tuple[str, ...]:
    """The names of a count of receivers: 补助人数."""
    fields = load("projects.toml")["field"]
    return tuple(w for row in fields if row["id"] == "beneficiaries" for w in row["labels"])
