"""A connector that the product has never heard of: declared here and nowhere else, it does what others do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from flask_caching.backends import NullCache
from sqlalchemy import select

from app import text as text_catalogue
from app.clock import FixedClock
from app.data.connectors.base import (
    CONNECTORS,
    Account,
    ConnectorKind,
    CredentialField,
    PayloadRow,
    Stream,
    Window,
)
from app.data.connectors.http import Session, any_json, by_status
from app.data.metrics import catalogue
from app.data.models import SyncRun
from app.data.pipeline.credentials import read_file
from app.data.query.runner import Runner
from app.data.query.spec import MetricQuery
from app.data.transform import Context, Values, day, text, traffic, whole
from app.errors import DefinitionError, SourcePermanent
from app.periods import Period, bucket_start, buckets
from app.text import TextMissing
from tests.ingest_cast import Company

# ---- the connector: all of it ------------------------------------------------------------------------------


def passes(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    keys, dimensions = traffic("street", "walk-in", row.get("sign"))
    yield from dimensions
    counted = dict.fromkeys(("engaged_sessions", "key_event_sessions", "page_views", "key_events"), 0)
    yield (
        "fact_session",
        {
            **context.key,
            **keys,
            "date": day(row.get("on"), "on"),
            "device": "other",
            "visitor_type": text(row.get("kind")),
            "country": "DE",
            "region": "Berlin",
            "sessions": whole(row, "passes"),
            "engagement_seconds": 0,
            **counted,
        },
    )


def people(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    everybody = dict.fromkeys(("device", "visitor_type", "country", "region"), "*")
    yield (
        "fact_visitor_window",
        {
            **context.key,
            "window_start": day(row.get("first"), "first"),
            "window_end": day(row.get("last"), "last"),
            **everybody,
            "visitors": whole(row, "people"),
            "converted_visitors": 0,
        },
    )


def weeks(window: Window) -> tuple[Period, ...]:
    """The whole weeks that a read touches: what this platform counts people by."""
    return tuple(buckets(Period(bucket_start(window.start, "week"), window.end), "week"))


class Turnstiles:
    """The doors of a shop."""

    id: ClassVar[str] = "turnstiles"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("passes", ("fact_session", "dim_traffic", "dim_campaign"), passes, slice_days=2),
        Stream("people", ("fact_visitor_window",), people, by="window", spans=weeks),
    )

    def __init__(self, http: Session, base_url: str, credentials: Mapping[str, Any]) -> None:
        self._http, self._base_url, self._key = http, base_url, str(credentials["door_key"])

    def accounts(self) -> tuple[Account, ...]:
        return (Account("north", "North door", "Europe/Berlin", "EUR"),)

    def fetch(self, stream: Stream, account: Account, window: Window) -> Iterator[list[PayloadRow]]:
        spans = weeks(window) if stream.name == "people" else (Period(window.start, window.end),)
        for span in spans:
            asked = {"key": self._key, "first": span.start.isoformat(), "last": span.end.isoformat()}
            url = f"{self._base_url}/{account.id}/{stream.name}"
            yield self._http.call("GET", url, judge, read=any_json, params=asked)


def judge(response: httpx.Response) -> Any:
    return by_status(response, Turnstiles.id, response.text)


# Its texts: a folder `en` beside it. The title of the page is the product's, and stays so.
TEXTS = {
    "connectors": 'title_turnstiles = "Turnstiles"',
    "sources": """
title = "Doors"
field_door_key = "Door key"
field_door_key_hint = "Stands on the door."
""",
}

KIND = ConnectorKind(
    Turnstiles, "https://doors.example", (CredentialField("door_key"),), late_after=timedelta(hours=2)
)

# ---- what the platform answers -----------------------------------------------------------------------------

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
MONDAY, SUNDAY = date(2026, 1, 5), date(2026, 1, 11)
DAYS = (date(2026, 1, 9), date(2026, 1, 13))
KEY = "canary-door-key-77"


class Doors:
    """Ten passes more each day, in two kinds; people by week."""

    def __init__(self, people: Mapping[date, int]) -> None:
        self.people = people
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        asked = dict(request.url.params)
        first, last = date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])
        if request.url.path.endswith("/people"):
            span = {"first": first.isoformat(), "last": last.isoformat()}
            found = [span | {"people": self.people[first]}] if first in self.people else []
            return httpx.Response(200, json=found)
        days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
        kinds = (("new", 0), ("returning", 1))
        rows = [
            {"on": one.isoformat(), "sign": "sale", "kind": kind, "passes": one.day * 10 + more}
            for one in days
            for kind, more in kinds
        ]
        return httpx.Response(200, json=rows)


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("text")
    (folder / "en").mkdir()
    for subject, lines in TEXTS.items():
        (folder / "en" / f"{subject}.toml").write_text(lines)
    monkeypatch.setattr(text_catalogue, "FOLDERS", [*text_catalogue.FOLDERS])
    text_catalogue.add(folder)
    monkeypatch.setattr(CONNECTORS, "_items", dict(CONNECTORS._items))
    CONNECTORS.add(KIND)
    catalogue.load()
    yield
    text_catalogue.texts.cache_clear()


def shop(home: Path, doors: Doors) -> Company:
    return Company(home, "turnstiles", doors, secrets={"door_key": KEY}, now=NOW)


def runner(company: Company) -> Runner:
    parts = company.parts
    with parts.snapshots.cursor(fresh=True):  # what has just been published, not what stood a moment ago
        pass
    return Runner(parts.snapshots, parts.settings, FixedClock(NOW), NullCache())


def test_it_is_read_published_and_asked_like_any_other(tmp_path: Path) -> None:
    company = shop(tmp_path, Doors({MONDAY: 321, date(2026, 1, 12): 120}))
    report = company.load(DAYS)
    assert (report.rows, report.rejected) == (12, 0)  # five days of two kinds, two weeks
    asking = runner(company)
    days = asking.run(MetricQuery(("sessions",), Period(*DAYS), ("visitor_type",)))
    assert {row["visitor_type"]: row["sessions"] for row in days.rows} == {"new": 550, "returning": 555}
    week = asking.run(MetricQuery(("visitors",), Period(MONDAY, SUNDAY)))
    assert week.value("visitors") == 321
    (fresh,) = week.freshness
    assert (fresh.title, fresh.kind, fresh.target) == ("Turnstiles", "platform", timedelta(hours=2))
    assert fresh.data_until == date(2026, 1, 13)


def test_a_day_is_complete_when_it_is_over_for_every_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten past midnight in Berlin on the 14th, it is still the evening of the 13th in New York."""
    doors = tuple(
        Account(name, name, zone, "EUR")
        for name, zone in (("north", "Europe/Berlin"), ("west", "America/New_York"))
    )
    monkeypatch.setattr(Turnstiles, "accounts", lambda self: doors)
    evening = datetime(2026, 1, 13, 23, 10, tzinfo=UTC)
    company = Company(tmp_path, "turnstiles", Doors({}), secrets={"door_key": KEY}, now=evening)
    company.load(None)
    assert company.ask("SELECT DISTINCT data_until FROM published_load") == [(date(2026, 1, 12),)]
    assert company.ask("SELECT data_until FROM dim_source") == [(date(2026, 1, 12),)]


def test_a_span_that_is_not_its_own_has_no_visitors_and_says_so(tmp_path: Path) -> None:
    company = shop(tmp_path, Doors({MONDAY: 321}))
    company.load(DAYS)
    frame = runner(company).run(MetricQuery(("visitors",), Period(date(2026, 1, 6), SUNDAY)))
    assert frame.value("visitors") is None and frame.notes["visitors"]


def test_its_spans_are_replaced_whole_and_its_slices_are_its_own(tmp_path: Path) -> None:
    doors = Doors({MONDAY: 321, date(2026, 1, 12): 120})
    company = shop(tmp_path, doors)
    company.load(DAYS)
    assert sum(url.path.endswith("/passes") for url in doors.asked) == 3  # five days, two at a time
    second = company.facing(Doors({MONDAY: 330})).load(DAYS)
    note = "people: Nothing came back though rows are known: 2026-01-12..2026-01-13 (1 in all)"
    assert second.quarantined == [note]  # a week that vanishes is believed the second time
    company.load(DAYS)
    said = "in two syncs one after the other; their rows are taken out."
    with company.parts.database.session() as session:
        (told,) = [run.error for run in session.scalars(select(SyncRun)) if said in run.error]
    assert told == f"Nothing came back though rows are known: 2026-01-12..2026-01-13 (1 in all), {said}"
    found = company.ask("SELECT window_start, window_end, visitors FROM fact_visitor_window")
    assert found == [(MONDAY, SUNDAY, 330)]


def test_its_position_moves_and_a_later_sync_reads_its_look_back_only(tmp_path: Path) -> None:
    doors = Doors({MONDAY: 321})
    company = shop(tmp_path, doors)
    company.load(None)
    doors.asked.clear()
    company.load(None)
    firsts = [dict(url.params)["first"] for url in doors.asked if url.path.endswith("/passes")]
    assert min(firsts) == "2026-01-12"  # today and three days before


def test_its_secret_stays_secret(tmp_path: Path) -> None:
    company = shop(tmp_path, Doors({}))
    company.facing(lambda one: httpx.Response(403, text=f"no door for {dict(one.url.params)['key']}"))
    with pytest.raises(SourcePermanent, match=r"turnstiles answered 403: no door for \*\*\*"):
        company.sync(DAYS)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_it_brings_its_own_texts_and_changes_none_of_the_product() -> None:
    assert CONNECTORS.get("turnstiles").title == "Turnstiles"
    assert text_catalogue.t("sources.field_door_key") == "Door key"
    assert text_catalogue.t("sources.title") == "Sources"


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextMissing, match=f"{tmp_path} holds no folder 'en'"):
        text_catalogue.add(tmp_path)
    assert tmp_path not in text_catalogue.FOLDERS


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"title = Doors", r"The texts of .*/en/doors\.toml cannot be read: .*line 1"),
        (b'title = "T\xfcren"', r"The texts of .*/en/doors\.toml cannot be read: 'utf-8'"),
        (b"[north]\nfloor = 3", r"north\.floor in .*/en/doors\.toml is no text but 3: put it in quotes\."),
    ],
)
def test_a_file_that_holds_no_texts_is_named(tmp_path: Path, written: bytes, said: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "doors.toml").write_bytes(written)
    text_catalogue.add(tmp_path)
    with pytest.raises(TextMissing, match=said):
        text_catalogue.t("doors.title")


def test_credentials_that_lack_what_it_needs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"other": 1}')
    with pytest.raises(Exception, match="lacks door_key. Turnstiles cannot be read without"):
        read_file(CONNECTORS.get("turnstiles"), tmp_path / "keys.json")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "window"}, "names spans if, and only if, it is read by windows"),
        ({"spans": weeks}, "names spans if, and only if, it is read by windows"),
        ({"personal": ("name",)}, "what is personal, and whose it is"),
    ],
)
def test_a_stream_that_contradicts_itself_is_refused_when_it_is_declared(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(DefinitionError, match=said):
        Stream("odd", ("fact_session",), passes, **options)
