"""`pad doctor`: a well installation passes; each thing that ails it is named with its way out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis

from app.cli import main
from app.clock import FixedClock, SystemClock
from app.data.db import Database
from app.data.migrate import downgrade, upgrade
from app.data.models import Credential, JobRun, Load, Source
from app.data.pipeline.vault import Vault
from app.data.warehouse.snapshots import Snapshots
from app.home import CREDENTIAL_KEY, prepared
from app.operations.doctor import Finding, examine
from app.reports.renderers import pdf
from app.settings import Settings

NOW = SystemClock().now()  # Redis is asked for the time, so the clock has to be right
CANARY = "canary-1f93c2"


@pytest.fixture
def env(tmp_path: Path, redis_url: str, redis: Redis) -> dict[str, str]:
    return {"PAD_HOME": str(tmp_path), "REDIS_URL": redis_url}


@pytest.fixture
def settings(env: dict[str, str]) -> Settings:
    """An installation with a source that was read and a warehouse."""
    made = prepared(env)
    upgrade(made.database)
    Snapshots(made.warehouse_dir).current()
    nonce, sealed = Vault(made.credential_key).seal("google_ads", {"token": CANARY})
    _add(
        made,
        Source(id="google_ads", title="Google Ads", state="ready", last_sync_at=NOW, created_at=NOW),
    )
    _add(made, Credential(source_id="google_ads", nonce=nonce, sealed=sealed, updated_at=NOW))
    return made


def _add(settings: Settings, *rows: object) -> None:
    with Database(settings.database).session() as session:
        session.add_all(rows)


def _examined(env: dict[str, str], at: datetime | None = None) -> dict[str, Finding]:
    return {one.check: one for one in examine(env, FixedClock(at or SystemClock().now()))}


def test_a_well_installation_has_nothing_to_mend(env: dict[str, str], settings: Settings) -> None:
    found = _examined(env)
    assert {name: one.found for name, one in found.items() if one.state != "ok"} == {}
    assert found["warehouse"].found == "Version 0 with 0 loads, the newest."
    assert {"settings", "redis", "database", "disk", "clock", "credentials", "source google_ads"} < set(found)


def test_a_wrong_setting_is_named_with_what_would_be_right(env: dict[str, str]) -> None:
    (finding,) = examine(env | {"PORT": "70000"}, SystemClock())
    assert (finding.state, "PORT is '70000'" in finding.found) == ("fail", True)


def test_a_lost_key_is_missed_and_not_made_anew(env: dict[str, str], settings: Settings) -> None:
    (settings.home / CREDENTIAL_KEY).unlink()
    assert _examined(env)["settings"].found.startswith("PAD_CREDENTIAL_KEY is neither set nor in")
    assert not (settings.home / CREDENTIAL_KEY).exists()


def test_credentials_that_another_key_sealed_are_named_and_not_shown(
    env: dict[str, str], settings: Settings
) -> None:
    finding = _examined(env | {"PAD_CREDENTIAL_KEY": "A" * 43 + "="})["credentials"]
    assert (finding.state, "'google_ads'" in finding.found) == ("fail", True)
    assert CANARY not in repr(finding)


def test_an_older_database_is_told_and_left_as_it_is(env: dict[str, str], settings: Settings) -> None:
    downgrade(settings.database, "0002")
    found = _examined(env)
    assert (found["database"].state, found["database"].found[:22]) == ("warn", "sqlite is at 0002 of 0")
    assert "deliveries" not in found
    assert _examined(env)["database"].state == "warn"


@pytest.mark.parametrize("content", ["nonsense", "warehouse-9.duckdb"])
def test_a_warehouse_that_leads_nowhere_fails(env: dict[str, str], settings: Settings, content: str) -> None:
    (settings.warehouse_dir / "CURRENT").write_text(content)
    assert _examined(env)["warehouse"].state == "fail"


def test_a_warehouse_older_than_its_database_fails(env: dict[str, str], settings: Settings) -> None:
    load = Load(source_id="google_ads", stream="s", path="p", rows=1, extracted_at=NOW, state="published",
                published_version=12)  # fmt: skip
    _add(settings, load)
    finding = _examined(env)["loads"]
    assert finding.found == "The database knows version 12, the warehouse is older."


def test_late_sources_waiting_loads_and_stuck_jobs_are_told(env: dict[str, str], settings: Settings) -> None:
    _add(
        settings,
        Load(source_id="google_ads", stream="s", path="p", rows=1, extracted_at=NOW, state="waiting"),
        JobRun(id="slow", kind="sync", title="", state="running", created_at=NOW, started_at=NOW),
    )
    assert _examined(env)["jobs"].state == "ok"
    found = _examined(env, NOW + timedelta(hours=7))
    assert found["source google_ads"].found == "It is late: read 7 h ago."
    assert found["loads"].found == "1 wait for more than 15 minutes."
    assert (found["jobs"].state, found["jobs"].found) == ("fail", "Too long at work: slow.")
    assert found["clock"].state == "fail"  # seven hours beside Redis


def test_a_redis_of_your_own_that_is_gone_fails(env: dict[str, str], settings: Settings) -> None:
    assert _examined(env | {"REDIS_URL": "redis://127.0.0.1:1"})["redis"].state == "fail"


def test_the_command_prints_json_and_ends_with_1_when_something_fails(
    env: dict[str, str], settings: Settings
) -> None:
    well = CliRunner().invoke(main, ["doctor", "--format", "json"], env=env)
    assert (well.exit_code, json.loads(well.output)[0]["check"]) == (0, "settings")
    (settings.warehouse_dir / "CURRENT").write_text("nonsense")
    ill = CliRunner().invoke(main, ["doctor", "--format", "json"], env=env)
    failed = [one for one in json.loads(ill.output) if one["state"] == "fail"]
    assert (ill.exit_code, [one["check"] for one in failed]) == (1, ["warehouse"])
    assert "CURRENT" in failed[0]["found"] and failed[0]["way_out"].startswith("Write the name")


def test_a_machine_that_cannot_print_pages_is_told_what_to_install(
    env: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacks(_: str) -> bytes:
        raise OSError("cannot load library 'libpango-1.0-0'\nand more")

    monkeypatch.setattr(pdf, "printed", lacks)
    found = _examined(env)["pdf"]
    assert found.found == "Reports as PDF are held: cannot load library 'libpango-1.0-0'"
    assert "apt-get install libpango-1.0-0" in found.way_out
