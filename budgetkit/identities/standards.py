"""Project descriptions: amounts against tables, lists against sums, repeats against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from budgetkit.amounts import format_decimal
from budgetkit.identities import Identity, Term, sum_of
from budgetkit.language import joined, said
from budgetkit.ledger import YUAN, Number
from budgetkit.needs import Need, ProjectNeed, alike, pays_receivers, project_need
from budgetkit.observations import Observation
from budgetkit.projects import Project
from budgetkit.quotes import ItemList, Quote, is_total, item_name, words
from budgetkit.rates import plain_words
from budgetkit.vocabulary import load

__all__ = ["project_identities", "project_observations"]

_SHORTEST = 3
"""Signs of a clause that two places must share to be read as the same statement."""
_MOST_PRINTS = 8


def project_identities(projects: Sequence[Project]) -> Iterator[Identity]:
    """Every identity that project descriptions give, in document order."""
    listed = any(project.table_number is not None for project in projects)
    for project in projects:
        yield from _amount(project, listed)
        yield from _repeated_amounts(project)
        for found in project.lists:
            yield from _list(found, project)
        yield from _repeats(project)
        yield from _limits(project)


def project_observations(projects: Sequence[Project]) -> Iterator[Observation]:
    """Standard × receivers × times beside the budget, for every project that pays receivers."""
    for project in projects:
        if pays_receivers(project):
            found = project_need(project)
            if found.outcome in {"explained", "not_explained"}:
                yield _need(found)


def _amount(project: Project, listed: bool) -> Iterator[Identity]:
    amount = _quote(project, project.amount_number)
    if amount is None or amount.unit not in YUAN:
        return
    note = said(
        "{project}: the amount of the description and of the project table", project=_name(project)
    )
    if project.table_number is None:
        if listed:
            missing = said("no row of the project table bears this name")
            terms = _terms([amount], amount.unit)
            yield Identity("projects.amount", terms, (), missing=missing, note=note)
        return
    unit = project.table_number.unit
    yield Identity(
        "projects.amount",
        _terms([amount], unit),
        ((Decimal(1), project.table_number),),
        exact=True,
        note=note,
    )


def _repeated_amounts(project: Project) -> Iterator[Identity]:
    """项目资金 and 财政资金 in the text, and a list's sum in another unit, against the amount."""
    amount = _quote(project, project.amount_number)
    if amount is None or amount.unit not in YUAN:
        return
    for quote in project.quotes:
        if quote.number.id == amount.number.id or not quote.is_money:
            continue
        name = item_name(quote)
        this_year = name in words("lists", "whole") and quote.field in words("lists", "fields")
        if this_year or (name in words("lists", "of_all_years") and quote.yuan == amount.yuan):
            yield _same(project, amount, quote, name)
    for found in project.lists:
        if _are_funds(found):
            whole = found.whole or amount
            if len(found.items) == 1:
                yield _same(project, amount, found.items[0], item_name(found.items[0]))
            else:
                note = said("{project}: the sources of the money", project=_name(project))
                yield _sum("projects.items", found.items, whole, note)
        elif found.total is not None and _states(found.total, amount):
            yield _same(project, amount, found.total, said("the sum of the list"))


def _are_funds(found: ItemList) -> bool:
    return bool(found.opener) and all(name in words("lists", "funds") for name in found.names)


def _states(total: Quote, amount: Quote) -> bool:
    """A list's sum of the project's size, to rounding, states the project's amount."""
    half = max(total.number.half * YUAN[total.unit], amount.number.half * YUAN[amount.unit])
    return abs(total.yuan - amount.yuan) <= half


def _same(project: Project, amount: Quote, quote: Quote, name: str) -> Identity:
    return Identity(
        "projects.repeated_amount",
        _terms([amount], amount.unit),
        _terms([quote], amount.unit),
        exact=True,
        note=said(
            "{project}: the amount and {name} in {field}",
            project=_name(project),
            name=name,
            field=_field(quote),
        ),
    )


def _list(found: ItemList, project: Project) -> Iterator[Identity]:
    amount = _quote(project, project.amount_number)
    place = said(
        "{project}: the list in {field}", project=_name(project), field=_field(found.items[0])
    )
    if found.total is not None:
        yield _sum(
            "projects.items",
            found.items,
            found.total,
            said("{place} and its stated sum", place=place),
        )
    if _are_funds(found) or found.items[0].field not in words("lists", "fields"):
        return
    if any(item.number.id == project.amount_number for item in found.items):
        return
    whole = found.whole or amount
    if whole is None or not whole.is_money:
        return
    items = _exact(found, whole, project)
    if found.complete:
        yield _sum(
            "projects.items", items, whole, said("{place}, all parts by its wording", place=place)
        )
        return
    parts, _ = sum_of(_terms(items, whole.unit))
    exceeds = found.opener in words("lists", "parts") and parts > whole.number.value
    if len(found.items) == 1 or exceeds:
        yield replace(
            _sum(
                "projects.parts",
                items,
                whole,
                said("{place} names parts of the whole", place=place),
            ),
            relation="<=",
        )
    elif found.total is None or whole is not amount:
        yield _sum(
            "projects.itemised",
            items,
            whole,
            said("{place} and the amount it itemises", place=place),
        )


def _sum(rule: str, items: Sequence[Quote], whole: Quote, note: str) -> Identity:
    return Identity(rule, _terms(items, whole.unit), _terms([whole], whole.unit), note=note)


def _exact(found: ItemList, whole: Quote, project: Project) -> tuple[Quote, ...]:
    """The items as precise as the text prints them.

    Where a text drops trailing zeros (63 beside 3.75; 100 for 100.00), a number with fewer places
    is no rounder than its neighbours.
    """
    halves = [item.number.half * YUAN[item.unit] for item in found.items]
    amount = _quote(project, project.amount_number)
    dropped = len(set(halves)) > 1 or any(
        amount is not None
        and amount.is_money
        and quote.field == found.items[0].field
        and quote.is_money
        and quote.yuan == amount.yuan
        and quote.number.half * YUAN[quote.unit] > amount.number.half * YUAN[amount.unit]
        for quote in project.quotes
    )
    if not dropped:
        return found.items
    finest = min([*halves, whole.number.half * YUAN[whole.unit]])
    return tuple(
        replace(item, number=replace(item.number, half=finest / YUAN[item.unit]))
        for item in found.items
    )


def _terms(quotes: Iterable[Quote], unit: str) -> tuple[Term, ...]:
    """Quotes as terms in one unit of money; other units stay as they are."""
    convert = unit in YUAN
    return tuple(
        (YUAN[q.unit] / YUAN[unit] if convert and q.is_money else Decimal(1), q.number)
        for q in quotes
    )


# --- the same statement in several places -----------------------------------------------------


def _repeats(project: Project) -> Iterator[Identity]:
    """The same clause in several fields: its number must be the same in all of them."""
    listed = _list_names(project)
    for cluster in _clusters(project, listed):
        # Every pair, not only with the first: a print that stands alone then meets all others,
        # and what they disagree on is one finding.
        for first, other in combinations(cluster[:_MOST_PRINTS], 2):
            people = first.unit in words("counts", "person") + words("counts", "household")
            yield Identity(
                "projects.beneficiaries" if people else "projects.repeated_list",
                _terms([first], first.unit),
                _terms([other], first.unit),
                exact=True,
                note=(
                    said(
                        "{project}: {statement} in {field} and in {other}",
                        project=_name(project),
                        statement=_statement(first),
                        field=_field(first),
                        other=_field(other),
                    )
                ),
            )


def _statement(quote: Quote) -> str:
    return said("the stated sum") if is_total(quote) else item_name(quote) or quote.unit


def _list_names(project: Project) -> dict[str, tuple[str, ...]]:
    """For every stated sum, the names of what it sums."""
    return {
        found.total.number.id: found.names for found in project.lists if found.total is not None
    }


def _clusters(project: Project, listed: dict[str, tuple[str, ...]]) -> list[list[Quote]]:
    clusters: list[list[Quote]] = []
    unclear: set[int] = set()
    for quote in project.quotes:
        if not _is_statement(quote, listed):
            continue
        for position, cluster in enumerate(clusters):
            if _same_statement(cluster[0], quote, listed):
                if any(member.field == quote.field for member in cluster):
                    # Said twice in one field: which of them another field repeats is unclear.
                    unclear.add(position)
                cluster.append(quote)
                break
        else:
            clusters.append([quote])
    return [c for i, c in enumerate(clusters) if len(c) > 1 and i not in unclear]


def _is_statement(quote: Quote, listed: dict[str, tuple[str, ...]]) -> bool:
    if is_total(quote):
        return quote.number.id in listed
    name = plain_words(item_name(quote))
    all_names = words("lists", "whole") + words("lists", "funds") + words("lists", "of_all_years")
    return len(name) >= _SHORTEST and name not in all_names


def _same_statement(one: Quote, other: Quote, listed: dict[str, tuple[str, ...]]) -> bool:
    if one.unit != other.unit:
        return False
    if is_total(one) or is_total(other):
        return one.number.id in listed and listed[one.number.id] == listed.get(other.number.id)
    tails = sorted((one.tail, other.tail), key=len)
    return plain_words(item_name(one)) == plain_words(item_name(other)) and tails[1].startswith(
        tails[0]
    )


def _limits(project: Project) -> Iterator[Identity]:
    """What the description's standards need against the limits of the performance table."""
    numbers = {quote.number.id: quote.number for quote in project.quotes}
    found = project_need(project)
    for need in found.needs:
        if need.alternative or not need.need or need.standard.number not in numbers:
            continue
        if need.standard.condition:
            continue  # not all who are counted are paid: the need is an upper bound
        left = _factor(need.need, numbers[need.standard.number])
        note = said(
            "{project}: {standard} and the limit of its performance table",
            project=_name(project),
            standard=_term_text(need),
        )
        if need.limit is not None and left is not None:
            right = (YUAN[need.limit.number.unit], need.limit.number)
            yield Identity("standards.limit", (left,), (right,), relation="<=", note=note)
        for other in found.needs:
            limit = other.standard
            if (
                other.alternative
                and other.need
                and limit.bound == "at_most"
                and alike(limit.label, need.standard.label)
            ):
                number = next((s for s in project.target_numbers if s.id == limit.number), None)
                right_term = _factor(other.need, number) if number is not None else None
                if left is not None and right_term is not None:
                    yield Identity(
                        "standards.limit",
                        (left,),
                        (right_term,),
                        relation="<=",
                        note=said("{note}, {standard}", note=note, standard=_term_text(other)),
                    )


def _factor(need: Fraction, number: Number) -> Term | None:
    """A number times what makes it the need in 元; None where that is no exact decimal."""
    if not number.value:
        return None
    factor = need / Fraction(number.value)
    exact = Decimal(factor.numerator) / Decimal(factor.denominator)
    return (exact, number) if Fraction(exact) == factor else None


# --- standards beside the budget --------------------------------------------------------------


def _need(found: ProjectNeed) -> Observation:
    project = found.project
    assert found.need is not None and found.budget is not None
    terms = " + ".join(_term_text(need) for need in found.combined)
    residual = found.budget - found.need
    parts: list[str] = [
        said(
            "{project}: {terms} = {need} 万元 of {budget} 万元",
            project=_name(project),
            terms=terms,
            need=_myriads(found.need),
            budget=_myriads(found.budget),
        ),
        said("residual {amount} 万元", amount=_myriads(residual)),
    ]
    if found.implied_headcount is not None and found.main is not None:
        parts.append(
            said(
                "the budget pays {headcount} at {standard}",
                headcount=_number(found.implied_headcount),
                standard=found.main.standard.label,
            )
        )
    parts.extend(dict.fromkeys(a.sentence for need in found.combined for a in need.assumptions))
    numbers: dict[str, Number] = {}
    wanted = {project.amount_number}
    for need in found.combined:
        wanted |= {need.standard.number, need.standard.count_number}
    for quote in project.quotes:
        if quote.number.id in wanted:
            numbers[quote.number.id] = quote.number
    return Observation(
        "standards.need",
        joined(parts),
        tuple(numbers.values()),
        tuple(number.where for number in numbers.values()),
        "holds" if found.outcome == "explained" else "violated",
    )


def _term_text(need: Need) -> str:
    standard = need.standard
    text = f"{standard.label} {format_decimal(standard.amount)} {standard.unit}"
    if standard.per != "none" and need.count is not None:
        text += f" × {_number(need.count)}"
    if need.times is not None and need.times != 1:
        text += f" × {_number(need.times)}"
    return text


def _number(value: Fraction) -> str:
    """A fraction for people: whole, or to two places."""
    shown = (Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"))
    return format_decimal(shown).rstrip("0").rstrip(".")


def _myriads(value: Fraction) -> str:
    return _number(value / 10_000)


def _quote(project: Project, number: str) -> Quote | None:
    return next((quote for quote in project.quotes if quote.number.id == number), None)


def _name(project: Project) -> str:
    return said("project {number} ({name})", number=project.number, name=project.name)


def _field(quote: Quote) -> str:
    for row in load("projects.toml")["field"]:
        if row["id"] == quote.field:
            return str(row["labels"][0])
    return quote.field
