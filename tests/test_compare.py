"""Disclosures side by side: exact units, one department's years, what is implied and published."""

import warnings
from decimal import Decimal
from pathlib import Path

import pytest

import budgetkit
from budgetkit import compare, figures
from budgetkit.cli import main
from budgetkit.compare import compare_documents
from budgetkit.disclosure import Disclosure
from budgetkit.editions import quantities, same_department
from budgetkit.errors import SourceError
from budgetkit.figures.style import Picture
from budgetkit.language import in_language

KEY = "kezhou-hrss-2026"
TABLE = """# {name}{year}年部门预算公开

## 一般公共预算支出情况表

编制部门：{name}
单位：{unit}

| 功能分类科目编码 | 功能分类科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 总计 | {total} | {basic} | {project} |
| 208 | 社会保障和就业支出 | {total} | {basic} | {project} |
| 20801 | 人力资源和社会保障管理事务 | {total} | {basic} | {project} |
| 2080101 | 行政运行 | {total} | {basic} | {project} |

## 五、关于{name}{year}年一般公共预算当年拨款情况说明

{text}
"""
CHANGED = """一般公共预算拨款合计 {total} 万元，比{base}增加 15.00 万元，增长 33.33%。

基本支出 {basic} 万元，比{base}增加 {more} 万元。
"""


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read(KEY)


def write(
    folder: Path, year: int, unit: str = "万元", name: str = "某市某某局", **values: str
) -> Path:
    base = values.pop("base", "上年预算")
    filled = {"total": "60.00", "basic": "50.00", "project": "10.00", "more": "10.00", **values}
    text = CHANGED.format(base=base, **filled) if unit == "万元" else ""
    path = folder / f"{name}-{year}-{unit}.md"
    path.write_text(
        TABLE.format(name=name, year=year, unit=unit, text=text, **filled), encoding="utf-8"
    )
    return path


def outcomes(folder: Path, later: dict[str, str], **earlier: str) -> dict[str, str]:
    documents = [write(folder, 2026, **later), write(folder, 2025, "元", **earlier)]
    frame = compare.previous_frame(compare_documents(documents))
    return dict(zip(frame["subject"], frame["outcome"], strict=True))


def test_a_published_year_in_another_unit_agrees_by_rounding_only_where_rounding_explains_it(
    tmp_path: Path,
) -> None:
    """45.00 ± 0.01 and 450,049 元 meet; one yuan more than rounding allows differs."""
    found = outcomes(tmp_path, {}, total="450,049", basic="400,000", project="50,049")
    assert list(found.values()) == ["agrees by rounding", "agrees"]
    found = outcomes(tmp_path, {}, total="450,102", basic="400,000", project="50,102")
    assert list(found.values()) == ["differs", "agrees"]


def test_a_base_that_is_no_published_budget_is_not_called_a_difference(tmp_path: Path) -> None:
    found = outcomes(
        tmp_path, {"base": "上年预算执行数"}, total="999,999", basic="900,000", project="99,999"
    )
    assert set(found.values()) == {"compared with something else"}


def test_less_than_nothing_is_said(tmp_path: Path) -> None:
    found = outcomes(
        tmp_path, {"more": "80.00"}, total="450,000", basic="400,000", project="50,000"
    )
    assert list(found.values()) == ["agrees", "implies less than nothing"]


def test_years_come_in_order_and_units_become_one(tmp_path: Path) -> None:
    documents = [
        write(tmp_path, 2026),
        write(tmp_path, 2025, "元", total="450,000", basic="400,000", project="50,000"),
    ]
    comparison = compare_documents(documents)
    assert [edition.label for edition in comparison.editions] == ["2025", "2026"]
    totals = compare.totals_frame(comparison).set_index("quantity")
    row = totals.loc["一般公共预算支出 General public budget"]
    assert (row["2025"], row["2026"]) == (Decimal(45), Decimal("60.00"))
    change = compare.changes_frame(comparison).iloc[0]
    assert (change["change"], change["growth"]) == (Decimal("15"), Decimal("33.33"))


def test_departments_are_not_taken_for_years(tmp_path: Path) -> None:
    documents = [write(tmp_path, 2026), write(tmp_path, 2025, name="某市别某局")]
    comparison = compare_documents(documents)
    assert [edition.label for edition in comparison.editions] == [
        "某市某某局 2026",
        "某市别某局 2025",
    ]
    assert compare.changes_frame(comparison).empty
    assert compare.previous_frame(comparison).empty


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("甲市乙区人民政府丙街道办事处", "乙区丙街道办事处", True),
        ("甲市乙区某某局（本级）", "甲市乙区某某局", True),
        ("甲市某某局", "甲市乙区某某局", False),
        ("甲市教育局", "甲市体育局", False),
        ("某局", "甲市某局", False),
        ("", "", False),
    ],
)
def test_a_department_is_known_under_a_fuller_name(left: str, right: str, same: bool) -> None:
    assert same_department(left, right) is same_department(right, left) is same


def test_one_document_is_set_beside_the_year_it_implies(disclosure: Disclosure) -> None:
    """Income and expenditure of last year: 4,144.17 on both sides, from different sentences."""
    comparison = compare_documents([disclosure])
    assert [edition.implied for edition in comparison.editions] == [True, False]
    totals = compare.totals_frame(comparison).set_index("quantity")
    for name in ("收入总计 Total revenue", "支出总计 Total expenditure"):
        assert list(totals.loc[name]) == [Decimal("4144.17"), Decimal("3755.39")]
    assert totals.loc["一般公共预算公用经费 Operating, general public budget"].iloc[0] is None


def test_shares_make_up_the_whole_and_what_is_left_is_said(disclosure: Disclosure) -> None:
    frame = compare.composition_frame(compare_documents([disclosure]))
    for edition, own in frame.groupby("edition"):
        whole = {"2026": Decimal("2767.93"), "2025, implied": Decimal("2226.57")}[str(edition)]
        # Printed parts add up to the printed whole only within the rounding of each.
        assert abs(sum(own["value"]) - whole) <= Decimal("0.005") * (1 + len(own))


def test_heads_divide_what_is_spent_on_them(disclosure: Disclosure) -> None:
    frame = compare.per_head_frame(compare_documents([disclosure]))
    now = frame[frame["edition"] == "2026"]
    for row in now.itertuples(index=False):
        assert abs(row.yuan * row.persons - row.amount * 10000) <= row.persons * Decimal("0.005")
    assert set(now["persons"]) == {Decimal(65), Decimal(62)}


def test_pictures_and_tables_are_there_in_both_languages(disclosure: Disclosure) -> None:
    for language in ("en", "zh"):
        with in_language(language), warnings.catch_warnings():
            warnings.simplefilter("error")
            comparison = compare_documents([disclosure])
            pictures: list[Picture] = [
                figures.plot_compared_totals(comparison),
                figures.plot_compared_shares(comparison),
                figures.plot_compared_shares(comparison, "nature"),
                figures.plot_per_head(comparison),
            ]
            for picture in pictures:
                assert picture._repr_png_()[0].startswith(b"\x89PNG") and picture.alt
            names = list(compare.totals_frame(comparison)["quantity"])
    assert names[0] == "收入总计"


def test_documents_that_state_nothing_in_common_are_compared_without_a_word_too_many(
    tmp_path: Path,
) -> None:
    path = tmp_path / "made.md"
    path.write_text("# 某局2026年部门预算公开\n\n一般公共预算 10.00 万元。\n", encoding="utf-8")
    comparison = compare_documents([path])
    assert compare.per_head_frame(comparison).empty
    assert compare.composition_frame(comparison).empty
    assert figures.plot_per_head(comparison).alt


def test_a_document_named_twice_is_refused(
    disclosure: Disclosure, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError, match="same document"):
        compare_documents([disclosure, disclosure])
    with pytest.raises(SourceError, match="between one and 8"):
        compare_documents([])
    assert main(["compare", KEY, "nowhere.pdf"]) == 2
    assert "nowhere.pdf" in capsys.readouterr().err


def test_the_command_prints_totals_and_the_implied_year_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = [
        write(tmp_path, 2026),
        write(tmp_path, 2025, "元", total="450,049", basic="400,000", project="50,049"),
    ]
    assert main(["compare", *map(str, documents)]) == 0
    out = capsys.readouterr().out
    assert "in 万元" in out and "45.0049" in out and "agrees by rounding" in out
    assert main(["compare", *map(str, documents), "--language", "zh"]) == 0
    assert "四舍五入内一致" in capsys.readouterr().out


def test_every_quantity_is_stated_by_facts_of_its_own() -> None:
    seen = [tuple(sorted(facts.items())) for q in quantities().values() for facts in q.facts]
    assert len(seen) == len(set(seen))
