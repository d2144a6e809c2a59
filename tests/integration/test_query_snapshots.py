"""Questions on snapshots as the publisher really writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from app.clock import FixedClock
from app.data.query.runner import Runner
from app.data.query.spec import MetricQuery, RowQuery
from app.periods import Period
from app.settings import Settings
from tests.warehouse_case import MAY_1, MAY_2, Case, ad, covering

MAY = Period(MAY_1, MAY_2)
CLOCK = FixedClock(datetime(2026, 6, 1, tzinfo=UTC))


def test_a_published_restatement_is_seen_at_once_and_the_old_number_can_be_asked_again(
    tmp_path: Path,
) -> None:
    """May 1 costs 10 and May 2 costs 20; load 2 restates May 2 to 26."""
    case = Case(tmp_path)
    runner = Runner(case.snapshots, Settings(), CLOCK)
    assert runner.run(MetricQuery(("spend",), MAY)).value("spend") is None
    case.load(1, {"fact_ad": [ad(MAY_1, 10), ad(MAY_2, 20)]}, covers=covering(MAY_1, MAY_2))
    with case.snapshots.cursor(fresh=True):
        before = runner.run(MetricQuery(("spend",), MAY))
    case.load(2, {"fact_ad": [ad(MAY_2, 26)]}, covers=covering(MAY_2))
    with case.snapshots.cursor(fresh=True):
        after = runner.run(MetricQuery(("spend",), MAY))
    assert (before.value("spend"), before.as_of) == (30.0, 1)
    assert (after.value("spend"), after.as_of) == (36.0, 2)
    assert runner.run(MetricQuery(("spend",), MAY, as_of=1)).value("spend") == 30.0
    assert after.freshness[0].data_until == MAY_2
    rows = runner.rows(RowQuery("spend", MAY, as_of=1))
    at = [name for name, _ in rows.columns].index("spend")
    assert [row[at] for row in rows.rows] == [10.0, 20.0]


def test_what_is_asked_as_of_a_load_is_as_old_as_it_was_then(tmp_path: Path) -> None:
    """Load 1 brings May 1 of the ads, load 2 May 2, load 3 the costs of another source."""
    case = Case(tmp_path)
    runner = Runner(case.snapshots, Settings(), CLOCK)
    first, second = datetime(2026, 5, 2, 6, tzinfo=UTC), datetime(2026, 5, 3, 6, tzinfo=UTC)
    case.load(1, {"fact_ad": [ad(MAY_1, 10)]}, covers=covering(MAY_1), extracted=first, until=MAY_1)
    case.load(2, {"fact_ad": [ad(MAY_2, 20)]}, covers=covering(MAY_2), extracted=second)
    other = {"source_id": "file", "account_id": "1"}
    case.load(3, {"fact_ad": [ad(MAY_2, 5) | other]}, source="file", extracted=second)

    def told(as_of: int | None, question: str = "number") -> list[tuple[str, int | None, object, object]]:
        if question == "number":
            entries = runner.run(MetricQuery(("spend",), MAY, as_of=as_of)).freshness
        elif question == "passport":
            entries = runner.passport("spend", MetricQuery(("spend",), MAY, as_of=as_of)).sources
        else:
            entries = runner.rows(RowQuery("spend", MAY, as_of=as_of)).freshness
        return [(one.source, one.load_id, one.extracted_at, one.data_until) for one in entries]

    for question in ("number", "passport", "rows"):
        assert told(1, question) == [("google_ads", 1, first, MAY_1)]
        assert told(2, question) == [("google_ads", 2, second, MAY_2)]
        newest = {("google_ads", 2, second, MAY_2), ("file", 3, second, MAY_2)}
        assert set(told(3, question)) == set(told(None, question)) == newest
    assert told(0) == []


def test_a_statement_is_parsed_once_for_all_readers_of_a_snapshot_and_takes_new_values_each_time(
    tmp_path: Path,
) -> None:
    """May 1 costs 10 and May 2 costs 20: one text, whatever the day."""
    case = Case(tmp_path)
    case.load(1, {"fact_ad": [ad(MAY_1, 10), ad(MAY_2, 20)]}, covers=covering(MAY_1, MAY_2))
    sql = "SELECT sum(cost) / 1000000 FROM fact_ad WHERE date = $day"
    with case.snapshots.cursor() as one, case.snapshots.cursor() as other:
        assert one.execute(sql, {"day": MAY_1}).fetchone() == (10.0,)
        assert other.execute(sql, {"day": MAY_2}).fetchone() == (20.0,)
        assert one.parsed(sql) is other.parsed(sql)
    case.load(2, {"fact_ad": [ad(MAY_2, 26)]}, covers=covering(MAY_2))
    with case.snapshots.cursor(fresh=True) as newest:
        assert newest.execute(sql, {"day": MAY_2}).fetchone() == (26.0,)
