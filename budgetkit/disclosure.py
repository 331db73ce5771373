"""A whole read disclosure: its tables, its ledger of numbers, and what was not read."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from budgetkit.areas import TableArea, find_areas
from budgetkit.blocks import Aside, Block, Problem
from budgetkit.conservation import find_unplaced
from budgetkit.covers import complete_cover, read_cover, trim_department
from budgetkit.errors import SourceError
from budgetkit.language import joined, said
from budgetkit.ledger import YUAN, Number, SetAside
from budgetkit.lines import Line, read_lines
from budgetkit.pauses import collector_paused
from budgetkit.project_targets import join_targets
from budgetkit.projects import Project, read_projects
from budgetkit.prose import Claim, Narrative, claim_numbers, read_narrative
from budgetkit.readers.files import read_files
from budgetkit.rosters import Roster, as_roster
from budgetkit.sources import Source, find_source
from budgetkit.subjects import collect_names
from budgetkit.table_asides import REPEATED, repeated_table
from budgetkit.table_names import name_tables
from budgetkit.tables import BudgetTable, read_table
from budgetkit.target_pages import join_pages
from budgetkit.targets import Target, TargetReading, TargetTable, read_targets
from budgetkit.values import BESIDE_DAMAGE, UNREADABLE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Disclosure", "parse_blocks", "read_disclosure"]

_MOST_SIGNS = 40
"""How much of a number without end is quoted."""


@dataclass(eq=False)
class Disclosure:
    """One disclosure as read.

    The ledger holds every number with its place; `set_aside` every number token that is no
    value, with the reason; `leftovers` what looked like an amount and has no cell; `problems`
    what could not be read, each with place and what to do. `numbers`, `tables`, `claims`,
    `projects` and `targets` are pandas DataFrames.
    """

    key: str
    title: str
    department: str
    year: int | None
    kind: str
    source: str
    sha256: str
    files: tuple[tuple[str, str], ...]
    """Each raw file's name and sha256."""
    reader: str
    budget_tables: list[BudgetTable]
    ledger: list[Number]
    rosters: list[Roster] = field(default_factory=list)
    """Lists without amounts: units, forms. They are no budget tables and take no number."""
    set_aside: list[SetAside] = field(default_factory=list)
    leftovers: list[SetAside] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    blocks: Sequence[Block] = ()
    target_areas: list[TableArea] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    narrative: Narrative = field(default_factory=Narrative)
    project_list: list[Project] = field(default_factory=list)
    target_reading: TargetReading = field(default_factory=TargetReading)

    @functools.cached_property
    def numbers(self) -> pd.DataFrame:
        """Every number: id, text, value (Decimal), unit, part, table, row, column, place."""
        from budgetkit.frames import numbers_frame

        return numbers_frame(self.ledger)

    @functools.cached_property
    def tables(self) -> dict[int, pd.DataFrame]:
        """The tables by number: one row a printed row, machine-readable columns, Decimals."""
        from budgetkit.frames import table_frame

        return {table.number: table_frame(table) for table in self.budget_tables}

    @property
    def claim_list(self) -> list[Claim]:
        """The claims of the narrative behind `claims`."""
        return self.narrative.claims

    @functools.cached_property
    def claims(self) -> pd.DataFrame:
        """What the sentences state: subject, value, unit, kind, direction, base year, place."""
        from budgetkit.frames import objects_frame

        return objects_frame("claims", self.claim_list)

    @functools.cached_property
    def projects(self) -> pd.DataFrame:
        """Project descriptions: name, amount, carrier, period, funding source, beneficiaries."""
        from budgetkit.frames import objects_frame

        return objects_frame("projects", self.project_list)

    @property
    def target_list(self) -> list[Target]:
        """The indicator rows of the performance tables behind `targets`."""
        return self.target_reading.targets

    @property
    def target_tables(self) -> list[TargetTable]:
        """The performance tables: whose, for which project, with what money and objectives."""
        return self.target_reading.headers

    @functools.cached_property
    def targets(self) -> pd.DataFrame:
        """Indicators of the performance tables: levels, operator, target, previous, weight."""
        from budgetkit.frames import objects_frame

        return objects_frame("targets", self.target_list)

    def table(self, number: int) -> BudgetTable:
        """The table with this number. Raises SourceError where the document has no such table."""
        for table in self.budget_tables:
            if table.number == number:
                return table
        known = ", ".join(str(table.number) for table in self.budget_tables) or "none"
        raise SourceError(f"{self.key}: there is no table {number}; its tables are {known}")

    def __repr__(self) -> str:
        return (
            f"<Disclosure {self.key}: {self.title}, {len(self.budget_tables)} tables, "
            f"{len(self.ledger)} numbers>"
        )


def read_disclosure(source: str | Path) -> Disclosure:
    """Reads one disclosure from a file or from a key under ``data/raw``.

    Raises SourceError where the source cannot be used at all; what can be read is read, and what
    cannot is listed in `problems`.
    """
    with collector_paused():
        return read_source(find_source(source))


def read_source(source: Source) -> Disclosure:
    """Reads a disclosure from a raw file that was found and checked."""
    reading = read_files(source)
    cut = any(problem.kind in {"cut_off", "ends_in_table"} for problem in reading.problems)
    disclosure = parse_blocks(reading.blocks, source, reading.reader, reading.asides, cut=cut)
    disclosure.problems[:0] = list(reading.problems)
    disclosure.set_aside[:0] = [
        SetAside(aside.text, aside.reason, "prose", aside.where)
        for aside in reading.asides
        if any(sign.isdigit() for sign in aside.text)
    ]
    if not _says_anything(disclosure):
        raise SourceError(
            f"{source.path}: no budget table and no amount was found in the text; "
            "check that it is a budget disclosure and that its tables came over as tables "
            "(in a text: as tab- or pipe-separated lines)"
        )
    return disclosure


def _says_anything(disclosure: Disclosure) -> bool:
    """Whether there is a table, an amount of money, another number of a known kind, or a number
    beside what could not be read: a page that says 404 has one too, and nothing to contradict itself."""
    return bool(
        disclosure.budget_tables
        or disclosure.target_areas
        or disclosure.rosters
        or (disclosure.ledger and disclosure.problems)
        or any(number.unit in YUAN or "flow" in number.facts for number in disclosure.ledger)
    )


def parse_blocks(
    blocks: Sequence[Block],
    source: Source,
    reader: str,
    asides: Sequence[Aside] = (),
    *,
    cut: bool = False,
) -> Disclosure:
    """The facts of a disclosure from blocks, whichever reader brought them.

    `asides` are running heads, which may print the title where no cover does. With `cut` the
    source ends inside its last table; sums that miss rows there are not checked.
    """
    areas, taken = find_areas(blocks)
    cover = complete_cover(
        read_cover(blocks, asides, str(source.origin.get("title", ""))),
        [area.title for area in areas if area.title],
        [grid for area in areas for grid in area.grids],
    )
    for area in areas:
        area.department = trim_department(area.department, cover)
    department = next((area.department for area in areas if area.department), cover.department)
    disclosure = Disclosure(
        key=source.key,
        title=cover.title or source.key,
        department=department,
        year=cover.year,
        kind=cover.kind,
        source=source.name,
        sha256=source.sha256,
        files=tuple((file.name, file.sha256) for file in source.files),
        reader=reader,
        budget_tables=[],
        ledger=[],
        blocks=blocks,
    )
    seen: dict[tuple[object, ...], int] = {}
    budget_areas, disclosure.target_areas = join_pages(areas)
    for area in budget_areas:
        number = len(disclosure.budget_tables) + 1
        table, problems = read_table(area, number, area.department or department, cover.year)
        roster = as_roster(area, table)
        if roster is not None:
            disclosure.rosters.append(roster)
            disclosure.set_aside.extend(roster.aside)
            continue
        content = (area.title, tuple(n.text for n in table.cells.values()))
        if table.cells and content in seen:
            _skip_duplicate(disclosure, table, seen[content])
            continue
        seen[content] = number
        disclosure.budget_tables.append(table)
        disclosure.ledger.extend(table.cells[place] for place in sorted(table.cells))
        disclosure.set_aside.extend(table.aside)
        disclosure.leftovers.extend(table.leftovers)
        disclosure.problems.extend(problems)
    name_tables(disclosure.budget_tables)
    reading = read_targets(disclosure.target_areas, len(disclosure.budget_tables) + 1, blocks)
    disclosure.target_reading = reading
    disclosure.ledger.extend(reading.numbers)
    disclosure.set_aside.extend(reading.set_aside)
    disclosure.problems.extend(reading.problems)
    _list_unplaced(disclosure, taken)
    if cut and disclosure.budget_tables:
        disclosure.budget_tables[-1].cut = True
    _read_text(disclosure, taken)
    disclosure.ledger.sort(key=_printed_order)
    return disclosure


def _list_unplaced(disclosure: Disclosure, taken: set[int]) -> None:
    """Lists the numbers of tables that no table took, and says on which pages they stand."""
    known: list[Number | SetAside] = [
        *disclosure.ledger,
        *disclosure.set_aside,
        *disclosure.leftovers,
    ]
    unplaced = list(find_unplaced(disclosure.blocks, taken, known))
    disclosure.leftovers.extend(unplaced)
    pages: dict[tuple[object, ...], list[SetAside]] = {}
    for token in unplaced:
        line = None if token.where.page is not None else token.where.line
        pages.setdefault((token.where.file, token.where.page, line), []).append(token)
    for tokens in pages.values():
        texts: str = joined((token.text for token in tokens[:6]), ", ")
        if len(tokens) > 6:
            texts = said("{texts} and {count} more", texts=texts, count=len(tokens) - 6)
        disclosure.problems.append(
            Problem(
                "number_not_placed",
                said(
                    "{where}: {texts} of a table were put in no row or column and are not "
                    "checked; compare with the source",
                    where=tokens[0].where.text,
                    texts=texts,
                ),
                tokens[0].where,
            )
        )


def _read_text(disclosure: Disclosure, taken: set[int]) -> None:
    """Adds the running text: its lines, its claims, and their numbers."""
    lines, aside = read_lines(disclosure.blocks, taken)
    names = collect_names(disclosure.budget_tables, disclosure.department)
    disclosure.lines = lines
    described = read_projects(lines, disclosure.budget_tables)
    disclosure.project_list = join_targets(described, disclosure.target_tables)
    in_projects = {index for project in described for index in project.lines}
    disclosure.narrative = read_narrative(lines, names, in_projects, disclosure.year)
    stated = claim_numbers(disclosure.narrative)
    for line in lines:
        for number in line.numbers:
            if number is not None:
                disclosure.ledger.append(stated.get(number.id, number))
    disclosure.set_aside.extend(aside)
    _name_unreadable(disclosure)


def _name_unreadable(disclosure: Disclosure) -> None:
    """Says of numbers that no value can be taken from, and why."""
    for token in disclosure.set_aside:
        told = {"where": token.where.text, "text": _shortened(token.text)}
        if token.reason == UNREADABLE:
            message = said(
                "{where}: '{text}' has more digits than any amount and is not read; "
                "compare with the source",
                **told,
            )
        elif token.reason == BESIDE_DAMAGE:
            message = said(
                "{where}: '{text}' stands beside a damaged character, perhaps a digit, and is "
                "not read; compare with the source",
                **told,
            )
        else:
            continue
        disclosure.problems.append(Problem("unreadable_number", message, token.where))


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_SIGNS else f"{text[:_MOST_SIGNS]}…"


def _printed_order(number: Number) -> tuple[str | float, ...]:
    where = number.where
    box = where.box or (0.0, 0.0, 0.0, 0.0)
    return (where.file or "", where.page or 0, where.line or 0, where.start or 0, box[1], box[0])


def _skip_duplicate(disclosure: Disclosure, table: BudgetTable, first: int) -> None:
    disclosure.problems.append(repeated_table(table, table.where, first))
    disclosure.set_aside.extend(
        SetAside(number.text, REPEATED, "table", number.where, first)
        for number in table.cells.values()
    )
    disclosure.set_aside.extend(replace(token, table=first) for token in table.aside)
    known = Counter(token.text for token in disclosure.budget_tables[first - 1].leftovers)
    for token in table.leftovers:
        # Only what the first one has left over too stands there as well.
        if known[token.text]:
            known[token.text] -= 1
            disclosure.set_aside.append(replace(token, reason=REPEATED, table=first))
        else:
            disclosure.leftovers.append(replace(token, table=first))
