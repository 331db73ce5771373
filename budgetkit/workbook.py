"""The clean data as one Excel workbook: tables with live totals, findings, the ledger, origin."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

import budgetkit
from budgetkit.amounts import mend_text
from budgetkit.disclosure import Disclosure
from budgetkit.display import describe_place, display_width, find_sign, signs
from budgetkit.language import tell
from budgetkit.ledger import Number
from budgetkit.reconcile import Finding, place_text
from budgetkit.reconciliation import Reconciliation
from budgetkit.records import Record, number_records
from budgetkit.rules import rules
from budgetkit.schemas import find_schema
from budgetkit.table_sheets import (
    LINE,
    Formats,
    TableSheet,
    lay_out_sheet,
    write_number,
    write_table,
    write_text,
)
from budgetkit.vocabulary import load

__all__ = ["build_workbook"]

ABOUT, FINDINGS, NUMBERS = "about", "findings", "numbers"

# A workbook carries the time of its making; ours says nothing, so that equal data are equal bytes.
_NO_TIME = datetime(2000, 1, 1)

_SOFT = "#5b6268"
_LINK = {"font_color": "#0a5a94", "underline": 1}
_HEAD = {"bold": True, "text_wrap": True, "bg_color": "#eceeef", "border": 1, "valign": "top"}
_WIDTHS = {
    "level": 23, "rule": 26, "title": 34, "message": 70, "message_zh": 60, "number": 14,
    "text": 14, "unit": 7, "where": 42, "repair": 40, "id": 15, "value": 14, "part": 8,
    "row": 24, "table_kind": 24, "status": 20, "facts": 60, "box": 22,
}  # fmt: skip


def build_workbook(disclosure: Disclosure, reconciliation: Reconciliation) -> bytes:
    """The workbook's bytes: sheets about, findings, one a table, numbers.

    The same disclosure gives the same bytes with the same XlsxWriter and zlib.
    """
    buffer = io.BytesIO()
    workbook = Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
         "strings_to_numbers": False},
    )  # fmt: skip
    workbook.set_properties(
        {"title": disclosure.title, "comments": f"budgetkit {budgetkit.__version__}",
         "created": _NO_TIME}
    )  # fmt: skip
    formats = Formats(workbook)
    plans = [lay_out_sheet(table, reconciliation) for table in disclosure.budget_tables]
    about = workbook.add_worksheet(ABOUT)
    findings = workbook.add_worksheet(FINDINGS)
    for plan in plans:
        sheet = workbook.add_worksheet(plan.name)
        write_table(sheet, formats, plan, reconciliation.status)
        if any(total.violated for total in plan.totals.values()):
            sheet.set_tab_color(find_sign("status", "contradicted").fill)
    links = _write_numbers(workbook.add_worksheet(NUMBERS), formats, reconciliation, plans)
    _write_findings(findings, formats, reconciliation, links)
    _write_about(about, formats, reconciliation, plans)
    workbook.close()
    return buffer.getvalue()


def _write_head(
    sheet: Worksheet, formats: Formats, names: Sequence[str], titles: Mapping[str, str]
) -> None:
    for at, name in enumerate(names):
        write_text(sheet, formats, (0, at), f"{name}\n{titles[name]}", **_HEAD)
        sheet.set_column(at, at, _WIDTHS.get(name, 9), formats.get())
    sheet.set_row(0, 33)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _write_numbers(
    sheet: Worksheet,
    formats: Formats,
    reconciliation: Reconciliation,
    plans: Iterable[TableSheet],
) -> dict[str, str]:
    """The ledger, with the columns of numbers.csv; returns where each number is to be seen."""
    ledger = reconciliation.disclosure.ledger
    schema = find_schema("numbers")
    names = [field.name for field in schema.fields]
    _write_head(sheet, formats, names, {field.name: field.title for field in schema.fields})
    cells = {number: plan.link(number) for plan in plans for number in plan.places}
    links = {}
    records = number_records(ledger, reconciliation.status)
    for row, (number, record) in enumerate(zip(ledger, records, strict=True), start=1):
        here = f"internal:'{NUMBERS}'!{xl_rowcol_to_cell(row, 0)}"
        links[number.id] = cells.get(number.id, here)
        for at, name in enumerate(names):
            if name == "id" and number.id in cells:
                _write_link(sheet, formats, (row, at), cells[number.id], number.id)
            else:
                _write_field(sheet, formats, (row, at), name, record, number)
    if ledger:
        sheet.autofilter(0, 0, len(ledger), len(names) - 1)
        last = xl_rowcol_to_cell(len(ledger), len(names) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{last}"})
    return links


def _write_field(
    sheet: Worksheet,
    formats: Formats,
    place: tuple[int, int],
    name: str,
    record: Record,
    number: Number,
) -> None:
    value = record[name]
    if name == "value":
        write_number(sheet, formats, place, number)
    elif name == "status" and value is not None:
        sign = find_sign("status", value)
        look = {} if value == "confirmed" else {"bg_color": sign.fill, "font_color": sign.ink}
        write_text(sheet, formats, place, f"{value} {sign.zh}", **look)
    elif isinstance(value, int):
        sheet.write_number(*place, value, formats.get())
    elif isinstance(value, Mapping):
        write_text(sheet, formats, place, "; ".join(f"{k}={value[k]}" for k in sorted(value)))
    elif value is not None:
        write_text(sheet, formats, place, str(value))


def _write_link(
    sheet: Worksheet, formats: Formats, place: tuple[int, int], link: str, text: str
) -> None:
    sheet.write_url(*place, link, formats.get(**_LINK), string=text)


_FINDING_COLUMNS = ("id", "level", "rule", "title", "message", "message_zh", "text", "unit",
                    "where", "repair")  # fmt: skip


def _write_findings(
    sheet: Worksheet,
    formats: Formats,
    reconciliation: Reconciliation,
    links: Mapping[str, str],
) -> None:
    """Every finding by level, with a row for each number it names, linked to its cell."""
    titles = {row["name"]: row["zh"] for row in load("workbook.toml")["finding_column"]}
    _write_head(sheet, formats, _FINDING_COLUMNS, titles)
    numbers = {number.id: number for number in reconciliation.disclosure.ledger}
    row = 1
    for level in signs("level"):
        for finding in reconciliation.finding_list:
            if finding.level == level:
                row = _write_finding(sheet, formats, row, finding, numbers, links)
    if row == 1:
        write_text(sheet, formats, (1, 0), load("workbook.toml")["no_finding"])
        return
    sheet.autofilter(0, 0, row - 1, len(_FINDING_COLUMNS) - 1)


def _write_finding(
    sheet: Worksheet,
    formats: Formats,
    row: int,
    finding: Finding,
    numbers: Mapping[str, Number],
    links: Mapping[str, str],
) -> int:
    rule = rules().get(finding.rule)
    level = find_sign("level", finding.level)
    english, chinese = str(finding.message), tell(finding.message, "zh")
    first = {
        "title": finding.title + (f"\n{rule.zh}" if rule is not None else ""),
        "message": english,
        "message_zh": chinese if chinese != english else "",
    }
    repairs = {s.number: _repair(s.printed, s.repair, str(s.why)) for s in finding.suspects}
    named = [numbers[n] for n in finding.numbers if n in numbers]
    rows = [
        {"text": n.text, "unit": n.unit, "where": f"{place_text(n)} ({describe_place(n)})",
         "repair": repairs.get(n.id, ""), "link": links.get(n.id, "")}
        for n in named
    ] or [{"where": place} for place in finding.places or ("",)]  # fmt: skip
    for at, one in enumerate(rows):
        told = {"id": finding.id, "level": f"{level.en} {level.zh}", "rule": finding.rule}
        told |= (first if at == 0 else {}) | one
        sheet.set_row(row + at, _height(told))
        look: dict[str, Any] = {"text_wrap": True, "valign": "top"}
        if at == 0:
            look["top"] = 1
        for column, name in enumerate(_FINDING_COLUMNS):
            if name == "where" and told.get("link"):
                sheet.write_url(row + at, column, told["link"], formats.get(**{**look, **_LINK}),
                                string=told["where"])  # fmt: skip
            else:
                write_text(sheet, formats, (row + at, column), told.get(name, ""), **look)
    return row + len(rows)


def _height(told: Mapping[str, str]) -> float:
    """The height of a row whose texts are wrapped, in points; Excel takes 409 at most."""
    lines = [
        sum(
            max(math.ceil(display_width(line) / (_WIDTHS[name] - 1)), 1)
            for line in text.split("\n")
        )
        for name, text in told.items()
        if name in _WIDTHS
    ]
    return min(max(lines, default=1) * LINE, 409)


def _repair(printed: str, repair: str, why: str) -> str:
    text = mend_text(printed, repair)
    return why if text == printed else f"{text}: {why}"


def _write_about(
    sheet: Worksheet,
    formats: Formats,
    reconciliation: Reconciliation,
    plans: Sequence[TableSheet],
) -> None:
    """Source, version, contents with links, and how to read colours and formulas."""
    disclosure, words = reconciliation.disclosure, load("workbook.toml")
    sheet.set_column(0, 0, 40, formats.get())
    sheet.set_column(1, 1, 76, formats.get())
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    write_text(sheet, formats, (0, 0), disclosure.title, bold=True, font_size=14)
    totals = [total for plan in plans for total in plan.totals.values()]
    facts = {
        "department": disclosure.department,
        "year": str(disclosure.year or ""),
        "source": "\n".join(name for name, _ in disclosure.files),
        "sha256": "\n".join(sha256 for _, sha256 in disclosure.files),
        "reader": disclosure.reader,
        "version": f"budgetkit {budgetkit.__version__}",
        "command": f"budgetkit clean {disclosure.key} --xlsx",
        "formulas": str(sum(bool(total.formula) for total in totals)),
        "rounded": str(sum(total.rounded and not total.violated for total in totals)),
        "violated": str(sum(total.violated for total in totals)),
        "findings": str(len(reconciliation.finding_list)),
    }
    row = 2
    for line in words["about"]:
        write_text(sheet, formats, (row, 0), f"{line['en']} {line['zh']}", font_color=_SOFT)
        write_text(sheet, formats, (row, 1), facts[line["name"]], text_wrap=True)
        row += 1
    row += 1
    for text in words["note"]:
        for name in ("en", "zh"):
            sheet.merge_range(row, 0, row, 1, "", formats.get(text_wrap=True))
            write_text(sheet, formats, (row, 0), text[name], text_wrap=True)
            sheet.set_row(row, 31)
            row += 1
    row += 1
    for name in ("confirmed_by_rounding", "contradicted", "unchecked", "unread"):
        sign = find_sign("status", name)
        write_text(sheet, formats, (row, 0), f"{sign.en} {sign.zh}",
                   bg_color=sign.fill, font_color=sign.ink)  # fmt: skip
        row += 1
    row += 1
    for name, title in [
        (FINDINGS, "findings 核对发现"),
        *((plan.name, f"{plan.table.title or plan.table.kind.zh}") for plan in plans),
        (NUMBERS, "numbers 数字总账"),
    ]:
        _write_link(sheet, formats, (row, 0), f"internal:'{name}'!A1", name)
        write_text(sheet, formats, (row, 1), title)
        row += 1
