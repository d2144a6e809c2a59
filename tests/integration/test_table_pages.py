"""Passport, rows and sources as the browser asks for them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from dash.development.base_component import Component

from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks import campaigns as campaigns_callbacks
from app.callbacks import passport as passport_callbacks
from app.callbacks import rows as rows_callbacks
from app.callbacks import sources as sources_callbacks
from app.callbacks.base import Callbacks
from app.callbacks.passport import Cell
from app.clock import FixedClock
from app.data import source_states
from app.data.metrics.base import METRICS
from app.data.models import Source, SyncRun
from app.data.pipeline import windows
from app.data.pipeline.sources import kind_of
from app.errors import AccessDenied, InputError, NotFound
from app.figures.table_view import typed
from app.layouts import campaign_table, grid, row_list
from app.layouts.cards import info
from app.layouts.markup import markup, sketch
from app.layouts.pages import campaigns, glossary, sources
from app.layouts.shell import page_content
from app.layouts.table_foot import footer
from app.services import Services
from tests.ad_company import NOW
from tests.bare_app import ANALYST, bare_app
from tests.page_text import read
from tests.table_services import table_services

ADA = Viewer(3, "ada@larkfield.example", "Ada", "admin", ROLES["admin"])
EVE = Viewer(5, "eve@larkfield.example", "Eve", "executive", ROLES["executive"])


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return table_services(tmp_path)


def callbacks_of(services: Services, viewer: Viewer = ANALYST) -> Callbacks:
    return bare_app(services, viewer)[1]


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def html_of(services: Services, path: str, search: str) -> Component:
    """The page at a path, without what needs the browser."""
    return page_content(services, ANALYST, path, search)[1]


def test_the_passport_of_a_cell_shows_the_division_that_gives_its_value(services: Services) -> None:
    cell = Cell("cpa", {"channel": "Social", "campaign": "Brand awareness US"})
    panel = text_of(passport_callbacks.explain(callbacks_of(services), cell, ""))
    for part in (
        "$191.76",
        "9,766.96",
        "50.932",
        "191.7647",
        "Campaign is Brand awareness US",
        "60 rows of “Ads”",
    ):
        assert part in panel
    assert "/rows?channel=Social&campaign=Brand+awareness+US&metric=cpa" in panel


def test_the_passport_of_a_day_asks_for_that_day_only(services: Services) -> None:
    panel = text_of(
        passport_callbacks.explain(callbacks_of(services), Cell("spend", {}, "2026-03-01..2026-03-01"), "")
    )
    assert "1 Mar 2026" in panel and "16 rows of “Ads”" in panel


def test_only_those_who_may_query_see_the_sql(services: Services) -> None:
    seen = {
        viewer.role: "SELECT sum(cost)"
        in text_of(passport_callbacks.explain(callbacks_of(services, viewer), Cell("spend", {}), ""))
        for viewer in (ANALYST, ADA, EVE)
    }
    assert seen == {"analyst": True, "admin": True, "executive": False}


@pytest.mark.parametrize("where", ['{"password": "x"}', "no json", "[1]"])
def test_a_forged_number_is_explained_as_impossible(services: Services, where: str) -> None:
    forged = {"metric": "spend", "where": where, "days": ""}
    callbacks = callbacks_of(services)
    panel = passport_callbacks.opened(callbacks, lambda: passport_callbacks._of_number(forged), "")
    assert "SELECT" not in text_of(panel) and "alert" in text_of(panel)


def test_a_passport_and_its_steps_name_members_in_words(services: Services) -> None:
    panel = text_of(
        passport_callbacks.explain(callbacks_of(services), Cell("cpa", {"platform": "google_ads"}), "")
    )
    assert "Platform is Google Ads" in panel and "/rows?platform=google_ads&metric=cpa" in panel
    page = read(sketch(html_of(services, "/rows", "metric=spend&platform=google_ads&clicked=platform")))
    assert page.named("crumb")[0].words.split("Rows")[0].split() == ["All", "channels", "Google", "Ads"]


def test_rows_come_in_blocks_in_the_order_of_the_header(services: Services) -> None:
    wanted = {"startRow": 2, "endRow": 5, "sortModel": [{"colId": "spend", "sort": "desc"}]}
    answer = rows_callbacks.rows(
        callbacks_of(services), wanted, "metric=cpa&channel=Social&range=last_7_days"
    )
    spends = [row["spend"] for row in answer["rowData"]]
    assert answer["rowCount"] == 3 * 2 * 7
    assert len(spends) == 3 and spends == sorted(spends, reverse=True)
    assert answer["rowData"][0]["date"].endswith(" Mar 2026")
    assert {row["device"] for row in answer["rowData"]} <= {"Mobile", "Desktop"}


def test_rows_say_what_narrows_them_and_lead_to_the_rows_without_it(services: Services) -> None:
    search = "metric=spend&range=last_7_days&segment=mobile&channel=Social&platform=google_ads&paid=1"
    page = read(sketch(html_of(services, "/rows", search)))
    chips = {" ".join(one.words.split()): one.named("chip-x")[0] for one in page.named("chip")}
    assert list(chips) == [
        "Segment Mobile", "Channel Social", "Platform Google Ads", "Traffic paid media only"
    ]  # fmt: skip
    assert chips["Channel Social"].attributes["href"] == (
        "/rows?range=last_7_days&segment=mobile&platform=google_ads&metric=spend&paid=1"
    )
    assert chips["Segment Mobile"].attributes["href"] == (
        "/rows?range=last_7_days&channel=Social&platform=google_ads&metric=spend&paid=1"
    )
    assert chips["Traffic paid media only"].attributes["href"].endswith("&platform=google_ads&metric=spend")
    (reset,) = [one for one in page.elements() if one.tag == "a" and one.words == "Reset"]
    assert reset.attributes["href"] == "/rows?range=last_7_days&metric=spend"
    bare = read(sketch(html_of(services, "/rows", "metric=spend")))
    assert not bare.named("chip") and "Reset" not in bare.words


def test_a_page_without_rows_names_the_number_and_the_days(services: Services) -> None:
    def said(search: str) -> str:
        return read(sketch(html_of(services, "/rows", search))).words

    assert "No ad spend on 2 Mar 2026" in said("metric=spend&channel=None&range=2026-03-02..2026-03-02")
    assert "No cost per conversion from 2 Mar 2026 to 3 Mar 2026" in said(
        "metric=cpa&channel=None&range=2026-03-02..2026-03-03"
    )


@pytest.mark.parametrize(("path", "search"), [("/campaigns", ""), ("/rows", "metric=spend")])
def test_a_page_of_numbers_says_how_old_they_are_and_which_source_is_late(
    services: Services, path: str, search: str
) -> None:
    assert "Salesforce and 1 more, 3 h ago" in text_of(html_of(services, path, search))
    assert "late" not in text_of(html_of(services, path, search))
    later = replace(services, clock=FixedClock(NOW + timedelta(hours=5)))
    assert "Salesforce 4 h late" in text_of(html_of(later, path, search))


def test_the_table_names_its_days_its_filters_and_its_time_zone(services: Services) -> None:
    search = "range=2026-03-01..2026-03-07&segment=mobile&channel=Social&platform=google_ads"
    shown = campaign_table.show(search, services, ANALYST)
    assert shown.subtitle == "1–7 Mar 2026 · Mobile · Channel: Social · Platform: Google Ads · New York"


def test_a_column_of_rows_is_as_wide_as_its_words(services: Services) -> None:
    def width(search: str) -> int:
        page = html_of(services, "/rows", search)
        (grid,) = [part for part in page._traverse() if hasattr(part, "columnDefs")]
        return next(column["width"] for column in grid.columnDefs if column["field"] == "campaign")

    assert width("metric=spend&campaign=Brand+awareness+US") >= 7 * len("Brand awareness US") + 24


def test_the_browser_cannot_ask_for_all_rows_at_once(services: Services) -> None:
    answer = rows_callbacks.rows(callbacks_of(services), {"startRow": 0, "endRow": 10**9}, "metric=cpa")
    assert len(answer["rowData"]) == 480 and services.query.rows_  # type: ignore[attr-defined]
    assert rows_callbacks.MOST == 1000


def test_the_glossary_finds_a_metric_by_words_of_its_definition(services: Services) -> None:
    assert "cpa_claimed" in markup(glossary.entries("CPA_CLAIMED", services))
    assert "Metrics: 1<" in markup(glossary.entries("cpa_claimed", services))
    assert "Try a shorter word" in markup(glossary.entries("no such thing", services))
    assert "&lt;b&gt;" in markup(glossary.entries("<b>", services))


def test_the_glossary_and_the_card_say_the_look_back_that_is_set(services: Services) -> None:
    said = "Last non-direct touch, 30 days"
    short = replace(services, settings=replace(services.settings, attribution_lookback_days=30))
    assert said in markup(glossary.entries("roas", short)) and said in markup(info([METRICS.get("roas")], 30))
    assert "ROAS" in markup(glossary.entries("touch, 30 days", short))
    assert said not in markup(glossary.entries("roas", services))


@pytest.mark.parametrize("path", ["/glossary", "/sources"])
def test_a_page_that_only_shows_something_is_no_thousand_components(path: str, services: Services) -> None:
    """Each costs the browser milliseconds; facts go as HTML."""
    _source(services)
    _, page = page_content(services, ADA, path, "")
    assert len(list(page._traverse())) < 100


def test_an_address_leads_to_an_entry_of_the_glossary(services: Services) -> None:
    assert '<article id="cpa" tabindex="-1">' in markup(glossary.entries("", services))


def _source(services: Services, state: str = "failed") -> None:
    with services.database.session() as session:
        session.add(
            Source(
                id="google_ads",
                title="Google Ads",
                state=state,
                created_at=NOW,
                error="Refused: 401.",
                last_sync_at=NOW - timedelta(hours=5),
            )
        )
        for day in (1, 2):
            session.add(
                SyncRun(
                    source_id="google_ads",
                    stream="campaigns",
                    started_at=NOW,
                    state="done",
                    rows=120 * day,
                    requests=3,
                    seconds=1.5,
                    window_start=date(2026, 3, day),
                    window_end=date(2026, 3, day),
                )
            )


def test_a_source_shows_its_state_its_error_and_what_it_brought(services: Services) -> None:
    _source(services)
    states = source_states.all_states(services.database)
    shown = text_of(sources.cards(services, ADA, states))
    assert (states[0].requests, states[0].seconds, len(states[0].runs)) == (3, 1.5, 2)
    for part in ("failed", "Refused: 401.", "5 h ago", "Try again", "Backfill"):
        assert part in shown
    assert "Try again" not in text_of(sources.cards(services, ANALYST, states))


def test_imported_files_are_shown_as_a_source_that_nobody_can_sync(services: Services) -> None:
    with services.database.session() as session:
        kind = {"kind": "file"}
        session.add(
            Source(id="costs", title="Costs", state="ready", options=kind, created_at=NOW, last_sync_at=NOW)
        )
        session.add(SyncRun(source_id="costs", stream="costs", started_at=NOW, state="done", rows=36))
    states = source_states.all_states(services.database)
    shown = text_of(sources.cards(services, ADA, states))
    assert "Imported files" in shown and "Last import" in shown
    assert "Sync now" not in shown and "Backfill" not in shown
    with pytest.raises(InputError, match="pad import FILE --as costs"):
        sources_callbacks.queue_sync(services, ADA, "costs")


def test_imported_files_share_one_table_with_their_runs_below_each(services: Services) -> None:
    _source(services, "ready")
    with services.database.session() as session:
        for name in ("costs", "targets"):
            options = {"kind": "file"}
            session.add(
                Source(id=name, title=name.capitalize(), state="ready", options=options, created_at=NOW)
            )
        session.add(SyncRun(source_id="costs", stream="costs", started_at=NOW, state="done", rows=36))
    states = source_states.all_states(services.database)
    page = read(sketch(sources.cards(services, ADA, states)))
    assert [one.words.split()[0] for one in page.named("source-card")] == ["Google"]
    (place,) = [one for one in page.named("source-files")[0].elements() if "data-inert" in one.attributes]
    table = read(place.attributes["data-inert"])
    lines = [" ".join(one.words.split()) for one in table.elements() if one.tag == "tr"]
    assert lines[:2] == ["Source State Last import Data until Rows", "Costs costs ready never – 0"]
    assert lines[2].startswith("Run history Stream") and " 36 " in lines[2]
    assert lines[-2:] == ["Targets targets ready never – 0", "It has not run yet."]


def test_a_sync_is_one_job_and_is_in_the_audit_log(services: Services) -> None:
    _source(services)
    said = sources_callbacks.queue_sync(services, ADA, "google_ads", (date(2026, 2, 1), date(2026, 2, 28)))
    kind, arguments = services.queue.jobs[0]  # type: ignore[attr-defined]
    assert "Google Ads" in said and kind == "sync"
    assert arguments == {"source_id": "google_ads", "from_day": "2026-02-01", "to_day": "2026-02-28"}
    with pytest.raises(AccessDenied):
        sources_callbacks.queue_sync(services, ANALYST, "google_ads")
    with pytest.raises(NotFound):
        sources_callbacks.queue_sync(services, ADA, "google_adz")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-03-05", "2026-03-01", "ends before"),
        ("", "2026-03-01", "both days"),
        ("2026-03-01", "2026-04-01", "future"),
        (
            "1900-01-01",
            "2026-03-01",
            "Google Ads can have no data of 1900-01-01: its first day is 2023-02-13.",
        ),
    ],
)
def test_a_backfill_refuses_days_that_make_no_range(start: str, end: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sources_callbacks.window(start, end, date(2026, 3, 13), "google_ads")


@pytest.mark.parametrize("source", ["google_ads", "google_analytics", "salesforce"])
@pytest.mark.parametrize(
    ("asked", "words"), [("1990-01-01", "can have no data of"), ("2024-01-01", "731 days that are kept")]
)
def test_the_day_that_a_refused_backfill_names_is_taken_and_kept(source: str, asked: str, words: str) -> None:
    today = date(2026, 3, 13)
    with pytest.raises(InputError, match=words) as caught:
        sources_callbacks.window(asked, "2026-03-01", today, source)
    assert caught.value.hint == "Choose days from 2024-03-12 on."
    named = caught.value.hint.split()[3]
    first, last = sources_callbacks.window(named, named, today, source)
    assert f"{first}" == f"{last}" == named
    windows.require_kept(kind_of(source).streams, today, (first, last))


def test_a_condition_of_many_digits_is_said_and_taken_away_as_it_was_typed(services: Services) -> None:
    page = read(sketch(html_of(services, "/campaigns", "only=impressions>1000000&only=spend>34836.49")))
    chips = {" ".join(one.words.split()): one.attributes["href"] for one in page.named("chip-look")}
    assert chips == {
        "Impressions above 1000000": "/campaigns?only=spend%3E34836.49",
        "Spend above 34836.49": "/campaigns?only=impressions%3E1000000",
    }


def test_a_condition_on_a_ratio_is_typed_and_said_in_percent_as_its_column_is_written(
    services: Services,
) -> None:
    asked = callbacks_of(services)
    search = campaigns_callbacks.narrowed(asked, typed("ctr", ">", 2.94), "group=campaign&columns=clicks,ctr")
    assert search == "?group=campaign&columns=clicks%2Cctr&only=ctr%3E0.0294"
    shown = campaign_table.show(search, services, ANALYST)
    assert shown.answer is not None
    kept = {row["label"]: row["ctr"] for row in shown.rows}
    assert set(kept.values()) == {"2.9%"} and len(shown.answer.leaf.rows) > len(kept)
    assert set(kept) == {"Brand awareness US", "Product launch 2026", "Retargeting, cart"}  # 2.941 to 2.943%
    page = read(sketch(html_of(services, "/campaigns", f"{search}&only=clicks>=3.5")))
    chips = [" ".join(one.words.split()) for one in page.named("chip-look")]
    assert chips == ["CTR above 2.94%", "Clicks at least 3.5"]
    assert "Click-through rate, %" in text_of(campaigns.tools(shown))
    assert "Clicks, %" not in text_of(campaigns.tools(shown))


def test_on_a_phone_every_figure_of_a_line_is_a_button_that_says_what_it_is(services: Services) -> None:
    shown = campaign_table.show("?group=campaign&columns=spend,conversions,cpa", services, ANALYST)
    page = read(markup(row_list.row_list(shown, shown.rows, shown.total)))
    (line, *_) = [one for one in page.named("leaf") if one.named("row-detail")[0].named("number")]
    (name,) = [one.words for one in line.named("row-name")]
    spend, conversions = (line.named("row-figure")[0], line.named("row-detail")[0].named("number")[0])
    said = f"Ad spend {name}: {spend.words}. Where does it come from?"
    assert (spend.tag, spend.attributes["aria-label"]) == ("button", said)
    assert (
        conversions.attributes["data-metric"] == "conversions"
        and name in conversions.attributes["data-where"]
    )
    assert conversions.attributes["aria-label"].startswith(f"Conversions {name}: {conversions.words}.")


def test_each_change_names_its_base_and_the_foot_how_conversions_are_credited(services: Services) -> None:
    shown = campaign_table.show("?range=2026-02-01..2026-02-28&changes=1", services, ANALYST)
    heads = grid.columns(shown.asked.view, "USD", shown.links, [*shown.rows, *shown.total], shown.base)
    changes = [head["headerName"] for head in heads if head["field"].endswith("__change")]
    assert len(changes) == len(shown.asked.view.columns) and set(changes) == {"vs Jan"}
    foot = text_of(footer(shown))
    credit = "Of won opportunities, each credited to its last non-direct touch within 90 days"
    assert f"{credit}: Conversions, CPA, Revenue, ROAS." in foot  # the columns that are shown, no other
    one = text_of(footer(campaign_table.show("?columns=clicks,conversions", services, ANALYST)))
    assert f"{credit}: Conversions." in one and "ROAS" not in one.replace("as on the", "")
    plain = campaign_table.show("?columns=spend,clicks", services, ANALYST)
    assert "non-direct" not in text_of(footer(plain))
