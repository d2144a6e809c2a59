"""Key insights say of a rate what its members added, and nothing of what cannot be compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.data.query.spec import MetricQuery
from app.layouts.dashboards.executive import EXECUTIVE
from tests.contract.test_widget_values import Told, card
from tests.contract.test_widgets import drawn

CLICKS: dict[str, tuple[float | None, ...]] = {  # spend and clicks, now and before
    "Product launch": (150.0, 100.0, 100.0, 100.0),
    "Partner": (250.0, 100.0, None, None),
    "Retargeting": (None, None, 200.0, 100.0),
}


def clicks(
    now: tuple[float | None, float], then: tuple[float | None, float], **also: bool
) -> Callable[[MetricQuery, dict[str, Any]], dict[str, Any]]:
    """A company of which nothing is known but spend and clicks, of three campaigns and of all."""

    def terms(value: str, prefix: str, n: float | None, d: float | None) -> dict[str, Any]:
        return {value: n / d if n is not None and d else None, f"{prefix}n": n, f"{prefix}d": d}

    def tell(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        none = {name: None for name in row if name not in (*query.dimensions, "date")}
        if "cpc" not in query.metrics:
            return none
        n, d, m, e = CLICKS.get(str(row.get("campaign")), (None,) * 4) if query.dimensions else (*now, *then)
        found = terms("cpc", "cpc__", n, d) | terms("cpc__base", "cpc__base_", m, e)
        return none | found | {f"cpc__{name}": value for name, value in also.items()}

    return tell


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (
            (400.0, 200.0),
            (300.0, 200.0),
            "Cost per click rose 33.3% to $2.00 Was $1.50. Partner +$0.38 (new), Product launch +$0.25"
            " (rose itself); Other (1) −$0.12. By campaign, sums to +$0.50."
            " Each number is rounded by itself.",
        ),
        ((300.0, 200.0), (400.0, 200.0), "Cost per click fell 25.0% to $1.50 Was $2.00."),
        ((300.0, 200.0), (300.0, 200.0), "Cost per click: $1.50, no clear change Was $1.50."),
        ((300.0, 200.0), (0.0, 200.0), "Cost per click: $1.50, new Was $0."),
    ],
)
def test_the_change_of_a_rate_is_told_with_what_each_member_added(
    now: tuple[float, float], then: tuple[float, float], said: str, tmp_path: Path
) -> None:
    """Only the first is what the three campaigns add up to; of the others the split is not told."""
    text = card(tmp_path, "insights", Told(tell=clicks(now, then)))
    assert said in text
    assert ("sums to" in said) == ("sums to" in text)


def test_a_contribution_is_written_as_in_its_tooltip(tmp_path: Path) -> None:
    widget = EXECUTIVE.widget("insights")
    assert widget is not None
    told = Told(tell=clicks((400.0, 200.0), (300.0, 200.0)))
    shown = drawn(tmp_path, EXECUTIVE, widget, told)
    (line,) = [one for one in shown.named("li") if "sums to" in one.words]
    numbers = [one for below in line.named("sub") for one in below.named("number")]
    assert len(numbers) == 5 and all(one.words == one.attributes["title"] for one in numbers)


@pytest.mark.parametrize(
    ("now", "then", "young"),
    [
        ((40.0, 20.0), (300.0, 200.0), False),  # 20 clicks are few
        ((400.0, 200.0), (None, 0.0), False),
        ((400.0, 200.0), (300.0, 200.0), True),
    ],
)
def test_a_rate_of_few_cases_without_a_base_or_too_young_is_no_insight(
    now: tuple[float, float], then: tuple[float | None, float], young: bool, tmp_path: Path
) -> None:
    text = card(tmp_path, "insights", Told(tell=clicks(now, then, young=young)))
    assert "Nothing changed clearly." in text and "Cost per click:" not in text
    assert "Cost per click rose" not in text


def test_a_line_says_which_filters_touch_it_not(tmp_path: Path) -> None:
    def tell(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        none = {name: None for name in row if name not in (*query.dimensions, "date")}
        if query.dimensions or not {"mrr", "sessions"} & set(query.metrics):
            return none
        one = "mrr" if "mrr" in query.metrics else "sessions"
        return none | {one: 9_000.0, f"{one}__base": 10_000.0, "customers": 900.0, "customers__base": 950.0}

    shown = card(tmp_path, "insights", Told(tell=tell), "?segment=desktop&channel=Email")
    assert "MRR fell 10.0% to $9K Was $10K. This line is not affected by segment." in shown
    assert shown.count("This line is") == 1 and "Sessions fell 10.0%" in shown


@pytest.mark.parametrize(("before", "told"), [(7.0, False), (700.0, True)])
def test_an_amount_of_few_cases_is_no_insight(before: float, told: bool, tmp_path: Path) -> None:
    def tell(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        none = {name: None for name in row if name not in (*query.dimensions, "date")}
        if "attributed_revenue" not in query.metrics or query.dimensions:
            return none
        sold = {"attributed_revenue": 585.0, "attributed_revenue__base": 1_000.0}
        return none | sold | {"conversions": 400.0, "conversions__base": before}

    assert ("Attributed revenue fell 41.5%" in card(tmp_path, "insights", Told(tell=tell))) is told


def fallen(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
    """A company of which nothing is known but sessions and conversions, both a tenth fewer, all by e-mail."""
    known = {name for name in ("sessions", "conversions") if name in query.metrics}
    none = {name: None for name in row if name not in (*query.dimensions, "date")}
    if query.dimensions and row.get("channel") != "Email":
        return none
    return none | dict.fromkeys(known, 9000.0) | {f"{one}__base": 10_000.0 for one in known}


def test_a_change_whose_members_no_table_tells_under_a_filter_says_so_and_the_others_are_split(
    tmp_path: Path,
) -> None:
    """Sessions are known by channel and by landing page, but by no table by both; conversions are."""
    shown = card(tmp_path, "insights", Told(tell=fallen), "?landing_page=/pricing")
    apart = "No source tells channel and landing page together, so what each added is not known."
    assert f"Sessions fell 10.0% to 9,000 Was 10K. {apart}" in shown and shown.count("No source tells") == 1
    assert "Conversions fell 10.0% to 9,000 Was 10K. Email −1,000. By channel, sums to −1,000." in shown


def test_metrics_that_no_table_tells_under_two_filters_are_named_and_the_others_told(tmp_path: Path) -> None:
    shown = card(tmp_path, "insights", Told(tell=fallen), "?landing_page=/pricing&country=DE")
    assert "Conversions fell 10.0% to 9,000" in shown and "Sessions fell" not in shown
    assert (
        "Not told here: Sessions, Session conversion rate, Bounce rate."
        " No source tells landing page, country together."
    ) in shown
