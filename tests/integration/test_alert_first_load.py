"""Rules in a product that has no data yet."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from app.accounts.models import User
from app.alerts import defaults, rules
from app.alerts.check import check_all
from app.clock import FixedClock
from app.compose import build
from app.data.migrate import upgrade
from app.data.pipeline.ingestion import ingestion
from app.data.pipeline.publish import publish
from app.home import prepared
from app.notify.models import Delivery
from tests.fakes import NOW


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
    assert rules.events(empty.database, "conversion-drop", limit=9) == []
    with empty.database.session() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert rules.get(empty.database, "conversion-drop").states == []
