"""Both READMEs say what is so: their Python runs, their output is real, their commands and links exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from budgetkit.cli import main

ROOT = Path(__file__).resolve().parent.parent
READMES = ["README.md", "README.zh-CN.md"]
CUT = "…"


def read_readme(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", READMES)
def test_the_python_runs_and_prints_what_stands_below_it(name: str) -> None:
    text = read_readme(name)
    programs, printed = blocks(text, "python"), blocks(text, "text")
    assert len(programs) == len(printed) >= 1
    for program, output in zip(programs, printed, strict=True):
        done = subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program],
            capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.rstrip() == output.rstrip()


@pytest.mark.parametrize("name", READMES)
def test_the_output_of_a_command_is_a_real_one_in_its_order(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for block in blocks(read_readme(name), "console"):
        command, *shown = block.splitlines()
        assert command.startswith("$ .venv/bin/budgetkit ")
        main(command.split()[2:])
        real = iter(capsys.readouterr().out.splitlines())
        wanted = [line.removesuffix(CUT) for line in shown if line != CUT]
        assert len(wanted) > 5
        for line in wanted:
            whole = line + CUT not in shown
            assert any(out == line if whole else out.startswith(line) for out in real), line


@pytest.mark.parametrize("name", READMES)
def test_every_command_exists(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = read_readme(name)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, flags=re.MULTILINE))
    assert {"report", "test", "check", "lab"} <= targets
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in targets)
    main(["--help"])
    help_text = capsys.readouterr().out
    commands = set(re.findall(r"bin/budgetkit ([a-z]+)", text))
    assert {"check", "clean"} <= commands
    assert all(re.search(rf"^    {command} ", help_text, re.MULTILINE) for command in commands)
    for command in ("check", "clean", "corpus"):
        main([command, "--help"])
    options = capsys.readouterr().out
    assert all(option in options for option in re.findall(r"`(--[a-z]+)", text))


@pytest.mark.parametrize("name", READMES)
def test_every_link_leads_to_a_file(name: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", read_readme(name))
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_languages_tell_the_same() -> None:
    """The same sections, links, tables, commands and code; only comments and words differ."""
    english, chinese = (read_readme(name) for name in READMES)

    def skeleton(text: str) -> list[object]:
        own = r"README(?:\.zh-CN)?\.md|report(?:\.zh)?\.png"
        program = "".join(blocks(text, "python"))
        return [
            len(re.findall(r"^## ", text, flags=re.MULTILINE)),
            len(re.findall(r"^- ", text, flags=re.MULTILINE)),
            len(re.findall(r"^\|", text, flags=re.MULTILINE)),
            re.sub(own, "", " ".join(re.findall(r"\]\(([^)]+)\)", text))),
            re.findall(r"^    .+", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M),
            re.sub(r"#.*", "", program),
        ]

    assert skeleton(english) == skeleton(chinese)


def test_every_notebook_is_named() -> None:
    notebooks = [path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    for name in READMES:
        assert re.findall(r"\(notebooks/([^)]+\.ipynb)\)", read_readme(name)) == notebooks
