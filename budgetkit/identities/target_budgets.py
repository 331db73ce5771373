"""The money of performance tables against the budget tables: by project, and as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from budgetkit.identities import Identity, Term, sum_of, terms_of
from budgetkit.identities.across import Quantities, index_quantities
from budgetkit.labels import plain_name
from budgetkit.language import joined, said
from budgetkit.ledger import Number, fact_key
from budgetkit.target_names import project_name, table_name
from budgetkit.target_records import TargetReading, TargetTable
from budgetkit.vocabulary import load

__all__ = ["budget_identities", "name_share"]

_MOST_OF_IT = 0.75
_FUNDS = ("general_public_budget", "government_funds", "state_capital")
"""The funds that an appropriation consists of."""


@dataclass(slots=True)
class _Row:
    """The amounts of a project in one row of a budget table, by fund ("" for all funds).

    `carried` says that the row has carry-over, which a performance table may leave out.
    """

    table: int
    carried: bool = False
    amounts: dict[str, Number] = field(default_factory=dict)


def budget_identities(reading: TargetReading, printed: Sequence[Number]) -> Iterator[Identity]:
    """The budget fields of every performance table against `printed`, the budget tables' "
    "numbers."""
    yield from _budgets(reading, printed)
    yield from _overall(reading, index_quantities(printed))


def _budgets(reading: TargetReading, printed: Sequence[Number]) -> Iterator[Identity]:
    """The budget of every project table against the project's row in the budget tables."""
    rows = _project_rows(printed)
    several = any(number.facts.get("fund") in _FUNDS[1:] and number.value for number in printed)
    tables: dict[str, list[TargetTable]] = defaultdict(list)
    unmatched: list[TargetTable] = []
    for table in reading.headers:
        own = _own_budget(table)
        if not table.project or own is None:
            continue
        if project_name(table.project) in rows:
            tables[project_name(table.project)].append(table)
        elif own.value:
            unmatched.append(table)
    for name, same in tables.items():
        yield from _of_one_name(same, rows[name], several)
    lone = {
        found[0].facts["project"]: found[0]
        for name, alike in rows.items()
        if name not in tables and (found := list(alike[0].amounts.values()))
    }
    yield from _covers(unmatched, lone)


def _project_rows(printed: Sequence[Number]) -> dict[str, list[_Row]]:
    """The rows that name a project, by its name, each from the first table that has the name."""
    rows: dict[str, dict[str, _Row]] = {}
    for number in printed:
        facts = number.facts
        name = project_name(facts.get("project", ""))
        if not name or facts.get("nature") != "project" or "economic" in facts or not number.table:
            continue
        fund = facts.get("fund", "")
        named = rows.setdefault(name, {})
        if named and next(iter(named.values())).table != number.table:
            continue
        row = named.setdefault(number.id.rpartition(".")[0], _Row(number.table))
        if facts.get("carry") == "yes":
            row.carried |= number.value != 0
        elif fund in {"", "appropriation", *_FUNDS}:
            row.amounts.setdefault(fund, number)
    kept = {name: [row for row in named.values() if row.amounts] for name, named in rows.items()}
    return {name: found for name, found in kept.items() if found}


def _of_one_name(
    tables: Sequence[TargetTable], rows: Sequence[_Row], several: bool
) -> Iterator[Identity]:
    """Tables of one project name against its rows: one of each, or each with a row that fits.

    With `several` funds in the document, a row of the general budget alone may be a part of it.
    """
    carried = any(row.carried for row in rows)
    for table in tables:
        found = [pair for row in rows if (pair := _pair(table, row)) is not None]
        if not found:
            continue
        fitting = [pair for pair in found if _agree(*pair)]
        missing = ""
        if not fitting and (len(rows) > 1 or len(tables) > 1):
            missing = said(
                "{rows} rows and {tables} performance tables bear this name",
                rows=len(rows),
                tables=len(tables),
            )
        elif not fitting and carried:
            missing = said("the project's row has carry-over, which the budget may leave out")
        own, row = (fitting or found)[0]
        one_fund = several and all(number.facts.get("fund") in _FUNDS for number in row)
        yield Identity(
            "targets.budget_table",
            terms_of([own]) if not one_fund else terms_of(row, unit=own.unit),
            terms_of(row, unit=own.unit) if not one_fund else terms_of([own]),
            relation="<=" if one_fund else "=",
            exact=len(row) == 1,
            missing=missing,
            note=said(
                "{table}: the budget and table {other}",
                table=table_name(table),
                other=row[0].table,
            ),
        )


def _pair(table: TargetTable, row: _Row) -> tuple[Number, list[Number]] | None:
    """A field of a performance table and what states the same in a project's row."""
    whole = table.budget.get("budget_total")
    if "" in row.amounts:
        return (whole, [row.amounts[""]]) if whole is not None else None
    own = _own_budget(table)
    if own is None:
        return None
    if "appropriation" in row.amounts:
        return own, [row.amounts["appropriation"]]
    return own, list(row.amounts.values())


def _agree(own: Number, row: Sequence[Number]) -> bool:
    return sum_of(terms_of([own]))[0] == sum_of(terms_of(row, unit=own.unit))[0]


def _own_budget(table: TargetTable) -> Number | None:
    """The appropriation, where the fields print one, else the whole budget."""
    return table.budget.get("budget_appropriation") or table.budget.get("budget_total")


def _covers(tables: Sequence[TargetTable], rows: Mapping[str, Number]) -> Iterator[Identity]:
    """A table under a name of its own that speaks of several projects has their sum as budget."""
    texts = {
        table.number: plain_name(
            " ".join([table.project, table.objective, *(t.level_3 for t in table.targets)])
        )
        for table in tables
    }
    covered: dict[int, list[Number]] = {}
    for name, number in rows.items():
        shares = {n: name_share(project_name(name), text) for n, text in texts.items()}
        if not shares:
            return
        best = max(shares, key=lambda n: shares[n])
        if shares[best] >= _MOST_OF_IT and list(shares.values()).count(shares[best]) == 1:
            covered.setdefault(best, []).append(number)
    for table in tables:
        parts = covered.get(table.number, [])
        own = _own_budget(table)
        if own is None or not parts:
            continue
        names = joined((f"{part.facts['project']} {part.text}" for part in parts), ", ")
        yield Identity(
            "targets.budget_cover",
            terms_of([own]),
            terms_of(parts, unit=own.unit),
            exact=len(parts) == 1,
            note=(
                said(
                    "{table}: no project of table {other} has this name; "
                    "what its text speaks of and no other table covers is {names}",
                    table=table_name(table),
                    other=parts[0].table,
                    names=names,
                )
            ),
        )


def name_share(name: str, text: str) -> float:
    """The share of a name's pairs of signs that a text holds."""
    pairs = {name[i : i + 2] for i in range(len(name) - 1)}
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


def _overall(reading: TargetReading, tables: Quantities) -> Iterator[Identity]:
    """The money of the whole department's table against revenue by source."""
    for table in reading.headers:
        if table.project or table.of_project or not table.budget or not tables:
            continue
        parts = []
        for row in load("targets.toml")["overall"]:
            number = table.budget.get(row["role"])
            if number is None:
                continue
            if row["role"] != "budget_total":
                parts.append(number)
            yield from _stated(table, [number], row["sums"], tables)
        total = next(r for r in load("targets.toml")["overall"] if r["role"] == "budget_total")
        if len(parts) > 1 and "budget_total" not in table.budget:
            yield from _stated(table, parts, total["sums"], tables)


def _stated(
    table: TargetTable,
    numbers: Sequence[Number],
    sums: Sequence[Sequence[Mapping[str, str]]],
    tables: Quantities,
) -> Iterator[Identity]:
    """The first sum of table facts that fits, or the usual one where none does."""
    found: list[tuple[Term, ...]] = []
    unit = numbers[0].unit
    for facts in sums:
        terms = [tables[key][0] for fact in facts if (key := fact_key(fact)) in tables]
        if len(terms) == len(facts):
            found.append(terms_of(terms, unit=unit))
    if not found:
        return
    left = terms_of(numbers, unit=unit)
    fitting = [side for side in found if sum_of(side)[0] == sum_of(left)[0]]
    label = " + ".join(number.row or "" for number in numbers)
    yield Identity(
        "targets.overall_source",
        left,
        (fitting or found)[0],
        note=said("{table}: {label} and the revenue tables", table=table_name(table), label=label),
    )
