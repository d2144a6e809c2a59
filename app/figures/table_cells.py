"""Rows of a table as the texts that a grid shows: one mapping a line, ready for JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app import members
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS, Metric
from app.data.metrics.dimensions import PAID_BY
from app.data.query.frame import Row, Scalar, base_day
from app.figures import deltas
from app.figures.paid import PAID_ONLY, against_spend
from app.figures.table import Table, TableRow, label
from app.figures.table_view import TableView
from app.figures.volume import few
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
TOTAL, PAID_LINE = "total", "paid"  # the pinned lines
CHANGE = "__change"  # behind the name of a column: its change
# Changes that are said in words alone.
QUIET = {
    "new": "campaigns.new",
    "flat": "campaigns.same",
    "young": "widgets.young",
    "standing": "widgets.standing",
}


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
        cases = few(metric, row, self.low_volume)
        if cases is not None:
            shown = self.units.full(value, metric.unit, symbol=False)
            text = t("campaigns.low_value", n=cases, value=shown)
            return {column: text, f"{column}__c": "low", f"{column}__why": self.exact(metric, value)}
        return {column: self.units.full(value, metric.unit, symbol=False)}

    def exact(self, metric: Metric, value: float) -> str:
        return self.units.full(value, metric.unit)

    def change(self, column: str, row: Row) -> dict[str, str]:
        """The change of a column against the comparison, in words and with the class that colours it."""
        metric, key = METRICS.get(column), f"{column}{CHANGE}"
        delta, then = deltas.of_row(metric, row, self.low_volume), number(row.get(f"{column}__base"))
        if delta.verdict == "unknown" or then is None:
            return {key: MISSING, f"{key}__c": "none"}
        why = self._before(metric, row, then)
        if delta.verdict in QUIET:
            return {key: t(QUIET[delta.verdict]), f"{key}__c": "flat", f"{key}__why": why}
        arrow = "↑" if delta.sign > 0 else "↓"
        text = f"{arrow} {deltas.change_text(delta, metric.unit, self.units)}"
        if delta.verdict in deltas.UNSURE:
            return {key: text, f"{key}__c": "flat", f"{key}__why": why}
        words = t(f"campaigns.{delta.verdict}", change=text)
        return {key: words, f"{key}__c": delta.verdict, f"{key}__why": why}

    def _before(self, metric: Metric, row: Row, then: float) -> str:
        """What a value was, and of a day on which day, that it may be judged by."""
        exact, day = self.exact(metric, then), base_day(row)
        if day is None:
            return exact
        key = "base_other_weekday" if deltas.other_weekday(metric, row) else "base_day"
        return t(f"campaigns.{key}", weekday=self.units.weekday(day), day=self.units.day(day), value=exact)

    def _reason(self, column: str, row: Row) -> str:
        if column in self.notes:
            return self.notes[column]
        if number(row.get(f"{column}__d")) == 0:
            return t("campaigns.no_denominator")
        ran = METRICS.get(column).basis == "ad_platforms" and number(row.get(f"{column}__base"))
        return t("campaigns.no_ads" if ran else "campaigns.missing")


def grid_rows(table: Table, view: TableView, writer: Writer, limit: int) -> list[dict[str, Any]]:
    """The lines of a grid; `where` and `days` pin the cell for the passport."""
    return [_line(row, view, writer, mixed=table.mixes(row.level)) for row in table.rows[:limit]]


def of_spend(column: str) -> bool:
    """Whether a column is missing where no spend is known."""
    return not set(catalogue.measures("spend")).isdisjoint(catalogue.measures(column))


def without_spend(line: Mapping[str, Any], view: TableView, unconnected: Sequence[Row]) -> dict[str, str]:
    """The reason of a line's empty cells, where it has something of a platform whose spend nobody reads."""
    pinned = {name: value for name, value in line["where"].items() if name in PAID_BY}
    if not pinned or not any(pinned.items() <= row.items() for row in unconnected if row["conversions"]):
        return {}
    empty = [name for name in view.columns if of_spend(name) and line.get(name) == MISSING]
    return {f"{name}__why": t("campaigns.unconnected") for name in empty}


def where(line: Mapping[str, Any], column: str) -> dict[str, str]:
    """What pins the number of a cell; where a line leaves it to paid media, that of paid media."""
    left = line.get("mixed") and against_spend(column)
    return {**line.get("where", {}), **({PAID_ONLY: "1"} if left else {})}


def total_row(
    table: Table, view: TableView, writer: Writer, paid: Row | None = None, *, whole: bool = False
) -> list[dict[str, Any]]:
    """The pinned lines below the table, or nothing when there is no answer; `whole`: all of it is paid media.

    With `paid`, the numbers of paid media alone, these have a line of their own where there is more beside
    them: a total of both leaves to it what is set against ad spend.
    """
    if table.total is None:
        return []
    count = writer.units.full(table.present, "count")
    level = t(f"campaigns.one_{view.leaf}" if table.present == 1 else f"campaigns.level_{view.leaf}")
    level = t("campaigns.total_named", level=level) if table.unset else level
    name = t("campaigns.total_paid" if whole else "campaigns.total", count=count, level=level)
    line = {"id": TOTAL, "level": 0, "label": name, "where": {}, "days": ""}
    line |= _cells(view, writer, table.total, mixed=table.mixes(0))
    below = {"id": PAID_LINE, "level": 0, "label": t("campaigns.paid"), "where": {PAID_ONLY: "1"}, "days": ""}
    same = paid is not None and all(table.total.get(column) == paid[column] for column in paid)
    if paid is None or (same and not table.mixes(0)):
        return [line]
    return [line, below | _cells(view, writer, paid)]


def _line(row: TableRow, view: TableView, writer: Writer, *, mixed: bool) -> dict[str, Any]:
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
    return line | _cells(view, writer, row.cells, mixed=mixed)


def _count(row: TableRow, view: TableView) -> str:
    """How many lines are below a line: of members where all of them are one, else of rows."""
    below = "rows" if row.unset else view.group[row.level]
    level = t(f"campaigns.one_{below}" if row.of == 1 else f"campaigns.level_{below}")
    if row.children == row.of:
        return f"{row.of} {level}"
    return t("campaigns.some", count=row.children, of=row.of)


def _cells(view: TableView, writer: Writer, row: Row, *, mixed: bool = False) -> dict[str, Any]:
    cells: dict[str, Any] = {"mixed": mixed}
    for column in view.columns:
        if mixed and against_spend(column):
            cells |= {column: MISSING, f"{column}__c": "none", f"{column}__why": t("campaigns.paid_only")}
            cells |= {f"{column}__change": MISSING, f"{column}__change__c": "none"} if view.changes else {}
            continue
        cells |= writer.cell(column, row)
        if view.changes:
            cells |= writer.change(column, row)
    return cells


def name_of(value: Scalar, dimension: str, units: Units) -> str:
    """A member as a reader knows it."""
    if dimension == "date" and value is not None and not isinstance(value, str | int | float):
        return units.day(value)
    return members.words(dimension, label(value)) or MISSING


def number(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def header(column: str, currency: str) -> str:
    """A column's title with its unit, so that cells carry the number alone."""
    metric = METRICS.get(column)
    return f"{metric.brief}, {currency}" if metric.unit == "money" and currency else metric.brief


def titles(columns: Iterable[str]) -> dict[str, str]:
    return {column: METRICS.get(column).title for column in columns}
