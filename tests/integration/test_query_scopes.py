"""A scope narrows every answer, and nothing that is asked widens it."""

from __future__ import annotations

import pytest

from app.data.query.spec import Filter, MetricQuery, RowQuery, Scope
from app.errors import AccessDenied
from tests import warehouse
from tests.integration.test_query_traps import JANUARY


def test_a_scope_narrows_every_answer_and_refuses_what_cannot_be_narrowed() -> None:
    runner = warehouse.runner(warehouse.company())
    only_google = Scope((Filter("platform", ("google_ads",)),))
    scoped = runner.run(MetricQuery(("spend",), JANUARY, ("platform",), scope=only_google))
    assert [row["platform"] for row in scoped.rows] == ["google_ads"]
    assert runner.members("platform", MetricQuery(("spend",), JANUARY, scope=only_google)) == ("google_ads",)
    everything = runner.run(MetricQuery(("spend",), JANUARY)).value("spend")
    narrowed = runner.run(MetricQuery(("spend",), JANUARY, scope=only_google)).value("spend")
    assert narrowed is not None and everything is not None and narrowed < everything
    with pytest.raises(AccessDenied, match="Market share is not available in your scope"):
        runner.run(MetricQuery(("market_share",), JANUARY, scope=only_google))
    with pytest.raises(AccessDenied):
        runner.rows(RowQuery("market_share", JANUARY, scope=only_google))


def test_a_scope_that_allows_nothing_shows_nothing() -> None:
    nothing = Scope((Filter("platform", ()),))
    runner = warehouse.runner(warehouse.company())
    assert runner.run(MetricQuery(("spend",), JANUARY, scope=nothing)).value("spend") is None
    assert runner.rows(RowQuery("spend", JANUARY, scope=nothing)).total_rows == 0


def test_a_filter_outside_the_scope_does_not_widen_it() -> None:
    runner = warehouse.runner(warehouse.company())
    only_google = Scope((Filter("platform", ("google_ads",)),))
    facebook = (Filter("platform", ("facebook_ads",)),)
    assert (
        runner.run(MetricQuery(("spend",), JANUARY, filters=facebook, scope=only_google)).value("spend")
        is None
    )
