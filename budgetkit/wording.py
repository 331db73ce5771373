"""Wording: names that differ between places, wrong years, template left-overs, missing tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from budgetkit.amounts import fold_width
from budgetkit.blocks import Where
from budgetkit.labels import parse_label
from budgetkit.language import said
from budgetkit.ledger import Number
from budgetkit.lines import Line
from budgetkit.observations import Observation
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_kind, load
from budgetkit.wording_names import name_observations

__all__ = ["wording_observations"]

_TWO_YEARS = re.compile(
    r"((?:19|20)\d{2})年(?:度)?(?:预算|决算)?[与和、及]((?:19|20)\d{2})年(?:度)?"
)
_DIVISIONS = re.compile(
    r"(?<!\d)(\d{1,6})\s*个\s*[^,，。；;:：\d]{2,12}[,，]?\s*(?:分别(?:是|为)|包括|为)[:：]?\s*([^。]+。?)"
)
_BRACKETS = re.compile("[（(][^（()）]*[)）]")
_FROM_TO = re.compile("[一二三四五六七八九十0-9][^、，,；;]{0,4}[至到—-]")
_LEAST_NAMES = 2


def wording_observations(
    lines: Sequence[Line], tables: Sequence[BudgetTable], year: int | None, lists: bool = False
) -> Iterator[Observation]:
    """Everything about names, years and phrases that a careful reader would mark.

    `lists` says that the document holds lists without amounts beside its tables.
    """
    yield from _wrong_years(lines, year)
    yield from _template_words(lines)
    yield from name_observations(lines, tables)
    if tables or lists:  # a text whose tables are published apart lacks none
        yield from _missing_tables(lines, tables)
    yield from _described_as_empty(tables)
    yield from _listed_names(lines)


def _wrong_years(lines: Sequence[Line], year: int | None) -> Iterator[Observation]:
    """Two years side by side in a comparison that are not this one and the one before."""
    places: list[Where] = []
    messages: list[str] = []
    for line in lines:
        folded = fold_width(line.text)
        if "比" not in folded and "较" not in folded:
            continue
        kept = [position for position, sign in enumerate(folded) if not sign.isspace()]
        text = "".join(folded[position] for position in kept)
        for match in _TWO_YEARS.finditer(text):
            first, second = sorted((int(match[1]), int(match[2])))
            if year == second and second - first > 1:
                start, end = kept[match.start()], kept[match.end() - 1] + 1
                places.append(line.passage.where(start, end))
                messages.append(match[0])
    if places:
        yield Observation(
            "wording.year",
            said(
                "“{words}” stands in a comparison with the year before; {year} compares with "
                "{before}",
                words=messages[0],
                year=year,
                before=(year or 0) - 1,
            ),
            places=tuple(places),
        )


def _template_words(lines: Sequence[Line]) -> Iterator[Observation]:
    pattern = re.compile("|".join(load("wording.toml")["template"]))
    for line in lines:
        for match in pattern.finditer(fold_width(line.text)):
            yield Observation(
                "wording.template",
                said(
                    "“{words}” is the form's own choice of words, left standing",
                    words=line.text[match.start() : match.end()],
                ),
                places=(line.passage.where(match.start(), match.end()),),
            )


def _missing_tables(lines: Sequence[Line], tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    """Tables of the contents list that no recognised table's title answers.

    Tables of unknown kind may be these: only what is more than they can be is missing.
    """
    titles = {parse_label(table.title).name for table in tables}
    kinds = {table.kind.id for table in tables}
    missing: dict[str, Where] = {}
    for line in lines[:80]:
        label = parse_label(line.text)
        name = label.name
        if not label.rank or not name.endswith("表") or len(name) > 40 or name in titles:
            continue
        kind = find_kind(name)
        if kind is not None and kind.id not in kinds and kind.id != "performance_targets":
            missing.setdefault(name, line.passage.where())
    unknown = sum(table.kind.id == "unknown" for table in tables)
    if len(missing) > unknown:
        yield Observation(
            "wording.missing_table",
            said("the contents list {tables}, not found in the text", tables="、".join(missing)),
            places=tuple(missing.values()),
        )


def _described_as_empty(tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    for table in tables:
        if table.note and table.cells and "空表" in table.note:
            first: Number = next(iter(table.cells.values()))
            yield Observation(
                "wording.empty",
                said(
                    "table {table} is called empty, yet prints {count} amounts",
                    table=table.number,
                    count=len(table.cells),
                ),
                (first,),
                (first.where,),
            )


def _listed_names(lines: Sequence[Line]) -> Iterator[Observation]:
    """An announced number of units and the names behind it, where the list is whole and plain."""
    for line in lines:
        for match in _DIVISIONS.finditer(line.text):
            count = int(match[1])
            found = _list_lengths(match[2])
            if count < _LEAST_NAMES or not found:
                continue
            number = next(
                (
                    n
                    for token, n in zip(line.tokens, line.numbers, strict=True)
                    if n is not None and token.start == match.start(1)
                ),
                None,
            )
            yield Observation(
                "narrative.listed_names",
                said(
                    "{count} are announced, {found} names are listed", count=count, found=found[0]
                ),
                (number,) if number else (),
                (line.passage.where(match.start(1), match.end(1)),),
                "holds" if count in found else "violated",
            )


def _list_lengths(text: str) -> list[int]:
    """How many names a list may hold: parted by ； or 、, the last two perhaps by 和.

    Empty where the text does not tell: it goes on behind the line, or counts from one to another
    (一处至九处). Names in brackets are part of the name before them.
    """
    plain = _BRACKETS.sub("", text)
    if not plain.endswith("。") or _FROM_TO.search(plain):
        return []
    plain = plain.rstrip("。")
    if re.search("[；;]", plain):
        return [len([item for item in re.split("[；;]", plain) if item.strip()])]
    found: list[int] = []
    for cut in (plain, re.split("[，,]", plain)[0]):
        names = [name for name in re.split("[、，,]", cut) if name.strip()]
        if len(names) >= _LEAST_NAMES:
            last = re.split("和|及|以及", names[-1])
            found += [len(names), len(names) - 1 + len([n for n in last if n.strip()])]
    return found
