"""What customers did, row by row and dated: what features are made of.

Scores look at single customers, and no metric has the customer as a dimension; so this reads the facts
themselves. Every row carries the day from which it was known, and `app.ml.features` looks at nothing later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.data.query.execute import Cursor

Columns = Mapping[str, Any]  # column -> numpy array

# Why not `ended_on` and `status`: they are written later into the row of an earlier day.
_PHASES = """
SELECT customer_id, date, plan, billing_interval, country, region FROM fact_subscription
WHERE is_deleted IS NOT TRUE AND customer_id IS NOT NULL AND status <> 'trialing' ORDER BY customer_id, date
"""
_MOVEMENTS = """
SELECT customer_id, date, kind, sum(amount) / 1e6 AS amount, sum(customers)::INTEGER AS customers
FROM fact_mrr_movement GROUP BY ALL ORDER BY customer_id, date
"""
_INVOICES = "SELECT customer_id, date, due_on, paid_on FROM fact_invoice ORDER BY customer_id, date"
_ACTIVITY = """
SELECT customer_id, date, active_users::DOUBLE AS active_users, features_used::DOUBLE AS features_used,
    support_tickets::DOUBLE AS support_tickets, invoices_late::DOUBLE AS invoices_late,
    onboarding_step::DOUBLE AS onboarding_step
FROM fact_activity ORDER BY customer_id, date
"""


@dataclass(frozen=True)
class Histories:
    """Rows of all customers. Units: amounts in the reporting currency; dates as datetime64."""

    phases: Columns
    movements: Columns
    invoices: Columns
    activity: Columns
    data_version: str
    as_of: int | None


def histories(cursor: Cursor, newest_load: int | None) -> Histories:
    """Everything that was published."""
    return Histories(
        phases=cursor.execute(_PHASES).fetchnumpy(),
        movements=cursor.execute(_MOVEMENTS).fetchnumpy(),
        invoices=cursor.execute(_INVOICES).fetchnumpy(),
        activity=cursor.execute(_ACTIVITY).fetchnumpy(),
        data_version=str(cursor.version),
        as_of=newest_load,
    )
