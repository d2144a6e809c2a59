"""Questions that cannot be answered truly are refused with the reason and the way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.data.query.spec import Filter, MetricQuery, RowQuery, Scope, Sort
from app.data.query.validate import validated, validated_rows
from app.errors import AccessDenied, InputError
from app.periods import Period

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
TODAY = date(2026, 4, 1)


def asked(*metrics: str, **other: object) -> MetricQuery:
    return MetricQuery(metrics, MARCH, **other)  # type: ignore[arg-type]


REFUSED = [
    (asked(), "No metric was asked. Name at least one"),
    (asked("spent"), "Unknown metric 'spent'. Did you mean 'spend'?"),
    (asked("spend", dimensions=("chanel",)), "Unknown dimension 'chanel'. Did you mean 'channel'?"),
    (
        asked("visitors", dimensions=("channel",)),
        "Visitors cannot be asked by channel. It has: date,",
    ),
    (asked("market_share", filters=(Filter("plan", ("Pro",)),)), "Market share cannot be asked by plan."),
    (asked("spend", dimensions=("country", "hour")), "No table of Ads has country, hour together."),
    (
        asked("spend", filters=(Filter("date", ("2026-03-01",)),)),
        "Days are asked by a range, not",
    ),
    (asked("spend", grain="fortnight"), "Unknown grain 'fortnight'. Known: day, week, month, quarter, year."),
    (asked("spend", compare="last"), "Unknown comparison 'last'. Known: none, previous, year."),
    (asked("spend", sort=(Sort("clicks"),)), "The answer has no column 'clicks' to sort by. It has: spend."),
    (asked("spend", limit=-1), "The limit and the offset must not be negative."),
    (
        MetricQuery(("spend",), Period(date(2026, 3, 31), date(2026, 3, 1))),
        "The range ends (2026-03-01) before it starts (2026-03-31). Give the earlier day first.",
    ),
    (
        MetricQuery(("spend",), Period(date(1999, 12, 31), date(2026, 3, 1))),
        "The range starts on 1999-12-31, before anything is kept. Choose a day from 2000-01-01 on.",
    ),
    (
        MetricQuery(("spend",), Period(date(2026, 4, 2), date(2026, 4, 3))),
        "The range starts on 2026-04-02, which is still to come. Choose a day up to 2026-04-01.",
    ),
    (
        MetricQuery(("spend",), Period(date(2026, 3, 1), date(9999, 12, 31))),
        "The range ends on 9999-12-31, which is too far ahead. Choose a day up to 2027-12-31.",
    ),
    (
        MetricQuery(("spend",), Period(date(2000, 1, 1), date(2026, 3, 31)), ("date", "country")),
        "9,587 buckets by day are too many for one answer; it holds 4,000. Ask for a shorter range or a",
    ),
    (asked("spend", limit=100_001), "The limit or the offset is too large. A limit is at most 100,000;"),
    (asked("spend", offset=10**30), "The limit or the offset is too large."),
]


@pytest.mark.parametrize(("query", "words"), REFUSED, ids=[words[:40] for _, words in REFUSED])
def test_a_question_is_refused_with_its_reason(query: MetricQuery, words: str) -> None:
    with pytest.raises(InputError) as refused:
        validated(query, TODAY)
    assert str(refused.value).startswith(words)


def test_the_first_day_and_the_most_buckets_and_rows_are_still_answered() -> None:
    months = MetricQuery(("spend",), Period(date(2000, 1, 1), date(2027, 12, 31)), grain="month")
    assert validated(months, TODAY) == months
    days = MetricQuery(("spend",), Period(date(2015, 4, 20), date(2026, 4, 1)), grain="day", limit=100_000)
    assert validated(days, TODAY).period.days == 4_000


def test_rows_are_asked_within_the_same_days() -> None:
    with pytest.raises(InputError, match="Choose a day from 2000-01-01 on"):
        validated_rows(RowQuery("spend", Period(date(1, 1, 1), date(2026, 3, 1))), TODAY)


def test_a_fact_without_the_scoped_dimension_is_refused_never_answered_unscoped() -> None:
    only_texas = Scope((Filter("region", ("Texas",)),))
    for metric in ("roi", "cac_loaded", "market_share"):
        with pytest.raises(AccessDenied, match="not available in your scope"):
            validated(asked(metric, scope=only_texas), TODAY)
    assert validated(asked("spend", scope=only_texas), TODAY).scope == only_texas


def test_a_scope_that_meets_a_breakdown_that_no_table_has_is_refused() -> None:
    only_texas = Scope((Filter("region", ("Texas",)),))
    with pytest.raises(AccessDenied, match="limited by region"):
        validated(asked("spend", dimensions=("device",), scope=only_texas), TODAY)


def _refusal(query: MetricQuery) -> str:
    with pytest.raises(AccessDenied) as refused:
        validated(query, TODAY)
    return str(refused.value)


@pytest.mark.parametrize(
    ("limits", "query", "said"),
    [
        (
            ("region",),
            asked("roi"),
            "ROI is not available in your scope. Your scope is limited by region, which this number does not"
            " have.",
        ),
        (
            ("region", "device"),
            asked("roi"),
            "ROI is not available in your scope. Your scope is limited by region and device, which this"
            " number does not have.",
        ),
        (
            ("region",),
            asked("sessions", dimensions=("landing_page",)),
            "Sessions by landing page is not available in your scope. Your scope is limited by region."
            " Sessions is not known by region and landing page together.",
        ),
        (
            ("region",),
            asked("sessions", filters=(Filter("landing_page", ("/",)),)),
            "Sessions by landing page is not available in your scope. Your scope is limited by region."
            " Sessions is not known by region and landing page together.",
        ),
        (
            ("region",),
            asked("spend", dimensions=("channel", "device")),
            "Ad spend by device is not available in your scope. Your scope is limited by region."
            " Ad spend is not known by region and device together.",
        ),
        (
            ("region", "device"),
            asked("spend"),
            "Ad spend is not available in your scope. Your scope is limited by region and device."
            " Ad spend is not known by region and device together.",
        ),
    ],
    ids=["lacks", "lacks both", "split", "filter", "one of two", "limits together"],
)
def test_a_scope_refuses_with_the_reason_that_is_true(
    limits: tuple[str, ...], query: MetricQuery, said: str
) -> None:
    scope = Scope(tuple(Filter(name, ("Texas",)) for name in limits))
    assert _refusal(replace(query, scope=scope)) == said


def test_a_number_that_is_known_by_its_split_and_by_the_scope_is_answered() -> None:
    only_texas = Scope((Filter("region", ("Texas",)),))
    query = asked("sessions", dimensions=("channel",), scope=only_texas)
    assert validated(query, TODAY) == query


def test_one_metric_that_lies_outside_the_scope_refuses_the_whole_question() -> None:
    with pytest.raises(AccessDenied, match="Market share"):
        validated(asked("spend", "market_share", scope=Scope((Filter("platform", ("google_ads",)),))), TODAY)


def test_date_among_the_dimensions_is_days_and_doubles_are_one() -> None:
    query = validated(asked("spend", "spend", dimensions=("date", "channel", "channel")), TODAY)
    assert (query.metrics, query.dimensions, query.grain) == (("spend",), ("channel",), "day")
    assert validated(asked("spend", dimensions=("date",), grain="week"), TODAY).grain == "week"


def test_an_hour_that_is_none_is_refused() -> None:
    from app.data.query.shape import typed

    assert typed("hour", "7") == 7
    with pytest.raises(InputError, match="'25' is no hour of the day. Give 0 to 23."):
        typed("hour", "25")
