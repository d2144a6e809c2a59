"""The business rule over two tables: a campaign spends at most 1.1 times what it may spend in a day.

It cannot be judged while a row is read, since spend and budget come in two streams; so the publisher judges
the days that changed, and all of them when a campaign did. Each day is judged by the budget that was in force
on it (`in_force`), so a budget that is raised today leaves yesterday's verdict. Campaigns that share a budget
are judged by what they spent together. The rows stay as they are: a break is counted, never dropped.
"""

from __future__ import annotations

from datetime import date

from duckdb import DuckDBPyConnection

from app.data.warehouse.budgets import in_force
from app.data.warehouse.facts import CAMPAIGN_BUDGET, QUALITY_CHECK

RULE, STREAM, MOST = "spend_within_budget", "ad_days", 1.1

# Spend and budget are both in the currency of the account. A campaign without a budget is not judged.
_BUDGETS = str(in_force(CAMPAIGN_BUDGET.table).compile(compile_kwargs={"literal_binds": True}))
_ROWS = """
WITH spent AS (
    SELECT source_id, account_id, date, campaign_key, sum(cost_micros) AS micros, max(load_id) AS load_id
    FROM fact_ad WHERE {days} GROUP BY ALL
), judged AS (
    SELECT s.*, c.campaign, CASE WHEN s.micros = 0 THEN 0 ELSE sum(s.micros) OVER (
        PARTITION BY s.source_id, s.account_id, s.date, b.drawn_on) / b.daily END AS share
    FROM spent s JOIN dim_campaign c USING (campaign_key) JOIN ({budgets}) b
        ON b.campaign_key = s.campaign_key AND s.date >= b.since AND s.date < b.until
)
SELECT source_id, account_id, date, $rule AS rule, $stream AS stream, count(*) AS rows,
       count(*) FILTER (share > $most) AS failed,
       string_agg(campaign || ' ' || round(100 * share)::HUGEINT || ' %', ', ' ORDER BY campaign)
           FILTER (share > $most) AS detail,
       max(load_id) AS load_id
FROM judged WHERE share IS NOT NULL GROUP BY ALL HAVING failed > 0
"""


def refresh(connection: DuckDBPyConnection, days: tuple[date, date] | None = None) -> bool:
    """Judge the campaign days from one to another anew, or all; returns whether a check changed."""
    # Literal bounds let DuckDB skip row groups by their minimum and maximum.
    within = f"date BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'" if days else "TRUE"
    name, columns = QUALITY_CHECK.table.name, ", ".join(QUALITY_CHECK.table.columns.keys())
    given = {"rule": RULE, "stream": STREAM, "most": MOST}
    rows = _ROWS.format(days=within, budgets=_BUDGETS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE overspent AS {rows}", given)
    content = f"SELECT count(*), sum(hash({columns})) FROM"
    standing = f"WHERE rule = $rule AND {within}"
    old = connection.execute(f"{content} {name} {standing}", {"rule": RULE}).fetchone()
    if connection.execute(f"{content} overspent").fetchone() == old:
        return False
    connection.execute(f"DELETE FROM {name} {standing}", {"rule": RULE})
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM overspent ORDER BY date")
    return True
