"""Series in files: `ds,y` in, `ds,yhat,lower,upper` out."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from app.errors import InputError
from app.ml.forecasting import Predicted
from app.ml.series import Frequency, Series, series

COLUMNS = ("ds", "y")
HEAD = ("ds", "yhat", "lower", "upper", "lower_80", "upper_80")
EMPTY = {"", "na", "nan", "null", "none"}


def read(path: Path, freq: Frequency) -> Series:
    """The series of a CSV file; an empty `y` is a gap.

    Raises: InputError that names the line.
    """
    days, values = [], []
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            found = ", ".join(rows.fieldnames or ()) or "none"
            raise InputError(
                f"{path.name} lacks the column {', '.join(missing)}.",
                hint=f"It takes the columns ds and y; it has {found}.",
            )
        for row in rows:
            days.append(_day(row["ds"] or "", rows.line_num, path.name))
            values.append(_value(row["y"] or "", rows.line_num, path.name))
    if not days:
        raise InputError(f"{path.name} has a header and no rows.", hint="Give one row for each day or month.")
    return series(days, values, freq)


def write(path: Path, points: Iterable[Predicted]) -> None:
    """One line for each predicted day or month; `lower` and `upper` are the ends of the 95% interval."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(HEAD)
        for one in points:
            values = (one.value, one.low_95, one.high_95, one.low_80, one.high_80)
            lines.writerow((one.date.isoformat(), *(f"{value:.10g}" for value in values)))


def _day(text: str, line: int, name: str) -> date:
    whole = f"{text.strip()}-01" if len(text.strip()) == 7 else text.strip()[:10]
    try:
        return date.fromisoformat(whole)
    except ValueError:
        raise InputError(
            f"Line {line} of {name}: {text!r} is no date.", hint="Write dates as 2026-03-31 or 2026-03."
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
            f"Line {line} of {name}: {text!r} is no number.", hint="Write numbers as 1234.5, gaps as nothing."
        )
    return value
