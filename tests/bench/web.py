"""One cached widget over HTTP against a callback that does nothing, behind the same guard and server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

from app.layouts import ids
from app.layouts.dashboards.executive import EXECUTIVE
from tests.bench.company import BenchCompany
from tests.bench.served import NOTHING
from tests.bench.server import running, signed_in, warm
from tests.bench.verdict import Pair, Verdict, seconds

ROUNDS = 300
UPDATE = "/_dash-update-component"


def measure(company: BenchCompany) -> Iterator[Verdict]:
    with running(company) as server, signed_in(server) as client:
        warm(client)
        for widget in ("revenue", "mrr"):
            asked, nothing = _widget(widget), _nothing()

            def turn(asked: dict[str, Any] = asked, nothing: dict[str, Any] = nothing) -> tuple[float, float]:
                return seconds(lambda: _post(client, asked)), seconds(lambda: _post(client, nothing))

            for _ in range(20):
                turn()
            size = len(_post(client, asked).content)
            yield Pair.of(turn, ROUNDS).verdict(f"cached_widget_{widget}", 2.0, answer_bytes=size)


def _post(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    answer = client.post(UPDATE, json=body)
    assert answer.status_code == 200, answer.text[:300]
    return answer


def _nothing() -> dict[str, Any]:
    return {
        "output": f"{NOTHING}.children",
        "outputs": {"id": NOTHING, "property": "children"},
        "inputs": [{"id": NOTHING, "property": "n_clicks", "value": 1}],
        "changedPropIds": [f"{NOTHING}.n_clicks"],
    }


def _widget(name: str) -> dict[str, Any]:
    """What the browser posts when a filter has changed, for one card."""
    pattern = {"dashboard": ["MATCH"], "type": "card", "widget": ["MATCH"]}
    place = ids.card(EXECUTIVE.id, name)
    return {
        "output": f"{json.dumps(pattern, sort_keys=True, separators=(',', ':'))}.children",
        "outputs": {"id": place, "property": "children"},
        "inputs": [
            {"id": ids.LOCATION, "property": "search", "value": "?range=last_7_days"},
            {"id": ids.REFRESH, "property": "n_clicks", "value": None},
        ],
        "changedPropIds": [f"{ids.LOCATION}.search"],
        "state": [{"id": ids.LOCATION, "property": "pathname", "value": f"/{EXECUTIVE.id}"}],
    }
