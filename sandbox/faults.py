"""Faults on demand: a test asks for one, the next matching answers carry it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

KINDS = (
    "status",
    "throttle",
    "half_page",
    "changed_field",
    "empty_window",
    "duplicate_page",
    "expire_tokens",
    "sampled",
)


@dataclass
class Fault:
    """One kind of trouble for one source. `times` counts down; `status` and `field` apply to their kinds."""

    source: str
    kind: str
    times: int = 1
    status: int = 500
    field: str = ""


class Faults:
    """The faults waiting to happen."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def plan(self, asked: dict[str, Any]) -> Fault:
        """Queue a fault from its JSON.

        Raises: ValueError naming the kind or field that is not known.
        """
        unknown = set(asked) - set(Fault.__dataclass_fields__)
        if unknown or asked.get("kind") not in KINDS or not asked.get("source"):
            raise ValueError(f"a fault has source, kind {list(KINDS)}, times, status and field; got {asked}")
        fault = Fault(**asked)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def take(self, source: str, kind: str) -> Fault | None:
        """The next waiting fault of a kind, used up by one."""
        with self._lock:
            for fault in self._waiting:
                if fault.source == source and fault.kind == kind:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Forget all waiting faults."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """The faults still to come."""
        return [vars(fault) for fault in self._waiting]
