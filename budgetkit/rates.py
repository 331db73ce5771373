"""Subsidy standards in sentences: what one person, household or event gets, and how often."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from budgetkit.blocks import Where
from budgetkit.labels import plain_name
from budgetkit.ledger import YUAN
from budgetkit.quotes import Quote, any_of, is_total, item_name, words
from budgetkit.vocabulary import load

__all__ = [
    "Headcount",
    "Rate",
    "Standard",
    "core_name",
    "find_headcounts",
    "find_standards",
    "parse_rate",
    "plain_words",
]

_PERIODS = ("day", "week", "month", "quarter", "year")
_ANOTHER_AMOUNT = re.compile(r"\d\s*[千万亿]?元")
_PER = ("person", "household", "event")


@dataclass(frozen=True, slots=True)
class Rate:
    """What an amount is counted per, and for which period.

    `per` is person, person_day, household, event or none (a lump sum); `period` is once, day,
    week, month, quarter or year.
    """

    per: str
    period: str


@dataclass(frozen=True, slots=True)
class Headcount:
    """A number of people, households, days or events that a description names.

    `label` is its clause without the number, `bound` at_least or at_most where the text says so.
    """

    label: str
    number: str
    value: Decimal
    unit: str
    bound: str
    field: str


@dataclass(frozen=True, slots=True)
class Standard:
    """One subsidy standard of one project.

    `number` is the ledger id of the amount, `amount` its printed value in the printed `unit`,
    `yuan` the same exactly in 元. `per` and `period` as in Rate. `bound` is at_least, at_most or
    "". `count` is the number of beneficiaries with the ledger id `count_number`; `count_of` says
    whether the sentence names it (sentence), a count of the same thing (label), the project
    (project), a performance target (target) or nothing (""). `condition` is the printed
    condition for being paid. `repeats` are ids of the same standard printed again; `where` is the
    place in the source.
    """

    project: str
    label: str
    number: str
    amount: Decimal
    unit: str
    yuan: Decimal
    per: str
    period: str
    bound: str = ""
    count: Decimal | None = None
    count_number: str = ""
    count_of: str = ""
    condition: str = ""
    field: str = ""
    text: str = ""
    where: Where = dataclasses.field(default_factory=Where)
    repeats: tuple[str, ...] = ()


@functools.cache
def _meanings() -> dict[str, str]:
    """Every rate word with what it means: 人 is person, 月 is month."""
    found: dict[str, str] = {}
    for room in ("per", "period"):
        for meaning, listed in load("projects.toml")[room].items():
            if meaning != "once":
                found.update(dict.fromkeys(listed, meaning))
    return found


@functools.cache
def _rate_word() -> str:
    return "|".join(re.escape(w) for w in sorted(_meanings(), key=lambda w: (-len(w), w)))


@functools.cache
def _behind() -> re.Pattern[str]:
    """元/人/月, 元/人·次, 万元/人月, 元每人每月: what follows the unit of money."""
    each = any_of("rates", "each").pattern
    sign = rf"(?:[/／*·×]|{each})"
    return re.compile(rf"{sign}+(?:{_rate_word()})(?:{sign}*(?:{_rate_word()}))*")


@functools.cache
def _before() -> re.Pattern[str]:
    """每人每月, 每户每年, 每人一年: words before the amount."""
    each = any_of("rates", "each").pattern
    return re.compile(rf"(?:(?:{each})/?(?:{_rate_word()}))+(?:一?(?:天|日|月|年))?")


@functools.lru_cache(maxsize=20_000)
def parse_rate(before: str, behind: str) -> Rate | None:
    """The rate that the words before an amount and behind its unit give, or None for no rate.

    `元/人/月`, `每人每年`, `每户每月`, `人均…元`, `元/人·天` are rates; `按月` alone is none.
    """
    found: set[str] = set()
    if match := _behind().match(behind):
        found |= _meanings_in(match[0])
    for match in _before().finditer(before):
        found |= _meanings_in(match[0])
    for word, meaning in words_of_average().items():
        if word in before:
            found.add(meaning)
    if not found:
        return None
    period = next((p for p in _PERIODS if p in found), "")
    per = next((p for p in _PER if p in found), "none")
    if per == "person" and period == "day":
        return Rate("person_day", "day")
    if per == "person" and "event" in found and not period:
        # 元/人·次: every attendance is one event.
        return Rate("event", "once")
    return Rate(per, period or "once")


def words_of_average() -> dict[str, str]:
    """人均 and its like, each with what it is counted per."""
    found: dict[str, str] = load("projects.toml")["rates"]["average"]
    return found


def _meanings_in(text: str) -> set[str]:
    return {_meanings()[word] for word in re.findall(_rate_word(), text)}


def find_standards(project: str, quotes: Sequence[Quote]) -> list[Standard]:
    """The standards that a description names, each once; the same one said again is a repeat.

    An amount is a standard where its clause gives a rate, where it is paid 一次性 to named
    people, or where a field on standards lists it as a lump sum.
    """
    order = words("rates", "order")
    ranked = sorted(
        (quote for quote in quotes if quote.is_money and not is_total(quote)),
        key=lambda quote: order.index(quote.field) if quote.field in order else len(order),
    )
    found: list[Standard] = []
    for quote in ranked:
        standard = _standard(project, quote)
        if standard is None:
            continue
        for position, known in enumerate(found):
            if _same(known, standard) and known.field != standard.field:
                found[position] = replace(known, repeats=(*known.repeats, standard.number))
                break
        else:
            found.append(standard)
    return found


def _same(known: Standard, other: Standard) -> bool:
    return (known.label, known.per, known.unit) == (other.label, other.per, other.unit) and (
        known.period == other.period or "once" in (known.period, other.period)
    )


def _standard(project: str, quote: Quote) -> Standard | None:
    rate = parse_rate(quote.before, quote.tail)
    said = quote.lead + quote.before
    once = any(word in quote.before for word in load("projects.toml")["period"]["once"])
    if rate is None and once:
        rate = Rate("person" if _given_to_people(said) else "none", "once")
    elif rate is None:
        if quote.field not in words("rates", "lump_fields"):
            return None
        rate = Rate("none", "once")
    elif rate.period == "once" and not once and any_of("rates", "monthly").search(said):
        rate = Rate(rate.per, "month")
    label = standard_label(quote)
    behind = _behind().match(quote.tail)
    return Standard(
        project,
        label or project,
        quote.number.id,
        quote.number.value,
        quote.unit + (behind[0] if behind else ""),
        quote.yuan,
        rate.per,
        rate.period,
        bound_of(quote),
        condition=_condition(quote.lead),
        field=quote.field,
        text=f"{quote.before}{quote.number.text}{quote.unit}{quote.tail}",
        where=quote.number.where,
    )


def _given_to_people(text: str) -> bool:
    """Whether a text says to whom something is given: 对…人员."""
    to = any_of("rates", "given_to").pattern
    return bool(re.search(rf"(?:{to}).*(?:{any_of('rates', 'holders').pattern})", text))


def _condition(lead: str) -> str:
    """The clause that says who is paid: 对新招募且在岗服务满6个月的…人员."""
    clause = re.split(r"[,;:。]", lead.rstrip(",;:"))[-1]
    opens = any_of("rates", "condition").match(clause)
    return clause if opens and any_of("rates", "holders").search(clause) else ""


def bound_of(quote: Quote) -> str:
    """at_least for 不低于 and 以上, at_most for 不超过, "" for neither."""
    if any_of("rates", "at_least").search(quote.before) or quote.tail.startswith("以上"):
        return "at_least"
    if any_of("rates", "at_most").search(quote.before) or quote.tail.startswith(("以内", "以下")):
        return "at_most"
    return ""


def standard_label(quote: Quote) -> str:
    """What a standard is called: its clause without verbs, receivers and rate words."""
    label = core_name(_before().sub("", item_name(quote)))
    if label:
        return label
    for clause in reversed(re.split(r"[,;:。(]", quote.lead)):
        if _ANOTHER_AMOUNT.search(clause):
            break
        if label := core_name(_before().sub("", clause)):
            return label
    return ""


@functools.lru_cache(maxsize=20_000)
def core_name(name: str) -> str:
    """What is left of a name without verbs before it, measuring words behind it, and receivers."""
    verbs = any_of("rates", "verbs")
    name = plain_words(name)
    while match := _tail_ending().search(name):
        name = name[: match.start()]
    behind = max((m.end() for m in any_of("rates", "holders").finditer(name)), default=0)
    if behind and len(name) - behind >= 2:
        name = name[behind:]
        while (match := verbs.match(name)) and len(name) > match.end() + 1:
            name = name[match.end() :]
    return name if len(name) >= 2 else ""


@functools.cache
def _tail_ending() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('rates', 'tails').pattern})$")


@functools.lru_cache(maxsize=20_000)
def plain_words(name: str) -> str:
    """A name without the verbs before it: 按月足额发放生活补贴 is 生活补贴."""
    name = plain_name(name)
    while match := any_of("rates", "verbs").match(name):
        name = name[match.end() :]
    return name


def find_headcounts(quotes: Iterable[Quote]) -> list[Headcount]:
    """The numbers of people, households, days and events that a description names."""
    rooms = ("person", "household", "day", "event", "myriad")
    counted = {unit for room in rooms for unit in words("counts", room)}
    return [
        Headcount(
            plain_name(quote.before),
            quote.number.id,
            quote.number.value * (10_000 if quote.unit in words("counts", "myriad") else 1),
            quote.unit.removeprefix("万"),
            bound_of(quote),
            quote.field,
        )
        for quote in quotes
        if quote.unit in counted and quote.unit not in YUAN
    ]
