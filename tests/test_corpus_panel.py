"""A corpus looked at: what was read and why not, findings with their page, pictures, years joined."""

import json
import shutil
import warnings
from decimal import Decimal
from pathlib import Path

import pytest

from budgetkit import figures
from budgetkit.corpus import look, panel, write_corpus
from budgetkit.figures.style import Picture
from budgetkit.language import in_language

RULES = Path(__file__).parent / "rules"


@pytest.fixture(scope="module")
def corpus() -> str:
    """The invented disclosures, the PDF with the planted slip and the broken one among them."""
    return panel.sample_corpus()


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def test_what_was_read_and_what_was_not_add_up(corpus: str) -> None:
    formats = panel.formats_frame(corpus)
    assert dict(zip(formats["format"], formats["documents"], strict=True)) == {
        "markdown": 7, "pdf": 1, "web": 1, "word": 1, None: 1,
    }  # fmt: skip
    (failure,) = panel.failures_frame(corpus).to_dict("records")
    assert failure["first_file"] == "dongtan-archives-2026.pdf"
    assert failure["reason"].startswith("the PDF is damaged")
    assert len(panel.sizes_frame(corpus)) == 10
    assert panel.summary(corpus).startswith("11 documents, ")


def test_the_planted_slip_is_told_with_its_page_and_its_place_on_it(corpus: str) -> None:
    (found,) = look.findings_worth_a_look(corpus)
    assert (found["printed"], found["repair"]) == ("642.00", "624.00")
    assert found["link"].endswith(
        "data/corpus-sample/qingshi-civil-affairs-2026.pdf#page=1&highlight=473,500,337,346"
    )
    assert look.place_of(found).startswith("table 1, row 2081002, column 3, page 1, ")
    left, top, right, bottom = map(float, json.loads(found["box"]))
    assert 470 < left < right < 510 and 330 < top < bottom < 350
    assert "16.7 cm from the left, 11.9 cm from the top" in look.place_of(found)
    html = str(look.render_worth_a_look(corpus))
    assert (
        "qingshi-civil-affairs-2026.pdf#page=1&amp;highlight=" in html and "642.00 → 624.00" in html
    )
    with in_language("zh"):
        assert "距左边16.7厘米" in str(look.render_worth_a_look(corpus))


def test_a_name_in_a_list_is_no_way_to_run_anything(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.md"
    shutil.copy(RULES / "structure.roll_up.bad.md", tmp_path / name)
    (tmp_path / "list.txt").write_text(f"{name}\n", encoding="utf-8")
    write_corpus(tmp_path / "list.txt", tmp_path / "out", workers=1, clean=False, progress=quiet)
    (found,) = look.findings_worth_a_look(tmp_path / "out")
    assert found["link"].startswith("file:///") and "<" not in found["link"]
    html = str(look.render_worth_a_look(tmp_path / "out"))
    assert "<img" not in html and "&lt;img" in html
    assert look._link("", {"source": "javascript://alert(1)", "page": None}) == ""


def test_years_of_one_department_stand_side_by_side(corpus: str) -> None:
    years = panel.years_frame(corpus).set_index(["department", "quantity"])
    row = years.loc[("云岭省东滩市民政局", "Basic expenditure")]
    assert (row["2025"], row["2026"]) == (Decimal("653.7031"), Decimal(695))
    # Its final accounts are of 2024 alone, and no budget.
    assert set(years["kind"]) == {"budget"} and "2024" not in years.columns
    assert not any("救助管理站" in department for department, _ in years.index)


def test_pictures_are_there_in_both_languages_also_where_nothing_was_read(
    corpus: str, tmp_path: Path
) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "broken.pdf").write_bytes(b"%PDF-1.4\n")
    empty = tmp_path / "out"
    write_corpus(tmp_path / "documents", empty, workers=1, clean=False, progress=quiet)
    plots = (
        figures.plot_document_sizes,
        figures.plot_place_quality,
        figures.plot_personnel_shares,
        figures.plot_three_public,
        figures.plot_year_before,
    )
    for name in ("en", "zh"):
        with in_language(name), warnings.catch_warnings():
            warnings.simplefilter("error")
            for plot in plots:
                picture = plot(corpus)
                assert picture._repr_png_()[0].startswith(b"\x89PNG") and picture.alt
                nothing: Picture = plot(empty)
                assert nothing.nothing and nothing._repr_png_() is None
    assert panel.years_frame(empty).empty
    assert "None." in str(look.render_worth_a_look(empty))
