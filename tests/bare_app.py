"""The smallest app that can show a page: location, page, passport; for tests of pages without the shell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from dash import Dash, Input, Output, State, dcc, html
from werkzeug.serving import make_server

from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.layouts import ids
from app.layouts.pages.base import PAGES, PageContext
from app.services import Services

ASSETS = Path(__file__).parents[1] / "assets"
PAGE_MODULES = ("campaigns", "rows", "glossary", "sources", "jobs")
CALLBACK_MODULES = ("filters", "campaigns", "exports", "passport", "rows", "glossary", "sources", "jobs")
ANALYST = Viewer(1, "ana@larkfield.example", "Ana", "analyst", ROLES["analyst"])


def bare_app(services: Services, viewer: Viewer = ANALYST) -> tuple[Dash, Callbacks]:
    """A Dash app with the tables' pages for one signed-in reader."""
    app = Dash(__name__, assets_folder=str(ASSETS), serve_locally=True, suppress_callback_exceptions=True)
    app.server.secret_key = "only for tests"
    callbacks = Callbacks(app, services, lambda: viewer)
    for name in PAGE_MODULES:
        import_module(f"app.layouts.pages.{name}")
    app.layout = html.Main(
        [
            dcc.Location(id=ids.LOCATION, refresh=False),
            html.Header(className="head"),
            html.Div(id=ids.PAGE),
            html.Div(id=ids.PASSPORT),
        ]
    )

    @app.callback(
        Output(ids.PAGE, "children"), Input(ids.LOCATION, "pathname"), State(ids.LOCATION, "search")
    )
    def route(pathname: str, search: str | None) -> object:
        return PAGES.get(pathname.strip("/")).layout(
            PageContext(services, viewer, (search or "").lstrip("?"))
        )

    for name in CALLBACK_MODULES:
        import_module(f"app.callbacks.{name}").register(callbacks)
    return app, callbacks


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
