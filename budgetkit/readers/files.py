"""Reads the files of one disclosure together, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from budgetkit.blocks import Block, Grid, Paragraph, Passage, Problem, Where
from budgetkit.controls import encodable
from budgetkit.readers import Reading, read_blocks
from budgetkit.sources import RawFile, Source

__all__ = ["read_files"]


def read_files(source: Source) -> Reading:
    """The blocks of all files as one text; where there are several, each place names its file.

    Raises SourceError where one of them cannot be used: half a disclosure would be read as one
    whose other half is missing.
    """
    if len(source.files) == 1:
        return read_blocks(source.data, _path(source.files[0]))
    readings = [(file, read_blocks(file.data, _path(file))) for file in source.files]
    blocks = [_with_file(b, file.name) for file, reading in readings for b in reading.blocks]
    problems = [p for file, reading in readings for p in _problems(file, reading)]
    asides = [
        replace(aside, where=replace(aside.where, file=file.name))
        for file, reading in readings
        for aside in reading.asides
    ]
    readers = list(dict.fromkeys(reading.reader for _, reading in readings))
    return Reading("+".join(readers), tuple(blocks), tuple(problems), tuple(asides))


def _path(file: RawFile) -> str:
    return encodable(str(file.path))


def _problems(file: RawFile, reading: Reading) -> Iterator[Problem]:
    for problem in reading.problems:
        where: Where = replace(problem.where, file=file.name)
        yield replace(problem, message=f"{file.name}: {problem.message}", where=where)


def _with_file(block: Block, name: str) -> Block:
    if isinstance(block, Paragraph):
        return replace(block, passage=_placed(block.passage, name))
    rows = tuple(
        tuple(replace(cell, passage=_placed(cell.passage, name)) for cell in row)
        for row in block.rows
    )
    return Grid(rows, block.exact, block.source)


def _placed(passage: Passage, name: str) -> Passage:
    if not passage.pieces:
        return passage
    return replace(passage, pieces=tuple(replace(piece, file=name) for piece in passage.pieces))
