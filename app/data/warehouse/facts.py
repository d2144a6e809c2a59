"""The fact tables of the warehouse: one table a grain, raw keys only, money as integer micros."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    SmallInteger,
    String,
)

from app.data.warehouse.fact import FACTS as FACTS
from app.data.warehouse.fact import Fact as Fact
from app.data.warehouse.fact import declared, money, place, traffic, visit, whole

DAY_OF_ACCOUNT = ("source_id", "account_id", "date")

AD_MEASURES = ("impressions", "clicks")


def _ad_measures() -> list[Column[Any]]:
    return [*whole(*AD_MEASURES), Column("claimed_conversions", Double), *money("cost", "claimed_value")]


# Ads, one row a campaign, day and device: the fact from which totals of spend come.
AD = declared(
    "ad",
    [Column("date", Date), *traffic(), Column("device", String), *_ad_measures()],
    "replace_partition",
    "source_id account_id date campaign_key device",
    partition=DAY_OF_ACCOUNT,
    money=("cost", "claimed_value"),
    history=True,
)
AD_HOUR = declared(
    "ad_hour",
    [
        Column("date", Date),
        Column("hour", SmallInteger),
        Column("instant", DateTime),
        *traffic(),
        *_ad_measures(),
    ],
    "replace_partition",
    "source_id account_id date hour campaign_key",
    partition=DAY_OF_ACCOUNT,
    money=("cost", "claimed_value"),
    history=True,
)
AD_GEO = declared(
    "ad_geo",
    [Column("date", Date), *traffic(), *place(), *_ad_measures()],
    "replace_partition",
    "source_id account_id date campaign_key country region",
    partition=DAY_OF_ACCOUNT,
    money=("cost", "claimed_value"),
    history=True,
)

# What campaigns may spend: platforms tell it as it is when they are asked, so each change is a row, with the
# day on which it was first read, in the account's zone.
CAMPAIGN_BUDGET = declared(
    "campaign_budget",
    [
        Column("campaign_key", BigInteger),
        Column("date", Date),
        Column("currency", String),
        *whole("daily_budget_micros", "total_budget_micros"),  # a campaign has one of them, or none
        Column("budget_id", String),
        Column("shared", Boolean),  # one budget for several campaigns: the amounts are theirs together
        Column("starts_on", Date),  # the days over which a total is spread
        Column("ends_on", Date),
    ],
    "upsert_entity",
    "source_id account_id campaign_key date",
    history=True,
    lasting=True,
)

SESSION_MEASURES = (
    "sessions",
    "engaged_sessions",
    "key_event_sessions",
    "page_views",
    "engagement_seconds",
    "key_events",
)

# Web sessions as the analytics platform counts them.
SESSION = declared(
    "session",
    [Column("date", Date), *traffic(), *visit(), *place(), *whole(*SESSION_MEASURES)],
    "replace_partition",
    "source_id account_id date traffic_key campaign_key device visitor_type country region",
    partition=DAY_OF_ACCOUNT,
    history=True,
)
SESSION_HOUR = declared(
    "session_hour",
    [
        Column("date", Date),
        Column("hour", SmallInteger),
        Column("instant", DateTime),
        *traffic(),
        Column("device", String),
        *whole(*SESSION_MEASURES),
    ],
    "replace_partition",
    "source_id account_id date hour traffic_key campaign_key device",
    partition=DAY_OF_ACCOUNT,
    history=True,
)
LANDING = declared(
    "landing",
    [
        Column("date", Date),
        Column("landing_page", String),
        Column("device", String),
        *whole(*SESSION_MEASURES),
    ],
    "replace_partition",
    "source_id account_id date landing_page device",
    partition=DAY_OF_ACCOUNT,
)
# Distinct visitors of one window, as the platform counted them: never summed. '*' stands for "all".
VISITOR_WINDOW = declared(
    "visitor_window",
    [
        Column("window_start", Date),
        Column("window_end", Date),
        Column("device", String),
        Column("visitor_type", String),
        Column("country", String),
        Column("region", String),
        *whole("visitors", "converted_visitors"),
    ],
    "replace_partition",
    "source_id account_id window_start window_end device visitor_type country region",
    partition=("source_id", "account_id", "window_start", "window_end"),
    date="window_end",
    total="(device, visitor_type, country, region) = ('*', '*', '*', '*')",
)

# CRM entities: the newest state of each; superseded states go to history.
LEAD = declared(
    "lead",
    [
        Column("lead_id", String),
        Column("person_key", String),
        Column("date", Date),  # created, in the organisation's zone
        Column("created_at", DateTime),
        *traffic(),
        *visit(),
        *place(),
        Column("status", String),
        Column("score", Double),
        Column("converted_on", Date),
        Column("opportunity_id", String),
        Column("is_deleted", Boolean),
    ],
    "upsert_entity",
    "source_id lead_id",
    history=True,
)
OPPORTUNITY = declared(
    "opportunity",
    [
        Column("opportunity_id", String),
        Column("customer_id", String),
        Column("lead_id", String),
        Column("date", Date),  # created
        Column("created_at", DateTime),
        Column("close_date", Date),
        Column("stage", String),
        Column("is_closed", Boolean),
        Column("is_won", Boolean),
        Column("plan", String),
        *place(),
        *money("amount"),
        Column("is_deleted", Boolean),
    ],
    "upsert_entity",
    "source_id opportunity_id",
    money=("amount",),
    history=True,
)
TOUCH = declared(
    "touch",
    [
        Column("touch_id", String),
        Column("lead_id", String),
        Column("date", Date),
        Column("occurred_at", DateTime),
        *traffic(),
        *visit(),
        *place(),
        Column("landing_page", String),
        Column("is_deleted", Boolean),
    ],
    "upsert_entity",
    "source_id touch_id",
)

# Billing: subscription phases as imported; movements are derived from them when published.
SUBSCRIPTION = declared(
    "subscription",
    [
        Column("subscription_id", String),
        Column("customer_id", String),
        Column("person_key", String),
        Column("plan", String),
        Column("billing_interval", String),
        Column("status", String),
        Column("date", Date),  # phase starts
        Column("ended_on", Date),
        *place(),
        *traffic(),
        *money("price"),  # per interval, before the discount
        Column("is_deleted", Boolean),
        Column("discount", Double),  # share of the price that a lasting coupon takes off; null is none
    ],
    "upsert_entity",
    "source_id subscription_id date",
    money=("price",),
    history=True,
)
# MRR = cumulated `amount`; customers = cumulated `customers`. Kinds: new, expansion, contraction, churn,
# reactivation. A change of plan is two rows of one kind, out of the old plan and into the new, so that the
# stock of each plan, place and campaign closes too.
MRR_MOVEMENT = declared(
    "mrr_movement",
    [
        Column("date", Date),
        Column("customer_id", String),
        Column("kind", String),
        Column("plan", String),
        *place(),
        *traffic(),
        *money("amount"),
        Column("customers", SmallInteger),
    ],
    "derived",
    "source_id customer_id date kind plan",
    money=("amount",),
    history=True,
)
INVOICE = declared(
    "invoice",
    [
        Column("invoice_id", String),
        Column("customer_id", String),
        Column("date", Date),  # issued
        Column("due_on", Date),
        Column("paid_on", Date),
        Column("plan", String),
        *place(),
        *money("amount"),
    ],
    "upsert_entity",
    "source_id invoice_id",
    money=("amount",),
    history=True,
)
ACTIVITY = declared(
    "activity",
    [
        Column("customer_id", String),
        Column("date", Date),
        *whole("active_users", "features_used", "support_tickets", "invoices_late", "onboarding_step"),
    ],
    "upsert_entity",
    "source_id customer_id date",
)
SURVEY = declared(
    "survey",
    [
        Column("response_id", String),
        Column("person_key", String),
        Column("date", Date),
        Column("survey", String),  # nps | awareness
        Column("wave", String),
        Column("score", SmallInteger),
        *whole("promoter", "passive", "detractor", "aided", "unaided"),  # 0 or 1, null where not asked
        *place(),
    ],
    "upsert_entity",
    "source_id response_id",
)
MARKET = declared(
    "market",
    [Column("date", Date), Column("estimate_of", String), *money("revenue", "low", "high")],
    "upsert_entity",
    "source_id date",
    money=("revenue", "low", "high"),
)
# What the ad platforms charge is their record alone: a cost of this category never adds to it.
MEDIA = "media"
COST = declared(
    "cost",
    [Column("date", Date), Column("category", String), Column("channel", String), *money("amount")],
    "upsert_entity",
    "source_id date category channel",
    money=("amount",),
    history=True,
)
TARGET = declared(
    "target",
    [Column("metric", String), Column("date", Date), Column("ends_on", Date), Column("value", Double)],
    "upsert_entity",
    "source_id metric date ends_on",
)

# Credit of each won opportunity to the touches before it; written by attribution, one row a touch credited.
CREDIT = declared(
    "credit",
    [
        Column("model", String),
        Column("opportunity_id", String),
        Column("customer_id", String),
        Column("date", Date),  # close date of the opportunity
        Column("touched_at", DateTime),
        *traffic(),
        *visit(),
        *place(),
        Column("landing_page", String),
        Column("plan", String),
        Column("weight", Double),
        Column("revenue", BigInteger),  # credited amount, micros of the reporting currency
    ],
    "derived",
    "model opportunity_id touched_at",
    history=True,
)
# What models say, one row a prediction; earlier predictions stay, so that each can be held against what came.
FORECAST = declared(
    "forecast",
    [
        Column("metric", String),
        Column("grain", String),
        Column("made_on", Date),  # the newest complete bucket that the model knew
        Column("date", Date),  # first day of the predicted bucket
        Column("horizon", SmallInteger),
        Column("model", String),
        *[Column(name, Double) for name in ("predicted", "low_80", "high_80", "low_95", "high_95")],
    ],
    "upsert_entity",
    "metric grain made_on date",
)
CUSTOMER_SCORE = declared(
    "customer_score",
    [
        Column("score", String),  # churn_90
        Column("customer_id", String),
        Column("date", Date),  # as-of day: nothing later was known
        Column("probability", Double),
        Column("reasons", String),  # JSON list of [feature, contribution], largest first
        Column("intervention", String),
        Column("plan", String),
        *place(),
    ],
    "upsert_entity",
    "score customer_id date",
)
QUALITY_CHECK = declared(
    "quality_check",
    [
        Column("date", Date),
        Column("rule", String),
        Column("stream", String),
        *whole("rows", "failed"),
        Column("detail", String),
    ],
    "append_snapshot",
    "source_id rule stream date load_id",
)
