"""What is made of a value and something beside it has a passport that writes it out: its change, what it was
before, its share of a target."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest

from app.data.metrics.base import METRICS
from app.data.query.spec import MetricQuery
from app.layouts.filters import parse
from app.periods import Period, base
from app.units import Units
from tests.demo_company import Site
from tests.integration.test_card_passports import SAID_MISSING, cards, component, numbers, panel, words
from tests.page_text import Element
from tests.visits import asked, callback


def test_a_share_of_a_target_is_written_out_with_the_target_and_what_is_due(site: Site) -> None:
    shown = [one for one in numbers(site, "executive", "") if "aspect=" in one.attributes["data-asked"]]
    shares = [one for one in shown if "aspect=reached" in one.attributes["data-asked"]]
    paces = [one for one in shown if "aspect=pace" in one.attributes["data-asked"]]
    assert shares and paces
    for number in (*shares, *paces):
        made = words(component(panel(site, number, ""), "passport-division passport-aspect"))
        first, second = (float(re.sub(r"[^\d.\u2212]", "", made[at])) for at in (1, 4))
        result = float(made[-1].rstrip("%"))
        assert first / second * 100 == pytest.approx(result, rel=0.01), made
        if number.attributes["data-metric"] == "market_share":
            assert made[1].endswith("%") and re.fullmatch(r"[A-Z][a-z]{2} \d{4}", made[0]), "of one month"


def test_the_contributions_of_an_insight_are_differences_that_add_up(site: Site) -> None:
    """As shown, unless it is said that they are rounded; and each passport writes out the value, its base and
    their difference."""
    insights = cards(site, "executive", "")["insights"]
    lines = [line for line in insights.named("li") if "sums to" in line.words]
    assert lines
    for line in lines:
        shown = [one for below in line.named("sub") for one in below.named("number")]
        *parts, total = [one for one in shown if "aspect=before" not in one.attributes["data-asked"]]
        if any("aspect=added" in one.attributes["data-asked"] for one in parts):
            continue
        if "rounded by itself" not in line.words:
            assert sum(map(amount, parts)) == pytest.approx(amount(total), abs=1e-6), line.words
        for number in (*parts, total):
            made = words(component(panel(site, number, ""), "passport-division passport-aspect"))
            assert made[2] == "\u2212" and made[-1] == number.attributes["title"]
            first, second, result = (dollars(made[at]) for at in (1, 4, -1))
            assert first - second == pytest.approx(result, abs=0.011), made


@pytest.mark.parametrize("search", ["", "&campaign=Search+Generic&campaign=Search+Brand"])
def test_what_a_member_added_to_a_rate_is_written_out_with_both_periods_of_it_and_of_all(
    site: Site, search: str
) -> None:
    """The terms of each passport give by hand what stands on the card, and so does their formula."""
    search = f"?range=2026-04-29..2026-05-03{search}"
    insights = cards(site, "executive", search)["insights"]
    added = [one for one in insights.named("number") if "aspect=added" in one.attributes["data-asked"]]
    assert added
    for number in added:
        text = panel(site, number, search)
        made = words(component(text, "passport-division passport-aspect"))
        assert made[2] == "+" and made[-1] == number.attributes["title"]
        assert component(text, "passport-delta") is None, "its own rate is another change"
        together = re.search(r"Other \((?!1\))\d+\)", number.attributes["aria-label"])
        assert not together or together[0] in str(component(text, "passport-name"))
        rate, mix, result = (dollars(made[at]) for at in (1, 4, -1))
        assert rate + mix == pytest.approx(result, abs=0.0051), made
        own, own_base, of_all, of_all_base = (
            [float(one.replace(",", "")) for one in pair] for pair in DIVIDED.findall(text)
        )
        shares = own[1] / of_all[1], own_base[1] / of_all_base[1]
        mean = (of_all[0] / of_all[1] + of_all_base[0] / of_all_base[1]) / 2
        by_hand = own[0] / of_all[1] - own_base[0] / of_all_base[1] - mean * (shares[0] - shares[1])
        by_hand *= 100 if made[-1].endswith("pp") else 1
        assert rate + mix == pytest.approx(by_hand, abs=0.0002), (made, by_hand)


DIVIDED = re.compile(r"([\d.,]+) ÷ ([\d.,]+)")


def of_aspect(site: Site, aspect: str, search: str) -> list[Element]:
    """The numbers of the Executive dashboard that have an aspect."""
    shown = numbers(site, "executive", search)
    return [one for one in shown if f"aspect={aspect}" in one.attributes["data-asked"]]


@pytest.mark.parametrize(
    ("search", "rule"),
    [
        ("?range=2026-05-16..2026-06-14", "It is as many days just before."),
        ("?range=2026-05-01..2026-05-31", "It is as many whole months just before."),
        ("?range=2026-06-01..2026-06-14", "It is the same elapsed part of the month before."),
        (
            "?range=2026-05-18..2026-05-31&compare=year",
            "It is 364 days before: weekdays meet the same weekdays.",
        ),
    ],
)
def test_a_change_is_written_out_with_both_periods_and_the_rule_that_makes_them_fair(
    site: Site, search: str, rule: str
) -> None:
    shown = of_aspect(site, "change", search)
    assert {"mrr", "customers", "market_share"} <= {one.attributes["data-metric"] for one in shown}
    (mrr,) = [one for one in shown if one.attributes["data-metric"] == "mrr" and "better" in one.words]
    text = panel(site, mrr, search)
    made = words(component(text, "passport-division passport-aspect"))
    now, then = (site.services.query.run(query).value("mrr") for query in both(site, search))
    assert dollars(made[1]) == pytest.approx(now, abs=0.005)
    assert dollars(made[4]) == pytest.approx(then, abs=0.005)
    assert dollars(made[-1]) == pytest.approx(now - then, abs=0.011)
    told = " ".join(words(component(text, "passport-delta")))
    assert f"{(now / then - 1) * 100:+.1f}%".replace("-", "\u2212") in told and mrr.words in told
    assert rule in text and Units("USD").days(both(site, search)[1].period) in text


def test_what_is_of_a_month_is_compared_with_a_month_by_a_rule_of_its_own(site: Site) -> None:
    search = "?range=2026-05-16..2026-06-14"
    shown = of_aspect(site, "change", search)
    number = next(one for one in shown if one.attributes["data-metric"] == "market_share")
    text = panel(site, number, search)
    made = words(component(text, "passport-division passport-aspect"))
    then = both(site, search)[1].period
    assert re.fullmatch(r"[A-Z][a-z]{2} 2026", made[3]) and Units("USD").days(then) not in text
    assert "It is as many days just before." not in text
    assert (
        "newest month or survey that had ended by the last day of its range, 14 Jun 2026 and 15 May" in text
    )


def test_a_change_of_cases_counts_from_a_whole_number_of_them(site: Site) -> None:
    search = "?range=2026-05-16..2026-06-14"
    (number, *_) = numbers(site, "executive", "")
    text = panel(site, number, "", metric="leads", question=f"{search}&aspect=change", where="{}")
    assert re.search(r"From \d+ on: chance explains less\.", text) and "No clear change" not in text


def both(site: Site, search: str) -> tuple[MetricQuery, MetricQuery]:
    """The question for MRR of a view, and the one for what it is compared with."""
    state = parse(search, site.services.clock.today("America/New_York"))
    period = state.period(site.services.clock.today("America/New_York"))
    then = base(period, state.compare)
    assert then is not None
    return MetricQuery(("mrr",), period), MetricQuery(("mrr",), then)


@pytest.mark.parametrize("search", ["", "?range=this_month", "?channel=Paid+search"])
def test_what_was_before_has_a_passport_of_its_own_period_and_the_rows_of_it(site: Site, search: str) -> None:
    shown = of_aspect(site, "before", search)
    assert len({one.attributes["data-metric"] for one in shown}) > 1
    today = site.services.clock.today("America/New_York")
    for number in shown:
        metric, text = number.attributes["data-metric"], panel(site, number, search)
        state = parse(number.attributes["data-asked"], today, own=("aspect",))
        then = base(state.period(today), state.compare)
        assert then is not None
        query = MetricQuery((metric,), then, filters=state.filters)
        value = site.services.query.run(query).value(metric)
        unit = METRICS.get(metric).unit
        assert (
            component(text, "passport-value") == Units("USD").full(value, unit) == number.attributes["title"]
        )
        assert Units("USD").days(then) in text and ", before" in str(component(text, "passport-name"))
        links = re.findall(r"/rows\?[^\"]*", text)
        assert links and all(f"range={then.start}..{then.end}" in link for link in links), links


def test_the_rows_of_what_was_before_add_up_to_it(site: Site) -> None:
    number = next(one for one in of_aspect(site, "before", "") if one.attributes["data-metric"] == "spend")
    text = panel(site, number, "")
    (address,) = set(re.findall(r"/export/rows\.csv\?[^\"]*", text))
    answer = site.browser("executive").client.get(address)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    spent = sum(float(row["spend"] or 0) for row in rows)
    assert spent == pytest.approx(dollars(number.attributes["title"]), abs=0.005) and spent > 0
    then = re.search(r"range=(\S+?)\.\.(\S+?)(?:&|$)", address)
    assert then and all(then[1] <= row["date"] <= then[2] for row in rows)


def dollars(text: str) -> float:
    """What an exact text of an amount or a count says: +$65,833.02, \u2212121; an en dash adds nothing."""
    if text == SAID_MISSING:
        return 0.0
    return float(re.sub(r"[$,+x]| pp", "", text).replace("\u2212", "-"))


def amount(number: Element) -> float:
    """What a short text of a signed amount says: +$65.8K, \u2212121."""
    sign, digits, scale = re.fullmatch(r"([+\u2212]?)\$?([\d,.]+)([KM]?)", number.words).groups()
    size = float(digits.replace(",", "")) * {"": 1, "K": 1e3, "M": 1e6}[scale]
    return -size if sign == "\u2212" else size


def test_a_forged_aspect_is_refused(site: Site) -> None:
    (number, *_) = numbers(site, "executive", "")
    for aspect in ("wealth", "reached"):
        text = panel(site, number, "", metric="spend", question=f"?aspect={aspect}", where="{}")
        assert "passport-error" in text and "passport-value" not in text


def forged(site: Site, metric: str, search: str) -> str:
    """The passport of an address that somebody wrote by hand."""
    return panel(site, Element("button", {}), "", metric=metric, question=search, where="{}", days="")


YEAR_AGO = "compare=year&aspect=change"  # the company has no marketing that old


@pytest.mark.parametrize(
    ("metric", "range"),
    [
        ("cpc", "2026-05-01..2026-05-31"),
        ("sessions", "2025-01-01..2025-01-31"),
        ("spend", "2025-01-01..2025-01-31"),
    ],
)
def test_a_change_of_what_is_not_there_is_no_number(site: Site, metric: str, range: str) -> None:
    """Of a rate in one of the periods, of a sum in both."""
    text = forged(site, metric, f"?range={range}&{YEAR_AGO}")
    assert "passport-error" in text and "passport-value" not in text


def test_a_sum_that_one_of_the_periods_lacks_changed_by_all_of_it(site: Site) -> None:
    text = forged(site, "spend", f"?range=2026-05-01..2026-05-31&{YEAR_AGO}")
    made = words(component(text, "passport-division passport-aspect"))
    assert made[4] == SAID_MISSING and made[-1] == f"+{made[1]}" and dollars(made[1]) > 0


@pytest.mark.parametrize(("within", "told"), [("Email", False), ("Direct", True)])
def test_what_a_member_added_is_told_only_of_a_whole_that_holds_it(
    site: Site, within: str, told: bool
) -> None:
    text = forged(
        site,
        "bounce_rate",
        f"?range=2026-05-16..2026-06-14&channel=Direct&aspect=added&by=channel&within={within}&within=Referral",
    )
    assert ("passport-error" not in text) == told == ("Share of sessions" in text)


@pytest.mark.parametrize(("shown", "name"), [("↑ +1.0%, neutral", "Ad spend, change"), ("–", "Ad spend")])
def test_a_cell_of_changes_opens_the_passport_of_the_change_and_without_one_that_of_the_value(
    site: Site, shown: str, name: str
) -> None:
    values = {
        "table.cellClicked": {"colId": "spend__change", "rowId": "total", "value": shown},
        "table-cells.data": {"total": {"where": {}, "days": ""}},
        "location.search": "?range=2026-05-01..2026-05-31&changes=1",
        "location.pathname": "/campaigns",
    }
    text = json.dumps(asked(site, "analyst", callback(site, "table.cellClicked"), values).json)
    assert " ".join(words(component(text, "passport-name"))) == name
    if name == "Ad spend":
        return
    made = words(component(text, "passport-division passport-aspect"))
    months = [Period(date(2026, at, 1), date(2026, at, end)) for at, end in ((5, 31), (4, 30))]
    may, april = (site.services.query.run(MetricQuery(("spend",), month)).value("spend") for month in months)
    assert made[0] == "May 2026" and made[3] == "Apr 2026"
    assert dollars(made[-1]) == pytest.approx((may or 0.0) - (april or 0.0), abs=0.006)
