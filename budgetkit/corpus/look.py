"""Findings of a corpus worth a look, with links to the file, the page and the place on the page."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from budgetkit.corpus.panel import SAMPLE
from budgetkit.corpus.publish import MANIFEST
from budgetkit.corpus.query import ask
from budgetkit.corpus.store import Store
from budgetkit.display import group_digits
from budgetkit.html import Html
from budgetkit.language import joined, language, said, tell, told
from budgetkit.rules import find_rule
from budgetkit.sources import raw_folder

__all__ = ["findings_worth_a_look", "render_worth_a_look"]

_POINTS = 72 / 2.54
"""Points in a centimetre."""
_LINKED = frozenset({"http", "https", "file"})
_SQL = """
WITH worth AS (
  SELECT *, coalesce(json_extract_string(suspects, '$[0].number'), numbers[1]) AS shown,
    coalesce(json_array_length(suspects), 0) AS doubts,
    json_extract_string(suspects, '$[0].repair') AS mended
  FROM findings WHERE level = 'inconsistent'
)
SELECT worth.key, coalesce(o.department, o.title) AS department, o.year, o.source, worth.rule,
  n.text AS printed, n.part,
  -- Where only the place of a number is in doubt, its repair is the number itself.
  CASE WHEN TRY_CAST(mended AS DECIMAL(38, 12)) <> n.value THEN mended END AS repair,
  c.left, c.right, n.table, n.row, n.column, n.page, n.line, n.box
FROM worth JOIN offices AS o USING (key)
LEFT JOIN numbers AS n ON n.key = worth.key AND n.id = shown
LEFT JOIN checks AS c ON c.key = worth.key AND c.id = worth.checks[1]
ORDER BY repair IS NULL, doubts, len(worth.checks) DESC, worth.key, worth.id
"""


def findings_worth_a_look(out: str | Path, most: int = 20) -> list[dict[str, Any]]:
    """The inconsistent findings of a corpus, those that one number explains first, `most` of them.

    Each with key, department, year, source, rule, the number that is most in doubt as printed and
    what would mend it (None where nothing does), both sides of its first check, and where that
    number stands: table, row, column, page, line, box. `link` leads to the file, "" where
    there is nothing to follow.
    """
    answer = ask(out, sql=f"{_SQL} LIMIT {int(most)}")
    names = [column.name for column in answer.columns]
    manifest = json.loads(Store(out).read(MANIFEST) or b"{}")
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    return [{**row, "link": _link(manifest.get("folder", ""), row)} for row in rows]


def _link(folder: str, row: Mapping[str, Any]) -> str:
    """The address of a document's file at the page; only of a kind that opens a document."""
    source = str(row["source"])
    page = f"#{_spot(row)}" if row["page"] and source.lower().endswith(".pdf") else ""
    if "://" not in source and not os.path.isabs(source):
        base = folder.rpartition("/")[0] if folder.endswith((".csv", ".txt", ".list")) else folder
        source = f"{base}/{source}"
    if "://" in source:
        return (
            f"{quote(source, safe=':/%?=&+')}{page}" if urlsplit(source).scheme in _LINKED else ""
        )
    sample = raw_folder().parent / SAMPLE
    if Path(folder) == sample.resolve():
        here = os.path.relpath(source, Path.cwd())
        return f"{quote(Path(here).as_posix())}{page}"
    return f"{Path(source).as_uri()}{page}"


def _spot(row: Mapping[str, Any]) -> str:
    """A page and the box on it in the words of RFC 8118; a viewer that knows no boxes, as most
    browsers', shows the page."""
    if not row["box"]:
        return f"page={row['page']}"
    left, top, right, bottom = (round(float(edge)) for edge in json.loads(row["box"]))
    return f"page={row['page']}&highlight={left},{right},{top},{bottom}"


def render_worth_a_look(out: str | Path, most: int = 20) -> Html:
    """These findings as a table: document, rule, both sides, what was printed and would fit, where."""
    found = findings_worth_a_look(out, most)
    if not found:
        return Html(f'<p class="bk-note">{escape(told("None."))}</p>', "no findings")
    heads = [told("document"), told("rule"), told("two sides"), told("printed → would fit")]
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in found)
    html = (
        '<div class="bk-box bk-scroll" tabindex="0"><table class="bk-frame">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return Html(html, f"{len(found)} findings")


def _cells(row: Mapping[str, Any]) -> Iterator[str]:
    rule = find_rule(row["rule"])
    yield f'<td class="bk-long">{_document(row)}</td>'
    named = rule.zh if language() == "zh" else rule.en
    yield f'<td style="min-width:9em">{escape(named)}</td>'
    sides = " ≠ ".join(
        group_digits(row[side]) for side in ("left", "right") if row[side] is not None
    )
    yield f'<td class="bk-short">{escape(sides)}</td>'
    mend = row["printed"] or ""
    if row["repair"]:
        mend = f"{mend} → {group_digits(Decimal(row['repair']))}"
    yield f'<td class="bk-short">{escape(mend)}</td>'


def _document(row: Mapping[str, Any]) -> str:
    """Whose it is, its file as a link, and where in it the number stands."""
    whose = f"{row['department'] or row['key']} {row['year'] or ''}".strip()
    file = escape(str(row["source"]))
    if row["link"]:
        file = f'<a href="{escape(row["link"], quote=True)}">{file}</a>'
    return "<br>".join([escape(whose), file, escape(tell(place_of(row)))])


def place_of(row: Mapping[str, Any]) -> str:
    """Where a number stands, in words: cell, page, and how far from the edges of the page."""
    parts: list[str] = []
    if row["table"] is not None and row["part"] == "table":
        cell = {"table": row["table"], "row": row["row"] or "", "column": row["column"] or ""}
        parts.append(said("table {table}, row {row}, column {column}", **cell))
    if row["page"] is not None:
        parts.append(said("page {page}", page=row["page"]))
    elif row["line"] is not None:
        parts.append(said("line {line}", line=row["line"]))
    if row["box"]:
        left, top, *_ = (float(edge) / _POINTS for edge in json.loads(row["box"]))
        parts.append(
            said(
                "{left} cm from the left, {top} cm from the top",
                left=f"{left:.1f}",
                top=f"{top:.1f}",
            )
        )
    return joined(parts, ", ")
