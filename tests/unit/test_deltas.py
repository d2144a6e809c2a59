"""A change and what it means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.data.metrics.base import METRICS, Direction, Unit
from app.data.query.frame import OTHER_WEEKDAY
from app.layouts.deltas import judge, line, of_row, sentence
from app.layouts.markup import markup
from app.units import Units
from tests.page_text import read

UNITS = Units()
LEAST = 30  # cases
ASKED = "?range=2026-03-01..2026-03-12&aspect=change"


@pytest.mark.parametrize(
    ("value", "base", "unit", "direction", "said"),
    [
        (112.0, 100.0, "money", "up", "+12.0%, better"),
        (88.0, 100.0, "money", "down", "−12.0%, better"),
        (112.0, 100.0, "money", "down", "+12.0%, worse"),
        (112.0, 100.0, "money", "neutral", "+12.0%, neutral"),
        (100.4, 100.0, "count", "up", "+0.40%, no clear change"),
        (0.309, 0.342, "ratio", "up", "−3.3 pp, worse"),
        (0.0320, 0.0315, "ratio", "up", "+0.05 pp, no clear change"),
        (46.0, 42.0, "points", "up", "+4, better"),
        (12.0, 0.0, "count", "up", "+12, new"),
        (0.0, 0.0, "count", "up", "0%, no clear change"),
        (5.0, None, "count", "up", "no base to compare with"),
    ],
)
def test_a_delta_has_sign_and_word(
    value: float, base: float | None, unit: Unit, direction: Direction, said: str
) -> None:
    text = sentence(judge(value, base, unit, direction), unit, UNITS)
    assert text.lstrip("+") == said.lstrip("+")


@pytest.mark.parametrize(
    ("metric", "row", "verdict"),
    [
        ("conversions", {"conversions": 6.0, "conversions__base": 3.0}, "flat"),  # 1.96 x sqrt(9) = 5.9
        ("conversions", {"conversions": 60.0, "conversions__base": 30.0}, "better"),  # 18.6
        ("new_customers", {"new_customers": 69.0, "new_customers__base": 53.0}, "flat"),  # 21.6
        ("customers", {"customers": 1234.0, "customers__base": 1206.0}, "better"),  # the same ones: a stock
    ],
)
def test_a_change_that_chance_explains_is_none(metric: str, row: dict[str, float], verdict: str) -> None:
    assert of_row(METRICS.get(metric), row, LEAST).verdict == verdict


@pytest.mark.parametrize(("base", "verdict"), [(0.0314, "flat"), (0.0290, "flat"), (0.0260, "better")])
def test_an_estimate_changed_only_where_its_bounds_left_those_of_its_base(base: float, verdict: str) -> None:
    """Now 3.03%, at least 2.7%: above all that 2.6% left possible, 2.64%."""
    now = {"market_share": 0.0303, "market_share_low": 0.027, "market_share_high": 0.034}
    high = base + (0.0004 if verdict == "better" else 0.004)
    then = {"market_share": base, "market_share_low": base - 0.003, "market_share_high": high}
    row = now | {f"{name}__base": value for name, value in then.items()}
    assert of_row(METRICS.get("market_share"), row, LEAST).verdict == verdict


def test_a_loss_that_shrinks_is_better() -> None:
    assert judge(-900, -1_200, "money", "up").verdict == "better"


@pytest.mark.parametrize(
    ("value", "direction", "arrow", "tone", "said"),
    [
        (112.0, "up", "icon-up-arrow", "pos", "+12.0%, better"),
        (112.0, "down", "icon-up-arrow", "neg", "+12.0%, worse"),
        (88.0, "down", "icon-down-arrow", "pos", "−12.0%, better"),
        (88.0, "neutral", "icon-down-arrow", "neu", "−12.0%, neutral"),
        (100.3, "up", "icon-flat", "neu", "+0.30%, no clear change"),
    ],
)
def test_the_arrow_is_the_direction_the_colour_the_verdict_and_both_stand_in_words_with_the_base(
    value: float, direction: Direction, arrow: str, tone: str, said: str
) -> None:
    metric = replace(METRICS.get("leads"), direction=direction)
    delta = judge(value, 100.0, "count", direction)
    (shown,) = read(markup(line(delta, metric, UNITS, "1–12 Feb", ASKED))).named("delta")
    assert shown.named(arrow) and tone in shown.classes
    assert shown.words.split() == f"{said} vs 1–12 Feb".split()


def test_a_value_without_a_base_says_so_in_one_short_sentence() -> None:
    shown = line(judge(5.0, None, "count", "up"), METRICS.get("leads"), UNITS, "1–20 Dec 2023", ASKED)
    assert shown.children[1:] == ["no comparison with 1–20 Dec 2023"]


@pytest.mark.parametrize(("cases", "said", "tone"), [(29.0, "+60.0%, too few cases", "neu"),
                                                     (30.0, "+60.0%, worse", "neg")])  # fmt: skip
def test_a_change_of_few_cases_is_told_and_not_judged(cases: float, said: str, tone: str) -> None:
    metric = METRICS.get("cpa")
    row = {"cpa": 80.0, "cpa__base": 50.0, "cpa__d": cases, "cpa__base_d": 400.0}
    delta = of_row(metric, row, LEAST)
    (shown,) = read(markup(line(delta, metric, UNITS, "1–12 Feb", ASKED))).named("delta")
    assert shown.words.split() == f"{said} vs 1–12 Feb".split() and tone in shown.classes
    assert shown.named("icon-up-arrow") and delta.clear is (cases == 30.0)


@pytest.mark.parametrize(("now", "then", "verdict"), [(400.0, 19.0, "few"), (19.0, 400.0, "few"),
                                                      (30.0, 30.0, "better")])  # fmt: skip
def test_few_cases_on_either_side_give_no_verdict_to_a_rate_nor_to_an_amount(
    now: float, then: float, verdict: str
) -> None:
    cost = {"cpa": 50.2, "cpa__base": 100.0, "cpa__d": now, "cpa__base_d": then}
    assert of_row(METRICS.get("cpa"), cost, LEAST).verdict == verdict
    revenue = {"attributed_revenue": 900.0, "attributed_revenue__base": 500.0}
    cases = {"conversions": now, "conversions__base": then}
    assert of_row(METRICS.get("attributed_revenue"), revenue | cases, LEAST).verdict == verdict


@pytest.mark.parametrize(
    ("metric", "now", "then", "verdict"),
    [
        ("clicks", 609.0, 472.0, "weekday"),
        ("spend", 1582.45, 1305.65, "weekday"),
        ("clicks", 609.0, 0.0, "weekday"),  # no click on a Sunday is nothing new
        ("clicks", 609.0, 600.0, "flat"),
        ("mrr", 120.0, 100.0, "better"),  # what stands at the end of a day does not follow the week
    ],
)
def test_a_day_beside_another_weekday_is_told_and_not_judged(
    metric: str, now: float, then: float, verdict: str
) -> None:
    row = {metric: now, f"{metric}__base": then}
    delta = of_row(METRICS.get(metric), row | {OTHER_WEEKDAY: True}, LEAST)
    assert delta.verdict == verdict and delta.clear is (verdict == "better")
    assert of_row(METRICS.get(metric), row, LEAST).verdict != "weekday"


def test_a_change_against_another_weekday_says_so_without_colour() -> None:
    row = {"clicks": 609.0, "clicks__base": 472.0, OTHER_WEEKDAY: True}
    delta = of_row(METRICS.get("clicks"), row, LEAST)
    (shown,) = read(markup(line(delta, METRICS.get("clicks"), UNITS, "25 Oct", ASKED))).named("delta")
    assert " ".join(shown.words.split()) == "+29.0%, another weekday vs 25 Oct" and "neu" in shown.classes


def test_a_change_is_a_button_that_names_the_metric_the_change_and_its_size() -> None:
    delta = judge(112.0, 100.0, "count", "up")
    (button,) = read(markup(line(delta, METRICS.get("leads"), UNITS, "1–12 Feb", ASKED))).named("number")
    assert (button.tag, button.attributes["data-asked"]) == ("button", ASKED)
    assert button.words == "+12.0%, better" and button.attributes["title"] == "+12"
    said = "Leads, change +12.0%, better: +12. Where does it come from?"
    assert button.attributes["aria-label"] == said
