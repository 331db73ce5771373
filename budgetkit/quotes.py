"""Values as running text quotes them: each with its clause, unit and rate; itemised lists."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from budgetkit.amounts import fold_width
from budgetkit.labels import plain_name
from budgetkit.ledger import YUAN, Number
from budgetkit.lines import Line
from budgetkit.values import Token
from budgetkit.vocabulary import load

__all__ = [
    "ItemList",
    "Quote",
    "Span",
    "any_of",
    "is_total",
    "item_name",
    "read_lists",
    "read_quotes",
    "words",
]

_DELIMITERS = {"、": 1, "/": 1, ",": 2, "(": 2, ")": 2, ":": 2, ";": 3, "。": 9, "!": 9, "?": 9}
_JOINED = 1
_APART = 9
_ORDINAL = re.compile(
    r"\(?\d{1,2}[、.．)]|[①-⑳]|[一二三四五六七八九十]{1,2}(?:是|、)|第[一二三四五六七八九十]+[、,]"
)
_MYRIAD = re.compile(r"\s*万(?!元|人|户|名|吨|亩|平|辆|台|\w)")
_AFTER_AMOUNT = re.compile(r"^\s*(?:亿元|万元|千元|元|万(?!\w))\s*")
"""What is left of the amount before where no delimiter parts two amounts."""
_GAPS = re.compile(r"[\s“”\"'‘’「」]+")


def words(room: str, name: str) -> list[str]:
    """A word list of the project vocabulary."""
    found: list[str] = load("projects.toml")[room][name]
    return found


@functools.cache
def any_of(room: str, *names: str) -> re.Pattern[str]:
    """One word of the project vocabulary's lists, longest first."""
    listed = {word for name in names for word in words(room, name)}
    return re.compile("|".join(re.escape(w) for w in sorted(listed, key=lambda w: (-len(w), w))))


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a line that belongs to one field of a description, by offsets in its text."""

    line: Line
    start: int
    end: int

    @property
    def text(self) -> str:
        """The printed text of the span."""
        return self.line.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Quote:
    """One value of a text with the words around it.

    `unit` is the plain unit (元 for 元/人/月; 万元 where 万 alone is printed), `tail` what is
    printed behind the number up to the end of its clause, `before` the words of the clause before
    it, `lead` the sentence before the clause, `gap` the same from the last amount on. `bound` is
    how firmly the clause is parted from the one before it: 1 for 、 to 9 for a full stop. Texts
    are in narrow forms without spaces.
    """

    number: Number
    unit: str
    before: str
    tail: str
    lead: str
    gap: str
    bound: int
    sentence: int
    field: str

    @property
    def is_money(self) -> bool:
        """True for an amount of money."""
        return self.unit in YUAN

    @property
    def yuan(self) -> Decimal:
        """The amount in 元."""
        return self.number.value * YUAN[self.unit]


@dataclass(frozen=True, slots=True)
class ItemList:
    """An itemised list: its items, its stated sum (共计), the whole it is a part of.

    `opener` is the word that opens it (其中, 包含, …; "" for none); `complete` says that the
    wording names all parts.
    """

    items: tuple[Quote, ...]
    total: Quote | None
    whole: Quote | None
    opener: str
    complete: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The items' names."""
        return tuple(item_name(item) for item in self.items)


def read_quotes(spans: Iterable[Span], field: str) -> list[Quote]:
    """All values of a field, in order; tokens that are years, codes … are no values."""
    quotes: list[Quote] = []
    sentence = 0
    for span in spans:
        inside = [
            (token, number)
            for token, number in zip(span.line.tokens, span.line.numbers, strict=True)
            if span.start <= token.start < span.end
        ]
        folded = fold_width(span.line.text)
        marks = _marks(folded, span, [token for token, _ in inside])
        previous = span.start
        for token, number in inside:
            if number is None:
                continue
            quote = _quote(folded, span, token, number, marks, previous, sentence, field)
            quotes.append(quote)
            if quote.is_money:
                previous = token.end
        sentence += sum(rank == _APART for _, rank in marks) + 1
    return quotes


def _marks(folded: str, span: Span, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Delimiters of a span with their rank; those inside numbers and rates are none."""
    inside = {place for token in tokens for place in range(token.start, token.end)}
    marks = []
    for place in range(span.start, span.end):
        sign = folded[place]
        if sign in _DELIMITERS and place not in inside and sign != "/":
            marks.append((place, _DELIMITERS[sign]))
    return marks


def _quote(
    folded: str,
    span: Span,
    token: Token,
    number: Number,
    marks: Sequence[tuple[int, int]],
    previous: int,
    sentence: int,
    field: str,
) -> Quote:
    """A quote from a token; `previous` is where the amount of money before it ends."""
    before = [(place, rank) for place, rank in marks if place < token.start]
    start = max(previous, *(place + 1 for place, _ in before), span.start)
    if previous == span.start:
        bound = _APART
    else:
        joined = _JOINED if _joins(folded[previous : token.start]) else _APART
        bound = max((rank for place, rank in before if place >= previous), default=joined)
    stop = min((place for place, _ in marks if place >= token.end), default=span.end)
    full_stops = [place + 1 for place, rank in before if rank == _APART]
    opening = max([span.start, *full_stops])
    unit, tail = _unit(folded, token, number)
    return Quote(
        number,
        unit,
        _GAPS.sub("", _AFTER_AMOUNT.sub("", folded[start : token.start])),
        _GAPS.sub("", folded[tail : max(stop, tail)]),
        _GAPS.sub("", folded[opening:start]),
        _GAPS.sub("", folded[max(opening, previous) : start]),
        bound,
        sentence + len(full_stops),
        field,
    )


def _joins(between: str) -> bool:
    """Whether 和, 及 … stands between two amounts, behind the unit of the first."""
    rest = _AFTER_AMOUNT.sub("", between).strip()
    return bool(any_of("lists", "joins").match(rest))


def _unit(folded: str, token: Token, number: Number) -> tuple[str, int]:
    """The plain unit, and where the text behind it goes on."""
    for money in ("亿元", "万元", "千元", "元"):
        if number.unit == money or number.unit.startswith((f"{money}/", f"{money}每")):
            match = re.compile(rf"\s*{money}").match(folded, token.end)
            return money, match.end() if match else token.end
    if not number.unit and (match := _MYRIAD.match(folded, token.end)):
        return "万元", match.end()
    gap = re.compile(r"\s*").match(folded, token.end)
    after = gap.end() if gap else token.end
    if number.unit and folded.startswith(number.unit, after):
        after += len(number.unit)
    return number.unit, after


def item_name(quote: Quote) -> str:
    """What an item of a list is called: its clause without list words and ordinals."""
    return _item_name(quote.before)


@functools.lru_cache(maxsize=20_000)
def _item_name(name: str) -> str:
    while True:
        shorter = _ORDINAL.sub("", name, count=1) if _ORDINAL.match(name) else name
        for pattern in (any_of("lists", "partial", "complete"), any_of("lists", "joins")):
            if (match := pattern.match(shorter)) and len(shorter) > match.end() + 1:
                shorter = shorter[match.end() :]
        if shorter == name:
            break
        name = shorter
    return plain_name(re.sub(r"(?:约为|为|约|共|计|各)$", "", name))


def is_total(quote: Quote) -> bool:
    """True where the words before an amount make it the sum of what comes before: 共计."""
    return bool(_total_ending().search(quote.before))


@functools.cache
def _total_ending() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('lists', 'totals').pattern})(?:资金|金额|为|约)*$")


def read_lists(quotes: Sequence[Quote], rated: Iterable[str] = ()) -> Iterator[ItemList]:
    """The itemised lists of a field: two amounts or more in a row, or an opened or summed list.

    `rated` are ids of amounts that are rates (元/人/月) and so no parts of a sum.
    """
    apart = set(rated)
    for _, group in groupby(quotes, key=lambda quote: quote.sentence):
        yield from _sentence_lists([q for q in group if q.is_money], apart)


def _sentence_lists(money: Sequence[Quote], rated: set[str]) -> Iterator[ItemList]:
    run: list[Quote] = []
    whole: Quote | None = None
    opener, complete = "", False
    for quote in money:
        if quote.number.id in rated:
            yield from _close(run, None, whole, opener, complete)
            run, whole, opener = [], None, ""
            continue
        if is_total(quote) and run:
            yield from _close(_chosen(run, quote), quote, whole, opener, complete)
            run, whole, opener, complete = [quote], None, "", False
            continue
        word = _opener(quote)
        if word:
            yield from _close(run[:-1] if run else [], None, whole, opener, complete)
            whole, run = (run[-1] if run else None), [quote]
            opener, complete = word, word in words("lists", "complete")
        elif quote.bound < _APART:
            run.append(quote)
        else:
            yield from _close(run, None, whole, opener, complete)
            run, whole, opener, complete = [quote], None, "", False
    yield from _close(run, None, whole, opener, complete)


def _opener(quote: Quote) -> str:
    """The word that opens a list at this amount: at the start of its clause, or just before."""
    pattern = any_of("lists", "complete", "partial")
    match = _opener_ending().search(quote.gap) or pattern.match(quote.before)
    return match[0].rstrip(":,") if match else ""


@functools.cache
def _opener_ending() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('lists', 'complete', 'partial').pattern})[:,]?$")


def _close(
    run: Sequence[Quote], total: Quote | None, whole: Quote | None, opener: str, complete: bool
) -> Iterator[ItemList]:
    items = [quote for quote in run if not is_total(quote)]
    if len(items) >= 2 or (items and (opener or total)):
        yield ItemList(tuple(items), total, whole, opener, complete)


def _chosen(run: Sequence[Quote], total: Quote) -> list[Quote]:
    """Which of the amounts before a 共计 it sums: all, or those behind a firmer break."""
    weakest = min((quote.bound for quote in run[1:]), default=_JOINED)
    starts = [i for i, quote in enumerate(run) if i == 0 or quote.bound > weakest]
    for start in starts:
        half = sum((q.number.half * YUAN[q.unit] for q in run[start:]), Decimal(0))
        half += total.number.half * YUAN[total.unit]
        if abs(sum((q.yuan for q in run[start:]), Decimal(0)) - total.yuan) <= half:
            return list(run[start:])
    return list(run[starts[-1] if len(run) - starts[-1] > 1 else 0 :])
