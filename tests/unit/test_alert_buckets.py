"""Hours of a source over clock changes, and buckets as rows keep them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.alerts.buckets import Bucket, Reached, Reading, hours, read, text, whole, words
from app.periods import Period
from app.units import Units

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


def reached(*settled: tuple[ZoneInfo, datetime]) -> Reached:
    return Reached(date(2026, 1, 1), tuple(Reading(zone, instant) for zone, instant in settled))


@pytest.mark.parametrize(
    ("day", "judged", "odd"),
    [
        (date(2026, 3, 8), 23, [2]),  # 02:00 does not exist
        (date(2026, 11, 1), 24, [1]),  # 01:00 comes twice and is one hour to the platform
        (date(2026, 6, 1), 24, []),
    ],
)
def test_a_day_has_24_places_and_as_many_hours_as_the_clock_shows(
    day: date, judged: int, odd: list[int]
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK) + timedelta(days=1)
    found = list(hours(day, reached((NEW_YORK, midnight.astimezone(UTC)))))
    assert [hour.hour for hour in found] == list(range(24))
    assert sum(not hour.skipped for hour in found) == judged
    assert [hour.hour for hour in found if hour.skipped or hour.doubled] == odd
    assert [hour.begins for hour in found] == sorted({hour.begins for hour in found})


def test_a_doubled_hour_is_settled_when_both_have_passed() -> None:
    first_is_over = datetime(2026, 11, 1, 6, tzinfo=UTC)
    for instant, newest in ((first_is_over, 0), (first_is_over + timedelta(hours=1), 1)):
        found = list(hours(date(2026, 11, 1), reached((NEW_YORK, instant))))
        assert found[-1].hour == newest


def test_an_hour_is_settled_when_the_last_of_its_sources_knows_it() -> None:
    early, late = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 1, 9, 59, tzinfo=UTC)
    found = list(hours(date(2026, 6, 1), reached((BERLIN, early), (BERLIN, late))))
    assert found[-1].hour == 10  # 10:00 to 11:00 in Berlin ends at 09:00 UTC; the next at 10:00
    assert list(hours(date(2026, 6, 1), Reached(date(2026, 6, 1)))) == []


def test_a_bucket_is_read_back_as_it_was_written() -> None:
    buckets: list[Bucket] = [date(2026, 11, 22), datetime(2026, 11, 22, 23, tzinfo=UTC)]
    assert [text(bucket) for bucket in buckets] == ["2026-11-22", "2026-11-22T23:00Z"]
    assert [read(text(bucket)) for bucket in buckets] == buckets


def test_people_read_an_hour_in_their_zone() -> None:
    hour = datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert words(hour, Units(), "Europe/Berlin") == "23 Nov 2026, 00:00"
    assert words(date(2026, 11, 22), Units(), "Europe/Berlin") == "22 Nov 2026"


def test_a_week_is_whole_on_its_sunday() -> None:
    period = Period(date(2026, 11, 4), date(2026, 11, 30))
    assert list(whole(period, "week", date(2026, 11, 15))) == [date(2026, 11, 2), date(2026, 11, 9)]
    assert list(whole(period, "week", date(2026, 11, 14))) == [date(2026, 11, 2)]
