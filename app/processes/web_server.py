"""`python -m app.processes.web_server MODULE:NAME`: Granian, its application imported once for all workers.

The workers are forked from the process that imported it, so they share its memory, and one that is started
again is warm at once. Nothing is connected or opened before the fork.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.settings import Settings, load

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

BACKLOG = 1024
KILL_AFTER = 5  # seconds that a worker has to end its requests


def main() -> None:
    """Serve until told to stop."""
    settings, target = load(os.environ), sys.argv[1]
    application(target)
    settle()
    server(settings, target).serve(target_loader=partial(application, target), wrap_loader=False)


def application(target: str) -> Any:
    """The WSGI application at `module:name`; imported by whoever asks first."""
    module, name = target.split(":")
    return getattr(import_module(module), name)


def settle() -> None:
    """Put everything that the application is made of where the collector does not touch it.

    A collection writes into every object that it looks at; a page that is written to is shared no longer.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # else nothing of it ends with the process, and DuckDB complains


def server(settings: Settings, target: str) -> AbstractServer[Any]:
    """Granian with as many workers and threads as the settings say."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    return Server(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=settings.web_threads,
        backlog=BACKLOG,
        workers_kill_timeout=KILL_AFTER,
        log_level=LogLevels.error,
        websockets=False,
        respawn_failed_workers=True,
    )


if __name__ == "__main__":
    main()
