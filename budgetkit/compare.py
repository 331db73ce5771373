"""Disclosures compared, as tables: totals, changes, composition, per head, the year before.

Amounts are Decimals in 万元, converted exactly; shares and growth rates are in percent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from budgetkit.display import display_width, group_digits
from budgetkit.editions import (
    Comparison,
    Edition,
    Stated,
    compare_documents,
    quantities,
    same_department,
    vocabulary,
    words,
)
from budgetkit.language import language, said, tell
from budgetkit.ledger import FactKey, fact_key
from budgetkit.years import is_year_before, outcome_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "changes_frame",
    "compare_documents",
    "composition_frame",
    "per_head_frame",
    "places_frame",
    "previous_frame",
    "summarise_comparison",
    "totals_frame",
]

_MYRIAD = Decimal(10_000)
_CENT = Decimal("0.01")


def totals_frame(comparison: Comparison) -> pd.DataFrame:
    """The totals that at least one edition states, in 万元: columns quantity, then the editions.

    An empty cell means that the edition does not state the quantity.
    """
    import pandas as pd

    rows = []
    for quantity in quantities().values():
        found = [edition.find(*quantity.facts) for edition in comparison.editions]
        if any(found):
            rows.append([words(quantity.en, quantity.zh), *(_myriad(each) for each in found)])
    return pd.DataFrame(rows, columns=["quantity", *_labels(comparison)]).astype(object)


def places_frame(comparison: Comparison) -> pd.DataFrame:
    """The same totals one by one: columns edition, quantity, value (万元), rounding (how far the
    printed places leave it open, 万元), document and where."""
    import pandas as pd

    rows = [
        [edition.label, words(quantity.en, quantity.zh), _myriad(found), found.half / _MYRIAD,
         edition.disclosure.key, found.where]
        for quantity in quantities().values()
        for edition in comparison.editions
        if (found := edition.find(*quantity.facts)) is not None
    ]  # fmt: skip
    columns = ["edition", "quantity", "value", "rounding", "document", "where"]
    return pd.DataFrame(rows, columns=columns)


def changes_frame(comparison: Comparison) -> pd.DataFrame:
    """How the totals moved from one edition of a department to its next, in 万元.

    Columns: quantity, from, to (labels), before, after, change, growth (%, two places; None from
    zero) and rounding (how far rounding may move the change). Empty for different departments.
    """
    import pandas as pd

    rows = []
    for earlier, later in _steps(comparison):
        for quantity in quantities().values():
            before, after = earlier.find(*quantity.facts), later.find(*quantity.facts)
            if before is None or after is None:
                continue
            change = after.value - before.value
            growth = _percent(change, before.value) if before.value > 0 else None
            rows.append(
                [words(quantity.en, quantity.zh), earlier.label, later.label, _myriad(before),
                 _myriad(after), change / _MYRIAD, growth, (before.half + after.half) / _MYRIAD]
            )  # fmt: skip
    columns = ["quantity", "from", "to", "before", "after", "change", "growth", "rounding"]
    return pd.DataFrame(rows, columns=columns)


def _steps(comparison: Comparison) -> Iterator[tuple[Edition, Edition]]:
    """Neighbouring editions of one department and kind, the earlier first."""
    for earlier, later in pairwise(comparison.editions):
        one = same_department(earlier.department, later.department)
        if one and earlier.kind == later.kind and (earlier.year or 0) < (later.year or 1):
            yield earlier, later


def composition_frame(comparison: Comparison, by: str = "function") -> pd.DataFrame:
    """What expenditure is made up of, `by` function or nature, on the basis that all share.

    Columns: edition, code, part, value (万元), share (% of the edition's whole) and of (what the
    whole is). Where the stated parts leave something of the whole, it is a part of its own. Empty
    where the editions have no basis in common.
    """
    import pandas as pd

    row = next(row for row in vocabulary()["composition"] if row["by"] == by)
    rows: list[list[Any]] = []
    for split in row["splits"]:
        whole = fact_key(split["facts"])
        parts = [_parts(edition, split, by) for edition in comparison.editions]
        if all(parts) and all(whole in edition.stated for edition in comparison.editions):
            names = _part_names(comparison, by)
            for edition, own in zip(comparison.editions, parts, strict=True):
                rows += _shares(edition, whole, own, names)
            break
    return pd.DataFrame(rows, columns=["edition", "code", "part", "value", "share", "of"])


def _parts(edition: Edition, split: Mapping[str, Any], by: str) -> dict[str, Stated]:
    found = {}
    base = split["facts"]
    for key, stated in edition.stated.items():
        facts = dict(key)
        part = facts.pop(by, "")
        fits = part in split["parts"] if "parts" in split else len(part) == split["digits"]
        if part and fits and facts == base:
            found[part] = stated
    return dict(sorted(found.items()))


def _part_names(comparison: Comparison, by: str) -> dict[str, str]:
    if by == "nature":
        return {row["id"]: words(row["en"], row["zh"]) for row in vocabulary()["part"]}
    names: dict[str, str] = {}
    for edition in comparison.editions:
        for table in edition.disclosure.budget_tables:
            for row in (row for rows in table.rows for row in rows):
                if row.facts.get(by) == row.code and row.code and row.label.name:
                    names.setdefault(row.code, row.label.name)
    return names


def _shares(
    edition: Edition, whole: FactKey, parts: Mapping[str, Stated], names: Mapping[str, str]
) -> Iterator[list[Any]]:
    total = edition.stated[whole]
    of = _whole_words(whole)
    rest = total.value - sum((part.value for part in parts.values()), Decimal(0))
    allowed = total.half + sum((part.half for part in parts.values()), Decimal(0))
    for code, part in parts.items():
        shown = code if code.isdigit() else ""
        yield [edition.label, shown, names.get(code, code), _myriad(part),
               _percent(part.value, total.value), of]  # fmt: skip
    if abs(rest) > allowed:
        yield [edition.label, "", tell(said("not told apart")), rest / _MYRIAD,
               _percent(rest, total.value), of]  # fmt: skip


def _whole_words(whole: FactKey) -> str:
    named = (q for q in quantities().values() if any(fact_key(f) == whole for f in q.facts))
    return next((words(q.en, q.zh) for q in named), "")


def per_head_frame(comparison: Comparison) -> pd.DataFrame:
    """Expenditure per person, in yuan (two places), where a document prints how many there are.

    Columns: edition, quantity, amount (万元), per (whom), persons, yuan, where (the headcount's
    place).
    """
    import pandas as pd

    rows = []
    wanted = vocabulary()["per_head"]
    for quantity in (quantities()[name] for name in wanted["quantities"]):
        for persons in wanted["persons"]:
            for edition in comparison.editions:
                amount = edition.find(*quantity.facts)
                person, heads = _headcount(edition, persons)
                if amount is None or heads is None:
                    continue
                yuan = (amount.value / heads.value).quantize(_CENT, ROUND_HALF_UP)
                rows.append(
                    [edition.label, words(quantity.en, quantity.zh), _myriad(amount), person,
                     heads.value, yuan, heads.where]
                )  # fmt: skip
    columns = ["edition", "quantity", "amount", "per", "persons", "yuan", "where"]
    return pd.DataFrame(rows, columns=columns)


def _headcount(edition: Edition, persons: Sequence[str]) -> tuple[str, Stated | None]:
    """The first of some headcounts that an edition states, with the word for whom it counts."""
    named = {row["id"]: words(row["en"], row["zh"]) for row in vocabulary()["person"]}
    for person in persons:
        found = edition.find({"flow": "headcount", "person": person})
        if found is not None and found.value > 0:
            return named[person], found
    return "", None


def previous_frame(comparison: Comparison) -> pd.DataFrame:
    """The year before as a document implies it, beside the one that was published.

    One row for each quantity whose value and change a document states, where the department's
    document of the year before is there too. Columns: document, subject, compared (the printed
    base), implied, published, difference (implied less published, 万元 or persons), rounding (how
    far rounding explains a difference), outcome and the places of both.
    """
    import pandas as pd

    rows = []
    for later, earlier, implied in _pairs(comparison):
        for key, said_now in implied.stated.items():
            then = earlier.stated.get(key)
            outcome = outcome_of(later.kind, said_now, then)
            scale = Decimal(1) if ("flow", "headcount") in key else _MYRIAD
            difference = rounding = None
            if then is not None:
                difference = (said_now.value - then.value) / scale
                rounding = (said_now.half + then.half) / scale
            rows.append(
                [later.label, said_now.name, said_now.base, said_now.value / scale,
                 None if then is None else then.value / scale, difference, rounding,
                 _outcome_words(outcome), said_now.where, "" if then is None else then.where]
            )  # fmt: skip
    columns = ["document", "subject", "compared", "implied", "published", "difference", "rounding",
               "outcome", "where", "published_where"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _pairs(comparison: Comparison) -> Iterator[tuple[Edition, Edition, Edition]]:
    """A document, the published one of the year before, and what the first implies of it."""
    for later, implied in zip(comparison.published, comparison.implied, strict=True):
        for earlier in comparison.published:
            if is_year_before(earlier, later):
                yield later, earlier, implied


def _outcome_words(outcome: str) -> str:
    row = vocabulary()["outcome"][outcome]
    return str(row["zh"] if language() == "zh" else row["en"])


def _labels(comparison: Comparison) -> Sequence[str]:
    return [edition.label for edition in comparison.editions]


def _myriad(stated: Stated | None) -> Decimal | None:
    return None if stated is None else stated.value / _MYRIAD


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    return (100 * part / whole).quantize(_CENT, ROUND_HALF_UP) if whole else None


def summarise_comparison(comparison: Comparison) -> Iterator[str]:
    """The totals, and the implied year before beside the published one, as lines of text."""
    totals = totals_frame(comparison)
    heads = [tell(said("in {unit}", unit="万元")), *_labels(comparison)]
    yield from _aligned([heads, *([_plain(cell) for cell in row]
                                  for row in totals.itertuples(index=False))])  # fmt: skip
    previous = previous_frame(comparison)
    if len(previous):
        yield ""
        yield tell(said("the year before, as implied and as published:"))
        shown = ["document", "subject", "implied", "published", "outcome"]
        yield from _aligned([[_plain(row[name]) for name in shown]
                             for row in previous.to_dict("records")])  # fmt: skip


def _plain(cell: object) -> str:
    if isinstance(cell, Decimal):
        return group_digits(cell)
    return "·" if cell is None or cell != cell else str(cell)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as columns of text; amounts to the right."""
    widths = [max(display_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            f"{cell}{' ' * (width - display_width(cell))}"
            if position == 0 or (not cell[:1].isdigit() and cell[:1] not in "-·")
            else f"{' ' * (width - display_width(cell))}{cell}"
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
