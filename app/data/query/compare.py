"""Setting an answer beside its base: rows meet by their dimensions, buckets where they are alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.data.query.frame import Scalar
from app.data.query.spec import MetricQuery, Sort
from app.periods import Period, met

Row = Mapping[str, Scalar]
Key = tuple[Scalar, ...]


def beside(query: MetricQuery, rows: Iterable[Row], base_period: Period, base: Iterable[Row]) -> list[Row]:
    """The rows with their base values; a row that only the base has stands with nothing of its own."""
    days: Mapping[Any, date] = met(query.period, base_period, query.grain) if query.grain else {}
    found = {_key(query, row): dict(row) for row in rows}
    for row in base:
        moved = days.get(row["date"]) if query.grain else None
        if query.grain and moved is None:
            continue
        key = (moved, *(row[name] for name in query.dimensions)) if query.grain else _key(query, row)
        found.setdefault(key, _blank(query, key)).update(_renamed(query, row))
    none = _renamed(query, {})
    return [{**row, **{name: row.get(name) for name in none}} for row in found.values()]


def ordered(rows: list[Row], sort: tuple[Sort, ...], keys: tuple[str, ...]) -> list[Row]:
    """Rows in the asked order, then by their keys; missing values last."""
    result = sorted(rows, key=lambda row: tuple(_comparable(row[key]) for key in keys))
    for order in reversed(sort):
        there = [row for row in result if row.get(order.column) is not None]
        missing = [row for row in result if row.get(order.column) is None]
        there.sort(key=lambda row: _comparable(row[order.column]), reverse=order.descending)
        result = there + missing
    return result


def _comparable(value: Scalar) -> tuple[bool, float, str]:
    if isinstance(value, int | float):
        return (False, float(value), "")
    return (True, 0.0, "" if value is None else str(value))


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
