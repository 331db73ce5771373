"""Rows that make up another row: in every column, with rounding, and in time for long tables."""

import time
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from budgetkit.amounts import Amount, parse_amount
from budgetkit.row_sums import RowSums


def amount(text: str) -> Amount:
    found = parse_amount(text)
    assert found is not None
    return found


prints = st.sampled_from(["0", "1", "2", "-1", "0.5", "1.00", "1.01", "2.5"])
rows = st.lists(st.dictionaries(st.integers(0, 2), prints.map(amount)), min_size=1, max_size=6)


@given(rows)
def test_the_fewest_first_rows_that_add_up_are_found(table: list[dict[int, Amount]]) -> None:
    """As defined: one count after the other, one column after the other."""
    sums, parts = RowSums(table), range(1, len(table))

    def fits(count: int) -> bool:
        columns = {column for row in (table[0], *table[1 : count + 1]) for column in row}
        return bool(columns) and all(_fits(table, count, column) for column in columns)

    wanted = next((count for count in range(1, len(table)) if fits(count)), 0)
    assert sums.first_that_add_up(0, parts) == wanted
    assert bool(sums.add_up(0, parts)) == fits(len(table) - 1)


def _fits(table: list[dict[int, Amount]], count: int, column: int) -> bool:
    cells = [row[column] for row in table[: count + 1] if column in row]
    total = table[0][column].value if column in table[0] else Decimal(0)
    parts = sum((row[column].value for row in table[1 : count + 1] if column in row), Decimal(0))
    return abs(total - parts) <= sum((cell.half for cell in cells), Decimal(0))


def test_nothing_printed_is_neither_a_sum_nor_none() -> None:
    assert RowSums([{}, {}]).add_up(0, [1]) is None


def test_thousands_of_rows_are_added_once() -> None:
    count = 20_000
    sums = RowSums([{0: amount("-1")}, *[{0: amount("1")}] * count])
    start = time.process_time()
    assert sums.first_that_add_up(0, range(1, count)) == 0
    assert time.process_time() - start < 2
