"""Contributions explain a change wholly: they sum to it, the largest first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.figures.addends import told
from app.layouts.deltas import judge
from app.layouts.widgets.funnel import bottleneck
from app.layouts.widgets.insights import Contribution, Finding, closes, contributions
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
        "leads",
        "channel",
    )
    assert [part.member for part in found] == ["Paid search", "Gone", "New", "Email"]
    assert sum(part.change for part in found) == (30 + 90 + 7) - (35 + 40 + 10)


@pytest.mark.parametrize(
    ("values", "unit", "shown", "total"),
    [
        ([123_070.0, -51_340.0, -1_010.0], "money", ["+$123.1K", "−$51.4K", "−$1K"], "+$70.7K"),
        ([65_800.0, 6_550.0, -640.0], "money", ["+$65,800.00", "+$6,550.00", "−$640.00"], "+$71,710.00"),
        ([6_273.1, 223.4, 16.5], "money", ["+$6,273.10", "+$223.40", "+$16.50"], "+$6,513.00"),
        ([6_273.1, 223.4, 0.0], "money", ["+$6.27K", "+$230", "$0"], "+$6.5K"),
        ([480.6, 15.4], "money", ["+$480.60", "+$15.40"], "+$496.00"),
        ([-105.4, -25.6, 10.4], "count", ["−105", "−26", "+10"], "−121"),
        ([12_345.67, -12_345.0], "money", ["+$12,345.67", "−$12,345.00"], "+$0.67"),
    ],
)
def test_contributions_as_shown_add_up_to_the_change_as_shown(
    values: list[float], unit: Any, shown: list[str], total: str
) -> None:
    assert told(values, unit, Units("USD")) == (shown, total)


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
