"""The totals of one disclosure as rows that many documents can be compared by, years joined later."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from budgetkit.disclosure import Disclosure
from budgetkit.editions import (
    Edition,
    Quantity,
    Stated,
    implied_edition,
    published_edition,
    quantities,
    vocabulary,
)
from budgetkit.language import in_language
from budgetkit.ledger import fact_key
from budgetkit.records import Record

__all__ = ["total_quantities", "total_records"]


def total_records(disclosure: Disclosure) -> list[Record]:
    """What a disclosure states of every total, one row each, in the order of total_quantities.

    Columns are those of the schema `totals`: amounts in 元 (headcounts in 人) as exact Decimals,
    with half of the last printed place. Of the year before there are rows too: printed in a column
    of last year, or (`implied`) current value less change, with the words of the base. Nothing
    stated gives no row. Texts are in English, whatever language is in use.
    """
    with in_language("en"):
        edition = published_edition(disclosure)
        implied = implied_edition(edition)
        return [
            row
            for quantity in total_quantities().values()
            for row in _rows_of(quantity, edition, implied)
        ]


@functools.cache
def total_quantities() -> Mapping[str, Quantity]:
    """Every total that has rows, by id: those that are compared, more in detail, and headcounts."""
    found = dict(quantities())
    for row in vocabulary()["detail"]:
        found[row["id"]] = Quantity(row["id"], row["en"], row["zh"], tuple(row["facts"]))
    for row in vocabulary()["person"]:
        name = f"headcount_{row['id']}"
        facts = {"flow": "headcount", "person": row["id"]}
        found[name] = Quantity(name, f"Headcount: {row['en']}", row["zh"], (facts,))
    return found


def _rows_of(quantity: Quantity, edition: Edition, implied: Edition) -> Iterator[Record]:
    """This year's value, last year's as a column prints it, and as a change implies it."""
    if (now := edition.find(*quantity.facts)) is not None:
        yield _row(quantity, edition.year, now)
    before = edition.year - 1 if edition.year else None
    alternatives = [dict(fact_key(facts, period="previous")) for facts in quantity.facts]
    if before is not None and (printed := edition.find(*alternatives)) is not None:
        yield _row(quantity, before, printed)
    if (then := implied.find(*quantity.facts)) is not None:
        yield _row(quantity, before, then, implied=True)


def _row(quantity: Quantity, year: int | None, stated: Stated, *, implied: bool = False) -> Record:
    return {
        "value_year": year,
        "quantity": quantity.id,
        "name": quantity.en,
        "name_zh": quantity.zh,
        "value": stated.value,
        "unit": "人" if quantity.id.startswith("headcount") else "元",
        "half": stated.half,
        "implied": implied,
        "base": stated.base or None,
        "where": stated.where,
    }
