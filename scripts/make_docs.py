"""Writes docs/rules.md, docs/data-dictionary.md and docs/questions.md from the data they tell of.

    python scripts/make_docs.py            # writes them
    python scripts/make_docs.py --check    # says which one is out of date, exit status 1

Every rule's example is what the toolkit says of the small document in tests/rules that breaks it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import budgetkit
from budgetkit.corpus.query import questions
from budgetkit.reconciliation import Reconciliation
from budgetkit.rules import Rule, rules
from budgetkit.schemas import Schema, schemas
from budgetkit.vocabulary import load, table_kinds

ROOT = Path(__file__).resolve().parent.parent
LEVELS = {
    "inconsistent": "must hold; fails beyond rounding",
    "implausible": "a careful reader would ask",
    "wording": "names, years, words left standing",
}


def rules_page() -> str:
    """The catalogue of rules with an example of each that fails."""
    lines = [
        "# The rules",
        "",
        "Made by `scripts/make_docs.py` from `budgetkit/rules.toml`; the examples are what the",
        "toolkit says of `tests/rules/<id>.bad.md`. A check holds, holds by rounding, is violated,",
        "or is not checkable (and says why).",
        "",
        "| level | meaning | rules |",
        "|---|---|---|",
    ]
    for level, meaning in LEVELS.items():
        count = sum(rule.level == level for rule in rules().values())
        lines.append(f"| {level} | {meaning} | {count} |")
    room = ""
    for rule in rules().values():
        if rule.id.partition(".")[0] != room:
            room = rule.id.partition(".")[0]
            lines += ["", f"## {room}"]
        lines += [
            "",
            f"### `{rule.id}`",
            "",
            f"**{rule.en}** · {rule.zh} · level *{rule.level}*",
            "",
            rule.basis,
            "",
            f"> {example(rule)}",
        ]
    return "\n".join(lines) + "\n"


def example(rule: Rule) -> str:
    """What is said of the small document that breaks the rule."""
    path = ROOT / "tests" / "rules" / f"{rule.id}.bad.md"
    result: Reconciliation = budgetkit.check(budgetkit.read(path))
    for check in result.check_list:
        if check.rule == rule.id and check.outcome == "violated":
            return _one_line(check.message)
    for finding in result.finding_list:
        if finding.rule == rule.id:
            return _one_line(finding.message)
    raise SystemExit(f"{path}: the document does not break {rule.id}")


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def dictionary_page() -> str:
    """Every file and column of the clean data."""
    lines = [
        "# The data dictionary",
        "",
        "Made by `scripts/make_docs.py` from `budgetkit/schemas.toml` and the vocabulary. The same",
        "schemas make the CSV files, the DataFrames and `datapackage.json`. UTF-8, LF, rows in",
        "document order; blank means that nothing is printed.",
    ]
    for schema in schemas().values():
        lines += list(_schema(schema))
    lines += ["", *WORKBOOK.splitlines()]
    lines += [
        "",
        "## Kinds of tables",
        "",
        "| kind | English | Chinese |",
        "|---|---|---|",
        *(f"| `{kind.id}` | {kind.en} | {kind.zh} |" for kind in table_kinds()),
        "",
        "## Amount columns and what they state",
        "",
        "The machine names of amount columns, from `budgetkit/vocabulary/terms.toml`. Where two",
        "columns of one table would bear one name, the group's name is put in front.",
        "",
        "| column | meaning | states |",
        "|---|---|---|",
    ]
    for term in load("terms.toml")["term"]:
        if term.get("role") in {"code", "name", "project"}:
            continue
        states = ", ".join(f"{k} = {v}" for k, v in term.get("facts", {}).items())
        line = f"| `{term['slug']}` | {term['en']} | {states} |"
        if line not in lines:  # a meaning may have words that hold in some places only
            lines.append(line)
    return "\n".join(lines) + "\n"


def _schema(schema: Schema) -> Iterator[str]:
    yield ""
    yield f"## `{schema.path}` · {schema.title}"
    yield ""
    yield schema.description + (f" Source: {schema.source}" if schema.source else "")
    yield ""
    yield "| column | type | unit | Chinese | description |"
    yield "|---|---|---|---|---|"
    for field in schema.fields:
        key = " (key)" if field.key else ""
        yield (
            f"| `{field.name}`{key} | {field.type} | {field.unit} | {field.title} | "
            f"{_one_line(field.description)} |"
        )


WORKBOOK = """\
## `<key>.xlsx` · Excel 工作簿

Written with `budgetkit clean --xlsx`. Sheets: `about` (source, sha256, version, colours, contents),
`findings` (a row for every number that a finding names, linked to its cell, or to the ledger where
it stands in a sentence), one sheet a table, named like its CSV file, and `numbers` (the columns of
`numbers.csv`).

A table's sheet is the table as published: merged headings, codes as texts, amounts as numbers with
their printed places, blanks blank; a number of more than 15 digits is a text, for a spreadsheet
would drop digits. A total is a formula where one of its sums over rows or columns holds exactly
and none is violated; it recalculates to the printed value. Where a sum holds by rounding only, the
note on the cell gives both; where a sum is violated, the printed value stands, in the colour of
contradicted numbers, with the note.

A text of the source that begins with `=`, `+`, `-` or `@` is a text in the workbook and stays one
when the cell is edited. The CSV files hold every text as printed, so a spreadsheet may take such a
label for a formula when it opens them: import their columns as text, or use the workbook.

The same document gives the same bytes with the same XlsxWriter and zlib. As zlib differs between
systems, the workbook is no part of the committed `data/clean`; `datapackage.json` lists it, with
its sha256, where it was asked for."""


def questions_page() -> str:
    """Every question that can be put to a corpus: parameters, columns, what the answer holds, SQL."""
    lines = [
        "# Questions to a corpus",
        "",
        "Made by `scripts/make_docs.py` from `budgetkit/vocabulary/questions.toml`. `budgetkit query OUT <id>`",
        "answers one; a parameter that is blank asks for all. Your own SQL (`--sql`) sees every data set of",
        "the [data dictionary](data-dictionary.md) as a view of its name, `years` (what one document tells of the year",
        "before, beside what another published), and what stands under [Views and macros](#views-and-macros).",
        "",
    ]
    for question in questions().values():
        lines += [f"## {question.id}: {question.en}", "", question.zh, "", question.note_en, ""]
        lines += ["| parameter | default | means |", "|---|---|---|"]
        lines += [f"| `{p.name}` | {p.default} | {p.en} |" for p in question.parameters]
        lines += ["", "| column | unit | 中文 | means |", "|---|---|---|---|"]
        lines += [
            f"| `{c.name}` | {c.unit} | {c.zh} | {f'{c.en}: {c.about}' if c.about else c.en} |"
            for c in question.columns
        ]
        lines += ["", "```sql", question.sql.strip(), "```", ""]
    lines += ["## Views and macros", ""]
    for row in load("questions.toml")["relation"]:
        lines += [f"`{row['name']}`: {row['en']}", "", "```sql", row["sql"].strip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


PAGES = {
    "rules.md": rules_page,
    "data-dictionary.md": dictionary_page,
    "questions.md": questions_page,
}


def main() -> int:
    """Writes the pages, or with --check tells which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    arguments = parser.parse_args()
    stale = []
    for name, page in PAGES.items():
        path = ROOT / "docs" / name
        text = page()
        if arguments.check:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote docs/{name}")
    for name in stale:
        print(f"docs/{name} is out of date: run python scripts/make_docs.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
