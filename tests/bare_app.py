"""The whole app for one reader whom nobody asked to sign in; for tests of pages without accounts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dash import Dash
from werkzeug.serving import make_server

from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.factory import Access, create_app
from app.services import Services

ANALYST = Viewer(1, "ana@larkfield.example", "Ana", "analyst", ROLES["analyst"])


def bare_app(services: Services, viewer: Viewer = ANALYST) -> tuple[Dash, Callbacks]:
    """The app and its callbacks, open to the reader without a guard."""
    made: list[Callbacks] = []
    app = create_app(services, Access(lambda: viewer, made.append))
    return app, made[0]


@contextmanager
def served(app: Dash) -> Iterator[str]:
    """The app on a free port, for as long as the block lasts."""
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
