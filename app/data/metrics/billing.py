"""Recurring revenue and customers, from the movements that billing's subscription phases make."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, metric, monthly, of, setting

MRR = Measure("mrr", "movement", "amount", "stock", money=True)
MRR_MOVED = Measure("mrr_moved", "movement", "amount", money=True)
CUSTOMERS = Measure("customers", "movement", "customers", "stock")
NEW = Measure("customers_new", "movement", "customers", where=(("kind", "new"),))
REACTIVATED = Measure("customers_reactivated", "movement", "customers", where=(("kind", "reactivation"),))
CHURNED = Measure("customers_churned", "movement", "customers_lost", where=(("kind", "churn"),))
AT_START = Measure("customers_at_start", "movement", "customers_at_start", "panel")
LOST = Measure("customers_lost", "movement", "customers_lost", "panel")
MRR_AT_START = Measure("mrr_at_start", "movement", "mrr_at_start", "panel", money=True)
MRR_KEPT = Measure("mrr_at_end", "movement", "mrr_at_end", "panel", money=True)
MRR_LOST = Measure("mrr_lost", "movement", "mrr_lost", "panel", money=True)
REVENUE = Measure("invoiced_revenue", "invoice", "amount", money=True)
MOST_MONTHS = 60  # a lifetime beyond five years is not believed

for _metric in (
    Metric("mrr", "money", "up", of(MRR), basis="billing", theme="revenue"),
    Metric("arr", "money", "up", of(MRR), scale=12.0, basis="billing", theme="revenue"),
    Metric("net_new_mrr", "money", "up", of(MRR_MOVED), basis="billing", theme="revenue"),
    Metric(
        "mrr_growth", "ratio", "up", of(MRR_MOVED), of(MRR) - of(MRR_MOVED), basis="billing", theme="revenue"
    ),
    Metric("arpa", "money", "up", of(MRR), of(CUSTOMERS), basis="billing", theme="revenue", low_volume=True),
    Metric("customers", "count", "up", of(CUSTOMERS), basis="billing", theme="customers"),
    Metric("new_customers", "count", "up", of(NEW), basis="billing", theme="customers"),
    Metric("reactivated_customers", "count", "up", of(REACTIVATED), basis="billing", theme="customers"),
    Metric("churned_customers", "count", "down", of(CHURNED), basis="billing", theme="customers"),
    Metric(
        "logo_churn",
        "ratio",
        "down",
        of(LOST),
        of(AT_START),
        basis="billing",
        labelled="range",
        theme="customers",
        low_volume=True,
    ),
    Metric(
        "gross_revenue_churn",
        "ratio",
        "down",
        of(MRR_LOST),
        of(MRR_AT_START),
        basis="billing",
        labelled="range",
        theme="customers",
    ),
    Metric(
        "grr",
        "ratio",
        "up",
        of(MRR_AT_START) - of(MRR_LOST),
        of(MRR_AT_START),
        basis="billing",
        labelled="range",
        theme="customers",
    ),
    Metric(
        "nrr",
        "ratio",
        "up",
        of(MRR_KEPT),
        of(MRR_AT_START),
        basis="billing",
        labelled="range",
        theme="customers",
    ),
    Metric(
        "ltv",
        "money",
        "up",
        metric("arpa") * setting("gross_margin"),
        monthly(metric("logo_churn"), MOST_MONTHS),
        basis="billing",
        labelled="gross_margin",
        theme="customers",
        fills=(("months", MOST_MONTHS),),
    ),
):
    METRICS.add(_metric)
