"""The cast of the ingestion tests: an installation of its own, and platforms that replay what was received.

A payload file holds an exchange, or those of a job: `asks`, texts that all stand in the request, and
`answer`, the JSON that the platform sent (or its `text`; `status` and `headers` where they count). The
longest list of texts that fits a request answers it; nothing fits: an empty answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import httpx

import app.accounts.models  # noqa: F401  the whole schema, as an installation has it
from app.clock import FixedClock
from app.data.connectors.base import CONNECTORS
from app.data.db import Base, Database
from app.data.pipeline import sources
from app.data.pipeline.ingestion import Ingestion, ingestion
from app.data.pipeline.publish import PublishReport, publish
from app.data.pipeline.sync import SyncReport, sync
from app.home import prepared

PAYLOADS = Path(__file__).parent / "payloads"
CANARY = "canary-secret-3f9a1c"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
WEEK = (date(2026, 1, 10), date(2026, 1, 15))
CREDENTIALS = {
    "client_id": "id",
    "client_secret": f"{CANARY}-client",
    "refresh_token": f"{CANARY}-refresh",
    "developer_token": f"{CANARY}-developer",
    "customer_ids": ["123-456-7890"],
    "property_id": "318204455",
}
TOKEN = {"access_token": f"{CANARY}-access", "expires_in": 3600, "instance_url": "https://org.example"}
PLATFORMS = CONNECTORS.ids()

Handler = Callable[[httpx.Request], httpx.Response]


def payload(source: str, name: str) -> dict[str, Any]:
    """The answer of one payload file."""
    found: dict[str, Any] = json.loads((PAYLOADS / source / f"{name}.json").read_text())["answer"]
    return found


def text_of(request: httpx.Request) -> str:
    """What a request asks, in one readable line."""
    return f"{request.method} {unquote_plus(str(request.url))} {request.content.decode()}"


def exchanges(source: str) -> list[dict[str, Any]]:
    """What a platform was asked and answered."""
    files = [json.loads(file.read_text()) for file in sorted((PAYLOADS / source).glob("*.json"))]
    return [one for file in files for one in (file if isinstance(file, list) else [file])]


class Platform:
    """Gives planned answers to requests for data first, then replays its payloads; keeps what was asked."""

    def __init__(self, source: str, *planned: httpx.Response | Handler) -> None:
        self.exchanges = sorted(exchanges(source), key=lambda one: len(one["asks"]), reverse=True)
        self.planned = list(planned)
        self.asked: list[httpx.Request] = []
        self.signed_in = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            self.signed_in += 1
            return self.sign_in(request)
        self.asked.append(request)
        if self.planned:
            planned = self.planned.pop(0)
            return planned if isinstance(planned, httpx.Response) else planned(request)
        return self.replay(request)

    def sign_in(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=TOKEN)

    def replay(self, request: httpx.Request) -> httpx.Response:
        asked = text_of(request)
        fits = (one for one in self.exchanges if all(text in asked for text in one["asks"]))
        found = next(fits, {})
        body = {"text": found["text"]} if "text" in found else {"json": found.get("answer", {})}
        return httpx.Response(found.get("status", 200), headers=found.get("headers"), **body)


class Company:
    """One installation with one connected source, on a clock that stands still and waits that do not last.

    Without a `platform` it asks the network, at `address`.
    """

    def __init__(
        self,
        home: Path,
        source: str,
        platform: Handler | None = None,
        *,
        secrets: dict[str, Any] = CREDENTIALS,
        address: str = "",
        now: datetime = NOW,
    ) -> None:
        settings = prepared({"PAD_HOME": str(home)})
        database = Database(settings.database)
        Base.metadata.create_all(database.engine)
        self.home, self.source = home, source
        self.waits: list[float] = []
        network = httpx.MockTransport(platform) if platform else None
        parts = ingestion(settings, database, FixedClock(now))
        self.parts = replace(parts, transport=network, sleep=self.waits.append)
        sources.add(self.parts, source, secrets, address, force=True)

    def facing(self, platform: Handler) -> Company:
        """The same installation; the platform behaves differently now."""
        self.parts = replace(self.parts, transport=httpx.MockTransport(platform))
        return self

    def sync(self, days: tuple[date, date] | None = WEEK) -> SyncReport:
        return sync(self.parts, self.source, asked=days)

    def load(self, days: tuple[date, date] | None = WEEK) -> SyncReport:
        """Sync and publish."""
        report = self.sync(days)
        assert self.publish().rejected == {}
        return report

    def publish(self) -> PublishReport:
        parts: Ingestion = self.parts
        return publish(parts.database, parts.snapshots, parts.settings, parts.clock)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with self.parts.snapshots.cursor(fresh=True) as cursor:
            return cursor.execute(sql).fetchall()
