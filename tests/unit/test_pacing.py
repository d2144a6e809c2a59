"""Where a value should be by today, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from app.data.query.frame import MetricFrame, Target
from app.data.query.spec import MetricQuery
from app.errors import InputError
from app.layouts.aspects import PACE, aspect
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.markup import markup
from app.layouts.pacing import answered, bar, pace, question
from app.periods import Period
from tests.fakes import FakeRunner, services, viewer
from tests.page_text import read


def test_a_level_is_due_on_the_line_from_where_it_started(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "")
    target = Target("mrr", date(2026, 3, 2), date(2026, 3, 21), 200.0)
    found = pace(target, 130.0, 100.0, context)
    assert found is not None
    assert found.reached == pytest.approx(0.65)
    assert found.due == pytest.approx(0.75)  # half of the way from 100 to 200
    assert found.on_pace == pytest.approx(130 / 150)


def test_a_target_is_a_tick_where_the_value_should_be_and_says_how_far_and_whether_on_pace(
    tmp_path: Path,
) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "")
    target = Target("mrr", date(2026, 3, 2), date(2026, 3, 21), 200.0)
    found = pace(target, 130.0, 100.0, context)
    shown = read(markup(bar(found, target, context.ask("mrr"), context)))  # type: ignore[arg-type]
    (tick,) = [one for one in shown.elements() if one.tag == "b"]
    assert tick.attributes["style"] == "left:calc(75.0% - 1px)"
    assert "65% of $200 by 21 Mar" in shown.words and "on pace 87%" in shown.words


def test_a_flow_is_counted_over_the_days_of_its_target(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "?range=last_7_days")
    target = Target("leads", date(2026, 3, 2), date(2026, 3, 21), 400.0)
    assert question(target, context).period == Period(date(2026, 3, 2), date(2026, 3, 11))
    found = pace(target, 9_999.0, 220.0, context)
    assert found is not None
    assert found.on_pace == pytest.approx(220 / 200)


def test_a_range_of_the_past_is_held_against_what_was_due_when_it_ended(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "?range=2026-02-20..2026-03-06")
    target = Target("mrr", date(2026, 3, 2), date(2026, 3, 21), 200.0)
    found = pace(target, 120.0, 100.0, context)
    assert found is not None
    assert found.due == pytest.approx(0.625)  # 5 of 20 days, a quarter of the way from 100 to 200
    flow = Target("leads", date(2026, 3, 2), date(2026, 3, 21), 400.0)
    assert question(flow, context).period == Period(date(2026, 3, 2), date(2026, 3, 6))


@pytest.mark.parametrize(("end", "judged"), [("2026-03-01", False), ("2026-03-02", True)])
def test_a_range_before_the_target_has_no_pace_and_says_when_it_starts(
    end: str, judged: bool, tmp_path: Path
) -> None:
    class Later(FakeRunner):
        def targets(self, on: date) -> tuple[Target, ...]:
            return (Target("mrr", date(2026, 3, 2), date(2026, 3, 21), 150_000.0),)

    made = services(tmp_path, Later())
    card = EXECUTIVE.widget("revenue")
    assert card is not None
    text = one(made, card, context_of(made, viewer(), "executive", f"?range=2026-02-01..{end}")).html
    assert ("on pace" in text) == judged
    assert ("Target $150K starts on 2 Mar" in text) != judged


@dataclass
class Estimated(FakeRunner):
    """A market share of January that is 4%, and was 3% when its target of 5% was set."""

    starts: date = date(2026, 1, 1)

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        share = 0.03 if query.period.end == self.starts else 0.04
        known = {"market_share": share, "market_share__of": date(2026, 1, 31)}
        return replace(frame, rows=[{**row, **known} for row in frame.rows])

    def targets(self, on: date) -> tuple[Target, ...]:
        return (Target("market_share", self.starts, date(2026, 5, 4), 0.05),)


def share_of_january(starts: date, home: Path) -> tuple[str, str]:
    """The words of the card on 12 March, and what the passport of its pace says."""
    runner = Estimated(starts=starts)
    made, card = services(home, runner), EXECUTIVE.widget("market")
    context = context_of(made, viewer(), "executive", "")
    assert card is not None
    try:
        told = aspect(PACE, context.ask("market_share"), context, runner.run).text
    except InputError as error:
        told = str(error)
    return read(one(made, card, context).html).words, told


def test_a_value_of_a_month_is_held_against_what_was_due_when_the_month_ended(tmp_path: Path) -> None:
    card, passport = share_of_january(date(2026, 1, 1), tmp_path)
    assert "of Jan 2026" in card and "80% of 5.0% by 4 May" in card
    assert "on pace 114%" in card  # 31 of 124 days, a quarter of the way from 3% to 5%: 3.5%
    assert passport == "114.3%"


def test_a_value_of_a_month_before_the_target_has_no_pace_and_says_when_it_starts(tmp_path: Path) -> None:
    card, passport = share_of_january(date(2026, 2, 1), tmp_path)
    assert "of Jan 2026" in card and "Target 5.0% starts on 1 Feb" in card and "on pace" not in card
    assert passport == "Target 5.0% starts on 1 Feb"


@pytest.mark.parametrize("search", ["", "?range=last_7_days", "?range=last_year"])
def test_a_score_starts_from_the_answers_of_the_same_days_whatever_range_is_looked_at(
    search: str, tmp_path: Path
) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", search)
    target = Target("nps", date(2025, 12, 1), date(2026, 3, 21), 50.0)
    assert question(target, context).period == Period(date(2025, 9, 3), date(2025, 12, 1))  # 90 days


@pytest.mark.parametrize(("answers", "start"), [(15.0, None), (30.0, 38.0)])
def test_a_score_of_few_answers_is_no_start(answers: float, start: float | None, tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "")
    target = Target("nps", date(2026, 3, 2), date(2026, 3, 21), 50.0)
    rows = ({"nps": 38.0, "nps__d": answers},)
    assert answered(target, MetricFrame(question(target, context), rows, {}, "1", None), context) == start


def test_a_level_that_was_beyond_its_target_when_it_was_set_has_no_pace(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "")
    target = Target("nps", date(2026, 3, 2), date(2026, 3, 21), 50.0)
    found = pace(target, 42.0, 68.0, context)
    assert found is not None
    assert (found.reached, found.due, found.on_pace) == (pytest.approx(0.84), None, None)


def test_without_a_value_there_is_no_pace(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "")
    target = Target("mrr", date(2026, 3, 2), date(2026, 3, 21), 200.0)
    assert pace(target, None, 100.0, context) is None
