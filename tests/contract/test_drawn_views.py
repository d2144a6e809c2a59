"""A view that is asked for again is shown as it was drawn, and only while it would be drawn the same."""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.accounts.permissions import ANALYSIS
from app.accounts.viewer import Viewer
from app.clock import FixedClock
from app.data.query.frame import MetricFrame, Target
from app.data.query.spec import Filter, MetricQuery, Scope
from app.errors import DataUnavailable
from app.layouts import board
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.freshness import age_text, late, words_stand
from app.layouts.markup import sketch
from app.ml.runs import ModelRun
from app.periods import preset
from app.services import Services
from app.text import t
from app.units import age
from tests.fakes import NOW, FakeRunner, services, viewer
from tests.page_text import read
from tests.waiting import until

EUROPE = Scope((Filter("country", ("DE",)),))


@dataclass
class Warehouse(FakeRunner):
    """A runner whose data, targets and sources can be changed while it is asked."""

    goal: float = 150_000.0
    fed: bool = True

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        return frame if self.fed else replace(frame, rows=[], freshness=())

    def sources(self) -> tuple[str, ...]:
        return super().sources() if self.fed else ()

    def targets(self, on: date) -> tuple[Target, ...]:
        return (Target("mrr", date(2025, 11, 30), date(2026, 6, 30), self.goal),)


def shown(made: Services, search: str = "", who: Viewer | None = None) -> dict[str, str]:
    """Cards and bar of a view as the browser gets them."""
    context = board.context_of(made, who or viewer(), EXECUTIVE.id, search)
    cards: dict[str, str] = {}

    def whole() -> bool:
        found, late_ones = board.cards(made, EXECUTIVE, context)
        cards.update(found)
        return not late_ones

    until(whole)
    return {**cards, "bar": board.bar(made, EXECUTIVE, context).html}


def asked(runner: FakeRunner) -> int:
    """How many questions came since this was last asked."""
    count = len(runner.asked)
    runner.asked.clear()
    return count


def test_the_same_view_is_neither_asked_nor_drawn_again(tmp_path: Path) -> None:
    runner = Warehouse()
    made = services(tmp_path, runner)
    first = shown(made, "?range=last_7_days")
    assert asked(runner) > 20
    assert shown(made, "?range=last_7_days") == first
    assert asked(runner) == 0
    context = board.context_of(made, viewer(), EXECUTIVE.id, "?range=last_7_days")
    assert first["revenue"] in sketch(board.board(made, EXECUTIVE, context, still=True))
    assert board.one(made, EXECUTIVE.widget("mrr"), context).html == first["mrr"]  # type: ignore[arg-type]
    assert asked(runner) == 0


@pytest.mark.parametrize(
    ("search", "card", "words"),
    [
        ("?range=last_7_days", "bar", "5–11 Mar 2026 5–11 Mar Last"),
        ("?compare=none", "revenue", "no comparison chosen"),
        ("?segment=mobile", "revenue", "not affected by segment"),
        ("?channel=Email", "bar", "Email"),
        ("?range=yesterday", "bar", "yesterday"),  # no range: the view is the default one, with what is wrong
    ],
)
def test_another_address_is_another_view(tmp_path: Path, search: str, card: str, words: str) -> None:
    made = services(tmp_path, Warehouse())
    assert words not in read(shown(made)[card]).words
    assert words in read(shown(made, search)[card]).words
    assert words not in read(shown(made)[card]).words


def test_nobody_is_shown_the_view_of_another_scope_or_of_other_rights(tmp_path: Path) -> None:
    runner = Warehouse()
    made = services(tmp_path, runner)
    whole, narrow = viewer(), replace(viewer(), scope=EUROPE)
    assert "$150K" in shown(made, who=whole)["revenue"]
    asked(runner)
    assert "$150K" not in shown(made, who=narrow)["revenue"]
    assert {query.scope for query in runner.asked} == {EUROPE}
    lesser = replace(whole, permissions=whole.permissions - {ANALYSIS})
    assert 'href="/forecasts"' in shown(made, who=whole)["mrr"]
    assert 'href="/forecasts"' not in shown(made, who=lesser)["mrr"]


def test_new_data_and_new_targets_are_seen_at_once(tmp_path: Path) -> None:
    runner = Warehouse()
    made = services(tmp_path, runner)
    before = shown(made)
    runner.goal = 180_000.0
    assert "$150K" in before["revenue"] and "$180K" in shown(made)["revenue"]
    asked(runner)
    runner.data = "8"
    shown(made)
    assert asked(runner) > 20


def test_an_answer_of_newer_data_than_the_view_is_not_held_under_the_older(tmp_path: Path) -> None:
    class Moving(Warehouse):
        def version(self) -> str:
            return "6"  # read just before the snapshot was replaced by version 7

    runner = Moving()
    made = services(tmp_path, runner)
    shown(made)
    asked(runner)
    shown(made)
    assert asked(runner) > 20


def test_another_day_is_another_view(tmp_path: Path) -> None:
    made = services(tmp_path, Warehouse())
    assert "10 Feb – 11 Mar" in read(shown(made)["bar"]).words
    tomorrow = replace(made, clock=FixedClock(NOW + timedelta(days=1)))
    assert "11 Feb – 12 Mar" in read(shown(tomorrow)["bar"]).words


def test_ages_of_sources_are_told_as_they_are_now(tmp_path: Path) -> None:
    runner = Warehouse(hours_late=0.2)
    made = services(tmp_path, runner)
    assert "12 min" in shown(made)["freshness"]
    asked(runner)
    soon = replace(made, clock=FixedClock(NOW + timedelta(seconds=59)))
    assert "12 min" in shown(soon)["freshness"] and asked(runner) == 0
    later = replace(made, clock=FixedClock(NOW + timedelta(seconds=60)))
    assert "13 min" in shown(later)["freshness"]


@pytest.mark.parametrize("hours", [0, 0.001, 0.5, 1.99, 2, 5.9, 6, 6.01, 30, 71.99, 72, 100])
def test_the_words_about_a_source_stand_as_long_as_is_said_and_no_longer(hours: float) -> None:
    (source,) = (
        FakeRunner(hours_late=hours).run(MetricQuery(("spend",), preset("last_7_days", NOW.date()))).freshness
    )

    def said(seconds: float) -> tuple[str, bool, str]:
        now = NOW + timedelta(seconds=seconds)
        behind = source.behind(now)
        return age_text(source, now), late(source, now), age(behind) if behind else ""

    stand = words_stand([source], NOW).total_seconds()
    assert said(0) == said(stand * 0.999)
    assert stand == 0 or said(0) != said(stand + 0.001) or stand == 24 * 3600


def test_a_training_that_gave_no_forecast_is_told_without_new_data(tmp_path: Path) -> None:
    made = services(tmp_path, Warehouse())
    assert t("forecasts.none_yet") in shown(made)["mrr"]
    with made.database.session() as session:
        note = "Nine months are not enough."
        session.add(ModelRun(kind="forecast", subject="mrr", at=NOW, state="not_enough_history", note=note))
    assert "Nine months are not enough." in shown(made)["mrr"]


def test_a_card_that_failed_is_asked_again(tmp_path: Path) -> None:
    runner = Warehouse(
        error=lambda query: DataUnavailable("The disk is on fire.") if "mrr" in query.metrics else None
    )
    made = services(tmp_path, runner)
    assert "The disk is on fire." in shown(made)["revenue"]
    runner.error = lambda query: None
    assert "$125.4K" in shown(made)["revenue"]


def test_a_product_without_data_says_so_until_the_first_load_and_not_after(tmp_path: Path) -> None:
    runner = Warehouse(fed=False)
    made = services(tmp_path, runner)
    context = board.context_of(made, viewer(), EXECUTIVE.id, "")
    for _ in range(2):
        assert t("states.no_source_title") in shown(made)["first-data"]
        assert t("states.no_source_title") in sketch(board.board(made, EXECUTIVE, context, still=True))
    assert runner.asked == []  # so that no slow answer can make it say anything else
    runner.fed = True
    assert "$125.4K" in shown(made)["revenue"] and "first-data" not in shown(made)
    assert t("states.no_source_title") not in sketch(board.board(made, EXECUTIVE, context, still=True))


@dataclass
class Publishing(Warehouse):
    """A warehouse whose first load of the CRM is version 8."""

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        return frame if self.data == "8" else replace(frame, rows=[], freshness=())


def test_a_card_of_a_load_that_was_just_published_asks_again_instead_of_denying_it(tmp_path: Path) -> None:
    runner = Publishing()
    made = services(tmp_path, runner)
    context = board.context_of(made, viewer(), EXECUTIVE.id, "")
    funnel = EXECUTIVE.widget("funnel")
    assert funnel is not None
    view = board.DRAWN.view(runner, context)
    answers = board.ask(runner, (funnel,), context)
    wait(answers.values())
    runner.data = "8"
    early = board.finished(view, funnel, answers).html
    assert "data-preparing" in early and t("states.preparing") in early and "No data" not in early
    assert "data-preparing" not in board.one(made, funnel, context).html


NAME = "<img src=x onerror=alert(1)>=1+1"


class Named(Warehouse):
    """Every member of every dimension carries a name that a browser and a sheet would run."""

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        return replace(frame, rows=[{**row, **dict.fromkeys(query.dimensions, NAME)} for row in frame.rows])


def test_a_name_is_drawn_as_words_and_never_as_markup(tmp_path: Path) -> None:
    cards = shown(services(tmp_path, Named()))
    assert [card for card, drawn in cards.items() if "<img" in drawn] == []
    assert NAME in read(cards["campaigns"]).words and NAME in read(cards["returns"]).words
