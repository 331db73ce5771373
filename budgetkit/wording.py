"""Wording: names that differ between places, wrong years, template left-overs, missing tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence

from budgetkit.amounts import fold_width
from budgetkit.blocks import Where
from budgetkit.labels import parse_label, plain_name
from budgetkit.ledger import Number
from budgetkit.lines import Line
from budgetkit.observations import Observation
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_kind, load

__all__ = ["wording_observations"]

_TWO_YEARS = re.compile(
    r"((?:19|20)\d{2})年(?:度)?(?:预算|决算)?[与和、及]((?:19|20)\d{2})年(?:度)?"
)
_CORE = 10
"""How much of a name's end is compared; places and years stand at its beginning."""
_SHORTEST = 8
_WINDOW_DIFFERENCE = 2
_DIVISIONS = re.compile(
    r"(\d+)\s*个\s*[^,，。；;:：\d]{2,12}[,，]?\s*(?:分别(?:是|为)|包括|为)[:：]?\s*([^。；;]+)"
)


def wording_observations(
    lines: Sequence[Line], tables: Sequence[BudgetTable], year: int | None
) -> Iterator[Observation]:
    """Everything about names, years and phrases that a careful reader would mark."""
    yield from _wrong_years(lines, year)
    yield from _template_words(lines)
    yield from _near_names(lines, tables)
    yield from _code_names(tables)
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
            f"“{messages[0]}” stands in a comparison with the year before; {year} compares with "
            f"{(year or 0) - 1}",
            places=tuple(places),
        )


def _template_words(lines: Sequence[Line]) -> Iterator[Observation]:
    pattern = re.compile("|".join(load("wording.toml")["template"]))
    for line in lines:
        for match in pattern.finditer(fold_width(line.text)):
            yield Observation(
                "wording.template",
                f"“{line.text[match.start() : match.end()]}” is the form's own choice of words, "
                "left standing",
                places=(line.passage.where(match.start(), match.end()),),
            )


def _near_names(lines: Sequence[Line], tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    """Names of projects and carry-overs that the text prints with one or two other characters."""
    texts = [(line, plain_name(line.text)) for line in lines if not line.heading]
    named: dict[str, tuple[BudgetTable, Where]] = {}
    for table in tables:
        for section in table.rows:
            for row in section:
                name = plain_name(row.project or ("" if row.code else row.label.name))
                named_thing = row.kind not in {"total", "unit"} and row.term is None
                if named_thing and len(name) >= _SHORTEST:
                    core = name[-_CORE:]
                    named.setdefault(core, (table, _place_of(core, table, row)))
    for core, (table, place) in named.items():
        yield from _variants(core, table, place, texts, named)


def _place_of(name: str, table: BudgetTable, row: Row) -> Where:
    """The cell of a row that prints a name; the first of the row where none does so whole."""
    cells = list(table.matrix[row.line].values())
    printing = (cell for cell in cells if plain_name(cell.text).endswith(name))
    return next(printing, cells[0]).passage.where()


def _variants(
    core: str,
    table: BudgetTable,
    place: Where,
    texts: Sequence[tuple[Line, str]],
    named: Container[str],
) -> Iterator[Observation]:
    telling = set(load("wording.toml")["telling"])
    found: dict[str, list[Where]] = defaultdict(list)
    for line, text in texts:
        position = text.find(core[:2])
        while position >= 0:
            window = text[position : position + len(core)]
            position = text.find(core[:2], position + 1)
            if len(window) < len(core) or window[-2:] != core[-2:] or window in named:
                continue
            pairs = [(a, b) for a, b in zip(core, window, strict=True) if a != b]
            words = {sign for pair in pairs for sign in pair}
            if 0 < len(pairs) <= _WINDOW_DIFFERENCE and all(
                sign.isalpha() and sign not in telling for sign in words
            ):
                found[window].append(line.passage.where())
    for variant, places in found.items():
        yield Observation(
            "wording.name",
            f"table {table.number} prints “…{core}”, the text “{variant}”",
            places=(place, *places),
        )


def _code_names(tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    names: dict[tuple[str, str], dict[str, Where]] = defaultdict(dict)
    for table in tables:
        for section in table.rows:
            for row in section:
                if row.code and row.label.name and not row.project:
                    dimension = next((d for d, v in row.facts.items() if v == row.code), "")
                    cell = next(iter(table.matrix[row.line].values()))
                    names[dimension, row.code].setdefault(row.label.name, cell.passage.where())
    for (_, code), printed in names.items():
        distinct = {re.sub(r"[\s等]", "", name): name for name in printed}
        if len(distinct) > 1:
            listed = "”, “".join(distinct.values())
            yield Observation(
                "wording.code_name",
                f"code {code} is named “{listed}”",
                places=tuple(printed.values()),
            )


def _missing_tables(lines: Sequence[Line], tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    """Tables of the contents list that no recognised table's title answers."""
    if not tables:
        return
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
    if missing:
        yield Observation(
            "wording.missing_table",
            f"the contents list {'、'.join(missing)}, not found in the text",
            places=tuple(missing.values()),
        )


def _described_as_empty(tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    for table in tables:
        if table.note and table.cells and "空表" in table.note:
            first: Number = next(iter(table.cells.values()))
            yield Observation(
                "wording.empty",
                f"table {table.number} is called empty, yet prints {len(table.cells)} amounts",
                (first,),
                (first.where,),
            )


def _listed_names(lines: Sequence[Line]) -> Iterator[Observation]:
    for line in lines:
        for match in _DIVISIONS.finditer(line.text):
            count = int(match[1])
            names = [name for name in re.split(r"[、，,]|和(?=[^、]*$)", match[2]) if name.strip()]
            exact = [name for name in re.split(r"[、，,]", match[2]) if name.strip()]
            if len(exact) < 2:
                continue
            number = next(
                (
                    n
                    for token, n in zip(line.tokens, line.numbers, strict=True)
                    if n is not None and token.start == match.start(1)
                ),
                None,
            )
            agrees = count in {len(names), len(exact)}
            yield Observation(
                "narrative.listed_names",
                f"{count} are announced, {len(exact)} names are listed",
                (number,) if number else (),
                (line.passage.where(match.start(1), match.end(1)),),
                "holds" if agrees else "violated",
            )
