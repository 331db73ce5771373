"""A consistent document is never accused; one slip in a number that others confirm is reported."""

from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetkit.disclosure import parse_blocks
from budgetkit.readers import read_blocks
from budgetkit.reconciliation import Reconciliation, check_disclosure
from budgetkit.sources import RawFile, Source

from .disclosures import MadeUp, disclosures

SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_text(text: str) -> Reconciliation:
    data = text.encode()
    reading = read_blocks(data, "made-up.md")
    source = Source("made-up", Path("made-up.md"), (RawFile(Path("made-up.md"), data, ""),))
    return check_disclosure(parse_blocks(reading.blocks, source, reading.reader))


@SETTINGS
@given(disclosures())
def test_a_consistent_document_is_never_called_inconsistent(made: MadeUp) -> None:
    result = check_text(made.text())
    accused = [f.message for f in result.finding_list if f.level == "inconsistent"]
    assert accused == []
    assert result.disclosure.ledger
    assert any(check.rule == "structure.row_total" for check in result.check_list)


@SETTINGS
@given(disclosures(smallest=100), st.floats(0, 1, exclude_max=True))
def test_one_slip_in_the_tables_or_sentences_is_reported(made: MadeUp, place: float) -> None:
    made.text()
    target = int(place * len(made.printed))

    def slip(position: int, text: str) -> str:
        if position != target:
            return text
        wrong = Decimal(text.replace(",", "")) + Decimal("123.45")
        return f"{wrong:,}"

    result = check_text(made.text(slip))
    assert any(finding.level == "inconsistent" for finding in result.finding_list)
