"""Tables as HTML: printed as published, escaped everywhere, every number once and linkable."""

import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.html import render_frame
from budgetkit.reconciliation import Reconciliation
from budgetkit.render import render_findings, render_origin, render_table, tidy_frame

KEY = "kezhou-hrss-2026"
EVIL = "<img src=x onerror=alert(1)>"
MADE = f"""# 某局2026年部门预算公开

## 部门支出总体情况表

编制部门：{EVIL}

单位：万元

| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出{EVIL} | 项目支出 |
|  | 总计 | 5.00 | 2.00 | 3.00 |
| 208 | 社会{EVIL} | 4.00 | 2.00 | 3.00 |
| 210 | 卫生健康支出 | 1,2O4.00 |  |  |
"""


class Cells(HTMLParser):
    """The cells of the first table: tag, attributes and text, row by row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, dict[str, str | None], str]]] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self.rows[-1].append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            tag, attrs, text = self.rows[-1][-1]
            self.rows[-1][-1] = (tag, attrs, text + data.strip("\n"))


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read(KEY)


@pytest.fixture(scope="module")
def reconciliation(disclosure: Disclosure) -> Reconciliation:
    return budgetkit.check(disclosure)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Reconciliation:
    path: Path = tmp_path_factory.mktemp("made") / "made.md"
    path.write_text(MADE, encoding="utf-8")
    return budgetkit.check(budgetkit.read(path))


def spans(html: str, row: int) -> list[tuple[str, int, int]]:
    return [
        (
            re.sub(r"[A-Za-z ()\-]+$", "", text),
            int(attrs.get("colspan") or 1),
            int(attrs.get("rowspan") or 1),
        )
        for _, attrs, text in Cells(html).rows[row]
    ]


def test_table_2_has_the_merged_headings_of_the_source(disclosure: Disclosure) -> None:
    html = str(render_table(disclosure.table(2)))
    assert spans(html, 0) == [
        ("功能分类科目编码", 3, 1),
        ("功能分类科目名称", 1, 2),
        ("总计", 1, 2),
        ("财政拨款（补助）", 7, 1),
        ("财政专户（教育收费）", 1, 2),
        ("单位资金", 1, 2),
        ("财政拨款结转", 1, 2),
        ("非财政拨款结转结余", 1, 2),
    ]
    assert [text for text, _, _ in spans(html, 1)][:4] == ["类", "款", "项", "财政拨款（补助）小计"]
    assert [text for _, _, text in Cells(html).rows[2]] == ["※"] * 4 + [
        str(number) for number in range(1, 13)
    ]


def test_every_row_fills_the_width_of_the_table(disclosure: Disclosure) -> None:
    for table in disclosure.budget_tables:
        cells = Cells(str(render_table(table)))
        width = len(table.columns)
        covered = [0] * (len(cells.rows) + 8)
        for index, row in enumerate(cells.rows):
            for _, attrs, _ in row:
                for below in range(int(attrs.get("rowspan") or 1)):
                    covered[index + below] += int(attrs.get("colspan") or 1)
        assert covered[: len(cells.rows)] == [width] * len(cells.rows), table.number


def test_amounts_stand_as_printed_and_blank_cells_are_blank(disclosure: Disclosure) -> None:
    table = disclosure.table(2)
    rows = Cells(str(render_table(table))).rows
    total = next(row for row in rows if any("总计" in text for _, _, text in row[3:4]))
    texts = [text for _, attrs, text in total if "bk-amount" in str(attrs.get("class"))]
    assert texts == [
        "3,755.39", "2,767.93", "1,428.12", "1,339.81", "", "", "", "", "", "677.12", "310.34", "",
    ]  # fmt: skip


def test_every_number_is_shown_once_and_can_be_linked(reconciliation: Reconciliation) -> None:
    for table in reconciliation.disclosure.budget_tables:
        html = str(render_table(table, reconciliation))
        for number in table.cells.values():
            assert html.count(f'id="{number.id}"') == 1
        marks = re.findall(r'class="bk-amount bk-(\w+)(?: bk-whole)?" id=', html)
        assert sorted(marks) == sorted(reconciliation.status[n.id] for n in table.cells.values())


def test_the_moved_amount_is_marked_in_its_cell(reconciliation: Reconciliation) -> None:
    html = str(render_table(reconciliation.disclosure.table(7), reconciliation))
    cell = re.search(r'<td class="([^"]*)" id="t7\.r11\.c11"', html)
    assert cell and "bk-contradicted" in cell[1]
    assert "✗" in html


def test_text_of_the_document_runs_nothing(evil: Reconciliation) -> None:
    table = evil.disclosure.table(1)
    for html in (
        str(render_table(table, evil)),
        str(render_findings(evil)),
        str(render_origin(evil.disclosure, table)),
        str(render_frame(tidy_frame(table, evil))),
    ):
        assert "<img" not in html
        assert "img" not in Cells(html).tags
    assert "&lt;img src=x onerror=alert(1)&gt;" in str(render_table(table, evil))


def test_an_unreadable_amount_is_shown_as_it_is_and_marked(evil: Reconciliation) -> None:
    html = str(render_table(evil.disclosure.table(1), evil))
    assert re.search(r'<td class="bk-amount bk-unread">1,2O4\.00<', html)


def test_a_finding_shows_both_sides_its_rule_and_places(evil: Reconciliation) -> None:
    html = str(render_findings(evil))
    assert "4.00 ≠ 2.00 + 3.00" in html
    assert "行合计等于各栏之和" in html
    assert 'data-number="t1.r2.c3"' in html
    assert "No finding" in str(render_findings(evil, table=9))


def test_the_long_form_holds_every_number_with_its_heading(reconciliation: Reconciliation) -> None:
    table = reconciliation.disclosure.table(2)
    tidy = tidy_frame(table, reconciliation)
    assert len(tidy) == 81
    row = tidy[(tidy["code"] == "2080199") & (tidy["column"] == "4")].iloc[0]
    assert row["value"] == Decimal("1130.81")
    assert row["heading"] == "财政拨款（补助） / 上级一般公共预算安排的转移支付"
    assert (row["name"], row["unit"], row["where"]) == (
        "其他人力资源和社会保障管理事务支出",
        "万元",
        "line 132",
    )


def test_a_frame_keeps_exact_amounts_and_leaves_blanks_blank() -> None:
    import pandas as pd

    frame = pd.DataFrame({"name": ["a<b", None], "value": [Decimal("1234.50"), None]})
    rows = Cells(str(render_frame(frame))).rows
    assert [text for _, _, text in rows[1]] == ["a<b", "1,234.50"]
    assert [text for _, _, text in rows[2]] == ["", ""]
    assert str(render_frame(frame[:0])) == '<p class="bk-note">None.</p>'


def test_a_total_is_bold_in_its_own_list_only(disclosure: Disclosure) -> None:
    rows = Cells(str(render_table(disclosure.table(1)))).rows
    first = {text: str(attrs.get("class")) for _, attrs, text in rows[2]}
    bold = {text for text, name in first.items() if "bk-whole" in name}
    assert bold == {"一、本年收入Revenue of the year", "3,445.05"}
    assert any(text.startswith("201") for text in first)
