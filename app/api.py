"""REST: the same question as everywhere, asked with a token; answers and errors are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter

from app.accounts import current, guard
from app.accounts.permissions import API
from app.data.query import codec
from app.errors import InputError, PadError
from app.scope_values import answered
from app.services import Services
from app.text import t

RULE = "/api/v1/query"
LIMIT = "120 per minute"


def install(server: Flask, services: Services, limiter: Limiter) -> None:
    """Add `/api/v1/query`, slowed by the person who asks."""

    def query() -> Response:
        return _answered(lambda: _query(services))

    slowed = limiter.limit(LIMIT, key_func=lambda: str(current.viewer().user_id))(query)
    guard.route(server, RULE, API, slowed, methods=("GET", "POST"), endpoint="pad/api/v1/query")


def _query(services: Services) -> dict[str, Any]:
    """Ask within the scope of the one who asks, whatever the request says."""
    given = _posted() if request.method == "POST" else _in_address()
    today = services.clock.today(services.settings.time_zone)
    asked = codec.query(given, scope=current.viewer().scope, today=today)
    return codec.frame(answered(services, asked), services.settings.currency)


def _posted() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InputError(t("api.body"), hint=t("api.body_hint"))
    return body


def _in_address() -> dict[str, Any]:
    """The fields of the address; one that is repeated is a list."""
    return {name: values if len(values) > 1 else values[0] for name, values in request.args.lists()}


def _answered(ask: Callable[[], dict[str, Any]]) -> Response:
    try:
        return _json(ask(), 200)
    except PadError as problem:
        # Data that is not there is an error to a program, though a page shows it as a state.
        status = problem.status if problem.status >= 400 else 404
        return _json({"error": {"message": problem.message, "hint": problem.hint}}, status)


def _json(value: Any, status: int) -> Response:
    return Response(json.dumps(value), status, mimetype="application/json")
