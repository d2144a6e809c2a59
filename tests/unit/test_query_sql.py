"""The compiler as a table: a question on the left, its statement in `tests/snapshots/sql/` on the right.

After a wanted change: `python -m tests.unit.test_query_sql` writes the statements anew; read the difference.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.data.query.compile import compiled
from app.data.query.shape import shape
from app.data.query.spec import Filter, MetricQuery, Scope, Sort
from app.data.query.validate import validated
from app.periods import Period

SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "sql"
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
MOBILE = Filter("device", ("mobile",))

TABLE = {
    "total_comes_from_the_rollup": MetricQuery(("spend",), MARCH),
    "device_comes_from_the_fact": MetricQuery(("spend",), MARCH, ("device",)),
    "country_comes_from_places": MetricQuery(("spend",), MARCH, ("country",)),
    "hour_comes_from_hours": MetricQuery(("clicks",), MARCH, ("hour",)),
    "two_facts_meet_on_a_spine": MetricQuery(("roas",), MARCH, ("channel",)),
    "a_trend_has_every_bucket": MetricQuery(("ctr",), MARCH, grain="week"),
    "a_stock_cumulates": MetricQuery(("mrr",), MARCH, ("plan",), grain="month"),
    "a_panel_follows_customers": MetricQuery(("nrr",), MARCH, grain="month"),
    "a_window_is_looked_up": MetricQuery(("visitors",), MARCH, filters=(MOBILE,)),
    "the_latest_wave": MetricQuery(("aided_awareness",), MARCH),
    "as_of_reads_history": MetricQuery(("spend",), MARCH, as_of=7),
    "scope_is_in_the_statement": MetricQuery(
        ("customers_won",), MARCH, scope=Scope((Filter("region", ("Texas", "Berlin")),))
    ),
    "a_page_counts_the_whole": MetricQuery(
        ("spend",), MARCH, ("campaign",), sort=(Sort("spend"),), limit=50, offset=100
    ),
    "a_claim_is_never_totalled": MetricQuery(("claimed_value",), MARCH),
}


def sql(query: MetricQuery) -> str:
    return compiled(shape(validated(query, MARCH.end))).sql + "\n"


@pytest.mark.parametrize("name", TABLE)
def test_a_question_compiles_to_its_statement(name: str) -> None:
    assert sql(TABLE[name]) == (SNAPSHOTS / f"{name}.sql").read_text()


def test_no_value_of_a_question_is_ever_in_the_text() -> None:
    nasty = "x'; DROP TABLE fact_ad; --"
    text = sql(MetricQuery(("spend",), MARCH, filters=(Filter("campaign", (nasty,)),)))
    assert "DROP" not in text
    assert "IN ($value_0)" in text


def test_questions_that_differ_in_values_only_share_one_statement() -> None:
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    one = MetricQuery(("spend",), MARCH, filters=(MOBILE,))
    other = MetricQuery(("spend",), april, filters=(Filter("device", ("desktop",)),))
    assert compiled(shape(one)) is compiled(shape(other))


if __name__ == "__main__":
    for _name, _query in TABLE.items():
        (SNAPSHOTS / f"{_name}.sql").write_text(sql(_query))
