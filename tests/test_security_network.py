"""No command uses the network: all of them run without one, and none asks for anything outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .hostile import TABLE, markdown
from .office import paragraph, word, word_table, workbook
from .pdfs import Page, write_pdf

pytestmark = pytest.mark.xdist_group("network")

OUTSIDE = "192.0.2.1"  # of a network that is kept for documentation

# Every Python process loads it first: it writes down who starts and who asks for what outside.
WATCH = """
import os, sys

def _inside(host):
    host = host.decode("latin-1") if isinstance(host, bytes) else host
    return not host or host in {"localhost", "::1", "0.0.0.0"} or str(host).startswith("127.")

def _write(line):
    with open(os.environ["NETWORK_LOG"], "a", encoding="utf-8") as log:
        log.write(line.replace("\\n", " ") + "\\n")

def _watch(event, arguments):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        host = arguments[0]
    else:
        return
    if not _inside(host):
        _write(f"outside {event} {host} {sys.argv[:2]}")

sys.addaudithook(_watch)
_write(f"start {' '.join(sys.orig_argv[1:])}")
"""

# Leaves all networks behind but the machine's talk with itself, which notebooks need.
ALONE = """
import ctypes, fcntl, os, socket, struct, sys
libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
NEW_USER, NEW_NET, SET_FLAGS, UP = 0x10000000, 0x40000000, 0x8914, 1
if libc.unshare(NEW_NET):
    if libc.unshare(NEW_USER | NEW_NET):
        sys.exit(77)
    for name, text in ("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1"):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
with socket.socket() as own:
    fcntl.ioctl(own, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))
os.execv(sys.argv[1], sys.argv[1:])
"""
TRY = f"""
import json, socket
with open("/proc/net/dev") as devices:
    names = [line.partition(":")[0].strip() for line in devices if ":" in line]
reached = True
try:
    socket.create_connection(("{OUTSIDE}", 80), timeout=2).close()
except OSError as error:
    reached = str(error)
print(json.dumps([names, reached]))
"""
COMMANDS = [
    ["add", "d.pdf", "--key", "office-2026"],
    ["check", "office-2026"],
    ["check", "--json", "d.docx"],
    ["clean", "d.xlsx", "--out", "out"],
    ["clean", "--xlsx", "d.html", "--out", "out"],
    ["compare", "d.pdf", "d.docx"],
    ["report", "d.md", "--out", "reports"],
    ["corpus", "many", "--out", "corpus", "--workers", "2"],
    ["query", "corpus", "--sql", "SELECT count(*) FROM numbers"],
]
RUN = "import json, sys; from budgetkit.cli import main; " + (
    "print('\\n' + json.dumps([main(command) for command in json.loads(sys.argv[1])]))"
)


@dataclass(frozen=True)
class Run:
    """What came of all commands, and of the watch over them."""

    alone: bool
    statuses: list[int]
    errors: str
    log: list[str]
    folder: Path


def start(folder: Path, arguments: list[str], alone: bool) -> subprocess.CompletedProcess[str]:
    """A Python under watch, with or without a network."""
    watch = folder / "watch"
    watch.mkdir(exist_ok=True)
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    here = Path(__file__).parent.parent
    path = os.pathsep.join([str(watch), str(here), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path.rstrip(os.pathsep), "PYTHONUTF8": "1",
                   "NETWORK_LOG": str(folder / "log.txt")}  # fmt: skip
    command = [sys.executable, *arguments]
    if alone:
        command = [sys.executable, "-S", "-c", ALONE, *command]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True,
                          encoding="utf-8", timeout=280)  # fmt: skip


def read_log(folder: Path) -> list[str]:
    return (folder / "log.txt").read_text(encoding="utf-8").splitlines()


def can_be_alone(folder: Path) -> bool:
    return sys.platform == "linux" and start(folder, ["-c", ""], alone=True).returncode == 0


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Every command, on every format, in the loneliest place that this machine allows."""
    folder = tmp_path_factory.mktemp("lonely")
    page = Page()
    page.text(50, 780, "某局2026年部门预算公开")
    page.text(50, 760, "部门支出总体情况表")
    page.text(50, 740, "单位：万元")
    page.table(TABLE, [80, 120, 80, 80, 80])
    rows = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in TABLE)
    head = "<h1>某局2026年部门预算公开</h1><h2>部门支出总体情况表</h2><p>单位：万元</p>"
    documents = {
        "d.md": markdown().encode(),
        "d.pdf": write_pdf([page]),
        "d.docx": word(paragraph("某局2026年部门预算公开") + paragraph("部门支出总体情况表")
                       + paragraph("单位：万元") + word_table(TABLE)),
        "d.xlsx": workbook([["部门支出总体情况表"], ["单位：万元"], *TABLE]),
        "d.html": f"<html><body>{head}<table>{rows}</table></body></html>".encode(),
    }  # fmt: skip
    (folder / "many").mkdir()
    (folder / "data" / "raw").mkdir(parents=True)
    for name, data in documents.items():
        (folder / name).write_bytes(data)
        (folder / "many" / f"{name.partition('.')[2]}-{name}").write_bytes(data)
    alone = can_be_alone(folder)
    done = start(folder, ["-c", RUN, json.dumps(COMMANDS)], alone)
    assert done.returncode == 0, done.stderr
    statuses = json.loads(done.stdout.splitlines()[-1])
    return Run(alone, statuses, done.stderr, read_log(folder), folder)


def test_every_command_does_its_work_without_a_network(run: Run) -> None:
    if not run.alone:
        pytest.skip("this system lets no process leave its network (user namespaces are off)")
    tried = start(run.folder, ["-c", TRY], alone=True)
    names, reached = json.loads(tried.stdout)
    assert names == ["lo"] and "unreachable" in reached
    wrong = dict(zip(map(" ".join, COMMANDS), run.statuses, strict=True))
    assert {command: status for command, status in wrong.items() if status not in {0, 1}} == {}
    # A notebook's kernel that is ended may have its message library say a last word of its own.
    said = [line for line in run.errors.splitlines() if "(src/signaler.cpp" not in line]
    assert said == []
    assert (run.folder / "reports" / "d" / "index.html").is_file()
    assert (run.folder / "out" / "d" / "d.xlsx").is_file()
    assert (run.folder / "data" / "raw" / "office-2026" / "origin.toml").is_file()
    page = (run.folder / "corpus" / "index.html").read_text(encoding="utf-8")
    assert "5 disclosures" in page


def test_no_process_of_any_command_asks_for_anything_outside(run: Run) -> None:
    assert [line for line in run.log if line.startswith("outside ")] == []
    started = [line for line in run.log if line.startswith("start ")]
    assert sum("ipykernel_launcher" in line for line in started) >= 4, "notebooks are watched"
    assert sum("budgetkit.corpus" in line for line in started) >= 2, "workers are watched"


def test_the_watch_sees_what_is_asked_outside(tmp_path: Path) -> None:
    script = (
        "import socket\n"
        "for ask in (lambda: socket.getaddrinfo('budgets.invalid', 80),\n"
        f"            lambda: socket.create_connection(('{OUTSIDE}', 9), timeout=0.1),\n"
        f"            lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('{OUTSIDE}', 9)),\n"
        "            lambda: socket.create_connection(('127.0.0.1', 9), timeout=0.1)):\n"
        "    try: ask()\n"
        "    except OSError: pass\n"
    )
    assert start(tmp_path, ["-c", script], can_be_alone(tmp_path)).returncode == 0
    events = [line.split()[1:3] for line in read_log(tmp_path) if line.startswith("outside ")]
    assert ["socket.getaddrinfo", "budgets.invalid"] in events
    assert ["socket.connect", OUTSIDE] in events and ["socket.sendto", OUTSIDE] in events
    assert not [host for _, host in events if host.startswith("127.")]
