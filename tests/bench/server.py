"""The product served as an operator serves it, and a signed-in client of it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
import psutil

from app.accounts.headers import CSRF_COOKIE
from app.processes import installation
from app.processes.supervisor import Part, Supervisor
from tests.bench.company import EMAIL, PASSWORD, BenchCompany

WARM_UP = 5.0  # seconds until both workers have had a request


@dataclass(frozen=True)
class Running:
    """A server and its processes."""

    base: str
    pids: dict[str, int]

    def workers(self) -> list[psutil.Process]:
        """The web workers: the children of the web server's own process that hold the application."""
        below = psutil.Process(self.pids["web"]).children(recursive=True)
        return [one for one in below if "resource_tracker" not in " ".join(one.cmdline())]

    def sign_in(self, client: httpx.Client) -> None:
        """Give a client the cookies and the form token of somebody signed in."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
        form = {"csrf_token": found.group(1) if found else "", "email": EMAIL, "password": PASSWORD}
        sent = client.post("/login", data=form)
        assert sent.status_code == 303, f"signing in: {sent.status_code} {sent.text[-600:]}"
        client.get("/executive")
        client.headers["X-CSRFToken"] = client.cookies[CSRF_COOKIE]


@contextmanager
def signed_in(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base, timeout=60.0) as client:
        server.sign_in(client)
        yield client


@contextmanager
def running(company: BenchCompany, application: str = "tests.bench.served:served") -> Iterator[Running]:
    """Redis and the web server, for as long as the block lasts; their lines go to files, as on a terminal."""
    env = {**os.environ, **company.env, "PAD_BENCH_SERVED": "yes"}
    supervisor = Supervisor(installation.environment(company.settings, env), company.settings.logs_dir)
    web = installation.web(company.settings)
    try:
        supervisor.start([*installation.redis(company.settings), _with(web, application)])
        yield Running(f"http://127.0.0.1:{company.port}", supervisor.pids())
    finally:
        supervisor.stop()


def warm(client: httpx.Client, path: str = "/executive") -> None:
    """Ask until every worker has opened its snapshot and compiled the page's questions.

    Each time by a new connection: one that is kept open stays with the worker that took it.
    """
    until = time.monotonic() + WARM_UP
    asked = {"Referer": f"{client.base_url}{path}", "Connection": "close"}
    while time.monotonic() < until:
        client.get("/_dash-layout", headers=asked).raise_for_status()


def _with(web: Part, application: str) -> Part:
    return replace(web, command=[*web.command[:-1], application])
