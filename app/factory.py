"""create_app: Flask and Dash, pages, callbacks, guard, static files; importing this does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from dash import Dash, html
from dash.exceptions import DependencyException
from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

import app.callbacks
from app import compression
from app.accounts.viewer import Viewer
from app.assets import Assets, install
from app.callbacks.base import Callbacks
from app.callbacks.failures import on_error
from app.data.metrics import catalogue
from app.layouts.index import document
from app.layouts.pages.base import PAGES
from app.layouts.shell import first_page, page_of, shell, status_of
from app.services import Services
from app.text import t


@dataclass(frozen=True)
class Access:
    """Who asks, and what keeps others out; `protect` is called once, when all routes and callbacks exist."""

    viewer: Callable[[], Viewer]
    protect: Callable[[Callbacks], None]


class DashboardApp(Dash):
    """Dash with our own document: theme and rail as the reader left them, no outside asset."""

    assets: Assets
    services: Services
    viewer: Callable[[], Viewer]

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        viewer = self.viewer()
        still = shell(self.services, viewer, request.full_path.rstrip("?"), still=True)
        return document(self.assets, viewer, request.path, parts, still)


def create_app(services: Services, access: Access) -> DashboardApp:
    """The whole web application.

    Raises: DefinitionError when a metric, page, dashboard or callback is declared wrongly.
    """
    catalogue.load()
    PAGES.ids()  # all are declared before the first request
    dash = _dash(services, access)
    callbacks = Callbacks(dash, services, access.viewer)
    for module in modules():
        module.register(callbacks)
    access.protect(callbacks)
    _warm(dash)
    return dash


def modules() -> list[ModuleType]:
    """Every module of `app.callbacks` that registers callbacks."""
    names = [entry.name for entry in iter_modules(app.callbacks.__path__)]
    found = [import_module(f"app.callbacks.{name}") for name in names]
    return [module for module in found if hasattr(module, "register")]


def _dash(services: Services, access: Access) -> DashboardApp:
    server = Flask("app")
    dash = DashboardApp(
        "app",
        server=server,  # type: ignore[arg-type]
        title=t("shell.product"),
        update_title=None,  # type: ignore[arg-type]
        use_pages=False,
        serve_locally=True,
        enable_mcp=False,
        suppress_callback_exceptions=True,
        assets_ignore=".*",
        csrf_token_name="_csrf_token",
        csrf_header_name="X-CSRFToken",
        on_error=on_error,
    )
    dash.assets, dash.services, dash.viewer = Assets(services.settings.static_dir), services, access.viewer
    dash.layout = lambda: shell(services, access.viewer(), request.referrer)
    install(server, dash.assets)
    compression.install(server)
    # A made-up address of a script is a reader's mistake, not a fault of the server.
    server.register_error_handler(DependencyException, lambda _: Response(status=404))
    _route_pages(server, access)
    return dash


def _route_pages(server: Flask, access: Access) -> None:
    """The start goes to the reader's first page; an unknown or forbidden page answers with its status."""
    start = _endpoint(server, "/")
    anywhere = _endpoint(server, "/<path:path>")
    document_view: Callable[..., Any] = server.view_functions[anywhere]

    def home() -> AnyResponse:
        return redirect(first_page(access.viewer()).path)

    def page(path: str) -> Response:
        answer = Response(document_view(path=path), mimetype="text/html")
        answer.status_code = status_of(page_of(path), access.viewer())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    server.view_functions[start] = home
    server.view_functions[anywhere] = page


def _endpoint(server: Flask, rule: str) -> str:
    return next(str(entry.endpoint) for entry in server.url_map.iter_rules() if entry.rule == rule)


def _warm(dash: Dash) -> None:
    """Does what Dash would do during the first request; the layout is left out, for it would read data."""
    dash.layout, layout = html.Div(), dash.layout
    with dash.server.test_request_context("/"):
        dash._setup_server()  # type: ignore[no-untyped-call]
    dash.layout = layout


__all__ = ["Access", "DashboardApp", "PAGES", "create_app"]
