"""Paid media as a whole: what came through ad platforms, on the card, in the table and in the report alike.

Ad spend is set against what it brought. Revenue that nobody paid an ad for would make the ads look better
than they are, so a whole of these metrics is asked of paid media (`PAID`), and says so. An ad platform whose
spend nobody reads would do the same: it is left out, and named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.data.metrics.base import METRICS
from app.data.query.frame import Row, cell
from app.data.query.selection import Ask
from app.data.query.spec import PAID, WITH_SPEND, Filter, MetricQuery, Sort
from app.data.warehouse.dimensions import NOT_SET
from app.members import listed
from app.text import t

PAID_ONLY = "paid"  # in an address: only what came through an ad platform
COUNTED = ("spend", "conversions")  # by which a campaign takes part
UNCONNECTED = Filter("platform", (NOT_SET, WITH_SPEND), negate=True)
MEASURES = ("spend", "conversions", "cpa", "roas")  # of a campaign
BEST = ("attributed_revenue", "conversions", "spend", "roas")  # of the campaigns that brought the most


def campaigns(ask: Ask) -> MetricQuery:
    """What campaigns cost and brought, the dearest first."""
    return whole(ask(*MEASURES, by=("campaign",), sort="spend"))


def best_campaigns(ask: Ask, limit: int | None = None) -> MetricQuery:
    """What campaigns brought and cost, the most revenue first, of equals the dearest."""
    asked = whole(ask(*BEST, by=("campaign",), limit=limit))
    return replace(asked, sort=(Sort("attributed_revenue"), Sort("spend")))


def all_campaigns(ask: Ask) -> MetricQuery:
    """The same of all of them together."""
    return whole(ask(*MEASURES))


def best_together(ask: Ask) -> MetricQuery:
    """The same of all of them together."""
    return whole(ask(*BEST))


def takes_part(row: Row) -> bool:
    """Whether a campaign spent or brought anything."""
    return any(cell(row, name) for name in COUNTED)


def taking_part(ask: Ask) -> MetricQuery:
    """Every campaign that the whole covers, those without spend in these days too."""
    return ask(*COUNTED, by=("campaign",), compare="none").narrowed(PAID)


def rest(total: Row, shown: Sequence[Row]) -> Row:
    """What a whole holds besides some of its campaigns; a quotient is divided anew from the parts left."""
    numbers = [name for name, value in total.items() if isinstance(value, int | float)]
    left = {name: _without(name, total, shown) for name in numbers}
    quotients = [METRICS.get(name) for name in MEASURES if METRICS.get(name).denominator]
    for metric in quotients:
        above, below = left.get(f"{metric.id}__n"), left.get(f"{metric.id}__d")
        left[metric.id] = metric.scale * above / below if above is not None and below else None
    return left


def _without(name: str, total: Row, shown: Sequence[Row]) -> float | None:
    found = cell(total, name)
    return None if found is None else found - sum(cell(row, name) or 0.0 for row in shown)


def whole(query: MetricQuery) -> MetricQuery:
    """The question of a whole: of paid media where it sets ad spend against what came of it."""
    return query.narrowed(PAID) if any(map(against_spend, query.metrics)) else query


def unconnected(query: MetricQuery, *by: str) -> MetricQuery:
    """What ad platforms brought whose spend nobody reads: left out of the whole that a question is of."""
    kept = tuple(entry for entry in query.filters if entry != PAID)
    return MetricQuery(
        ("conversions",),
        query.period,
        (*by, "platform"),
        filters=(*kept, UNCONNECTED),
        scope=query.scope,
        as_of=query.as_of,
    )


def left_out(rows: Sequence[Row]) -> str:
    """The platforms of such an answer by name; nothing when there are none."""
    names = sorted({str(row["platform"]) for row in rows if cell(row, "conversions")})
    return t("widgets.unconnected", names=listed("platform", names)) if names else ""


def against_spend(metric_id: str) -> bool:
    """Whether a metric sets ad spend against what it brought."""
    return METRICS.get(metric_id).against_spend


def members(rows: Sequence[Row]) -> tuple[int, int]:
    """How many campaigns have a part in the days of an answer by campaign, and how many of them no spend."""
    taking_part = [row for row in rows if takes_part(row)]
    return len(taking_part), sum(not cell(row, "spend") for row in taking_part)


def words(rows: Sequence[Row]) -> str:
    """What a line of all paid media is called: exactly the campaigns that its numbers cover."""
    count, idle = members(rows)
    return t("widgets.campaigns_total_idle" if idle else "widgets.campaigns_total", count=count, idle=idle)
