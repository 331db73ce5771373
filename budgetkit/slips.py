"""Kinds of slips: how a printed number may have come from the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgetkit.amounts import format_decimal
from budgetkit.language import said
from budgetkit.ledger import Number

__all__ = ["Neighbours", "Slip", "find_slip"]

_TEN = Decimal(10)
_MYRIAD = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Slip:
    """A kind of slip: `rank` 0 is a likely one, 9 says that none is known; `text` for people."""

    rank: int
    text: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The cells beside a number: in its row, and in its column."""

    row: Sequence[Number] = ()
    column: Sequence[Number] = ()


NO_SLIP = Slip(9, "")


def find_slip(number: Number, repair: Decimal, beside: Neighbours | None = None) -> Slip:
    """The likeliest slip that leads from `repair` to what is printed; rank 9 where none is known.

    Both values are in the number's printed unit.
    """
    printed = number.value
    for found in (
        _scale_slip(printed, repair),
        _digit_slip(number, repair),
        _neighbour_slip(number, repair, beside),
    ):
        if found is not None:
            return found
    return NO_SLIP


def _scale_slip(printed: Decimal, repair: Decimal) -> Slip | None:
    if printed == -repair and printed:
        return Slip(0, said("the sign is wrong"))
    if not printed or not repair:
        return None
    if _MYRIAD in {printed / repair, repair / printed}:
        return Slip(0, said("万元 and 元 are mistaken for each other (10,000 times)"))
    for places in (1, 2, 3):
        moved = said("one place") if places == 1 else said("{count} places", count=places)
        if printed / repair == _TEN**places:
            return Slip(
                0, said("the decimal point stands {moved} too far to the right", moved=moved)
            )
        if repair / printed == _TEN**places:
            return Slip(
                0, said("the decimal point stands {moved} too far to the left", moved=moved)
            )
    return None


def _digit_slip(number: Number, repair: Decimal) -> Slip | None:
    printed = number.value
    if (printed < 0) != (repair < 0) and printed and repair:
        return None
    places = max(_places(number), -int(repair.normalize().as_tuple().exponent), 0)
    wrong, right = _digits(printed, places), _digits(repair, places)
    if len(wrong) == len(right):
        found = _compare(wrong, right)
        if found is not None:
            return found
    if abs(printed - repair) == number.half * 2:
        return Slip(1, said("the last place is off by one"))
    if _drops_one(wrong, right):
        return Slip(1, said("a digit is missing"))
    if _drops_one(right, wrong):
        return Slip(1, said("a digit too many"))
    return None


def _places(number: Number) -> int:
    return -int(((number.half * 2).normalize() or Decimal(1)).as_tuple().exponent)


def _digits(value: Decimal, places: int) -> str:
    return format_decimal(abs(value).quantize(Decimal(1).scaleb(-places))).replace(".", "")


def _compare(wrong: str, right: str) -> Slip | None:
    """Two digit strings of one length: one digit differs, or two neighbours are swapped."""
    differing = [i for i, (a, b) in enumerate(zip(wrong, right, strict=True)) if a != b]
    if len(differing) == 1:
        place = differing[0]
        return Slip(
            0,
            said("one digit differs ({wrong} for {right})", wrong=wrong[place], right=right[place]),
        )
    if len(differing) == 2 and differing[1] == differing[0] + 1:
        first, second = differing
        if wrong[first] == right[second] and wrong[second] == right[first]:
            return Slip(
                0,
                said(
                    "two neighbouring digits are swapped ({digits})",
                    digits=wrong[first] + wrong[second],
                ),
            )
    return None


def _drops_one(short: str, long: str) -> bool:
    if len(long) != len(short) + 1:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _neighbour_slip(number: Number, repair: Decimal, beside: Neighbours | None) -> Slip | None:
    if beside is None:
        return None
    for cells, in_row in ((beside.row, True), (beside.column, False)):
        for cell in cells:
            if cell.value == repair:
                return Slip(
                    2,
                    said("a column shifted: {text} stands next to it in the row", text=cell.text)
                    if in_row
                    else said(
                        "a row shifted: {text} stands next to it in the column", text=cell.text
                    ),
                )
            if cell.value == number.value:
                return Slip(
                    2,
                    said("copied from the cell next to it in the row")
                    if in_row
                    else said("copied from the cell next to it in the column"),
                )
    return None
