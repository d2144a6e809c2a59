"""Business rules that rows are held against, and what each says of a row that breaks it. Pure.

A column that names something, or holds a day, has its rule here whichever file or platform fills it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from app.data.warehouse.channels import slug
from app.data.warehouse.dimensions import NOT_SET
from app.text import t

YEARS_AHEAD = 10  # how far plans reach: ends of contracts, days on which bills are due, targets


@dataclass(frozen=True)
class Reference:
    """What rows are held against beside themselves: the day of the read, and the names of the channels."""

    today: date
    channels: tuple[str, ...] = ()

    @cached_property
    def slugs(self) -> frozenset[str]:
        """The channels however they are written."""
        return frozenset(map(slug, self.channels))

    @property
    def horizon(self) -> date:
        """The last day that a plan may name."""
        year = min(self.today.year + YEARS_AHEAD, date.max.year)
        return date(year, 12, 31)


Holds = Callable[[Mapping[str, Any], Reference], bool]


@dataclass(frozen=True)
class Rule:
    """A business rule of one table: `holds` says whether a record keeps it.

    `words`: the text of `app/text/en/quality.toml` that tells of a break, where several rules share one;
    `column`: whose value it shows.
    """

    id: str
    table: str
    holds: Holds
    words: str = ""
    column: str = ""

    def told(self, row: Mapping[str, Any], reference: Reference) -> str:
        """What is wrong with a record that breaks the rule, and the way out."""
        known = ", ".join(reference.channels)
        value = row.get(self.column)
        return t(f"quality.{self.words or self.id}", value=value, known=known, horizon=reference.horizon)


def _at_most(smaller: str, larger: str) -> Holds:
    return lambda row, _: (row[smaller] or 0) <= (row[larger] or 0)


def _positive(column: str) -> Holds:
    return lambda row, _: row[column] is None or row[column] >= 0


def _in_order(first: str, second: str) -> Holds:
    return lambda row, _: row[first] is None or row[second] is None or row[first] <= row[second]


def _until(day: date | None, last: date) -> bool:
    return day is None or day <= last


def _channel(rule: str, table: str) -> Rule:
    """A channel that traffic is never mapped to would stand beside ours with nothing but its costs."""
    return Rule(
        rule,
        table,
        lambda row, reference: (
            row.get("channel") in (None, NOT_SET) or slug(row["channel"]) in reference.slugs
        ),
        "channel_known",
        "channel",
    )


def _happened(rule: str, table: str, column: str = "date") -> Rule:
    """A day of what has happened; one that is planned may be meant, so it is told and kept."""
    return Rule(
        rule,
        table,
        lambda row, reference: _until(row.get(column), reference.today),
        "not_in_future",
        column,
    )


def _planned(rule: str, table: str, column: str) -> Rule:
    """A day that may lie ahead, though not in a year that only a slip of the hand names."""
    return Rule(
        rule,
        table,
        lambda row, reference: _until(row.get(column), reference.horizon),
        "within_plans",
        column,
    )


RULES: tuple[Rule, ...] = (
    Rule("clicks_within_impressions", "fact_ad", _at_most("clicks", "impressions")),
    Rule("spend_not_negative", "fact_ad", _positive("cost_micros")),
    Rule("claimed_value_not_negative", "fact_ad", _positive("claimed_value_micros")),
    Rule("engaged_within_sessions", "fact_session", _at_most("engaged_sessions", "sessions")),
    Rule("converting_within_sessions", "fact_session", _at_most("key_event_sessions", "sessions")),
    Rule("converted_within_visitors", "fact_visitor_window", _at_most("converted_visitors", "visitors")),
    Rule("amount_not_negative", "fact_opportunity", _positive("amount_micros")),
    Rule("closed_after_created", "fact_opportunity", _in_order("date", "close_date")),
    Rule("converted_after_created", "fact_lead", _in_order("date", "converted_on")),
    Rule("price_not_negative", "fact_subscription", _positive("price_micros")),
    Rule("ended_after_started", "fact_subscription", _in_order("date", "ended_on")),
    Rule("paid_after_issued", "fact_invoice", _in_order("date", "paid_on")),
    Rule("cost_not_negative", "fact_cost", _positive("amount_micros")),
    _channel("cost_channel_known", "fact_cost"),
    _happened("cost_begun", "fact_cost"),
    _happened("market_begun", "fact_market"),
    _happened("survey_taken", "fact_survey"),
    _happened("activity_seen", "fact_activity"),
    _happened("subscription_started", "fact_subscription"),
    _happened("invoice_issued", "fact_invoice"),
    _happened("invoice_paid", "fact_invoice", "paid_on"),
    _happened("rate_set", "dim_rate"),
    _planned("subscription_ends_within_plans", "fact_subscription", "ended_on"),
    _planned("invoice_due_within_plans", "fact_invoice", "due_on"),
    _planned("target_within_plans", "fact_target", "ends_on"),
)
OF_TABLE: dict[str, tuple[Rule, ...]] = {
    table: tuple(rule for rule in RULES if rule.table == table) for table in {rule.table for rule in RULES}
}
