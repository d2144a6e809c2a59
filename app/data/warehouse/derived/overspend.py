"""The business rule over two tables: a campaign spends at most 1.1 times what it may spend in a day.

It cannot be judged while a row is read, since spend and budget come in two streams; so the publisher judges
all campaign days anew. The rows stay as they are: a break is counted, never dropped.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from app.data.warehouse.facts import QUALITY_CHECK

RULE, STREAM, MOST = "spend_within_budget", "ad_days", 1.1

# Spend and budget are both in the currency of the account. A total budget is spread over its days; a
# campaign without a budget is not judged. Only the newest budget is known: it judges the earlier days too.
_ROWS = """
WITH spent AS (
    SELECT source_id, account_id, date, campaign_key, sum(cost_micros) AS micros, max(load_id) AS load_id
    FROM fact_ad GROUP BY ALL
), judged AS (
    SELECT s.*, c.campaign, s.micros / coalesce(daily_budget_micros::DOUBLE,
        total_budget_micros / nullif(date_diff('day', starts_on, ends_on) + 1, 0)) AS share
    FROM spent s JOIN dim_campaign c USING (campaign_key)
)
SELECT source_id, account_id, date, $rule AS rule, $stream AS stream, count(*) AS rows,
       count(*) FILTER (share > $most) AS failed,
       string_agg(campaign || ' ' || round(100 * share)::INTEGER || ' %', ', ' ORDER BY campaign)
           FILTER (share > $most) AS detail,
       max(load_id) AS load_id
FROM judged WHERE share IS NOT NULL GROUP BY ALL HAVING failed > 0
"""


def refresh(connection: DuckDBPyConnection) -> bool:
    """Judge every campaign day anew; returns whether a check changed."""
    name, columns = QUALITY_CHECK.table.name, ", ".join(QUALITY_CHECK.table.columns.keys())
    given = {"rule": RULE, "stream": STREAM, "most": MOST}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE overspent AS {_ROWS}", given)
    content = f"SELECT count(*), sum(hash({columns})) FROM"
    old = connection.execute(f"{content} {name} WHERE rule = $rule", {"rule": RULE}).fetchone()
    if connection.execute(f"{content} overspent").fetchone() == old:
        return False
    connection.execute(f"DELETE FROM {name} WHERE rule = $rule", {"rule": RULE})
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM overspent ORDER BY date")
    return True
