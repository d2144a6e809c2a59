"""Paid media as a whole: what came through ad platforms, on the card, in the table and in the report alike.

Ad spend is set against what it brought. Revenue that nobody paid an ad for would make the ads look better
than they are, so a whole of these metrics is asked of paid media (`PAID`), and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.data.metrics.base import METRICS
from app.data.query.frame import Row, cell
from app.data.query.spec import PAID, MetricQuery
from app.text import t

COUNTED = ("spend", "conversions")  # by which a campaign takes part


def whole(query: MetricQuery) -> MetricQuery:
    """The question of a whole: of paid media where it sets ad spend against what came of it."""
    return query.narrowed(PAID) if any(map(against_spend, query.metrics)) else query


def against_spend(metric_id: str) -> bool:
    """Whether a metric sets ad spend against what it brought."""
    return METRICS.get(metric_id).against_spend


def members(rows: Sequence[Row]) -> tuple[int, int]:
    """How many campaigns have a part in the days of an answer by campaign, and how many of them no spend."""
    taking_part = [row for row in rows if any(cell(row, name) for name in COUNTED)]
    return len(taking_part), sum(not cell(row, "spend") for row in taking_part)


def words(rows: Sequence[Row]) -> str:
    """What a line of all paid media is called: exactly the campaigns that its numbers cover."""
    count, idle = members(rows)
    return t("widgets.campaigns_total_idle" if idle else "widgets.campaigns_total", count=count, idle=idle)
