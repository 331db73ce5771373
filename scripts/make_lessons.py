"""Makes the students' copies of the lessons from the solutions.

python scripts/make_lessons.py [--check]

The solutions in notebooks/teaching/solutions/ are the source. In a student's copy every solution
(between `### BEGIN SOLUTION` and `### END SOLUTION`) becomes its names with ... for the answer, cells
with the tag "teacher" are left out, and no output stands. With --check nothing is written: exit
status 1 where a copy is not what the solutions make.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import nbformat

TEACHING = Path(__file__).resolve().parent.parent / "notebooks" / "teaching"
SOLUTIONS = TEACHING / "solutions"
_SOLUTION = re.compile(r"^### BEGIN SOLUTION\n(.*?)^### END SOLUTION(?:\n|\Z)", re.M | re.S)


def student_copy(solution: Any) -> Any:
    """A solution notebook without answers, teacher's notes and outputs."""
    copy = nbformat.from_dict({**solution, "cells": []})
    for cell in solution.cells:
        if "teacher" in cell.metadata.get("tags", []):
            continue
        kept = nbformat.from_dict(dict(cell))
        if kept.cell_type == "code":
            kept.source = _SOLUTION.sub(_blank, kept.source).rstrip("\n")
            kept.outputs, kept.execution_count = [], None
        copy.cells.append(kept)
    return copy


def _blank(match: re.Match[str]) -> str:
    """The names that a solution assigns, each with no answer yet."""
    names = [
        target.id
        for statement in ast.parse(match[1]).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    return "".join(f"{name} = ...  # your answer\n" for name in names) or "# your code\n"


def _text(notebook: Any) -> str:
    return nbformat.writes(notebook) + "\n"


def _unrun(path: Path) -> str:
    """A student's copy as it is made: the outputs of its last run left out."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return _text(notebook)


def main(arguments: list[str]) -> int:
    """Writes the students' copies, or compares them with --check; returns the exit status."""
    wanted = {
        TEACHING / path.name: student_copy(nbformat.read(path, as_version=4))
        for path in sorted(SOLUTIONS.glob("*.ipynb"))
    }
    known = set(TEACHING.glob("*.ipynb"))
    stale = [
        path for path, copy in wanted.items() if path not in known or _unrun(path) != _text(copy)
    ]
    left_over = sorted(known - set(wanted))
    if "--check" in arguments:
        for path in [*stale, *left_over]:
            print(f"{path.name} is not what the solutions make; run scripts/make_lessons.py")
        return 1 if stale or left_over else 0
    for path in stale:
        path.write_text(_text(wanted[path]), encoding="utf-8")
        print(f"made {path.name}")
    for path in left_over:
        print(f"{path.name} has no solution; remove it, or write one")
    return 1 if left_over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
