"""Buckets of a rule: days, weeks and months by their first day, hours by the instant at which they begin.

An hour is a local hour of the source, as the platform counts it. On the day of a clock change one does not
exist, or one holds two hours: the first is never judged, the second is over when both have passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.periods import DAY, Grain, Period, bucket_end, bucket_start
from app.units import Units

HOUR = timedelta(hours=1)
Bucket = date  # an hour is a datetime, which is a date to the type checker
_HOUR_TEXT = "%Y-%m-%dT%H:%MZ"


@dataclass(frozen=True)
class Reading:
    """One source of hours: the zone that it counts them in, and the instant up to which they are settled."""

    zone: ZoneInfo
    settled: datetime


@dataclass(frozen=True)
class Reached:
    """How far all sources of a rule are known: the newest whole day; for hours, each source's reading."""

    until: date
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Hour:
    """A local hour. `begins`: its key, also of one that the clock skips, which stands before the next."""

    day: date
    hour: int
    begins: datetime
    skipped: bool
    doubled: bool


def hour(day: date, number: int, zone: ZoneInfo) -> Hour:
    """The local hour of a day."""
    begins, ends = _instant(day, number, zone, fold=0), ends_at(day, number, zone)
    local = begins.astimezone(zone)
    skipped = (local.date(), local.hour) != (day, number)
    return Hour(
        day,
        number,
        begins - timedelta(minutes=1) if skipped else begins,
        skipped,
        not skipped and ends - begins > HOUR,
    )


def ends_at(day: date, number: int, zone: ZoneInfo) -> datetime:
    """The instant at which a local hour is over; of a doubled one, the second time."""
    return _instant(day, number, zone, fold=1) + HOUR


def hours(first: date, reached: Reached) -> Iterator[Hour]:
    """Every local hour from a day on that all sources know as settled, skipped ones among them."""
    if not reached.readings:
        return
    zone = reached.readings[0].zone
    last = max(one.settled.astimezone(one.zone).date() for one in reached.readings)
    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        for number in range(24):
            if all(ends_at(day, number, one.zone) <= one.settled for one in reached.readings):
                yield hour(day, number, zone)


def settled_day(read: datetime, zone: ZoneInfo, wait: timedelta) -> date:
    """The newest day that had been over for `wait` when its source was read."""
    return (read - wait).astimezone(zone).date() - DAY


def settled_at(day: date, zone: ZoneInfo, wait: timedelta) -> datetime:
    """The instant from which on a read of its source settles a day."""
    return datetime.combine(day + DAY, time(), zone).astimezone(UTC) + wait


def whole(period: Period, grain: Grain, until: date) -> Iterator[date]:
    """The buckets of days, weeks or months of a period that have ended by a day."""
    start = bucket_start(period.start, grain)
    while bucket_end(start, grain) <= until:
        yield start
        start = bucket_end(start, grain) + DAY


def text(bucket: Bucket) -> str:
    """A bucket as rows, files and the command line write it."""
    return bucket.strftime(_HOUR_TEXT) if isinstance(bucket, datetime) else bucket.isoformat()


def read(written: str) -> Bucket:
    """The bucket of a row."""
    if "T" in written:
        return datetime.strptime(written, _HOUR_TEXT).replace(tzinfo=UTC)
    return date.fromisoformat(written)


def words(bucket: Bucket, units: Units, zone: str, *, year: bool = True) -> str:
    """A bucket as people read it: 22 Nov 2026, or 22 Nov 2026, 14:00 for the hour that begins then."""
    local = bucket.astimezone(ZoneInfo(zone)) if isinstance(bucket, datetime) else None
    day = local.date() if local else bucket
    said = units.day(day) if year else units.day(day, today=day)
    return f"{said}, {local:%H:%M}" if local else said


def _instant(day: date, number: int, zone: ZoneInfo, *, fold: int) -> datetime:
    return datetime.combine(day, time(number, fold=fold), zone).astimezone(UTC)
