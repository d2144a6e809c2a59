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
BUDGET = Measure("ad_budget", "budget", "budget", money=True)
PLATFORMS = "As reported by each ad platform."
CLAIMED = "Claimed by the platform"

for _metric in (
    Metric(
        "spend",
        "Ad spend",
        "What the ad platforms charged for media, each day converted at its own rate.",
        "money",
        "neutral",
        of(SPEND),
        source=PLATFORMS,
        group="Ads",
        short="Spend",
    ),
    Metric(
        "daily_budget",
        "Daily budget",
        "What campaigns may spend on the days on which they ran, by the budget of each day; a total budget is"
        " spread over its days.",
        "money",
        "neutral",
        of(BUDGET),
        version=2,
        since="2026-11-26",
        source="As each ad platform said it when it was read: a change counts from the day on which it was"
        " read, for the whole of that day, and days before the first reading have the budget of that.",
        group="Ads",
    ),
    Metric(
        "impressions",
        "Impressions",
        "How often ads were served.",
        "count",
        "neutral",
        of(IMPRESSIONS),
        source=PLATFORMS,
        group="Ads",
    ),
    Metric("clicks", "Clicks", "Clicks on ads.", "count", "up", of(CLICKS), source=PLATFORMS, group="Ads"),
    Metric(
        "ctr",
        "Click-through rate",
        "Clicks divided by impressions served.",
        "ratio",
        "up",
        of(CLICKS),
        of(IMPRESSIONS),
        source=PLATFORMS,
        group="Ads",
        low_volume=True,
        short="CTR",
    ),
    Metric(
        "cpc",
        "Cost per click",
        "Ad spend divided by clicks.",
        "money",
        "down",
        of(SPEND),
        of(CLICKS),
        source=PLATFORMS,
        group="Ads",
        low_volume=True,
        short="CPC",
    ),
    Metric(
        "cpm",
        "Cost per thousand impressions",
        "Ad spend for a thousand impressions served.",
        "money",
        "down",
        of(SPEND),
        of(IMPRESSIONS),
        scale=1000.0,
        source=PLATFORMS,
        group="Ads",
        low_volume=True,
        short="CPM",
    ),
    Metric(
        "claimed_conversions",
        "Claimed conversions",
        "Conversions that a platform credits to itself; several platforms claim the same one, so they are"
        " never added across platforms.",
        "count",
        "up",
        of(CLAIMED_CONVERSIONS),
        source=PLATFORMS,
        label=CLAIMED,
        group="Ads",
        short="Claimed conv.",
    ),
    Metric(
        "claimed_value",
        "Claimed conversion value",
        "Value of the conversions that a platform credits to itself; never added across platforms.",
        "money",
        "up",
        of(CLAIMED_VALUE),
        source=PLATFORMS,
        label=CLAIMED,
        group="Ads",
        short="Claimed value",
    ),
    Metric(
        "cpa_claimed",
        "Cost per claimed conversion",
        "Ad spend divided by the conversions that the platform claims.",
        "money",
        "down",
        of(SPEND),
        of(CLAIMED_CONVERSIONS),
        source=PLATFORMS,
        label=CLAIMED,
        group="Ads",
        low_volume=True,
        short="Claimed CPA",
    ),
    Metric(
        "roas_claimed",
        "Claimed ROAS",
        "Conversion value that the platform claims, divided by ad spend.",
        "multiple",
        "up",
        of(CLAIMED_VALUE),
        of(SPEND),
        source=PLATFORMS,
        label=CLAIMED,
        group="Ads",
        short="Claimed ROAS",
    ),
):
    METRICS.add(_metric)
