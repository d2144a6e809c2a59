"""Pages that wait for a first training, on the product whose models nobody has trained yet."""

from __future__ import annotations

import json

from app.layouts.pages.base import PAGES, PageContext
from app.training import trainings
from tests.demo_company import Site
from tests.fakes import viewer

NOW_MADE = "being made now, which takes a few minutes. Open this page again then."


def shown(site: Site, page: str, role: str) -> str:
    layout = PAGES.get(page).layout(PageContext(site.services, viewer(role)))
    return json.dumps(layout, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def test_a_page_without_scores_says_who_makes_them_and_when_they_are_being_made(site: Site) -> None:
    assert "at night once a week" in shown(site, "customers", "executive")
    assert "Start it with “Score anew”" in shown(site, "customers", "admin")
    assert "Start it with “Train anew”" in shown(site, "forecasts", "admin")
    trainings.ask(site.services, "train_week", "test", then=["train_churn"])
    for page, role in (("customers", "executive"), ("customers", "admin"), ("forecasts", "admin")):
        assert NOW_MADE in shown(site, page, role)


def test_what_follows_a_training_is_under_way_with_it(site: Site) -> None:
    trainings.ask(site.services, "train_week", "test", then=["train_churn"])
    assert trainings.under_way(site.services, "train_week")
    assert trainings.under_way(site.services, "train_churn")
    assert not trainings.under_way(site.services, "train_forecast")
