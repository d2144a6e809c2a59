"""An installation whose warehouse a test loads, morning by morning, and whose alerts it checks as it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.accounts.changes import Trail
from app.alerts import buckets, events, rules
from app.alerts.check import check_all
from app.alerts.models import AlertEvent, AlertRule
from app.alerts.rehearse import Rehearsal, rehearse
from app.clock import FixedClock
from app.compose import build
from app.data.migrate import upgrade
from app.data.pipeline.ingestion import Ingestion, ingestion
from app.data.pipeline.loads import announce
from app.data.pipeline.publish import publish
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import FACTS
from app.data.warehouse.staging import StagedLoad, stage, staged_columns
from app.home import prepared
from app.services import Services

NEW_YORK = ZoneInfo("America/New_York")
BEGIN = date(2026, 9, 20)
SETTLES = timedelta(hours=8)  # after its end an hour is taken for settled
DAY_SETTLES = timedelta(hours=48)  # after its end a day is

Rows = dict[str, list[dict[str, Any]]]
Said = list[tuple[str, str, str, float | None, float | None, str]]


@dataclass
class House:
    """An installation whose warehouse is loaded by the test."""

    parts: Ingestion
    services: Services
    loads: int = 0

    def at(self, instant: datetime) -> None:
        clock = self.services.clock
        assert isinstance(clock, FixedClock)
        clock.instant = instant

    def load(
        self, stream: str, tables: Rows, until: date, days: list[date], source: str = "google_analytics"
    ) -> None:
        """Stage rows as a sync does, and publish; of facts by the day these days are replaced."""
        self.loads += 1
        now = self.services.clock.now()
        replaced = [fact.table.name for fact in FACTS.values() if fact.partition]
        covers = {name: tuple((source, "1", day) for day in days) for name in tables if name in replaced}
        load = StagedLoad(
            source, stream, "1", now, str(NEW_YORK), source, until, covers, SETTLES, DAY_SETTLES
        )
        folder = self.parts.staging / f"load-{self.loads:05d}"
        count = stage(folder, load, {name: staged(name, rows) for name, rows in tables.items()})
        announce(self.parts.database, self.services.clock, self.parts.staging, load, folder, count)
        publish(self.parts.database, self.parts.snapshots, self.parts.settings, self.services.clock)

    def rule(self, **fields: Any) -> str:
        usual = {"by": "", "filters": [], "grain": "day", "minimum_volume": 0, "breaches_to_fire": 1,
                 "clears_to_resolve": 1, "cool_down": 0, "quiet_from": "", "quiet_to": "", "time_zone": "",
                 "severity": "low", "actions": [], "enabled": True}  # fmt: skip
        rule = AlertRule(**(usual | {"title": f"Rule {fields['metric']}"} | fields))
        return rules.add(self.services.database, rule, Trail(self.services.clock, "mia@example.com"))

    def check(self) -> None:
        """The live check, in services of its own as each job has them."""
        check_all(build(self.services.settings, self.services.clock))

    def live(self, rule_id: str) -> Said:
        found = events.listed(self.services.database, rule_id, limit=10_000)
        return sorted(said(event) for event in found)

    def rehearsed(self, rule_id: str, days: int | None = None) -> tuple[Said, Rehearsal]:
        services = build(self.services.settings, self.services.clock)
        found = rehearse(services, rules.get(self.services.database, rule_id).rule, days)
        return sorted(said(entry.event, entry.member) for entry in found.firings), found


def staged(table: str, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    columns = staged_columns(WAREHOUSE.tables[table])
    return [tuple(row.get(name) for name in columns) for row in rows]


def said(event: Any, member: str | None = None) -> tuple[str, str, str, float | None, float | None, str]:
    bucket = event.bucket if isinstance(event, AlertEvent) else buckets.text(event.bucket)
    who = event.member if member is None else member
    return bucket, who, event.kind, event.value, event.threshold, event.silenced


def moved_in(home: Path) -> House:
    settings = prepared({"PAD_HOME": str(home), "PAD_TIME_ZONE": "America/New_York"})
    upgrade(settings.database)
    clock = FixedClock(morning_of(BEGIN))
    services = build(settings, clock)
    return House(ingestion(settings, services.database, clock), services)


def morning_of(day: date) -> datetime:
    return datetime.combine(day, time(7), NEW_YORK).astimezone(UTC)
