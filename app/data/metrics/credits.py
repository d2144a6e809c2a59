"""Rows of the credit that won opportunities give to the traffic before them, by the stated default."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, FromClause, and_, case, func, select

from app.data.metrics import paid
from app.data.warehouse import facts
from app.data.warehouse.facts import Fact

DEFAULT_MODEL = "last_non_direct"


def credits(read: Callable[[Fact], FromClause]) -> FromClause:
    """Each touch credited, with its part of the revenue."""
    credit = read(facts.CREDIT)
    due = credit.c.weight.label("revenue_micros")  # an amount was due wherever there is a weight
    return select(*credit.c, due).where(credit.c.model == DEFAULT_MODEL).cte("credits")


def paid_credits(read: Callable[[Fact], FromClause]) -> FromClause:
    """Each touch credited; `paid_weight` is what ad platforms whose spend is known have of each customer's
    first won opportunity."""
    credit = read(facts.CREDIT)
    first = and_(_place(credit) == 1, credit.c.traffic_key.in_(paid.traffic(read)))
    weight = case((first, credit.c.weight), else_=0.0)
    rows = select(*credit.c, weight.label("paid_weight"))
    return rows.where(credit.c.model == DEFAULT_MODEL).cte("paid_credits")


def _place(credit: FromClause) -> ColumnElement[int]:
    customer = func.coalesce(credit.c.customer_id, credit.c.opportunity_id)
    return func.dense_rank().over(
        partition_by=(credit.c.source_id, customer), order_by=(credit.c.date, credit.c.opportunity_id)
    )
