"""Every widget of every dashboard draws full, empty, stale, failed and narrowed answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.accounts.permissions import DASHBOARDS as DASHBOARDS_VIEW
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame
from app.data.query.spec import PAID, MetricQuery
from app.data.query.validate import validated
from app.errors import AccessDenied, DataUnavailable
from app.layouts.board import context_of, one
from app.layouts.dashboards.base import COLUMNS, DASHBOARDS, Dashboard
from app.layouts.filters import DIMENSIONS
from app.layouts.markup import sketch
from app.layouts.pages.base import PAGES
from app.layouts.question import read as read_question
from app.layouts.widgets.base import Widget
from app.layouts.widgets.returns import SHARED
from app.text import t
from tests.fakes import NOW, FakeRunner, services, viewer
from tests.page_text import Element, read

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
    assert not re.search(r"\d:1\b", text), "a return is told as 4.2x and in no second way"


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
        assert able["csv"] == {"href": f"/export/{name}?range=last_7_days", "download": ""}
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
        (state,) = card.named("state-empty")
        assert [one.tag for one in state.elements() if one.tag in ("a", "button")] == ["a"], "one way out"


@every_widget
def test_a_late_source_is_named_on_the_card(board: Dashboard, widget: Widget, tmp_path: Path) -> None:
    made = drawn(tmp_path, board, widget, FakeRunner(hours_late=11.0))
    asked = bool(list(widget.queries(context_of(services(tmp_path), viewer(), board.id, ""))))
    # Eleven hours without a read: five past the target of Google Ads, seven past that of Salesforce.
    assert ("5 h late" in made.words or "7 h late" in made.words) == asked
    assert not [head for head in made.named("ch") if "h late" in head.words], (
        "it takes no room from the title"
    )


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
        known = set.intersection(*(set(catalogue.dimensions(metric)) for metric in query.metrics))
        narrowed = {entry.dimension for entry in query.filters if entry != PAID and not entry.negate}
        obeyed = {"device", "channel"} & known if widget.metrics else set()  # an age is no number
        assert narrowed == obeyed - set(left_out)


def test_a_short_value_has_the_exact_one_behind_it_for_pointer_and_reader(tmp_path: Path) -> None:
    found = DASHBOARDS.get("executive").widget("revenue")
    assert found is not None
    (value,) = drawn(tmp_path, DASHBOARDS.get("executive"), found, FakeRunner()).named("kpi-v")
    assert (value.words, value.attributes["title"]) == ("$125.4K", "$125,356.11")
    assert value.attributes["aria-label"] == "MRR: $125,356.11. Where does it come from?"


def test_a_funnel_prints_counts_rates_with_their_cases_the_overall_rate_and_the_bottleneck(
    tmp_path: Path,
) -> None:
    class Lossy(FakeRunner):
        """One deal of five is won, where it was one of three."""

        def run(self, query: MetricQuery) -> MetricFrame:
            frame, name = super().run(query), "opportunity_to_customer"
            parts = {name: 0.2, f"{name}__n": 200.0, f"{name}__d": 1000.0}
            before = {f"{name}__base": 0.333, f"{name}__base_d": 1000.0}
            rows = [{**row, **parts, **before} if name in row else row for row in frame.rows]
            return replace(frame, rows=rows)

    found = DASHBOARDS.get("executive").widget("funnel")
    assert found is not None
    card = drawn(tmp_path, DASHBOARDS.get("executive"), found, Lossy())
    assert len(card.named("stage")) == 4 and all(stage.named("number") for stage in card.named("stage"))
    (worst,) = card.named("bad")
    words = " ".join(worst.words.split())
    assert words.startswith("Customers won") and "20.0% , 200 won of 1,000 closed" in words
    assert "bottleneck, 33.3% before" in words
    assert re.match(r"Overall +[\d.]+% *: ", card.named("sum")[0].words)


def test_a_rate_that_was_not_known_before_says_so_and_why(tmp_path: Path) -> None:
    class New(FakeRunner):
        """Nobody knows the visitors of the days before."""

        def run(self, query: MetricQuery) -> MetricFrame:
            frame = super().run(query)
            unknown = {f"{name}__base": None for name in ("visitor_to_lead", "overall_conversion")}
            return replace(frame, rows=[{**row, **unknown} for row in frame.rows])

    found = DASHBOARDS.get("executive").widget("funnel")
    assert found is not None
    card = drawn(tmp_path, DASHBOARDS.get("executive"), found, New())
    leads = card.named("stage")[1].named("side")[0]
    assert "".join(leads.words.split()) == "–before"
    assert leads.named("muted")[0].attributes["title"] == "no base to compare with"
    assert "(– before)" in " ".join(card.named("sum")[0].words.split()).replace("( –", "(–")
    alone = drawn(tmp_path, DASHBOARDS.get("executive"), found, New(), "?compare=none")
    assert "before" not in alone.named("sum")[0].words + alone.named("stage")[1].words


@pytest.mark.parametrize(
    ("told", "said", "bar"),
    [
        ({"customers_won": 0.0, "opportunity_to_customer": 0.0}, "0", []),
        ({"customers_won": 0.0, "opportunity_to_customer": None}, "0", []),
        ({"customers_won": None, "opportunity_to_customer": None}, "–", []),
        ({"customers_won": 1.0, "opportunity_to_customer": 0.0001}, "1", ["width:0.01%"]),
    ],
)
def test_a_stage_of_zero_has_an_empty_bar_and_the_number_0_and_a_missing_one_a_dash(
    told: dict[str, float | None], said: str, bar: list[str], tmp_path: Path
) -> None:
    class Last(FakeRunner):
        """Its last stage is as it was told."""

        def run(self, query: MetricQuery) -> MetricFrame:
            frame = super().run(query)
            return replace(frame, rows=[{**row, **told} for row in frame.rows])

    found = DASHBOARDS.get("executive").widget("funnel")
    assert found is not None
    *before, last = drawn(tmp_path, DASHBOARDS.get("executive"), found, Last()).named("stage")
    assert last.named("number")[0].words == said
    filled = [[one.attributes["style"] for one in stage.named("funnel-bar")[0].elements() if one.tag == "i"]
              for stage in (*before, last)]  # fmt: skip
    assert all(filled[:-1]) and [style.replace(" ", "").rstrip(";") for style in filled[-1]] == bar


def test_why_a_number_is_missing_is_said_where_no_pointer_is_needed(tmp_path: Path) -> None:
    class Shared(FakeRunner):
        def run(self, query: MetricQuery) -> MetricFrame:
            frame = super().run(query)
            rows = [
                {**row, "channel": SHARED, "roi": -1.0} if row.get("channel") == "Content" else row
                for row in frame.rows
            ]
            return replace(frame, rows=rows)

    def explained(widget: str, search: str = "") -> str:
        found = DASHBOARDS.get("executive").widget(widget)
        assert found is not None
        return (
            drawn(tmp_path, DASHBOARDS.get("executive"), found, Shared(), search).named("menu-info")[0].words
        )

    assert "costs that belong to no one channel" in explained("returns")
    assert "Visitors cannot be told by channel." in explained("funnel", "?channel=Email")


@every_widget
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_no_single_filter_keeps_a_card_from_asking(
    dimension: str, board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    context = context_of(services(tmp_path), viewer(), board.id, f"?{dimension}=some")
    for query in widget.queries(context):
        assert validated(query, NOW.date()).period == query.period


ANATOMY = ("ch", "sub", "sum", "chart-view", "table-view", "cf")


@every_widget
def test_every_card_has_its_parts_in_the_same_places(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    (card,) = drawn(tmp_path, board, widget, FakeRunner()).named("card")
    parts = [one for one in card.inside if isinstance(one, Element)]
    known = [ANATOMY.index(name) for one in parts for name in one.classes if name in ANATOMY]
    assert known == sorted(known) and known[0] == 0 and ANATOMY.index("chart-view") in known
    title, *beside = (one for one in parts[0].inside if isinstance(one, Element))
    assert (title.tag, title.words) == ("h2", t(widget.title))
    if widget.metrics:
        assert beside[0].named("menu-info"), "the explanation stands right of the title"
    if widget.queries(context_of(services(tmp_path), viewer(), board.id, "")):
        assert (
            "cf" in parts[-1].classes and "Google Ads" in parts[-1].words or "Salesforce" in parts[-1].words
        )


@every_widget
def test_every_change_names_what_it_is_compared_with(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    card = drawn(tmp_path, board, widget, FakeRunner())
    heads = " ".join(one.words for one in card.elements() if one.tag == "th")
    for change in card.named("delta"):
        (base,) = [one.words for one in change.named("base")] or [heads]
        assert "vs 11 Jan–9 Feb" in base


@every_widget
def test_a_chart_has_one_money_axis_few_series_its_message_in_words_and_a_table(
    board: Dashboard, widget: Widget, tmp_path: Path
) -> None:
    card = drawn(tmp_path, board, widget, FakeRunner())
    drawings = [one.attributes["data-figure"] for one in card.elements() if "data-figure" in one.attributes]
    for drawing in map(json.loads, drawings):
        axes = [entry for name, entry in drawing["layout"].items() if name.startswith("yaxis")]
        assert not any("overlaying" in axis for axis in axes)
        for axis in {trace.get("yaxis", "y") for trace in drawing["data"]}:
            assert (
                len({str(trace.get("name")) for trace in drawing["data"] if trace.get("yaxis", "y") == axis})
                <= 6
            )
    assert not {colour for text in drawings for colour in ("--positive", "--negative") if colour in text}
    if drawings:
        (summary,) = card.named("sum")
        assert re.search(r"[$%]|\d", summary.words)
    if drawings or card.named("funnel") or card.named("returns"):
        assert card.named("table-switch") and card.named("table-view")[0].named("t")


@pytest.mark.parametrize("board", list(DASHBOARDS), ids=DASHBOARDS.ids())
def test_a_dashboard_goes_from_key_figures_over_the_main_trend_to_breakdowns(
    board: Dashboard, tmp_path: Path
) -> None:
    first, second, *later = board.rows
    assert 4 <= len(first) <= 6 and {widget.height for widget in first} == {"kpi"}
    assert not [widget.id for row in (second, *later) for widget in row if widget.height == "kpi"]

    def charted(widget: Widget) -> bool:
        found = drawn(tmp_path, board, widget, FakeRunner()).elements()
        return any("data-figure" in one.attributes for one in found)

    assert charted(second[0]) and second[0].span > max(widget.span for widget in second[1:])
    assert not [widget.id for row in later for widget in row if charted(widget)]
    assert [widget.height for widget in later[-1]] == ["list"] * len(later[-1]), "lists and tables come last"


@pytest.mark.parametrize("board", list(DASHBOARDS), ids=DASHBOARDS.ids())
def test_a_dashboard_is_a_page_of_full_rows_with_known_metrics(board: Dashboard, tmp_path: Path) -> None:
    services(tmp_path)
    assert PAGES.get(board.id).permission == board.permission
    assert all(sum(widget.span for widget in row) == COLUMNS for row in board.rows)
    assert len(list(board.widgets())) <= 11
    for widget in board.widgets():
        assert set(widget.metrics) <= set(METRICS.ids())
