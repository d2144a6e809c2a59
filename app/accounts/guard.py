"""The guard before every request: nothing is open that was not declared open, to those who may."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from app.accounts import audit, current, headers, passwords, routes, sign_in_pages
from app.accounts.permissions import ACCOUNT, PUBLIC
from app.accounts.viewer import NOBODY, Viewer
from app.clock import Clock
from app.data.db import Database, disk_trouble
from app.incidents import report
from app.queue.redis_connection import pool
from app.settings import Settings
from app.text import t

UPDATE = "/_dash-update-component"
MACHINE = (
    "/_dash",
    "/_reload-hash",
    "/api/",
    "/metrics",
    "/view/",
    "/members/",
)  # answered in JSON, not with a page
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_PASSWORD = frozenset({"pad/password", "pad/logout"})

route = routes.declare


@dataclass(frozen=True)
class Rules:
    """What the guard asks of the parts above it.

    `callbacks`: Dash's output id -> permission. `page`: path -> permission, None for an unknown page.
    `forbidden`: what stands in place of a page that the asker may not open.
    """

    callbacks: Mapping[str, str]
    page: Callable[[str], str | None]
    forbidden: Callable[[], ResponseReturnValue]


def protect(
    server: Flask,
    database: Database,
    clock: Clock,
    settings: Settings,
    *,
    callbacks: Mapping[str, str],
    page: Callable[[str], str | None],
    forbidden: Callable[[], ResponseReturnValue] | None = None,
    csp_hashes: Callable[[], Sequence[str]] = tuple,
) -> Limiter:
    """Close a server: sign-in, sessions, form tokens, permissions, headers, rate limits.

    `server.secret_key` must be set. Answers the limiter, with which further routes can be slowed.
    """
    _configure(server, settings)
    current.install(server, database, clock)
    csrf = CSRFProtect(server)
    kept_in = limits_storage(settings)
    limiter = Limiter(
        get_remote_address,
        app=server,
        storage_uri=kept_in,
        storage_options=limits_options(kept_in),
        in_memory_fallback_enabled=True,
        key_prefix="pad-limit",
    )
    rules = Rules(callbacks, page, forbidden or _forbidden)
    server.before_request(lambda: _check(server, csrf, rules))
    headers.install(server, secure=settings.secure_cookies, script_hashes=csp_hashes)
    sign_in_pages.install(server, settings, limiter)
    server.register_error_handler(CSRFError, _without_token)
    server.register_error_handler(429, _too_often)
    server.register_error_handler(Exception, _unforeseen)
    passwords.decoy()
    return limiter


def limits_storage(settings: Settings) -> str:
    """Where counts of requests are kept: Redis when there is one, else each process on its own."""
    if not settings.redis_url and not settings.redis_socket.exists():
        return "memory://"
    return re.sub("^unix:", "redis+unix:", settings.redis)


def limits_options(storage: str) -> dict[str, Any]:
    """Redis that hangs holds up no sign-in: each process then counts on its own."""
    if storage.startswith("memory:"):
        return {}
    return {"connection_pool": pool(storage.removeprefix("redis+") if "+unix:" in storage else storage)}


def _configure(server: Flask, settings: Settings) -> None:
    server.config.update(
        SESSION_COOKIE_NAME="__Host-pad" if settings.secure_cookies else "pad",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a dashboard stays open for days
        WTF_CSRF_CHECK_DEFAULT=False,  # the guard checks, because bearer tokens need none
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
    )
    if proxies := settings.trusted_proxies:
        fixed = ProxyFix(server.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        server.wsgi_app = fixed  # type: ignore[method-assign]


def _check(server: Flask, csrf: CSRFProtect, rules: Rules) -> ResponseReturnValue | None:
    """None lets the request pass."""
    wanted = _wanted(server, rules)
    if wanted == PUBLIC:
        if request.method not in SAFE and not _one_click(server):
            csrf.protect()
        return None
    viewer = current.viewer()
    if viewer is NOBODY:
        return _sign_in_first()
    if viewer.must_change_password and request.endpoint not in OWN_PASSWORD:
        return _password_first()
    if request.method not in SAFE and not current.bearer():
        csrf.protect()
    if request.url_rule is None:
        return None  # Flask answers 404 or 405
    if wanted is None or not viewer.may(wanted):
        return _deny(f"{request.method} {request.path}", _page_or_notice(rules))
    return _check_callback(viewer, rules) if request.url_rule.rule == UPDATE else None


def _one_click(server: Flask) -> bool:
    """Whether a mail program unsubscribes its reader, who pressed its own button (RFC 8058)."""
    asked = request.form.get("List-Unsubscribe") == "One-Click"
    return asked and request.url_rule is not None and routes.takes_one_click(server, request.url_rule)


def _wanted(server: Flask, rules: Rules) -> str | None:
    """The permission the request needs; unknown pages are the router's business and need a sign-in only."""
    if request.url_rule is None:
        return None
    if request.url_rule.rule in routes.PAGES:
        return rules.page(request.path) or ACCOUNT
    return routes.permission_of(server, request.url_rule)


def _check_callback(viewer: Viewer, rules: Rules) -> ResponseReturnValue | None:
    body = request.get_json(silent=True)
    output = body.get("output") if isinstance(body, dict) else None
    if not isinstance(output, str):
        return _problem(400, t("login.unlisted"), t("login.unlisted_hint"))
    wanted = rules.callbacks.get(output)
    if wanted is None or not viewer.may(wanted):
        return _deny(f"callback {output}", _forbidden)
    return None


def _sign_in_first() -> ResponseReturnValue:
    if _for_machine():
        return _problem(401, t("login.need_sign_in"), t("login.need_sign_in_hint"))
    target = request.full_path.rstrip("?") if request.method in SAFE else "/"
    return redirect(f"/login?next={quote(target, safe='/')}", 302)


def _password_first() -> ResponseReturnValue:
    if _for_machine() or request.endpoint in ("static", "_dash_assets.static"):
        return _problem(403, t("login.need_password"), t("login.need_password_hint"))
    return redirect("/password", 302)


def _deny(what: str, shown: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    current.record(audit.DENIED, what)
    if _for_machine():
        return _problem(403, t("login.denied_api"), t("login.denied_api_hint"))
    return shown()


def _page_or_notice(rules: Rules) -> Callable[[], ResponseReturnValue]:
    rule = request.url_rule
    return rules.forbidden if rule is not None and rule.rule in routes.PAGES else _forbidden


def _forbidden() -> ResponseReturnValue:
    return sign_in_pages.notice(t("login.denied_title"), t("login.denied_text")), 403


def _without_token(_error: CSRFError) -> ResponseReturnValue:
    if _for_machine():
        return _problem(400, t("login.csrf"), t("login.csrf_hint"))
    return sign_in_pages.notice(t("login.csrf"), t("login.csrf_hint")), 400


def _too_often(_error: Any) -> ResponseReturnValue:
    if _for_machine():
        return _problem(429, t("login.limited_api"), t("login.limited_api_hint"))
    return sign_in_pages.notice(t("login.limited_api"), t("login.limited")), 429


def _unforeseen(error: Exception) -> ResponseReturnValue:
    """Whatever else a route raises: told in the form that was asked for, with the reference in the log."""
    if isinstance(error, HTTPException):
        return error
    reference = report(error, path=request.path)
    shut = isinstance(error, SQLAlchemyError) and disk_trouble(current.accounts().database, error)
    words = t("login.disk_shut" if shut else "states.unexpected", reference=reference)
    if _for_machine():
        return _problem(500, words, t("login.unforeseen_hint"))
    return sign_in_pages.notice(t("login.unforeseen"), words), 500


def _for_machine() -> bool:
    return request.path.startswith(MACHINE)


def _problem(status: int, message: str, hint: str) -> tuple[Response, int]:
    return jsonify({"error": {"message": message, "hint": hint}}), status
