"""Closes the web application: guard, pages' permissions and REST are put around Dash in this one place."""

from __future__ import annotations

from flask import Flask, make_response, request
from flask.typing import ResponseReturnValue

from app import api
from app.accounts import guard
from app.callbacks.base import Callbacks
from app.errors import SettingError
from app.layouts.pages.base import PAGES
from app.services import Services
from app.text import t


def protect(services: Services, callbacks: Callbacks) -> None:
    """Guard everything that was and will be added to the server; called once, by the factory.

    Raises: SettingError without a key to sign cookies with.
    """
    server = callbacks.dash.server
    server.secret_key = server.secret_key or services.settings.secret_key
    if not server.secret_key:
        raise SettingError(t("process.secret_key_empty"), hint=t("process.secret_key_empty_hint"))
    limiter = guard.protect(
        server,
        services.database,
        services.clock,
        services.settings,
        callbacks=callbacks.permissions,
        page=page_permission,
        forbidden=lambda: _document(server),
        csp_hashes=callbacks.dash.csp_hashes,
    )
    api.install(server, services, limiter)


def page_permission(path: str) -> str | None:
    """The permission of the page at a path; None for a path without a page."""
    page_id = path.strip("/").split("/")[0]
    return PAGES.get(page_id).permission if page_id in PAGES else None


def _document(server: Flask) -> ResponseReturnValue:
    """The product's own frame, which says within it that the page is not open to the reader."""
    view = server.view_functions[str(request.endpoint)]
    return make_response(view(**request.view_args or {}), 403)
