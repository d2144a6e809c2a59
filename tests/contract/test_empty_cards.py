"""A card without a number says why, and names the filter that leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.clock import FixedClock
from app.data.models import Load, Source
from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.layouts import board, campaign_table
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.pages import campaigns
from app.services import Services
from app.text import t
from tests import warehouse
from tests.contract.test_widget_values import Told
from tests.fakes import NOW, services, viewer
from tests.page_text import read, sentences


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("?range=2026-02-01..2026-02-28", "No data in Feb 2026."),
        (
            "?range=2026-02-01..2026-02-28&channel=Direct",
            "Nothing in Feb 2026 with the filter Channel: Direct.",
        ),
        ("?range=2026-02-01..2026-02-28&channel=Nope", "There is no channel “Nope”."),
    ],
)
@pytest.mark.parametrize("widget", ["campaigns", "funnel"])
def test_an_empty_card_names_the_filter_that_leaves_nothing(
    widget: str, search: str, said: str, tmp_path: Path
) -> None:
    class Nothing(Told):
        def run(self, query: MetricQuery) -> MetricFrame:
            frame = super().run(query)
            return replace(frame, notes=dict.fromkeys(query.metrics, t("query.note_nothing")))

    counted = {"leads": 0.0, "opportunities": 0.0, "customers_won": 0.0, "visitors": None}
    empty = {**counted, "leads__base": 0.0, "opportunities__base": 0.0, "customers_won__base": 0.0}
    runner = Nothing(tell=lambda query, row: {**dict.fromkeys(row, None), **empty})
    found = EXECUTIVE.widget(widget)
    assert found is not None
    made = services(tmp_path, runner)
    text = sentences(read(one(made, found, context_of(made, viewer(), "executive", search)).html))
    assert said in text and "No rows in this range" not in text and "low volume" not in text


def test_an_unknown_channel_is_the_reason_before_what_is_too_young_to_compare(tmp_path: Path) -> None:
    company = warehouse.runner(warehouse.company())
    clock = FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC))
    made = replace(services(tmp_path, company), clock=clock)
    found = EXECUTIVE.widget("insights")
    assert found is not None
    text = sentences(read(one(made, found, context_of(made, viewer(), "executive", "?channel=Nope")).html))
    assert "There is no channel “Nope”." in text and "Too young" not in text


def connected(made: Services, name: str, **facts: Any) -> None:
    with made.database.session() as session:
        session.add(Source(id=name, title=name.title(), created_at=NOW, options={}, **facts))


def staged(made: Services, name: str, state: str) -> None:
    facts = {"stream": "leads", "path": "load-1", "rows": 3, "extracted_at": NOW, "state": state}
    with made.database.session() as session:
        session.query(Load).delete()
        session.add(Load(source_id=name, **facts))


def test_an_empty_card_says_that_first_data_is_on_its_way_until_it_came_or_failed(tmp_path: Path) -> None:
    made = services(tmp_path, Told(missing=True))
    funnel = EXECUTIVE.widget("funnel")
    assert funnel is not None

    def shown() -> str:
        return one(made, funnel, context_of(made, viewer(), "executive", "")).html

    connected(made, "salesforce", state="syncing")
    assert "the first data of Salesforce is on its way" in shown() and "data-preparing" in shown()
    with made.database.session() as session:
        session.query(Source).update({"state": "ready", "last_sync_at": NOW})
    staged(made, "salesforce", "waiting")
    assert "the first data of Salesforce is on its way" in shown()
    staged(made, "salesforce", "published")
    assert "No data in" in shown() and "data-preparing" not in shown()


def test_before_the_first_data_a_page_tells_how_far_each_source_is(tmp_path: Path) -> None:
    made = services(tmp_path, Told(missing=True, sourceless=True))
    connected(made, "alpha", state="syncing")
    connected(made, "beta", state="ready")
    connected(made, "omega", state="new")
    connected(made, "gamma", state="failed")
    connected(made, "delta", state="ready", last_sync_at=NOW)  # it had nothing to give
    cards, late = board.cards(made, EXECUTIVE, context_of(made, viewer("admin"), "executive", ""))
    said = " ".join(read(cards["first-data"]).words.split())
    assert late == [] and "The first data is on its way" in said
    lines = ["Alpha is being read", "Beta is read next", "Gamma could not be read", "Omega is connected"]
    assert [line for line in lines if line not in said] == [] and "Delta" not in said


def test_the_table_of_campaigns_leads_on_before_the_first_data(tmp_path: Path) -> None:
    made = services(tmp_path, Told(missing=True, sourceless=True))
    shown = str(campaigns.content(campaign_table.show("", made, viewer("analyst"))))
    assert "No data yet: no source has been read." in shown and "Reset the filters" not in shown
