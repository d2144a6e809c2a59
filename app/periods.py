"""Periods: named ranges of days, and the fair base each is compared with. Pure arithmetic on dates.

A rolling range holds complete days only (it ends yesterday). An open period (this month so far) ends
yesterday too and is compared with the same elapsed part of the period before it. A range of whole weeks
is moved by whole weeks, so that weekdays meet weekdays.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.errors import InputError
from app.text import t

Comparison = Literal["none", "previous", "year"]
Grain = Literal["day", "week", "month", "quarter", "year"]
Rule = Literal["elapsed", "months", "weeks", "length", "year_months", "year_weeks", "year_dates"]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included; `calendar_unit` names the month, quarter or year of which
    it is the part that has elapsed so far."""

    start: date
    end: date
    calendar_unit: Grain | None = None

    @property
    def open(self) -> bool:
        """Whether the calendar period is still running."""
        return self.calendar_unit is not None

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


PRESETS = (
    "last_7_days",
    "last_30_days",
    "last_month",
    "last_quarter",
    "last_year",
    "this_month",
    "this_quarter",
    "this_year",
)
OPEN_PRESETS: dict[str, Grain] = {"this_month": "month", "this_quarter": "quarter", "this_year": "year"}
UNIT_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def preset(name: str, today: date) -> Period:
    """The days of a named range: `last_month` and `last_quarter` are the last complete ones of the calendar,
    `last_year` the last twelve complete months, the open ones run from the start of the calendar period to
    yesterday."""
    yesterday = today - DAY
    if name == "last_7_days":
        return Period(yesterday - 6 * DAY, yesterday)
    if name == "last_30_days":
        return Period(yesterday - 29 * DAY, yesterday)
    if name == "last_month":
        first = bucket_start(today, "month")
        return Period(shift_months(first, -1), first - DAY)
    if name == "last_quarter":
        end = bucket_start(today, "quarter") - DAY
        return Period(bucket_start(end, "quarter"), end)
    if name == "last_year":
        first = bucket_start(today, "month")
        return Period(shift_months(first, -12), first - DAY)
    unit = OPEN_PRESETS[name]
    return Period(bucket_start(yesterday, unit), yesterday, unit)


def custom(start: date, end: date, today: date) -> Period:
    """A range written by hand, to its last complete day: days to come are no zeros.

    What began with a month, quarter or year and reaches yesterday is the part of it that has elapsed, as the
    preset is. One that ends before it starts is left as it is written. Raises: InputError for a range without
    any complete day, since what has come so far of a day looks like a bad day.
    """
    if today <= start <= end:
        raise InputError(
            t("query.incomplete", start=start, end=end, newest=today - DAY),
            hint=t("query.incomplete_hint", newest=today - DAY),
        )
    last = min(end, today - DAY)
    return Period(start, last, _running(start, last, today)) if start <= last else Period(start, end)


def _running(start: date, last: date, today: date) -> Grain | None:
    """The shortest calendar unit that starts with a range, if it is still running when the range ends."""
    units: tuple[Grain, ...] = ("month", "quarter", "year")
    unit = next((name for name in units if bucket_start(last, name) == start), None)
    running = unit and last == today - DAY and last != bucket_end(last, unit)
    return unit if running else None


def bucket_start(day: date, grain: Grain) -> date:
    """First day of the day, ISO week, month, quarter or year that holds a day."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    if grain == "year":
        return day.replace(month=1, day=1)
    return day


def bucket_end(day: date, grain: Grain) -> date:
    """Last day of the bucket that holds a day."""
    start = bucket_start(day, grain)
    if grain == "week":
        return start + 6 * DAY
    months = UNIT_MONTHS.get(grain)
    return shift_months(start, months) - DAY if months else day


def buckets(period: Period, grain: Grain) -> tuple[Period, ...]:
    """The buckets that a period touches, each cut to the period."""
    found, start = [], period.start
    while start <= period.end:
        end = min(bucket_end(start, grain), period.end)
        found.append(Period(start, end, grain if end < bucket_end(start, grain) else None))
        start = end + DAY
    return tuple(found)


def met(period: Period, base_period: Period, grain: Grain) -> tuple[tuple[Period, Period], ...]:
    """Each bucket of a period with the bucket of a base that is the fair one for it.

    Buckets meet by their order: whole ones, or parts that are the same days of their week or month. What a
    single bucket holds is the period itself, which has its fair base already.
    """
    now, then = buckets(period, grain), buckets(base_period, grain)
    alone = len(now) == len(then) == 1
    return tuple(
        (one, other) for one, other in zip(now, then, strict=False) if alone or _alike(one, other, grain)
    )


def other_weekday(one: Period, other: Period) -> bool:
    """Whether a single day is set beside one of another weekday, which tells of the week and of no change."""
    return one.days == other.days == 1 and one.start.weekday() != other.start.weekday()


def _alike(one: Period, other: Period, grain: Grain) -> bool:
    return (
        is_whole(one, grain)
        and is_whole(other, grain)
        or (one.start - bucket_start(one.start, grain), one.days)
        == (other.start - bucket_start(other.start, grain), other.days)
    )


def is_whole(bucket: Period, grain: Grain) -> bool:
    """Whether a bucket is a day, week, month, quarter or year from its first day to its last."""
    return (bucket.start, bucket.end) == (bucket_start(bucket.start, grain), bucket_end(bucket.start, grain))


def shift_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def base(period: Period, comparison: Comparison) -> Period | None:
    """The fair base of a period.

    `previous`: whole calendar months go back by as many months; a part of a month, quarter or year that
    began with it goes back to the same elapsed part; anything else by its own length (whole weeks keep
    their weekdays). `year`: the same dates one year back; ranges of whole weeks by 364 days.
    """
    found = rule(period, comparison)
    if found is None:
        return None
    if found == "elapsed":
        return _elapsed_before(period, UNIT_MONTHS[period.calendar_unit or "month"])
    if found == "months":
        return Period(shift_months(period.start, -_whole_months(period)), period.start - DAY)
    if found in ("weeks", "length", "year_weeks"):
        back = (364 if found == "year_weeks" else period.days) * DAY
        return Period(period.start - back, period.end - back)
    end = shift_months(period.end, -12)
    return Period(
        shift_months(period.start, -12), bucket_end(end, "month") if found == "year_months" else end
    )


def rule(period: Period, comparison: Comparison) -> Rule | None:
    """By which rule a period has its `base`; None where it is compared with nothing."""
    if comparison == "none":
        return None
    months, weeks = _whole_months(period), period.days % 7 == 0
    if comparison == "year":
        return "year_months" if months else "year_weeks" if weeks and not period.open else "year_dates"
    if period.calendar_unit in UNIT_MONTHS:
        return "elapsed"
    return "months" if months else "weeks" if weeks else "length"


def _whole_months(period: Period) -> int:
    """How many whole calendar months a period holds, 0 when it is not made of whole months."""
    if period.start.day != 1 or (period.end + DAY).day != 1:
        return 0
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1


def _elapsed_before(period: Period, months: int) -> Period:
    """The same elapsed part of the calendar period before: 1–12 Feb beside 1–12 Mar."""
    end = min(shift_months(period.end, -months), period.start - DAY)
    return Period(shift_months(period.start, -months), end)
