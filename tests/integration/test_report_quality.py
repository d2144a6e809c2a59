"""What holds a report back: a platform that is behind, never a file that somebody brought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from app.data.models import SyncRun
from app.data.query.frame import Freshness
from app.periods import Period
from app.reports import quality
from app.units import Units
from tests.fakes import NOW
from tests.report_case import weekly

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))


def test_an_imported_file_never_holds_a_report(tmp_path: Path) -> None:
    """Subscriptions known up to February, and an import of them that was refused."""
    services = weekly(tmp_path)
    with services.database.session() as session:
        session.add(
            SyncRun(source_id="subscriptions", stream="subscriptions", started_at=NOW, state="failed")
        )
    brought = Freshness("subscriptions", "Subscriptions", NOW - timedelta(days=20), date(2026, 2, 20))
    assert quality.breaches(services.database, [brought], WEEK, Units()) == ()
    platform = replace(brought, source="google_ads", title="Google Ads", target=timedelta(hours=6))
    (reason,) = quality.breaches(services.database, [platform], WEEK, Units())
    assert reason.startswith("Google Ads is known only up to 20 Feb 2026")
