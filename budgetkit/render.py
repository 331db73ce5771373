"""Tables as published, findings and origins as HTML; tables in long form as DataFrames.

Every text of the document is escaped. Elements that name a number carry ``data-number``, so that
a report can link them to the cell, whose id is the number's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from budgetkit.amounts import mend_text, squeeze
from budgetkit.blocks import Cell
from budgetkit.disclosure import Disclosure
from budgetkit.display import (
    describe_place,
    describe_unit,
    display_width,
    find_sign,
    signs,
    table_lines,
)
from budgetkit.headings import Column, HeadingNode
from budgetkit.html import Html, render_both, render_facts, render_frame, render_sentences
from budgetkit.labels import parse_label
from budgetkit.language import beside, joined, language, said, tell, told
from budgetkit.ledger import Number
from budgetkit.passages import render_narrative, render_targets
from budgetkit.reconcile import Finding, Suspect, place_text
from budgetkit.reconciliation import Reconciliation
from budgetkit.rosters import Roster
from budgetkit.rows import Row
from budgetkit.rules import rules
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_term

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "render_findings",
    "render_frame",
    "render_narrative",
    "render_origin",
    "render_roster",
    "render_sentences",
    "render_table",
    "render_targets",
    "tidy_frame",
]


#: Columns of text; a longer label gets a wider cell.
_LONG_NAME = 40

# The width, in digits, that a column takes at least: of text, of a mark with the margins, blank.
_NAME_SIGNS, _MARK_SIGNS, _BLANK_SIGNS = 8, 4, 6


# --- the table as published ----------------------------------------------------------------------
def render_table(table: BudgetTable, reconciliation: Reconciliation | None = None) -> Html:
    """A table as published: merged headings, codes, amounts as printed, blank cells blank.

    With a reconciliation every amount carries the mark of its status. The id of an amount's cell
    is the number's id. English terms of the vocabulary stand below the Chinese ones.
    """
    status = reconciliation.status if reconciliation is not None else {}
    rows = {
        (row.line, section): (row, _is_whole(row, own))
        for section, own in enumerate(table.rows)
        for row in own
    }
    body = []
    for line in range(table.heading.rows, len(table.matrix)):
        if not any(cell.text for cell in table.matrix[line].values()):
            continue
        cells = "".join(_body_cell(table, line, column, status, rows) for column in table.columns)
        body.append(f"<tr>{cells}</tr>")
    plain = table.kind.id == "unknown" or language() == "zh"
    english = "" if plain else f"{escape(table.english)} · "
    parts = [
        f'<div class="bk-box" tabindex="0"><table class="bk-table" style="--signs:{_signs(table)}">',
        f'<caption lang="zh">表 {table.number} {escape(table.title)}'
        f'<small>{english}<span lang="zh">单位：{escape(table.unit)}</span> '
        f"{escape(_english_unit(table.unit))}</small></caption>",
        f"<thead>{_head(table)}</thead>",
        f"<tbody>{''.join(body)}</tbody></table></div>",
        _notes(table),
    ]
    if status:
        parts.append(_legend(table, status))
    summary = f"table {table.number}: {len(body)} rows, {len(table.cells)} numbers"
    return Html("\n".join(part for part in parts if part), summary)


def _english_unit(unit: str) -> str:
    return describe_unit(unit).removeprefix(unit).strip()


def _signs(table: BudgetTable) -> int:
    """How many signs stand side by side at least: a print takes its letters small enough."""
    widest = {column.index: _NAME_SIGNS for column in table.columns if column.role != "amount"}
    for (_, column), number in table.cells.items():
        widest[column] = max(widest.get(column, 0), len(number.text) + _MARK_SIGNS)
    return sum(widest.get(column.index, _BLANK_SIGNS) for column in table.columns)


def _is_whole(row: Row, rows: Sequence[Row]) -> bool:
    """True for a row that is made up of others of its list: total, unit, class, section."""
    return row.kind in {"total", "unit"} or any(not rows[i].of_which for i in row.children)


def _head(table: BudgetTable) -> str:
    """The heading rows from the heading tree, with spans, and the printed column numbers."""
    width = len(table.columns)
    depth = max((_depth(node) for node in table.heading.nodes), default=0)
    grid: list[list[str]] = [[] for _ in range(depth)]
    _place(table.heading.nodes, 0, width - 1, 0, depth, grid)
    rows = ["<tr>" + "".join(cells) + "</tr>" for cells in grid]
    if table.heading.number_row is not None:
        printed = table.matrix[table.heading.number_row]
        cells = "".join(f"<th>{_text(printed.get(column.index))}</th>" for column in table.columns)
        rows.append(f'<tr class="bk-numbers">{cells}</tr>')
    return "".join(rows)


def _depth(node: HeadingNode) -> int:
    return 1 + max((_depth(child) for child in node.children), default=0)


def _place(
    nodes: Sequence[HeadingNode],
    first: int,
    last: int,
    level: int,
    depth: int,
    grid: list[list[str]],
) -> None:
    """Fills the columns `first` to `last` from `level` down; gaps become empty heading cells."""
    if level >= depth:
        return
    column = first
    for node in sorted(nodes, key=lambda node: node.first):
        if node.first > column:
            grid[level].append(_heading_cell("", node.first - column, depth - level))
        below = depth - level if not node.children else 1
        grid[level].append(_heading_cell(node.text, node.last - node.first + 1, below))
        if node.children:
            _place(node.children, node.first, node.last, level + 1, depth, grid)
        column = node.last + 1
    if column <= last:
        grid[level].append(_heading_cell("", last - column + 1, depth - level))


def _heading_cell(text: str, columns: int, rows: int) -> str:
    spans = f' colspan="{columns}"' if columns > 1 else ""
    spans += f' rowspan="{rows}"' if rows > 1 else ""
    scope = "colgroup" if columns > 1 else "col"
    return f'<th scope="{scope}"{spans}><span lang="zh">{escape(text)}</span>{_english(text)}</th>'


def _english(text: str) -> str:
    term = find_term(parse_label(text).name)
    shown = term is not None and language() != "zh"
    return f"<small>{escape(term.en)}</small>" if term is not None and shown else ""


def _text(cell: Cell | None) -> str:
    return escape(squeeze(cell.text)) if cell is not None else ""


_Rows = dict[tuple[int, int], tuple[Row, bool]]
"""By line and section: the row, and whether it is made up of others."""


def _body_cell(
    table: BudgetTable, line: int, column: Column, status: dict[str, str], rows: _Rows
) -> str:
    cell = table.matrix[line].get(column.index)
    place = (line, column.index)
    row, whole = rows.get((line, column.section), (None, False))
    bold = " bk-whole" if whole else ""
    if column.role == "amount":
        number = table.cells.get(place)
        if number is not None:
            return _amount_cell(number, status.get(number.id), bold)
        kind = " bk-unread" if place in table.unread else ""
        mark = _mark("unread") if kind else ""
        return f'<td class="bk-amount{kind}{bold}">{_text(cell)}{mark}</td>'
    if column.role == "code":
        return f'<td class="bk-code{bold}">{_text(cell)}</td>'
    text = _text(cell)
    if not text or cell is None:
        return "<td></td>"
    english = "" if row is not None and row.code else _english(cell.text)
    wide = " bk-wide" if display_width(text) > _LONG_NAME else ""
    return f'<th scope="row" class="bk-name{bold}{wide}" lang="zh">{text}{english}</th>'


def _amount_cell(number: Number, status: str | None, bold: str) -> str:
    title = tell(joined([place_text(number), describe_place(number)]))
    mark = kind = ""
    if status is not None:
        title = tell(joined([find_sign("status", status).label, title], ": "))
        mark, kind = _mark(status), f" bk-{status}"
    return (
        f'<td class="bk-amount{kind}{bold}" id="{escape(number.id)}" title="{escape(title)}">'
        f"{escape(number.text)}{mark}</td>"
    )


def _mark(status: str) -> str:
    sign = find_sign("status", status)
    return (
        f'<span class="bk-mark" role="img" aria-label="{escape(sign.label)}">{sign.symbol}</span>'
    )


def _notes(table: BudgetTable) -> str:
    notes = []
    if table.note:
        notes.append(f'<span lang="zh" style="white-space:normal">{escape(table.note)}</span>')
    if table.heading.displaced:
        notes.append(
            '<span style="white-space:normal">'
            + told(
                "The heading cells of the source text are displaced; the columns are aligned by "
                "the printed column numbers."
            )
            + "</span>"
        )
    return f'<p class="bk-note">{"<br>".join(notes)}</p>' if notes else ""


def _legend(table: BudgetTable, status: dict[str, str]) -> str:
    counts: dict[str, int] = {}
    for number in table.cells.values():
        counts[status[number.id]] = counts.get(status[number.id], 0) + 1
    if table.unread:
        counts["unread"] = len(table.unread)
    items = [
        f"<span><b>{sign.symbol}</b> {render_both(sign.en, sign.zh)}: {counts[sign.id]}</span>"
        for sign in signs("status").values()
        if sign.id in counts
    ]
    return f'<p class="bk-note">{" ".join(items)}</p>' if items else ""


def render_roster(roster: Roster) -> Html:
    """A list without amounts as printed: no unit, no number, no picture."""
    head = "".join(f'<th scope="col">{escape(squeeze(text))}</th>' for text in roster.headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(squeeze(text))}</td>" for text in row) + "</tr>"
        for row in roster.rows
    )
    title = f"<caption>{escape(roster.title)}</caption>" if roster.title else ""
    html = (
        f'<div class="bk-box" tabindex="0"><table class="bk-frame" lang="zh">{title}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return Html(html, f"list of {len(roster.rows)} rows")


# --- the tidy form -------------------------------------------------------------------------------
def tidy_frame(table: BudgetTable, reconciliation: Reconciliation | None = None) -> pd.DataFrame:
    """A table in long form: one row a printed number, in printed order.

    Columns: table, code, name, project, column (printed number), heading (path), value (Decimal,
    in `unit`), unit, status (empty without a reconciliation), where.
    """
    import pandas as pd

    status = reconciliation.status if reconciliation is not None else {}
    lines = {(row.line, c.index): row for row, c in _cells_by_row(table)}
    headings = {column.index: column for column in table.columns}
    records = []
    for place in sorted(table.cells):
        number, row, column = table.cells[place], lines[place], headings[place[1]]
        records.append(
            {
                "table": table.number,
                "code": row.code,
                "name": row.label.printed,
                "project": row.project,
                "column": column.number,
                "heading": column.heading,
                "value": number.value,
                "unit": number.unit,
                "status": status.get(number.id, ""),
                "where": describe_place(number),
            }
        )
    columns = ["table", "code", "name", "project", "column", "heading", "value", "unit", "status",
               "where"]  # fmt: skip
    return pd.DataFrame(records, columns=columns)


def _cells_by_row(table: BudgetTable) -> Iterable[tuple[Row, Column]]:
    for section, rows in enumerate(table.rows):
        for row in rows:
            for column in table.amount_columns(section):
                yield row, column


# --- findings ------------------------------------------------------------------------------------
def render_findings(
    reconciliation: Reconciliation, table: int | None = None, part: str = ""
) -> Html:
    """Every finding with both sides, places and suspects, by level.

    With `table` or `part` (table, prose, target) only findings that name one of its numbers.
    """
    numbers = {number.id: number for number in reconciliation.disclosure.ledger}
    found = [
        finding
        for level in signs("level")
        for finding in reconciliation.finding_list
        if finding.level == level
        and (table is None or any(numbers[n].table == table for n in finding.numbers))
        and (not part or any(numbers[n].part == part for n in finding.numbers))
    ]
    if not found:
        what = said("this document") if table is None else said("table {table}", table=table)
        if part:
            what = said("the {part} of this document", part=find_sign("part", part).label)
        text = told(
            "No finding in {what} ({count} checks in all).",
            what=what,
            count=f"{len(reconciliation.check_list):,}",
        )
        return Html(f'<p class="bk-note">{escape(text)}</p>', "no finding")
    items = "".join(_finding(finding, numbers) for finding in found)
    counts = [f"{sum(f.level == level for f in found)} {level}" for level in signs("level")]
    return Html(f'<ul class="bk-findings">{items}</ul>', f"findings: {', '.join(counts)}")


def _finding(finding: Finding, numbers: dict[str, Number]) -> str:
    level = find_sign("level", finding.level)
    rule = rules().get(finding.rule)
    chinese = ""
    if rule is not None and language() != "zh":
        chinese = f' <span lang="zh">{escape(rule.zh)}</span>'
    places = "".join(
        f"<li>{_reference(numbers[n])} <small>{escape(tell(describe_place(numbers[n])))}</small></li>"
        for n in finding.numbers[:12]
        if n in numbers
    )
    if not finding.numbers:
        places = "".join(f"<li>{escape(tell(place))}</li>" for place in finding.places[:12])
    if len(finding.numbers) > 12:
        places += f"<li>{told('… and {count} more', count=len(finding.numbers) - 12)}</li>"
    suspects = "".join(
        f"<li>{_reference(numbers[s.number])}: {_repair(s)}<small>{escape(tell(s.why))}</small></li>"
        for s in finding.suspects
        if s.number in numbers
    )
    if suspects:
        suspects = f"<p>{told('What would make it hold:')}</p><ul>{suspects}</ul>"
    title = rule.title(language()) if rule is not None else finding.title
    basis = f"<p><small>{escape(rule.reason(language()))}</small></p>" if rule is not None else ""
    return (
        f'<li class="bk-finding bk-{escape(finding.level)}" id="{escape(finding.id)}">'
        f'<h3><span class="bk-level">{render_both(level.en, level.zh)}</span>'
        f"{escape(told('Rule: {title}', title=title))}{chinese}</h3>"
        f"<p>{escape(tell(finding.message))}</p>"
        f"{suspects}"
        f"<details><summary>{told('Where it stands, and by which rule')}</summary>"
        f"<ul>{places}</ul>{basis}</details></li>"
    )


def _repair(suspect: Suspect) -> str:
    """What the number would have to be; nothing where only its place is in doubt."""
    text = mend_text(suspect.printed, suspect.repair)
    return "" if text == suspect.printed else f"{escape(text)}, "


def _reference(number: Number) -> str:
    text = told("{text} ({place})", text=number.text, place=place_text(number))
    return f'<span data-number="{escape(number.id)}">{escape(text)}</span>'


# --- where it came from --------------------------------------------------------------------------
def render_origin(disclosure: Disclosure, table: BudgetTable | None = None) -> Html:
    """Where a table (or the whole document) comes from: title, department, place, sha256."""
    facts: list[tuple[str, str]] = [
        (said("Document"), disclosure.title),
        (said("Department"), disclosure.department),
        (said("File"), disclosure.source),
        ("sha256", disclosure.sha256),
        (said("Read as"), disclosure.reader),
    ]
    if table is not None:
        facts += [
            (said("Table"), beside(f"{table.number} {table.title}", f"({table.english})")),
            (said("Place"), table_lines(table)),
            (said("Unit"), describe_unit(table.unit)),
            (said("Numbers read"), f"{len(table.cells)}"),
            (said("Not readable"), "; ".join(table.unread.values())),
            (said("Left over"), "; ".join(f"{t.text} ({t.reason})" for t in table.leftovers)),
        ]
    facts += [
        (said("Read with doubt"), problem.message)
        for problem in disclosure.problems
        if table is None or problem.table == table.number
    ]
    return render_facts(facts, "origin")
