"""Rules in a product that starts, and has no data yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import func, select

from app.accounts.models import User
from app.alerts import defaults, events, rules
from app.alerts.check import check_all
from app.alerts.models import AlertRule
from app.clock import FixedClock
from app.compose import build
from app.data.db import Database
from app.data.migrate import upgrade
from app.data.pipeline.ingestion import ingestion
from app.data.pipeline.publish import publish
from app.data.schedule_models import Schedule
from app.home import prepared
from app.notify.models import Delivery, RecipientGroup
from app.services import Services
from app.settings import Settings
from tests.fakes import NOW, FakeRunner
from tests.table_services import NotedQueue


def test_before_the_first_load_nothing_is_judged_and_nobody_is_told(tmp_path: Path) -> None:
    settings = prepared({"PAD_HOME": str(tmp_path), "PAD_TIME_ZONE": "UTC"})
    upgrade(settings.database)
    empty = build(settings, FixedClock(NOW))
    with empty.database.session() as session:
        session.add(User(email="ada@example.com", name="Ada", role="admin", password_hash="x",
                         created_at=NOW))  # fmt: skip
    publish(empty.database, ingestion(settings, empty.database, empty.clock).snapshots, settings, empty.clock)
    defaults.ensure(empty)
    checked = check_all(empty)
    assert [(one.judged, one.events) for one in checked] == [(0, 0), (0, 0)]
    assert {one.problem for one in checked} == {"Nothing was loaded yet that this rule could be judged on."}
    assert events.listed(empty.database, "conversion-drop", limit=9) == []
    with empty.database.session() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert rules.get(empty.database, "conversion-drop").states == []


def test_two_schedulers_that_start_at_once_provide_the_rules_once(database_url: str, tmp_path: Path) -> None:
    upgrade(database_url)
    gate = Barrier(4)

    def start(_number: int) -> None:
        database, clock = Database(database_url), FixedClock(NOW)
        settings = Settings(home=tmp_path, time_zone="UTC")
        made = Services(settings, clock, database, FakeRunner(), NotedQueue(database))  # type: ignore[arg-type]
        gate.wait()
        defaults.ensure(made)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    with Database(database_url).session() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (AlertRule, RecipientGroup, Schedule)
        ]
    assert counts == [2, 2, 1]
