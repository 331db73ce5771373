"""What a sentence says not to have changed: 与上年持平, 同比无增减变化, 均与2025年预算一致."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from budgetkit.claims import STATED, Claim
from budgetkit.subjects import words

__all__ = ["mark_unchanged"]


def mark_unchanged(text: str, claims: Sequence[tuple[Claim, int]]) -> None:
    """Marks the amounts of a line that are said to be as before, with what they are compared with.

    `claims` come with the place where their number and its unit end. What stands between an
    amount and the next number may say so; 均 says it of all amounts of the sentence so far that
    have no change of their own.
    """
    places = [end for _, end in claims]
    for position, (claim, end) in enumerate(claims):
        if claim.kind not in STATED or claim.reason:
            continue
        following = claims[position + 1][0].number.text if position + 1 < len(claims) else ""
        stop = places[position + 1] - len(following) if following else len(text)
        plain = re.sub(r"\s", "", text[end : max(stop, end)])
        match = _pattern().match(plain)
        if match is None:
            continue
        listed = [claim]
        if match["all"]:
            changed = {c.owner.id for c, _ in claims if c.kind == "change" and c.owner is not None}
            listed = [
                c
                for c, _ in claims[: position + 1]
                if c.start == claim.start and c.kind in STATED and c.id not in changed
            ]
        for unchanged in listed:
            unchanged.flat = True
            unchanged.base = unchanged.base or match["base"] or ""


@functools.cache
def _pattern() -> re.Pattern[str]:
    base = f"{words('base').pattern}|{words('against_budget').pattern}"
    flat = words("flat").pattern
    ends = r"(?=[,，。；;:：()（）]|主要|原因|$)"
    return re.compile(
        rf"[,，]?(?P<all>均|都)?(?P<base>{base})?[,，]?(?:均|保持|无)?(?:{flat})(?:变化|变动)?{ends}"
    )
