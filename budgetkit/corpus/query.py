"""Questions to the data sets of a corpus, in SQL: those that are on file, and the user's own.

DuckDB answers them inside this process, from the Parquet files. It loads no extension and opens no
other file, so that nothing that stands in a corpus or in a question reaches the network.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetkit.corpus.datasets import DATA_SETS, table_of
from budgetkit.corpus.publish import MANIFEST
from budgetkit.corpus.store import Store, open_address
from budgetkit.corpus.tasks import NEW
from budgetkit.errors import SourceError
from budgetkit.language import language
from budgetkit.vocabulary import load

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = [
    "Answer",
    "Column",
    "Parameter",
    "Question",
    "answer_frame",
    "ask",
    "open_corpus",
    "questions",
]

YEARS = "years"
"""The data set that is made of `totals` when a question asks for it: years of one department joined."""
_READS = frozenset({"SELECT", "EXPLAIN", "MULTI"})  # MULTI is a PIVOT whose columns are not listed
_SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value of a question: text, integer or decimal; a default of "" asks for all."""

    name: str
    type: str
    default: str
    en: str
    zh: str
    one_of: tuple[str, ...] = ()
    """The values that it may have, where they are known."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its name, titles, unit, and what it means where that is not plain."""

    name: str
    en: str = ""
    zh: str = ""
    unit: str = ""
    about: str = ""

    @property
    def title(self) -> str:
        """What stands above it, in the language in use."""
        return (self.zh if language() == "zh" else self.en) or self.name


@dataclass(frozen=True, slots=True)
class Question:
    """A question on file: titles and notes in two languages, its parameters, columns and SQL."""

    id: str
    en: str
    zh: str
    note_en: str
    note_zh: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    sql: str

    @property
    def title(self) -> str:
        """The question in the language in use."""
        return self.zh if language() == "zh" else self.en

    @property
    def note(self) -> str:
        """What the answer holds and what it does not, in the language in use."""
        return self.note_zh if language() == "zh" else self.note_en


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that came out. Decimals are exact, without zeros at the end that nobody printed."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    question: Question | None = None


def _known(listed: Sequence[str] | str) -> tuple[str, ...]:
    """The values that a parameter may have: as they are listed, or the ids of `totals`."""
    from budgetkit.totals import total_quantities

    return tuple(total_quantities()) if listed == "totals" else tuple(listed)


@functools.cache
def questions() -> Mapping[str, Question]:
    """The questions of ``vocabulary/questions.toml`` by id, in their order."""
    found = {}
    for row in load("questions.toml")["question"]:
        parameters = tuple(
            Parameter(**{**each, "one_of": _known(each.get("one_of", ()))})
            for each in row["parameters"]
        )
        columns = tuple(Column(**each) for each in row["columns"])
        texts = {name: row[name] for name in ("id", "en", "zh", "note_en", "note_zh", "sql")}
        found[row["id"]] = Question(**texts, parameters=parameters, columns=columns)
    return found


def ask(
    out: str | Path,
    question: str = "",
    values: Mapping[str, str] | None = None,
    *,
    sql: str = "",
) -> Answer:
    """The answer of a corpus (the OUT of ``budgetkit corpus``) to a question on file, or to `sql`.

    `values` are the parameters by name; a question's own that are not named take their defaults.
    SQL sees each data set as a view of its name, and writes nothing. Raises SourceError where `out`
    is no corpus, the question or a parameter is not known or has another type, and where the SQL
    is wrong or does more than read.
    """
    asked = None if sql else find_question(question)
    text = asked.sql if asked else sql
    given = _values(asked, values or {}) if asked else dict(values or {})
    with open_corpus(out, years=bool(re.search(rf"\b{YEARS}\b", text))) as connection:
        return _answer(connection, text, given, asked)


def find_question(name: str) -> Question:
    """The question of this id. Raises SourceError where there is none, with the nearest one."""
    if (found := questions().get(name)) is not None:
        return found
    near = difflib.get_close_matches(name, questions(), 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(questions())}"
    raise SourceError(f"{name}: there is no such question; {hint}")


def _values(question: Question, given: Mapping[str, str]) -> dict[str, Any]:
    known = {parameter.name: parameter for parameter in question.parameters}
    for name in given:
        if name not in known:
            raise SourceError(
                f"{name}: {question.id} has no such parameter; it has {', '.join(known)}"
            )
    return {name: _value(known[name], given.get(name, known[name].default)) for name in known}


def _value(parameter: Parameter, text: str) -> Any:
    """A parameter as its type; None, which asks for all, where it is blank."""
    if not text.strip():
        return None
    try:
        if parameter.type == "integer":
            return int(text)
        if parameter.type == "decimal":
            return Decimal(text)
    except (ValueError, InvalidOperation):
        raise SourceError(
            f"{parameter.name}={text}: this is no {parameter.type}; give {parameter.en}"
        ) from None
    if parameter.one_of and text not in parameter.one_of:
        raise SourceError(
            f"{parameter.name}={text}: there is no such value; give one of {', '.join(parameter.one_of)}"
        )
    return text


@contextmanager
def open_corpus(out: str | Path, *, years: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection whose views are the data sets, and that opens nothing else.

    With `years` there is a view of that name too: what documents tell of the year before, beside
    what was published. Raises SourceError where `out` is no corpus.
    """
    import duckdb

    store = Store(out)
    connection = duckdb.connect(":memory:", config=_SETTINGS)
    try:
        _add_views(connection, store)
        for row in load("questions.toml")["relation"]:
            connection.execute(row["sql"])
        if years:
            _add_years(connection)
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    except duckdb.Error as error:
        raise SourceError(f"{out}: its data sets cannot be read ({_one_line(error)})") from error
    finally:
        connection.close()


def _add_views(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    system, root = open_address(store.address)
    address = system.unstrip_protocol(root)
    if store.local is not None:
        address = store.local.as_posix()
    else:
        connection.register_filesystem(system)
    if store.exists(f"{NEW}/{MANIFEST}"):
        raise SourceError(
            f"{store.address}: its data sets are being replaced, or a run was stopped as it did so; "
            "wait, or run the same budgetkit corpus again"
        )
    folders = set()
    for name in DATA_SETS:
        files = [f"{name}/{part}" for part in store.names(name) if part.endswith(".parquet")]
        if not files:
            what = f"no data set {name} in it"
            raise SourceError(
                f"{store.address}: this is no corpus, or one that an older budgetkit wrote ({what}); "
                f"run budgetkit corpus FOLDER --out {store.address}"
            )
        pattern = _quoted(f"{_literal(address)}/{name}/*.parquet")
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({pattern})")
        found = connection.execute(f"SELECT file FROM glob({pattern})").fetchall()
        # Both as the pattern spells the folder and as its files are called.
        folders |= {f"{_literal(address)}/{name}/"}
        folders |= {f"{file.rpartition('/')[0]}/" for (file,) in found}
    allowed = ", ".join(map(_quoted, sorted(folders)))
    connection.execute(f"SET allowed_directories = [{allowed}]")


def _literal(address: str) -> str:
    """An address in a pattern, its own signs taken as they are."""
    return re.sub(r"([*?\[])", r"[\1]", address.rstrip("/"))


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _add_years(connection: duckdb.DuckDBPyConnection) -> None:
    """Names of departments are matched by the toolkit's own rules, not by SQL."""
    from budgetkit.years import pair_years

    totals = connection.sql("SELECT * FROM totals").to_arrow_table()
    connection.register(YEARS, table_of(YEARS, pair_years(totals.to_pylist())))


def _answer(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    values: Mapping[str, Any],
    question: Question | None,
) -> Answer:
    import duckdb

    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type.name not in _READS:
            raise SourceError("a question is one statement that reads: SELECT … FROM documents …")
        wanted = statements[0].named_parameters
        if missing := sorted(wanted - set(values)):
            raise SourceError(f"the SQL asks for ${missing[0]}; add {missing[0]}=…")
        if spare := sorted(set(values) - set(wanted)):
            raise SourceError(f"{spare[0]}: the SQL has no ${spare[0]}")
        cursor = connection.execute(statements[0], dict(values))
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise SourceError(f"SQL: {_one_line(error)}") from error
    known = {column.name: column for column in question.columns} if question else {}
    columns = tuple(known.get(name, Column(name)) for name in names)
    return Answer(columns, tuple(tuple(map(_plain, row)) for row in rows), question)


def _one_line(error: Exception) -> str:
    """DuckDB's message with the place in one line: what is wrong, and the text where it is."""
    text, _, place = str(error).partition("\n\nLINE ")
    message = " ".join(text.split())
    lines = place.split("\n")
    if len(lines) < 2 or "^" not in lines[1]:
        return message
    number, _, shown = f"LINE {lines[0]}".partition(": ")
    start = lines[1].index("^") - len(number) - 2
    return (
        f"{message} (line {number.removeprefix('LINE ')}, at: {shown[start : start + 40].strip()})"
    )


def _plain(value: Any) -> Any:
    """A value of DuckDB, its decimals without the zeros that only the column's type adds."""
    if isinstance(value, Decimal):
        places = -int(value.as_tuple().exponent)
        text = f"{value:f}"
        return Decimal(text.rstrip("0").rstrip(".")) if places > 0 else value
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def answer_frame(answer: Answer) -> pd.DataFrame:
    """An answer as a data frame: columns by their titles in the language in use, with units.

    Exact decimals stay Decimals.
    """
    import pandas as pd

    titles = [f"{c.title} ({c.unit})" if c.unit else c.title for c in answer.columns]
    return pd.DataFrame([list(row) for row in answer.rows], columns=titles, dtype=object)


def parse_values(words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The question and the values among the words of a command: at most one, and name=value each.

    Raises SourceError where there are two questions.
    """
    name, values = "", {}
    for word in words:
        key, sign, value = word.partition("=")
        if sign and key.isidentifier():
            values[key] = value
        elif name:
            raise SourceError(f"{word}: one question at a time; values are given as name=value")
        else:
            name = word
    return name, values
