"""What the money brought: metrics that set spend and costs beside leads, customers and revenue."""

from __future__ import annotations

from app.data.metrics.ads import SPEND
from app.data.metrics.base import METRICS, Measure, Metric, known, metric, number, of, setting
from app.data.metrics.billing import NEW
from app.data.metrics.billing import REVENUE as INVOICED
from app.data.metrics.crm import (
    CONVERSIONS,
    CREDIT_LABEL,
    CREDITED,
    LEADS,
    NEW_CUSTOMERS,
    PAID_CONVERSIONS,
    REVENUE,
)
from app.data.metrics.movements import MOVED

COSTS = Measure("costs", "cost", "amount", money=True)
FULL_COST = known(of(SPEND), of(COSTS))
SPREAD = "Media is what the platforms charge; a month's other cost is spread evenly over its days."

for _metric in (
    Metric(
        "cost_per_lead",
        "Cost per lead",
        "Ad spend divided by new leads, each person once.",
        "money",
        "down",
        of(SPEND),
        of(LEADS),
        group="Efficiency",
        low_volume=True,
    ),
    Metric(
        "cpa",
        "Cost per conversion",
        "Ad spend divided by the record's own conversions.",
        "money",
        "down",
        of(SPEND),
        of(CONVERSIONS),
        source=CREDITED,
        label=CREDIT_LABEL,
        group="Efficiency",
        low_volume=True,
        short="CPA",
        against_spend=True,
    ),
    Metric(
        "roas",
        "ROAS",
        "Attributed revenue divided by ad spend.",
        "multiple",
        "up",
        of(REVENUE),
        of(SPEND),
        source=CREDITED,
        label=CREDIT_LABEL,
        group="Efficiency",
        cases="conversions",
        against_spend=True,
    ),
    Metric(
        "roi",
        "ROI",
        "Attributed revenue times gross margin, less ad spend and costs, divided by ad spend and costs;"
        f" without any cost there is no answer. {SPREAD}",
        "ratio",
        "up",
        of(REVENUE) * setting("gross_margin") - FULL_COST,
        FULL_COST,
        source=CREDITED,
        label=CREDIT_LABEL,
        group="Efficiency",
        cases="conversions",
    ),
    Metric(
        "mer",
        "Marketing efficiency ratio",
        "All invoiced revenue divided by all ad spend; needs no attribution.",
        "multiple",
        "up",
        of(INVOICED),
        of(SPEND),
        group="Efficiency",
    ),
    Metric(
        "cac_paid",
        "CAC, paid media",
        "Ad spend divided by the new customers credited to traffic of an ad platform: of each customer the"
        " first won opportunity counts.",
        "money",
        "down",
        of(SPEND),
        of(PAID_CONVERSIONS),
        source=CREDITED,
        label=CREDIT_LABEL,
        group="Efficiency",
    ),
    Metric(
        "cac_loaded",
        "CAC, fully loaded",
        "Ad spend plus salaries, tools, agencies and other marketing and sales costs, divided by all new"
        " customers: of each customer the first won opportunity counts. Without costs there is no answer."
        f" {SPREAD}",
        "money",
        "down",
        # A channel may buy no media, but without costs nothing is fully loaded.
        of(COSTS) + known(of(SPEND), number(0)),
        of(NEW_CUSTOMERS),
        group="Efficiency",
    ),
    Metric(
        "cac_payback",
        "CAC payback",
        "Months until the gross profit of a new customer has paid for the fully loaded CAC: CAC divided by"
        " what a new customer pays a month (new MRR divided by new customers) times gross margin.",
        "months",
        "down",
        # CAC / (new MRR / new customers x margin), with `new customers` on the other side.
        metric("cac_loaded") * of(NEW),
        of(MOVED["new"]) * setting("gross_margin"),
        label="Gross margin, new customers' MRR",
        group="Efficiency",
    ),
    Metric(
        "ltv_cac",
        "LTV to CAC",
        "Lifetime value (gross profit) divided by the fully loaded CAC.",
        "multiple",
        "up",
        metric("ltv"),
        metric("cac_loaded"),
        group="Efficiency",
    ),
):
    METRICS.add(_metric)
