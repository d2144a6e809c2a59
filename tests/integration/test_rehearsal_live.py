"""A rehearsal says what a live run over the same history said: on a real warehouse, loaded morning by morning
and hour by hour, with days that are told too low at first, days that come late, a back-fill, and budgets that
are changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.alerts import events, rules
from app.alerts.moments import wait
from app.compose import build
from app.periods import DAY
from tests.house import BEGIN, DAY_SETTLES, NEW_YORK, SETTLES, House, Rows, morning_of, moved_in

FIRST, END = date(2026, 8, 1), date(2026, 11, 24)
DROPS = {date(2026, 10, 3), date(2026, 10, 4), date(2026, 10, 20), date(2026, 11, 21)}
LATE = {date(2026, 10, 23), date(2026, 10, 24)}  # mornings on which the platform did not answer
BACK_FILLS = {date(2026, 10, 24)}  # old days come that morning, and no new one
DEVICES = ("desktop", "mobile")
JUDGED_ON = 3  # days later, at seven in the morning


def _day(day: date, seen: date) -> Iterator[dict[str, Any]]:
    """The sessions of a day as known on a morning: for two days one lacks a tenth of its conversions,
    and every ninth more than half of them. What a day lacks on the third is a hundredth, and comes on the
    fourth. On mobile nothing happens on Sundays."""
    for device in DEVICES:
        if device == "mobile" and day.weekday() == 6:
            continue
        sessions = 400 + (day.toordinal() * 37) % 120
        converted = sessions * (0.015 if day in DROPS else 0.03)
        if seen < day + JUDGED_ON * DAY:
            converted *= 0.4 if day.toordinal() % 9 == 0 else 0.9
        elif seen == day + JUDGED_ON * DAY:
            converted *= 0.99
        yield {
            "source_id": "google_analytics", "account_id": "1", "date": day, "traffic_key": 7,
            "campaign_key": 8, "device": device, "visitor_type": "new", "country": "US", "region": "Texas",
            "sessions": sessions, "key_event_sessions": round(converted), "engaged_sessions": sessions // 2,
        }  # fmt: skip


def _loaded(house: House, days: list[date], morning: date, until: date) -> None:
    rows = [row for day in days for row in _day(day, morning)]
    house.load("sessions", {"fact_session": rows}, until, days)


def _span(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, dict[str, str]]:
    """Nine weeks lived through: each morning what the platform gives, then the check."""
    house = moved_in(tmp_path_factory.mktemp("days"))
    _loaded(house, _span(FIRST, BEGIN - DAY), BEGIN, BEGIN - DAY)  # the whole past at once
    rule_ids: dict[str, str] = {}
    newest = BEGIN - DAY
    for morning in _span(BEGIN + DAY, END):
        house.at(morning_of(morning))
        if morning in BACK_FILLS:
            _loaded(house, _span(date(2026, 9, 1), date(2026, 9, 5)), morning, date(2026, 9, 5))
        elif morning not in LATE:
            _loaded(house, _span(newest - 3 * DAY, morning - DAY), morning, morning - DAY)
            newest = morning - DAY
        if not rule_ids and morning == BEGIN + JUDGED_ON * DAY:
            rule_ids |= _rules(house)
        house.check()
    return house, rule_ids


def _rules(house: House) -> dict[str, str]:
    drop = {"kind": "below_average", "factor": 0.7, "days": 28}
    few = {"kind": "threshold", "side": "below", "limit": 450, "margin": 0.02}
    fall = {"kind": "change", "share": -0.02, "buckets": 1}
    rate = "session_conversion_rate"
    return {
        "drop": house.rule(metric=rate, condition=drop, minimum_volume=500, cool_down=2880),
        "quiet": house.rule(metric=rate, condition=drop, quiet_from="06:00", quiet_to="08:00"),
        "patient": house.rule(metric=rate, condition=drop, breaches_to_fire=2, clears_to_resolve=2),
        "members": house.rule(metric="sessions", by="device", condition=few, cool_down=1440),
        "weeks": house.rule(metric="sessions", grain="week", condition=fall),
        "months": house.rule(metric="sessions", grain="month", condition=fall | {"share": -0.01}),
    }


def test_the_rehearsal_of_days_weeks_and_months_says_what_the_live_run_said(
    lived: tuple[House, dict[str, str]],
) -> None:
    house, rule_ids = lived
    days = (END - BEGIN).days  # the rules began with the morning on which the first of them is settled
    counts = {}
    for name, rule_id in rule_ids.items():
        said, found = house.rehearsed(rule_id, days)
        live = house.live(rule_id)
        assert said == live, name
        counts[name] = sum(kind == "firing" for _, _, kind, *_ in live)
        assert found.fired == counts[name]
    # The drops of 3 and 4 October are one firing, all that a patient rule sees; those of the 20th and of
    # 21 November are days alone. Days that were told too low while they were young are none. A Sunday, on
    # which nobody comes by mobile, is a day below the limit. September has a day less than August, and
    # October, which ends that firing, one more.
    assert counts == {"drop": 3, "quiet": 3, "patient": 1, "members": 40, "weeks": 5, "months": 1}
    months = [(bucket, kind) for bucket, _, kind, *_ in house.live(rule_ids["months"])]
    assert months == [("2026-09-01", "firing"), ("2026-10-01", "resolved")]


def test_days_told_too_low_at_first_fire_neither_live_nor_in_the_rehearsal(
    lived: tuple[House, dict[str, str]],
) -> None:
    """A rate of 1.2% lies far below the threshold of 2.1% while a day is young; judged is the settled one."""
    house, rule_ids = lived
    said, found = house.rehearsed(rule_ids["drop"], (END - BEGIN).days)
    low = [day for day in _span(BEGIN + DAY, END - 4 * DAY) if day.toordinal() % 9 == 0]
    fired = {bucket for bucket, _, kind, *_ in said if kind == "firing"}
    assert len(low) == 7
    assert fired == {"2026-10-03", "2026-10-20", "2026-11-21"}
    assert found.series[""][low[0]].value == pytest.approx(0.03, rel=0.05)


def test_a_day_is_judged_with_the_first_read_that_came_its_settling_time_after_it(
    lived: tuple[House, dict[str, str]],
) -> None:
    """The drop of 21 November was over at midnight, and the read at seven of the 24th is the first that came
    48 hours later. The drop of 20 October was told on the 25th as well: on the 23rd the platform was silent,
    and what came on the 24th was a back-fill of older days."""
    house, rule_ids = lived
    said = {event.bucket: event.at for event in events.listed(house.services.database, rule_ids["drop"], 999)}
    found = house.rehearsed(rule_ids["drop"], (END - BEGIN).days)[1]
    rehearsed = {one.event.bucket.isoformat(): one.event.at for one in found.firings}
    judged = {"2026-11-21": date(2026, 11, 24), "2026-10-20": date(2026, 10, 25)}
    for bucket, day in judged.items():
        assert rehearsed[bucket] == said[bucket] == morning_of(day)
    rule = rules.get(house.services.database, rule_ids["drop"]).rule
    assert wait(build(house.services.settings, house.services.clock), rule) == DAY_SETTLES


# -- by the hour, over the end of summer time in New York ----------------------------------------------------

HOURS_BEGIN, HOURS_END = date(2026, 10, 29), date(2026, 11, 3)


def _hours(day: date, seen: datetime) -> Iterator[dict[str, Any]]:
    """A hundred sessions an hour, half of them on the evening of 2 November; what is younger than eight hours
    is told too low. The doubled hour holds both, under one number, as the platform counts it."""
    instant = datetime.combine(day, time(0), NEW_YORK).astimezone(UTC)
    found: dict[int, int] = {}
    while (local := instant.astimezone(NEW_YORK)).date() == day and instant < seen:
        drop = day == date(2026, 11, 2) and 18 <= local.hour < 21
        share = 1.0 if seen - instant - timedelta(hours=1) >= SETTLES else 0.3
        found[local.hour] = found.get(local.hour, 0) + round((50 if drop else 100) * share)
        instant += timedelta(hours=1)
    for hour, sessions in found.items():
        if hour == 4:
            continue  # nobody comes at four in the morning
        yield {
            "source_id": "google_analytics", "account_id": "1", "date": day, "hour": hour, "traffic_key": 7,
            "campaign_key": 8, "device": "mobile", "sessions": sessions,
            "key_event_sessions": sessions // 10, "engaged_sessions": sessions // 2,
        }  # fmt: skip


@pytest.fixture(scope="module")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, dict[str, str]]:
    """Six days, read every two hours; the first load brings the days before."""
    house, rule_ids = moved_in(tmp_path_factory.mktemp("hours")), {}
    now = datetime.combine(HOURS_BEGIN, time(12), NEW_YORK).astimezone(UTC)
    house.at(now)
    _loaded_hours(house, _span(date(2026, 10, 24), HOURS_BEGIN), now)
    while now < datetime.combine(HOURS_END, time(18), NEW_YORK).astimezone(UTC):
        now += timedelta(hours=2)
        house.at(now)
        today = now.astimezone(NEW_YORK).date()
        _loaded_hours(house, _span(today - 2 * DAY, today), now)
        if not rule_ids:
            rule_ids |= _hour_rules(house)
        house.check()
    return house, rule_ids


def _loaded_hours(house: House, days: list[date], now: datetime) -> None:
    rows = [row for day in days for row in _hours(day, now)]
    house.load("session_hours", {"fact_session_hour": rows}, days[-1] - DAY, days)


def _hour_rules(house: House) -> dict[str, str]:
    few = {"kind": "threshold", "side": "below", "limit": 90}
    many = {"kind": "threshold", "side": "above", "limit": 150}
    fall = {"kind": "change", "share": -0.3, "buckets": 24}
    return {
        "few": house.rule(metric="sessions", grain="hour", condition=few),
        "many": house.rule(metric="sessions", grain="hour", condition=many),
        "fall": house.rule(metric="sessions", grain="hour", condition=fall, breaches_to_fire=2),
        "device": house.rule(metric="sessions", grain="hour", by="device", condition=few),
        "rate": house.rule(
            metric="session_conversion_rate",
            grain="hour",
            condition=many | {"limit": 0.05},
            minimum_volume=150,
        ),
    }


def test_the_rehearsal_of_hours_says_what_the_live_run_said(hourly: tuple[House, dict[str, str]]) -> None:
    house, rule_ids = hourly
    counts = {"few": 6, "many": 0, "fall": 1, "device": 1, "rate": 1}
    for name, rule_id in rule_ids.items():
        live = [line for line in house.live(rule_id) if line[0] >= "2026-10-30"]
        assert house.rehearsed(rule_id, 4)[0] == live, name
        assert [kind for _, _, kind, *_ in live].count("firing") == counts[name]


def test_hours_are_rehearsed_over_ninety_days_or_as_many_as_were_loaded(
    hourly: tuple[House, dict[str, str]],
) -> None:
    """They begin with 24 October. Each night until the live run began, too, nobody came at four."""
    house, rule_ids = hourly
    said, found = house.rehearsed(rule_ids["few"])
    assert (found.period, found.shortened) == ((date(2026, 10, 24), date(2026, 11, 2)), True)
    fired = [bucket for bucket, _, kind, *_ in said if kind == "firing"]
    assert fired[:6] == [f"2026-10-{day}T08:00Z" for day in range(24, 30)]
    lived = [line for line in house.live(rule_ids["few"]) if line[0] >= "2026-10-30"]
    assert [line for line in said if line[0] >= "2026-10-30"] == lived
    assert house.rehearsed(rule_ids["few"], 4)[1].shortened is False


def test_only_settled_hours_are_judged_and_the_clock_change_fires_nothing(
    hourly: tuple[House, dict[str, str]],
) -> None:
    """Each night at four nobody comes, which is a true zero. Else only the drop of 2 November fires: hours
    that were told too low while they were young never do, nor does 01:00 of 1 November with its two hours."""
    house, rule_ids = hourly
    fired = {name: [line[0] for line in house.live(rule_id) if line[2] == "firing"] for name, rule_id in
             rule_ids.items()}  # fmt: skip
    nights = [
        "2026-10-30T08:00Z",
        "2026-10-31T08:00Z",
        "2026-11-01T09:00Z",
        "2026-11-02T09:00Z",
        "2026-11-03T09:00Z",
    ]
    drop = "2026-11-02T23:00Z"  # 18:00 in New York
    assert fired["few"] == sorted([*nights, drop])
    assert fired["many"] == []
    assert fired["fall"] == ["2026-11-03T00:00Z"]  # the second hour that is half of the same one a day before
    assert fired["rate"] == [
        "2026-11-01T05:00Z"
    ]  # only two hours in one have 150 sessions; a rate may be judged
    assert fired["device"] == [drop]  # a member without a row did nothing
    values = {line[0]: line[3] for line in house.live(rule_ids["few"]) if line[2] == "firing"}
    assert (values[drop], values[nights[0]]) == (50.0, 0.0)


def test_an_hour_is_judged_eight_hours_after_it_ended(hourly: tuple[House, dict[str, str]]) -> None:
    house, rule_ids = hourly
    (event,) = [
        one for one in events.listed(house.services.database, rule_ids["device"], 99) if one.kind == "firing"
    ]
    read = datetime(2026, 11, 3, 8, tzinfo=UTC)  # 18:00 ends at 00:00 UTC; reads come at even hours
    assert event.at == read
    assert event.text.startswith("Sessions (Mobile) was 50 on 2 Nov 2026, 18:00; the threshold is 90")


def test_the_hours_of_a_long_outage_are_judged_when_it_is_over_as_in_the_rehearsal(tmp_path: Path) -> None:
    """Nothing is read from noon of 31 October to noon of 12 November, far longer than a check usually goes
    back. Then the hour at four of each night and the drop on the evening of 2 November fire."""
    house, rule_id = moved_in(tmp_path), ""
    for last in (date(2026, 10, 31), date(2026, 11, 12)):
        now = datetime.combine(last, time(12), NEW_YORK).astimezone(UTC)
        house.at(now)
        _loaded_hours(house, _span(date(2026, 10, 26), last), now)
        rule_id = rule_id or _hour_rules(house)["few"]
        house.check()
    live = [line for line in house.live(rule_id) if line[0] >= "2026-11-01"]
    nights = [f"2026-11-{day:02}T09:00Z" for day in range(1, 12)]
    fired = [bucket for bucket, _, kind, *_ in live if kind == "firing"]
    assert fired == sorted([*nights, "2026-11-02T23:00Z"])
    assert [line for line in house.rehearsed(rule_id, 12)[0] if line[0] >= "2026-11-01"] == live


# -- a budget that is changed while the rule watches ---------------------------------------------------------

ADS_BEGIN, ADS_END = date(2026, 9, 20), date(2026, 10, 10)
# As read each morning from that one on. A day of 120 is over 1.1 times 100 and 90, and within 150.
BUDGETS = {ADS_BEGIN: 100, date(2026, 9, 27): 150, date(2026, 10, 3): 90}
CAMPAIGN = {"campaign_key": 8, "account_id": "1"}
OF_ADS = CAMPAIGN | {"source_id": "google_ads", "currency": "USD"}


def _ads(house: House, morning: date, days: list[date], daily: int) -> None:
    """The campaign with its budget, and 120 spent on days with an even number, else 70."""
    spent = {day: (70 if day.day % 2 else 120) * 1_000_000 for day in days}
    tables: Rows = {
        "dim_campaign": [CAMPAIGN | {"platform": "google_ads", "name_raw": "Launch"}],
        "fact_campaign_budget": [OF_ADS | {"daily_budget_micros": daily * 1_000_000}],
        "fact_ad": [OF_ADS | {"date": day, "cost_micros": cost} for day, cost in spent.items()],
    }
    house.load("ads", tables, morning - DAY, days, "google_ads")


@pytest.fixture(scope="module")
def budgeted(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, str]:
    """Three weeks: each morning the campaign and its last days are read, then the rule is judged."""
    house, rule_id, daily = moved_in(tmp_path_factory.mktemp("budgets")), "", 0
    for morning in _span(ADS_BEGIN, ADS_END):
        house.at(morning_of(morning))
        daily = BUDGETS.get(morning, daily)
        first = morning - (30 if morning == ADS_BEGIN else 3) * DAY
        _ads(house, morning, _span(first, morning - DAY), daily)
        if not rule_id and morning == ADS_BEGIN + JUDGED_ON * DAY:
            over = {"kind": "above_share_of", "metric": "daily_budget", "share": 1.1, "margin": 0.05}
            rule_id = house.rule(metric="spend", by="campaign", condition=over)
        house.check()
    return house, rule_id


def test_the_rehearsal_of_overspend_says_what_the_live_run_said_with_the_budgets_of_then(
    budgeted: tuple[House, str],
) -> None:
    house, rule_id = budgeted
    said, found = house.rehearsed(rule_id, (ADS_END - ADS_BEGIN).days)
    assert said == house.live(rule_id)
    fired = {bucket: (value, threshold) for bucket, _, kind, value, threshold, _ in said if kind == "firing"}
    assert fired == {
        "2026-09-20": (120.0, pytest.approx(110.0)),
        "2026-09-22": (120.0, pytest.approx(110.0)),
        "2026-09-24": (120.0, pytest.approx(110.0)),
        "2026-09-26": (120.0, pytest.approx(110.0)),
        "2026-10-04": (120.0, pytest.approx(99.0)),
        "2026-10-06": (120.0, pytest.approx(99.0)),
    }
    assert found.fired == 6
