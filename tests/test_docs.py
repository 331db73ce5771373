"""The generated pages say what the catalogue and the schemas say today."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["rules.md", "data-dictionary.md", "questions.md"])
def test_the_page_in_docs_is_the_one_that_the_script_writes(name: str) -> None:
    page = load_script().PAGES[name]()
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page, (
        "run python scripts/make_docs.py"
    )
