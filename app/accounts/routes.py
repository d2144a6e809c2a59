"""Which permission each HTTP route needs. A route that nobody declared is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.accounts.permissions import ACCOUNT, PUBLIC

_KEY = "pad.routes"
_ONE_CLICK = "pad.one_click"

# Rules that Flask and Dash add by themselves; anything else is declared through `guard.route`.
FRAMEWORK = {
    "/static/<path:filename>": ACCOUNT,
    "/assets/<path:filename>": ACCOUNT,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": ACCOUNT,
    "/_dash-layout": ACCOUNT,
    "/_dash-dependencies": ACCOUNT,
    "/_dash-update-component": ACCOUNT,
    "/_reload-hash": ACCOUNT,
    "/_favicon.ico": ACCOUNT,
    "/healthz": PUBLIC,
    "/readyz": PUBLIC,
}
PAGES = ("/", "/<path:path>")  # Dash answers every page here; the page's own permission decides


def declare(
    server: Flask,
    rule: str,
    permission: str,
    view: Callable[..., Any],
    *,
    methods: Sequence[str] = ("GET",),
    endpoint: str | None = None,
    one_click: bool = False,
) -> None:
    """Add a route that needs a permission. `one_click`: a mail program may post to it (RFC 8058), without a
    form's token, because its address is signed."""
    name = endpoint or f"pad{rule}"
    server.add_url_rule(rule, name, view, methods=list(methods))
    _declared(server)[name] = permission
    if one_click:
        server.extensions.setdefault(_ONE_CLICK, set()).add(name)


def takes_one_click(server: Flask, rule: Rule) -> bool:
    """Whether mail programs may post to a route."""
    return rule.endpoint in server.extensions.get(_ONE_CLICK, ())


def permission_of(server: Flask, rule: Rule) -> str | None:
    """The permission that a route needs; None closes it. Pages are decided by their path instead."""
    return _declared(server).get(rule.endpoint) or FRAMEWORK.get(rule.rule)


def undeclared(server: Flask) -> list[str]:
    """Rules that nobody declared: closed to everybody, and a mistake of the one who added them."""
    return sorted(
        rule.rule
        for rule in server.url_map.iter_rules()
        if rule.rule not in PAGES and permission_of(server, rule) is None
    )


def _declared(server: Flask) -> dict[str, str]:
    declared: dict[str, str] = server.extensions.setdefault(_KEY, {})
    return declared
