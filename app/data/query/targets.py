"""Targets in force on a day, from imported targets."""

from __future__ import annotations

from datetime import date

from app.data.metrics.base import METRICS
from app.data.query.execute import Cursor
from app.data.query.frame import Target
from app.data.warehouse.facts import TARGET

STATEMENT = (
    f"SELECT metric, date, ends_on, value FROM {TARGET.table.name} "
    "WHERE date <= ? AND ends_on >= ? ORDER BY ends_on DESC, date"
)


def targets(cursor: Cursor, on: date) -> tuple[Target, ...]:
    """At most one a metric; of several, the one that ends first."""
    rows = cursor.execute(STATEMENT, [on, on]).fetchall()
    return tuple({row[0]: Target(*row) for row in rows if row[0] in METRICS}.values())
