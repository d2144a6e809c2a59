"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0  # seconds: a slow machine is no mistake of the product


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something is true. Raises: AssertionError after so many seconds in vain."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited for {seconds:g} seconds in vain"
        time.sleep(0.05)
