"""The rule catalogue of ``rules.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["Rule", "find_rule", "rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, level (inconsistent, implausible, wording), titles and basis."""

    id: str
    level: str
    en: str
    zh: str
    basis: str
    basis_zh: str

    def title(self, language: str = "en") -> str:
        """The rule's title in English or Chinese."""
        return self.zh if language == "zh" else self.en

    def reason(self, language: str = "en") -> str:
        """The rule's basis in English or Chinese."""
        return self.basis_zh if language == "zh" else self.basis


@functools.cache
def rules() -> dict[str, Rule]:
    """All rules by id, in catalogue order."""
    data = tomllib.loads(files("budgetkit").joinpath("rules.toml").read_text(encoding="utf-8"))
    return {
        row["id"]: Rule(
            row["id"], row["level"], row["en"], row["zh"], row["basis"], row["basis_zh"]
        )
        for row in data["rule"]
    }


def find_rule(rule_id: str) -> Rule:
    """The rule with this id. Raises KeyError for an id that the catalogue does not hold."""
    return rules()[rule_id]
