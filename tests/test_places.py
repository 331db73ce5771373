"""Whose department it is: the division at the front of a printed name, and never a guess."""

from dataclasses import replace
from pathlib import Path

import pytest

import budgetkit
from budgetkit.editions import same_department
from budgetkit.places import find_place, place_of_name

DOCUMENT = """{title}

部门名称：{department}

{cover}

一、部门支出总体情况表

单位：万元

| 科目编码 | 科目名称 | 合计 | 基本支出 | 项目支出 |
|  | 合计 | 3.00 | 2.00 | 1.00 |
| 208 | 社会保障和就业支出 | 3.00 | 2.00 | 1.00 |
"""


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("甲省乙市丙县财政局", "甲省乙市丙县"),
        ("甲自治区乙丙自治州丁县教育局", "甲自治区乙丙自治州丁县"),
        ("乙市本级", "乙市"),
        ("乙市市级机关事务管理局", "乙市"),
        ("甲地区水利局", "甲地区"),
        ("甲自治区乙盟丙旗教育局", "甲自治区乙盟丙旗"),
        ("甲特别行政区某署", "甲特别行政区"),
        ("甲市乙新区财政局", "甲市乙新区"),
        ("甲市经济技术开发区管理委员会", "甲市经济技术开发区"),
        ("甲市乙区人民政府丙街道办事处", "甲市乙区丙街道"),
        ("甲县丙镇人民政府", "甲县丙镇"),
        ("中国共产党甲市乙区委员会宣传部", "甲市乙区"),
        ("附件2：2026年甲市乙局部门预算", "甲市"),
    ],
)
def test_a_place_is_the_chain_of_divisions_at_the_front(name: str, place: str) -> None:
    assert place_of_name(name) == place


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("甲镇市乙区财政局", "甲镇市乙区"),
        ("甲乡市乙旗区财政局", "甲乡市乙旗区"),
        ("甲城市城市管理局", "甲城市"),
        ("甲市东城区财政局", "甲市东城区"),
        ("甲山区教育局", "甲山区"),
        ("甲市市中区财政局", "甲市市中区"),
        ("甲市乙市区教育局", "甲市乙市区"),
        ("甲乡族自治县财政局", "甲乡族自治县"),
    ],
)
def test_a_division_word_inside_a_name_does_not_end_it(name: str, place: str) -> None:
    assert place_of_name(name) == place


@pytest.mark.parametrize(
    "name",
    ["市财政局", "自治区财政厅", "区级机关事务中心", "县级部门", "市直机关工作委员会", "街道办事处",
     "城市管理局", "某乙城市学院", "市场监督管理局", "社区服务中心", "西部地区开发办公室",
     "超市管理局", "城乡建设部", "高新区财政局", "甲乙大学", "某州大学", "民主同盟", "某部", ""],
)  # fmt: skip
def test_what_names_no_division_has_no_place(name: str) -> None:
    assert place_of_name(name) == ""


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("甲市市场监督管理局", "甲市"),
        ("甲市政务服务局", "甲市"),
        ("甲市城市管理局", "甲市"),
        ("甲市社区服务中心", "甲市"),
        ("甲省城乡建设厅", "甲省"),
        ("甲市乡镇企业局", "甲市"),
        ("甲市公安局乙区分局", "甲市"),
        ("甲省驻乙市办事处", "甲省"),
        ("甲县丙镇中心小学", "甲县"),
        ("甲县乙省某局", "甲县"),
    ],
)
def test_an_office_behind_the_place_adds_nothing_to_it(name: str, place: str) -> None:
    assert place_of_name(name) == place


def _place(folder: Path, department: str, title: str, cover: str = "") -> str:
    path = folder / "one.md"
    path.write_text(
        DOCUMENT.format(title=title, department=department, cover=cover), encoding="utf-8"
    )
    return find_place(replace(budgetkit.read(path), department=department))


def test_the_department_comes_first_then_the_title_then_the_cover(tmp_path: Path) -> None:
    title = "甲市2026年度部门预算"
    assert _place(tmp_path, "乙市财政局", title) == "乙市"
    assert _place(tmp_path, "市财政局", title) == "甲市"
    assert _place(tmp_path, "财政局", "2026年度部门预算", "丙县财政局") == "丙县"


def test_a_longer_name_of_the_same_place_is_taken(tmp_path: Path) -> None:
    assert _place(tmp_path, "乙区财政局", "甲市乙区财政局2026年度部门预算") == "甲市乙区"


def test_a_cover_that_names_several_places_names_none(tmp_path: Path) -> None:
    cover = "丙县财政局\n\n丁县财政局"
    assert _place(tmp_path, "财政局", "2026年度部门预算", cover) == ""


def test_the_place_in_front_is_what_two_names_of_a_department_may_differ_by() -> None:
    assert same_department("甲省乙市某某局", "乙市某某局")
    assert same_department("甲县丙镇某某办公室", "某某办公室")
    assert not same_department("甲市某某局", "乙市某某局")
    assert not same_department("甲县人大某某局", "某某局")
