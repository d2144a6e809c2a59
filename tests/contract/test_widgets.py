"""Every widget of every dashboard draws full, empty, stale, failed and narrowed answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.accounts.permissions import DASHBOARDS as DASHBOARDS_VIEW
from app.data.metrics.base import METRICS
from app.errors import AccessDenied, DataUnavailable
from app.layouts.board import context_of, one
from app.layouts.dashboards.base import COLUMNS, DASHBOARDS, Dashboard
from app.layouts.markup import sketch
from app.layouts.pages.base import PAGES
from app.layouts.question import read as read_question
from app.layouts.widgets.base import Widget
from app.registry import import_all
from app.text import t
from tests.fakes import NOW, FakeRunner, services, viewer
from tests.page_text import Element, read

import_all("app.layouts.pages")
EVERY = [(board, widget) for board in DASHBOARDS for widget in board.widgets()]
NAMES = [f"{board.id}/{widget.id}" for board, widget in EVERY]
every_widget = pytest.mark.parametrize(("board", "widget"), EVERY, ids=NAMES)


def drawn(home: Path, board: Dashboard, widget: Widget, runner: FakeRunner, search: str = "") -> Element:
    """The card as the browser gets it: as HTML, or as a part of the page when it answers clicks."""
    made = services(home, runner)
    context = context_of(made, viewer(), board.id, search)
    if widget.live:
        return read(sketch(widget.render({}, context)))
    return read(one(made, widget, context).html)


@every_widget
def test_a_full_card_has_its_title_height_and_no_nonsense(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    card = drawn(tmp_path, board, widget, FakeRunner())
    text = card.words
    assert t(widget.title) in text
    assert card.named(f"h-{widget.height}") == [card.inside[0]]
    assert not {"None", "nan", "inf", "NaN"} & set(text.replace(",", " ").split())


@every_widget
def test_every_number_leads_to_its_passport(board: Dashboard, widget: Widget, tmp_path: Path) -> None:
    card = drawn(tmp_path, board, widget, FakeRunner())
    numbers = card.named("number")
    figures = [one for one in card.elements() if "data-figure" in one.attributes]
    assert bool(numbers) == bool(widget.metrics) or figures
    for number in numbers:
        assert number.tag == "button"
        assert number.attributes["data-metric"] in METRICS.ids()
        assert read_question(number.attributes["data-asked"], NOW.date()).days
        assert number.attributes["aria-label"].endswith("Where does it come from?")


@every_widget
def test_a_card_ends_its_head_with_a_menu_of_what_it_can_do(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    made = services(tmp_path, FakeRunner())
    context = context_of(made, viewer(), board.id, "?range=last_7_days")
    card = drawn(tmp_path, board, widget, FakeRunner(), "?range=last_7_days")
    (head,), (menu,) = card.named("ch"), card.named("card-menu")
    assert head.inside[-1] is menu and len(menu.elements()) == 3  # the button; the entries come when it opens
    able = json.loads(menu.attributes["data-menu"])
    assert able["link"] == {"data-link": widget.id}
    assert ("table" in able) == bool(card.named("table-switch"))
    leading, answer = widget.leading(context), widget.answer(context)
    assert ("passport" in able) == ("rows" in able) == bool(leading)
    if leading:
        asked = read_question(able["passport"]["data-asked"], NOW.date())
        assert able["passport"]["data-metric"] == leading.metrics[0]
        assert asked.period(NOW.date()) == leading.period
        assert able["rows"]["href"].startswith("/rows?")
    if answer:
        name = f"{board.id}-{widget.id}.csv"
        assert able["csv"] == {"href": f"/export/{name}?range=last_7_days", "download": name}
    else:
        assert "csv" not in able


def test_who_may_not_export_or_see_rows_is_offered_neither(tmp_path: Path) -> None:
    board, widget = EVERY[0]
    made, nobody = services(tmp_path), replace(viewer(), permissions=frozenset({DASHBOARDS_VIEW}))
    card = read(one(made, widget, context_of(made, nobody, board.id, "")).html)
    assert {"csv", "rows"}.isdisjoint(json.loads(card.named("card-menu")[0].attributes["data-menu"]))


@every_widget
def test_an_empty_answer_says_why_and_never_shows_zero(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    card = drawn(tmp_path, board, widget, FakeRunner(missing=True), "?range=last_7_days")
    if widget.metrics:
        assert "No data in 5–11 Mar 2026." in card.words
        assert "–" in card.words


@every_widget
def test_a_late_source_is_named_on_the_card(board: Dashboard, widget: Widget, tmp_path: Path) -> None:
    made = drawn(tmp_path, board, widget, FakeRunner(hours_late=11.0))
    asked = bool(list(widget.queries(context_of(services(tmp_path), viewer(), board.id, ""))))
    # Eleven hours without a read: five past the target of Google Ads, seven past that of Salesforce.
    assert ("5 h late" in made.words or "7 h late" in made.words) == asked


@every_widget
def test_an_unforeseen_error_stays_in_its_card_with_a_reference(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    card = drawn(tmp_path, board, widget, FakeRunner(error=lambda query: RuntimeError("disk on fire")))
    text = card.words
    assert "disk on fire" not in text
    if widget.queries(context_of(services(tmp_path), viewer(), board.id, "")):
        assert "reference " in text
        assert [one.attributes.get("data-retry") for one in card.elements()].count(widget.id) == 1


@every_widget
def test_a_foreseen_error_says_its_sentence(board: Dashboard, widget: Widget, tmp_path: Path) -> None:
    problem = DataUnavailable("The warehouse is being filled.", hint="Come back in a minute.")
    card = drawn(tmp_path, board, widget, FakeRunner(error=lambda query: problem))
    if widget.queries(context_of(services(tmp_path), viewer(), board.id, "")):
        assert "The warehouse is being filled." in card.words
        assert "Come back in a minute." in card.words


@every_widget
def test_what_lies_outside_the_scope_is_said_and_not_shown(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    card = drawn(tmp_path, board, widget, FakeRunner(error=lambda query: AccessDenied("No region there.")))
    if widget.queries(context_of(services(tmp_path), viewer(), board.id, "")):
        assert t("states.not_in_scope") in card.words
        assert not card.named("state-error") and not card.named("icon-warning")
        assert not card.named("number")


@every_widget
def test_a_filter_that_cannot_touch_a_card_is_dropped_and_said(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    runner = FakeRunner()
    search = "?segment=mobile&channel=Email"
    card = drawn(tmp_path, board, widget, runner, search)
    context = context_of(services(tmp_path), viewer(), board.id, search)
    left_out = widget.unaffected(context)
    assert ("not affected by" in card.words) == bool(left_out)
    for query in runner.asked:
        known = set.intersection(*(set(runner.dimensions(metric)) for metric in query.metrics))
        narrowed = {entry.dimension for entry in query.filters if not entry.negate}
        assert narrowed == ({"device", "channel"} & known) - set(left_out)


@pytest.mark.parametrize("board", list(DASHBOARDS), ids=DASHBOARDS.ids())
def test_a_dashboard_is_a_page_of_full_rows_with_known_metrics(board: Dashboard, tmp_path: Path) -> None:
    runner = FakeRunner()
    services(tmp_path)
    assert PAGES.get(board.id).permission == board.permission
    assert all(sum(widget.span for widget in row) == COLUMNS for row in board.rows)
    assert len(list(board.widgets())) <= 11
    for widget in board.widgets():
        for metric in widget.metrics:
            assert isinstance(runner.dimensions(metric), tuple)
