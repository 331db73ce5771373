"""A corpus as a reader looks at it: what was read, spending, years of one office, as data frames.

Amounts are exact Decimals in 万元. Column names are machine names; render_frame tells them in the
language in use.
"""

from __future__ import annotations

import atexit
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetkit.corpus.progress import general_reason
from budgetkit.corpus.query import Answer, ask
from budgetkit.language import language, retold_place, told, translated
from budgetkit.vocabulary import load

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "answer_frame",
    "dictionaries",
    "failures_frame",
    "formats_frame",
    "personnel_frame",
    "sample_corpus",
    "sizes_frame",
    "summary",
    "three_public_frame",
    "year_before_frame",
    "years_frame",
]

SAMPLE = "corpus-sample"


def sample_corpus() -> str:
    """Reads the invented disclosures of ``data/corpus-sample`` into a folder that is thrown away
    when the program ends; returns where the corpus is."""
    from budgetkit.corpus.run import write_corpus
    from budgetkit.sources import raw_folder

    out = tempfile.TemporaryDirectory(prefix="budgetkit-corpus-", ignore_cleanup_errors=True)
    atexit.register(out.cleanup)
    folder = raw_folder().parent / SAMPLE
    write_corpus(folder, out.name, workers=1, clean=False, progress=lambda line: None)
    return out.name


def formats_frame(out: str | Path) -> pd.DataFrame:
    """What was read, by format: format, documents, numbers, tables and doubts (rows of problems).

    Documents that could not be used have no format and stand in the last row.
    """
    return _frame(
        ask(
            out,
            sql="SELECT reader AS format, count(*) AS documents, sum(numbers)::BIGINT AS numbers, "
            "sum(tables)::BIGINT AS tables, sum(problems)::BIGINT AS doubts FROM documents "
            "GROUP BY reader ORDER BY reader IS NULL, documents DESC, reader",
        )
    )


def failures_frame(out: str | Path) -> pd.DataFrame:
    """Why documents could not be used, most frequent first: documents, reason and the first file.

    A reason stands without the file's name and without numbers that differ from file to file.
    """
    import pandas as pd

    answer = ask(
        out,
        sql="SELECT reason, source FROM documents WHERE status = 'failed' ORDER BY key",
    )
    found: dict[str, list[str]] = {}
    for reason, source in answer.rows:
        found.setdefault(general_reason(reason or ""), []).append(source)
    rows = [(len(names), reason, names[0]) for reason, names in found.items()]
    rows.sort(key=lambda row: (-row[0], row[1]))
    return pd.DataFrame(rows, columns=["documents", "reason", "first_file"])


def sizes_frame(out: str | Path) -> pd.DataFrame:
    """How many numbers each document has: key, format, numbers, unchecked, contradicted."""
    return _frame(
        ask(
            out,
            sql="SELECT key, reader AS format, numbers, unchecked, contradicted FROM documents "
            "WHERE status <> 'failed' ORDER BY numbers DESC, key",
        )
    )


def personnel_frame(out: str | Path) -> pd.DataFrame:
    """The answer to the question `personnel` for budgets: one row an office and year."""
    return _frame(ask(out, "personnel"))


def three_public_frame(out: str | Path) -> pd.DataFrame:
    """The answer to the question `three-public` for budgets: one row a place and year."""
    return _frame(ask(out, "three-public"))


def year_before_frame(out: str | Path) -> pd.DataFrame:
    """The answer to the question `year-before`: one row a quantity that two documents tell of."""
    return _frame(ask(out, "year-before"))


def years_frame(out: str | Path) -> pd.DataFrame:
    """Offices of which documents of several years are there: totals as each year published them.

    Columns: region, department, kind, quantity, then one for each year, in 万元; blank where the
    document of that year does not state it, or is not there.
    """
    import pandas as pd

    answer = ask(
        out,
        sql="SELECT place, department, kind, name, name_zh, year, myriad(value) AS amount, office "
        "FROM stated WHERE unit = '元' AND year IS NOT NULL AND quantity IN "
        "('expenditure', 'basic', 'project', 'three_public') "
        "QUALIFY count(DISTINCT year) OVER (PARTITION BY office, kind) > 1 "
        "ORDER BY place, office, kind, list_position("
        "['expenditure', 'basic', 'project', 'three_public'], quantity), year DESC",
    )
    rows: dict[tuple[Any, ...], dict[int, Decimal]] = {}
    heads: dict[tuple[Any, ...], list[Any]] = {}
    for place, department, kind, en, zh, year, amount, office in answer.rows:
        key = (office, kind, en)
        heads.setdefault(key, [place, department, kind, zh if language() == "zh" else en])
        rows.setdefault(key, {})[year] = amount
    years = sorted({year for amounts in rows.values() for year in amounts})
    table = [[*heads[key], *(amounts.get(year) for year in years)] for key, amounts in rows.items()]
    columns = ["region", "department", "kind", "quantity", *map(str, years)]
    return pd.DataFrame(table, columns=columns, dtype=object)


def answer_frame(answer: Answer, most: int = 0) -> pd.DataFrame:
    """An answer as a data frame: columns by their titles in the language in use, with units, and
    coded values in words; at most so many rows (0: all)."""
    import pandas as pd

    titles = [f"{c.title} ({c.unit})" if c.unit else c.title for c in answer.columns]
    rows = [
        [_word(c.name, value) for c, value in zip(answer.columns, row, strict=True)]
        for row in (answer.rows[:most] if most else answer.rows)
    ]
    return pd.DataFrame(rows, columns=titles, dtype=object)


def _word(column: str, value: Any) -> Any:
    """A coded value in words of the language in use."""
    if not isinstance(value, str):
        return value
    if column == "outcome" and (row := load("compare.toml")["outcome"].get(value)):
        return row["zh" if language() == "zh" else "en"]
    if column == "where":
        return retold_place(value)
    if column == "quantity" and (name := quantity_names().get(value)):
        return name
    if language() == "zh" and column in {"kind", "bound"}:
        return load("display.toml")["code"].get(value, value)
    return value.replace("_", " ") if column in {"kind", "bound"} else translated(value)


def quantity_names() -> dict[str, str]:
    """What the totals are called in the language in use, by id."""
    from budgetkit.totals import total_quantities

    chinese = language() == "zh"
    return {name: each.zh if chinese else each.en for name, each in total_quantities().items()}


def _frame(answer: Answer) -> pd.DataFrame:
    """The rows under their machine names."""
    import pandas as pd

    names = [column.name for column in answer.columns]
    return pd.DataFrame([list(row) for row in answer.rows], columns=names, dtype=object)


def dictionaries(answer: Answer) -> list[dict[str, Any]]:
    """The rows of an answer, each with its values by the columns' machine names."""
    names = [column.name for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def summary(out: str | Path) -> str:
    """How much there is, in one line: documents, numbers and findings."""
    ((documents, numbers, findings),) = ask(
        out,
        sql="SELECT count(*), coalesce(sum(numbers), 0)::BIGINT, "
        "coalesce(sum(inconsistent + implausible + wording), 0)::BIGINT FROM documents",
    ).rows
    return told("{documents} documents, {numbers} numbers, {findings} findings",
                documents=documents, numbers=numbers, findings=findings)  # fmt: skip
