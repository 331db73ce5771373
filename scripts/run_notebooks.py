"""Runs the notebooks and keeps their outputs, without the times and versions of this one run.

python scripts/run_notebooks.py [NOTEBOOK ...]; without names all of notebooks/. A notebook that fails
stays as it was. The Chinese notebooks hold text of their own; their code is that of the English ones
and is taken from there first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

# Sliders show themselves only to a kernel, with names of their own in every run.
LIVE = "nbval-ignore-output"
NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def run_notebook(path: Path) -> None:
    """Executes a notebook and writes it back with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    language = dict(notebook.metadata.get("language_info", {}))
    client = NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        if LIVE in cell.metadata.get("tags", []):
            cell.outputs = []
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": language.get("name", "python")}
    nbformat.write(notebook, path)


def take_code(path: Path) -> None:
    """Gives a Chinese notebook the code of the English one of the same name.

    Raises SystemExit with the first cell that has no fellow of its type.
    """
    chinese = nbformat.read(path, as_version=4)
    english = nbformat.read(path.parent.parent / path.name, as_version=4)
    for position, (own, other) in enumerate(zip(chinese.cells, english.cells, strict=False)):
        if own.cell_type != other.cell_type:
            sys.exit(f"{path}: cell {position} is {own.cell_type}, in English {other.cell_type}")
        own.metadata = other.metadata
        if own.cell_type == "code":
            own.source = other.source.replace('language = "en"', 'language = "zh"')
    if len(chinese.cells) != len(english.cells):
        sys.exit(f"{path}: {len(chinese.cells)} cells, in English {len(english.cells)}")
    nbformat.write(chinese, path)


def main() -> None:
    """Runs the notebooks named on the command line, else all, with a line for each."""
    for path in [Path(name) for name in sys.argv[1:]] or [
        *sorted(NOTEBOOKS.glob("*.ipynb")),
        *sorted(NOTEBOOKS.glob("zh/*.ipynb")),
    ]:
        if path.parent.name == "zh":
            take_code(path)
        run_notebook(path)
        print(f"ran {path}", flush=True)


if __name__ == "__main__":
    main()
