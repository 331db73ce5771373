"""What the subject of a sentence is in the terms of the ledger: flow, fund, nature, code …"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from budgetkit.labels import parse_label, plain_name
from budgetkit.tables import BudgetTable
from budgetkit.vocabulary import find_term, load

__all__ = [
    "Names",
    "collect_names",
    "heading_subject",
    "is_nameless",
    "section_facts",
    "subject_facts",
    "words",
]

_PATH = re.compile(r"(.+?)\(类\)(?:(.+?)\(款\))?(?:(.+?)\(项\))?")
_SIZES = (3, 5, 7)


@functools.cache
def words(name: str) -> re.Pattern[str]:
    """One of the word lists of ``phrases.toml`` as a pattern."""
    return re.compile(load("phrases.toml")["words"][name])


@functools.cache
def _rows(name: str) -> tuple[tuple[re.Pattern[str], Mapping[str, str], bool], ...]:
    return tuple(
        (re.compile(row["is"]), row["facts"], bool(row.get("only")))
        for row in load("phrases.toml")[name]
    )


@dataclass(slots=True)
class Names:
    """Names of codes as the document's own tables print them."""

    function: dict[str, list[str]] = field(default_factory=dict)
    economic: dict[str, list[str]] = field(default_factory=dict)
    department: str = ""


def collect_names(tables: Sequence[BudgetTable], department: str) -> Names:
    """Name to codes for functional and economic classification, from the tables' rows."""
    names = Names(department=department)
    for table in tables:
        for section in table.rows:
            for row in section:
                if not row.code or not row.label.name or row.project:
                    continue
                for dimension, known in (
                    ("function", names.function),
                    ("economic", names.economic),
                ):
                    if dimension in row.facts and row.facts[dimension] == row.code:
                        codes = known.setdefault(row.label.name, [])
                        if row.code not in codes:
                            codes.append(row.code)
    return names


@functools.lru_cache(maxsize=2000)
def section_facts(titles: tuple[str, ...]) -> Mapping[str, str]:
    """What the headings above a sentence say of its numbers."""
    facts: dict[str, str] = {}
    for title in titles:
        name = plain_name(title)
        for pattern, found, _ in _rows("section"):
            if pattern.search(name):
                facts.update(found)
    return {name: value for name, value in facts.items() if value}


def heading_subject(title: str) -> str:
    """What a heading names, where it says nothing of the section's numbers (3.公务接待费)."""
    name = parse_label(title).name
    if any(pattern.search(name) for pattern, _, _ in _rows("section")):
        return ""
    return re.sub(r"(?:情况)?(?:的)?(?:总体)?(?:说明|情况)$", "", name)


def subject_facts(
    subject: str, context: Mapping[str, str], names: Names, before: Before | None = None
) -> tuple[dict[str, str], bool]:
    """The facts of a subject within its context, and whether the subject is known.

    What says neither income nor expenditure, in a section that does not either, is told by its own
    name (支出) or by a functional code, which only expenditure has.
    """
    facts, known = _subject_facts(subject, context, names, before)
    if known and facts.get("flow") == "expenditure" and _ends_as_income(subject):
        facts = {**facts, "flow": "income"}  # 拨款收入 in a section on expenditure
        if "fund" in facts and "carry" not in facts:
            facts["carry"] = "no"
    if known and "flow" not in facts:
        spends = "function" in facts or bool(words("spends").search(subject))
        if spends != bool(words("earns").search(subject)):
            facts = {**facts, "flow": "expenditure" if spends else "income"}
    return facts, known


def _ends_as_income(subject: str) -> bool:
    """Whether a subject calls itself income, whatever its section is about."""
    return bool(re.search(rf"(?:{words('earns').pattern})$", plain_name(subject)))


def _subject_facts(
    subject: str, context: Mapping[str, str], names: Names, before: Before | None = None
) -> tuple[dict[str, str], bool]:
    """The facts of a subject within its context, and whether the subject is known.

    A subject that nothing knows keeps the context and its own name as a label; so does one that a
    word before the known part narrows down (事业编制). `before` is the last claim of the sentence.
    """
    name = strip_subject(subject, names)
    if not name:
        return dict(context), True
    if current := _of_the_year(subject, names):
        return {**context, **current}, True
    code = _function_code(subject, name, names)
    if code:
        return {**context, "function": code}, True
    bare = re.sub(r"\((?:类|款|项)\)", "", name)
    coded = _bracketed_code(name, names)
    if coded:
        return {**context, **coded}, True
    whole = parse_label(subject).name
    for candidate in (whole, name, bare, words("trailing").sub("", bare)):
        label = parse_label(candidate)
        term = find_term(label.name)
        # A term that says only what is measured (人数) leaves it to the narrative's own words of whom.
        if term is not None and (term.tables_only or set(term.facts) == {"measure"}):
            continue
        if term is not None and (term.facts or term.role == "total" or term.slug == "amount"):
            facts = {**context, **term.facts}
            # Receptions among the operating costs of the agency are not all there are.
            if "public_item" in term.facts and context.get("flow") != "agency_operating_costs":
                facts = {"flow": "three_public", **term.facts}
            if "fund" in term.facts and facts.get("flow") == "income" and "carry" not in facts:
                facts["carry"] = "no"
            return facts, True
    for row in load("phrases.toml")["subject"]:
        match = _pattern(row["is"]).fullmatch(name) or _pattern(row["is"]).fullmatch(bare)
        if match is None:
            continue
        merged = {**({} if row.get("only") else context), **row["facts"]}
        facts = {key: value for key, value in merged.items() if value}
        wanted = row.get("after", {})
        if any((before.facts if before else {}).get(k) != v for k, v in wanted.items()):
            return {**context, "label": parse_label(subject).name}, False
        lead = match.groupdict().get("lead") or ""
        if row.get("lead") == "plain":
            if not words("plain_lead").fullmatch(lead):
                return {**facts, "label": parse_label(subject).name}, False
            if fund := _fund_in(lead):
                facts["fund"] = fund
        return facts, True
    stripped = words("trailing").sub("", bare)
    for candidate in (bare, stripped):
        codes = names.function.get(candidate)
        if codes and context.get("flow") != "three_public":
            return {**context, "function": min(codes, key=len)}, True
        codes = names.economic.get(candidate)
        if codes and "economic" not in context and context.get("nature") in {"basic", None}:
            return {**context, "economic": min(codes, key=len)}, True
    return {**context, "label": parse_label(subject).name}, False


class Before(Protocol):
    """What was stated before in the same sentence."""

    facts: dict[str, str]


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    """A subject's pattern; what a leading ".*" takes in is its group `lead`."""
    return re.compile("(?P<lead>.*)" + text[2:] if text.startswith(".*") else text)


def is_nameless(subject: str, names: Names) -> bool:
    """Whether a subject names nothing: 2026年预算数."""
    name = strip_subject(subject, names)
    return not name or bool(words("neutral").match(name))


def _of_the_year(subject: str, names: Names) -> dict[str, str]:
    """本年收入, 本年支出: without what is carried over, beside the total that holds it too."""
    name = plain_name(subject).replace(names.department or "\0", "")
    for row in load("phrases.toml")["of_the_year"]:
        if re.fullmatch(words("plain_lead").pattern + row["is"], name):
            return dict(row["facts"])
    return {}


def _bracketed_code(name: str, names: Names) -> dict[str, str]:
    """The code behind a name: 小学教育(2050202). Functions begin with 2, economic codes with 3."""
    match = re.search(r"\((\d{3}(?:\d{2}){0,2})\)$", name)
    if not match or match[1][0] not in "23":
        return {}
    return {"function" if match[1][0] == "2" else "economic": match[1]}


def _fund_in(lead: str) -> str:
    for row in load("phrases.toml")["fund"]:
        if re.search(row["is"], lead):
            return str(row["fund"])
    return ""


def strip_subject(subject: str, names: Names) -> str:
    """A subject without the department's name, the year and other words that say nothing."""
    name = plain_name(subject)
    name = parse_label(name).name or name
    if names.department:
        name = name.replace(names.department, "")
    name = re.sub(r"^,|,$", "", name)
    return words("leading").sub("", name).removeprefix("的")


def _function_code(subject: str, name: str, names: Names) -> str:
    """The functional code that a subject prints, or that its path 类 / 款 / 项 names in the tables."""
    if code := _printed_code(subject, names):
        return code
    match = _PATH.search(name)
    parts = [part for part in match.groups() if part] if match else name.split("-")
    if match is None and not 1 < len(parts) <= len(_SIZES):
        return ""
    return _code_of_path(parts, names)


def _printed_code(subject: str, names: Names) -> str:
    """A code in one piece or in three: 2011301-行政运行, 205(类)08(款)03(项), 教育支出(205)…(08).

    Where the tables print functional codes, pieces that make up none of them are other numbers.
    """
    plain = re.sub(r"20\d\d年", "", plain_name(subject))
    label = parse_label(plain)
    pieces = re.findall(r"\d+", plain)
    known = {code for codes in names.function.values() for code in codes}
    for size in (3, 2):
        digits = pieces[-size:]
        joined = "".join(digits)
        in_pieces = [len(piece) for piece in digits] == [3, 2, 2][:size] and joined[0] == "2"
        if in_pieces and (joined in known or not known):
            return joined
    if label.code[:1] == "2":
        return label.code
    single = pieces[0] if len(pieces) == 1 else ""
    return single if single in known else ""


def _code_of_path(parts: Sequence[str], names: Names) -> str:
    """The code of the last name of a path, which its upper names tell from others called alike."""
    prefix = code = ""
    for depth, part in enumerate(parts[:3]):
        codes = [
            found
            for word in (part, f"{part}支出")
            for found in names.function.get(word, [])
            if len(found) == _SIZES[depth] and found.startswith(prefix)
        ]
        code = codes[0] if len(set(codes)) == 1 or (codes and depth < len(parts) - 1) else ""
        prefix = code or prefix
    return code
