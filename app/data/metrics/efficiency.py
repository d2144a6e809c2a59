"""What the money brought: metrics that set spend and costs beside leads, customers and revenue."""

from __future__ import annotations

from app.data.metrics.ads import SPEND
from app.data.metrics.base import METRICS, Measure, Metric, known, metric, number, of, setting
from app.data.metrics.billing import NEW
from app.data.metrics.billing import REVENUE as INVOICED
from app.data.metrics.crm import (
    CONVERSIONS,
    LEADS,
    NEW_CUSTOMERS,
    PAID_CONVERSIONS,
    REVENUE,
)
from app.data.metrics.movements import MOVED

COSTS = Measure("costs", "cost", "amount", money=True)
FULL_COST = known(of(SPEND), of(COSTS))

for _metric in (
    Metric("cost_per_lead", "money", "down", of(SPEND), of(LEADS), theme="efficiency", low_volume=True),
    Metric(
        "cpa",
        "money",
        "down",
        of(SPEND),
        of(CONVERSIONS),
        basis="credited",
        labelled="credited",
        theme="efficiency",
        low_volume=True,
        against_spend=True,
    ),
    Metric(
        "roas",
        "multiple",
        "up",
        of(REVENUE),
        of(SPEND),
        basis="credited",
        labelled="credited",
        theme="efficiency",
        cases="conversions",
        against_spend=True,
    ),
    Metric(
        "roi",
        "ratio",
        "up",
        of(REVENUE) * setting("gross_margin") - FULL_COST,
        FULL_COST,
        basis="credited",
        labelled="credited",
        theme="efficiency",
        cases="conversions",
    ),
    Metric("mer", "multiple", "up", of(INVOICED), of(SPEND), theme="efficiency"),
    Metric(
        "cac_paid",
        "money",
        "down",
        of(SPEND),
        of(PAID_CONVERSIONS),
        version=2,
        since="2026-11-26",
        basis="credited",
        labelled="credited",
        theme="efficiency",
    ),
    Metric(
        "cac_loaded",
        "money",
        "down",
        # A channel may buy no media, but without costs nothing is fully loaded.
        of(COSTS) + known(of(SPEND), number(0)),
        of(NEW_CUSTOMERS),
        theme="efficiency",
    ),
    Metric(
        "cac_payback",
        "months",
        "down",
        # CAC / (new MRR / new customers x margin), with `new customers` on the other side.
        metric("cac_loaded") * of(NEW),
        of(MOVED["new"]) * setting("gross_margin"),
        labelled="gross_margin_new",
        theme="efficiency",
    ),
    Metric("ltv_cac", "multiple", "up", metric("ltv"), metric("cac_loaded"), theme="efficiency"),
):
    METRICS.add(_metric)
