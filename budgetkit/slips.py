"""Kinds of slips: how a printed number may have come from the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgetkit.amounts import format_decimal
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
        return Slip(0, "the sign is wrong")
    if not printed or not repair:
        return None
    for wrong, right, direction in ((printed, repair, "right"), (repair, printed, "left")):
        ratio = wrong / right
        if ratio == _MYRIAD:
            return Slip(0, "万元 and 元 are mistaken for each other (10,000 times)")
        places = next((n for n in (1, 2, 3) if ratio == _TEN**n), 0)
        if places:
            moved = "one place" if places == 1 else f"{places} places"
            return Slip(0, f"the decimal point stands {moved} too far to the {direction}")
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
        return Slip(1, "the last place is off by one")
    if _drops_one(wrong, right):
        return Slip(1, "a digit is missing")
    if _drops_one(right, wrong):
        return Slip(1, "a digit too many")
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
        return Slip(0, f"one digit differs ({wrong[place]} for {right[place]})")
    if len(differing) == 2 and differing[1] == differing[0] + 1:
        first, second = differing
        if wrong[first] == right[second] and wrong[second] == right[first]:
            return Slip(0, f"two neighbouring digits are swapped ({wrong[first]}{wrong[second]})")
    return None


def _drops_one(short: str, long: str) -> bool:
    if len(long) != len(short) + 1:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _neighbour_slip(number: Number, repair: Decimal, beside: Neighbours | None) -> Slip | None:
    if beside is None:
        return None
    for cells, line in ((beside.row, "row"), (beside.column, "column")):
        for cell in cells:
            if cell.value == repair:
                shift = "column" if line == "row" else "row"
                return Slip(2, f"a {shift} shifted: {cell.text} stands next to it in the {line}")
            if cell.value == number.value:
                return Slip(2, f"copied from the cell next to it in the {line}")
    return None
