"""Project descriptions of the narrative: labelled fields, amounts, lists, standards, receivers."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from budgetkit.amounts import fold_width, squeeze
from budgetkit.blocks import Where
from budgetkit.labels import parse_label, plain_name
from budgetkit.ledger import YUAN, Number
from budgetkit.lines import Line
from budgetkit.project_tables import match_tables
from budgetkit.quotes import ItemList, Quote, Span, item_name, read_lists, read_quotes, words
from budgetkit.rates import (
    Headcount,
    Standard,
    find_headcounts,
    find_standards,
    parse_rate,
)
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import load

__all__ = ["Item", "Limit", "Project", "read_projects"]

_LONGEST_HEADING = 40
_DATE = re.compile(r"((?:19|20)\d{2})\s*[年.\-/]\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})")
_YEAR = re.compile(r"((?:19|20)\d{2})\s*年?\s*(?:度|全年)")


@dataclass(frozen=True, slots=True)
class Item:
    """One named amount of a project: its name, ledger id, printed value and unit."""

    name: str
    number: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A cost limit of a performance table in 元, with its number and the indicator's name."""

    label: str
    number: Number
    yuan: Decimal
    name: str


@dataclass(slots=True)
class _Draft:
    """A project while its lines are gathered: spans by field, in order of appearance."""

    rank: int
    title: str = ""
    fields: dict[str, list[Span]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """One project description.

    `number` counts the projects from 1, `id` is made from it; `lines` are the indices of its
    paragraphs. Texts are as printed on one line;
    "" where the description has no such field. `amount` is the printed value of the budget in
    `unit`, `amount_number` its ledger id ("" and None where no amount is named). `period_start`
    and `period_end` are ISO dates, `months` the months between them. `beneficiaries` is the
    named number of receivers with its ledger id. `table`, `table_row`, `table_name` and
    `table_number` are the row of the project table that it was matched with; `table_name` may
    differ from `name`; `function` is the functional item that row stands under. `carryover` are
    amounts carried over from last year under the same name or item. `target_table`
    to `limits` come from its performance table (see project_targets). `unread` names fields that
    are printed without a value.
    """

    id: str
    number: int
    name: str
    where: Where
    lines: tuple[int, ...] = ()
    basis: str = ""
    amount: Decimal | None = None
    unit: str = ""
    amount_number: str = ""
    carrier: str = ""
    allocation: str = ""
    period: str = ""
    period_start: str = ""
    period_end: str = ""
    months: int | None = None
    funding_source: str = ""
    beneficiaries: Decimal | None = None
    beneficiaries_unit: str = ""
    beneficiaries_number: str = ""
    items: tuple[Item, ...] = ()
    standards: tuple[Standard, ...] = ()
    headcounts: tuple[Headcount, ...] = ()
    lists: tuple[ItemList, ...] = ()
    quotes: tuple[Quote, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    table: int | None = None
    table_row: str = ""
    table_name: str = ""
    table_number: Number | None = None
    function: str = ""
    carryover: tuple[Number, ...] = ()
    target_table: int | None = None
    target_name: str = ""
    target_standards: tuple[Standard, ...] = ()
    target_numbers: tuple[Number, ...] = ()
    limits: tuple[Limit, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def yuan(self) -> Decimal | None:
        """The budget in 元; None where no amount with a unit of money is named."""
        if self.amount is None or self.unit not in YUAN:
            return None
        return self.amount * YUAN[self.unit]

    @property
    def item_rows(self) -> tuple[dict[str, str], ...]:
        """The items as plain rows: name, value, unit, number."""
        return tuple(
            {"name": i.name, "value": f"{i.value:f}", "unit": i.unit, "number": i.number}
            for i in self.items
        )

    @property
    def standard_rows(self) -> tuple[dict[str, str], ...]:
        """The standards as plain rows: label, amount, unit, per, period, bound, count, number."""
        return tuple(
            {
                "label": s.label,
                "amount": f"{s.amount:f}",
                "unit": s.unit,
                "per": s.per,
                "period": s.period,
                "bound": s.bound,
                "count": "" if s.count is None else f"{s.count:f}",
                "number": s.number,
            }
            for s in self.standards
        )

    @property
    def name_differs(self) -> bool:
        """True where the project table prints another name."""
        return bool(self.table_name) and plain_name(self.table_name) != plain_name(self.name)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The ledger ids of every value that the description quotes."""
        return tuple(quote.number.id for quote in self.quotes)

    @property
    def places(self) -> tuple[Where, ...]:
        """Where every quoted value stands."""
        return tuple(quote.number.where for quote in self.quotes)


def read_projects(lines: Sequence[Line], tables: Sequence[BudgetTable]) -> list[Project]:
    """The project descriptions among the paragraphs, in order, matched with the project tables.

    A description is a run of labelled fields; labels are vocabulary. A field without a value
    stays empty and is named in `unread`; a description of fewer than two fields is none.
    """
    projects = [
        _project(draft, number)
        for number, draft in enumerate(
            (draft for draft in _drafts(lines) if _is_description(draft)), start=1
        )
    ]
    return match_tables(projects, tables)


# --- fields -----------------------------------------------------------------------------------


@functools.cache
def _labels() -> dict[str, str]:
    return {label: row["id"] for row in load("projects.toml")["field"] for label in row["labels"]}


@functools.cache
def _opening() -> frozenset[str]:
    return frozenset(row["id"] for row in load("projects.toml")["field"] if row.get("opens"))


@functools.cache
def _label_lengths() -> tuple[int, ...]:
    return tuple(sorted({len(label) for label in _labels()}, reverse=True))


def _find_fields(line: Line) -> list[tuple[str, int, int]]:
    """The labels of a paragraph: field, where the label starts, where its value starts."""
    folded = fold_width(line.text)
    found = []
    last = 0
    colon = folded.find(":")
    while colon >= 0:
        label = _label_before(folded, last, colon)
        if label is not None:
            found.append((*label, colon + 1))
            last = colon + 1
        colon = folded.find(":", colon + 1)
    if not found and len(folded) < _LONGEST_HEADING:
        name = parse_label(line.text).name.strip("【】[]")
        if name in _labels():
            return [(_labels()[name], 0, len(line.text))]
    return found


def _label_before(folded: str, start: int, colon: int) -> tuple[str, int] | None:
    """The longest label that ends at a colon, and where it starts; blanks inside do not count."""
    places = [i for i in range(max(start, colon - 60), colon) if not folded[i].isspace()]
    while places and folded[places[-1]] in "】]":
        places.pop()
    for length in _label_lengths():
        if length > len(places):
            continue
        name = _labels().get("".join(folded[i] for i in places[-length:]))
        if name is not None:
            return name, places[-length]
    return None


def _drafts(lines: Sequence[Line]) -> Iterator[_Draft]:
    """Runs of fields. A new name (or overview) opens the next; a higher heading closes one."""
    draft: _Draft | None = None
    current = ""
    for position, line in enumerate(lines):
        found = _find_fields(line)
        if not found:
            if draft is not None and _closes(line, draft):
                yield draft
                draft = None
            elif draft is not None:
                draft.fields[current].append(Span(line, 0, len(line.text)))
            continue
        if draft is not None and found[0][1] > 0 and not _is_marker(line.text[: found[0][1]]):
            draft.fields[current].append(Span(line, 0, found[0][1]))
        for index, (name, start, value) in enumerate(found):
            stop = found[index + 1][1] if index + 1 < len(found) else len(line.text)
            if name in _opening() and (draft is None or name in draft.fields or name == "name"):
                title = _title_before(lines, position, draft) if name != "name" else ""
                if draft is not None:
                    yield draft
                draft = _Draft(_rank(line), title)
            if draft is None:
                continue
            current = name
            draft.fields.setdefault(name, []).append(Span(line, value, stop))
            if start == 0 or index == 0:
                draft.rank = min(draft.rank, _rank(line) or draft.rank)
    if draft is not None:
        yield draft


def _rank(line: Line) -> int:
    return parse_label(line.text[:80]).rank


def _is_marker(text: str) -> bool:
    """Whether the text before a label is only its list number."""
    return len(plain_name(text)) <= 6 and bool(parse_label(f"{text}名").rank)


def _closes(line: Line, draft: _Draft) -> bool:
    if not line.heading:
        return False
    rank = _rank(line)
    return rank < draft.rank if rank and draft.rank else not rank


def _title_before(lines: Sequence[Line], position: int, draft: _Draft | None) -> str:
    """The heading right above an overview names the project; it is no text of the one before."""
    if not position:
        return ""
    above = lines[position - 1]
    if len(above.text) > 60 or "。" in above.text or _find_fields(above):
        return ""
    if draft is not None:
        for spans in draft.fields.values():
            if spans and spans[-1].line is above:
                spans.pop()
    name = parse_label(above.text).name
    for ending in words("names", "endings"):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name if above.heading else ""


def _is_description(draft: _Draft) -> bool:
    """A named one has two fields; without a name it must say why or what for as well."""
    if "name" in draft.fields:
        return len(draft.fields) >= 2
    said = {"basis", "allocation", "standard"}
    return len(draft.fields) >= 3 and not said.isdisjoint(draft.fields)


def _text(draft: _Draft, name: str) -> str:
    return squeeze(" ".join(span.text.strip() for span in draft.fields.get(name, ()))).strip()


# --- one project ------------------------------------------------------------------------------


def _project(draft: _Draft, number: int) -> Project:
    quotes = [quote for name, spans in draft.fields.items() for quote in read_quotes(spans, name)]
    name = _text(draft, "name").rstrip("。；;，,") or draft.title
    first = next(iter(draft.fields.values()))[0]
    amount = _amount(quotes)
    period = _text(draft, "period")
    start, end, months = _period(period)
    headcounts = find_headcounts(quotes)
    receivers = _receivers(headcounts)
    rated = [q.number.id for q in quotes if q.is_money and parse_rate(q.before, q.tail)]
    lists = [
        found
        for name_ in draft.fields
        for found in read_lists([q for q in quotes if q.field == name_], rated)
    ]
    project = Project(
        id=f"j{number}",
        number=number,
        name=name or f"({number})",
        where=first.line.passage.where(first.start, first.end),
        lines=tuple(sorted({s.line.index for spans in draft.fields.values() for s in spans})),
        basis=_text(draft, "basis"),
        amount=amount.number.value if amount else None,
        unit=amount.unit if amount else "",
        amount_number=amount.number.id if amount else "",
        carrier=_text(draft, "carrier"),
        allocation=_text(draft, "allocation"),
        period=period,
        period_start=start,
        period_end=end,
        months=months,
        funding_source=_text(draft, "source").rstrip("。"),
        beneficiaries=receivers.value if receivers else None,
        beneficiaries_unit=receivers.unit if receivers else "",
        beneficiaries_number=receivers.number if receivers else "",
        items=_items(lists),
        headcounts=tuple(headcounts),
        lists=tuple(lists),
        quotes=tuple(quotes),
        fields=tuple((name_, _text(draft, name_)) for name_ in draft.fields),
        unread=tuple(
            name_ for name_ in draft.fields
            if not _text(draft, name_) or (name_ == "amount" and amount is None)
        ),
    )  # fmt: skip
    standards = [
        _with_count(standard, project)
        for standard in find_standards(project.name, quotes)
        if standard.number != project.amount_number and not _is_whole(standard.label)
    ]
    return replace(project, standards=tuple(standards))


def _is_whole(name: str) -> bool:
    return name in words("lists", "whole") or name in words("lists", "funds")


def _amount(quotes: Sequence[Quote]) -> Quote | None:
    """The project's amount: alone behind its label, or called the whole amount by its clause."""
    stated = [quote for quote in quotes if quote.field == "amount" and quote.is_money]
    bare = [quote for quote in quotes if quote.field == "amount" and not quote.before]
    for quote in (*bare, *stated):
        if not quote.before and quote.sentence == 0:
            return quote
    named = [
        quote for quote in (*stated, *quotes)
        if quote.is_money and any(item_name(quote).endswith(w) for w in words("lists", "whole"))
    ]  # fmt: skip
    if named:
        return named[0]
    return stated[0] if len(stated) == 1 else None


def _period(text: str) -> tuple[str, str, int | None]:
    """Start and end as ISO dates and the months they span; a named whole year is twelve."""
    dates = [tuple(int(part) for part in match) for match in _DATE.findall(fold_width(text))]
    if len(dates) >= 2:
        (y1, m1, d1), (y2, m2, d2) = dates[0], dates[1]
        months = (y2 - y1) * 12 + m2 - m1 + 1
        return (
            f"{y1:04d}-{m1:02d}-{d1:02d}",
            f"{y2:04d}-{m2:02d}-{d2:02d}",
            months if months > 0 else None,
        )
    if match := _YEAR.search(fold_width(text)):
        return f"{match[1]}-01-01", f"{match[1]}-12-31", 12
    return "", "", None


def _receivers(headcounts: Sequence[Headcount]) -> Headcount | None:
    """How many the project pays: as its field on beneficiaries says, else the first count."""
    people = words("counts", "person") + words("counts", "household")
    for wanted in ("beneficiaries", "standard", "allocation", "plan", "overview"):
        for count in headcounts:
            if count.field == wanted and count.unit in people:
                return count
    return None


def _items(lists: Iterable[ItemList]) -> tuple[Item, ...]:
    """The items of the first list of every content; names of sources and repeats left out."""
    seen: dict[tuple[str, str], Item] = {}
    for found in lists:
        for quote in found.items:
            name = item_name(quote)
            if not _is_whole(name):
                item = Item(name, quote.number.id, quote.number.value, quote.unit)
                seen.setdefault((name, quote.unit), item)
    return tuple(seen.values())


def _with_count(standard: Standard, project: Project) -> Standard:
    """The standard with the number of its receivers, from the nearest place that names one."""
    people = words("counts", "household" if standard.per == "household" else "person")
    sentences = {q.number.id: (q.field, q.sentence) for q in project.quotes}
    counts = [count for count in project.headcounts if count.unit in people]
    chosen, source = None, ""
    for count in counts:
        if sentences[count.number] == sentences[standard.number]:
            chosen, source = count, "sentence"
            break
    if chosen is None:
        stem = standard.label.rstrip("费")
        chosen = next((c for c in counts if len(stem) >= 2 and stem in c.label), None)
        source = "label" if chosen else ""
    if chosen is None and standard.per != "none" and project.beneficiaries_number:
        chosen = next((c for c in counts if c.number == project.beneficiaries_number), None)
        source = "project" if chosen else ""
    if chosen is None:
        return standard
    return replace(standard, count=chosen.value, count_number=chosen.number, count_of=source)
