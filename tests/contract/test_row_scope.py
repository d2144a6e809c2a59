"""An analyst who sees California only: the scope binds cards, tables, files, REST, rows, menus and caches."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from app.accounts import users
from app.data.models import JobRun, Source, SyncRun
from app.data.query.spec import Filter, MetricQuery, RowQuery
from app.layouts import campaign_table
from app.ml import runs
from app.ml.runs import ModelRun
from app.units import MISSING, Units
from tests.demo_company import CALIFORNIAN, NOW, Site, email
from tests.integration.test_card_passports import component
from tests.visits import DAYS, RANGE, asked, by_rest, callback, cards, drawn, exported

REACHING = ["sessions", "leads", "opportunities", "mrr", "customers", "new_customers", "nps"]
WITHOUT_REGION = ["market_share", "roi", "cac_loaded"]


def regional(site: Site, metrics: list[str]) -> dict[str, object]:
    """What an admin gets who asks for California."""
    answer = by_rest(site, "admin", metrics=metrics, where=["region=California"])
    return dict(answer.json["rows"][0])


def test_rest_answers_within_the_scope_whatever_is_asked(site: Site) -> None:
    mine = regional(site, REACHING)
    everything = by_rest(site, "admin", metrics=REACHING).json["rows"][0]
    assert all(0 < mine[metric] < everything[metric] for metric in ("sessions", "leads", "mrr", "customers"))
    assert by_rest(site, CALIFORNIAN, metrics=REACHING).json["rows"] == [mine]
    assert by_rest(site, CALIFORNIAN, metrics=["sessions"], by=["region"]).json["rows"] == [
        {"region": "California", "sessions": mine["sessions"]}
    ]
    # Beyond the scope a region is as unknown as one that is nowhere; within it none is left beside its own.
    for region in ("Texas", "Nope"):
        answer = by_rest(site, CALIFORNIAN, metrics=["leads"], where=[f"region={region}"])
        assert answer.json["rows"] == [{"leads": None}]
    answer = by_rest(site, CALIFORNIAN, metrics=["leads"], where=["region!=California"])
    assert answer.json["rows"] == [{"leads": 0}]


@pytest.mark.parametrize("metric", WITHOUT_REGION)
def test_a_fact_that_lacks_the_dimension_is_refused(site: Site, metric: str) -> None:
    answer = by_rest(site, CALIFORNIAN, metrics=[metric])
    assert answer.status_code == 403
    assert "scope" in answer.json["error"]["message"]
    assert by_rest(site, "admin", metrics=[metric]).status_code == 200


def test_a_cached_answer_is_never_given_to_another_scope(site: Site) -> None:
    asked_twice = [
        by_rest(site, person, metrics=["sessions", "leads"], by=["device"]).json["rows"]
        for person in ("admin", CALIFORNIAN, "admin", CALIFORNIAN)
    ]
    assert asked_twice[0] == asked_twice[2] != asked_twice[1] == asked_twice[3]
    mine = by_rest(site, "admin", metrics=["sessions", "leads"], by=["device"], where=["region=California"])
    assert asked_twice[1] == mine.json["rows"]


def test_the_cards_of_the_dashboard_are_those_of_the_region(site: Site) -> None:
    mine = regional(site, ["mrr", "customers"])
    shown = cards(site, CALIFORNIAN)
    assert Units("USD").short(mine["mrr"], "money") in shown
    assert Units("USD").short(mine["customers"], "count") in shown
    # What cannot be told is a dash for both.
    assert (set(shown) - {MISSING}).isdisjoint(cards(site, "executive"))


def test_table_and_csv_hold_the_regions_rows_only(site: Site) -> None:
    mine = regional(site, ["sessions", "leads"])
    viewer = users.viewer(site.services.database, email(CALIFORNIAN))
    answer = campaign_table.show(f"range={RANGE}&columns=leads,sessions", site.services, viewer).answer
    assert answer is not None and answer.table.total is not None
    file = exported(site, CALIFORNIAN, "campaigns", columns="leads,sessions")
    for metric in ("leads", "sessions"):
        assert answer.table.total[metric] == mine[metric]
        assert sum(float(row[metric] or 0) for row in file) == mine[metric]


def test_the_rows_behind_a_number_are_the_regions(site: Site) -> None:
    rows = exported(site, CALIFORNIAN, "rows", metric="leads")
    assert {row["region"] for row in rows} == {"California"}
    assert len(rows) == regional(site, ["leads"])["leads"]
    assert exported(site, CALIFORNIAN, "rows", metric="leads", region="Texas") == []
    block = callback(site, "rows-grid.getRowsRequest")
    values = {
        "rows-grid.getRowsRequest": {"startRow": 0, "endRow": 500, "sortModel": []},
        "location.search": f"?metric=leads&range={RANGE}",
    }
    shown = asked(site, CALIFORNIAN, block, values).json["response"]["rows-grid"]["getRowsResponse"]
    assert shown["rowCount"] == len(rows) == len(shown["rowData"])
    assert {row["region"] for row in shown["rowData"]} == {"California"}


def test_a_passport_says_the_scope_and_counts_within_it(site: Site) -> None:
    scope = users.viewer(site.services.database, email(CALIFORNIAN)).scope
    found = site.services.query.passport("leads", MetricQuery(("leads",), DAYS, scope=scope))
    assert found.scope == (Filter("region", ("California",)),)
    assert found.value == regional(site, ["leads"])["leads"] == found.parts[0].rows
    assert site.services.query.rows(RowQuery("leads", DAYS, scope=scope, limit=1)).total_rows == found.value


def test_filter_menus_offer_the_regions_members_only(site: Site) -> None:
    scope = users.viewer(site.services.database, email(CALIFORNIAN)).scope
    query = MetricQuery(("sessions",), DAYS, scope=scope)
    assert site.services.query.members("region", query) == ("California",)
    narrowed = MetricQuery(
        ("sessions",), DAYS, filters=(Filter("region", ("Texas", "New York")),), scope=scope
    )
    assert site.services.query.members("region", narrowed) == ()


def test_a_number_clicked_in_the_page_opens_the_regions_passport(site: Site) -> None:
    opened = callback(site, "table.cellClicked")
    values = {
        "table.cellClicked": {"colId": "leads", "rowId": "0"},
        "table-cells.data": {"0": {"where": {"region": "Texas"}, "days": ""}},
        "location.search": f"?range={RANGE}",
        "location.pathname": "/campaigns",
    }
    texas = str(asked(site, CALIFORNIAN, opened, values).json)
    assert "California" in texas and "Texas" in texas
    leads = by_rest(site, "admin", metrics=["leads"], where=["region=Texas"]).json["rows"][0]["leads"]
    assert leads > 0 and f"'{leads:.0f}'" not in texas


ADDED = {"aspect": "added", "by": "device", "device": "mobile"}
PASSPORTS = [
    ("sessions", {}, MISSING),
    ("sessions", {"aspect": "before"}, MISSING),
    ("sessions", {"aspect": "change"}, None),
    ("session_conversion_rate", ADDED, None),
    ("mrr", {"aspect": "reached"}, None),
]


def passport(site: Site, person: str, metric: str, **asked_with: str) -> Any:
    """What stands in the passport of a number over the usual days; None where none is shown."""
    question = f"?{urlencode({'range': RANGE, 'compare': 'previous', **asked_with})}"
    given = {"metric": metric, "where": "{}", "question": question, "search": ""}
    opened = asked(site, person, callback(site, "passport-asked.data"), {"passport-asked.data": given})
    text = json.dumps(opened.json, ensure_ascii=False)
    assert ("cannot be explained" in text) is (component(text, "passport-value") is None)
    return component(text, "passport-value")


def by_hand(site: Site, metric: str, aspect: str) -> str | None:
    """The same of California out of what an admin gets by REST; a part of the company has no targets."""

    def told(*more: str) -> dict[str, float]:
        rest = {"metrics": ["sessions", "session_conversion_rate"], "compare": "previous"}
        return dict(by_rest(site, "admin", **rest, where=["region=California", *more]).json["rows"][0])

    units, of_all = Units("USD"), told()
    now, then = of_all["sessions"], of_all["sessions__base"]
    if aspect != "added":
        counted = {"": units.full(now, "count"), "before": units.full(then, "count")}
        counted["change"] = units.change(now - then, "count", full=True)
        return counted.get(aspect)
    part, mean = told("device=mobile"), (of_all[metric] + of_all[f"{metric}__base"]) / 2
    share, before = part["sessions"] / now, part["sessions__base"] / then
    gain = part[metric] * share - part[f"{metric}__base"] * before - mean * (share - before)
    return f"{gain * 100:+.2f} pp"


@pytest.mark.parametrize(("metric", "asked_with", "elsewhere"), PASSPORTS)
def test_every_passport_is_that_of_the_region_and_of_another_there_is_none(
    site: Site, metric: str, asked_with: dict[str, str], elsewhere: str | None
) -> None:
    mine = passport(site, CALIFORNIAN, metric, **asked_with)
    whole = passport(site, "admin", metric, **asked_with)
    assert mine == by_hand(site, metric, asked_with.get("aspect", ""))
    assert whole is not None and whole != mine
    assert passport(site, CALIFORNIAN, metric, **asked_with, region="Texas") == elsewhere


# ---- counts of the whole company ---------------------------------------------------------------------------

OUTSIDE = "Not available in your scope."
TRAININGS = (
    ("forecast-train.n_clicks", {"train-forecast", "train-week"}),
    ("churn-train.n_clicks", {"train-churn"}),
)


def test_the_rows_of_whole_sources_are_for_those_who_see_the_whole_company(site: Site) -> None:
    units, known = Units("USD"), site.services.query.ledger(NOW.date())
    counts = {units.full(count, "count") for count in known.rows.values() if count > 999}
    with site.services.database.session() as session:
        counts |= {units.full(run.rows, "count") for run in session.query(SyncRun) if run.rows > 999}
    assert len(counts) > 5
    beat = asked(site, CALIFORNIAN, callback(site, "sources-poll.n_intervals")).text
    whole, mine = drawn(site, "analyst", "sources"), drawn(site, CALIFORNIAN, "sources")
    assert {count for count in counts if count not in whole} == set()
    assert {count for count in counts if count in mine or count in beat} == set()
    assert OUTSIDE in mine and OUTSIDE in beat and OUTSIDE not in whole
    assert "What was restated: – (not available in your scope)." in mine


@pytest.mark.parametrize("kind", ["platform", "file"])
def test_why_a_source_failed_is_for_those_who_see_the_whole_company(site: Site, kind: str) -> None:
    words = "None of 84531 rows of ad_days could be read"
    withheld = "It failed; what was said of it is not available in your scope."
    with site.services.database.session() as session:
        source = Source(id="failing", title="Failing", state="failed", error=words, options={"kind": kind})
        source.created_at = NOW
        session.add(source)
    whole, mine = drawn(site, "analyst", "sources"), drawn(site, CALIFORNIAN, "sources")
    beat = asked(site, CALIFORNIAN, callback(site, "sources-poll.n_intervals")).text
    with site.services.database.session() as session:
        session.delete(session.get_one(Source, "failing"))
    assert words in whole and withheld not in whole
    assert all(words not in text and withheld in text for text in (mine, beat))


def test_what_a_training_counted_is_for_those_who_see_the_whole_company(site: Site) -> None:
    note = "Not enough history: 37 of the customers seen so far left."
    with site.services.database.session() as session:
        run = ModelRun(kind="churn", subject=runs.CHURN, at=NOW, state="not_enough_history", note=note)
        session.add(run)
    whole, mine = drawn(site, "analyst", "customers"), drawn(site, CALIFORNIAN, "customers")
    with site.services.database.session() as session:
        session.delete(session.get_one(ModelRun, run.id))
    assert note in whole and "Score anew" in whole
    assert note not in mine and OUTSIDE in mine and "Score anew" not in mine


def test_what_jobs_say_of_the_whole_company_is_for_those_who_see_it(site: Site) -> None:
    words = "None of 4711 rows of events could be read"
    with site.services.database.session() as session:
        session.add(
            JobRun(id="sync-counted", kind="sync", title="Sync", state="failed", error=words, created_at=NOW)
        )
    whole, mine = drawn(site, "analyst", "jobs"), drawn(site, CALIFORNIAN, "jobs")
    with site.services.database.session() as session:
        session.delete(session.get_one(JobRun, "sync-counted"))
    assert words in whole and words not in mine and "Sync" in mine


@pytest.mark.parametrize(("trigger", "jobs"), TRAININGS)
def test_only_whoever_sees_the_whole_company_has_its_models_trained(
    site: Site, trigger: str, jobs: set[str]
) -> None:
    def queued() -> set[str]:
        with site.services.database.session() as session:
            return {run.id for run in session.query(JobRun) if run.id in jobs}

    block = callback(site, trigger)
    assert asked(site, "executive", block, {trigger: 1}).status_code == 403
    assert "A training reads the whole company." in asked(site, CALIFORNIAN, block, {trigger: 1}).text
    assert queued() == set()
    assert asked(site, "analyst", block, {trigger: 1}).status_code == 200
    assert queued() == jobs
    with site.services.database.session() as session:
        for name in jobs:
            session.delete(session.get_one(JobRun, name))
