"""One case of fuzzing from a seed and a number: a starting point, and what was done to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing import printing, starts
from tests.fuzzing.containers import damage_package, damage_pdf, damage_records
from tests.fuzzing.damage import damage_bytes, damage_markup
from tests.fuzzing.mutations import CHEAP, LARGE
from tests.fuzzing.starts import Item

FORMATS = {"text": 36, "web": 20, "word": 13, "xlsx": 12, "xls": 8, "pdf": 11}
"""How many of a hundred cases begin as which format."""
SUFFIXES = {"text": "md", "web": "html", "word": "docx", "xlsx": "xlsx", "xls": "xls", "pdf": "pdf"}
_FEW_MUTATIONS = [0.25, 0.5, 0.2, 0.05]


@dataclass(frozen=True)
class Case:
    """A file to read: what it began as, its bytes, and what was done to it."""

    number: int
    format: str
    data: bytes
    history: tuple[str, ...]

    @property
    def name(self) -> str:
        """A file name for it."""
        return f"case-{self.number}.{SUFFIXES[self.format]}"


class Chance(random.Random):
    """Chance that the seed and the number of a case decide, and how long a line it may make."""

    longest = 10_000_000


def make_case(
    seed: int,
    number: int,
    formats: Sequence[str] = tuple(FORMATS),
    corpus: tuple[Path, ...] = (),
    longest: int = Chance.longest,
) -> Case:
    """The case of this seed and number; the same each time for the same corpus."""
    rng = Chance(f"{seed}:{number}")
    rng.longest = longest
    (kind,) = rng.choices(list(formats), [FORMATS[name] for name in formats])
    history: list[str] = []
    data = _MAKERS[kind](rng, history, corpus)
    if not history or rng.random() < (0.12 if kind in {"text", "web"} else 0.05):
        history.append("bytes damaged")
        data = damage_bytes(data, rng)
    return Case(number, kind, data, tuple(history))


def _items(rng: Chance, history: list[str]) -> list[Item]:
    """The items of a starting point, most of them with mutations."""
    items = starts.parse_items(starts.draw_text(rng)) or [Item("2026年部门预算公开", 1)]
    (count,) = rng.choices(range(len(_FEW_MUTATIONS)), _FEW_MUTATIONS)
    for _ in range(count):
        mutation = rng.choice(LARGE if rng.random() < 0.05 else CHEAP)
        mutation(items, rng)
        history.append(mutation.__name__)
    return [item for item in items if item.text or any(item.rows)] or [Item("空")]


def _make_text(rng: Chance, history: list[str], _: tuple[Path, ...]) -> bytes:
    if rng.random() < 0.15:
        return starts.draw_text(rng).encode("utf-8")
    return _encode(printing.print_text(_items(rng, history), rng), rng, history)


def _encode(text: str, rng: Chance, history: list[str]) -> bytes:
    """The text in the encoding of an ordinary file, or in one or two of others."""
    way = rng.randrange(24)
    if way >= 7:
        return text.encode("utf-8", "surrogatepass")
    plain = text.encode("utf-8", "replace").decode("utf-8")
    names = ["utf-8-sig", "gb18030", "utf-16", "utf-16-be", "gbk", "utf-16-le", "mixed"]
    history.append(names[way])
    if way == 2:
        return text.encode("utf-16", "surrogatepass")
    if way == 6:
        lines = plain.split("\n")
        return b"\n".join(
            line.encode("gb18030" if rng.random() < 0.2 else "utf-8") for line in lines
        )
    return plain.encode(names[way], "replace")


def _make_web(rng: Chance, history: list[str], _: tuple[Path, ...]) -> bytes:
    page = starts.draw_web(rng) if rng.random() < 0.3 else printing.print_web(_items(rng, history))
    for _ in range(rng.choice([0, 1, 1, 2]) if history else rng.choice([1, 1, 2])):
        page = damage_markup(page, rng)
        history.append("markup damaged")
    if rng.random() < 0.1:
        label = rng.choice(["gbk", "gb2312", "utf-8", "big5", "utf-16", "no-such", "utf-7"])
        history.append(f"declared {label}")
        page = page.replace("<body>", f'<meta charset="{label}"><body>', 1)
        if label in {"gbk", "gb2312"} and rng.random() < 0.8:
            return page.encode("gb18030", "xmlcharrefreplace")
    way = "surrogatepass" if rng.random() < 0.5 else "xmlcharrefreplace"
    return page.encode("utf-8", way)


def _damaged_package(data: bytes, rng: Chance, history: list[str]) -> bytes:
    if not history or rng.random() < 0.4:
        history.append("part damaged")
        return damage_package(data, rng)
    return data


def _make_word(rng: Chance, history: list[str], _: tuple[Path, ...]) -> bytes:
    data = (
        starts.draw_word(rng) if rng.random() < 0.35 else printing.print_word(_items(rng, history))
    )
    return _damaged_package(data, rng, history)


def _make_workbook(rng: Chance, history: list[str], _: tuple[Path, ...]) -> bytes:
    data = (
        starts.draw_workbook(rng)
        if rng.random() < 0.35
        else printing.print_workbook(_items(rng, history), rng)
    )
    return _damaged_package(data, rng, history)


def _make_old_workbook(rng: Chance, history: list[str], _: tuple[Path, ...]) -> bytes:
    if rng.random() < 0.03:
        return starts.facsimile("reference.xls")
    data = printing.print_old_workbook(_items(rng, history))
    if not history or rng.random() < 0.4:
        history.append("records damaged")
        data = damage_records(data, rng)
    return data


def _make_pdf(rng: Chance, history: list[str], corpus: tuple[Path, ...]) -> bytes:
    if rng.random() < (0.5 if corpus else 0.2):
        data = starts.draw_pages(rng, corpus)
    else:
        data = printing.print_pdf(_items(rng, history), rng)
    if not history or rng.random() < 0.6:
        history.append("objects damaged")
        data = damage_pdf(data, rng)
    return data


_MAKERS: dict[str, Callable[[Chance, list[str], tuple[Path, ...]], bytes]] = {
    "text": _make_text,
    "web": _make_web,
    "word": _make_word,
    "xlsx": _make_workbook,
    "xls": _make_old_workbook,
    "pdf": _make_pdf,
}
