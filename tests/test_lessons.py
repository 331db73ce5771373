"""Lessons: a planted slip can be found by hand, answers stay apart, students' copies keep step."""

import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.errors import SourceError
from budgetkit.language import in_language
from budgetkit.lessons import (
    check_answer,
    plant_slip,
    reading_quiz,
    subsidy_quiz,
)
from budgetkit.teaching import Given, Question, Quiz

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import make_lessons  # noqa: E402

KEY = "kezhou-hrss-2026"
LESSONS = sorted(make_lessons.SOLUTIONS.glob("*.ipynb"))
SEEDS = range(1, 13)


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read(KEY)


def said_of(quiz: Quiz, name: str, given: Given) -> str:
    return repr(check_answer(quiz, name, given))


# --- planted slips ---------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def planted() -> dict[int, tuple[Disclosure, object]]:
    return {seed: plant_slip(KEY, seed) for seed in SEEDS}


def test_every_seed_plants_one_slip_that_can_be_found_by_hand(
    disclosure: Disclosure, planted: dict
) -> None:
    """In the copy's table one number differs, and only where rows and columns fail do they cross."""
    for copy, slip in planted.values():
        before = disclosure.table(slip.table).cells
        after = copy.table(slip.table).cells
        changed = [place for place in before if before[place].text != after[place].text]
        assert len(changed) == 1 and before.keys() == after.keys()
        assert after[changed[0]] == slip.number and before[changed[0]].text == slip.right
        assert len(slip.sums) >= 2
        others = [n for n in copy.ledger if n.table != slip.table]
        assert [n.text for n in others] == [
            n.text for n in disclosure.ledger if n.table != slip.table
        ]


def test_every_seed_is_found_with_the_toolkit(planted: dict) -> None:
    for seed in list(SEEDS)[:6]:
        copy, slip = planted[seed]
        suspects = [
            (suspect.number, Decimal(suspect.repair))
            for finding in budgetkit.check(copy).finding_list
            for suspect in finding.suspects[:1]
        ]
        assert (slip.number.id, Decimal(slip.right.replace(",", ""))) in suspects


def test_the_answer_is_taken_as_printed_or_as_a_number(planted: dict) -> None:
    for _, slip in planted.values():
        assert check_answer(slip, "printed", slip.number.text).right
        assert check_answer(slip, "right", slip.right).right
        assert check_answer(slip, "right", float(slip.right.replace(",", ""))).right


def test_the_same_seed_plants_the_same_and_others_differ(planted: dict) -> None:
    assert plant_slip(KEY, 3)[1].number == planted[3][1].number
    assert len({(slip.number.id, slip.number.text) for _, slip in planted.values()}) > 8


def test_nothing_shown_gives_the_answer_away(disclosure: Disclosure, planted: dict) -> None:
    for _, slip in planted.values():
        shown = [repr(slip), *map(repr, slip.questions.values())]
        shown += [said_of(slip, name, "0.07") for name in ("printed", "right")]
        assert not any(slip.number.text in text or slip.right in text for text in shown)
    for quiz in (reading_quiz(disclosure), subsidy_quiz(disclosure, 1500)):
        for name, question in quiz.questions.items():
            assert str(question.answer) not in said_of(quiz, name, "0.07") + repr(quiz)


def test_a_document_without_sums_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "made.md"
    path.write_text("# 某局2026年部门预算公开\n\n一般公共预算 10.00 万元。\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no slip"):
        plant_slip(path, 1)


# --- answers ---------------------------------------------------------------------------------------
def test_an_answer_is_right_not_yet_or_missing(disclosure: Disclosure) -> None:
    quiz = reading_quiz(disclosure)
    for given in ("3,755.39", 3755.39, Decimal("3755.39"), Fraction(375539, 100)):
        assert said_of(quiz, "total", given) == "✓ right"
    for nothing in (..., None, " "):
        assert said_of(quiz, "total", nothing) == "… not answered yet"
    assert "unit" in said_of(quiz, "total", 37553900)
    assert "unit" in said_of(quiz, "basic_share", 0.3599)
    assert "general public budget" in said_of(quiz, "total", "2,767.93")
    assert "sign" in said_of(quiz, "total", -3755.39)
    assert "close" in said_of(quiz, "total", 3755)
    assert "number" in said_of(quiz, "total", "much")
    assert said_of(quiz, "largest_class", 208) == "✓ right"
    assert "less" in said_of(quiz, "largest_class", "210")
    with pytest.raises(KeyError):
        check_answer(quiz, "nothing", 1)


def test_binary_arithmetic_does_not_make_an_answer_wrong() -> None:
    quiz = Quiz({"sum": Question(Decimal("0.3"), "add")})
    assert check_answer(quiz, "sum", 0.1 + 0.2).right
    assert not check_answer(quiz, "sum", 0.301).right


def test_the_assumed_cost_of_living_may_be_any_amount_above_zero(disclosure: Disclosure) -> None:
    for cost in (1500.5, Decimal("1500.5")):
        assert check_answer(subsidy_quiz(disclosure, cost), "budget_needed", "144.048").right
    with pytest.raises(ValueError, match="more than 0"):
        subsidy_quiz(disclosure, 0)


def test_hints_are_told_in_chinese(disclosure: Disclosure) -> None:
    with in_language("zh"):
        assert (
            said_of(reading_quiz(disclosure), "total", 37553900) == "… 还不对：数字对了，再看单位"
        )


def test_a_reading_lesson_needs_what_it_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "made.md"
    path.write_text("# 某局2026年部门预算公开\n\n一般公共预算 10.00 万元。\n", encoding="utf-8")
    made = budgetkit.read(path)
    with pytest.raises(SourceError, match="choose another"):
        reading_quiz(made)
    with pytest.raises(SourceError, match="choose another"):
        subsidy_quiz(made, 1500)


# --- notebooks -------------------------------------------------------------------------------------
def test_students_copies_keep_step_with_the_solutions(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(LESSONS) == 3
    assert make_lessons.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("solution", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_aims_time_discussion_and_notes(solution: Path) -> None:
    cells = nbformat.read(solution, as_version=4).cells
    first = cells[0].source
    assert "**Aims.**" in first and "**Needed.**" in first and "?" in first.splitlines()[0]
    minutes = [
        int(row.split("|")[1]) for row in first.splitlines() if row[:3].strip("| ").isdigit()
    ]
    assert sum(minutes) == 45
    text = "\n".join(cell.source for cell in cells)
    assert "## To discuss" in text and "## For the teacher" in text
    assert len(cells) <= 25
    student = make_lessons.student_copy(nbformat.read(solution, as_version=4))
    assert "SOLUTION" not in nbformat.writes(student)
    assert "For the teacher" not in nbformat.writes(student)


@pytest.mark.parametrize("solution", LESSONS, ids=lambda path: path.stem)
def test_a_students_copy_runs_from_the_top_and_waits_for_answers(solution: Path) -> None:
    notebook = nbformat.read(make_lessons.TEACHING / solution.name, as_version=4)
    folder = {"metadata": {"path": str(make_lessons.TEACHING)}}
    NotebookClient(notebook, timeout=120, resources=folder).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code" and "# your answer" in cell.source:
            assert cell.outputs[0].data["text/plain"] == "… not answered yet", cell.source


def test_a_solution_becomes_its_names_without_answers() -> None:
    solution = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "### BEGIN SOLUTION\na = 1 + 1\nb = [\n    a,\n]\n### END SOLUTION\nprint(a, b)",
                execution_count=3,
                outputs=[nbformat.v4.new_output("stream", text="2 [2]")],
            ),
            nbformat.v4.new_markdown_cell("only here", metadata={"tags": ["teacher"]}),
        ]
    )
    copy = make_lessons.student_copy(solution)
    assert [cell.source for cell in copy.cells] == [
        "a = ...  # your answer\nb = ...  # your answer\nprint(a, b)"
    ]
    assert (copy.cells[0].outputs, copy.cells[0].execution_count) == ([], None)
    assert len(solution.cells) == 2
