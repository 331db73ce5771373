"""What a cell prints for a stored number: the printed places decide how exactly a sum must hold."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetkit.amounts import parse_amount
from budgetkit.readers.number_formats import BUILT_IN, exact, print_number

ACCOUNTING = '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ '


@pytest.mark.parametrize(
    ("stored", "code", "printed"),
    [
        # as Excel for Windows shows them
        ("1234.5", "0.00", "1234.50"),
        ("1234.5", "#,##0.00", "1,234.50"),
        ("26.870000000000001", "General", "26.87"),
        ("0.30000000000000004", "General", "0.3"),
        ("0.30000000000000004", "0.00", "0.30"),
        ("1234567.891234", "General", "1234567.891"),
        ("1000", "General", "1000"),
        ("1000", "G/通用格式", "1000"),
        ("2.675", "0.00", "2.68"),
        ("-2.675", "0.00", "-2.68"),
        ("0.005", "0.00", "0.01"),
        ("-0.001", "0.00", "0.00"),
        ("1234567", "#,##0", "1,234,567"),
        ("1234567", "#,##0.00,", "1,234.57"),
        ("0.3803", "0.00%", "38.03%"),
        ("5", "00", "05"),
        ("12.5", "0.##", "12.5"),
        ("12", "0.##", "12"),
        ("0", ACCOUNTING, "-"),
        ("1234.5", ACCOUNTING, "1,234.50"),
        ("-1234.5", ACCOUNTING, "-1,234.50"),
        ("0", "#,##0.00;-#,##0.00;", ""),
        ("0", "0.00;0.00;", ""),
        ("5", ";;;", ""),
        ("-1234.5", "#,##0.00_);(#,##0.00)", "(1,234.50)"),
        ("-3", "0.00;[Red]-0.00", "-3.00"),
        ("3", '[=0]"";0.00', "3.00"),
        ("0", '[=0]"";0.00', ""),
        ("-3", '[=0]"";0.00', "-3.00"),
        ("12345", '[>=10000]0.0,"k";0', "12.3k"),
        ("12", '[>=10000]0.0,"k";0', "12"),
        ("3", '0.00"万元"', "3.00万元"),
        ("3", "[$¥-804]#,##0.00", "3.00"),
        ("3", "￥#,##0.00", "3.00"),
        ("3.14159", "0.0000_ ", "3.1416"),
        ("12345", "0.00E+00", "1.23E+4"),
        ("46058", "yyyy-mm-dd", "2026-02-05"),
        ("46058", 'yyyy"年"m"月"d"日"', "2026年2月5日"),
        ("46058", "yyyy\\-mm", "2026-02"),
        ("46058.5", "yyyy/m/d h:mm", "2026-02-05 12:00"),
        ("0.75", "h:mm", "18:00"),
        ("3", "@", "3"),
        # the usual way to show 元 as 万元
        ("12345", "0!.0000", "1.2345"),
        ("12345", "0\\.0,", "1.2"),
        ("0", "#", ""),
        ("0.5", "#.00", "0.50"),
    ],
)  # fmt: skip
def test_a_number_is_printed_as_its_cell_shows_it(stored: str, code: str, printed: str) -> None:
    assert print_number(exact(stored), code) == printed


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    assert print_number(exact("44596"), "yyyy-mm-dd", from_1904=True) == "2026-02-05"


@given(st.integers(-(10**12), 10**12), st.sampled_from(["0.00", "#,##0.00", ACCOUNTING]))
def test_what_is_printed_reads_back_as_the_same_amount(cents: int, code: str) -> None:
    value = Decimal(cents) / 100
    printed = print_number(exact(repr(float(value))), code)
    amount = parse_amount(printed)
    if value == 0:
        assert printed in {"-", "0.00"}
    else:
        assert amount is not None and (amount.value, amount.places) == (value, 2)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.text(max_size=30))
def test_no_format_code_stops_the_reading(value: Decimal, code: str) -> None:
    try:
        stored = exact(str(value))
    except ValueError:
        return
    assert isinstance(print_number(stored, code), str)


@pytest.mark.parametrize("code", BUILT_IN.values())
def test_every_built_in_format_prints_something(code: str) -> None:
    assert print_number(Decimal("46058.25"), code)


@pytest.mark.parametrize("text", ["NaN", "INF", "", "abc", "1E+999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        exact(text)
