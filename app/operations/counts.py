"""What the web processes count about themselves, for Prometheus.

With `PROMETHEUS_MULTIPROC_DIR` set each process keeps its counts in a file of that folder, and whoever serves
the metrics adds them up; without it they stay in the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from dash.exceptions import PreventUpdate
from prometheus_client import Counter, Histogram

from app.text import t

F = TypeVar("F", bound=Callable[..., Any])

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("pad_requests", t("gauges.requests"), ["method", "route", "status"])
ANSWER = Histogram("pad_request_seconds", t("gauges.request_seconds"), ["route"], buckets=SECONDS)
CALLBACK = Histogram(
    "pad_callback_seconds", t("gauges.callback_seconds"), ["output", "outcome"], buckets=SECONDS
)


def timed(body: F, output: Callable[[], str]) -> F:
    """The body of a callback that is also counted; `output` is asked for when it has been registered."""

    @wraps(body)
    def run(*arguments: Any, **options: Any) -> Any:
        began, outcome = time.perf_counter(), "failed"
        try:
            answer = body(*arguments, **options)
            outcome = "done"
            return answer
        except PreventUpdate:
            outcome = "unchanged"
            raise
        finally:
            CALLBACK.labels(output(), outcome).observe(time.perf_counter() - began)

    return cast(F, run)
