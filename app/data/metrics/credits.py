"""Rows of the credit that won opportunities give to the traffic before them, by the stated default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, case, func, select

from app.data.warehouse import facts
from app.data.warehouse.dimensions import NOT_SET, dim_traffic
from app.data.warehouse.facts import Fact

DEFAULT_MODEL = "last_non_direct"


def credits(read: Callable[[Fact], FromClause]) -> FromClause:
    """Each touch credited, with its part of the revenue."""
    credit = read(facts.CREDIT)
    due = credit.c.weight.label("revenue_micros")  # an amount was due wherever there is a weight
    return select(*credit.c, due).where(credit.c.model == DEFAULT_MODEL).cte("credits")


def paid_credits(read: Callable[[Fact], FromClause]) -> FromClause:
    """Each touch credited; `paid_weight` is what traffic of an ad platform has of each customer's first won
    opportunity. A platform counts from its first day with spend: its customers stand against that spend, and
    those of a platform whose spend is not known against none."""
    credit, spent = read(facts.CREDIT), _first_spent(read(facts.AD))
    paid = and_(credit.c.date >= spent.c.since, _place(credit) == 1)
    rows = credit.outerjoin(dim_traffic, dim_traffic.c.traffic_key == credit.c.traffic_key)
    return (
        select(*credit.c, case((paid, credit.c.weight), else_=0.0).label("paid_weight"))
        .select_from(rows.outerjoin(spent, spent.c.platform == dim_traffic.c.platform))
        .where(credit.c.model == DEFAULT_MODEL)
        .cte("paid_credits")
    )


def _first_spent(ad: FromClause) -> Subquery:
    """The ad platforms that charged anything, each with the first day on which it did."""
    days: Select[Any] = select(dim_traffic.c.platform, func.min(ad.c.date).label("since"))
    joined = days.select_from(ad.join(dim_traffic, dim_traffic.c.traffic_key == ad.c.traffic_key))
    charged = joined.where(ad.c.cost_micros > 0, dim_traffic.c.platform != NOT_SET)
    return charged.group_by(dim_traffic.c.platform).subquery("first_spent")


def _place(credit: FromClause) -> ColumnElement[int]:
    customer = func.coalesce(credit.c.customer_id, credit.c.opportunity_id)
    return func.dense_rank().over(
        partition_by=(credit.c.source_id, customer), order_by=(credit.c.date, credit.c.opportunity_id)
    )
