"""What people say and what share of the market is ours: from surveys and market estimates."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, of

PROMOTERS = Measure("promoters", "nps", "promoter")
DETRACTORS = Measure("detractors", "nps", "detractor")
ANSWERS = Measure("nps_answers", "nps", "scored")
AIDED = Measure("aided", "awareness", "aided", "latest")
ASKED_AIDED = Measure("asked_aided", "awareness", "asked_aided", "latest")
UNAIDED = Measure("unaided", "awareness", "unaided", "latest")
ASKED_UNAIDED = Measure("asked_unaided", "awareness", "asked_unaided", "latest")
OWN_REVENUE = Measure("own_month_revenue", "market_invoice", "amount", "latest", money=True)
MARKET_REVENUE = Measure("market_revenue", "market", "revenue", "latest", money=True)
MARKET_AT_LEAST = Measure("market_revenue_at_least", "market", "low", "latest", money=True)
MARKET_AT_MOST = Measure("market_revenue_at_most", "market", "high", "latest", money=True)

for _metric in (
    Metric(
        "nps",
        "points",
        "up",
        of(PROMOTERS) - of(DETRACTORS),
        of(ANSWERS),
        scale=100.0,
        basis="surveys",
        theme="brand",
        low_volume=True,
        shares=("nps_promoters", "nps_detractors"),
    ),
    Metric(
        "nps_promoters",
        "ratio",
        "up",
        of(PROMOTERS),
        of(ANSWERS),
        basis="surveys",
        theme="brand",
        low_volume=True,
    ),
    Metric(
        "nps_detractors",
        "ratio",
        "down",
        of(DETRACTORS),
        of(ANSWERS),
        basis="surveys",
        theme="brand",
        low_volume=True,
    ),
    Metric(
        "aided_awareness",
        "ratio",
        "up",
        of(AIDED),
        of(ASKED_AIDED),
        basis="surveys",
        labelled="latest_wave",
        theme="brand",
        low_volume=True,
    ),
    Metric(
        "unaided_awareness",
        "ratio",
        "up",
        of(UNAIDED),
        of(ASKED_UNAIDED),
        basis="surveys",
        labelled="latest_wave",
        theme="brand",
        low_volume=True,
    ),
    Metric(
        "market_share",
        "ratio",
        "up",
        of(OWN_REVENUE),
        of(MARKET_REVENUE),
        basis="market_estimates",
        labelled="newest_month",
        theme="brand",
        bounds=("market_share_low", "market_share_high"),
    ),
    Metric(
        "market_share_low",
        "ratio",
        "up",
        of(OWN_REVENUE),
        of(MARKET_AT_MOST),
        basis="market_estimates",
        labelled="newest_month",
        theme="brand",
    ),
    Metric(
        "market_share_high",
        "ratio",
        "up",
        of(OWN_REVENUE),
        of(MARKET_AT_LEAST),
        basis="market_estimates",
        labelled="newest_month",
        theme="brand",
    ),
):
    METRICS.add(_metric)
