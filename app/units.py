"""The one place where numbers, days and ages become text.

Missing is an en dash, zero is 0. Labels carry at most four significant digits; tables the full value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_currency_symbol

from app.data.metrics.base import Unit
from app.periods import DAY, Period, bucket_end
from app.text import t

MISSING = "–"
MINUS = "−"
RANGE_DASH = "–"
CODE_GAP = "\N{NO-BREAK SPACE}"  # between a currency's code and its amount
SCALES = ((1e12, 12), (1e9, 9), (1e6, 6), (1e3, 3))
EXACT = {"ratio": 6, "multiple": 4, "money": 4, "percent": 4, "per_day": 4}  # digits at most
SIGNIFICANT = 4
POWERS = {3: "thousands", 6: "millions", 9: "billions", 12: "trillions"}
WRITTEN = 20_000  # texts kept, a few megabytes at most
LOCALE = "en"  # that of the catalogue of texts, around whose words these numbers stand


@dataclass(frozen=True)
class Units:
    """Writes numbers and days in the language of the texts and one reporting currency."""

    currency: str = "USD"

    @property
    def symbol(self) -> str:
        return _symbol(self.currency)

    def short(self, value: float | None, unit: Unit) -> str:
        """For cards and charts: $125.4K, 3.2%, 4.2x."""
        if missing(value):
            return MISSING
        assert value is not None
        if unit in ("money", "per_day"):
            return self._of_money(self._money(self._compact(abs(value), money=True), value), unit)
        if unit == "count":
            return signed_text(self._compact(abs(value), money=False), value)
        return self._measure(value, unit)

    def full(self, value: float | None, unit: Unit, *, symbol: bool = True) -> str:
        """For tables and tooltips: 18,900.20, with the currency where the header does not name it."""
        return _full(self, value, unit, symbol)

    def whole(self, value: float | None) -> str:
        """Money without symbol and cents, for narrow columns whose head names the currency."""
        return (
            MISSING if value is None or missing(value) else signed_text(_decimal(abs(value), "#,##0"), value)
        )

    def _full(self, value: float | None, unit: Unit, symbol: bool) -> str:
        if missing(value):
            return MISSING
        assert value is not None
        if unit in ("money", "per_day"):
            text = _decimal(abs(value), "#,##0.00")
            return self._of_money(self._money(text, value) if symbol else signed_text(text, value), unit)
        if unit == "count":
            whole = float(value).is_integer()
            return signed_text(_decimal(abs(value), "#,##0" if whole else "#,##0.0#"), value)
        return self._measure(value, unit)

    def change(self, value: float, unit: Unit, *, full: bool = False) -> str:
        """A signed difference in the metric's own unit; the difference of two percentages is in pp.

        In `full` money, percentages and multiples have two decimals, so that such differences add up.
        """
        size = abs(value)
        if unit in ("ratio", "percent"):
            points = size * 100 if unit == "ratio" else size
            whole = full or points < 0.995
            text = t("units.points", number=_decimal(points, "#,##0.00" if whole else "#,##0.0"))
        elif full and unit == "multiple":
            text = t("units.multiple", number=_decimal(size, "#,##0.00"))
        else:
            text = self.full(size, unit) if full else self.short(size, unit)
        sign = "+" if value > 0 else MINUS
        return sign + text if any(digit in text for digit in "123456789") else text

    def step(self, value: float, unit: Unit) -> float:
        """How far apart two neighbours of an amount or a count are as `short` writes them."""
        size, money = abs(value), unit in ("money", "per_day")
        power = self._power(size, money=money)
        if power:
            head = float(f"{size / 10**power:.{SIGNIFICANT}g}")
            return float(10 ** (power - (1 if head >= 10 else 2 if power == 3 else 3)))
        if money and 0 < size < 100:
            return 0.01
        return 1.0 if size >= 100 or size.is_integer() else 0.1

    def ratio(self, value: float) -> str:
        """A multiple that a line is drawn at, with two decimals."""
        return t("units.multiple", number=_decimal(value, "#,##0.00"))

    def percent(self, share: float, *, sign: bool = False) -> str:
        """A share as percent: one decimal, two below 1%."""
        lead = "+" if sign and share >= 0 else ""
        return lead + signed_text(self._percent(abs(share)), share)

    def axis(self, value: float, unit: Unit) -> str:
        """A tick of an axis: no needless decimals."""
        if unit == "ratio":
            return signed_text(f"{_decimal(abs(value) * 100, '#,##0.##')}%", value)
        if unit == "money":
            return self._money(self._compact(abs(value), money=abs(value) >= 1000), value)
        return self.short(value, unit)

    def day(self, day: date, *, today: date | None = None) -> str:
        """12 Mar 2026; less than a year from `today`, if that is given, 12 Mar."""
        if today is not None and abs((day - today).days) < 330:
            return _date(day, "d MMM")
        return _date(day, "d MMM y")

    def weekday(self, day: date) -> str:
        """Tuesday."""
        return _date(day, "EEEE")

    def month(self, day: date, *, year: bool = True) -> str:
        return _date(day, "MMM y" if year else "MMM")

    def days(self, period: Period, *, year: bool = True) -> str:
        """1–12 Mar 2026; 28 Feb – 3 Mar 2026; whole months and quarters by their name."""
        start, end = period.start, period.end
        if start == end:
            return self.day(start) if year else _date(start, "d MMM")
        if _whole(start, end, "month"):
            return self.month(start, year=year)
        if _whole(start, end, "quarter"):
            return t("units.quarter", number=(start.month + 2) // 3, year=start.year)
        tail = _date(end, "d MMM y" if year else "d MMM")
        if (start.year, start.month) == (end.year, end.month):
            return f"{start.day}{RANGE_DASH}{tail}"
        across = start.year != end.year
        head = _date(start, "d MMM y" if across else "d MMM")
        if across and not year:
            tail = _date(end, "d MMM y")
        return f"{head} {RANGE_DASH} {tail}"

    def near(self, period: Period, today: date) -> str:
        """The days as briefly as they stay clear: without the year, and thin, when within a year of today."""
        far = abs((period.start - today).days) >= 330
        text = self.days(period, year=far)
        return text if far else text.replace(f" {RANGE_DASH} ", RANGE_DASH)

    def instant(self, when: datetime, zone: str) -> str:
        """12 Mar 2026, 11:00 in a zone."""
        return format_datetime(when.astimezone(ZoneInfo(zone)), "d MMM y, HH:mm", locale=LOCALE)

    def _measure(self, value: float, unit: Unit) -> str:
        size = abs(value)
        text = {
            "ratio": lambda: self._percent(size),
            "percent": lambda: self._percent(size / 100),
            "multiple": lambda: t(
                "units.multiple", number=_decimal(size, "#,##0.0" if size >= 0.995 or not size else "0.00")
            ),
            "points": lambda: _decimal(size, "#,##0" if size >= 10 or size == 0 else "#,##0.#"),
            "months": lambda: t("units.months", number=_decimal(size, "#,##0.0")),
            "seconds": lambda: duration(size),
        }[unit]()
        return signed_text(text, value)

    def _percent(self, share: float) -> str:
        points = share * 100
        if points == 0:
            return "0%"
        return f"{_decimal(points, '#,##0.0' if points >= 0.995 else '0.00')}%"

    def _compact(self, size: float, *, money: bool) -> str:
        power = self._power(size, money=money)
        if power:
            return self._scaled(size, power)
        if money and 0 < size < 100:
            return _decimal(size, "0.00")
        return _decimal(size, "#,##0" if size >= 100 or float(size).is_integer() else "0.0")

    def _power(self, size: float, *, money: bool) -> int:
        """The power of ten that a size is written in: 3 for K, 6 for M; 0 as it is."""
        for limit, power in SCALES:
            if float(f"{size:.{SIGNIFICANT}g}") >= limit and (power > 3 or size >= 9999.5 or money):
                return power
        return 0

    def _scaled(self, size: float, power: int) -> str:
        head = float(f"{size / 10**power:.{SIGNIFICANT}g}")
        pattern = "#,##0.#" if head >= 10 else "0.##" if power == 3 else "0.###"
        return t(f"units.in_{POWERS[power]}", number=_decimal(size / 10**power, pattern))  # rounded once

    def _of_money(self, text: str, unit: Unit) -> str:
        return t("units.per_day", money=text) if unit == "per_day" else text

    def _money(self, text: str, value: float) -> str:
        gap = CODE_GAP if self.symbol[-1:].isalpha() else ""
        return signed_text(f"{self.symbol}{gap}{text}", value)


# Babel takes a tenth of a millisecond for each; a page writes the same few hundred numbers and days again
# and again.


@lru_cache(maxsize=WRITTEN)
def _full(units: Units, value: float | None, unit: Unit, symbol: bool) -> str:
    return units._full(value, unit, symbol)


@lru_cache(maxsize=WRITTEN)
def _decimal(value: float, pattern: str) -> str:
    return str(format_decimal(value, format=pattern, locale=LOCALE))


@lru_cache(maxsize=WRITTEN)
def _date(day: date, pattern: str) -> str:
    return str(format_date(day, pattern, locale=LOCALE))


@lru_cache
def _symbol(currency: str) -> str:
    return str(get_currency_symbol(currency, LOCALE))


def place(zone: str) -> str:
    """The place that a time zone is named for: New York."""
    return zone.split("/")[-1].replace("_", " ")


def exact(value: float | None, unit: Unit) -> str:
    """A number with as many digits as are there, for recomputing by hand."""
    if value is None:
        return MISSING
    text = f"{value:,.{EXACT.get(unit, 6)}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def missing(value: float | None) -> bool:
    """Whether there is no number: None, not-a-number and infinity alike."""
    return value is None or not math.isfinite(value)


def signed_text(text: str, value: float) -> str:
    """Puts the true minus before a negative value, unless it was rounded to zero."""
    if value >= 0 or not any(digit in text for digit in "123456789"):
        return text
    return f"{MINUS}{text}"


def duration(seconds: float) -> str:
    """3 m 12 s; 45 s; 2 h 5 m."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return t("units.hours", hours=hours, minutes=minutes)
    return t("units.minutes", minutes=minutes, seconds=left) if minutes else t("units.seconds", seconds=left)


def age(span: timedelta) -> str:
    """How long ago, in the largest unit that says enough: 14 min, 5 h, 3 d."""
    seconds = max(span.total_seconds(), 0)
    if seconds < 60:
        return t("units.age_seconds", number=int(seconds))
    if seconds < 2 * 3600:
        return t("units.age_minutes", number=int(seconds // 60))
    if seconds < 72 * 3600:
        return t("units.age_hours", number=int(seconds // 3600))
    return t("units.age_days", number=int(seconds // 86400))


def age_stands(span: timedelta) -> timedelta:
    """How long `age` of a growing span keeps its words."""
    seconds = max(span.total_seconds(), 0)
    step = 1 if seconds < 60 else 60 if seconds < 2 * 3600 else 3600 if seconds < 72 * 3600 else 86400
    return timedelta(seconds=step - seconds % step)


def _whole(start: date, end: date, grain: str) -> bool:
    is_start = (start - DAY).month != start.month and (grain == "month" or start.month % 3 == 1)
    return start.day == 1 and is_start and bucket_end(start, grain) == end  # type: ignore[arg-type]
