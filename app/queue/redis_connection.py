"""Connections to Redis, all of which give up soon: a page and its reader wait for them."""

from __future__ import annotations

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.retry import Retry

PATIENCE = 2.0  # seconds; what is asked of Redis takes it a few milliseconds


def connect(url: str) -> Redis:
    """Redis at an address. A lost connection is made anew once; a Redis that hangs is not asked twice."""
    return Redis(connection_pool=pool(url))


def pool(url: str) -> ConnectionPool:
    """The connections of one Redis, for a library that makes a client of its own."""
    again = Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,))
    return ConnectionPool.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=again)
