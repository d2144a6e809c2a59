"""What is cached, over HTTP: a widget against a callback that does nothing, behind the same guard and server;
how many whole dashboards there are in a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.layouts.dashboards.executive import EXECUTIVE
from tests.bench.company import BenchCompany
from tests.bench.served import NOTHING
from tests.bench.server import Running, running, signed_in, warm
from tests.bench.verdict import Pair, Verdict, seconds

ROUNDS = 300
READERS = 4  # each asks again as soon as it has its answer
LASTS = (2.0, 5.0)  # seconds; the first until both workers hold the view as drawn
WHOLE = b'"late":[]}'  # how an answer ends that holds every card
MOST_MS = 10.0  # a hundred a second on 2 cores, which the readers share


def measure(company: BenchCompany) -> Iterator[Verdict]:
    with running(company) as server, signed_in(server) as client:
        warm(client)
        for widget in ("revenue", "mrr"):

            def turn(name: str = widget) -> tuple[float, float]:
                return seconds(lambda: _card(client, name)), seconds(lambda: _nothing(client))

            for _ in range(20):
                turn()
            size = len(_card(client, widget).content)
            yield Pair.of(turn, ROUNDS).verdict(
                f"cached_widget_{widget}", 2.0, "a cached card, against a callback that does nothing",
                answer_bytes=size,
            )  # fmt: skip
        yield _dashboards(server)


def _dashboards(server: Running) -> Verdict:
    """Milliseconds a warm view of the Executive dashboard, while several readers ask as fast as they can."""
    with ThreadPoolExecutor(READERS) as threads:
        asked = [threads.submit(_ask_again, server) for _ in range(READERS)]
        counts = [one.result() for one in asked]
    a_second = sum(counts) / LASTS[-1]
    figures = {"a_second": round(a_second, 1), "readers": READERS, "views": sum(counts)}
    taken = 1000 / a_second if a_second else float("inf")
    what = "time a whole warm view, several readers asking at once"
    return Verdict("warm_dashboard_ms", round(taken, 2), MOST_MS, what, {**figures})


def _ask_again(server: Running) -> int:
    """How many whole views one reader gets."""
    with signed_in(server) as client:
        for lasts in LASTS:
            views, until = 0, time.perf_counter() + lasts
            while time.perf_counter() < until:
                answer = client.get(f"/view/{EXECUTIVE.id}").raise_for_status()
                views += answer.content.endswith(WHOLE)
    return views


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
