"""Web pages as governments publish them: layout tables, old encodings, broken and hostile markup."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetkit.blocks import Grid, Paragraph
from budgetkit.errors import SourceError
from budgetkit.readers import Reading, read_blocks

TABLE = "<table><tr><th>项目</th><th>金额</th></tr><tr><td>办公费</td><td>1.00</td></tr></table>"
ROWS = [["项目", "金额"], ["办公费", "1.00"]]


def read(page: str, encoding: str = "utf-8") -> Reading:
    return read_blocks(page.encode(encoding), "a.html")


def texts(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks if isinstance(block, Paragraph)]


def grids(reading: Reading) -> list[list[list[str]]]:
    return [
        [[cell.text for cell in row] for row in block.rows]
        for block in reading.blocks
        if isinstance(block, Grid)
    ]


def spans(reading: Reading) -> dict[str, tuple[int, int, int, int]]:
    return {
        cell.text: (cell.row, cell.column, cell.row_span, cell.column_span)
        for block in reading.blocks
        if isinstance(block, Grid)
        for row in block.rows
        for cell in row
    }


def test_paragraphs_headings_and_tables_come_in_order() -> None:
    reading = read(
        f"<html><body><h2>收支总表</h2>单位：万元<br>部门：某局{TABLE}<p>合计<b>1.00</b>万元</p>"
    )
    assert texts(reading) == ["收支总表", "单位：万元", "部门：某局", "合计1.00万元"]
    assert [b.level for b in reading.blocks if isinstance(b, Paragraph)] == [2, 0, 0, 0]
    assert grids(reading) == [ROWS]
    assert [type(block).__name__ for block in reading.blocks][3] == "Grid"


def test_scripts_styles_comments_and_hidden_text_are_not_read() -> None:
    page = (
        "<html><head><title>头</title><style>p{}</style></head><body><script>document.write('9.00')"
        "</script><!-- 8.00 --><p style='display: none'>7.00</p><p hidden>6.00</p>"
        "<noscript>5.00</noscript><nav>首页</nav><p>预算1.00万元</p><textarea>4.00</textarea>"
    )
    assert texts(read(page)) == ["预算1.00万元"]


def test_a_page_that_only_a_script_fills_says_what_to_do() -> None:
    with pytest.raises(SourceError, match="print it as PDF"):
        read("<html><body><div id=app></div><script src=app.js></script></body></html>")


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-8", '<meta charset="utf-8">'),
        ("utf-8", ""),
        ("gb18030", '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'),
        ("gbk", "<meta charset=GBK>"),
        ("gb18030", ""),
        ("gb18030", '<meta charset="utf-8">'),
        ("utf-16", ""),
        ("utf-8-sig", '<meta charset="gb2312">'),
        ("big5", "<meta charset=big5>"),
    ],
)
def test_every_encoding_that_chinese_pages_use_is_read(encoding: str, head: str) -> None:
    page = f"<html><head>{head}</head><body><p>支出预算合计（类）1.00元</p></body></html>"
    if encoding == "big5":
        page = page.replace("支出预算合计", "支出預算合計").replace("类", "類")
    assert "1.00元" in texts(read(page, encoding))[0]
    assert "�" not in texts(read(page, encoding))[0]


def test_one_broken_byte_does_not_cost_the_page() -> None:
    page = ("<html><body>" + "<p>一般公共预算支出1.00万元</p>" * 20).encode()
    reading = read_blocks(page.replace("支出".encode(), b"\xff", 1), "a.html")
    assert texts(reading)[1] == "一般公共预算支出1.00万元"


def test_a_page_of_no_known_encoding_is_refused() -> None:
    with pytest.raises(SourceError, match="encoding is neither"):
        read_blocks(b"<html><body>" + b"\xff\xfe\xff" * 100, "a.html")


def test_merged_cells_stand_once_with_their_spans() -> None:
    page = (
        "<table><tr><td colspan=2>科目</td><td rowspan='2'>合计</td></tr><tr><td>类</td><td>款</td></tr>"
        "<tr><td>205</td><td>01</td><td>9.00</td></tr></table>"
    )
    found = spans(read(page))
    assert found["科目"] == (0, 0, 1, 2)
    assert found["合计"] == (0, 2, 2, 1)
    assert found["款"] == (1, 1, 1, 1)
    assert found["9.00"] == (2, 2, 1, 1)


@pytest.mark.parametrize("span", ["1000000", "99999999999999", "-1", "x", "0", "2.5"])
def test_absurd_spans_end_with_the_table(span: str) -> None:
    first = f"<td colspan={span} rowspan={span}>项目</td><td>金额</td>"
    page = f"<table><tr>{first}</tr><tr><td>甲</td><td>1.00</td></tr></table>"
    reading = read(page)
    grid = next(block for block in reading.blocks if isinstance(block, Grid))
    assert grid.width <= 4
    assert {"项目", "金额", "甲", "1.00"} <= set(spans(reading))


def test_tables_that_arrange_a_page_are_read_as_what_they_arrange() -> None:
    page = (
        "<table><tr><td>首页</td><td>公开</td></tr><tr><td colspan=2><table><tr><td><h1>收支总表</h1>"
        f"<p>单位：万元</p>{TABLE}</td></tr></table></td></tr></table>"
    )
    reading = read(page)
    assert texts(reading) == ["首页", "公开", "收支总表", "单位：万元"]
    assert grids(reading) == [ROWS]


def test_a_table_of_data_stays_one_although_a_cell_holds_a_table() -> None:
    rows = "".join(f"<tr><td>项{i}</td><td>{i}.00</td></tr>" for i in range(4))
    page = f"<table>{rows}<tr><td>注</td><td><table><tr><td>甲</td><td>乙</td></tr></table></td></tr></table>"
    assert grids(read(page))[0][-1] == ["注", "甲\n乙"]


def test_broken_tables_are_read_as_browsers_show_them() -> None:
    page = "<table><tr><td>项目<td>金额<tr><td>办公费<td>1.00</tr></td></table><p>后"
    reading = read(page)
    assert grids(reading) == [ROWS]
    assert texts(reading) == ["后"]


def test_entities_and_spaces_come_as_printed() -> None:
    reading = read("<p>支出&nbsp;1&#46;00&nbsp;万元 &lt;含&gt;\n   结转&unknown;</p>")
    assert texts(reading) == ["支出\u00a01.00\u00a0万元 <含> 结转&unknown;"]


def test_declared_entities_do_not_unfold() -> None:
    bomb = (
        "<!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'>"
        + "".join(
            f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "]><html><body><p>预算1.00&i;</p></body></html>"
    )
    assert sum(map(len, texts(read(bomb)))) < 2000


@pytest.mark.parametrize("tag", ["div", "table><tr><td", "b", "ul><li", "span"])
@pytest.mark.parametrize("depth", [200, 600, 3000])
def test_pages_that_nest_without_end_lose_nothing_silently(tag: str, depth: int) -> None:
    start = time.monotonic()
    page = f"<html><body><p>前1.00</p>{f'<{tag}>' * depth}里2.00<p>后3.00</p>"
    try:
        reading = read(page)
    except SourceError as error:
        assert depth > 600 and "nests its elements deeper" in str(error)
    else:
        printed = "".join([*texts(reading), *(t for g in grids(reading) for r in g for t in r)])
        assert all(part in printed for part in ("前1.00", "里2.00", "后3.00"))
    assert time.monotonic() - start < 20


def test_a_table_of_twenty_thousand_cells_is_read_quickly() -> None:
    start = time.monotonic()
    row = "<tr>" + "<td rowspan=2>1.00</td><td colspan=2>2.00</td>" * 10 + "</tr>"
    reading = read(f"<table>{row * 1000}</table>")
    assert sum(len(r) for r in grids(reading)[0]) == 20_000
    assert time.monotonic() - start < 20


def test_an_excel_file_that_is_a_web_page_is_read_as_one() -> None:
    """Export buttons of government sites write HTML under the name .xls."""
    reading = read_blocks(
        f"<html xmlns:x='excel'><body>{TABLE}</body></html>".encode("gbk"), "a.xls"
    )
    assert reading.reader == "web"
    assert grids(reading) == [ROWS]


def test_text_that_holds_marks_is_no_web_page() -> None:
    assert read_blocks("<b>一、本年收入</b> 预算 1.00 万元\n".encode(), "a.md").reader == "markdown"


MARKUP = st.lists(
    st.sampled_from(
        ["<table>", "</table>", "<tr>", "<td>", "<td rowspan=3>", "<td colspan=4>", "</td>", "<p>",
         "</p>", "<br>", "<h2>", "</h2>", "<div>", "</div>", "<!--", "-->", "<script>", "</script>",
         "&#1;", "&amp", "\x00", "预算", "1.00", "<caption>", "<tbody>", "<![CDATA[", "]]>", "<"]
    ),
    max_size=60,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MARKUP)
def test_no_markup_fails_otherwise_than_with_one_line(parts: list[str]) -> None:
    try:
        reading = read("<html>" + "".join(parts))
    except SourceError as error:
        assert "\n" not in str(error)
        return
    for block in reading.blocks:
        if isinstance(block, Grid):
            taken = [
                (r, c)
                for row in block.rows
                for cell in row
                for r in range(cell.row, cell.row + cell.row_span)
                for c in range(cell.column, cell.column + cell.column_span)
            ]
            assert len(taken) == len(set(taken))
            assert all(r < len(block.rows) for r, _ in taken)
