"""Every file of the clean data with its columns, from ``schemas.toml`` and the tables' headings."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

from budgetkit.headings import Column
from budgetkit.labels import parse_label
from budgetkit.rows import Row
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_term

__all__ = ["Field", "Schema", "SectionLayout", "find_schema", "lay_out", "schemas", "table_schema"]

#: The dimensions that a row's code may be of, and the column that each goes to.
CODE_COLUMNS = {
    "function": "functional_code",
    "economic": "economic_code",
    "government_economic": "government_economic_code",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column: machine name, type, Chinese title, English description, unit and source.

    `attribute` is where the value comes from in the object that a row describes (dots reach
    into its parts); `key` marks the primary key.
    """

    name: str
    type: str
    title: str
    description: str
    unit: str = ""
    source: str = ""
    attribute: str = ""
    key: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """One file: its name, path in the clean data, Chinese title, English description, columns."""

    name: str
    path: str
    title: str
    description: str
    source: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The column with this name. Raises KeyError where there is none."""
        for found in self.fields:
            if found.name == name:
                return found
        raise KeyError(name)


@functools.cache
def schemas() -> Mapping[str, Schema]:
    """All files by name, in the order of the clean data; `tables` stands for every table."""
    data = tomllib.loads(files("budgetkit").joinpath("schemas.toml").read_text(encoding="utf-8"))
    return {row["name"]: _schema(row) for row in data["file"]}


def _schema(row: Mapping[str, object]) -> Schema:
    columns: Sequence[Mapping[str, object]] = row["column"]  # type: ignore[assignment]
    return Schema(
        str(row["name"]),
        str(row["path"]),
        str(row["title"]),
        str(row["description"]),
        str(row["source"]),
        tuple(
            Field(
                str(column["name"]),
                str(column["type"]),
                str(column["title"]),
                str(column["description"]),
                str(column.get("unit", "")),
                str(column.get("source", "")),
                str(column.get("from", column["name"])),
                bool(column.get("key", False)),
            )
            for column in columns
        ),
    )


def find_schema(name: str) -> Schema:
    """The schema of this file. Raises KeyError where the clean data have no such file."""
    return schemas()[name]


@dataclass(frozen=True, slots=True)
class SectionLayout:
    """How one section of a table (one of the lists side by side) becomes columns.

    `codes` maps a dimension of codes to its column's name; `amounts` maps a column's index in
    the table to its column's name.
    """

    prefix: str
    codes: Mapping[str, str]
    project: bool
    amounts: Mapping[int, str]


def lay_out(table: BudgetTable) -> list[SectionLayout]:
    """The machine-readable columns of a table, section by section."""
    prefixes = _prefixes(table)
    layouts = []
    for section, prefix in enumerate(prefixes):
        columns = [column for column in table.columns if column.section == section]
        amounts = amount_names([column for column in columns if column.role == "amount"])
        layouts.append(
            SectionLayout(
                prefix,
                {
                    dimension: prefix + CODE_COLUMNS[dimension]
                    for dimension in _dimensions(table.rows[section], columns)
                },
                any(column.role == "project" for column in columns),
                {index: prefix + name for index, name in amounts.items()},
            )
        )
    return layouts


def table_schema(table: BudgetTable) -> Schema:
    """The columns of one table's file, with the printed headings as titles."""
    declared = find_schema("tables")
    layouts = lay_out(table)
    fields: list[Field] = []
    for layout in layouts:
        names = [*(CODE_COLUMNS[dimension] for dimension in layout.codes), "name"]
        if layout.project:
            names.append("project_name")
        for name in [*names, "row_kind", "level"]:
            field = declared.field(name)
            fields.append(replace(field, name=layout.prefix + name))
        for column in table.columns:
            if column.index in layout.amounts:
                fields.append(_amount_field(table, column, layout.amounts[column.index]))
    return Schema(
        f"{table.number:02d}_{table.kind.id}",
        f"tables/{table.number:02d}_{table.kind.id}.csv",
        table.title or table.kind.zh,
        f"{table.english}: one row per printed row, amounts in {table.unit} as printed."
        + (f" Note: {table.note}" if table.note else ""),
        f"Table {table.number} of the raw document",
        tuple(fields),
    )


def _amount_field(table: BudgetTable, column: Column, name: str) -> Field:
    meaning = " / ".join(_english(text) for text in column.path) or f"Column {column.number}"
    return Field(
        name,
        "decimal",
        column.heading or column.number,
        f"{meaning}. Blank where nothing is printed.",
        table.unit,
        f"Table {table.number}, column {column.number}",
    )


def _english(heading: str) -> str:
    term = find_term(parse_label(heading).name)
    return term.en if term else parse_label(heading).printed


def amount_names(columns: Sequence[Column]) -> dict[int, str]:
    """A machine name for every amount column: its heading's slug, told apart along its path.

    A subtotal always says of what. A heading that the vocabulary does not know gives
    ``column_N``.
    """
    paths = {column.index: _slugs(column) for column in columns}
    names: dict[int, str] = {}
    for column in columns:
        path = paths[column.index]
        names[column.index] = path[-1] if path and path[-1] else f"column_{column.number}"
    for column in columns:
        if names[column.index] == "subtotal":
            above = next((slug for slug in reversed(paths[column.index][:-1]) if slug), "")
            names[column.index] = f"{above}_subtotal" if above else "subtotal"
    for name in [name for name in dict.fromkeys(names.values()) if not _unique(name, names)]:
        alike = [index for index, other in names.items() if other == name]
        names.update(_told_apart(name, alike, paths))
    for column in columns:
        if not _unique(names[column.index], names):
            names[column.index] = f"{names[column.index]}_{column.number}"
    return names


def _unique(name: str, names: Mapping[int, str]) -> bool:
    return sum(other == name for other in names.values()) == 1


def _slugs(column: Column) -> list[str]:
    """The slugs of a column's headings from the outermost inwards, "" where one is unknown."""
    slugs = []
    for text in column.path:
        term = find_term(parse_label(text).name)
        slugs.append(term.slug if term else "")
    if slugs and column.slug:
        slugs[-1] = column.slug
    return slugs


def _told_apart(
    name: str, alike: Sequence[int], paths: Mapping[int, Sequence[str]]
) -> dict[int, str]:
    """The same leaf under different headings: the outermost heading that differs is put before."""
    depth = max(len(paths[index]) for index in alike) - 1
    for level in range(depth):
        above = [paths[i][level] if level < len(paths[i]) - 1 else "" for i in alike]
        if len(set(above)) == len(alike):
            return {
                index: f"{slug}_{name}" if slug else name
                for index, slug in zip(alike, above, strict=True)
            }
    return {
        index: "_".join([*dict.fromkeys(slug for slug in paths[index][:-1] if slug), name])
        for index in alike
    }


def _dimensions(rows: Sequence[Row], columns: Sequence[Column]) -> list[str]:
    """Which kinds of codes a section prints, from its rows, else from its headings."""
    found = {code_dimension(row) for row in rows if row.code}
    if not found and any(column.role == "code" for column in columns):
        economic = any("economic" in (column.slug or "") for column in columns)
        found = {"economic" if economic else "function"}
    return [dimension for dimension in CODE_COLUMNS if dimension in found]


def code_dimension(row: Row) -> str:
    """The classification that a row's own code belongs to."""
    for dimension in CODE_COLUMNS:
        if row.facts.get(dimension) == row.code:
            return dimension
    return "function"


def _prefixes(table: BudgetTable) -> list[str]:
    if len(table.rows) == 1:
        return [""]
    flows = []
    for section in range(len(table.rows)):
        amounts = table.amount_columns(section)
        base = amounts[0].base if amounts else {}
        facts = {**table.kind.facts, **base, **(amounts[0].facts if amounts else {})}
        flows.append(facts.get("flow", "list" if amounts else "text"))
    prefixes: list[str] = []
    for section, flow in enumerate(flows):
        prefix = flow
        if flows.count(flow) > 1:
            own = [c for c in table.columns if c.section == section]
            dimensions = _dimensions(table.rows[section], own)
            prefix = f"{flow}_by_{dimensions[0]}" if dimensions else flow
        if f"{prefix}_" in prefixes or (flows.count(flow) > 1 and prefix == flow):
            prefix = f"{prefix}_{section + 1}"
        prefixes.append(f"{prefix}_")
    return prefixes
