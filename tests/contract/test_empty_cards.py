"""A card without a number says why, and names the filter that leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.layouts import campaign_table
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.pages import campaigns
from app.text import t
from tests.contract.test_widget_values import Told
from tests.fakes import services, viewer
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


def test_the_table_of_campaigns_leads_on_before_the_first_data(tmp_path: Path) -> None:
    made = services(tmp_path, Told(missing=True, sourceless=True))
    shown = str(campaigns.content(campaign_table.show("", made, viewer("analyst"))))
    assert "No data yet: no source has been read." in shown and "Reset the filters" not in shown
