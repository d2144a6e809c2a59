"""One question is computed once, whoever asks, and a store that is gone stops nobody."""

from __future__ import annotations

import threading
import time
from typing import Any

from cachelib import SimpleCache
from redis.exceptions import ConnectionError as StoreGone

from app.data.query.cache import Cache
from app.data.query.execute import Answer

ONE = Answer(({"spend": 1.0},), {}, 1)


class Counted:
    """A computation that counts how often it ran."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.times = 0
        self.seconds = seconds

    def __call__(self) -> Answer:
        self.times += 1
        time.sleep(self.seconds)
        return ONE


class Gone:
    """A store whose server has left."""

    def __init__(self) -> None:
        self.asked = 0

    def _fail(self, *_: Any, **__: Any) -> Any:
        self.asked += 1
        raise StoreGone("connection refused")

    get = set = add = delete = _fail


def test_eight_threads_that_ask_at_once_compute_once() -> None:
    cache, compute = Cache(), Counted(0.1)
    found: list[Answer] = []
    threads = [threading.Thread(target=lambda: found.append(cache.answer("k", compute))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (compute.times, found) == (1, [ONE] * 8)


def test_two_processes_on_one_store_compute_once() -> None:
    """Each process has its own cache object; they share the store only."""
    store, compute = SimpleCache(), Counted(0.2)
    processes = [threading.Thread(target=Cache(store).answer, args=("k", compute)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert compute.times == 1


def test_an_answer_outlives_the_process_in_the_store() -> None:
    store, compute = SimpleCache(), Counted()
    Cache(store).answer("k", compute)
    assert Cache(store).answer("k", compute) == ONE
    assert compute.times == 1


def test_without_its_store_the_cache_answers_and_does_not_ask_it_every_time() -> None:
    store, compute = Gone(), Counted()
    cache = Cache(store)
    assert [cache.answer(f"k{i}", compute) for i in range(10)] == [ONE] * 10
    assert (compute.times, store.asked) == (10, 1)


def test_a_failed_computation_leaves_no_lock_behind() -> None:
    store = SimpleCache()

    def broken() -> Answer:
        raise ValueError("no such table")

    cache = Cache(store)
    for _ in range(2):
        try:
            cache.answer("k", broken)
        except ValueError as problem:
            assert str(problem) == "no such table"
    assert cache.answer("k", lambda: ONE) == ONE


def test_the_process_layer_forgets_the_oldest_first() -> None:
    cache, compute = Cache(entries=2), Counted()
    for name in ("a", "b", "a", "c", "a", "b"):
        cache.answer(name, compute)
    assert compute.times == 4  # a, b, c, and b again
