"""A printed number is read exactly, with its printed places, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetkit.amounts import (
    Amount,
    Interval,
    fold_width,
    format_decimal,
    is_plain_amount,
    parse_amount,
)

amounts = st.builds(
    lambda units, places: Decimal(units).scaleb(-places),
    st.integers(min_value=-(10**12), max_value=10**12),
    st.integers(min_value=0, max_value=6),
)


def widen(text: str) -> str:
    """The text in full-width forms, as some publishers print it."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def read(text: str) -> Amount:
    amount = parse_amount(text)
    assert amount is not None, text
    return amount


@given(amounts)
def test_what_is_written_is_read_again(value: Decimal) -> None:
    amount = read(format_decimal(value))
    assert amount.value == value
    assert amount.places == max(0, -int(value.as_tuple().exponent))


@given(amounts)
def test_thousands_separators_change_nothing(value: Decimal) -> None:
    assert read(f"{value:,f}").value == value


@given(amounts)
def test_full_width_forms_are_the_same_number(value: Decimal) -> None:
    plain = read(f"{value:,f}")
    wide = read(widen(f"{value:,f}"))
    assert (wide.value, wide.places) == (plain.value, plain.places)


@given(amounts)
def test_a_minus_and_brackets_mean_the_same(value: Decimal) -> None:
    positive = f"{abs(value):,f}"
    readings = {read(form).value for form in (f"-{positive}", f"－{positive}", f"({positive})")}
    assert readings == {-abs(value)}


@pytest.mark.parametrize("text", ["-3.00", "－3.00", "−3.00", "(3.00)", "（３．００）", "- 3.00"])
def test_every_printed_form_of_minus_three(text: str) -> None:
    assert read(text).value == Decimal("-3.00")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,204.00", "1204.00"),
        ("１，２０４．００", "1204.00"),
        ("1,130 .00", "1130.00"),
        ("7880,000", "7880000"),
        ("102026,002", "102026002"),
        ("0.00", "0.00"),
        ("5.50%", "5.50"),
        ("12.04", "12.04"),
    ],
)
def test_printed_forms(text: str, value: str) -> None:
    amount = read(text)
    assert str(amount.value) == value
    assert amount.percent == text.endswith("%")


@pytest.mark.parametrize(
    "text",
    [
        "1,2O4.00",
        "1,20.00",
        "12,3456.00",
        "3.00.1",
        "--3",
        "(3.00",
        "3.00)",
        "3,",
        "三",
        "",
        "-",
        "3 4",
    ],
)
def test_what_is_no_clean_number_is_not_guessed(text: str) -> None:
    assert parse_amount(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_none(text: str) -> None:
    amount = parse_amount(text)
    assert amount is None or amount.half > 0


@given(amounts)
def test_a_print_stands_for_all_that_rounds_to_it(value: Decimal) -> None:
    amount = read(format_decimal(value))
    place = Decimal(1).scaleb(-amount.places)
    assert amount.interval.high - amount.interval.low == place
    assert amount.interval.low < value < amount.interval.high


def test_intervals_meet_where_they_share_a_value() -> None:
    low, middle, high = Decimal("0.995"), Decimal("1.005"), Decimal("1.015")
    assert Interval(low, middle).meets(Interval(middle, high))
    assert not Interval(low, low).meets(Interval(middle, high))


@given(st.text(max_size=40))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold_width(text)) == len(text)


@pytest.mark.parametrize("text", ["12.34", "9" * 21, "93909.909099999999", "(1.99999999999)"])
def test_an_amount_of_too_many_digits_is_an_amount_that_is_not_read(text: str) -> None:
    assert is_plain_amount(text)
    assert not is_plain_amount(text + "元")
