"""Series in files: `ds,y` in, `ds,yhat,lower,upper` out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from app import csv_format
from app.errors import InputError
from app.ml.csv_lines import EMPTY, opened, whole
from app.ml.forecasting import Predicted
from app.ml.series import Frequency, Series, series
from app.text import t

COLUMNS = ("ds", "y")
HEAD = ("ds", "yhat", "lower", "upper")


def read(path: Path, freq: Frequency) -> Series:
    """The series of a CSV file; an empty `y` is a gap.

    Raises: InputError that names the line.
    """
    days, values = [], []
    with opened(path) as rows:
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            found = ", ".join(rows.fieldnames or ()) or t("models.no_columns")
            raise InputError(
                t("models.lacks_column", name=path.name, missing=", ".join(missing)),
                hint=t("models.series_columns_hint", found=found),
            )
        for row in whole(rows, path.name):
            days.append(_day(row["ds"], rows.line_num, path.name))
            values.append(_value(row["y"], rows.line_num, path.name))
    if not days:
        raise InputError(t("models.file_empty", name=path.name), hint=t("models.series_file_empty_hint"))
    return series(days, values, freq)


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
    whole = f"{text.strip()}-01" if len(text.strip()) == 7 else text.strip()[:10]
    try:
        return date.fromisoformat(whole)
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
