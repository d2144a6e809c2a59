"""REST: the same question as everywhere, asked with a token; answers and errors are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter

from app.accounts import current, guard
from app.accounts.permissions import API
from app.data.query import codec
from app.errors import InputError, PadError
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
    asked = codec.query_from(_posted() if request.method == "POST" else _in_address())
    frame = services.query.run(replace(asked, scope=current.viewer().scope))
    return codec.answer(frame)


def _posted() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InputError(t("api.body"), hint=t("api.body_hint"))
    return body


def _in_address() -> dict[str, Any]:
    """The fields of the address; `metrics`, `by`, `where` may be repeated or hold commas."""
    fields: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name == "where":
            fields[name] = list(values)
        elif name in ("metrics", "by"):
            fields[name] = [part for value in values for part in value.split(",") if part]
        elif len(values) > 1:
            raise InputError(t("api.twice", name=name), hint=t("api.twice_hint"))
        else:
            fields[name] = values[0]
    return fields


def _answered(ask: Callable[[], dict[str, Any]]) -> Response:
    try:
        return _json(ask(), 200)
    except PadError as problem:
        # Data that is not there is an error to a program, though a page shows it as a state.
        status = problem.status if problem.status >= 400 else 404
        return _json({"error": {"message": problem.message, "hint": problem.hint}}, status)


def _json(value: Any, status: int) -> Response:
    return Response(json.dumps(value, default=_day), status, mimetype="application/json")


def _day(value: date) -> str:
    return value.isoformat()
