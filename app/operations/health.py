"""The outermost layer of the web process: liveness, readiness, request ids, request counts.

It stands before the dashboard, so a process can be asked how it is while the dashboard cannot answer.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import routes
from app.layouts.pages.base import PAGES
from app.operations.counts import ANSWER, REQUESTS
from app.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

_GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_METHODS = ("GET", "POST", "HEAD", "OPTIONS")


class Health:
    """Answers `/healthz` and `/readyz`, hands everything else to the dashboard."""

    def __init__(self, inner: WSGIApplication, services: Services) -> None:
        self._inner = inner
        self._services = services

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/healthz":
            return _answer(start_response, "200 OK", {"alive": True})
        if path == "/readyz":
            states = readiness(self._services)
            status = "200 OK" if states["ready"] else "503 Service Unavailable"
            return _answer(start_response, status, states)
        return self._pass_on(environ, start_response)

    def _pass_on(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request_id = _request_id(environ)
        environ["pad.request_id"] = request_id
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "other"
        began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            seconds, route = time.perf_counter() - began, _route(environ)
            REQUESTS.labels(method, route, status[:3]).inc()
            ANSWER.labels(route).observe(seconds)
            log.info("answered", method=method, route=route, status=status[:3], seconds=round(seconds, 4))
            return start_response(status, [*headers, ("X-Request-ID", request_id)], *rest)

        return self._inner(environ, started)


def _route(environ: WSGIEnvironment) -> str:
    """The template of the route that answers, never the address itself: it may hold a token, and each
    address would be a series of its own. Of pages, which share one template, the page."""
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    if rule is None:
        return "unknown"
    if rule.rule not in routes.PAGES:
        return str(rule.rule)
    page = str(environ.get("PATH_INFO", "")).strip("/").split("/")[0]
    return f"/{page}" if page in PAGES or not page else "unknown page"


def readiness(services: Services) -> dict[str, object]:
    """The state of each part that a page needs."""
    states = {
        "database": "ok" if _database_answers(services) else "down",
        "warehouse": _warehouse(services),
        "redis": "ok" if services.queue.available() else "down",
    }
    return {"ready": "down" not in states.values(), **states}


def _database_answers(services: Services) -> bool:
    try:
        with services.database.engine.connect() as connection:
            return bool(connection.scalar(text("SELECT 1")) == 1)
    except SQLAlchemyError:
        return False


def _warehouse(services: Services) -> str:
    """`empty` before the first snapshot; `down` when the pointer leads nowhere."""
    pointer = services.settings.warehouse_dir / "CURRENT"
    try:
        name = pointer.read_text().split()[0]
    except FileNotFoundError:
        return "empty" if pointer.parent.is_dir() else "down"
    except (OSError, IndexError):
        return "down"
    return "ok" if (pointer.parent / name).is_file() else "down"


def _request_id(environ: WSGIEnvironment) -> str:
    """The id that a proxy gave, when it is harmless, else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)


def _answer(start_response: StartResponse, status: str, body: dict[str, object]) -> Iterable[bytes]:
    content = json.dumps(body).encode()
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
    start_response(status, [*headers, ("Content-Length", str(len(content)))])
    return [content]
