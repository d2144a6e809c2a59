"""A cron line in words: "Every Monday at 07:00"; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from croniter import croniter

from app.text import t

ANY = ["*"]
MOST_TIMES = 4  # that are listed one by one
MOST_DAYS = 7
DRAWN = re.compile(r"\bR\b", re.I)
Values = Sequence[int]


def in_words(cron: str) -> str:
    """When a valid line of five fields fires; empty for one that says more than words should."""
    fields, nth = croniter.expand(cron)
    if nth or any("l" in field for field in fields) or DRAWN.search(cron):
        return ""  # the last day of a month, the second Tuesday, a time that is drawn anew
    minutes, hours, days, months, weekdays = fields
    time = _time(_whole(minutes, 60), _whole(hours, 24))
    if not time or len(days) > MOST_DAYS:
        return ""
    when = _days(days, weekdays)
    if not when and len(minutes) * len(hours) <= MOST_TIMES and ANY not in (minutes, hours):
        when = t("schedules.every_day")
    words = " ".join(part for part in (when, time, _months(months)) if part)
    return words[0].upper() + words[1:]


def _whole(field: list[object], count: int) -> list[int]:
    """The values of a field; all of them for a star."""
    return list(range(count)) if field == ANY else [int(str(value)) for value in field]


def _time(minutes: Values, hours: Values) -> str:
    step = _step(minutes, 60)
    if step is not None and len(minutes) > 1:
        often = t("schedules.every_minute") if step == 1 else t("schedules.every_minutes", count=step)
        return often if len(hours) == 24 else _between(often, hours, 0, minutes[-1])
    if len(minutes) * len(hours) <= MOST_TIMES:
        times = [_clock(hour, minute) for hour in hours for minute in minutes]
        return t("schedules.at", times=_listed(times))
    if len(minutes) > 1:
        return ""
    every = _step(hours, 24)
    if every is None:
        return _between(t("schedules.every_hour"), hours, minutes[0], minutes[0])
    often = t("schedules.every_hour") if every == 1 else t("schedules.every_hours", count=every)
    return t("schedules.past", often=often, minute=f"{minutes[0]:02}")


def _between(often: str, hours: Values, first: int, last: int) -> str:
    """How often within hours that follow each other; nothing when they do not."""
    if list(hours) != list(range(hours[0], hours[-1] + 1)):
        return ""
    return t("schedules.between", often=often, start=_clock(hours[0], first), end=_clock(hours[-1], last))


def _step(values: Values, whole: int) -> int | None:
    """The even distance of values that fill an hour or a day; None when they do not."""
    step = whole // len(values)
    return step if list(values) == list(range(0, whole, step)) and whole % step == 0 else None


def _days(days: list[object], weekdays: list[object]) -> str:
    """On which days, nothing for all of them; both given means either, as cron has it."""
    # A week begins on Monday here, and on Sunday, the 0, in cron.
    by_week = "" if weekdays == ANY else _weekdays(sorted(int(str(day)) or 7 for day in weekdays))
    by_month = "" if days == ANY else t("schedules.on_days", days=_listed([str(day) for day in days]))
    if by_week and by_month:
        return t("schedules.and", many=by_month, last=by_week)
    return by_week or by_month


def _weekdays(days: Values) -> str:
    names = [t(f"schedules.weekday_{day}") for day in days]
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return t("schedules.weekdays", first=names[0], last=names[-1])
    return t("schedules.every", days=_listed(names))


def _months(months: list[object]) -> str:
    if months == ANY:
        return ""
    return t("schedules.in_months", months=_listed([t(f"schedules.month_{month}") for month in months]))


def _clock(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def _listed(words: Sequence[str]) -> str:
    """a, b and c."""
    if len(words) == 1:
        return words[0]
    return t("schedules.and", many=", ".join(words[:-1]), last=words[-1])
