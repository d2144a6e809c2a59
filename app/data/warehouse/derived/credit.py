"""Credit of won opportunities: the last touch before the close that is not direct; direct only when nothing
else was touched."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from app.data.warehouse.channels import UNATTRIBUTED_KEY
from app.data.warehouse.derived.table import replace_if_different
from app.data.warehouse.dimensions import NOT_SET, utm_campaign_key
from app.data.warehouse.facts import CREDIT

INPUTS = frozenset({"fact_opportunity", "fact_lead", "fact_touch", "dim_traffic"})
MODEL = "last_non_direct"

# Touches and closes compare by day in the organisation's zone: a close has a day and no hour. Of two touches
# in one instant the greater id is the later one. An opportunity without any touch stays a row, unattributed.
_ROWS = """
WITH of_lead AS (
    SELECT source_id, opportunity_id, min(lead_id) AS lead_id
    FROM fact_lead WHERE opportunity_id IS NOT NULL AND NOT coalesce(is_deleted, FALSE) GROUP BY ALL
), won AS (
    SELECT o.*, coalesce(o.lead_id, l.lead_id) AS touched_lead
    FROM fact_opportunity o LEFT JOIN of_lead l USING (source_id, opportunity_id)
    WHERE o.is_won AND NOT coalesce(o.is_deleted, FALSE)
), touch AS (
    SELECT t.*, coalesce(lower(d.source) IN ('(direct)', 'direct'), FALSE) AS is_direct
    FROM fact_touch t LEFT JOIN dim_traffic d USING (traffic_key) WHERE NOT coalesce(t.is_deleted, FALSE)
)
SELECT o.source_id, o.account_id, $model AS model, o.opportunity_id, o.customer_id, o.close_date AS date,
       t.occurred_at AS touched_at,
       coalesce(t.traffic_key, $unattributed) AS traffic_key,
       coalesce(t.campaign_key, $no_campaign) AS campaign_key,
       coalesce(t.device, $not_set) AS device, coalesce(t.visitor_type, $not_set) AS visitor_type,
       coalesce(o.country, t.country, $not_set) AS country, coalesce(o.region, t.region, $not_set) AS region,
       coalesce(t.landing_page, $not_set) AS landing_page, o.plan, 1.0::DOUBLE AS weight, o.amount AS revenue
FROM won o LEFT JOIN touch t ON t.source_id = o.source_id AND t.lead_id = o.touched_lead
    AND t.date BETWEEN o.close_date - $days::INTEGER AND o.close_date
QUALIFY row_number() OVER (
    PARTITION BY o.source_id, o.opportunity_id
    ORDER BY coalesce(t.is_direct, FALSE), t.occurred_at DESC NULLS LAST, t.touch_id DESC) = 1
"""


def refresh(connection: DuckDBPyConnection, lookback_days: int) -> bool:
    """Derive the credit anew; returns whether it changed."""
    parameters = {
        "model": MODEL,
        "unattributed": UNATTRIBUTED_KEY,
        "no_campaign": utm_campaign_key(NOT_SET),
        "not_set": NOT_SET,
        "days": lookback_days,
    }
    connection.execute(f"CREATE OR REPLACE TEMP TABLE credited AS {_ROWS}", parameters)
    return replace_if_different(connection, CREDIT, "credited")
