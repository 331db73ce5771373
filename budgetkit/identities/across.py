"""Tables with tables: what states the same quantity must be the same, under stated conditions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product

from budgetkit.identities import Identity, sum_of, terms_of
from budgetkit.language import joined, said
from budgetkit.ledger import FactKey, Number, fact_key
from budgetkit.vocabulary import load

__all__ = ["Quantities", "across_identities", "index_quantities"]

Quantities = Mapping[FactKey, list[Number]]
"""What is stated, and every number that states it, in document order."""

_OPERATING = {"flow": "expenditure", "fund": "general_public_budget", "nature": "operating"}

Condition = Callable[[Quantities, Mapping[str, str]], "bool | None"]


def index_quantities(numbers: Sequence[Number]) -> Quantities:
    """Every quantity with the numbers that state it."""
    index: dict[FactKey, list[Number]] = defaultdict(list)
    for number in numbers:
        if "flow" in number.facts:
            index[fact_key(number.facts)].append(number)
    # Where no list tells carry-over apart, a fund's amount is that of the year as far as anybody
    # says.
    for key in [key for key in index if ("carry", "unsaid") in key]:
        plain = fact_key(dict(key), carry="no")
        if plain not in index:
            index[plain] = index[key]
    return index


def across_identities(printed: Quantities, stated: Sequence[Number] = ()) -> Iterator[Identity]:
    """Identities between tables: the same quantity twice, and the relations of the vocabulary.

    `printed` are the quantities of the tables; `stated` numbers of sentences, which stand in
    where no table prints a quantity.
    """
    yield from _same_quantity(printed)
    yield from _projects_by_code(printed)
    index: dict[FactKey, list[Number]] = dict(printed)
    for key, numbers in index_quantities(stated).items():
        index[key] = [*index.get(key, []), *numbers]
    known = [dict(key) for key in index]
    for relation in load("relations.toml")["relation"]:
        yield from _relation(relation, index, known)


def _same_quantity(index: Quantities) -> Iterator[Identity]:
    for key, stated in index.items():
        if ("carry", "no") in key and stated is index.get(fact_key(dict(key), carry="unsaid")):
            continue
        first = stated[0]
        seen = {first.table}
        for other in stated[1:]:
            if other.table in seen:
                continue
            seen.add(other.table)
            yield Identity(
                "across.same_quantity",
                terms_of([first]),
                terms_of([other], unit=first.unit),
                exact=True,
                note=said(
                    "the same quantity in tables {first} and {other}",
                    first=first.table,
                    other=other.table,
                ),
            )


def _projects_by_code(index: Quantities) -> Iterator[Identity]:
    groups: dict[FactKey, list[Number]] = defaultdict(list)
    for key, stated in index.items():
        facts = dict(key)
        if facts.get("nature") == "project" and "function" in facts and facts.pop("project", ""):
            groups[fact_key(facts)].append(stated[0])
    for key, parts in groups.items():
        wholes = index.get(key, [])
        whole = next((number for number in wholes if number.table != parts[0].table), None)
        if whole is not None:
            yield Identity(
                "across.projects_by_code",
                terms_of([whole]),
                terms_of(parts, unit=whole.unit),
                note=said("project expenditure of code {code}", code=dict(key)["function"]),
            )


def _relation(
    relation: Mapping[str, object], index: Quantities, known: Sequence[Mapping[str, str]]
) -> Iterator[Identity]:
    left: list[dict[str, str]] = relation["left"]  # type: ignore[assignment]
    right: list[dict[str, str]] = relation["right"]  # type: ignore[assignment]
    each: list[str] = relation.get("each", [])  # type: ignore[assignment]
    vary: list[str] = relation.get("vary", [])  # type: ignore[assignment]
    for varied in _instances(known, left + right, each, vary):
        sides = [[_first(index, {**facts, **varied}) for facts in side] for side in (left, right)]
        printed = [[number for number in side if number is not None] for side in sides]
        if not printed[0] and not printed[1]:
            continue
        tables = {number.table for side in printed for number in side}
        if all(printed) and len(tables) == 1 and None not in tables and len(right) > 1:
            continue
        yield _instance(relation, varied, sides, printed, index)


def _instance(
    relation: Mapping[str, object],
    varied: Mapping[str, str],
    sides: Sequence[Sequence[Number | None]],
    printed: Sequence[Sequence[Number]],
    index: Quantities,
) -> Identity:
    missing = ""
    if not printed[0] or not printed[1]:
        there = printed[0] or printed[1]
        missing = said("nothing else states what {place} prints here", place=_place(there[0]))
    elif relation.get("all_printed") and any(number is None for side in sides for number in side):
        missing = said("not all of its parts are printed")
    condition = str(relation.get("condition", ""))
    if not missing and condition:
        met = CONDITIONS[condition](index, varied)
        if met is None:
            missing = said(
                "whether {condition} is not printed", condition=CONDITION_TEXT[condition]
            )
        elif not met:
            missing = said("it is not so that {condition}", condition=CONDITION_TEXT[condition])
    unit = (printed[0] or printed[1])[0].unit
    code = varied.get("function", "")
    return Identity(
        str(relation["rule"]),
        terms_of(printed[0], unit=unit),
        terms_of(printed[1], unit=unit),
        relation=str(relation.get("relation", "=")),
        missing=missing,
        blanks=sum(number is None for side in sides for number in side),
        exact=len(printed[0]) == len(printed[1]) == 1 and "relation" not in relation,
        note=said("code {code}", code=code) if code else _compared(printed),
    )


def _first(index: Quantities, facts: Mapping[str, str]) -> Number | None:
    """The first number that states a quantity, tables before sentences."""
    stated = index.get(fact_key(facts))
    return stated[0] if stated else None


def _compared(printed: Sequence[Sequence[Number]]) -> str:
    """What is compared, by the names of the numbers where sentences take part."""
    sides = [side[0] for side in printed if side]
    if all(number.part == "table" for number in sides):
        return said("totals")
    return joined(dict.fromkeys(number.name or str(number.row) for number in sides), " and ")


def _place(number: Number) -> str:
    return (
        said("table {table}", table=number.table)
        if number.table is not None
        else said("the text ({where})", where=number.where.text)
    )


def _instances(
    known: Sequence[Mapping[str, str]],
    sides: Sequence[Mapping[str, str]],
    each: Sequence[str],
    vary: Sequence[str],
) -> list[dict[str, str]]:
    """The values that varying facts take; those in `each` must be there, others may be absent."""
    names = [*each, *vary]
    if not names:
        return [{}]
    values: dict[str, dict[str, None]] = {
        name: {} if name in each else {"": None} for name in names
    }
    for facts in known:
        if any(side.items() <= facts.items() for side in sides):
            for name in names:
                if facts.get(name):
                    values[name].setdefault(facts[name])
    return [
        {name: value for name, value in zip(names, combination, strict=True) if value}
        for combination in product(*(values[name] for name in names))
    ]


def _value(index: Quantities, facts: Mapping[str, str]) -> Decimal | None:
    stated = index.get(fact_key(facts))
    return stated[0].value if stated else None


def _appropriation_without_carryover(index: Quantities, varied: Mapping[str, str]) -> bool | None:
    """The appropriation tables count the year's appropriation alone, no carry-over."""
    balance = _value(index, {"flow": "income", "fund": "appropriation"})
    current = _value(index, {"flow": "income", "fund": "appropriation", "carry": "no"})
    if balance is None or current is None:
        return None
    return balance == current


def _only_general_budget(index: Quantities, varied: Mapping[str, str]) -> bool | None:
    """A function's whole income is the year's general public budget: no other source is printed."""
    base = {"flow": "income", "function": varied["function"]}
    whole = _value(index, base)
    if whole is None:
        return None
    shares = [
        _value(index, {**base, "fund": fund, "carry": "no"})
        for fund in ("general_public_budget_own", "general_public_budget_transfer")
    ]
    if all(share is None for share in shares):
        shares = [_value(index, {**base, "fund": "general_public_budget", "carry": "no"})]
    return whole == sum((share for share in shares if share is not None), Decimal(0))


def _nature_only_general_budget(index: Quantities, varied: Mapping[str, str]) -> bool | None:
    """All expenditure of one nature is of the general public budget: the two totals agree."""
    facts = {"flow": "expenditure", "nature": varied["nature"]}
    whole = _value(index, facts)
    part = _value(index, {**facts, "fund": "general_public_budget"})
    return None if whole is None or part is None else whole == part


def _nothing_carried_forward(index: Quantities, varied: Mapping[str, str]) -> bool | None:
    """No table prints an amount that is carried over to next year: income is spent."""
    forward = [
        numbers for key, numbers in index.items() if dict(key).get("forward") in {"yes", "included"}
    ]
    return not any(number.value for numbers in forward for number in numbers)


def _agencies_only(index: Quantities, varied: Mapping[str, str]) -> bool | None:
    """Sentence and table count agencies alone: the table's operating costs are of all units.

    A sentence may say that it counts institutions. Of the table the functional codes tell: some
    are of institutions alone (事业运行), some of agencies; without either nothing is known. The
    same amount in both shows that they count the same units, whichever these are.
    """
    stated = index.get(fact_key({"flow": "agency_operating_costs"}), [])
    operating = index.get(fact_key(_OPERATING), [])
    if stated and operating and _same_amount(stated[0], operating[0]):
        return True
    if any(number.facts.get("scope") == "institutions" for number in stated):
        return False
    codes = {
        code
        for key, numbers in index.items()
        if (code := dict(key).get("function", ""))
        and any(number.part == "table" and number.value for number in numbers)
    }
    of = load("relations.toml")["codes"]
    if any(re.fullmatch(of["institutions"], code) for code in codes):
        return False
    return True if any(re.fullmatch(of["agencies"], code) for code in codes) else None


def _same_amount(one: Number, other: Number) -> bool:
    left, right = sum_of(terms_of([one])), sum_of(terms_of([other], unit=one.unit))
    return left[0] != 0 and abs(left[0] - right[0]) <= max(left[1], right[1])


CONDITIONS: dict[str, Condition] = {
    "appropriation_without_carryover": _appropriation_without_carryover,
    "only_general_budget": _only_general_budget,
    "nature_only_general_budget": _nature_only_general_budget,
    "nothing_carried_forward": _nothing_carried_forward,
    "agencies_only": _agencies_only,
}

CONDITION_TEXT = {
    "agencies_only": said("sentence and tables count agencies alone, no institutions"),
    "appropriation_without_carryover": said("the appropriation tables leave carry-over out"),
    "only_general_budget": said("the general public budget is this function's only source"),
    "nature_only_general_budget": said(
        "all expenditure of this nature is of the general public budget"
    ),
    "nothing_carried_forward": said("nothing is carried forward to next year"),
}
