"""Every number of the reference document is accounted for, and its two contradictions are named."""

from collections import Counter

import pytest

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.reconciliation import Reconciliation


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
