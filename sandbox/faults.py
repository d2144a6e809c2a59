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
    "expired_page",
    "expire_tokens",
    "sampled",
    "job_failed",
    "job_aborted",
    "job_expired",
    "job_refused",
)


@dataclass
class Fault:
    """One kind of trouble for one source.

    `times` counts down; `status` and `field` apply to their kinds; `path` names the requests that it meets
    by a part of their path, empty meets any.
    """

    source: str
    kind: str
    times: int = 1
    status: int = 500
    field: str = ""
    path: str = ""


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
            raise ValueError(
                f"a fault has source, kind {list(KINDS)}, times, status, field and path; got {asked}"
            )
        fault = Fault(**asked)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def take(self, source: str, kind: str, path: str = "") -> Fault | None:
        """The next waiting fault of a kind that meets a request to `path`, used up by one."""
        with self._lock:
            for fault in self._waiting:
                if (fault.source, fault.kind) == (source, kind) and fault.path in path:
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
