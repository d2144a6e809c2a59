"""Series in files: `ds,y` in, `ds,yhat,lower,upper` out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from app import csv_format
from app.errors import InputError
from app.ml.csv_lines import EMPTY, lacking, opened, whole
from app.ml.forecasting import Predicted
from app.ml.series import Frequency, Series, series
from app.text import t

COLUMNS = ("ds", "y")
HEAD = ("ds", "yhat", "lower", "upper")
MONTH, DAY = len("2026-03"), len("2026-03-31")  # longer, it is an instant


@dataclass(frozen=True)
class SeriesFile:
    """A series up to the newest value of its file; `empty`: the days of later rows, whose `y` is empty."""

    name: str
    series: Series
    empty: tuple[date, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is said of values that one may expect to be counted."""
        if not self.empty:
            return ()
        words = {"name": self.name, "last": self.series.date(len(self.series) - 1), "first": min(self.empty)}
        if len(self.empty) == 1:
            return (t("models.newest_empty_one", **words),)
        return (t("models.newest_empty", **words, count=len(self.empty), until=max(self.empty)),)


def read(path: Path, freq: Frequency) -> SeriesFile:
    """The series of a CSV file; an empty `y` is a gap, after the newest value it is none.

    Raises: InputError that names the line.
    """
    days, values = [], []
    with opened(path) as rows:
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            found = ", ".join(rows.fieldnames or ()) or t("models.no_columns")
            raise lacking(path.name, missing, t("models.series_columns_hint", found=found))
        for row in whole(rows, path.name):
            days.append(_day(row["ds"], rows.line_num, path.name))
            values.append(_value(row["y"], rows.line_num, path.name))
    if not days:
        raise InputError(t("models.file_empty", name=path.name), hint=t("models.series_file_empty_hint"))
    known = series(days, values, freq)
    last = max(day for day, value in zip(days, values, strict=True) if value is not None)
    return SeriesFile(path.name, known, tuple(day for day in days if day > last))


def write(path: Path, points: Iterable[Predicted]) -> None:
    """One line for each predicted day or month; `lower` and `upper` are the ends of the 95% interval."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv_format.writer(file)
        lines.writerow(HEAD)
        for one in points:
            values = (one.value, one.low_95, one.high_95)
            lines.writerow((one.date.isoformat(), *(f"{value:.10g}" for value in values)))


def interval_80(points: Iterable[Predicted]) -> list[dict[str, str | float]]:
    """The ends of the 80% interval of each predicted day or month, for the JSON beside the values."""
    return [{"ds": one.date.isoformat(), "lower": one.low_80, "upper": one.high_80} for one in points]


def _day(text: str, line: int, name: str) -> date:
    written = text.strip()
    try:
        if len(written) > DAY:
            return datetime.fromisoformat(written).date()
        return date.fromisoformat(f"{written}-01" if len(written) == MONTH else written)
    except ValueError:
        raise InputError(
            t("models.no_date", line=line, name=name, text=text), hint=t("models.no_date_hint")
        ) from None


def _value(text: str, line: int, name: str) -> float | None:
    if text.strip().lower() in EMPTY:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(
            t("models.no_number", line=line, name=name, text=text), hint=t("models.no_number_hint")
        )
    return value
