"""What tables are called in English and Chinese, so that no two of a document are called alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import load

__all__ = ["name_tables"]


def name_tables(tables: Sequence[BudgetTable]) -> None:
    """Gives every table its `names` by language: its kind, told apart where it is not alone.

    Tables of one kind are told apart by the classification of their rows, then by their printed
    titles, at last by a running number. A table of unknown kind is called by its title.
    """
    for language in ("en", "zh"):
        names = [_kind_name(table, language) for table in tables]
        names = _tell_apart(names, [_classification(table, language) for table in tables])
        titles = [_title(table, name) for table, name in zip(tables, names, strict=True)]
        names = _tell_apart(names, titles)
        seen: Counter[str] = Counter()
        for table, name in zip(tables, names, strict=True):
            seen[name] += 1
            table.names[language] = name if seen[name] == 1 else f"{name} ({seen[name]})"


def _kind_name(table: BudgetTable, language: str) -> str:
    if table.kind.id == "unknown" and table.title:
        return table.title
    return table.kind.zh if language == "zh" else table.kind.en


def _tell_apart(names: Sequence[str], details: Sequence[str]) -> list[str]:
    """The names with their details where several are alike and the details are not."""
    of_name: dict[str, set[str]] = {}
    for name, detail in zip(names, details, strict=True):
        of_name.setdefault(name, set()).add(detail)
    return [
        f"{name}{detail}" if len(of_name[name]) > 1 else name
        for name, detail in zip(names, details, strict=True)
    ]


def _classification(table: BudgetTable, language: str) -> str:
    """By which classification most rows of the table are coded, in words; "" without codes."""
    codes: Counter[str] = Counter(
        dimension
        for rows in table.rows
        for row in rows
        for dimension in load("display.toml")["classification"]
        if row.code and row.facts.get(dimension) == row.code
    )
    if not codes:
        return ""
    return str(load("display.toml")["classification"][codes.most_common(1)[0][0]][language])


def _title(table: BudgetTable, name: str) -> str:
    return f" ({table.title})" if table.title and table.title != name else ""
