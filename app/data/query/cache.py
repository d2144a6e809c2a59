"""Answers kept: a small layer in the process, then the shared store; each key computed once at a time.

A key holds the SQL, its parameters, the versions of the facts read, and the fingerprint of the metrics and
of the settings that change numbers: nothing is ever invalidated, for another state has another key.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from threading import Lock
from typing import Any, Protocol

from redis.exceptions import RedisError

from app.data.metrics import catalogue
from app.data.query.compile import Compiled
from app.data.query.execute import Answer, State
from app.data.query.shape import Parameter
from app.settings import Settings

KEPT_SECONDS = 24 * 3600
LOCK_SECONDS = 20
LOOK_AGAIN = 0.02
REST_AFTER_FAILURE = 5.0
MOST_CELLS = 200_000  # a greater answer is an export, not a page


class Store(Protocol):
    """What flask-caching and cachelib back-ends have; `add` sets only what is not there."""

    def get(self, key: str) -> Any: ...

    def set(self, key: str, value: Any, timeout: int | None = None) -> Any: ...

    def add(self, key: str, value: Any, timeout: int | None = None) -> Any: ...

    def delete(self, key: str) -> Any: ...


def key(statement: Compiled, values: Mapping[str, Parameter], state: State, settings: Settings) -> str:
    """The name of an answer."""
    asked = [(name, str(values[name])) for name in statement.names]
    parts = (statement.digest, asked, state.versions(statement.facts), catalogue.version(), settings.currency)
    return f"answer:{sha256(repr(parts).encode()).hexdigest()}"


class Cache:
    """Answers by key. Without a store, or when it is gone, the process layer still works."""

    def __init__(
        self,
        store: Store | None = None,
        *,
        entries: int = 512,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._entries = entries
        self._monotonic = monotonic
        self._sleep = sleep
        self._held: OrderedDict[str, Answer] = OrderedDict()
        self._flights: dict[str, Lock] = {}
        self._guard = Lock()
        self._store_rests_until = float("-inf")

    def answer(self, name: str, compute: Callable[[], Answer]) -> Answer:
        """The kept answer, or a new one; of many who ask at once one computes and the others wait."""
        if (held := self._recall(name)) is not None:
            return held
        with self._guard:
            flight = self._flights.setdefault(name, Lock())
        try:
            with flight:
                if (held := self._recall(name)) is not None:
                    return held
                found = self._shared(name, compute)
                self._keep(name, found)
                return found
        finally:
            with self._guard:
                self._flights.pop(name, None)

    def _recall(self, name: str) -> Answer | None:
        with self._guard:
            held = self._held.get(name)
            if held is not None:
                self._held.move_to_end(name)
            return held

    def _keep(self, name: str, answer: Answer) -> None:
        if _cells(answer) > MOST_CELLS:
            return
        with self._guard:
            self._held[name] = answer
            while len(self._held) > self._entries:
                self._held.popitem(last=False)

    def _shared(self, name: str, compute: Callable[[], Answer]) -> Answer:
        """From the store, or computed by this process alone while the others look again."""
        until = self._monotonic() + LOCK_SECONDS
        while self._usable():
            kept = self._try(lambda store: store.get(name))
            if isinstance(kept, Answer):
                return kept
            if self._try(lambda store: store.add(f"{name}:busy", 1, timeout=LOCK_SECONDS)):
                return self._computed(name, compute)
            if self._monotonic() > until or not self._usable():
                break
            self._sleep(LOOK_AGAIN)
        return compute()

    def _computed(self, name: str, compute: Callable[[], Answer]) -> Answer:
        try:
            found = compute()
            if _cells(found) <= MOST_CELLS:
                self._try(lambda store: store.set(name, found, timeout=KEPT_SECONDS))
            return found
        finally:
            self._try(lambda store: store.delete(f"{name}:busy"))

    def _usable(self) -> bool:
        return self._store is not None and self._monotonic() >= self._store_rests_until

    def _try(self, action: Callable[[Store], Any]) -> Any:
        """Ask the store; when it is gone let it rest, so that not every question waits for it."""
        if self._store is None or not self._usable():
            return None
        try:
            return action(self._store)
        except (RedisError, OSError):
            self._store_rests_until = self._monotonic() + REST_AFTER_FAILURE
            return None


def _cells(answer: Answer) -> int:
    return len(answer.rows) * len(answer.rows[0]) if answer.rows else 0
