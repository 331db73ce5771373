"""Every rule of the catalogue has one small document that satisfies it and one that breaks it.

The documents are data: ``tests/rules/<rule id>.good.md`` and ``.bad.md``. A new rule needs a pair
there and nothing here.
"""

from pathlib import Path

import pytest

import budgetkit
from budgetkit.reconciliation import Reconciliation
from budgetkit.rules import rules

FOLDER = Path(__file__).parent / "rules"
# The convention for growth from zero is named wherever it is kept.
COMPANIONS = {"narrative.growth_from_zero": {"narrative.zero_base"}}
# A rule that another one gives way to where it is missed by no more than the last printed place.
MILDER = {
    "narrative.last_place": "narrative.share",
    "narrative.previous_items": "narrative.previous_year",
}
PASSED = {"holds", "holds_by_rounding"}


def check_pair(rule_id: str, side: str) -> Reconciliation:
    path = FOLDER / f"{rule_id}.{side}.md"
    assert path.is_file(), f"write {path.name}: a small document for the rule {rule_id}"
    return budgetkit.check(budgetkit.read(path))


def outcomes(result: Reconciliation, rule_id: str) -> set[str]:
    return {check.outcome for check in result.check_list if check.rule == rule_id}


def reported(result: Reconciliation) -> set[str]:
    return {finding.rule for finding in result.finding_list}


@pytest.mark.parametrize("rule_id", rules())
def test_the_good_document_satisfies_the_rule_and_breaks_no_other(rule_id: str) -> None:
    result = check_pair(rule_id, "good")
    assert result.disclosure.ledger, "a document without numbers satisfies everything"
    assert not result.disclosure.problems
    reported_too = COMPANIONS.get(rule_id, set())
    assert [f.message for f in result.finding_list if f.rule not in reported_too] == []
    if any(
        check.rule == rule_id and not check.identity.observed
        for check in check_pair(rule_id, "bad").check_list
    ):
        checked = outcomes(result, MILDER.get(rule_id, rule_id))
        assert checked & PASSED, "the rule was not checked"


@pytest.mark.parametrize("rule_id", rules())
def test_the_bad_document_breaks_the_rule(rule_id: str) -> None:
    result = check_pair(rule_id, "bad")
    broken = "violated" in outcomes(result, rule_id)
    assert broken or rule_id in reported(result)
    assert rules()[rule_id].level in {finding.level for finding in result.finding_list}


def test_every_pair_belongs_to_a_rule() -> None:
    names = {path.name.rsplit(".", 2)[0] for path in FOLDER.glob("*.md")}
    assert names <= set(rules())


@pytest.mark.parametrize("rule_id", rules())
def test_a_rule_names_itself_in_both_languages_and_says_why(rule_id: str) -> None:
    rule = rules()[rule_id]
    assert rule.level in {"inconsistent", "implausible", "wording"}
    assert rule.en.isascii() or "其中" in rule.en
    assert not rule.zh.isascii()
    assert rule.basis
