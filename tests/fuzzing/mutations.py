"""Mutations of a document's content, before any format prints it: values, rows, columns, signs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.fuzzing.starts import Item

Mutation = Callable[[list[Item], random.Random], None]
FULL_WIDTH = {ord("0") + i: 0xFF10 + i for i in range(10)} | {ord("."): 0xFF0E, ord(","): 0xFF0C}
ODD_DIGITS = (0x0660, 0x06F0, 0x0966, 0x0E50, 0x1D7CE, 0x1D7F6, 0x104A0)
"""Where sets of ten digits begin: Arabic, Persian, Indian, Thai, bold, monospaced, Osmanya."""
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\ufe0f\u2063"
DIRECTIONS = "\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
COMBINING = "\u0301\u0336\u0338\u20dd\u20e3\u0489"
UNPRINTABLE = "\x00\x01\x07\x08\x0b\x0c\x0e\x1b\x1f\x7f\x85\ufffe\uffff\ufdd0\U0001ffff\ufffd"
SURROGATES = "\ud800\udbff\udc00\udfff"
SPACES = "\u00a0\u2009\u202f\u3000\u2028\u2029"
LOOKALIKES = "OoIlSB〇一二三①②½¼ⅣＯｌ،٫"


def amounts(items: Sequence[Item]) -> list[tuple[list[str], int]]:
    """Every cell that begins with a digit, as its row and its place there."""
    return [
        (row, i)
        for item in items
        for row in item.rows
        for i, cell in enumerate(row)
        if cell[:1].isdigit() and "." in cell
    ]


def tables(items: Sequence[Item]) -> list[Item]:
    """The tables among the items."""
    return [item for item in items if item.rows]


def texts(items: Sequence[Item]) -> list[Item]:
    """The paragraphs among the items."""
    return [item for item in items if not item.rows]


def change_value(items: list[Item], rng: random.Random) -> None:
    """Another amount in an amount's cell."""
    for row, i in _some(amounts(items), rng, 3):
        places = rng.choice([0, 1, 2, 2, 2, 4, 6])
        value = f"{rng.randint(0, 10 ** rng.randint(1, 8)):,}"
        decimals = "".join(rng.choices("0123456789", k=places))
        value = f"{value}.{decimals}" if places else value
        row[i] = rng.choice(["{}", "{}", "{}", "-{}", "({})", " {} ", "{}%", "+{}"]).format(value)


def write_otherwise(items: list[Item], rng: random.Random) -> None:
    """The digits of an amount in other signs: full-width, of another script, look-alikes."""
    start = rng.choice(ODD_DIGITS)
    way = rng.randrange(4)
    for row, i in _some(amounts(items), rng, 4):
        if way == 0:
            row[i] = row[i].translate(FULL_WIDTH)
        elif way == 1:
            row[i] = row[i].translate({48 + d: start + d for d in range(10)})
        elif way == 2:
            at = rng.randrange(len(row[i]))
            row[i] = row[i][:at] + rng.choice(LOOKALIKES) + row[i][at + 1 :]
        else:
            at = rng.randrange(len(row[i]))
            row[i] = row[i][:at] + row[i][at:].translate({48 + d: start + d for d in range(10)})
    for item in _some(texts(items), rng, 1):
        item.text = item.text.translate({48 + d: start + d for d in range(10)})


def insert_signs(items: list[Item], rng: random.Random) -> None:
    """Signs that nobody sees, or that change what is seen, inside numbers and words."""
    kind = rng.choice([INVISIBLE, DIRECTIONS, COMBINING, UNPRINTABLE, SURROGATES, SPACES])
    for row, i in _some(amounts(items), rng, 4):
        row[i] = _insert(row[i], kind, rng)
    for item in _some(tables(items), rng, 1):
        for row in _some(item.rows, rng, 3):
            if row:
                at = rng.randrange(len(row))
                row[at] = _insert(row[at], kind, rng)
    for item in _some(texts(items), rng, 2):
        for _ in range(rng.choice([1, 1, 5, 60])):
            item.text = _insert(item.text, kind, rng)


def _insert(text: str, signs: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(signs) * rng.choice([1, 1, 1, 3]) + text[at:]


def write_enormous(items: list[Item], rng: random.Random) -> None:
    """Numbers of hundreds or thousands of digits, places or separators."""
    count = rng.choice([16, 19, 29, 40, 309, 4301, 20_000])
    digit = rng.choice("0192")
    value = rng.choice(
        [digit * count, f"1.{digit * count}", "1" + ",000" * count, f"0.{'0' * count}1",
         f"{digit * count}.{digit * count}", f"1e{count}", "1." * count, "1," * count, "-" * count + "1"]
    )  # fmt: skip
    for row, i in _some(amounts(items), rng, 2):
        row[i] = value
    for item in _some(texts(items), rng, 1):
        item.text += rng.choice(["，共计{}万元。", "（{}）", "{}年{}月", "增长{}%。"]).replace(
            "{}", value
        )


def write_long(items: list[Item], rng: random.Random) -> None:
    """A line of up to ten megabytes: words, numbers, sentences, brackets, blanks."""
    (size,) = rng.choices([3_000, 30_000, 300_000, 3_000_000, 10_000_000], [30, 40, 20, 6, 4])
    size = min(size, getattr(rng, "longest", size))
    piece = rng.choice(
        ["预算", "1", "1 ", "12.50万元，", "2026年", "一、", "（", "(1)", "、", " ", "1,", "-", ".", "|",
         "其中：人员经费12.50万元，公用经费3.20万元；", "比上年增加3.00万元，增长5.2%，", "#", "*", "<b>",
         "\\", "a", "1.", "第1", "〔2026〕1号", "208（类）01（款）", "……", "0 ", "年", "/", "=", "①",
         "\u200b", "\u0301", "&amp;", "<", "“"]
    )  # fmt: skip
    text = (piece * (size // len(piece) + 1))[:size]
    if rng.random() < 0.6 or not tables(items):
        items.insert(rng.randint(1, len(items)), Item(text))
        return
    row = rng.choice(rng.choice(tables(items)).rows)
    if row:
        row[rng.randrange(len(row))] = text


def widen(items: list[Item], rng: random.Random) -> None:
    """A table with up to thousands of columns, blank or filled."""
    count = rng.choice([20, 100, 300, 1_000, 5_000])
    filler = rng.choice(["", "", "1.00", "合计", "1"])
    for item in _some(tables(items), rng, 1):
        rows = item.rows if rng.random() < 0.5 else [rng.choice(item.rows)]
        for row in rows:
            row.extend([filler] * count)


def lengthen(items: list[Item], rng: random.Random) -> None:
    """A table with up to thousands of rows."""
    count = rng.choice([50, 200, 200, 1_000, 3_000])
    for item in _some(tables(items), rng, 1):
        row = rng.choice(item.rows)
        numbered = rng.random() < 0.5
        at = rng.randint(0, len(item.rows))
        new = [[f"{cell}{n}" if numbered and c == 0 else cell for c, cell in enumerate(row)]
               for n in range(count)]  # fmt: skip
        item.rows[at:at] = new


def move_rows(items: list[Item], rng: random.Random) -> None:
    """Rows swapped, dropped, repeated, torn in two, or moved to another table."""
    for item in _some(tables(items), rng, 2):
        rows = item.rows
        way = rng.randrange(6)
        first, second = rng.randrange(len(rows)), rng.randrange(len(rows))
        if way == 0:
            rows[first], rows[second] = rows[second], rows[first]
        elif way == 1 and len(rows) > 1:
            del rows[first]
        elif way == 2:
            rows.insert(second, list(rows[first]))
        elif way == 3:
            rng.shuffle(rows)
        elif way == 4:
            cut = rng.randint(0, len(rows[first]))
            rows.insert(first + 1, rows[first][cut:])
            rows[first] = rows[first][:cut]
        else:
            other = rng.choice(tables(items))
            other.rows.insert(rng.randint(0, len(other.rows)), list(rows[first]))


def move_columns(items: list[Item], rng: random.Random) -> None:
    """Columns dropped, repeated, swapped or blanked, in all rows or in one."""
    for item in _some(tables(items), rng, 2):
        width = max(map(len, item.rows))
        if not width:
            continue
        first, second, way = rng.randrange(width), rng.randrange(width), rng.randrange(5)
        rows = item.rows if rng.random() < 0.6 else [rng.choice(item.rows)]
        for row in rows:
            if max(first, second) >= len(row):
                continue
            if way == 0:
                del row[first]
            elif way == 1:
                row.insert(second, row[first])
            elif way == 2:
                row[first], row[second] = row[second], row[first]
            elif way == 3:
                row[first] = ""
            else:
                row.insert(first, "")


def move_items(items: list[Item], rng: random.Random) -> None:
    """Paragraphs and tables swapped, dropped, repeated, joined or cut."""
    for _ in range(rng.randint(1, 4)):
        first, second = rng.randrange(len(items)), rng.randrange(len(items))
        way = rng.randrange(5)
        if way == 0:
            items[first], items[second] = items[second], items[first]
        elif way == 1 and len(items) > 2:
            del items[first]
        elif way == 2:
            copy = items[first]
            items.insert(second, Item(copy.text, copy.level, [list(row) for row in copy.rows]))
        elif way == 3 and not items[first].rows and not items[second].rows:
            items[first] = Item(items[first].text + items[second].text)
        elif items[first].text:
            cut = rng.randint(0, len(items[first].text))
            items.insert(first + 1, Item(items[first].text[cut:] or "其中：", items[first].level))
            items[first].text = items[first].text[:cut] or "一、"


def nest(items: list[Item], rng: random.Random) -> None:
    """Brackets in brackets, lists in lists, headings below headings."""
    depth = rng.choice([5, 50, 1_000, 20_000])
    left, right = rng.choice(
        [("（", "）"), ("(", ")"), ("[", "]"), ("〔", "〕"), ("“", "”"), ("<", ">")]
    )
    if rng.random() < 0.5:
        text = left * depth + rng.choice(["12.50万元", "2026", "合计", ""]) + right * depth
        items.insert(rng.randint(1, len(items)), Item(text))
        return
    labels = ["一、", "（一）", "1.", "（1）", "①", "其中：", "- ", "* ", "> "]
    at = rng.randint(1, len(items))
    items[at:at] = [
        Item(f"{labels[i % len(labels)]}项目{i}支出{i}.00万元", rng.randint(0, 6))
        for i in range(min(depth, 300))
    ]


def break_inside(items: list[Item], rng: random.Random) -> None:
    """Line breaks, tabs and pipes inside cells and words."""
    breaks = ["\n", "\t", "|", "\r", "\r\n", "<br>", "**", "\\|", "\x85"]
    for row, i in _some(amounts(items), rng, 3):
        at = rng.randint(0, len(row[i]))
        row[i] = row[i][:at] + rng.choice(breaks) + row[i][at:]
    for item in _some(texts(items), rng, 2):
        at = rng.randint(0, len(item.text))
        item.text = item.text[:at] + rng.choice(breaks) + item.text[at:]


CHEAP: tuple[Mutation, ...] = (
    change_value, change_value, write_otherwise, insert_signs, insert_signs, move_rows, move_rows,
    move_columns, move_columns, move_items, break_inside,
)  # fmt: skip
LARGE: tuple[Mutation, ...] = (write_enormous, write_long, widen, lengthen, nest)


def _some(found: list, rng: random.Random, most: int) -> list:  # type: ignore[type-arg]
    return rng.sample(found, min(len(found), rng.randint(1, most)))
