"""What models said, read from their facts: forecasts of a metric, and scores of customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.data.query.execute import Cursor
from app.data.query.spec import EVERYTHING, Filter, Scope
from app.data.warehouse.facts import CUSTOMER_SCORE, FORECAST
from app.errors import AccessDenied
from app.periods import Grain
from app.text import t

SCORED_BY = ("plan", "country", "region")  # dimensions that a score carries
_POINT = "date, horizon, predicted, low_80, high_80, low_95, high_95, made_on, model"


Day = date  # a field that is called date hides the type in its class


@dataclass(frozen=True)
class ForecastQuery:
    """Every prediction of one metric at one grain, the newest and those before it."""

    metric: str
    grain: Grain
    scope: Scope = EVERYTHING


@dataclass(frozen=True)
class ForecastPoint:
    """One predicted bucket. `made_on`: the newest complete bucket that the model knew."""

    date: Day
    horizon: int
    predicted: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float
    made_on: Day
    model: str


@dataclass(frozen=True)
class ScoreQuery:
    """The newest score of every customer; the likeliest first."""

    score: str
    filters: tuple[Filter, ...] = ()
    scope: Scope = EVERYTHING


@dataclass(frozen=True)
class CustomerScore:
    """One customer. `reasons`: JSON of [feature, contribution], the largest first."""

    customer_id: str
    as_of: date
    probability: float
    reasons: str
    intervention: str
    plan: str
    country: str
    region: str


def forecasts(cursor: Cursor, query: ForecastQuery) -> tuple[ForecastPoint, ...]:
    """Points in the order of their making.

    Raises: AccessDenied within a scope: a forecast is of the whole company.
    """
    if not query.scope.unrestricted:
        limits = ", ".join(limit.dimension for limit in query.scope.filters)
        raise AccessDenied(t("query.not_in_scope", metric=t("forecasts.title")),
                           hint=t("query.not_in_scope_hint", dimension=limits))  # fmt: skip
    if not _there(cursor, FORECAST.table.name):
        return ()
    found = cursor.execute(
        f"SELECT {_POINT} FROM {FORECAST.table.name} WHERE metric = ? AND grain = ? ORDER BY made_on, date",
        [query.metric, query.grain],
    ).fetchall()
    return tuple(ForecastPoint(*row) for row in found)


def scores(cursor: Cursor, query: ScoreQuery) -> tuple[CustomerScore, ...]:
    """Raises: AccessDenied when the scope names what a score does not carry."""
    conditions, values = _conditions((*query.scope.filters, *query.filters))
    if not _there(cursor, CUSTOMER_SCORE.table.name):
        return ()
    table = CUSTOMER_SCORE.table.name
    found = cursor.execute(
        "SELECT customer_id, date, probability, reasons, intervention, plan, country, region "
        f"FROM {table} WHERE score = ? AND date = (SELECT max(date) FROM {table} WHERE score = ?)"
        f"{conditions} ORDER BY probability DESC, customer_id",
        [query.score, query.score, *values],
    ).fetchall()
    return tuple(CustomerScore(*row) for row in found)


def newest(points: Sequence[ForecastPoint]) -> tuple[ForecastPoint, ...]:
    """The predictions that were made last."""
    last = max((point.made_on for point in points), default=None)
    return tuple(point for point in points if point.made_on == last)


def _conditions(filters: Sequence[Filter]) -> tuple[str, list[Any]]:
    text = ""
    values: list[Any] = []
    for one in filters:
        if one.dimension not in SCORED_BY:
            raise AccessDenied(
                t("query.not_in_scope", metric=t("customers.title")),
                hint=t("query.not_in_scope_hint", dimension=one.dimension),
            )
        marks = ", ".join("?" * len(one.values)) or "NULL"
        text += f" AND coalesce({one.dimension}, '') {'NOT IN' if one.negate else 'IN'} ({marks})"
        values += one.values
    return text, values


def _there(cursor: Cursor, table: str) -> bool:
    """A warehouse that was published before models existed has no such table until the next publish."""
    known = "SELECT 1 FROM duckdb_tables() WHERE table_name = ? AND database_name = current_database()"
    return cursor.execute(known, [table]).fetchone() is not None
