"""One running installation: what it consists of, in which order it starts, and that it runs once."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from app.errors import ConflictError, SettingError
from app.processes import redis_server
from app.processes.supervisor import Part
from app.queue.redis_connection import connect
from app.settings import Settings, variable
from app.text import t

# glibc hands memory that imports and exports have used back to the system; see mallopt(3).
SPARING = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data folder for this run.

    Raises: ConflictError when another run holds it.
    """
    with open(settings.home / "run.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(
                t("process.runs_already", home=settings.home), hint=t("process.runs_already_hint")
            ) from None
        yield


def require_free_ports(settings: Settings) -> None:
    """Raises: SettingError when nobody can listen on the port, or on that of the metrics."""
    _require_free(settings.host, "host", settings.port, "port")
    if settings.metrics_port:
        if settings.metrics_port == settings.port:
            raise SettingError(
                t("process.port_twice", variable=variable("metrics_port"), port=settings.port),
                hint=t("process.port_wrong_hint", variable=variable("metrics_port")),
            )
        _require_free(settings.metrics_host, "metrics_host", settings.metrics_port, "metrics_port")


def _require_free(host: str, host_field: str, port: int, port_field: str) -> None:
    """Raises: SettingError that names the host when it is no host of this machine, else the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            elsewhere = isinstance(problem, socket.gaierror) or problem.errno == errno.EADDRNOTAVAIL
            wrong, value = (host_field, host) if elsewhere else (port_field, str(port))
            raise SettingError(
                t("process.port_wrong", variable=variable(wrong), value=value, reason=problem.strerror),
                hint=t("process.host_wrong_hint" if elsewhere else "process.port_wrong_hint",
                       variable=variable(wrong)),
            ) from None  # fmt: skip


def environment(settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """The environment of the parts: that of this process, with the data folder made absolute."""
    return {**SPARING, **env, variable("home"): str(settings.home.resolve())}


def logs(settings: Settings, terminal: bool) -> Path | None:
    """The folder that the logs of the parts go to; None for the standard output of this process."""
    wanted = settings.log_to == "files" or (settings.log_to == "auto" and terminal)
    return settings.logs_dir.resolve() if wanted else None


def redis(settings: Settings) -> list[Part]:
    """The embedded Redis, unless a Redis is given."""
    if settings.redis_url:
        return []
    settings.redis_socket.unlink(missing_ok=True)  # of a run that was killed
    return [Part("redis", redis_server.command(settings), ready=lambda: _answers(settings))]


def web(settings: Settings) -> Part:
    """The web server."""
    return Part("web", web_command(), ready=lambda: _listens(settings), patience=60)


def workers(settings: Settings) -> list[Part]:
    """The job workers, and one beside them for what a person waits for; a running job gets time to end."""
    every = [Part(f"worker-{n}", _pad("worker"), grace=20.0) for n in range(1, settings.workers + 1)]
    return [*every, Part("worker-awaited", _pad("worker", "--awaited"), grace=20.0)]


def scheduler() -> Part:
    return Part("scheduler", _pad("scheduler"))


def web_command() -> list[str]:
    """The web server, which warms the application before it takes a request."""
    return [sys.executable, "-m", "app.processes.web_server", "wsgi:application"]


def _pad(*command: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", *command]


def _answers(settings: Settings) -> bool:
    from redis.exceptions import RedisError

    try:
        return bool(connect(settings.redis).ping())
    except RedisError:
        return False


def _listens(settings: Settings) -> bool:
    """Whether the web server answers its liveness check; it listens before its workers are warm."""
    import httpx

    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    try:
        return httpx.get(f"http://{host}:{settings.port}/healthz", timeout=1.0).status_code == 200
    except httpx.HTTPError:
        return False


def replace_process(command: list[str], env: Mapping[str, str]) -> NoReturn:
    """Become the command; signals and exit code are then its own."""
    os.execvpe(command[0], command, dict(env))
