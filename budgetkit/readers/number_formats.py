"""What a spreadsheet prints for a stored number: the cell's text under its number format.

A stored number carries binary noise (26.870000000000001) and says nothing of its printed places;
the format does. The places decide how exactly a sum must hold, so a guess would not do.
"""

from __future__ import annotations

import datetime
import functools
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

__all__ = ["BUILT_IN", "GENERAL", "exact", "print_number"]

GENERAL = "General"
BUILT_IN = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: "#,##0;-#,##0", 6: "#,##0;-#,##0", 7: "#,##0.00;-#,##0.00", 8: "#,##0.00;-#,##0.00",
    9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy-mm-dd", 15: "yyyy-mm-dd", 16: "yyyy-mm-dd", 17: "yyyy-mm", 18: "h:mm", 19: "h:mm",
    20: "h:mm", 21: "h:mm", 22: "yyyy-mm-dd h:mm",
    **dict.fromkeys([*range(27, 37), *range(50, 59)], "yyyy-mm-dd"),
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: '#,##0;-#,##0;"-"', 42: '#,##0;-#,##0;"-"', 43: '#,##0.00;-#,##0.00;"-"??',
    44: '#,##0.00;-#,##0.00;"-"??', 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 48: "0.0E+0",
    49: "@",
}  # fmt: skip
"""Formats that a workbook names by number alone, as a Chinese Excel shows them."""

_EXACT = Context(prec=15, rounding=ROUND_HALF_UP)
_MOST_PLACES = 30
_GENERAL_WIDTH = 11  # as many characters as a cell of the format General shows
_GENERAL_NAMES = re.compile(r"general|g/通用格式|通用格式", re.I)
_SECTION = re.compile(r'(?:"[^"]*"?|[\\!].|[_*].|\[[^\]]*\]|[^;])*', re.S)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|[_*](?P<space>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<digits>[0#?]+)|(?P<exponent>[eE][+-])|(?P<sign>.)",
    re.S,
)
_ELAPSED = re.compile(r"h+|m+|s+", re.I)
_CONDITION = re.compile(r"(<=|>=|<>|[<>=])\s*(-?\d+(?:\.\d+)?)")
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_CURRENCY = "¥￥$€£"
_DAY_ZERO = datetime.datetime(1899, 12, 30)
_DAYS_TO_1904 = 1462


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a number format, taken apart."""

    before: str
    after: str
    whole: str = ""
    places: str = ""
    grouped: bool = False
    thousands: int = 0
    percent: int = 0
    exponent: bool = False
    fraction: bool = False
    general: bool = False
    text: bool = False
    moment: str = ""
    condition: tuple[str, Decimal] | None = None
    drawn_places: int = 0

    @property
    def has_digits(self) -> bool:
        return bool(self.whole or self.places)


def exact(stored: str | float) -> Decimal:
    """A stored number without binary noise: 15 significant digits, as many as Excel keeps.

    Raises ValueError where it is no number.
    """
    try:
        value = Decimal(stored) if isinstance(stored, str) else Decimal(repr(stored))
        if not value.is_finite() or abs(value.adjusted()) > 300:
            raise ValueError(f"{stored!r} is no number that a cell can hold")
        return _EXACT.plus(value)
    except InvalidOperation as error:
        raise ValueError(f"{stored!r} is no number") from error


def print_number(value: Decimal, code: str = GENERAL, from_1904: bool = False) -> str:
    """The text that a cell shows: rounded half away from zero, grouped, with its literal text.

    Currency signs are left out; dates come as 2026-02-05, whatever their order in the format.
    """
    section, keeps_sign = _choose(_parse(code), value)
    shown, sign = abs(value), "-" if value < 0 and keeps_sign else ""
    if section.moment:
        return _print_moment(value, section.moment, from_1904)
    if section.general or section.text or section.fraction:
        body = _print_general(shown)
    elif section.exponent:
        body = _print_exponent(shown, section)
    elif section.has_digits:
        body = _print_digits(shown, section)
        if not any(digit in "123456789" for digit in body):
            sign = ""
    else:
        return f"{section.before}{section.after}".strip()
    return f"{sign}{section.before}{body}{section.after}".strip()


def _choose(sections: Sequence[_Section], value: Decimal) -> tuple[_Section, bool]:
    """The section that prints a value, and whether a minus is put before what it prints."""
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition and _COMPARE[section.condition[0]](value, section.condition[1]):
                return section, True
        others = [section for section in sections if not section.condition]
        return (others[0] if others else _Section("", "", general=True)), True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], True


@functools.lru_cache(maxsize=512)
def _parse(code: str) -> tuple[_Section, ...]:
    texts: list[str] = []
    position = 0
    while position <= len(code) and len(texts) < 4:
        match = _SECTION.match(code, position)
        assert match is not None
        texts.append(match[0])
        position = match.end() + 1
    return tuple(_parse_section(text) for text in texts)


def _parse_section(code: str) -> _Section:
    if _GENERAL_NAMES.search(code):
        first, _, rest = _GENERAL_NAMES.sub("\0", code, count=1).partition("\0")
        return _Section(_literal(first), _literal(rest), general=True)
    before: list[str] = []
    after: list[str] = []
    whole = places = moment = ""
    grouped = exponent = fraction = text = in_places = drawn = False
    commas = percent = 0
    condition: tuple[str, Decimal] | None = None
    for match in _TOKEN.finditer(code):
        kind, sign = match.lastgroup, match[0]
        begun = bool(whole or places)
        if kind == "digits" and not (exponent or fraction):
            if in_places:
                places += sign
            else:
                grouped, commas, whole = grouped or commas > 0, 0, whole + sign
        elif kind == "exponent" and begun:
            exponent = True
        elif kind == "bracket":
            if _ELAPSED.fullmatch(match["bracket"]):
                moment += match["bracket"]
            elif asked := _CONDITION.fullmatch(match["bracket"]):
                condition = asked[1], Decimal(asked[2])
        elif kind == "escaped" and match[kind] == "." and begun and not in_places:
            in_places = drawn = True  # 0!.0000 shows 元 as 万元 by a point that is only drawn
        elif kind in {"quoted", "escaped"}:
            (after if begun else before).append(match[kind])
            if match[kind] in {"年", "月", "日"}:
                moment += match[kind] if moment else ""
        elif kind == "sign":
            if sign == "." and (begun or not moment):
                in_places = True
            elif sign == ",":
                commas += 1
            elif sign == "%":
                percent += 1
                (after if begun else before).append(sign)
            elif sign == "/" and begun:
                fraction = True
            elif sign == "@":
                text = True
            elif sign in "yYmMdDhHsS":
                moment += sign
            elif sign not in _CURRENCY:
                (after if begun else before).append(sign)
    return _Section(
        "".join(before), "".join(after), whole, places, grouped, commas, percent, exponent,
        fraction, text=text, moment="" if whole or places else moment,
        condition=condition, drawn_places=len(places) if drawn else 0,
    )  # fmt: skip


def _literal(code: str) -> str:
    """The text around a number that a format prints as it stands."""
    parts = []
    for match in _TOKEN.finditer(code):
        if match.lastgroup in {"quoted", "escaped"}:
            parts.append(match[match.lastgroup])
        elif match.lastgroup == "sign" and match[0] not in _CURRENCY:
            parts.append(match[0])
    return "".join(parts)


def _print_digits(value: Decimal, section: _Section) -> str:
    scaled = value.scaleb(2 * section.percent - 3 * section.thousands - section.drawn_places)
    most = min(len(section.places), _MOST_PLACES)
    least = min(section.places.count("0"), most)
    rounded = _round(scaled, most)
    text = f"{rounded:,f}" if section.grouped else f"{rounded:f}"
    whole, _, places = text.partition(".")
    while len(places) > least and places.endswith("0"):
        places = places[:-1]
    whole = whole.rjust(section.whole.count("0"), "0") if not section.grouped else whole
    if not places and whole == "0" and "0" not in section.whole and not section.places:
        whole = ""
    return f"{whole}.{places}" if places else whole


def _print_exponent(value: Decimal, section: _Section) -> str:
    return f"{value:.{min(len(section.places), 14)}E}"


def _print_general(value: Decimal) -> str:
    if value and value.adjusted() >= _GENERAL_WIDTH:
        return f"{_round(value, 0):f}"
    whole = max(1, value.adjusted() + 1)
    text = f"{_round(value, max(0, _GENERAL_WIDTH - 1 - whole)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400))


def _print_moment(value: Decimal, code: str, from_1904: bool) -> str:
    days = float(value) + (_DAYS_TO_1904 if from_1904 else 0)
    letters = set(code.lower())
    try:
        moment = _DAY_ZERO + datetime.timedelta(seconds=round(days * 86_400))
    except OverflowError:
        return _print_general(value)
    if "y" not in letters and "d" not in letters:
        return f"{moment:%H:%M:%S}" if "s" in letters else f"{moment:%H:%M}"
    date = f"{moment.year:04}-{moment.month:02}" + (f"-{moment.day:02}" if "d" in letters else "")
    if "年" in code:
        date = f"{moment.year}年{moment.month}月" + (f"{moment.day}日" if "d" in letters else "")
    return f"{date} {moment:%H:%M}" if "h" in letters else date
