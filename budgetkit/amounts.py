"""A printed number as an exact value.

A number printed to two places stands for everything that rounds to it: its value plus or minus
half of its last printed place. All arithmetic here is decimal; no binary float decides anything.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import Decimal

__all__ = [
    "NUMBER",
    "Amount",
    "Interval",
    "fold_width",
    "format_decimal",
    "is_plain_amount",
    "mend_text",
    "parse_amount",
    "squeeze",
]

# Full-width forms have exactly one narrow counterpart each, so folding keeps every offset.
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FOLD[0x3000] = 0x20
_FOLD[0x00A0] = 0x20
_FOLD.update({ord("−"): ord("-"), ord("–"): ord("-"), ord("﹣"): ord("-"), ord("％"): ord("%")})
# Digits of other scripts (Tibetan, Arabic, Persian, mathematical …), each set by its nought.
_NOUGHTS = (
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
    0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
    0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x10D30,
    0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730,
    0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8,
    0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
)  # fmt: skip
_FOLD.update({nought + digit: 0x30 + digit for nought in _NOUGHTS for digit in range(10)})
_FOLD.update({ord("٫"): ord("."), ord("٬"): ord(",")})

# Thousands groups where there are any, else plain digits. A sign belongs to the number only where
# no word, digit or closing bracket stands directly before it (2021-12 is a date, not minus twelve).
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
NUMBER = re.compile(rf"(?<![\w.)\]}}])[-+]?{_DIGITS}|{_DIGITS}", re.ASCII)
# A cell of its own may be grouped only once, 7880,000, as some number formats print it.
_CELL = r"(?:\d+(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_WHOLE = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<digits>{_CELL})\s*(?P<percent>%)?\s*(?P<close>\))?",
    re.ASCII,
)
# A narrow column breaks a number behind its first decimal, or among its digits.
_BROKEN = re.compile(r"[-(]?[\d,]+\.\d\s*\n\s*\d\)?|[-(]?\d[\d,]{4,}\n\d{1,3}\.\d+\)?")
# More digits no amount has; with so many, sums of a thousand are still exact in decimals of 28.
_MOST_WHOLE, _MOST_PLACES = 20, 10
_CJK_GAP = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef“”‘’])\s+(?=[\u3000-\u9fff\uff00-\uffef“”‘’])"
)


@functools.lru_cache(maxsize=20_000)
def fold_width(text: str) -> str:
    """The same text with full-width digits, letters and signs made narrow; offsets stay."""
    return text if text.isascii() else text.translate(_FOLD)


@functools.lru_cache(maxsize=20_000)
def squeeze(text: str) -> str:
    """A printed label as one line: breaks inside Chinese words closed, other spaces single."""
    return _CJK_GAP.sub("", " ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Interval:
    """All values that a printed number, or a sum of printed numbers, may stand for."""

    low: Decimal
    high: Decimal

    def meets(self, other: Interval) -> bool:
        """True where the two have a value in common."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Amount:
    """One printed number: its text, its exact value and how many places were printed."""

    text: str
    value: Decimal
    places: int
    percent: bool = False

    @property
    def half(self) -> Decimal:
        """Half of the last printed place: how far the unrounded value may lie from the print."""
        return Decimal(5).scaleb(-self.places - 1)

    @property
    def interval(self) -> Interval:
        """The unrounded values that print as this number."""
        return Interval(self.value - self.half, self.value + self.half)


@functools.lru_cache(maxsize=50_000)
def parse_amount(text: str) -> Amount | None:
    """Reads a text that is one number and nothing else.

    Thousands separators, full-width digits, a leading or a full-width minus, brackets for
    negative amounts, a percent sign, and a break before the decimals (``1,130 .00``) are read.
    Returns None where the text is anything else, a misread ``1,2O4.00`` or a number of more digits
    than any amount has included.
    """
    folded = fold_width(text).strip()
    match = _WHOLE.fullmatch(folded)
    if match is None:
        closed = re.sub(r"\s+(?=[.,\d])|(?<=[.,])\s+", "", folded)
        if _BROKEN.fullmatch(folded):
            folded = closed
        parted = folded is closed or re.search(r"\s\.|\.\s|,\s|\s,", folded)
        match = _WHOLE.fullmatch(closed) if parted else None
        if match is None:
            return None
    if bool(match["open"]) != bool(match["close"]):
        return None
    digits = match["digits"]
    whole, _, decimals = digits.partition(".")
    if len(whole) > _MOST_WHOLE or len(decimals) > _MOST_PLACES:
        return None
    value = Decimal(digits.replace(",", ""))
    negative = match["sign"] == "-"
    if match["open"] and not match["sign"]:
        negative = True
    value = -value if negative else value
    return Amount(_one_line(text), value, len(decimals), bool(match["percent"]))


def is_plain_amount(text: str) -> bool:
    """Whether a text is nothing but an amount of money, with two decimals or more, or a number
    of more digits than any amount."""
    amount = parse_amount(text)
    if amount is None:
        match = _WHOLE.fullmatch(fold_width(text).strip()) if len(text) > _MOST_PLACES else None
        return match is not None and bool(match["open"]) == bool(match["close"])
    return amount.places >= 2


def _one_line(text: str) -> str:
    """A number's print, its pieces put together where a line broke it."""
    return "".join(text.split()) if "\n" in text else text.strip()


def format_decimal(value: Decimal) -> str:
    """A decimal as plain digits, never in scientific notation, without a negative zero."""
    if value == 0:
        value = abs(value)
    return format(value, "f")


def mend_text(printed: str, repair: str) -> str:
    """`printed → repair`; the number alone where only its place is in doubt."""
    amount = parse_amount(printed)
    stands = amount is not None and format_decimal(amount.value) == repair
    return printed if stands else f"{printed} → {repair}"
