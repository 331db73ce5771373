"""Last year as this year's sentences imply it: a table, and the steps from there to this year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetkit.amounts import squeeze
from budgetkit.disclosure import Disclosure
from budgetkit.display import describe_place
from budgetkit.identities import sum_of, terms_of
from budgetkit.identities.across import Quantities, index_quantities
from budgetkit.identities.previous import Implied, all_parts, implied_parts, implied_values
from budgetkit.labels import plain_name
from budgetkit.ledger import YUAN, FactKey, Number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Waterfall", "find_waterfalls", "previous_frame", "short_subject"]

_MARK = re.compile(r"[(（][类款项][)）]")
_YEAR = re.compile(r"^(?:19|20)\d\d年度?")
_MOST_STEPS = 14
_MOST = 6


@dataclass(frozen=True, slots=True)
class Waterfall:
    """How one total came from last year to this: previous + all steps = current, exactly.

    `previous` is implied, not printed; `steps` are named changes, the last of them ``rest`` where
    the parts that the text names do not make up the whole change.
    """

    name: str
    unit: str
    previous: Decimal
    current: Decimal
    steps: tuple[tuple[str, Decimal], ...]
    base: str
    parts: frozenset[str]
    rest: Decimal = Decimal(0)


def _printed(disclosure: Disclosure) -> Quantities:
    return index_quantities([number for number in disclosure.ledger if number.part == "table"])


def previous_frame(disclosure: Disclosure) -> pd.DataFrame:
    """The implied previous year, one row a quantity whose value and change the text states.

    Columns: section, subject, previous (implied), change (signed), current, unit, growth (Decimal,
    %, computed; None from zero), compared (the words that name the base) and where. Amounts are
    Decimals in `unit`.
    """
    import pandas as pd

    owner = plain_name(disclosure.department)
    records = []
    for item in implied_values(disclosure.narrative, _printed(disclosure)):
        change = item.current.value - item.value
        growth = round(100 * change / item.value, 2) if item.value > 0 else None
        records.append(
            {
                "section": _section(item, disclosure.department),
                "subject": short_subject(item, owner),
                "previous": item.value,
                "change": change,
                "current": item.current.value,
                "unit": item.current.unit,
                "growth": growth,
                "compared": item.claim.base,
                "where": describe_place(item.change),
            }
        )
    columns = ["section", "subject", "previous", "change", "current", "unit", "growth",
               "compared", "where"]  # fmt: skip
    return pd.DataFrame(records, columns=columns)


def _section(item: Implied, department: str) -> str:
    """The outermost heading above the sentence, without the department's name."""
    heading = item.claim.section[0] if item.claim.section else item.claim.heading
    return squeeze(heading).replace(squeeze(department), "").replace("  ", " ")


def short_subject(item: Implied, owner: str) -> str:
    """What a value is of, without the classes above it or its owner, its code in front where it has one."""
    subject = plain_name(item.claim.subject)
    subject = _YEAR.sub("", subject.replace(owner, "") if owner else subject).removeprefix("的")
    pieces = [piece for piece in _MARK.split(subject) if piece]
    facts = dict(item.key)
    name = pieces[-1] if pieces else "、".join(facts.values())
    code = facts.get("function") or facts.get("economic") or ""
    return name if not code or code in name else f"{code} {name}"


def find_waterfalls(disclosure: Disclosure) -> list[Waterfall]:
    """The totals whose change the text explains by parts, the largest first; then single changes.

    A total stands once, with the split that names most parts; a split whose parts all appear in
    another one is left out. Amounts in one of the units of money only.
    """
    tables = _printed(disclosure)
    owner = plain_name(disclosure.department)
    found_values = implied_values(disclosure.narrative, tables)
    implied = [item for item in found_values if item.current.unit in YUAN]
    own = {item.key: item for item in reversed(implied)}
    best: dict[FactKey, Waterfall] = {}
    for whole, named in implied_parts(implied):
        members = named if whole in own else all_parts(whole, named)
        made = _waterfall(members, own.get(whole), tables.get(whole, []), owner)
        if made is not None and len(made.parts) > len(best[whole].parts if whole in best else ()):
            best[whole] = made
    found = sorted(best.values(), key=lambda made: -abs(_yuan(made)))
    found = [made for made in found if not any(made.parts < other.parts for other in found)]
    told = frozenset().union(*(made.parts for made in found))
    for key, item in own.items():
        facts = dict(key)
        if item.claim.id not in told and set(facts) == {"flow"} and key not in best:
            found.append(_single(item, owner))
    return found[:_MOST]


def _yuan(made: Waterfall) -> Decimal:
    return made.current * YUAN[made.unit]


def _waterfall(
    members: Sequence[Implied], own: Implied | None, tables: Sequence[Number], owner: str
) -> Waterfall | None:
    """A total with the changes of its parts; None where neither the parts nor the text give it."""
    printed = tables[0] if tables else None
    bases = {m.claim.base for m in (*members, *([own] if own else [])) if m.claim.base}
    if len(members) < 2 or len(bases) > 1:
        return None
    if own is not None:
        name, current, previous, unit = (
            short_subject(own, owner), own.current.value, own.value, own.current.unit,
        )  # fmt: skip
    elif printed is not None and printed.unit in YUAN:
        unit, current = printed.unit, printed.value
        name = f"{printed.name} (table {printed.table})"
        total, half = _sum(members, unit)
        if abs(total - current) > half + printed.half:
            return None
        previous = current - sum((_change(m, unit) for m in members), Decimal(0))
    else:
        return None
    steps = [(short_subject(member, owner), _change(member, unit)) for member in members]
    steps = _shortest(steps)
    rest = current - previous - sum((change for _, change in steps), Decimal(0))
    base = next(iter(bases), "")
    ids = frozenset(member.claim.id for member in (*members, *([own] if own else [])))
    return Waterfall(name, unit, previous, current, tuple(steps), base, ids, rest)


def _shortest(steps: list[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """At most so many steps as a picture holds: the smallest changes become one."""
    if len(steps) <= _MOST_STEPS:
        return steps
    kept = sorted(steps, key=lambda step: -abs(step[1]))[: _MOST_STEPS - 1]
    others = [step for step in steps if step not in kept]
    total = sum((change for _, change in others), Decimal(0))
    return [*(step for step in steps if step in kept), (f"{len(others)} smaller changes", total)]


def _sum(members: Sequence[Implied], unit: str) -> tuple[Decimal, Decimal]:
    return sum_of([term for m in members for term in terms_of([m.current], unit=unit)])


def _change(item: Implied, unit: str) -> Decimal:
    return sum_of(terms_of([item.change], sign=item.sign, unit=unit))[0]


def _single(item: Implied, owner: str) -> Waterfall:
    change = _change(item, item.current.unit)
    return Waterfall(
        short_subject(item, owner), item.current.unit, item.value, item.current.value,
        (("change", change),), item.claim.base, frozenset({item.claim.id}),
    )  # fmt: skip
