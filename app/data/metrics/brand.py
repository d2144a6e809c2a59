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
SURVEYS = "From imported survey answers."
ESTIMATES = "From imported market estimates and billing's invoices."
NEWEST_MONTH = "Latest month with an estimate"

for _metric in (
    Metric(
        "nps",
        "Net promoter score",
        "Share of answers of 9 or 10 less share of answers of 0 to 6, in points.",
        "points",
        "up",
        of(PROMOTERS) - of(DETRACTORS),
        of(ANSWERS),
        scale=100.0,
        source=SURVEYS,
        group="Brand",
        low_volume=True,
        shares=("nps_promoters", "nps_detractors"),
    ),
    Metric(
        "nps_promoters",
        "Promoters",
        "Share of answers of 9 or 10.",
        "ratio",
        "up",
        of(PROMOTERS),
        of(ANSWERS),
        source=SURVEYS,
        group="Brand",
        low_volume=True,
    ),
    Metric(
        "nps_detractors",
        "Detractors",
        "Share of answers of 0 to 6.",
        "ratio",
        "down",
        of(DETRACTORS),
        of(ANSWERS),
        source=SURVEYS,
        group="Brand",
        low_volume=True,
    ),
    Metric(
        "aided_awareness",
        "Aided awareness",
        "People who recognise the brand when it is named, divided by people asked, in the latest survey wave"
        " that ended within or before the range.",
        "ratio",
        "up",
        of(AIDED),
        of(ASKED_AIDED),
        source=SURVEYS,
        label="Latest wave",
        group="Brand",
        low_volume=True,
    ),
    Metric(
        "unaided_awareness",
        "Unaided awareness",
        "People who name the brand unprompted, divided by people asked, in the latest survey wave that ended"
        " within or before the range.",
        "ratio",
        "up",
        of(UNAIDED),
        of(ASKED_UNAIDED),
        source=SURVEYS,
        label="Latest wave",
        group="Brand",
        low_volume=True,
    ),
    Metric(
        "market_share",
        "Market share",
        "Own invoiced revenue divided by the estimated revenue of the market, both of the latest complete"
        " month with an estimate.",
        "ratio",
        "up",
        of(OWN_REVENUE),
        of(MARKET_REVENUE),
        source=ESTIMATES,
        label=NEWEST_MONTH,
        group="Brand",
        bounds=("market_share_low", "market_share_high"),
    ),
    Metric(
        "market_share_low",
        "Market share, at least",
        "Own invoiced revenue divided by the upper bound of the market's estimated revenue, both of the"
        " latest complete month with an estimate; without a bound there is no answer.",
        "ratio",
        "up",
        of(OWN_REVENUE),
        of(MARKET_AT_MOST),
        source=ESTIMATES,
        label=NEWEST_MONTH,
        group="Brand",
    ),
    Metric(
        "market_share_high",
        "Market share, at most",
        "Own invoiced revenue divided by the lower bound of the market's estimated revenue, both of the"
        " latest complete month with an estimate; without a bound there is no answer.",
        "ratio",
        "up",
        of(OWN_REVENUE),
        of(MARKET_AT_LEAST),
        source=ESTIMATES,
        label=NEWEST_MONTH,
        group="Brand",
    ),
):
    METRICS.add(_metric)
