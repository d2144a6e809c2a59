"""A local endpoint that answers as Slack's Web API and webhooks do, and can be told to misbehave."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs


@dataclass
class Slack:
    """What was posted, and what to answer next: (status, headers, body), taken from the front."""

    base: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    completed: list[dict[str, Any]] = field(default_factory=list)
    next: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    hang_up: bool = False
    slow: float = 0.0  # seconds at most between taking a post and saying so


class _Handler(BaseHTTPRequestHandler):
    @property
    def slack(self) -> Slack:
        return self.server.slack  # type: ignore[attr-defined,no-any-return]

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.slack.next:
            self.answer(*self.slack.next.pop(0))
        elif self.path == "/hook":
            self.slack.posts.append(json.loads(raw))
            self.answer(200, {}, "ok")
        else:
            self.method(self.path.rsplit("/", 1)[-1], raw)

    def do_GET(self) -> None:
        self.do_POST()

    def method(self, name: str, raw: bytes) -> None:
        if name == "chat.postMessage":
            self.slack.posts.append(self.fields(raw))
            time.sleep(random.uniform(0, self.slack.slow))
            if self.slack.hang_up:
                self.connection.close()
                return
            self.say({"ok": True, "channel": "C1", "ts": f"{len(self.slack.posts)}.0"})
        elif name.startswith("files.getUploadURLExternal"):
            self.say(
                {"ok": True, "upload_url": f"{self.slack.base}upload", "file_id": f"F{len(self.slack.files)}"}
            )
        elif name == "upload":
            self.slack.files.append(raw)
            self.answer(200, {}, "OK")
        elif name == "files.completeUploadExternal":
            self.slack.completed.append(self.fields(raw))
            self.say({"ok": True, "files": [{"id": "F0"}]})
        else:
            self.say({"ok": False, "error": "unknown_method"})

    def fields(self, raw: bytes) -> dict[str, Any]:
        if "json" in self.headers.get("Content-Type", ""):
            return dict(json.loads(raw))
        return {name: values[0] for name, values in parse_qs(raw.decode()).items()}

    def say(self, body: dict[str, Any]) -> None:
        self.answer(200, {}, json.dumps(body))

    def answer(self, status: int, headers: dict[str, str], body: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def slack_server() -> Iterator[Slack]:
    slack = Slack()

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.slack = slack  # type: ignore[attr-defined]
    slack.base = f"http://127.0.0.1:{server.server_port}/api/"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield slack
    finally:
        server.shutdown()
        server.server_close()
