"""Liveness, readiness, request ids: what an operator's tools ask of a process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from redis import Redis
from werkzeug.test import Client
from werkzeug.wrappers import Response

from app.compose import build
from app.data.migrate import upgrade
from app.home import prepared
from app.operations.health import Health
from app.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, redis: Redis) -> Settings:
    made = prepared({"PAD_HOME": str(tmp_path), "REDIS_URL": redis_url})
    upgrade(made.database)
    return made


def _client(settings: Settings) -> Client:
    return Client(Health(Response("the dashboard"), build(settings)))


def test_a_process_that_lives_says_so_even_without_its_parts(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path / "gone", redis_url="redis://127.0.0.1:1")
    answer = _client(nowhere).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"alive": True})


def test_readiness_names_the_state_of_each_part(settings: Settings) -> None:
    answer = _client(settings).get("/readyz")
    assert (answer.status_code, answer.json) == (
        200,
        {"ready": True, "database": "ok", "warehouse": "empty", "redis": "ok"},
    )


def test_readiness_is_refused_while_a_part_is_down(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path / "gone", redis_url="redis://127.0.0.1:1")
    answer = _client(nowhere).get("/readyz")
    assert answer.status_code == 503
    assert json.loads(answer.data) == {
        "ready": False,
        "database": "down",
        "warehouse": "down",
        "redis": "down",
    }


def test_a_pointer_to_a_missing_snapshot_is_down(settings: Settings) -> None:
    (settings.warehouse_dir / "CURRENT").write_text("warehouse-7.duckdb")
    assert _client(settings).get("/readyz").status_code == 503
    (settings.warehouse_dir / "warehouse-7.duckdb").touch()
    assert json.loads(_client(settings).get("/readyz").data)["warehouse"] == "ok"


def test_every_answer_carries_a_request_id_and_a_harmless_given_one_is_kept(settings: Settings) -> None:
    client = _client(settings)
    assert len(client.get("/").headers["X-Request-ID"]) == 16
    assert client.get("/", headers={"X-Request-ID": "proxy-12345"}).headers["X-Request-ID"] == "proxy-12345"
    assert client.get("/", headers={"X-Request-ID": "<b>"}).headers["X-Request-ID"] != "<b>"
