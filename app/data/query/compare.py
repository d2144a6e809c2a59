"""Setting an answer beside its base: rows meet by their dimensions, buckets where they are alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.data.query.frame import BASE_DAY, OTHER_WEEKDAY, Scalar
from app.data.query.spec import MetricQuery, Sort
from app.periods import Grain, Period, bucket_start, met, other_weekday

Row = Mapping[str, Scalar]
Key = tuple[Scalar, ...]


def base_days(query: MetricQuery, grain: Grain) -> Mapping[date, Period]:
    """The first day of each bucket -> the days of the base that it is compared with; none for the others."""
    then = query.base_period
    pairs = met(query.period, then, grain) if then else ()
    return {bucket_start(one.start, grain): other for one, other in pairs}


def beside(query: MetricQuery, rows: Iterable[Row], base_period: Period, base: Iterable[Row]) -> list[Row]:
    """The rows with their base values, and what is to be said of the days that these are of; a row that only
    the base has stands with nothing of its own."""
    said = _said_of_days(query, base_period)
    days: Mapping[Any, Any] = {marks[BASE_DAY]: day for day, marks in said.items() if BASE_DAY in marks}
    found = {_key(query, row): dict(row) for row in rows}
    for row in base:
        moved = days.get(row["date"]) if query.grain else None
        if query.grain and moved is None:
            continue
        key = (moved, *(row[name] for name in query.dimensions)) if query.grain else _key(query, row)
        found.setdefault(key, _blank(query, key)).update(_renamed(query, row))
    none = _renamed(query, {})
    return [
        {**row, **{name: row.get(name) for name in none}, **said.get(_bucket(query, row), {})}
        for row in found.values()
    ]


def _bucket(query: MetricQuery, row: Row) -> Scalar:
    return row["date"] if query.grain else None


def _said_of_days(query: MetricQuery, base_period: Period) -> Mapping[Any, dict[str, Scalar]]:
    """What rows say of the days that they are beside, by bucket; of an answer without buckets by None."""
    grain = query.grain
    if grain is None:
        return {None: _weekdays(query.period, base_period)}
    return {
        bucket_start(one.start, grain): {BASE_DAY: bucket_start(other.start, grain), **_weekdays(one, other)}
        for one, other in met(query.period, base_period, grain)
    }


def _weekdays(one: Period, other: Period) -> dict[str, Scalar]:
    return {OTHER_WEEKDAY: True} if other_weekday(one, other) else {}


def ordered(rows: list[Row], sort: tuple[Sort, ...], keys: tuple[str, ...]) -> list[Row]:
    """Rows in the asked order, then by their keys; missing values last."""
    result = sorted(rows, key=lambda row: tuple(_comparable(row[key]) for key in keys))
    for order in reversed(sort):
        there = [row for row in result if row.get(order.column) is not None]
        missing = [row for row in result if row.get(order.column) is None]
        there.sort(key=lambda row: _comparable(row[order.column]), reverse=order.descending)
        result = there + missing
    return result


def _comparable(value: Scalar) -> tuple[bool, float, str, str]:
    """Names without regard to case first, as the database orders them."""
    if isinstance(value, int | float):
        return (False, float(value), "", "")
    text = "" if value is None else str(value)
    return (True, 0.0, text.lower(), text)


def _key(query: MetricQuery, row: Row) -> Key:
    names = (("date",) if query.grain else ()) + query.dimensions
    return tuple(row[name] for name in names)


def _blank(query: MetricQuery, key: Key) -> dict[str, Scalar]:
    names = (("date",) if query.grain else ()) + query.dimensions
    return {
        **dict(zip(names, key, strict=True)),
        **{f"{m}{part}": None for m in query.metrics for part in ("", "__n")},
    }


def _renamed(query: MetricQuery, row: Row) -> dict[str, Scalar]:
    renamed: dict[str, Scalar] = {}
    for metric in query.metrics:
        renamed[f"{metric}__base"] = row.get(metric)
        renamed[f"{metric}__base_n"] = row.get(f"{metric}__n")
        if not row or f"{metric}__d" in row:
            renamed[f"{metric}__base_d"] = row.get(f"{metric}__d")
        if f"{metric}__of" in row:
            renamed[f"{metric}__base_of"] = row[f"{metric}__of"]
    return renamed
