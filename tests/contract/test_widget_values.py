"""Cards say by value what a reader could check: bases, margins, dues, shared costs, few cases."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame, Target
from app.data.query.spec import PAID, Filter, MetricQuery, Scope
from app.figures.deltas import Delta
from app.figures.margins import likely_margin, score_margin
from app.figures.theme import palette
from app.layouts.board import board, context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.question import read
from app.layouts.widgets.campaigns import whole_buckets
from app.layouts.widgets.insights import Finding
from app.layouts.widgets.trend import MOVES
from app.periods import Period
from tests.contract.test_widgets import drawn
from tests.fakes import FakeRunner, services, viewer
from tests.page_text import Element, sentences


@dataclass
class Told(FakeRunner):
    """Answers with its own numbers where `tell` has some."""

    tell: Callable[[MetricQuery, dict[str, Any]], dict[str, Any]] = lambda query, row: {}
    sourceless: bool = False

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        rows = [{**row, **self.tell(query, dict(row))} for row in frame.rows]
        fresh, rest = () if self.sourceless else frame.freshness, frame.rest
        if rest is not None:
            rest = replace(rest, row={**rest.row, **self.tell(query, dict(rest.row))})
        return replace(frame, rows=rows, rest=rest, freshness=fresh)

    def sources(self) -> tuple[str, ...]:
        return () if self.sourceless else super().sources()


class Untargeted(FakeRunner):
    """A company that set itself no target."""

    def targets(self, on: date) -> tuple[Target, ...]:
        return ()


def card(tmp_path: Path, widget: str, runner: FakeRunner, search: str = "") -> str:
    found = EXECUTIVE.widget(widget)
    assert found is not None
    return sentences(drawn(tmp_path, EXECUTIVE, found, runner, search))


def survey(_query: MetricQuery, _row: dict[str, Any]) -> dict[str, Any]:
    now = {"nps": 42.0, "nps_promoters": 0.56, "nps_detractors": 0.14, "nps__d": 400.0}
    then = {"nps": 38.0, "nps_promoters": 0.53, "nps_detractors": 0.15, "nps__d": 400.0}
    base = {
        name.replace("__d", "") + ("__base_d" if "__d" in name else "__base"): v for name, v in then.items()
    }
    return now | base


def test_the_margin_of_a_score_is_that_of_a_difference_of_shares() -> None:
    # 196 x sqrt((0.56 + 0.14 - 0.42^2) / 400)
    assert score_margin(0.56, 0.14, 400) == pytest.approx(7.0915, abs=1e-3)
    assert score_margin(0.56, 0.14, 0) is None


def test_a_score_has_its_answers_and_margin_and_a_change_within_it_is_no_clear_change(tmp_path: Path) -> None:
    text = card(tmp_path, "brand", Told(tell=survey))
    assert "n = 400, ±7.1" in text
    assert "+4, no clear change" in text


@pytest.mark.parametrize(("answers", "said", "tone"), [(12.0, "+75, too few cases", "neu"),
                                                       (400.0, "+75, better", "pos")])  # fmt: skip
def test_a_key_figure_of_few_cases_tells_its_change_and_judges_nothing(
    answers: float, said: str, tone: str, tmp_path: Path
) -> None:
    now = {"nps": 90.0, "nps_promoters": 0.95, "nps_detractors": 0.05, "nps__d": answers}
    then = {"nps__base": 15.0, "nps_promoters__base": 0.5, "nps_detractors__base": 0.35, "nps__base_d": 400.0}
    found = EXECUTIVE.widget("brand")
    assert found is not None
    element = drawn(tmp_path, EXECUTIVE, found, Told(tell=lambda query, row: now | then))
    (delta,) = element.named("delta")
    assert sentences(delta).startswith(said) and tone in delta.classes
    assert ("low volume, n = 12" in sentences(element)) is (answers == 12.0)


def test_a_newest_value_names_its_month_and_its_base(tmp_path: Path) -> None:
    ends = {"market_share__of": date(2026, 1, 31), "market_share__base_of": date(2025, 12, 31)}
    text = card(tmp_path, "market", Told(tell=lambda query, row: ends))
    assert "of Jan 2026" in text
    assert "vs Dec 2025" in text
    ends["market_share__base_of"] = date(2026, 1, 31)
    text = card(tmp_path, "market", Told(tell=lambda query, row: ends))
    assert "no newer value since Jan" in text and " pp" not in text


def test_the_base_and_the_due_day_stand_without_the_year_when_near(tmp_path: Path) -> None:
    text = card(tmp_path, "revenue", FakeRunner())
    assert "vs 11 Jan–9 Feb" in text
    assert "by 30 Jun on pace" in text


def test_the_table_of_the_funnel_names_what_was_before_only_where_anything_is_compared(
    tmp_path: Path,
) -> None:
    def young(query: MetricQuery, _row: dict[str, Any]) -> dict[str, Any]:
        return {f"{name}__young": True for name in query.metrics if name == "lead_to_opportunity"}

    def table(runner: FakeRunner, search: str = "") -> Element:
        found = EXECUTIVE.widget("funnel")
        assert found is not None
        return drawn(tmp_path, EXECUTIVE, found, runner, search).named("table-view")[0]

    assert "Before" in table(Told(tell=young)).words and "too young" in table(Told(tell=young)).words
    alone = table(Told(tell=young), "?compare=none")
    assert "Before" not in alone.words and "too young" not in alone.words
    unknown = table(Told(tell=lambda query, row: {"opportunity_to_customer__base": None}))
    assert [one.attributes["title"] for one in unknown.named("muted")] == ["no base to compare with"]


def test_a_month_that_the_range_cuts_is_not_in_progress(tmp_path: Path) -> None:
    found = EXECUTIVE.widget("mrr")
    assert found is not None
    text = drawn(tmp_path, EXECUTIVE, found, FakeRunner(), "?range=2025-12-01..2025-12-20")
    figures = [one.attributes["data-figure"] for one in text.elements() if "data-figure" in one.attributes]
    assert "Dec 2025 to 20 Dec 2025 only" in text.words and "in progress" not in text.words
    assert not any('"shape":["' in one or "in progress" in one for one in figures)
    running = card(tmp_path, "mrr", FakeRunner())
    assert "Mar 2026 in progress, to 11 Mar 2026" in running


def test_members_that_did_not_move_explain_nothing(tmp_path: Path) -> None:
    def plans(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        if "new_customers" not in query.metrics:
            return {}
        change = 60.0 if row.get("plan", "Team") == "Team" else 0.0
        return {"new_customers": 140.0 + change, "new_customers__base": 140.0}

    text = card(tmp_path, "insights", Told(tell=plans))
    assert "Team +60. By plan, sums to +60." in text and "+0" not in text


def test_the_numbers_in_the_foot_of_a_key_figure_open_their_passports(tmp_path: Path) -> None:
    found = EXECUTIVE.widget("customers")
    assert found is not None
    (foot,) = drawn(tmp_path, EXECUTIVE, found, FakeRunner()).named("extra")
    metrics = [one.attributes["data-metric"] for one in foot.named("number")]
    assert metrics == ["new_customers", "churned_customers"]


@pytest.mark.parametrize(
    ("back", "lost", "said"),
    [
        (2.0, 43.0, "+69 new, +2 back, −43 lost"),
        (0.0, 43.0, "+69 new, −43 lost"),
        (0.0, 0.0, "+69 new, 0 lost"),
    ],
)
def test_all_that_made_the_change_of_customers_is_said(
    back: float, lost: float, said: str, tmp_path: Path
) -> None:
    """1,206 + 69 + 2 - 43 = 1,234."""
    moved = {"new_customers": 69.0, "churned_customers": lost, "reactivated_customers": back}
    assert said in card(tmp_path, "customers", Told(tell=lambda query, row: moved))


def test_a_campaign_with_few_conversions_shows_them_beside_cost_and_return(
    tmp_path: Path,
) -> None:
    counts = {"Search brand": 1.0, "Search generic": 1.0, "Partner": 0.0, "Retargeting": 0.0}

    def few(_query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        cases = counts.get(str(row.get("campaign")), 50.0)
        return {"conversions": cases, "cpa__d": cases, "spend": 1000.0}

    text = card(tmp_path, "campaigns", Told(tell=few))
    assert re.search(r"\dx, n = 1\b", text) and "no conversions" in text


def test_many_cases_outrank_a_jump_from_next_to_nothing() -> None:
    def finding(value: float, base: float, cases: float) -> Finding:
        return Finding(METRICS.get("leads"), "", value, base, Delta("worse"), (), cases)

    assert finding(433, 550, 550).weight > finding(12, 1, 12).weight


def test_the_likely_range_of_counts_and_shares_is_that_of_chance() -> None:
    leads = {"leads": 433.0, "leads__base": 550.0}
    assert likely_margin(METRICS.get("leads"), leads) == pytest.approx(1.96 * (433 + 550) ** 0.5)
    name = "opportunity_to_customer"
    rate = {name: 0.3, f"{name}__base": 0.4, f"{name}__d": 100.0, f"{name}__base_d": 100.0}
    expected = 1.96 * (0.3 * 0.7 / 100 + 0.4 * 0.6 / 100) ** 0.5
    assert likely_margin(METRICS.get(name), rate) == pytest.approx(expected)


def test_before_the_first_data_a_dashboard_says_so_and_leads_to_the_sources(tmp_path: Path) -> None:
    made = services(tmp_path, Told(missing=True, sourceless=True))
    for role, said in (("admin", "Go to sources"), ("executive", "Ask an admin")):
        context = context_of(made, viewer(role), EXECUTIVE.id, "")
        shown = str(board(made, EXECUTIVE, context, still=True))
        assert "No data yet" in shown and said in shown


def test_a_target_of_the_company_is_not_denied_under_a_filter(tmp_path: Path) -> None:
    assert "is for the whole company" in card(tmp_path, "revenue", FakeRunner(), "?plan=Team")
    assert "is for the whole company" not in card(tmp_path, "revenue", FakeRunner())
    assert "No target set" in card(tmp_path, "revenue", Untargeted())


def test_a_funnel_by_channel_has_leads_and_says_why_it_has_no_visitors(tmp_path: Path) -> None:
    runner = FakeRunner()
    text = card(tmp_path, "funnel", runner, "?channel=Email")
    lacking = "channel" not in catalogue.dimensions("visitors")
    assert lacking and "Visitors –" in text and "cannot be told by channel" in text
    (asked,) = [query for query in runner.asked if "leads" in query.metrics]
    assert [entry.dimension for entry in asked.filters] == ["channel"]
    assert not {"visitors", "visitor_to_lead", "overall_conversion"} & set(asked.metrics)


def test_the_line_of_paid_media_is_called_after_the_campaigns_that_it_covers(tmp_path: Path) -> None:
    """Six campaigns: one neither spent nor brought anything, one brought two conversions without spend."""

    def idle(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        assert "campaign" not in row or PAID in query.filters or "channel" in row or query.grain
        if row.get("campaign") == "Partner":
            return {"spend": 0.0, "conversions": 0.0}
        return {"spend": 0.0, "conversions": 2.0} if row.get("campaign") == "Retargeting" else {}

    text = card(tmp_path, "campaigns", Told(tell=idle))
    assert "Paid media, 5 campaigns 1 without spend" in text
    assert "Retargeting" in text and "Partner" not in text
    assert "Paid media, 6 campaigns " in card(tmp_path, "campaigns", FakeRunner())


def test_a_card_says_its_days_the_filters_that_it_obeys_and_the_zone(tmp_path: Path) -> None:
    text = card(tmp_path, "revenue", FakeRunner(), "?plan=Team&segment=mobile")
    assert "10 Feb–11 Mar · Plan: Team · New York" in text
    assert "not affected by segment" in text and "Mobile" not in text
    text = card(tmp_path, "campaigns", FakeRunner(), "?segment=mobile")
    assert "90 days · Mobile · New York" in text
    assert "1–11 Mar, in progress · New York" in card(tmp_path, "revenue", FakeRunner(), "?range=this_month")


def test_an_estimate_says_what_it_leaves_possible(tmp_path: Path) -> None:
    bounds = {"market_share": 0.0304, "market_share_low": 0.0267, "market_share_high": 0.0346}
    text = card(tmp_path, "market", Told(tell=lambda query, row: bounds))
    assert "3.0%" in text and "Estimate: 2.7% to 3.5%" in text
    unknown = Told(tell=lambda query, row: {**bounds, "market_share_low": None})
    assert "Estimate:" not in card(tmp_path, "market", unknown)


def test_a_reader_with_a_scope_is_told_that_targets_are_of_the_whole(tmp_path: Path) -> None:
    made, found = services(tmp_path, FakeRunner()), EXECUTIVE.widget("revenue")
    assert found is not None
    scoped = replace(viewer(), scope=Scope((Filter("region", ("California",)),)))
    text = one(made, found, context_of(made, scoped, EXECUTIVE.id, "")).html
    assert "Targets are set for the whole company only" in text and "No target set" not in text


@pytest.mark.parametrize("widget", [one.id for one in EXECUTIVE.widgets() if one.metrics])
def test_readers_hear_titles_and_no_ids(widget: str, tmp_path: Path) -> None:
    found = EXECUTIVE.widget(widget)
    assert found is not None
    labels = [
        element.attributes["aria-label"]
        for element in drawn(tmp_path, EXECUTIVE, found, FakeRunner()).elements()
        if "aria-label" in element.attributes
    ]
    assert labels and not [label for label in labels if re.search(r"[a-z]_[a-z]", label)]


def brightness(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("move", MOVES)
def test_every_movement_stands_out_from_the_card_by_three_to_one(move: str, theme: str) -> None:
    known = palette(Path("assets/tokens.css").read_text(), theme)
    one, other = sorted((brightness(known[MOVES[move]]), brightness(known["--surface"])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 3


def test_the_line_of_a_campaign_has_whole_weeks_only() -> None:
    """1 July 2026 is a Wednesday, 30 September one too."""
    days = whole_buckets(Period(date(2026, 7, 1), date(2026, 9, 30)))
    assert (days[0], days[-1], len(days)) == (date(2026, 7, 6), date(2026, 9, 21), 12)
    month = Period(date(2026, 11, 1), date(2026, 11, 25), "month")
    assert whole_buckets(month)[-1] == date(2026, 11, 25)


@pytest.mark.parametrize(("end", "running"), [("2026-03-11", True), ("2026-02-28", False)])
def test_a_spark_is_dashed_into_a_month_that_is_not_over(end: str, running: bool, tmp_path: Path) -> None:
    found = EXECUTIVE.widget("revenue")
    assert found is not None
    element = drawn(tmp_path, EXECUTIVE, found, FakeRunner(), f"?range=2026-02-12..{end}")
    (line,) = element.named("spark-line")
    assert ("stroke-dasharray" in unquote(line.attributes["style"])) == running


def test_mrr_stands_beside_the_same_months_a_year_earlier_where_anything_is_compared(tmp_path: Path) -> None:
    def figures(search: str) -> list[str]:
        found = EXECUTIVE.widget("mrr")
        assert found is not None
        element = drawn(tmp_path, EXECUTIVE, found, FakeRunner(), search)
        return [
            one.attributes["data-figure"] for one in element.elements() if "data-figure" in one.attributes
        ]

    assert sum("11 Mar 2025: $" in figure for figure in figures("")) == 1
    assert not any("Mar 2025: $" in figure for figure in figures("?compare=none"))


def test_each_number_of_the_table_of_months_opens_its_passport_without_cents(tmp_path: Path) -> None:
    found = EXECUTIVE.widget("mrr")
    assert found is not None
    element = drawn(tmp_path, EXECUTIVE, found, FakeRunner())
    rows = [one for one in element.elements() if one.tag == "tr"]
    february = next(row for row in rows if "Feb 2026" in row.words and row.named("number"))
    asked = [read(one.attributes["data-asked"], date(2026, 3, 12)) for one in february.named("number")]
    assert len(asked) == 7
    assert {one.days for one in asked} == {(date(2026, 2, 1), date(2026, 2, 28))}
    assert re.fullmatch(r"\d+,\d{3}", february.named("number")[0].words)


def test_without_an_overall_rate_the_reason_stands_under_the_icon(tmp_path: Path) -> None:
    reason = "Visitors are distinct people and cannot be added up."

    class Unadded(Told):
        def run(self, query: MetricQuery) -> MetricFrame:
            return replace(super().run(query), notes={"visitors": reason})

    runner = Unadded(tell=lambda query, row: {"visitors": None, "overall_conversion": None})
    found = EXECUTIVE.widget("funnel")
    assert found is not None
    element = drawn(tmp_path, EXECUTIVE, found, runner)
    (summary,), (menu,) = element.named("sum"), element.named("menu-info")
    assert summary.words == "Overall rate n/a for this range, see the info icon."
    assert menu.words.startswith(reason)


NOTHING = {"spend": 0.0, "leads": None, "mrr": None, "new_mrr": 0.0, "visitors": None}


@pytest.mark.parametrize("widget", ["campaigns", "mrr", "funnel", "insights"])
def test_a_filter_or_range_without_data_is_the_reason_that_a_card_gives(widget: str, tmp_path: Path) -> None:
    def nothing(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        empty = 0.0 if widget == "insights" else None
        none = {name: empty for name in row if name not in (*query.dimensions, "date")}
        return none | {name: value for name, value in NOTHING.items() if name in none and widget != "funnel"}

    class Noted(Told):
        def run(self, query: MetricQuery) -> MetricFrame:
            return replace(super().run(query), notes={"visitors": "Visitors cannot be added up."})

    text = card(tmp_path, widget, Noted(tell=nothing), "?range=2019-01-01..2019-01-31")
    assert "No data in Jan 2019." in text and "Show the last 30 days" in text
    assert "cannot be added" not in text and "no clear change" not in text


BY_VISIT = "leads and won deals by the visit of the lead, not by the touch credited"


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("?channel=Email", " · deals by the channel of their lead"),
        ("?campaign=Brand&platform=google_ads", " · deals by the platform, campaign of their lead"),
        ("?segment=returning", f" · visitors by their own visits, {BY_VISIT}"),
        ("?device=mobile", f" · visitors by their own visits, {BY_VISIT}"),
        ("?segment=mobile&channel=Email", f" · deals by the channel of their lead · {BY_VISIT}"),
        ("?country=US", ""),
        ("", ""),
    ],
)
def test_the_funnel_says_whose_channel_or_segment_counts(search: str, said: str, tmp_path: Path) -> None:
    text = card(tmp_path, "funnel", FakeRunner(), search)
    assert said in text
    assert ("of their lead" in text, "credited" in text) == ("of their lead" in said, "credited" in said)
