"""Every number of the reference document is accounted for, and its two contradictions are named."""

from collections import Counter
from pathlib import Path

import pytest

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.reconciliation import Reconciliation
from budgetkit.sources import find_source


@pytest.fixture(scope="module")
def disclosure() -> Disclosure:
    return budgetkit.read("kezhou-hrss-2026")


@pytest.fixture(scope="module")
def result(disclosure: Disclosure) -> Reconciliation:
    return budgetkit.check(disclosure)


def test_970_values_in_tables_sentences_and_targets(disclosure: Disclosure) -> None:
    parts = Counter(number.part for number in disclosure.ledger)
    assert parts == {"table": 325, "prose": 234, "target": 411}
    assert len({number.id for number in disclosure.ledger}) == 970


def test_all_other_number_tokens_are_set_aside_with_a_reason(disclosure: Disclosure) -> None:
    assert disclosure.leftovers == []
    assert all(aside.reason for aside in disclosure.set_aside)
    assert "unreadable" not in {aside.reason for aside in disclosure.set_aside}


def test_the_allowance_of_4500_is_one_finding_with_what_confirms_5000(
    disclosure: Disclosure, result: Reconciliation
) -> None:
    wrong = [f for f in result.finding_list if f.level == "inconsistent"]
    (finding,) = [f for f in wrong if any(s.printed == "4500" for s in f.suspects)]
    first = finding.suspects[0]
    assert (first.printed, first.repair) == ("4500", "5000")
    printed = {number.id: number for number in disclosure.ledger}
    assert {printed[copy].text for copy in first.copies} == {"4500"}
    assert len(first.copies) == 2
    assert "5000 makes 5000 + 1400 + 18000 + 5000 = 29400" in first.why
    assert first.why.count("29400 (") == 3  # the stated sum of each of the three lists
    assert [f.rule for f in wrong if f is not finding] == ["structure.column_shift"]


@pytest.mark.parametrize(
    ("line", "printed", "slip", "rule"),
    [
        (205, "2,767.93", "2,767.39", "structure.list_sum"),
        (68, "退休 30 人", "退休 90 人", "narrative.list_sum"),
    ],
)
def test_a_slip_in_a_list_that_the_vocabulary_splits_is_no_silent_pass(
    tmp_path: Path, line: int, printed: str, slip: str, rule: str
) -> None:
    lines = find_source("kezhou-hrss-2026").data.decode("utf-8").split("\n")
    assert lines[line - 1].count(printed) == 1
    lines[line - 1] = lines[line - 1].replace(printed, slip)
    path = tmp_path / "slip.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    result = budgetkit.check(budgetkit.read(path))
    violated = {check.rule for check in result.check_list if check.outcome == "violated"}
    assert rule in violated
