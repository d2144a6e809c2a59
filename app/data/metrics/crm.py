"""Leads, deals, and the conversions and revenue that the record credits to what was touched before."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, of
from app.data.metrics.web import VISITORS

LEADS = Measure("leads", "lead", "leads")
LEADS_WITH_OPPORTUNITY = Measure("leads_with_opportunity", "lead", "with_opportunity")
OPPORTUNITIES = Measure("opportunities", "opportunity", "opportunities")
WON = Measure("deals_won", "deal", "won")
NEW_CUSTOMERS = Measure("customers_first_won", "deal", "new_customer")
CLOSED = Measure("deals_closed", "deal", "closed")
WON_AMOUNT = Measure("won_amount", "deal", "won_amount", money=True)
CYCLE_DAYS = Measure("cycle_days", "deal", "cycle_days")
OPEN = Measure("open_deals", "pipeline", "deals", "stock")
CONVERSIONS = Measure("credited_conversions", "credit", "weight")
PAID_CONVERSIONS = Measure("paid_conversions", "paid_credit", "paid_weight")
REVENUE = Measure("credited_revenue", "credit", "revenue", money=True)
LEAD_DAYS = 30  # by then a lead has become an opportunity, or hardly ever will

for _metric in (
    Metric(
        "conversions", "count", "up", of(CONVERSIONS), basis="credited", labelled="credited", theme="sales"
    ),
    Metric(
        "attributed_revenue",
        "money",
        "up",
        of(REVENUE),
        basis="credited",
        labelled="credited",
        theme="sales",
        cases="conversions",
    ),
    Metric("leads", "count", "up", of(LEADS), basis="crm", theme="sales"),
    Metric(
        "visitor_to_lead", "ratio", "up", of(LEADS), of(VISITORS), basis="crm", theme="sales", low_volume=True
    ),
    Metric("opportunities", "count", "up", of(OPPORTUNITIES), basis="crm", theme="sales"),
    Metric("customers_won", "count", "up", of(WON), basis="crm", theme="sales"),
    Metric(
        "lead_to_opportunity",
        "ratio",
        "up",
        of(LEADS_WITH_OPPORTUNITY),
        of(LEADS),
        basis="crm",
        labelled="cohort",
        theme="sales",
        low_volume=True,
        matures=LEAD_DAYS,
        fills=(("days", LEAD_DAYS),),
    ),
    Metric(
        "opportunity_to_customer",
        "ratio",
        "up",
        of(WON),
        of(CLOSED),
        basis="crm",
        labelled="closed_deals",
        theme="sales",
        low_volume=True,
    ),
    Metric(
        "overall_conversion",
        "ratio",
        "up",
        of(WON),
        of(VISITORS),
        basis="crm",
        theme="sales",
        low_volume=True,
    ),
    Metric(
        "sales_velocity",
        "per_day",
        "up",
        # open x (won / closed) x (amount / won) / (days / won), with `won` reduced once.
        of(OPEN) * of(WON) * of(WON_AMOUNT),
        of(CLOSED) * of(CYCLE_DAYS),
        basis="crm",
        theme="sales",
    ),
):
    METRICS.add(_metric)
