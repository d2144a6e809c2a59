"""Which budget of a campaign is in force on which day, as far as it was read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date, Double, FromClause, Select, String, case, cast, func, literal_column, select

SHARED = literal_column("'shared '", String)
EVER, NEVER = (literal_column(f"DATE '{end}'", Date) for end in ("-infinity", "infinity"))


def in_force(budgets: FromClause) -> Select[Any]:
    """The spans of days on which a campaign had one budget, out of rows of `fact_campaign_budget`; none
    overlap. Columns: campaign_key, read_on, since, until (the first day of the next span), daily, what may be
    spent on each of these days (micros of the account's currency; null when it has no budget), and drawn_on:
    campaigns of an account that draw on one budget have the same, others one of their own.

    A budget is in force from the day on which it was read; the first one that was read also before. Changed
    within a day it is in force for the whole of it, since the last one said is the one kept of a day. A total
    is spread evenly over the days of its campaign.
    """
    campaign, day = budgets.c.campaign_key, budgets.c.date
    first = func.row_number().over(partition_by=campaign, order_by=day) == 1
    following = func.lead(day).over(partition_by=campaign, order_by=day)
    days = func.date_diff("day", budgets.c.starts_on, budgets.c.ends_on) + 1
    spread = budgets.c.total_budget_micros / cast(func.nullif(days, 0), Double)
    drawn_on = case((budgets.c.shared, SHARED + budgets.c.budget_id), else_=cast(campaign, String))
    return select(
        campaign,
        day.label("read_on"),
        case((first, EVER), else_=day).label("since"),
        func.coalesce(following, NEVER).label("until"),
        func.coalesce(cast(budgets.c.daily_budget_micros, Double), spread).label("daily"),
        drawn_on.label("drawn_on"),
    )
