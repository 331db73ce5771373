"""PDFs as spreadsheets print them: open sides, no rules, text cut at cell edges, repeated captions."""

from pathlib import Path

import budgetkit
from budgetkit.reconciliation import Reconciliation
from tests.pdfs import Page, write_pdf

WIDTHS = [80, 150, 80, 80, 80]
HEADING = ["科目编码", "科目名称", "合计", "基本支出", "项目支出"]
ROWS = [
    ["201", "一般公共服务支出", "2,100,000.00", "1,300,000.00", "800,000.00"],
    ["20103", "政府办公厅及相关机构事务", "2,100,000.00", "1,300,000.00", "800,000.00"],
    ["2010301", "行政运行", "1,300,000.00", "1,300,000.00", ""],
    ["2010302", "一般行政管理事务", "800,000.00", "", "800,000.00"],
    ["210", "卫生健康支出", "900,000.00", "500,000.00", "400,000.00"],
    ["21011", "行政事业单位医疗", "900,000.00", "500,000.00", "400,000.00"],
    ["2101101", "行政单位医疗", "900,000.00", "500,000.00", "400,000.00"],
    ["合计", "", "3,000,000.00", "1,800,000.00", "1,200,000.00"],
]


def captioned(title: str) -> Page:
    page = Page()
    page.text(50, 790, title, 12)
    page.text(50, 770, "部门：某市某局　　金额单位：元")
    return page


def cover() -> Page:
    page = Page()
    page.text(150, 500, "某市某局2026年部门预算公开", 16)
    return page


def check(tmp_path: Path, *pages: Page) -> Reconciliation:
    path = tmp_path / "made-up.pdf"
    path.write_bytes(write_pdf(pages))
    return budgetkit.check(budgetkit.read(path))


def printed(page: Page, rows: list[list[str]], top: float, step: float = 16) -> None:
    """Rows as a spreadsheet prints them without rules: names at the left, amounts at the right."""
    edges = [50 + sum(WIDTHS[:i]) for i in range(len(WIDTHS) + 1)]
    for position, row in enumerate(rows):
        for column, text in enumerate(row):
            wide = sum(9 if ord(sign) > 255 else 4.5 for sign in text)
            middle = (edges[column] + edges[column + 1] - wide) / 2
            place = middle if row in (HEADING, ROWS[-1]) and column < 2 else edges[column] + 3
            if column > 1:
                place = middle if row is HEADING else edges[column + 1] - wide - 3
            if text:
                page.text(place, top - position * step, text)


def values(result: Reconciliation) -> dict[str, list[str]]:
    table = result.disclosure.budget_tables[0]
    found: dict[str, list[str]] = {}
    for number in table.cells.values():
        found.setdefault(number.row, []).append(number.text)
    return found


EXPECTED = {row[0]: [text for text in row[2:] if text] for row in ROWS}


def test_a_caption_that_every_page_prints_is_no_running_head(tmp_path: Path) -> None:
    pages = [cover()]
    for title in ("部门支出总表", "一般公共预算支出表", "财政拨款支出表"):
        page = captioned(title)
        page.table([HEADING, *ROWS], WIDTHS, top=760)
        pages.append(page)
    result = check(tmp_path, *pages)
    assert [table.unit for table in result.disclosure.budget_tables] == ["元"] * 3
    assert result.finding_list == []


def test_a_table_with_open_sides_keeps_its_first_and_last_column(tmp_path: Path) -> None:
    page = captioned("部门支出总表")
    rows, top, height = [HEADING, *ROWS], 760, 18
    edges = [50 + sum(WIDTHS[:i]) for i in range(len(WIDTHS) + 1)]
    for position in range(len(rows) + 1):
        page.line(edges[0], top - position * height, edges[-1], top - position * height)
    for edge in edges[1:-1]:
        page.line(edge, top, edge, top - height * len(rows))
    for position, row in enumerate(rows):
        for edge, text in zip(edges, row, strict=False):
            if text:
                page.text(edge + 3, top - height * (position + 1) + 6, text)
    result = check(tmp_path, cover(), page)
    assert values(result) == EXPECTED
    assert set(result.status.values()) == {"confirmed"}


def test_a_name_that_its_cell_cuts_off_stays_in_its_cell(tmp_path: Path) -> None:
    page = captioned("部门支出总表")
    widths = [60, 60, 90, 90, 90]
    rows = [[*row[:1], "", *row[2:]] for row in ROWS]
    page.table([HEADING, *rows], widths, top=760)
    for position, row in enumerate(ROWS):
        bottom = 760 - 18 * (position + 2)
        page.drawn.append(f"q {110} {bottom} {60} 18 re W n")
        page.text(113, bottom + 6, row[1] + "及其他有关的事务支出" if row[1] else "")
        page.drawn.append("Q")
    result = check(tmp_path, cover(), page)
    assert values(result) == EXPECTED
    table = result.disclosure.budget_tables[0]
    assert table.rows[0][2].label.printed == "行政运行及其他有关的事务支出"
    assert result.finding_list == []


def test_a_table_without_rules_is_read_by_the_places_of_its_words(tmp_path: Path) -> None:
    page = captioned("部门支出总表")
    printed(page, [HEADING, *ROWS], 740)
    result = check(tmp_path, cover(), page)
    assert values(result) == EXPECTED
    assert set(result.status.values()) == {"confirmed"}
    assert [p.kind for p in result.disclosure.problems] == ["table_without_rules"]


def test_a_slip_in_a_table_without_rules_is_found(tmp_path: Path) -> None:
    page = captioned("部门支出总表")
    slip = [
        [text.replace("800,000.00", "900,000.00") if row[0] == "2010302" else text for text in row]
        for row in ROWS[:-1]
    ]
    slip[3][2] = "800,000.00"
    printed(page, [HEADING, *slip, ROWS[-1]], 740)
    result = check(tmp_path, cover(), page)
    assert [f.level for f in result.finding_list] == ["inconsistent"]


def test_a_table_without_rules_whose_columns_do_not_add_up_accuses_nobody(tmp_path: Path) -> None:
    page = captioned("部门支出总表")
    # Each row's parts belong to columns that the heading does not tell apart from the total.
    wrong = [[*row[:3], row[2], row[2]] for row in ROWS[:-1]]
    printed(page, [HEADING, *wrong, ROWS[-1]], 740)
    result = check(tmp_path, cover(), page)
    assert not [f for f in result.finding_list if f.level == "inconsistent"]
    assert any("no ruling lines" in check.reason for check in result.check_list)


def test_prose_with_amounts_is_no_table(tmp_path: Path) -> None:
    page = cover()
    for line in range(6):
        page.text(
            50, 700 - 20 * line, f"（{line + 1}）基本支出 {line + 1},000.00 万元，比上年增加。"
        )
    result = check(tmp_path, page)
    assert result.disclosure.budget_tables == []
