"""Rest for Python's collector of cycles while pages are taken apart."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[Callable[[], object]]:
    """Nothing is searched for cycles within the block, except what is young when the given call is made.

    The rows of a page are hundreds of thousands of small objects without any: searching them again and again
    costs more than reading them. What a request leaves behind does have cycles, so each page ends in a call.
    """
    rested = gc.isenabled()
    gc.disable()
    try:
        yield lambda: gc.collect(0)
    finally:
        if rested:
            gc.enable()
