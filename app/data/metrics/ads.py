"""What media cost and brought, as the ad platforms report it. `claimed` is what a platform says of itself."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, of

SPEND = Measure("ad_cost", "ad", "cost", money=True)
IMPRESSIONS = Measure("ad_impressions", "ad", "impressions")
CLICKS = Measure("ad_clicks", "ad", "clicks")
CLAIMED_CONVERSIONS = Measure(
    "ad_claimed_conversions", "ad", "claimed_conversions", additive_across_platforms=False
)
CLAIMED_VALUE = Measure(
    "ad_claimed_value", "ad", "claimed_value", money=True, additive_across_platforms=False
)
BUDGET = Measure("ad_budget", "budget", "budget", money=True, event=False)

for _metric in (
    Metric("spend", "money", "neutral", of(SPEND), basis="ad_platforms", theme="ads"),
    Metric(
        "daily_budget",
        "money",
        "neutral",
        of(BUDGET),
        version=2,
        since="2026-11-26",
        basis="budgets",
        theme="ads",
    ),
    Metric("impressions", "count", "neutral", of(IMPRESSIONS), basis="ad_platforms", theme="ads"),
    Metric("clicks", "count", "up", of(CLICKS), basis="ad_platforms", theme="ads"),
    Metric(
        "ctr", "ratio", "up", of(CLICKS), of(IMPRESSIONS), basis="ad_platforms", theme="ads", low_volume=True
    ),
    Metric("cpc", "money", "down", of(SPEND), of(CLICKS), basis="ad_platforms", theme="ads", low_volume=True),
    Metric(
        "cpm",
        "money",
        "down",
        of(SPEND),
        of(IMPRESSIONS),
        scale=1000.0,
        basis="ad_platforms",
        theme="ads",
        low_volume=True,
    ),
    Metric(
        "claimed_conversions",
        "count",
        "up",
        of(CLAIMED_CONVERSIONS),
        basis="ad_platforms",
        labelled="claimed",
        theme="ads",
    ),
    Metric(
        "claimed_value",
        "money",
        "up",
        of(CLAIMED_VALUE),
        basis="ad_platforms",
        labelled="claimed",
        theme="ads",
    ),
    Metric(
        "cpa_claimed",
        "money",
        "down",
        of(SPEND),
        of(CLAIMED_CONVERSIONS),
        basis="ad_platforms",
        labelled="claimed",
        theme="ads",
        low_volume=True,
    ),
    Metric(
        "roas_claimed",
        "multiple",
        "up",
        of(CLAIMED_VALUE),
        of(SPEND),
        basis="ad_platforms",
        labelled="claimed",
        theme="ads",
    ),
):
    METRICS.add(_metric)
