"""Read, check and explore Chinese departmental budget disclosures.

>>> import budgetkit
>>> disclosure = budgetkit.read("kezhou-hrss-2026")
>>> budgetkit.check(disclosure).findings
"""

from __future__ import annotations

from budgetkit.disclosure import Disclosure
from budgetkit.errors import SourceError
from budgetkit.handover import check, read
from budgetkit.language import use_language
from budgetkit.reconciliation import Reconciliation

__version__ = "0.1.0"

__all__ = [
    "Disclosure",
    "Reconciliation",
    "SourceError",
    "__version__",
    "check",
    "read",
    "use_language",
]
