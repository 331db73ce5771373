"""The page that tells of a whole corpus: what was read, what contradicts itself, what failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import budgetkit

__all__ = ["corpus_page"]

_MOST = 1000
"""Rows of a table; a page of a million rows helps nobody, and summary.csv has them."""
_TOTALS = ("tables", "numbers", "checks", "violated")


def corpus_page(
    rows: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    clean: Collection[str],
    reports: Collection[str],
    aside: int = 0,
) -> str:
    """The HTML of the page, from the rows of documents and findings; `clean` and `reports` are
    the keys of documents that have clean data and a report beside the page, `aside` counts the
    files that are no documents."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from budgetkit.pages import templates

    failed = [row for row in rows if row["status"] == "failed"]
    read = [row for row in rows if row["status"] != "failed"]
    worst = sorted(read, key=lambda row: (-row["inconsistent"], -row["contradicted"], row["key"]))
    serious = [finding for finding in findings if finding["level"] == "inconsistent"]
    environment = Environment(
        loader=FileSystemLoader(str(templates())),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return str(
        environment.get_template("corpus.html.j2").render(
            css=(templates() / "report.css").read_text(encoding="utf-8"),
            version=budgetkit.__version__,
            count=len(rows),
            read=worst[:_MOST] if len(read) > _MOST else read,
            read_count=len(read),
            failed=failed[:_MOST],
            failed_count=len(failed),
            inconsistent=sum(row["status"] == "inconsistent" for row in rows),
            totals={name: sum(row[name] for row in read) for name in _TOTALS},
            serious=serious[:_MOST],
            serious_count=len(serious),
            clean=clean,
            reports=reports,
            aside=aside,
        )
    )
