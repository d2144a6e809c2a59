"""The Executive dashboard asks only what the real query engine can answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.accounts import users
from app.data.metrics.base import METRICS
from app.data.query.frame import Target
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.widgets.insights import Insights, closes, contributions
from app.text import t
from tests import warehouse
from tests.demo_company import Site, email
from tests.fakes import services, viewer
from tests.visits import RANGE

WIDGETS = [widget for widget in EXECUTIVE.widgets() if not widget.live]


@pytest.mark.parametrize("search", ["", "?segment=mobile", "?range=last_year&compare=year"])
@pytest.mark.parametrize("widget", WIDGETS, ids=[widget.id for widget in WIDGETS])
def test_every_card_is_answered_by_the_warehouse(widget: object, search: str, tmp_path: Path) -> None:
    made = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    card = str(one(made, widget, context_of(made, viewer(), EXECUTIVE.id, search)))  # type: ignore[arg-type]
    assert "state-error" not in card
    assert t("states.card_failed") not in card


@pytest.mark.parametrize("search", ["", "?range=last_7_days", "?range=2026-02-01..2026-03-11"])
def test_the_parts_of_every_explained_change_sum_to_it_in_the_warehouse(search: str, tmp_path: Path) -> None:
    made = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    context = context_of(made, viewer(), EXECUTIVE.id, search)
    (insights,) = [widget for widget in WIDGETS if isinstance(widget, Insights)]
    changed = 0
    for entry in insights.explained:
        assert METRICS.get(entry.metric).denominator is None, "members of a rate do not add up"
        total = made.query.run(context.ask(entry.metric))
        value, base = total.value(entry.metric), total.base(entry.metric)
        if value is None or base is None:
            continue
        split = made.query.run(context.ask(entry.metric, by=(entry.dimension,)))
        parts = contributions(split, entry.metric, entry.dimension)
        assert sum(part.change for part in parts) == pytest.approx(value - base), entry.metric
        assert closes(parts, value - base)
        changed += value != base
    assert changed


def test_the_data_card_names_every_source_behind_the_numbers_of_the_page(site: Site) -> None:
    reader = users.viewer(site.services.database, email("executive"))
    context = context_of(site.services, reader, EXECUTIVE.id, f"?range={RANGE}")
    behind = {
        widget.id: {
            entry.title
            for query in widget.queries(context)
            for entry in site.services.query.run(query).freshness
        }
        for widget in WIDGETS
    }
    assert behind.pop("freshness") == set().union(*behind.values())
    assert {"Costs", "Google Ads", "Surveys"} <= set().union(*behind.values())


def test_of_two_targets_the_one_that_ends_first_is_in_force() -> None:
    connection = warehouse.empty()
    for end, value in ((date(2026, 12, 31), 200.0), (date(2026, 6, 30), 150.0), (date(2026, 1, 31), 90.0)):
        row = {"metric": "mrr", "date": date(2026, 1, 1), "ends_on": end, "value": value}
        warehouse.insert(connection, "fact_target", [row])
    found = warehouse.runner(connection).targets(date(2026, 3, 12))
    assert found == (Target("mrr", date(2026, 1, 1), date(2026, 6, 30), 150.0),)
