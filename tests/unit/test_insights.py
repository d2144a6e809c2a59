"""Contributions explain a change wholly: they sum to it, the largest first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.errors import DefinitionError
from app.figures.addends import told
from app.figures.contributions import Contribution, Terms, closes, contributions, effects
from app.layouts.aspects import effect_text
from app.layouts.cards import number, woven
from app.layouts.deltas import judge
from app.layouts.widgets.funnel import bottleneck
from app.layouts.widgets.insights import Explained, Finding, together
from app.periods import Period
from app.units import Units

LEAST = 30  # cases
PERIOD = Period(date(2026, 3, 1), date(2026, 3, 11))


def frame(*rows: dict[str, Any]) -> MetricFrame:
    return MetricFrame(MetricQuery(("leads",), PERIOD), rows, {}, "1", None)


def test_contributions_sum_to_the_change() -> None:
    found = contributions(
        frame(
            {"channel": "Email", "leads": 30, "leads__base": 35},
            {"channel": "Paid search", "leads": 90, "leads__base": 40},
            {"channel": "Gone", "leads": None, "leads__base": 10},
            {"channel": "New", "leads": 7, "leads__base": None},
        ),
        {},
        METRICS.get("leads"),
        "channel",
    )
    assert [part.member for part in found] == ["Paid search", "Gone", "New", "Email"]
    assert sum(part.change for part in found) == (30 + 90 + 7) - (35 + 40 + 10)


def rate(member: str, now: tuple[float | None, ...], then: tuple[float | None, ...]) -> dict[str, Any]:
    """One campaign's spend and clicks, now and in the base."""
    ends = ("n", "d", "base_n", "base_d")
    return {"campaign": member} | {
        f"cpc__{end}": value for end, value in zip(ends, (*now, *then), strict=True)
    }


def split(whole: dict[str, Any], *rows: dict[str, Any]) -> list[tuple[str, float, str | None]]:
    found = contributions(frame(*rows), whole, METRICS.get("cpc"), "campaign")
    return [(part.member, pytest.approx(part.change), part.cause) for part in found]


def test_the_change_of_a_rate_is_split_by_own_rates_and_shares_one_member_new_and_one_gone() -> None:
    """300 / 200 = 1.50 became 400 / 200 = 2.00, mean 1.75. Stay: its rate from 1.00 to 1.50 at half of the
    clicks. New: half of the clicks, at 2.50 - 1.75 above the mean. Gone: half of them, at 2.00 - 1.75."""
    assert split(
        rate("", (400, 200), (300, 200)),
        rate("Stay", (150, 100), (100, 100)),
        rate("New", (250, 100), (None, None)),
        rate("Gone", (None, None), (200, 100)),
    ) == [("New", 0.375, "new"), ("Stay", 0.25, "rose"), ("Gone", -0.125, "gone")]
    assert 0.375 + 0.25 - 0.125 == 400 / 200 - 300 / 200


def test_a_rate_moves_by_the_shares_of_members_whose_own_rates_stand_still() -> None:
    """At 1.00 and 3.00 a click: 300 / 200 became 500 / 200: half of the clicks went to the dear one."""
    assert split(
        rate("", (500, 200), (300, 200)),
        rate("Cheap", (50, 50), (150, 150)),
        rate("Dear", (450, 150), (150, 50)),
    ) == [("Cheap", 0.5, "less"), ("Dear", 0.5, "more")]


def test_spend_without_clicks_raises_the_rate_by_itself() -> None:
    """100 / 100 became (100 + 50) / 100; of what once had clicks the going share is told apart from it."""
    whole = rate("", (150, 100), (100, 100))
    assert split(whole, rate("Runs", (100, 100), (100, 100)), rate("Idle", (50, 0), (None, None))) == [
        ("Idle", 0.5, "without"),
        ("Runs", 0.0, "fell"),
    ]
    # 160 / 10 - 140 / 14 = 6 in all: 60 / 10 without conversions, less its share of 4 in 14 at 10 - 13.
    found = effects(Terms(60, 0, 40, 4), Terms(160, 10, 140, 14))
    assert (found.rate, found.mix) == (pytest.approx(6.0), pytest.approx(6 / 7))
    other = effects(Terms(100, 10, 100, 10), Terms(160, 10, 140, 14))
    assert (other.rate, other.mix) == (pytest.approx(0.0), pytest.approx(-6 / 7))


@pytest.mark.parametrize("metric", ["visitor_to_lead", "overall_conversion", "cpa_claimed", "ltv_cac"])
def test_what_does_not_add_up_over_members_is_refused_as_an_insight(metric: str) -> None:
    """Distinct visitors, claims of platforms, quotients of quotients."""
    with pytest.raises(DefinitionError, match=metric):
        Explained(metric, "channel")


def test_metrics_that_obey_the_same_filters_are_one_question() -> None:
    clicks, returns = Explained("cpc", "campaign"), Explained("roas", "campaign")
    costs, leads = Explained("cpa", "campaign"), Explained("leads", "campaign")
    asked = together((clicks, returns, costs, leads))
    assert asked[returns] is asked[costs]
    assert asked[returns].metrics == ("roas", "conversions", "cpa")
    assert (asked[clicks].metrics, asked[leads].metrics) == (("cpc",), ("leads",))


@pytest.mark.parametrize(
    ("values", "unit", "shown", "total"),
    [
        ([123_070.0, -51_390.0, -1_010.0], "money", ["+$123.1K", "−$51.4K", "−$1K"], "+$70.7K"),
        ([123_070.0, -51_340.0, 0.0], "money", ["+$123,070.00", "−$51,340.00", "$0.00"], "+$71,730.00"),
        ([65_833.02, 6_550.0, -640.0], "money", ["+$65,833.02", "+$6,550.00", "−$640.00"], "+$71,743.02"),
        ([65_800.0, 6_550.0, -640.0], "money", ["+$65,800.00", "+$6,550.00", "−$640.00"], "+$71,710.00"),
        ([6_273.1, 223.4, 16.5], "money", ["+$6,273.10", "+$223.40", "+$16.50"], "+$6,513.00"),
        ([6_273.1, 223.4, 0.0], "money", ["+$6,273.10", "+$223.40", "$0.00"], "+$6,496.50"),
        ([480.6, 15.4], "money", ["+$480.60", "+$15.40"], "+$496.00"),
        ([-105.4, -25.6, 10.4], "count", ["−105", "−26", "+10"], "−121"),
        ([12_345.67, -12_345.0], "money", ["+$12,345.67", "−$12,345.00"], "+$0.67"),
        ([0.1593, 0.0004, 0.0], "ratio", ["+15.93 pp", "+0.04 pp", "0.00 pp"], "+15.97 pp"),
    ],
)
def test_contributions_as_shown_add_up_to_the_change_as_shown(
    values: list[float], unit: Any, shown: list[str], total: str
) -> None:
    found = told(values, unit, Units("USD"))
    assert (found.parts, found.total, found.closed) == (shown, total, True)


def test_no_line_begins_with_the_sign_that_parts_two_numbers() -> None:
    """What was woven before stands in a later sentence as its list of parts."""
    members = woven("widgets.insights_member", {"change": number("−$427", "spend", "")}, name="Search")
    total = {name: number("+$8.17K", "spend", "") for name in ("rest", "total")}
    said = woven("widgets.insights_parts", {"members": members} | total, others="Other (2)", dimension="plan")
    assert not [part for part in said if isinstance(part, str) and part[:1] in (";", ",", ".")]


@pytest.mark.parametrize(
    ("values", "unit", "shown", "total"),
    [
        ([0.334, 0.333, -0.171], "money", ["+$0.33", "+$0.33", "−$0.17"], "+$0.50"),
        ([-0.00294, -0.00283, -0.00225], "ratio", ["−0.29 pp", "−0.28 pp", "−0.22 pp"], "−0.80 pp"),
        ([-0.584, -0.308, -0.064], "multiple", ["−0.58x", "−0.31x", "−0.06x"], "−0.96x"),
    ],
)
def test_no_contribution_is_moved_to_fit_the_sum(
    values: list[float], unit: Any, shown: list[str], total: str
) -> None:
    found = told(values, unit, units := Units("USD"))
    assert (found.parts, found.total, found.closed) == (shown, total, False)
    assert found.parts == [units.change(value, unit, full=True) for value in values]


def test_an_effect_that_is_rounded_to_nothing_has_no_sign() -> None:
    texts = [effect_text(value, "money", Units("USD")) for value in (-0.00001, 0.00001, -0.25, 0.25)]
    assert texts == ["$0", "$0", "−$0.25", "+$0.25"]


def test_the_bottleneck_is_the_step_furthest_below_its_usual_rate() -> None:
    row = {
        "visitor_to_lead": 0.0178,
        "visitor_to_lead__base": 0.0184,
        "lead_to_opportunity": 0.25,
        "lead_to_opportunity__base": 0.241,
        "opportunity_to_customer": 0.309,
        "opportunity_to_customer__base": 0.342,
    }
    assert bottleneck(frame(row), LEAST) == "opportunity_to_customer"


@pytest.mark.parametrize(("cases", "named"), [(57.0, ""), (5_700.0, "opportunity_to_customer")])
def test_a_fall_that_chance_explains_is_no_bottleneck(cases: float, named: str) -> None:
    """Of 57 closed, 17 won instead of 20: two shares differ by chance by up to 1.96 x 0.089 = 17 points."""
    name = "opportunity_to_customer"
    row = {name: 0.298, f"{name}__base": 0.351, f"{name}__d": cases, f"{name}__base_d": cases}
    assert bottleneck(frame(row), LEAST) == named


@pytest.mark.parametrize("base", [None, 0.25])
def test_no_step_is_called_a_bottleneck_without_cause(base: float | None) -> None:
    assert bottleneck(frame({"lead_to_opportunity": 0.249, "lead_to_opportunity__base": base}), LEAST) == ""


def test_a_split_that_leaves_a_part_of_the_change_open_is_refused() -> None:
    parts = (Contribution("Email", 30.0), Contribution("Gone", -10.0))
    assert closes(parts, 20.0)
    assert not closes(parts, 24.0)


def test_what_is_new_outranks_what_only_grew() -> None:
    def weight(base: float) -> float:
        delta = judge(500.0, base, "count", "up")
        return Finding(METRICS.get("leads"), "", 500.0, base, delta, (), 500.0).weight

    assert judge(500.0, 0.0, "count", "up").verdict == "new"
    assert weight(0.0) > weight(10.0) > weight(400.0)
