"""What people read is there in both languages, and says the same."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import budgetkit
from budgetkit.language import (
    chinese,
    in_language,
    joined,
    language,
    retold_place,
    said,
    tell,
    use_language,
)

PACKAGE = Path(budgetkit.__file__).parent
NOTEBOOKS = PACKAGE.parent / "notebooks"


def templates() -> Iterator[tuple[str, ast.Call]]:
    """Every template that the package says a sentence with, and the call."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in {"said", "told"}
                and path.name != "language.py"
            ):
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{path.name}:{node.lineno}: no plain text"
                yield str(first.value), node


def page_templates() -> set[str]:
    """Every template that a page of the report says a sentence with."""
    found: set[str] = set()
    for path in sorted(PACKAGE.rglob("*.j2")):
        found |= set(re.findall(r'told\("(.*?)"[,)]', path.read_text(encoding="utf-8")))
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            found |= set(re.findall(r'(?:note=|told\()"(.*?)"[,)]', "".join(cell["source"])))
    return found


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_sentence_has_its_chinese() -> None:
    wordless = re.compile(r"[^A-Za-z]*")
    missing = {
        template
        for template in {template for template, _ in templates()} | page_templates()
        if not wordless.fullmatch(re.sub(r"\{.*?\}", "", template)) and template not in chinese()
    }
    assert not missing


def test_every_sentence_names_the_values_it_is_given() -> None:
    for template, call in templates():
        given = {keyword.arg for keyword in call.keywords}
        assert None in given or given == fields(template), template


def test_both_languages_tell_the_same_values() -> None:
    for english, translated in chinese().items():
        assert fields(english) == fields(translated), english


def test_no_translation_is_left_over() -> None:
    assert set(chinese()) <= {template for template, _ in templates()} | page_templates()


def test_a_sentence_is_told_in_the_language_in_use() -> None:
    place = said("table {table}, row {row}, column {column}", table=2, row="208", column=1)
    sentence = joined([said("together with {places}", places=place), "208"])
    assert sentence == "together with table 2, row 208, column 1; 208"
    assert tell(sentence) == sentence
    with in_language("zh"):
        assert tell(sentence) == "须与表2，行208，第1栏一并更改；208"
    assert language() == "en"


def test_braces_of_a_document_are_no_template() -> None:
    assert said("{text} ({place})", text="{0}", place="{x}") == "{0} ({x})"
    assert tell(said("{text} ({place})", text="{0}", place="{x}"), "zh") == "{0}（{x}）"


def test_a_place_stored_in_english_is_told_in_the_language_in_use() -> None:
    place = "table 2, row 208 A, column 1; page 38; line 3, characters 1-4; sheet x"
    assert retold_place(place) == place
    with in_language("zh"):
        assert retold_place(place) == "表2，行208 A，第1栏；第38页；第3行第1–4字；sheet x"


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'fr' is not known; use one of en, zh"):
        use_language("fr")


def test_findings_reasons_and_suspects_of_a_document_are_told_in_chinese() -> None:
    disclosure = budgetkit.read("kezhou-hrss-2026")
    result = budgetkit.check(disclosure)
    sentences = [check.message for check in result.check_list]
    for finding in result.finding_list:
        sentences += [finding.message, *finding.places, *(s.why for s in finding.suspects)]
    english = [t for s in sentences if re.search(r"[A-Za-z]{2}", t := tell(s, "zh"))]
    assert len(sentences) > 1000
    assert not english


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_chinese_notebook_has_the_code_of_the_english_one_and_text_of_its_own(
    path: Path,
) -> None:
    english = json.loads(path.read_text(encoding="utf-8"))["cells"]
    chinese = json.loads((NOTEBOOKS / "zh" / path.name).read_text(encoding="utf-8"))["cells"]
    assert [c["cell_type"] for c in chinese] == [c["cell_type"] for c in english]
    assert [c["metadata"] for c in chinese] == [c["metadata"] for c in english]
    for own, other in zip(chinese, english, strict=True):
        text, fellow = "".join(own["source"]), "".join(other["source"])
        if own["cell_type"] == "code":
            assert text == fellow.replace('language = "en"', 'language = "zh"')
        else:
            assert re.search(r"[\u4e00-\u9fff]", text)
            headings = [line[: line.index(" ")] for line in text.splitlines() if line[:1] == "#"]
            assert headings == [
                line[: line.index(" ")] for line in fellow.splitlines() if line[:1] == "#"
            ]


def test_what_could_not_be_read_is_said_in_both_languages() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)
            name = getattr(called, "id", "") or getattr(called, "attr", "")
            if isinstance(node, ast.Call) and name in {"Problem", "problem"} and len(node.args) > 1:
                plain = isinstance(node.args[1], (ast.Constant, ast.JoinedStr, ast.BinOp))
                assert not plain, f"{path.name}:{node.lineno}"
