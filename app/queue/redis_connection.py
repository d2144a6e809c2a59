"""Connections to Redis, all of which give up soon: a page and its reader wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

from app.text import t

PATIENCE = 2.0  # seconds; what is asked of Redis takes it a few milliseconds
REST = 3.0  # seconds in which one that gave no answer is not asked again: a page asks it of several things

T = TypeVar("T")
_silent: dict[str, float] = {}  # address -> until when it rests; one for all connections of the process


def connect(url: str) -> Redis:
    """Redis at an address. A lost connection is made anew once; one that hangs is left alone for a while."""
    return Redis(connection_pool=pool(url))


def pool(url: str) -> ConnectionPool:
    """The connections of one Redis, for a library that makes a client of its own."""
    return ConnectionPool.from_url(
        url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=_Patience(url)
    )


class _Patience(Retry):
    """Tries again what was lost, and nobody who is silent."""

    def __init__(self, url: str) -> None:
        super().__init__(NoBackoff(), 1, supported_errors=(ConnectionLost,))
        self._url = url

    def __deepcopy__(self, memo: dict[int, Any]) -> _Patience:
        return self  # it keeps nothing of a connection

    def call_with_retry(self, do: Callable[[], T], fail: Callable[..., Any], *rest: Any, **more: Any) -> T:
        if time.monotonic() < _silent.get(self._url, 0.0):
            raise NoAnswer(t("process.redis_rests"))
        try:
            return super().call_with_retry(do, fail, *rest, **more)
        except (NoAnswer, TimeoutError):
            _silent[self._url] = time.monotonic() + REST
            raise
