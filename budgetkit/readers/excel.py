"""Reads Excel workbooks, new and old: every visible sheet in order, its cells as printed."""

from __future__ import annotations

from budgetkit.blocks import Block, Problem, Where
from budgetkit.errors import SourceError
from budgetkit.language import said
from budgetkit.readers import Reading
from budgetkit.readers.sheets import Sheet, hidden_by_merge, read_sheet
from budgetkit.readers.zips import open_zip

__all__ = ["read_xls", "read_xlsx"]


def read_xlsx(data: bytes, name: str) -> Reading:
    """The blocks of an .xlsx workbook. Raises SourceError where it is damaged or empty."""
    from budgetkit.readers.xlsx_cells import read_xlsx_sheets

    problems: list[Problem] = []
    with open_zip(data, name) as archive:
        sheets = read_xlsx_sheets(archive, name, problems)
    return _reading(sheets, problems, name)


def read_xls(data: bytes, name: str) -> Reading:
    """The blocks of an .xls workbook. Raises SourceError where it is damaged or empty."""
    from budgetkit.readers.xls_cells import read_xls_sheets

    problems: list[Problem] = []
    return _reading(read_xls_sheets(data, name, problems), problems, name)


def _reading(sheets: list[Sheet], problems: list[Problem], name: str) -> Reading:
    """All visible sheets as one text; what hidden ones hold is not published, and said."""
    blocks: list[Block] = []
    for number, sheet in enumerate(sheets, start=1):
        if sheet.hidden:
            if sheet.texts:
                problems.append(
                    Problem(
                        "hidden_sheet",
                        said(
                            "sheet '{name}' is hidden and not read ({count} filled cells); "
                            "unhide it in Excel if it belongs to the disclosure",
                            name=sheet.name,
                            count=len(sheet.texts),
                        ),
                    )
                )
            continue
        if count := hidden_by_merge(sheet):
            problems.append(
                Problem(
                    "hidden_by_merge",
                    said(
                        "sheet '{name}': {count} filled cells lie under merged ones, where they "
                        "are not shown, and are not read; compare with the source",
                        name=sheet.name,
                        count=count,
                    ),
                    Where(page=number),
                )
            )
        blocks.extend(read_sheet(sheet, number))
    if not blocks:
        raise SourceError(f"{name}: the workbook has no filled cell on a visible sheet; check it")
    return Reading("excel", tuple(blocks), tuple(problems))
