"""A thousand damaged and hostile files: each comes to an answer without loss, or to one clear error."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.fuzzing.cases import FORMATS, make_case
from tests.fuzzing.oracle import ANSWER, ERROR, FAILURE, judge
from tests.fuzzing.runner import Plan, run_case

CASES = 1_000
PARTS = 10
LONGEST = 30_000
SECONDS = 20.0


def plan_of(number: int) -> Plan:
    """PDF takes ten times as long as the others: it has every 25th case."""
    formats = ("pdf",) if number % 25 == 0 else tuple(f for f in FORMATS if f != "pdf")
    return Plan(2026, formats, longest=LONGEST)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_damaged_file_brings_an_accident_or_a_silent_pass(part: int, tmp_path: Path) -> None:
    size = CASES // PARTS
    numbers = range(part * size, (part + 1) * size)
    results = [run_case(plan_of(number), number, tmp_path) for number in numbers]
    failed = [f"{r.number} ({', '.join(r.history)}): {r.detail}" for r in results
              if r.outcome == FAILURE or r.seconds > SECONDS]  # fmt: skip
    assert not failed, "\n".join(failed)
    outcomes = Counter(result.outcome for result in results)
    assert outcomes[ANSWER] > size // 2  # most cases get past the front door
    assert outcomes[ERROR] > 0


def test_a_case_is_the_same_each_time() -> None:
    for number in range(0, 60, 3):
        plan = plan_of(number)
        first = make_case(plan.seed, number, plan.formats, longest=LONGEST)
        assert make_case(plan.seed, number, plan.formats, longest=LONGEST) == first


def test_the_judge_notices_a_number_that_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that loses the last cell of every row must not pass, or the fuzzing proves nothing."""
    from dataclasses import replace

    from budgetkit.readers import markdown

    grid_of = markdown._grid

    def lossy(lines):  # type: ignore[no-untyped-def]
        grid = grid_of(lines)
        return replace(grid, rows=tuple(row[:-1] for row in grid.rows))

    monkeypatch.setattr(markdown, "_grid", lossy)
    with tempfile.TemporaryDirectory() as folder:
        verdicts = [
            judge(make_case(2026, number, ("text",), longest=LONGEST), Path(folder))
            for number in range(30)
        ]
    lost = [verdict for verdict in verdicts if verdict.detail.startswith("silent pass")]
    assert len(lost) > 5
