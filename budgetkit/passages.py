"""Sentences and performance tables as HTML, every number marked with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from budgetkit.amounts import squeeze
from budgetkit.coverage import unchecked_reasons
from budgetkit.display import describe_place, find_sign, signs
from budgetkit.html import Html, column_name, render_both
from budgetkit.language import joined, language, said, tell, told
from budgetkit.ledger import Number
from budgetkit.lines import Line
from budgetkit.reconciliation import Reconciliation
from budgetkit.rules import find_rule
from budgetkit.target_records import Target, TargetTable

__all__ = ["render_narrative", "render_targets"]

#: So many performance tables stand open; of more, each folds away behind its title.
_OPEN = 4
_PRIVATE = {"telephone", "private"}


class Marks:
    """What became of every number, as needed to mark it: status, reason, findings that name it."""

    def __init__(self, reconciliation: Reconciliation) -> None:
        self.status = reconciliation.status
        self.reasons = unchecked_reasons(reconciliation)
        self.findings: dict[str, list[str]] = {}
        for finding in reconciliation.finding_list:
            if finding.level == "inconsistent":
                title = find_rule(finding.rule).title(language())
                for number in finding.numbers:
                    self.findings.setdefault(number, []).append(title)

    def mark(self, number: Number) -> str:
        """One number with its sign, its id as the place that findings link to."""
        status = self.status[number.id]
        sign = find_sign("status", status)
        there = self.why(number) or describe_place(number)
        title = tell(joined([sign.label, there], ": "))
        return (
            f'<span class="bk-number bk-{status}" id="{escape(number.id)}" '
            f'title="{escape(title)}">{escape(squeeze(number.text))}'
            f'<span class="bk-mark" role="img" aria-label="{escape(sign.label)}">{sign.symbol}</span>'
            "</span>"
        )

    def why(self, number: Number) -> str:
        """Why a number is unchecked, or what contradicts it; nothing where it is confirmed."""
        if self.status[number.id] == "contradicted":
            return tell(joined(dict.fromkeys(self.findings.get(number.id, ()))))
        return self.reasons.get(number.id, "")

    def notes(self, numbers: Sequence[Number]) -> str:
        """Below a paragraph: its contradicted and unchecked numbers, by reason."""
        groups: dict[tuple[str, str], list[str]] = {}
        for number in numbers:
            status = self.status[number.id]
            if status in {"contradicted", "unchecked"}:
                printed = f"{squeeze(number.text)} {number.unit}".strip()
                groups.setdefault((status, self.why(number)), []).append(printed)
        items = "".join(
            f"<li><b>{find_sign('status', status).symbol}</b> "
            f'<span lang="zh">{escape("、".join(printed))}</span>: '
            f"{escape(why or find_sign('status', status).label)}</li>"
            for (status, why), printed in groups.items()
        )
        return f'<ul class="bk-notes">{items}</ul>' if items else ""

    def legend(self, numbers: Sequence[Number]) -> str:
        """The signs in use with their counts."""
        found = [self.status[number.id] for number in numbers]
        items = [
            f"<span><b>{sign.symbol}</b> {render_both(sign.en, sign.zh)}: "
            f"{found.count(sign.id)}</span>"
            for sign in signs("status").values()
            if sign.id in found
        ]
        return f'<p class="bk-note">{" ".join(items)}</p>' if items else ""


# --- sentences -----------------------------------------------------------------------------------
def render_narrative(reconciliation: Reconciliation) -> Html:
    """The paragraphs that state numbers, under their headings, every number marked.

    A number carries the sign of its status; below a paragraph stands why numbers are unchecked
    and what contradicts them. The id of a number's element is the number's id. Paragraphs
    without a number are left out. A document without any gets a line that says so.
    """
    disclosure = reconciliation.disclosure
    ledger = {n.id: n for n in disclosure.ledger if n.part == "prose"}
    if not ledger:
        html = (
            '<p class="bk-note">' + told("No sentence of this document states a number.") + "</p>"
        )
        return Html(html, "no sentence with a number")
    marks = Marks(reconciliation)
    parts = [marks.legend(list(ledger.values()))]
    above: tuple[str, ...] = ()
    shown = 0
    for line in disclosure.lines:
        numbers = [ledger[n.id] for n in line.numbers if n is not None and n.id in ledger]
        if not numbers:
            continue
        path = tuple(text for text in (line.part, *line.section) if text)
        path = path[:-1] if line.heading else path
        parts += list(_headings(above, path))
        above = path
        shown += 1
        parts.append(f'<p class="bk-sentence" lang="zh">{_sentence(line, ledger, marks)}</p>')
        parts.append(marks.notes(numbers))
    body = "\n".join(part for part in parts if part)
    return Html(
        f'<div class="bk-prose">{body}</div>', f"{shown} paragraphs with {len(ledger)} numbers"
    )


def _headings(above: Sequence[str], path: Sequence[str]) -> Iterator[str]:
    """The headings that are new since the paragraph before, the outermost largest."""
    same = True
    for depth, text in enumerate(path):
        same = same and depth < len(above) and above[depth] == text
        if not same:
            tag = "h3" if depth == 0 else "h4"
            yield f'<{tag} class="bk-heading" lang="zh">{escape(squeeze(text))}</{tag}>'


def _sentence(line: Line, ledger: Mapping[str, Number], marks: Marks) -> str:
    """A paragraph with its numbers marked; telephone numbers and the like are left out."""
    pieces = []
    end = 0
    for token, number in zip(line.tokens, line.numbers, strict=True):
        pieces.append(escape(line.text[end : token.start]))
        known = ledger.get(number.id) if number is not None else None
        if known is not None:
            pieces.append(marks.mark(known))
        elif token.reason in _PRIVATE:
            pieces.append("…")
        else:
            pieces.append(escape(line.text[token.start : token.end]))
        end = token.end
    pieces.append(escape(line.text[end:]))
    return "".join(pieces)


# --- performance tables --------------------------------------------------------------------------
def render_targets(reconciliation: Reconciliation) -> Html:
    """Every performance table: budget, objective and indicators, every number marked.

    The id of a number's element is the number's id. Where there are many tables each folds away
    behind its title. A document without any gets a line that says so.
    """
    disclosure = reconciliation.disclosure
    tables = disclosure.target_tables
    if not tables:
        html = '<p class="bk-note">' + told("This document has no performance table.") + "</p>"
        return Html(html, "no performance table")
    marks = Marks(reconciliation)
    own: dict[int | None, list[Number]] = {}
    for number in disclosure.ledger:
        if number.part == "target":
            own.setdefault(number.table, []).append(number)
    parts = [marks.legend([n for numbers in own.values() for n in numbers])]
    for table in tables:
        body = _target_table(table, own.get(table.number, []), marks)
        fold = "" if len(tables) <= _OPEN else _count(table, own.get(table.number, []), marks)
        parts.append(_folded(table, body, fold))
    count = sum(len(numbers) for numbers in own.values())
    return Html("\n".join(parts), f"{len(tables)} performance tables with {count} numbers")


def _folded(table: TargetTable, body: str, fold: str) -> str:
    name = escape(table.project or table.department or table.title)
    title = f'{table.number} <span lang="zh">{name}</span>'
    if not fold:
        return f'<h3 class="bk-heading">{title}</h3>\n{body}'
    return f'<details class="bk-fold"><summary>{title} {fold}</summary>{body}</details>'


def _count(table: TargetTable, numbers: Sequence[Number], marks: Marks) -> str:
    wrong = sum(marks.status[number.id] == "contradicted" for number in numbers)
    parts = [said("{count} indicators", count=len(table.targets))]
    if wrong:
        parts.append(said("{count} contradicted", count=wrong))
    return f"<small>{escape(tell(joined(parts, ', ')))}</small>"


def _target_table(table: TargetTable, numbers: Sequence[Number], marks: Marks) -> str:
    shown: set[str] = set()
    parts = [_budget(table, marks, shown), _objective(table, marks, shown)]
    roles = [role for role in _COLUMNS if any(_has(target, role) for target in table.targets)]
    if table.targets:
        head = "".join(
            f"<th>{zh}</th>"
            if language() == "zh"
            else f'<th>{en}<small lang="zh">{zh}</small></th>'
            for en, zh in (_COLUMNS[role] for role in roles)
        )
        rows = "".join(_row(target, roles, marks, shown) for target in table.targets)
        parts.append(
            '<div class="bk-box" tabindex="0"><table class="bk-table bk-targets">'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    rest = [number for number in numbers if number.id not in shown]
    if rest:
        items = "".join(
            f'<li><span lang="zh">{escape(squeeze(n.name).strip(" ,"))}</span>: {marks.mark(n)} '
            f'<span lang="zh">{escape(n.unit)}</span></li>'
            for n in rest
        )
        parts.append(
            f'<p class="bk-note">{told("Further numbers of this table:")}</p><ul>{items}</ul>'
        )
    return "\n".join(part for part in parts if part)


def _budget(table: TargetTable, marks: Marks, shown: set[str]) -> str:
    items = []
    for role, number in table.budget.items():
        if number.id in shown:
            continue
        shown.add(number.id)
        name = column_name(role.removeprefix("budget_"))
        items.append(f"<span>{escape(name)}: {marks.mark(number)} "
                     f'<span lang="zh" style="margin:0">{escape(number.unit)}</span></span>')  # fmt: skip
    return f'<p class="bk-note">{told("Budget:")} {" ".join(items)}</p>' if items else ""


def _objective(table: TargetTable, marks: Marks, shown: set[str]) -> str:
    """The objective with the numbers that it states; what cannot be placed is listed below."""
    text = table.objective
    pieces = []
    for statement in table.statements:
        before, found, after = text.partition(statement.number.text)
        if found and statement.number.id not in shown:
            pieces += [escape(before), marks.mark(statement.number)]
            shown.add(statement.number.id)
            text = after
    pieces.append(escape(text))
    words = "".join(pieces)
    return f'<p class="bk-sentence" lang="zh">{words}</p>' if words.strip() else ""


_COLUMNS = {
    "level_1": ("Level 1", "一级指标"),
    "level_2": ("Level 2", "二级指标"),
    "level_3": ("Indicator", "三级指标"),
    "target": ("Target", "指标值"),
    "previous": ("Previous", "上年值"),
    "weight": ("Weight", "权重"),
}


def _has(target: Target, role: str) -> bool:
    if role in {"target", "previous"}:
        return bool(getattr(target, f"{role}_text") or getattr(target, role))
    return bool(target.weighted if role == "weight" else getattr(target, role))


def _row(target: Target, roles: Sequence[str], marks: Marks, shown: set[str]) -> str:
    cells = []
    for role in roles:
        number = {"target": target.target, "previous": target.previous,
                  "weight": target.weighted}.get(role)  # fmt: skip
        text = squeeze(
            {"target": target.target_text, "previous": target.previous_text,
             "weight": target.weighted.text if target.weighted else ""}.get(role)
            or str(getattr(target, role, None) or "")
        )  # fmt: skip
        kind = f" bk-{marks.status[number.id]}" if number is not None else ""
        if number is not None and number.id not in shown:
            shown.add(number.id)
            cells.append(
                f'<td class="{kind.strip()}" lang="zh">{_in_cell(text, number, marks)}</td>'
            )
        else:
            cells.append(f'<td lang="zh">{escape(text)}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _in_cell(text: str, number: Number, marks: Marks) -> str:
    printed = squeeze(number.text)
    before, found, after = text.partition(printed)
    if not found:
        return f"{escape(text)} {marks.mark(number)}"
    return f"{escape(before)}{marks.mark(number)}{escape(after)}"
