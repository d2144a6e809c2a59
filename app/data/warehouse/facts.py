"""Fact tables of the warehouse: one table a grain, raw keys only, money as integer micros.

A money measure `x` is stored twice: `x_micros` in `currency`, as received, and `x` in micros of the
reporting currency at that day's rate (null when the day has no rate: sums then say "incomplete").
`load_id` is the load that brought the row. `Fact` declares how rows are replaced and what kept history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    SmallInteger,
    String,
    Table,
)

from app.data.warehouse.dimensions import WAREHOUSE

LoadMode = Literal["replace_partition", "upsert_entity", "append_snapshot", "derived"]


@dataclass(frozen=True)
class Fact:
    """How one fact table is loaded.

    `partition`: columns of a replaced partition; `key`: columns that identify a row; `date`: the event day;
    `money`: names of the money measures; `history`: whether replaced rows are kept in `<table>_history`
    with `valid_from` and `valid_to` (loads).
    """

    id: str
    table: Table
    mode: LoadMode
    key: tuple[str, ...]
    partition: tuple[str, ...] = ()
    date: str = "date"
    money: tuple[str, ...] = ()
    history: bool = False

    @property
    def history_table(self) -> Table:
        """The table of rows that a later load replaced."""
        return WAREHOUSE.tables[f"{self.table.name}_history"]


FACTS: dict[str, Fact] = {}


def _money(*names: str) -> list[Column[Any]]:
    pairs = [(Column(f"{name}_micros", BigInteger), Column(name, BigInteger)) for name in names]
    return [Column("currency", String), *(column for pair in pairs for column in pair)]


def _traffic() -> list[Column[Any]]:
    return [Column("traffic_key", BigInteger), Column("campaign_key", BigInteger)]


def _place() -> list[Column[Any]]:
    return [Column("country", String), Column("region", String)]


def _visit() -> list[Column[Any]]:
    return [Column("device", String), Column("visitor_type", String)]


def _fact(name: str, columns: list[Column[Any]], mode: LoadMode, key: str, **options: Any) -> Fact:
    lead = [Column("source_id", String), Column("account_id", String)]
    table = Table(f"fact_{name}", WAREHOUSE, *lead, *columns, Column("load_id", Integer))
    fact = Fact(name, table, mode, tuple(key.split()), **options)
    if fact.history:
        copies: list[Column[Any]] = [Column(column.name, column.type) for column in table.columns]
        Table(
            f"{table.name}_history",
            WAREHOUSE,
            *copies,
            Column("valid_from", Integer),
            Column("valid_to", Integer),
        )
    FACTS[name] = fact
    return fact


def _int(*names: str) -> list[Column[Any]]:
    return [Column(name, BigInteger) for name in names]


DAY_OF_ACCOUNT = ("source_id", "account_id", "date")

AD_MEASURES = ("impressions", "clicks")


def _ad_measures() -> list[Column[Any]]:
    return [*_int(*AD_MEASURES), Column("claimed_conversions", Double), *_money("cost", "claimed_value")]


# Ads, one row a campaign, day and device: the fact from which totals of spend come.
AD = _fact(
    "ad",
    [Column("date", Date), *_traffic(), Column("device", String), *_ad_measures()],
    "replace_partition",
    "source_id account_id date campaign_key device",
    partition=DAY_OF_ACCOUNT,
    money=("cost", "claimed_value"),
    history=True,
)
AD_HOUR = _fact(
    "ad_hour",
    [
        Column("date", Date),
        Column("hour", SmallInteger),
        Column("instant", DateTime),
        *_traffic(),
        *_ad_measures(),
    ],
    "replace_partition",
    "source_id account_id date hour campaign_key",
    partition=DAY_OF_ACCOUNT,
    money=("cost", "claimed_value"),
)
AD_GEO = _fact(
    "ad_geo",
    [Column("date", Date), *_traffic(), *_place(), *_ad_measures()],
    "replace_partition",
    "source_id account_id date campaign_key country region",
    partition=DAY_OF_ACCOUNT,
    money=("cost", "claimed_value"),
    history=True,
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
SESSION = _fact(
    "session",
    [Column("date", Date), *_traffic(), *_visit(), *_place(), *_int(*SESSION_MEASURES)],
    "replace_partition",
    "source_id account_id date traffic_key campaign_key device visitor_type country region",
    partition=DAY_OF_ACCOUNT,
    history=True,
)
SESSION_HOUR = _fact(
    "session_hour",
    [
        Column("date", Date),
        Column("hour", SmallInteger),
        Column("instant", DateTime),
        *_traffic(),
        Column("device", String),
        *_int(*SESSION_MEASURES),
    ],
    "replace_partition",
    "source_id account_id date hour traffic_key campaign_key device",
    partition=DAY_OF_ACCOUNT,
)
LANDING = _fact(
    "landing",
    [
        Column("date", Date),
        Column("landing_page", String),
        Column("device", String),
        *_int(*SESSION_MEASURES),
    ],
    "replace_partition",
    "source_id account_id date landing_page device",
    partition=DAY_OF_ACCOUNT,
)
# Distinct visitors of one window, as the platform counted them: never summed. '*' stands for "all".
VISITOR_WINDOW = _fact(
    "visitor_window",
    [
        Column("window_start", Date),
        Column("window_end", Date),
        Column("device", String),
        Column("visitor_type", String),
        Column("country", String),
        Column("region", String),
        *_int("visitors", "converted_visitors"),
    ],
    "replace_partition",
    "source_id account_id window_start window_end device visitor_type country region",
    partition=("source_id", "account_id", "window_start", "window_end"),
    date="window_end",
)

# CRM entities: the newest state of each; superseded states go to history.
LEAD = _fact(
    "lead",
    [
        Column("lead_id", String),
        Column("person_key", String),
        Column("date", Date),  # created, in the organisation's zone
        Column("created_at", DateTime),
        *_traffic(),
        *_visit(),
        *_place(),
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
OPPORTUNITY = _fact(
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
        *_place(),
        *_money("amount"),
        Column("is_deleted", Boolean),
    ],
    "upsert_entity",
    "source_id opportunity_id",
    money=("amount",),
    history=True,
)
TOUCH = _fact(
    "touch",
    [
        Column("touch_id", String),
        Column("lead_id", String),
        Column("date", Date),
        Column("occurred_at", DateTime),
        *_traffic(),
        *_visit(),
        *_place(),
        Column("landing_page", String),
        Column("is_deleted", Boolean),
    ],
    "upsert_entity",
    "source_id touch_id",
)

# Billing: subscription phases as imported; movements are derived from them when published.
SUBSCRIPTION = _fact(
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
        *_place(),
        *_traffic(),
        *_money("price"),  # per interval
        Column("is_deleted", Boolean),
    ],
    "upsert_entity",
    "source_id subscription_id date",
    money=("price",),
    history=True,
)
# MRR = cumulated `amount`; customers = cumulated `customers`. Kinds: new, expansion, contraction, churn,
# reactivation. A change of plan is two rows of one kind, out of the old plan and into the new, so that the
# stock of each plan, place and campaign closes too.
MRR_MOVEMENT = _fact(
    "mrr_movement",
    [
        Column("date", Date),
        Column("customer_id", String),
        Column("kind", String),
        Column("plan", String),
        *_place(),
        *_traffic(),
        *_money("amount"),
        Column("customers", SmallInteger),
    ],
    "derived",
    "source_id customer_id date kind plan",
    money=("amount",),
)
INVOICE = _fact(
    "invoice",
    [
        Column("invoice_id", String),
        Column("customer_id", String),
        Column("date", Date),  # issued
        Column("due_on", Date),
        Column("paid_on", Date),
        Column("plan", String),
        *_place(),
        *_money("amount"),
    ],
    "upsert_entity",
    "source_id invoice_id",
    money=("amount",),
)
ACTIVITY = _fact(
    "activity",
    [
        Column("customer_id", String),
        Column("date", Date),
        *_int("active_users", "features_used", "support_tickets", "invoices_late", "onboarding_step"),
    ],
    "upsert_entity",
    "source_id customer_id date",
)
SURVEY = _fact(
    "survey",
    [
        Column("response_id", String),
        Column("person_key", String),
        Column("date", Date),
        Column("survey", String),  # nps | awareness
        Column("wave", String),
        Column("score", SmallInteger),
        *_int("promoter", "passive", "detractor", "aided", "unaided"),  # 0 or 1, null where not asked
        *_place(),
    ],
    "upsert_entity",
    "source_id response_id",
)
MARKET = _fact(
    "market",
    [Column("date", Date), Column("estimate_of", String), *_money("revenue", "low", "high")],
    "upsert_entity",
    "source_id date",
    money=("revenue", "low", "high"),
)
COST = _fact(
    "cost",
    [Column("date", Date), Column("category", String), Column("channel", String), *_money("amount")],
    "upsert_entity",
    "source_id date category channel",
    money=("amount",),
)
TARGET = _fact(
    "target",
    [Column("metric", String), Column("date", Date), Column("ends_on", Date), Column("value", Double)],
    "upsert_entity",
    "source_id metric date ends_on",
)

# Credit of each won opportunity to the touches before it; written by attribution, one row a touch credited.
CREDIT = _fact(
    "credit",
    [
        Column("model", String),
        Column("opportunity_id", String),
        Column("customer_id", String),
        Column("date", Date),  # close date of the opportunity
        Column("touched_at", DateTime),
        *_traffic(),
        *_visit(),
        *_place(),
        Column("landing_page", String),
        Column("plan", String),
        Column("weight", Double),
        Column("revenue", BigInteger),  # credited amount, micros of the reporting currency
    ],
    "derived",
    "model opportunity_id touched_at",
)
# What models say, one row a prediction; earlier predictions stay, so that each can be held against what came.
FORECAST = _fact(
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
CUSTOMER_SCORE = _fact(
    "customer_score",
    [
        Column("score", String),  # churn_90
        Column("customer_id", String),
        Column("date", Date),  # as-of day: nothing later was known
        Column("probability", Double),
        Column("reasons", String),  # JSON list of [feature, contribution], largest first
        Column("intervention", String),
        Column("plan", String),
        *_place(),
    ],
    "upsert_entity",
    "score customer_id date",
)
QUALITY_CHECK = _fact(
    "quality_check",
    [
        Column("date", Date),
        Column("rule", String),
        Column("stream", String),
        *_int("rows", "failed"),
        Column("detail", String),
    ],
    "append_snapshot",
    "source_id rule stream date load_id",
)
