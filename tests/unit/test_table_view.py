"""The table's part of the address."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.data.query.spec import Sort
from app.figures import table_view
from app.figures.table import TableRow
from app.figures.table_view import Condition, TableView
from app.layouts import drill, filters
from tests.ad_company import declare_metrics

declare_metrics()
TODAY = date(2026, 3, 13)


def test_a_view_written_into_the_address_is_read_back_the_same() -> None:
    view = TableView(
        group=("platform", "date"),
        columns=("spend", "cpa"),
        sort=Sort("cpa", descending=False),
        find="brand & co",
        conditions=(Condition("spend", ">=", 1000.5), Condition("cpa", "<", 40)),
        closed=frozenset({"Paid search / google_ads"}),
        changes=True,
    )
    assert table_view.parse(table_view.params(view)) == view


def test_what_rows_are_judged_by_is_shown_and_hidden_with_its_condition() -> None:
    view = table_view.parse([("columns", "clicks"), ("only", "spend>1000"), ("only", "clicks>5")])
    assert view.columns == ("clicks", "spend")
    hidden = view.toggled_column("spend")
    assert (hidden.columns, hidden.conditions) == (("clicks",), (Condition("clicks", ">", 5.0),))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1_000_000, "1000000"),
        (34836.49, "34836.49"),
        (0.03, "0.03"),
        (0.00001, "0.00001"),
        (-1e16, f"-1{0:016}"),
    ],
)
def test_a_condition_keeps_every_digit_in_the_address(number: float, text: str) -> None:
    view = TableView(conditions=(Condition("impressions", ">", float(number)),))
    assert table_view.params(view) == (("only", f"impressions>{text}"),)
    assert table_view.parse(table_view.params(view)) == view


@pytest.mark.parametrize(
    ("column", "number", "held", "said"),
    [("ctr", 3, 0.03, "3%"), ("ctr", 3.55, 0.0355, "3.55%"), ("ctr", 7, 0.07, "7%"), ("cpa", 3, 3.0, "3")],
)
def test_a_number_is_typed_in_the_unit_of_its_column(
    column: str, number: float, held: float, said: str
) -> None:
    condition = table_view.typed(column, "<", number)
    assert (condition, condition.said) == (Condition(column, "<", held), said)


def test_the_usual_view_needs_no_parameter() -> None:
    assert table_view.params(TableView()) == ()


def test_what_is_wrong_in_the_address_is_named_and_the_rest_is_kept() -> None:
    view = table_view.parse(
        [("group", "planet,channel"), ("columns", "spend"), ("sort", "-magic"), ("only", "spend>>1")]
    )
    assert (view.group, view.columns, view.sort, view.conditions) == (
        ("channel",),
        ("spend",),
        Sort("spend"),
        (),
    )
    assert [word in " ".join(view.problems) for word in ("planet", "magic", "spend>>1")] == [True, True, True]


def test_what_is_asked_in_two_ways_is_named_and_neither_is_taken() -> None:
    pairs = [("paid", "1"), ("paid", "0"), ("sort", "cpa"), ("sort", "-cpa"), ("find", "a"), ("find", "a")]
    view = table_view.parse([*pairs, ("only", "spend>1"), ("only", "cpa<9")])
    assert (view.paid, view.sort, view.find, len(view.conditions)) == (None, Sort("spend"), "a", 2)
    assert view.problems == (
        "The address asks for sort as “cpa” and as “-cpa”. Choose one.",
        "The address asks for paid as “1” and as “0”. Choose one.",
    )


def test_a_click_on_a_channel_leads_to_its_campaigns_then_days_then_rows() -> None:
    state, view = filters.FilterState(), TableView()
    campaigns = drill.into(state, view, TableRow(("Paid search",), {}))
    assert campaigns == "/campaigns?channel=Paid+search&clicked=channel&group=campaign"

    state = filters.parse(campaigns.split("?")[1], TODAY, own=table_view.OWN)
    days = drill.into(state, table_view.parse(state.own), TableRow(("Product launch 2026",), {}))
    assert days == (
        "/campaigns?channel=Paid+search&campaign=Product+launch+2026&clicked=campaign.channel&group=date"
    )

    state = filters.parse(days.split("?")[1], TODAY, own=table_view.OWN)
    rows = drill.into(state, table_view.parse(state.own), TableRow((date(2026, 3, 1),), {}))
    assert rows == (
        "/rows?range=2026-03-01..2026-03-01&channel=Paid+search&campaign=Product+launch+2026"
        "&clicked=campaign.channel&metric=spend&from=campaigns"
    )


def test_a_click_on_a_day_leads_to_the_rows_of_the_first_column_that_counts_something_on_it() -> None:
    view = TableView(group=("date",), columns=("spend", "clicks", "conversions"), sort=Sort("name"))
    day = (date(2026, 3, 1),)
    unpaid = drill.into(
        filters.FilterState(), view, TableRow(day, {"spend": None, "clicks": 0, "conversions": 2.0})
    )
    assert "metric=conversions" in unpaid
    paid = drill.into(filters.FilterState(), view, TableRow(day, {"spend": 5.0, "clicks": 1}))
    assert "metric=spend" in paid
    by_clicks = drill.into(
        filters.FilterState(), replace(view, sort=Sort("clicks")), TableRow(day, {"spend": 5.0, "clicks": 1})
    )
    assert "metric=clicks" in by_clicks


def test_the_trail_leads_back_one_step_at_a_time() -> None:
    state = filters.parse("channel=Social&campaign=A&clicked=campaign.channel", TODAY)
    steps = drill.trail(state)
    assert [dimension for dimension, _ in steps] == ["channel", "campaign"]
    assert steps[0][1].search() == "?channel=Social&clicked=channel"


def test_the_last_column_cannot_be_hidden() -> None:
    view = TableView(columns=("spend",))
    assert view.toggled_column("spend").columns == ("spend",)
    assert view.toggled_column("clicks").columns == ("spend", "clicks")


def test_days_stand_by_date_until_somebody_chooses_another_order() -> None:
    days = TableView().regrouped(("date",))
    assert days.sort == Sort("name", True) == table_view.parse([("group", "date")]).sort
    assert table_view.params(days) == (("group", "date"),)
    assert days.regrouped(("channel", "campaign")) == TableView()
    by_clicks = days.sorted_by("clicks")
    assert by_clicks.regrouped(("channel",)).sort == Sort("clicks")
    assert table_view.parse(table_view.params(days.sorted_by("spend"))).sort == Sort("spend")
