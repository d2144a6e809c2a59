"""One cached widget over HTTP against a callback that does nothing, behind the same guard and server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from app.layouts.dashboards.executive import EXECUTIVE
from tests.bench.company import BenchCompany
from tests.bench.served import NOTHING
from tests.bench.server import running, signed_in, warm
from tests.bench.verdict import Pair, Verdict, seconds

ROUNDS = 300


def measure(company: BenchCompany) -> Iterator[Verdict]:
    with running(company) as server, signed_in(server) as client:
        warm(client)
        for widget in ("revenue", "mrr"):

            def turn(name: str = widget) -> tuple[float, float]:
                return seconds(lambda: _card(client, name)), seconds(lambda: _nothing(client))

            for _ in range(20):
                turn()
            size = len(_card(client, widget).content)
            yield Pair.of(turn, ROUNDS).verdict(f"cached_widget_{widget}", 2.0, answer_bytes=size)


def _card(client: httpx.Client, name: str) -> httpx.Response:
    """What the browser asks when a filter has changed, for one card."""
    answer = client.get(f"/view/{EXECUTIVE.id}/{name}?range=last_7_days")
    assert answer.status_code == 200, answer.text[:300]
    return answer


def _nothing(client: httpx.Client) -> httpx.Response:
    body = {
        "output": f"{NOTHING}.children",
        "outputs": {"id": NOTHING, "property": "children"},
        "inputs": [{"id": NOTHING, "property": "n_clicks", "value": 1}],
        "changedPropIds": [f"{NOTHING}.n_clicks"],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text[:300]
    return answer
