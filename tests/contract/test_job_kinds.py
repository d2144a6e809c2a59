"""Every kind of job that somebody asks for is registered, and every body takes what a worker hands over."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from app.queue.redis_queue import AWAITED_KINDS
from jobs.kinds import kinds

ROOT = Path(__file__).parents[2]


def _asked() -> dict[str, set[str]]:
    """The literal kinds in calls of `enqueue(kind, ...)` anywhere in the product, with their arguments."""
    found: dict[str, set[str]] = {}
    for file in [*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "enqueue":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    names = {word.arg for word in node.keywords if word.arg} - {"job_id"}
                    found[first.value] = found.get(first.value, set()) | names
    return found


def test_the_scheduler_asks_for_syncs_and_publishing() -> None:
    assert {"sync", "publish"} <= set(_asked())


def test_what_a_person_waits_for_are_kinds_of_jobs() -> None:
    assert kinds().keys() >= AWAITED_KINDS
    assert AWAITED_KINDS.isdisjoint({"sync", "publish", "train_forecast", "train_week", "train_churn"})


@pytest.mark.parametrize("kind", sorted(_asked()))
def test_an_asked_kind_is_registered_and_takes_its_arguments(kind: str) -> None:
    parameters = inspect.signature(kinds()[kind]).parameters
    assert list(parameters)[:2] == ["services", "job"]
    assert _asked()[kind] <= set(parameters)
