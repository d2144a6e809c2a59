from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from app.data.query.execute import States
from app.data.query.ledger import Restated, ledger
from app.data.warehouse.channels import Mapping, Rule
from app.data.warehouse.dimensions import traffic_key
from app.data.warehouse.restatements import Restatement, restatements
from app.data.warehouse.snapshots import Snapshots
from tests.warehouse_case import MAY_1, MAY_2, Case, ad, covering

AS_OF = (
    "SELECT sum(cost) FROM (SELECT cost FROM fact_ad WHERE load_id <= {load} UNION ALL "
    "SELECT cost FROM fact_ad_history WHERE valid_from <= {load} AND {load} < valid_to)"
)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_a_new_folder_serves_an_empty_warehouse_of_version_zero(tmp_path: Path) -> None:
    with Snapshots(tmp_path / "new").cursor() as cursor:
        assert cursor.version == 0
        assert cursor.execute("SELECT count(*) FROM fact_ad").fetchall() == [(0,)]


def test_a_restated_partition_replaces_its_rows_and_keeps_what_was_said_before(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, 10), ad(MAY_2, 20)]})
    case.load(2, {"fact_ad": [ad(MAY_1, 13)]}, covers=covering(MAY_1))
    assert case.ask("SELECT date, cost, load_id FROM fact_ad ORDER BY date") == [
        (MAY_1, 13_000_000, 2),
        (MAY_2, 20_000_000, 1),
    ]
    assert case.ask(AS_OF.format(load=1)) == [(30_000_000,)]
    assert case.ask(AS_OF.format(load=2)) == [(33_000_000,)]


def test_each_restatement_stays_askable(case: Case) -> None:
    for load_id, cost in enumerate((10, 12, 11), start=1):
        case.load(load_id, {"fact_ad": [ad(MAY_1, cost)]})
    assert [case.ask(AS_OF.format(load=load))[0][0] for load in (1, 2, 3)] == [
        10_000_000,
        12_000_000,
        11_000_000,
    ]


def test_an_unchanged_partition_is_skipped_and_its_fact_keeps_its_version(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, 10)]})
    versions = case.ask("SELECT * FROM fact_version ORDER BY ALL")
    report = case.load(2, {"fact_ad": [ad(MAY_1, 10)]})
    assert report.facts == frozenset()
    assert case.ask("SELECT * FROM fact_version ORDER BY ALL") == versions
    assert case.ask("SELECT load_id FROM fact_ad") == [(1,)]
    assert case.ask("SELECT load_id, changed FROM published_load ORDER BY 1") == [(1, True), (2, False)]
    assert case.ask("SELECT load_id, data_until FROM dim_source") == [(2, MAY_2)]


def test_two_equal_rows_are_not_taken_for_none(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, 10), ad(MAY_1, 10), ad(MAY_1, 5)]})
    case.load(2, {"fact_ad": [ad(MAY_1, 5)]})
    assert case.ask("SELECT cost FROM fact_ad") == [(5_000_000,)]


def test_a_covered_partition_without_rows_becomes_empty(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, 10), ad(MAY_2, 20)]})
    case.load(2, {}, covers=covering(MAY_2))
    assert case.ask("SELECT date FROM fact_ad") == [(MAY_1,)]
    assert case.ask("SELECT date, valid_to FROM fact_ad_history") == [(MAY_2, 2)]


def test_rows_outside_the_named_partitions_refuse_the_load_and_no_other(case: Case) -> None:
    wrong = case.stage(1, {"fact_ad": [ad(MAY_1, 1)]}, covering(MAY_2))
    right = case.stage(2, {"fact_ad": [ad(MAY_1, 2)]}, covering(MAY_1))
    report = case.publish(wrong, right)
    assert report.loads == (2,)
    assert "lie outside the partitions" in report.rejected[1]
    assert case.ask("SELECT cost FROM fact_ad") == [(2_000_000,)]


def visitors(day: date, count: int, **more: object) -> dict[str, object]:
    """People of one day, told as a span of it."""
    every = dict.fromkeys(("device", "visitor_type", "country", "region"), "*")
    span = {"source_id": "google_analytics", "account_id": "1", "window_start": day, "window_end": day}
    return {**span, **every, "visitors": count, **more}


def test_a_total_that_comes_twice_refuses_the_load_and_no_other(case: Case) -> None:
    """People do not add up: 178 visitors said twice are not 356."""
    right = case.stage(1, {"fact_visitor_window": [visitors(MAY_1, 178), visitors(MAY_2, 91)]})
    twice = case.stage(2, {"fact_visitor_window": [visitors(MAY_2, 90), visitors(MAY_2, 90)]})
    report = case.publish(right, twice)
    assert report.loads == (1,)
    assert report.rejected[2] == (
        "fact_visitor_window would hold the total of one span twice: source_id google_analytics, "
        "account_id 1, window_start 2026-05-02, window_end 2026-05-02. Sync its source again."
    )
    assert case.ask("SELECT visitors FROM fact_visitor_window ORDER BY window_end") == [(178,), (91,)]


def test_two_parts_of_one_name_are_both_kept(case: Case) -> None:
    """A platform may leave a type open in two ways; here both are '(not set)'."""
    parts = [visitors(MAY_1, count, visitor_type="(not set)") for count in (3, 4)]
    assert case.load(1, {"fact_visitor_window": [visitors(MAY_1, 7), *parts]}).loads == (1,)


def test_a_damaged_file_refuses_its_load_and_no_other(case: Case) -> None:
    damaged, right = (case.stage(load_id, {"fact_ad": [ad(MAY_1, load_id)]}) for load_id in (1, 2))
    file = damaged.folder / "fact_ad.parquet"
    file.write_bytes(b"0" * file.stat().st_size)
    report = case.publish(damaged, right)
    assert (report.loads, list(report.rejected)) == ((2,), [1])
    assert case.ask("SELECT cost FROM fact_ad") == [(2_000_000,)]


def test_an_older_load_that_comes_late_does_not_overwrite_a_newer_one(case: Case) -> None:
    case.load(5, {"fact_ad": [ad(MAY_1, 50)]})
    case.load(4, {"fact_ad": [ad(MAY_1, 40), ad(MAY_2, 41)]})
    assert case.ask("SELECT cost FROM fact_ad ORDER BY date") == [(50_000_000,), (41_000_000,)]


def test_loads_apply_in_the_order_of_their_ids(case: Case) -> None:
    second, first = (case.stage(load_id, {"fact_ad": [ad(MAY_1, load_id)]}) for load_id in (2, 1))
    case.publish(second, first)
    assert case.ask("SELECT cost, load_id FROM fact_ad") == [(2_000_000, 2)]


def test_a_load_published_twice_changes_nothing_the_second_time(case: Case) -> None:
    load = case.stage(1, {"fact_ad": [ad(MAY_1, 10)]})
    first, second = case.publish(load), case.publish(load)
    assert (second.version, second.loads) == (first.version, (1,))
    assert case.ask("SELECT count(*) FROM fact_ad") == [(1,)]


def lead(status: str, **more: object) -> dict[str, object]:
    return {"source_id": "salesforce", "lead_id": "L1", "date": MAY_1, "status": status, **more}


def test_an_entity_that_changed_keeps_its_old_state_in_history(case: Case) -> None:
    case.load(1, {"fact_lead": [lead("new"), {**lead("new"), "lead_id": "L2"}]})
    case.load(2, {"fact_lead": [lead("new")]})
    case.load(3, {"fact_lead": [lead("lost"), lead("won")]})
    assert case.ask("SELECT lead_id, status, load_id FROM fact_lead ORDER BY 1") == [
        ("L1", "won", 3),
        ("L2", "new", 1),
    ]
    assert case.ask("SELECT status, valid_from, valid_to FROM fact_lead_history") == [("new", 1, 3)]


def test_a_key_with_a_missing_part_is_still_one_entity(case: Case) -> None:
    cost = {"source_id": "file", "date": MAY_1, "category": "tools", "currency": "USD"}
    case.load(1, {"fact_cost": [{**cost, "amount_micros": 1}]})
    case.load(2, {"fact_cost": [{**cost, "amount_micros": 2}]})
    assert case.ask("SELECT amount FROM fact_cost") == [(2,)]


def test_snapshots_of_quality_are_appended(case: Case) -> None:
    check = {"source_id": "s", "date": MAY_1, "rule": "r", "rows": 10, "failed": 1}
    case.load(1, {"fact_quality_check": [check]})
    case.load(2, {"fact_quality_check": [check]})
    assert case.ask("SELECT load_id FROM fact_quality_check ORDER BY 1") == [(1,), (2,)]


def rate(day: date, value: float) -> dict[str, object]:
    return {"date": day, "currency": "EUR", "rate": value, "source": "ecb"}


def test_money_converts_at_the_rate_of_its_day_and_is_missing_without_one(case: Case) -> None:
    case.load(1, {"dim_rate": [rate(MAY_1, 1.5)]})
    rows = [ad(MAY_1, 10, currency="EUR"), ad(MAY_2, 20, currency="EUR"), ad(MAY_2, 5, campaign=9)]
    case.load(2, {"fact_ad": rows})
    assert case.ask("SELECT cost, claimed_value FROM fact_ad ORDER BY date, campaign_key") == [
        (15_000_000, None),
        (None, None),
        (5_000_000, None),
    ]


def test_a_rate_that_arrives_later_fills_what_was_missing_and_nothing_else(case: Case) -> None:
    case.load(1, {"dim_rate": [rate(MAY_1, 1.5)]})
    case.load(2, {"fact_ad": [ad(MAY_1, 10, currency="EUR"), ad(MAY_2, 20, currency="EUR")]})
    report = case.load(3, {"dim_rate": [rate(MAY_1, 9.0), rate(MAY_2, 1.2)]})
    assert case.ask("SELECT cost, load_id FROM fact_ad ORDER BY date") == [(15_000_000, 2), (24_000_000, 2)]
    assert case.ask("SELECT date, cost FROM rollup_ad_campaign_day ORDER BY 1") == [
        (MAY_1, 15_000_000),
        (MAY_2, 24_000_000),
    ]
    assert report.facts == {"ad"}


HUGE = 9_000_000_000_000  # whole units: a row can hold 9.2 trillion


def test_an_amount_too_large_to_be_converted_is_missing_and_stops_no_other_load(case: Case) -> None:
    case.load(1, {"dim_rate": [rate(MAY_1, 1.5)]})
    huge = case.stage(2, {"fact_ad": [ad(MAY_1, HUGE, currency="EUR"), ad(MAY_1, 2, currency="EUR")]})
    other = case.stage(3, {"fact_ad": [ad(MAY_2, 5)]})
    assert case.publish(huge, other).loads == (2, 3)
    assert case.ask("SELECT cost FROM fact_ad ORDER BY ALL") == [(3_000_000,), (5_000_000,), (None,)]
    # Their sum is missing as well: 3 would be the number of a day that cost more.
    assert case.ask("SELECT date, cost FROM rollup_ad_campaign_day ORDER BY date") == [
        (MAY_1, None),
        (MAY_2, 5_000_000),
    ]


def test_a_rate_that_arrives_later_leaves_missing_what_is_too_large(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, HUGE, currency="EUR"), ad(MAY_2, 2, currency="EUR")]})
    assert case.load(2, {"dim_rate": [rate(MAY_1, 1.5), rate(MAY_2, 1.5)]}).loads == (2,)
    assert case.load(3, {"dim_rate": [rate(date(2026, 5, 3), 1.5)]}).facts == frozenset()
    assert case.ask("SELECT cost FROM fact_ad ORDER BY date") == [(None,), (3_000_000,)]


def test_converted_amounts_whose_sum_is_too_large_have_no_sum(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, HUGE // 2 - one, currency="EUR") for one in (0, 1)]})
    case.load(2, {"dim_rate": [rate(MAY_1, 1.5)]})
    assert case.ask("SELECT count(cost) FROM fact_ad") == [(2,)]
    assert case.ask("SELECT cost, clicks FROM rollup_ad_campaign_day") == [(None, 2)]


def test_a_day_that_comes_to_more_than_can_be_kept_refuses_its_load_and_no_other(case: Case) -> None:
    huge = case.stage(1, {"fact_ad": [ad(MAY_1, HUGE), ad(MAY_1, HUGE, clicks=2)]})
    other = case.stage(2, {"fact_ad": [ad(MAY_2, 5)]})
    report = case.publish(huge, other)
    assert report.loads == (2,)
    assert report.rejected[1] == (
        "fact_ad has amounts or counts that come to more than can be kept: source_id google_ads, "
        "account_id 1, date 2026-05-01. Mend them where they come from, then bring them again."
    )
    assert case.ask("SELECT cost FROM fact_ad") == [(5_000_000,)]


def test_a_load_from_which_nothing_can_be_derived_is_refused_and_no_other(case: Case) -> None:
    paid = {"source_id": "billing", "customer_id": "acme", "billing_interval": "month", "currency": "USD"}
    phases = [
        {**paid, "subscription_id": name, "status": "active", "date": MAY_1, "price_micros": HUGE * 1_000_000}
        for name in ("s1", "s2")
    ]
    huge = case.stage(1, {"fact_subscription": phases}, source="billing")
    report = case.publish(huge, case.stage(2, {"fact_ad": [ad(MAY_2, 5)]}))
    assert report.loads == (2,)
    assert "more than can be kept: customer_id acme, date 2026-05-01." in report.rejected[1]
    assert case.ask("SELECT count(*) FROM fact_subscription") == [(0,)]


def test_an_insert_that_fails_refuses_its_load_and_no_other(case: Case) -> None:
    """A column of another type stands for what nobody foresaw."""
    odd = case.stage(1, {"fact_ad": [ad(MAY_1, 1)]})
    file = odd.folder / "fact_ad.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE ('many' AS traffic_key) FROM '{file}') TO '{file}.new' (FORMAT parquet)"
        )
    meta = odd.folder / "load.json"
    new = file.with_name(f"{file.name}.new")
    meta.write_text(meta.read_text().replace(str(file.stat().st_size), str(new.stat().st_size)))
    new.replace(file)
    assert case.publish(odd, case.stage(2, {"fact_ad": [ad(MAY_2, 5)]})).loads == (2,)


def test_another_reporting_currency_converts_everything_again(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, 10, currency="EUR"), ad(MAY_2, 20)]})
    case.store(currency="EUR").publish([])
    assert case.ask("SELECT cost FROM fact_ad ORDER BY date") == [(10_000_000,), (None,)]


def test_the_rollup_equals_its_fact_after_every_kind_of_change(case: Case) -> None:
    case.load(1, {"fact_ad": [ad(MAY_1, 10), ad(MAY_1, 2), ad(MAY_1, 4, campaign=9), ad(MAY_2, 20)]})
    case.load(2, {"fact_ad": [ad(MAY_1, 7), ad(MAY_1, 1)]}, covers=covering(MAY_1))
    case.load(3, {}, covers=covering(MAY_2))
    assert case.ask("SELECT date, campaign_key, cost, clicks FROM rollup_ad_campaign_day") == [
        (MAY_1, 8, 8_000_000, 2)
    ]


def test_the_ledger_tells_first_and_newest_value_of_a_restated_day(case: Case) -> None:
    for load_id, (cost, clicks) in enumerate(((10, 3), (12, 3), (11, 3)), start=1):
        case.load(load_id, {"fact_ad": [ad(MAY_1, cost, clicks=clicks), ad(MAY_2, 5)]})
    with case.snapshots.cursor(fresh=True) as cursor:
        assert restatements(cursor.connection, facts=["ad"]) == [
            Restatement("google_ads", "ad", MAY_1, "cost", 10_000_000, 11_000_000, 1, 3)
        ]
        assert restatements(cursor.connection, since=MAY_2) == []


def test_pages_read_the_ledger_in_currency_and_with_the_sources_freshness(case: Case) -> None:
    for load_id, cost in enumerate((10, 12), start=1):
        case.load(load_id, {"fact_ad": [ad(MAY_1, cost)]})
    with case.snapshots.cursor(fresh=True) as cursor:
        found = ledger(cursor, States().of(cursor), MAY_1)
    assert found.restated == (Restated("google_ads", "ad", "cost", MAY_1, 10.0, 12.0, "money"),)
    assert "google_ads" in found.freshness


def test_the_ledger_tells_what_became_of_an_entity(case: Case) -> None:
    deal = {"source_id": "salesforce", "date": MAY_1, "currency": "USD", "close_date": MAY_2}
    untouched = {**deal, "opportunity_id": "O2", "amount_micros": 7}
    for load_id, amount in enumerate((100, 100, 140), start=1):
        changed = {**deal, "opportunity_id": "O1", "amount_micros": amount}
        case.load(load_id, {"fact_opportunity": [changed, untouched]}, source="salesforce")
    with case.snapshots.cursor(fresh=True) as cursor:
        assert restatements(cursor.connection, source="salesforce") == [
            Restatement("salesforce", "opportunity", MAY_1, "amount", 100, 140, 1, 3)
        ]


def test_new_channel_rules_rewrite_the_dimension_and_no_fact(case: Case) -> None:
    key = traffic_key("google", "cpc")
    row = {"traffic_key": key, "source": "google", "medium": "cpc", "campaign_raw": "(not set)"}
    case.load(1, {"dim_traffic": [row], "fact_ad": [{**ad(MAY_1, 1), "traffic_key": key}]})
    channel = f"SELECT channel, platform FROM dim_traffic WHERE traffic_key = {key}"
    assert case.ask(channel) == [("Paid search", "google_ads")]
    version = case.ask("SELECT version FROM fact_version WHERE fact = 'ad'")[0][0]
    case.store(Mapping([Rule("Search engines", source="google")])).publish([])
    assert case.ask(channel) == [("Search engines", "google_ads")]
    assert case.ask("SELECT load_id FROM fact_ad") == [(1,)]
    assert case.ask("SELECT version FROM fact_version WHERE fact = 'ad'") == [(version + 1,)]


def test_a_new_extract_alone_turns_an_end_into_churn(case: Case) -> None:
    phase = {
        "source_id": "billing",
        "subscription_id": "s1",
        "customer_id": "acme",
        "billing_interval": "month",
        "status": "canceled",
        "date": MAY_1,
        "ended_on": date(2026, 6, 15),
        "currency": "USD",
        "price_micros": 100,
    }
    moved = "SELECT date, kind, amount, customers FROM fact_mrr_movement ORDER BY date"
    rows = {"fact_subscription": [phase]}
    case.load(1, rows, source="billing", extracted=datetime(2026, 6, 1, tzinfo=UTC))
    assert case.ask(moved) == [(MAY_1, "new", 100, 1)]
    case.load(2, rows, source="billing", extracted=datetime(2026, 6, 20, tzinfo=UTC))
    assert case.ask(moved) == [(MAY_1, "new", 100, 1), (date(2026, 6, 15), "churn", -100, -1)]
