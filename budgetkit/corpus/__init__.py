"""Many disclosures at once: read, checked and written as Parquet data sets, and nothing lost."""

from budgetkit.corpus.documents import LIST, find_documents
from budgetkit.corpus.processes import Limits
from budgetkit.corpus.run import Run, write_corpus

__all__ = ["LIST", "Limits", "Run", "find_documents", "write_corpus"]
