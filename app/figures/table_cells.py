"""Rows of a table as the texts that a grid shows: one mapping a line, ready for JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.data.metrics.base import METRICS, Metric
from app.data.query.frame import Row, Scalar
from app.data.query.spec import MetricQuery
from app.figures.table import Table, TableRow, label
from app.figures.table_view import TableView
from app.text import t
from app.units import MISSING, Units

# Series colours by channel, the same on every page; anything else is "other".
CHANNEL_COLOURS = {
    "Organic search": "organic",
    "Paid search": "paid",
    "Social": "social",
    "Direct": "direct",
    "Email": "email",
    "Content": "content",
    "Referral": "referral",
}
NO_CLEAR_CHANGE = 0.005


@dataclass(frozen=True)
class Writer:
    """Turns one number into a text, a class and a reason; knows the currency and the small print."""

    units: Units
    low_volume: int
    notes: Mapping[str, str]

    def cell(self, column: str, row: Row) -> dict[str, str]:
        """Keys: the column (text), `<column>__c` (class), `<column>__why` (shown on hover)."""
        metric, value = METRICS.get(column), number(row.get(column))
        if value is None:
            return {column: MISSING, f"{column}__c": "none", f"{column}__why": self._reason(column, row)}
        cases = number(row.get(f"{column}__d"))
        if metric.low_volume and cases is not None and cases < self.low_volume:
            text = t("campaigns.low", n=self.units.full(round(cases, 1), "count"))
            return {column: text, f"{column}__c": "low", f"{column}__why": self.exact(metric, value)}
        return {column: self.units.full(value, metric.unit, symbol=False)}

    def exact(self, metric: Metric, value: float) -> str:
        return self.units.full(value, metric.unit)

    def change(self, column: str, row: Row) -> dict[str, str]:
        """The change of a column against the comparison, in words and with the class that colours it."""
        now, then = number(row.get(column)), number(row.get(f"{column}__base"))
        key = f"{column}__change"
        if now is None or then is None:
            return {key: MISSING, f"{key}__c": "none"}
        if then == 0:
            return {key: t("campaigns.new") if now else t("campaigns.same"), f"{key}__c": "flat"}
        share = (now - then) / abs(then)
        if abs(share) < NO_CLEAR_CHANGE:
            return {key: t("campaigns.same"), f"{key}__c": "flat"}
        metric = METRICS.get(column)
        verdict = _verdict(metric, share)
        moved = metric.unit in ("ratio", "percent")
        text = self.units.change(now - then, metric.unit) if moved else self.units.percent(share, sign=True)
        arrow = "↑" if share > 0 else "↓"
        words = t(f"campaigns.{verdict}", change=f"{arrow} {text}")
        return {key: words, f"{key}__c": verdict, f"{key}__why": self.exact(metric, then)}

    def _reason(self, column: str, row: Row) -> str:
        if column in self.notes:
            return self.notes[column]
        if number(row.get(f"{column}__d")) == 0:
            return t("campaigns.no_denominator")
        return t("campaigns.missing")


def grid_rows(
    table: Table, view: TableView, writer: Writer, query: MetricQuery, limit: int
) -> list[dict[str, Any]]:
    """The lines of a grid; `where` and `days` pin the cell for the passport."""
    return [_line(row, view, writer, query) for row in table.rows[:limit]]


def total_row(table: Table, view: TableView, writer: Writer) -> list[dict[str, Any]]:
    """The pinned line below the table, or nothing when there is no answer."""
    if table.total is None:
        return []
    count = writer.units.full(table.of, "count")
    name = t("campaigns.total", count=count, level=t(f"campaigns.level_{view.leaf}"))
    return [
        {"id": "total", "level": 0, "label": name, "where": {}, "days": ""}
        | _cells(view, writer, table.total)
    ]


def _line(row: TableRow, view: TableView, writer: Writer, query: MetricQuery) -> dict[str, Any]:
    pinned = dict(zip(view.group, row.labels, strict=False))
    day = pinned.pop("date", "")
    deepest = view.group[row.level - 1]
    line = {
        "id": " / ".join(row.labels) or "-",
        "path": list(row.labels),
        "level": row.level,
        "leaf": row.level == len(view.group),
        "open": row.open,
        "label": name_of(row.path[-1], deepest, writer.units),
        "count": _count(row, view) if row.level < len(view.group) else "",
        "colour": CHANNEL_COLOURS.get(row.labels[-1], "other") if deepest == "channel" else "",
        "where": pinned,
        "days": f"{day}..{day}" if day else "",
    }
    return line | _cells(view, writer, row.cells)


def _count(row: TableRow, view: TableView) -> str:
    below = view.group[row.level]
    key = f"campaigns.one_{below}" if row.children == 1 else f"campaigns.level_{below}"
    return f"{row.children} {t(key)}"


def _cells(view: TableView, writer: Writer, row: Row) -> dict[str, str]:
    cells: dict[str, str] = {}
    for column in view.columns:
        cells |= writer.cell(column, row)
        if view.changes:
            cells |= writer.change(column, row)
    return cells


def name_of(value: Scalar, dimension: str, units: Units) -> str:
    """A member as a reader knows it."""
    if dimension == "date" and value is not None and not isinstance(value, str | int | float):
        return units.day(value)
    return label(value) or MISSING


def number(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _verdict(metric: Metric, share: float) -> str:
    if metric.direction == "neutral":
        return "neutral"
    return "better" if (share > 0) == (metric.direction == "up") else "worse"


def header(column: str, currency: str) -> str:
    """A column's title with its unit, so that cells carry the number alone."""
    metric = METRICS.get(column)
    return f"{metric.brief}, {currency}" if metric.unit == "money" and currency else metric.brief


def titles(columns: Iterable[str]) -> dict[str, str]:
    return {column: METRICS.get(column).title for column in columns}
