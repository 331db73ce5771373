"""Names that differ between places: of projects in table and text, and of one code in two rows."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from budgetkit.blocks import Where
from budgetkit.labels import plain_name
from budgetkit.language import said
from budgetkit.lines import Line
from budgetkit.observations import Observation
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import load

__all__ = ["name_observations"]

_CORE = 10
"""How much of a name's end is compared; places and years stand at its beginning."""
_SHORTEST = 8
_WINDOW_DIFFERENCE = 2
_CODE_LENGTHS = {3, 5, 7}
_LEAST_USES = 2
_LEAST_CODES = 2
"""A number of five digits alone in its class may be anything (a hotline)."""
_LONGEST = 40
_NO_NAME = re.compile(r"[\dA-Za-z]|^[-—]")


def name_observations(
    lines: Sequence[Line], tables: Sequence[BudgetTable]
) -> Iterator[Observation]:
    """Names that a careful reader would take for one name written in two ways."""
    yield from _near_names(lines, tables)
    yield from _code_names(tables)


def _near_names(lines: Sequence[Line], tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    """Names of projects and carry-overs that the text prints with one or two other characters."""
    texts = [(line, plain_name(line.text)) for line in lines if not line.heading]
    named: dict[str, tuple[BudgetTable, Where]] = {}
    names: list[str] = []
    for table in tables:
        for section in table.rows:
            for row in section:
                names.append(plain_name(row.project or row.label.name))
                name = plain_name(row.project or ("" if row.code else row.label.name))
                named_thing = row.kind not in {"total", "unit"} and row.term is None
                if named_thing and len(name) >= _SHORTEST:
                    core = name[-_CORE:]
                    named.setdefault(core, (table, _place_of(core, table, row)))
    words = "\n".join([*(text for _, text in texts), *names])
    for core, (table, place) in named.items():
        used = sum(core in text for _, text in texts) >= _LEAST_USES
        for variant, places in _variants(core, texts, named, words).items():
            if used and len(places) >= _LEAST_USES:
                continue  # the text uses both names again and again
            yield Observation(
                "wording.name",
                said(
                    "table {table} prints “…{core}”, the text “{variant}”",
                    table=table.number,
                    core=core,
                    variant=variant,
                ),
                places=(place, *places),
            )


def _place_of(name: str, table: BudgetTable, row: Row) -> Where:
    """The cell of a row that prints a name; the first of the row where none does so whole."""
    cells = list(table.matrix[row.line].values())
    printing = (cell for cell in cells if plain_name(cell.text).endswith(name))
    return next(printing, cells[0]).passage.where()


def _variants(
    core: str,
    texts: Sequence[tuple[Line, str]],
    named: dict[str, tuple[BudgetTable, Where]],
    words: str,
) -> dict[str, list[Where]]:
    telling = set(load("wording.toml")["telling"])
    found: dict[str, list[Where]] = defaultdict(list)
    for line, text in texts:
        position = text.find(core[:2])
        while position >= 0:
            window = text[position : position + len(core)]
            position = text.find(core[:2], position + 1)
            if len(window) < len(core) or window[-2:] != core[-2:] or window in named:
                continue
            places = [i for i, (a, b) in enumerate(zip(core, window, strict=True)) if a != b]
            signs = {sign for i in places for sign in (core[i], window[i])}
            if 0 < len(places) <= _WINDOW_DIFFERENCE and all(
                sign.isalpha() and sign not in telling for sign in signs
            ):
                found[window].append(line.passage.where())
    return {
        variant: places for variant, places in found.items() if not _two_words(core, variant, words)
    }


def _two_words(core: str, variant: str, words: str) -> bool:
    """Whether the signs that differ make words of the document's own in both names.

    普查 and 监测 stand elsewhere too: two centres. A slip stands nowhere else.
    """
    rest = words.replace(core, "\n").replace(variant, "\n")
    places = [i for i, (a, b) in enumerate(zip(core, variant, strict=True)) if a != b]
    first, last = places[0], places[-1] + 1
    if {core[first:last], variant[first:last]} & set(load("wording.toml")["generic"]):
        return True
    spans = [(first, last)] if last - first > 1 else [(first - 1, last), (first, last + 1)]
    return all(any(name[a:b] in rest for a, b in spans) for name in (core, variant))


def _code_names(tables: Sequence[BudgetTable]) -> Iterator[Observation]:
    """Whole codes with two whole names; a piece of a code or of a name tells nothing."""
    names: dict[tuple[str, str], dict[str, Where]] = defaultdict(dict)
    for table in tables:
        for number, section in enumerate(table.rows):
            for row in section if _names_codes(table, number) else ():
                if row.label.name and not row.project and len(row.code) in _CODE_LENGTHS:
                    dimension = next((d for d, v in row.facts.items() if v == row.code), "")
                    cell = next(iter(table.matrix[row.line].values()))
                    names[dimension, row.code].setdefault(row.label.name, cell.passage.where())
    classes = Counter(code[:3] for _, code in names)
    for (dimension, code), printed in names.items():
        if classes[code[:3]] < _LEAST_CODES:
            continue
        distinct = {
            re.sub(r"[\s等]", "", name): name
            for name in printed
            if not _NO_NAME.search(name) and len(name) <= _LONGEST
        }
        whole = [name for name in distinct if not _is_piece(name, distinct)]
        if dimension and len(whole) > 1:
            listed = "”, “".join(distinct[name] for name in whole)
            yield Observation(
                "wording.code_name",
                said("code {code} is named “{listed}”", code=code, listed=listed),
                places=tuple(printed[distinct[name]] for name in whole),
            )


def _names_codes(table: BudgetTable, section: int) -> bool:
    """Whether the names of a list are those of its codes, not of units or goods beside them."""
    columns = [column for column in table.columns if column.section == section]
    name = next((column for column in columns if column.role == "name"), None)
    words = load("wording.toml")["named_under"]
    return (
        name is not None
        and not any(column.role in {"unit_code", "index"} for column in columns)
        and re.search(words, plain_name(name.heading.rpartition(" / ")[2])) is not None
    )


def _is_piece(name: str, names: Sequence[str] | dict[str, str]) -> bool:
    """Whether a name is the beginning or the end of another one, cut by the edge of its cell."""
    return any(
        other != name and (other.startswith(name) or other.endswith(name)) for other in names
    )
