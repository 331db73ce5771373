"""Set up .venv with exactly what requirements.lock pins, and budgetkit itself.

    python scripts/make_venv.py [VENV]

is what `make setup` runs. It needs Python and pip only, and uses pip's own configuration: a
mirror or a proxy that works for pip works here. Every file is checked against the hash in the
lock; nothing is compiled. It tells which package is being fetched: on a terminal in one line, with
the size of a large one; in a log in one line a package. What else pip says is shown when pip fails.
"""

import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
# pip's own words: a package from an index, or from a folder that the user's configuration names
COLLECTING = re.compile(
    r"Collecting ([A-Za-z0-9._-]+)==|Processing \S*?([A-Za-z0-9._]+)-[^/\\]+\.whl"
)
DOWNLOADING = re.compile(r"\s+Downloading \S+ \((.+)\)")


def show(text: str) -> None:
    """Tell how far it is: over the line before on a terminal, on a line of its own in a log."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{text[:width]:<{width}}", end="", flush=True)
    else:
        print(text, flush=True)


def create(venv: Path) -> list[str]:
    """Create the virtual environment; returns the command that runs pip for it."""
    print(f"[1/3] creating {venv.name} with Python {sys.version.split()[0]}", flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    with_pip = find_spec("ensurepip") is not None  # Debian packages it apart
    command = [sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(venv)]
    subprocess.run(command, check=True)
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if with_pip:
        return [str(python), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(python)]


def install_packages(pip: list[str]) -> None:
    """Install the lock and tell of each package; ends the program when pip fails."""
    total = len(re.findall(r"^\S+==", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    print("[2/3] installing the pinned packages (270 MB to fetch, 1.1 GB on disk)", flush=True)
    options = ["--requirement", str(LOCK), "--require-hashes", "--only-binary", ":all:"]
    command = [*pip, "install", "--progress-bar", "off", "--no-input", *options]
    log: list[str] = []
    begun, package = 0, ""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            log.append(line)
            if line.startswith("Ignoring "):  # for another system or another Python
                total -= 1
            elif found := COLLECTING.match(line):
                begun, package = begun + 1, found[1] or found[2]
                show(f"      {begun:3}/{total}  {package}")
            elif sys.stdout.isatty() and (found := DOWNLOADING.match(line)) and "MB" in found[1]:
                show(f"      {begun:3}/{total}  {package}: {found[1]}")
            elif line.startswith("Installing collected packages"):
                show(f"      {begun:3}/{total}  unpacking: half a minute")
    if sys.stdout.isatty():
        print()
    if process.returncode:
        sys.stderr.writelines(log[-40:])
        sys.exit("setup failed: pip could not install requirements.lock (its last lines are above)")


def install_budgetkit(pip: list[str]) -> None:
    """Install budgetkit itself, so that an edit of a file takes effect at once."""
    print("[3/3] installing budgetkit", flush=True)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT)]
    result = subprocess.run([*pip, "install", *options], capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stdout + result.stderr + "setup failed: budgetkit itself did not install")


def main() -> None:
    venv = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".venv")
    start = time.monotonic()
    pip = create(venv)
    install_packages(pip)
    install_budgetkit(pip)
    print(f"      ready after {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
