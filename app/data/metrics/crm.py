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
PAID_CONVERSIONS = Measure("paid_conversions", "credit", "paid_weight")
REVENUE = Measure("credited_revenue", "credit", "revenue", money=True)
CRM = "Counted in the CRM."
LEAD_DAYS = 30  # by then a lead has become an opportunity, or hardly ever will
CREDITED = (
    "Last non-direct touch of the won opportunity within the look-back (90 days unless set); "
    "direct only when nothing else was touched; no touch at all: (unattributed)."
)
CREDIT_LABEL = "Last non-direct touch, 90 days"

for _metric in (
    Metric(
        "conversions",
        "Conversions",
        "Won opportunities by close date, each credited to the last non-direct touch before it.",
        "count",
        "up",
        of(CONVERSIONS),
        source=CREDITED,
        label=CREDIT_LABEL,
        group="Sales",
    ),
    Metric(
        "attributed_revenue",
        "Attributed revenue",
        "Amount of won opportunities by close date, credited to the last non-direct touch before it.",
        "money",
        "up",
        of(REVENUE),
        source=CREDITED,
        label=CREDIT_LABEL,
        group="Sales",
        short="Revenue",
    ),
    Metric(
        "leads",
        "Leads",
        "New leads, each person once: of somebody entered twice, by the same e-mail address, the first lead"
        " counts, on the day it was created.",
        "count",
        "up",
        of(LEADS),
        source=CRM,
        group="Sales",
    ),
    Metric(
        "visitor_to_lead",
        "Visitor to lead",
        "New leads of the range, each person once, divided by its distinct visitors.",
        "ratio",
        "up",
        of(LEADS),
        of(VISITORS),
        source=CRM,
        group="Sales",
        low_volume=True,
    ),
    Metric(
        "opportunities",
        "Opportunities",
        "Opportunities by the day they were created.",
        "count",
        "up",
        of(OPPORTUNITIES),
        source=CRM,
        group="Sales",
    ),
    Metric(
        "customers_won",
        "Customers won",
        "Opportunities won, by close date.",
        "count",
        "up",
        of(WON),
        source=CRM,
        group="Sales",
    ),
    Metric(
        "lead_to_opportunity",
        "Lead to opportunity",
        "New leads of the range, each person once, who have an opportunity by now, divided by new leads of"
        f" the range (by cohort; leads of the last {LEAD_DAYS} days may still become one, so such a range is"
        " compared with nothing).",
        "ratio",
        "up",
        of(LEADS_WITH_OPPORTUNITY),
        of(LEADS),
        source=CRM,
        label="By cohort: what became of the leads of the range",
        group="Sales",
        low_volume=True,
        matures=LEAD_DAYS,
    ),
    Metric(
        "opportunity_to_customer",
        "Opportunity to customer",
        "Opportunities won divided by those won or lost, by close date in the range.",
        "ratio",
        "up",
        of(WON),
        of(CLOSED),
        source=CRM,
        label="Of the deals closed in the range",
        group="Sales",
        low_volume=True,
    ),
    Metric(
        "overall_conversion",
        "Visitor to customer",
        "Opportunities won in the range divided by its distinct visitors.",
        "ratio",
        "up",
        of(WON),
        of(VISITORS),
        source=CRM,
        group="Sales",
        low_volume=True,
    ),
    Metric(
        "sales_velocity",
        "Sales velocity",
        "Open opportunities at the end of the range, times win rate, times average amount won, divided by the"
        " average days from creation to close of those won: revenue a day.",
        "per_day",
        "up",
        # open x (won / closed) x (amount / won) / (days / won), with `won` reduced once.
        of(OPEN) * of(WON) * of(WON_AMOUNT),
        of(CLOSED) * of(CYCLE_DAYS),
        source=CRM,
        group="Sales",
    ),
):
    METRICS.add(_metric)
