"""What hostile documents are made of, and what notices that one of them had its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TABLE = (
    ("功能分类科目编码", "功能分类科目名称", "合计", "基本支出", "项目支出"),
    ("", "总计", "7.00", "4.00", "3.00"),
    ("208", "社会保障和就业支出", "4.00", "2.00", "3.00"),
    ("210", "卫生健康支出", "3.00", "2.00", ""),
)


def markdown(title: str = "", label: str = "", department: str = "某局") -> str:
    """A disclosure of one table, 208 of which contradicts itself, with texts from a stranger."""
    rows = [list(row) for row in TABLE]
    rows[3][1] = label.replace("|", "\\|") or rows[3][1]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return (
        f"# 某局{title}2026年部门预算公开\n\n## 部门支出总体情况表{title}\n\n"
        f"编制部门：{department}\n\n单位：万元\n\n{table}\n\n"
        f"## 第三部分 情况说明\n\n某局2026年支出预算7.00万元，其中：{label}基本支出4.00万元。\n"
    )


class Listener:
    """A web server on this machine; `asked` are the addresses that somebody asked it for."""

    def __init__(self) -> None:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"fetched-from-outside 123.45")

            do_HEAD = do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """No log: what was asked is kept."""

        self.asked = asked
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener for a while."""
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()


def all_paths(folder: Path) -> set[str]:
    """Every path below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
