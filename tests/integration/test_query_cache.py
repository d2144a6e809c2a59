"""What is asked of the warehouse, and what is not: statements are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.clock import FixedClock
from app.data.query.runner import Runner
from app.data.query.spec import Filter, MetricQuery, Scope
from app.periods import Period
from app.settings import Settings
from tests import warehouse
from tests.one_snapshot import OneSnapshot

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))
CLOCK = FixedClock(warehouse.NOW)


def asked(snapshots: OneSnapshot) -> int:
    return sum("WITH" in sql for sql in snapshots.statements)


def test_a_question_asked_twice_is_one_statement_and_a_new_snapshot_with_the_same_facts_is_none() -> None:
    snapshots = OneSnapshot(warehouse.company())
    runner = Runner(snapshots, Settings(), CLOCK)
    first = runner.run(MetricQuery(("spend",), JANUARY))
    snapshots.version = 2
    second = runner.run(MetricQuery(("spend",), JANUARY))
    assert asked(snapshots) == 1
    assert (first.rows, first.data_version, second.data_version) == (second.rows, "1", "2")


def test_a_fact_that_was_touched_is_asked_again_and_others_are_not() -> None:
    connection = warehouse.empty()
    spend = {"source_id": "google_ads", "date": JANUARY.start, "cost": 5_000_000, "cost_micros": 5_000_000}
    warehouse.insert(connection, "fact_ad", [spend])
    warehouse.roll_up(connection)
    warehouse.number(connection)
    snapshots = OneSnapshot(connection)
    runner = Runner(snapshots, Settings(), CLOCK)
    spent, visits = MetricQuery(("spend",), JANUARY), MetricQuery(("sessions",), JANUARY)
    assert runner.run(spent).value("spend") == 5.0
    runner.run(visits)
    warehouse.insert(connection, "fact_ad", [spend])
    warehouse.roll_up(connection)
    connection.execute("UPDATE fact_version SET version = 2 WHERE fact = 'ad'")
    snapshots.version = 2
    assert runner.run(spent).value("spend") == 10.0
    runner.run(visits)
    assert asked(snapshots) == 3


def test_only_a_page_behind_the_last_row_is_counted_by_a_statement_of_its_own() -> None:
    snapshots = OneSnapshot(warehouse.company())
    runner = Runner(snapshots, Settings(), CLOCK)
    channels = MetricQuery(("spend",), JANUARY, ("channel",))
    page = runner.run(replace(channels, limit=1, offset=1))
    assert (len(page.rows), page.total_rows, asked(snapshots)) == (1, 2, 1)
    behind = runner.run(replace(channels, limit=1, offset=2))
    assert (len(behind.rows), behind.total_rows, asked(snapshots)) == (0, 2, 3)
    runner.run(replace(channels, limit=1, offset=2))
    assert asked(snapshots) == 3, "what was counted is kept"


def test_two_scopes_never_share_an_answer() -> None:
    snapshots = OneSnapshot(warehouse.company())
    runner = Runner(snapshots, Settings(), CLOCK)
    found = [
        runner.run(MetricQuery(("spend",), JANUARY, scope=Scope((Filter("platform", (platform,)),)))).value(
            "spend"
        )
        for platform in ("google_ads", "facebook_ads")
    ]
    assert found[0] != found[1]
    assert asked(snapshots) == 2


def test_another_margin_is_another_answer() -> None:
    query = MetricQuery(("roi",), JANUARY)
    high, low = (warehouse.runner(warehouse.company(), gross_margin=m).run(query) for m in (0.8, 0.4))
    above, below = high.parts("roi")
    assert above is not None and below is not None
    assert low.parts("roi")[0] == (above + below) / 2 - below


def test_a_comparison_costs_two_statements() -> None:
    snapshots = OneSnapshot(warehouse.company())
    Runner(snapshots, Settings(), CLOCK).run(MetricQuery(("spend",), JANUARY, compare="previous"))
    assert asked(snapshots) == 2
