"""A made-up warehouse for tests of the pages: deterministic answers to any question, no database behind."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import app.alerts.models  # noqa: F401  (declares the tables that pages read)
import app.data.schedule_models  # noqa: F401
import app.notify.models  # noqa: F401
import app.reports.models  # noqa: F401
from app.accounts.changes import Trail
from app.accounts.models import User
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.clock import FixedClock
from app.data import actions
from app.data.db import Database
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.migrations.tables import METADATA
from app.data.query import rest
from app.data.query.frame import Freshness, MetricFrame, RestRow, Target
from app.data.query.ledger import Ledger, Restated
from app.data.query.spec import MetricQuery
from app.factory import Access
from app.figures import paid
from app.periods import buckets
from app.services import Services
from app.settings import Settings

NOW = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)
MEMBERS: dict[str, tuple[str, ...]] = {
    "channel": ("Paid search", "Organic search", "Social", "Direct", "Email", "Content", "Referral"),
    "campaign": (
        "Product launch",
        "Brand awareness",
        "Retargeting",
        "Search brand",
        "Search generic",
        "Partner",
    ),
    "platform": ("Google Ads", "(not set)"),
    "device": ("desktop", "mobile", "tablet"),
    "country": ("US", "DE", "GB"),
    "visitor_type": ("new", "returning"),
    "plan": ("Starter", "Team", "Enterprise"),
}
# What this company makes up: metric -> level a month, and how it adds up. All else is the registry's.
LEVELS: dict[str, tuple[float, str]] = {
    "mrr": (125_400, "stock"),
    "arr": (1_504_800, "stock"),
    "net_new_mrr": (3_800, "sum"),
    "new_mrr": (5_900, "sum"),
    "expansion_mrr": (1_900, "sum"),
    "contraction_mrr": (-900, "sum"),
    "reactivated_mrr": (300, "sum"),
    "churned_mrr": (-3_100, "sum"),
    "mrr_growth": (0.031, "stock"),
    "customers": (1_254, "stock"),
    "new_customers": (46, "sum"),
    "churned_customers": (23, "sum"),
    "market_share": (0.032, "latest"),
    "market_share_low": (0.028, "latest"),
    "market_share_high": (0.037, "latest"),
    "nps": (42, "latest"),
    "nps_promoters": (0.56, "latest"),
    "nps_detractors": (0.14, "latest"),
    "aided_awareness": (0.25, "latest"),
    "visitors": (85_000, "window"),
    "sessions": (120_000, "sum"),
    "leads": (450, "sum"),
    "opportunities": (112, "sum"),
    "customers_won": (39, "sum"),
    "visitor_to_lead": (0.0053, "sum"),
    "lead_to_opportunity": (0.25, "sum"),
    "opportunity_to_customer": (0.35, "sum"),
    "overall_conversion": (0.00046, "sum"),
    "spend": (40_200, "sum"),
    "clicks": (41_000, "sum"),
    "cost_per_lead": (88.0, "sum"),
    "bounce_rate": (0.37, "sum"),
    "session_conversion_rate": (0.021, "sum"),
    "cpc": (0.99, "sum"),
    "conversions": (745, "sum"),
    "attributed_revenue": (157_000, "sum"),
    "cpa": (53.96, "sum"),
    "roas": (3.9, "sum"),
    "roi": (0.61, "sum"),
}
SUMMED = ("count", "money")
TARGETS = {"google_ads": timedelta(hours=6), "salesforce": timedelta(hours=4)}


@dataclass
class FakeRunner:
    """Answers any question by arithmetic on its words: the same question, the same numbers."""

    hours_late: float = 0.2
    missing: bool = False
    error: Callable[[MetricQuery], Exception | None] = lambda query: None
    data: str = "7"  # its version
    asked: list[MetricQuery] = field(default_factory=list)

    def run(self, query: MetricQuery) -> MetricFrame:
        self.asked.append(query)
        if problem := self.error(query):
            raise problem
        keys = self._keys(query)
        rows = [] if self.missing else [self._row(query, index, key) for index, key in enumerate(keys)]
        if query.sort:
            rows.sort(key=lambda row: -(row[query.sort[0].column] or 0))
        found = rest.members(query.rest, query.dimensions[0], rows) if query.rest else ()
        together = self._row(rest.question(query, found), 0, {}) if found else {}
        read = NOW - timedelta(hours=self.hours_late)
        names = {"google_ads": "Google Ads", "salesforce": "Salesforce"}
        known = [name for name in query.metrics if name in LEVELS]
        source = (
            "google_ads" if any("device" in catalogue.dimensions(name) for name in known) else "salesforce"
        )
        return MetricFrame(
            query=query,
            rows=rows[: query.limit],
            units={name: METRICS.get(name).unit for name in known},
            data_version=self.data,
            as_of=12,
            freshness=(Freshness(source, names[source], read, date(2026, 3, 11), target=TARGETS[source]),),
            base_period=query.base_period,
            rest=RestRow(found, together) if found else None,
        )

    def version(self) -> str:
        return self.data

    def sources(self) -> tuple[str, ...]:
        return tuple(TARGETS)

    def targets(self, on: date) -> tuple[Target, ...]:
        start, end = date(2025, 11, 30), date(2026, 6, 30)
        goals = {"mrr": 150_000.0, "customers": 1_500.0, "market_share": 0.05, "nps": 50.0}
        return tuple(Target(name, start, end, value) for name, value in goals.items())

    def members(self, dimension: str, query: MetricQuery) -> tuple[str, ...]:
        return MEMBERS.get(dimension, ())

    def ledger(self, since: date) -> Ledger:
        read = NOW - timedelta(hours=self.hours_late)
        fresh = Freshness("google_ads", "Google Ads", read, date(2026, 3, 11), target=TARGETS["google_ads"])
        told = ("google_ads", "ad", "claimed_value", date(2026, 3, 9), 500.0, 680.0, "money")
        return Ledger({"google_ads": fresh}, (Restated(*told),))  # type: ignore[arg-type]

    def rows(self, query: Any) -> Any:
        raise NotImplementedError

    stream = passport = rows

    def forecasts(self, query: Any) -> tuple[Any, ...]:
        return ()

    def _keys(self, query: MetricQuery) -> list[dict[str, Any]]:
        if paid.UNCONNECTED in query.filters:  # the spend of every platform is known
            return []
        keys: list[dict[str, Any]] = [{}]
        for dimension in query.dimensions:
            pinned = next((entry.values for entry in query.filters if entry.dimension == dimension), ())
            members = pinned or MEMBERS.get(dimension, ("one", "two"))
            keys = [{**key, dimension: member} for key in keys for member in members]
        if query.grain:
            days = [bucket.start for bucket in buckets(query.period, query.grain)]
            keys = [{**key, "date": day} for key in keys for day in days]
        return keys

    def _row(self, query: MetricQuery, index: int, key: dict[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = dict(key)
        for name in query.metrics:
            if name not in LEVELS:  # of the company, and nothing that this runner makes up
                row[name] = None
                continue
            (level, kind), unit = LEVELS[name], METRICS.get(name).unit
            share = _noise(query, key, name)
            size = level * (0.75 + 0.5 * share)
            if unit in SUMMED and kind == "sum" and name not in ("cpc", "cpa", "cost_per_lead"):
                size = size / len(self._keys(query)) if query.dimensions or query.grain else size
            if kind in ("stock", "latest") and query.grain:
                size = level * (0.7 + 0.3 * (index + 1) / len(self._keys(query))) * (0.99 + 0.02 * share)
            elif kind in ("stock", "latest"):
                size = level * _age(query.period.end)
            whole = round(size) if unit in ("count", "points") else size
            row |= {name: whole, f"{name}__n": whole, f"{name}__d": 412.0}
            if query.compare != "none":
                before = (
                    level * 0.97
                    if kind in ("stock", "latest") and not query.grain
                    else size * (0.85 + 0.2 * share)
                )
                row[f"{name}__base"] = round(before) if unit in ("count", "points") else before
        return row


def _age(day: date) -> float:
    return 1 - 0.00035 * (NOW.date() - day).days


def _noise(query: MetricQuery, key: dict[str, Any], metric: str) -> float:
    text = f"{metric}{sorted(key.items(), key=str)}{query.filters}{query.period.start}"
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


class FakeQueue:
    def enqueue(self, kind: str, title: str, asked_by: str, **arguments: object) -> str:
        return "job"

    def available(self) -> bool:
        return True


def viewer(role: str = "executive", **preferences: object) -> Viewer:
    """Alice, signed in."""
    return Viewer(1, "alice@example.com", "Alice Keller", role, ROLES[role], preferences=dict(preferences))


def services(home: Path, runner: FakeRunner | None = None) -> Services:
    """Services over the fake runner and a real SQLite database in `home`."""
    catalogue.load()
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home, organisation="Larkfield", demo=True)
    if not (home / "app.db").exists():
        shutil.copy(_founded(), home / "app.db")
    return Services(
        settings, FixedClock(NOW), Database(settings.database), runner or FakeRunner(), FakeQueue()
    )


@cache
def _founded() -> Path:
    """A database with its tables and people, made once for all tests of a process: each has a copy."""
    made = Path(tempfile.mkdtemp(prefix="pad-founded-")) / "app.db"
    atexit.register(shutil.rmtree, made.parent)
    database = Database(f"sqlite:///{made}")
    METADATA.create_all(database.engine)
    _people(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()
    return made


def _people(database: Database) -> None:
    """Alice, Bob and Charlie, and what they promised."""
    with database.session() as session:
        for number, name in enumerate(("Alice Keller", "Bob Meyer", "Charlie Stone"), 1):
            email = f"{name.split()[0].lower()}@example.com"
            session.add(
                User(id=number, email=email, name=name, role="executive", password_hash="-", created_at=NOW)
            )
    trail = Trail(FixedClock(NOW), "alice@example.com")
    for title, owner, due in (
        ("Check the hand-over after the demo", 1, date(2026, 3, 16)),
        ("Approve the budget of Product launch", 2, date(2026, 3, 10)),
        ("Partner newsletter: grow or stop", 3, None),
    ):
        actions.add(database, title, trail, owner_id=owner, due=due)


def access(who: Viewer) -> Access:
    """Everybody is `who`, and nothing is guarded."""

    def protect(_callbacks: Callbacks) -> None: ...

    return Access(lambda: who, protect)
