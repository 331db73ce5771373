"""The reference document, read once for all tests that look at it."""

import pytest

import budgetkit
from budgetkit.disclosure import Disclosure
from budgetkit.reconciliation import Reconciliation
from budgetkit.targets import TargetReading, read_targets

KEY = "kezhou-hrss-2026"


@pytest.fixture(scope="session")
def disclosure() -> Disclosure:
    """The reference document."""
    return budgetkit.read(KEY)


@pytest.fixture(scope="session")
def reconciliation(disclosure: Disclosure) -> Reconciliation:
    """The reference document, checked."""
    return budgetkit.check(disclosure)


@pytest.fixture(scope="session")
def reading(disclosure: Disclosure) -> TargetReading:
    """Its performance tables."""
    return read_targets(disclosure.target_areas, 12)
