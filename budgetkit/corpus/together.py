"""Whether the files of a folder can be one disclosure, where nothing but their formats says so."""

from __future__ import annotations

from collections.abc import Sequence

from budgetkit.areas import find_areas
from budgetkit.blocks import Block
from budgetkit.covers import Cover, read_cover
from budgetkit.editions import same_department
from budgetkit.errors import SourceError
from budgetkit.readers import read_blocks
from budgetkit.sources import Source

__all__ = ["check_together"]


def check_together(source: Source) -> None:
    """Raises SourceError where the files name different departments, years or kinds.

    Read as one, two disclosures contradict each other in everything, and both would be accused.
    """
    first: tuple[str, Cover, str] | None = None
    for file in source.files:
        reading = read_blocks(file.data, str(file.path))
        cover = read_cover(reading.blocks, reading.asides)
        found = (file.name, cover, cover.department or _department(reading.blocks))
        if first is None:
            first = found
        elif what := _difference(first, found):
            raise SourceError(
                f"{source.path}: its files were taken for one disclosure, but {first[0]} and "
                f"{file.name} {what}; name the documents in an index.csv with a column `file` in the "
                "folder of all, or put them in folders of their own"
            )


def _department(blocks: Sequence[Block]) -> str:
    """The first department that a table names."""
    areas, _ = find_areas(blocks)
    return next((area.department for area in areas if area.department), "")


def _difference(one: tuple[str, Cover, str], other: tuple[str, Cover, str]) -> str:
    """What tells two files apart that both say; "" where nothing does."""
    (_, left, here), (_, right, there) = one, other
    if here and there and not same_department(here, there):
        return f"name different departments ({here}, {there})"
    if left.year and right.year and left.year != right.year:
        return f"are of different years ({left.year}, {right.year})"
    if left.title and right.title and left.kind != right.kind:
        return "are a budget and final accounts"
    return ""
