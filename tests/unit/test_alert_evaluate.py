"""The state machine of an alert, bucket by bucket."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.alerts.conditions import Point, clears_at, condition, mean
from app.alerts.evaluate import (
    Event,
    Policy,
    Standing,
    acknowledged,
    advance,
    judge,
    quiet_until,
    reopened,
    snoozed,
)
from app.errors import InputError

START = date(2026, 11, 1)
LOW = condition({"kind": "threshold", "side": "below", "limit": 10})
POLICY = Policy(cool_down=0)


def series(*values: float | None) -> dict[date, Point]:
    days = (START + timedelta(days=index) for index in range(len(values)))
    return {day: Point(day, value) for day, value in zip(days, values, strict=True)}


def run(
    policy: Policy, *values: float | None, before: Standing | None = None
) -> tuple[Standing, list[Event]]:
    """Judge each value on the morning after its day."""
    standing, events = before or Standing(), []
    points = series(*values)
    for day in points:
        at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(days=1)
        standing, event = judge(policy, LOW, standing, points, day, at, known=False)
        if event is not None:
            events.append(event)
    return standing, events


def kinds(events: list[Event]) -> list[tuple[str, int]]:
    return [(event.kind, event.bucket.day) for event in events]


def test_a_breach_fires_once_and_resolves_once() -> None:
    standing, events = run(POLICY, 12, 9, 8, 7, 12, 13)
    assert kinds(events) == [("firing", 2), ("resolved", 5)]
    assert standing.state == "ok"


def test_two_breaches_are_needed_and_one_day_is_only_pending() -> None:
    patient = replace(POLICY, breaches_to_fire=2)
    assert run(patient, 12, 9)[0].state == "pending"
    assert kinds(run(patient, 12, 9, 12, 9, 9)[1]) == [("firing", 5)]


def test_two_good_days_are_needed_to_resolve() -> None:
    patient = replace(POLICY, clears_to_resolve=2)
    assert kinds(run(patient, 9, 12, 9, 12, 12)[1]) == [("firing", 1), ("resolved", 5)]


def test_the_margin_keeps_an_alarm_that_only_just_recovered() -> None:
    eased = condition({"kind": "threshold", "side": "below", "limit": 10, "margin": 0.1})
    point = Point(START, 10.5)
    assert eased.judge([], point, firing=False).breached is False
    assert eased.judge([], point, firing=True).breached is True


@pytest.mark.parametrize(
    ("fields", "clears"),
    [
        ({"kind": "threshold", "side": "below", "limit": 10, "margin": 0.5}, 15.0),
        ({"kind": "threshold", "side": "above", "limit": 10, "margin": 0.5}, 5.0),
        ({"kind": "above_share_of", "metric": "daily_budget", "share": 1, "margin": 0.25}, 7.5),
        ({"kind": "change", "share": -0.5, "buckets": 1, "margin": 0.5}, 15.0),
        ({"kind": "change", "share": 0.5, "buckets": 1}, 30.0),
    ],
)
def test_an_alarm_is_over_at_the_value_that_is_named(fields: dict[str, object], clears: float) -> None:
    """Told of 10, or of 20 the day before; just short of the value it goes on."""
    eased, then = condition(fields), [Point(date(2026, 6, 1), 20.0)]
    threshold = eased.judge(then, Point(date(2026, 6, 2), 1.0, reference=10.0), True).threshold
    assert threshold is not None and clears_at(eased, threshold) == clears
    short = clears - 0.01 if eased.below else clears + 0.01
    for value, goes_on in ((clears, False), (short, True)):
        point = Point(date(2026, 6, 2), value, reference=10.0)
        assert eased.judge(then, point, True).breached is goes_on


def test_a_day_without_data_is_no_data_and_no_zero() -> None:
    standing, events = run(POLICY, 12, None, None, 12)
    assert kinds(events) == [("no_data", 2)] and standing.state == "ok"
    assert events[0].value is None


def test_an_alarm_survives_a_day_without_data() -> None:
    assert run(POLICY, 9, None)[0].state == "firing"


def test_within_the_cool_down_a_second_firing_is_kept_and_not_told() -> None:
    _, events = run(replace(POLICY, cool_down=3 * 1440), 9, 12, 9, 12, 9)
    fired = [(event.bucket.day, event.silenced) for event in events if event.kind == "firing"]
    assert fired == [(1, ""), (3, "cool_down"), (5, "")]


def test_a_relapse_that_outlasts_the_cool_down_is_told_once_when_that_is_over() -> None:
    """Told on the 2nd, over on the 3rd, back on the 4th and for days: told on the 6th, four days later."""
    standing, events = run(replace(POLICY, cool_down=4 * 1440), 9, 12, 9, 9, 9, 9, 12)
    said = [(event.kind, event.bucket.day, event.silenced) for event in events]
    relapse = [("firing", 3, "cool_down"), ("firing", 5, ""), ("resolved", 7, "")]
    assert said == [("firing", 1, ""), ("resolved", 2, ""), *relapse]
    assert standing.notified_at == datetime(2026, 11, 6, 6, tzinfo=UTC)


def test_a_relapse_whose_cool_down_ends_at_night_is_told_after_the_quiet_hours() -> None:
    night = Policy(cool_down=4 * 1440, quiet_from="22:00", quiet_to="07:00")
    events = run(night, 9, 12, 9, 9, 9, 9)[1]
    fired = [(event.bucket.day, event.silenced) for event in events if event.kind == "firing"]
    assert fired == [(1, "quiet_hours"), (3, "cool_down"), (5, "quiet_hours")]


def test_the_end_of_a_firing_that_nobody_was_told_of_is_not_told() -> None:
    patient = replace(POLICY, cool_down=9 * 1440)
    for ends in (run(patient, 9, 12, 9, 12), run(patient, 9, 12, 9, 9, 12)):
        ended = [event.silenced for event in ends[1] if event.kind == "resolved"]
        assert ended == ["", "untold"]


def test_in_quiet_hours_the_message_waits_for_their_end() -> None:
    night = replace(POLICY, quiet_from="22:00", quiet_to="07:00", zone="America/New_York")
    assert run(night, 9)[1][0].silenced == "quiet_hours"  # 06:00 UTC is 01:00 there
    at = datetime(2026, 11, 2, 6, tzinfo=UTC)
    assert quiet_until(night, at) == datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert quiet_until(night, at + timedelta(hours=6)) is None
    evening = datetime(2026, 11, 3, 3, 30, tzinfo=UTC)  # 22:30 the day before
    assert quiet_until(night, evening) == datetime(2026, 11, 3, 12, tzinfo=UTC)


def test_what_was_acknowledged_says_nothing_more_until_it_is_over() -> None:
    seen = Standing("acknowledged", START - timedelta(days=1))
    standing, events = run(POLICY, 9, 9, before=seen)
    assert events == [] and standing.state == "acknowledged"
    assert kinds(run(POLICY, 9, 12, before=seen)[1]) == [("resolved", 2)]


def test_a_snoozed_alarm_is_told_again_when_the_time_is_over() -> None:
    until = datetime(2026, 11, 3, tzinfo=UTC)
    asleep = Standing("snoozed", START - timedelta(days=1), snoozed_until=until)
    assert kinds(run(POLICY, 9, 9, 9, before=asleep)[1]) == [("firing", 2)]


def test_an_ended_snooze_is_told_again_though_the_cool_down_is_longer() -> None:
    """Fired and told at six on 1 November, snoozed for a day, of a rule that is quiet for two days."""
    at = datetime(2026, 11, 1, 6, tzinfo=UTC)
    fired = Standing("firing", START - timedelta(days=1), since=at, notified_at=at)
    asleep = snoozed(fired, at + timedelta(days=1), "mia@example.com")
    slow = replace(POLICY, cool_down=2880)
    standing, events = run(slow, 9, 9, before=asleep)
    assert [(event.kind, event.bucket.day, event.silenced) for event in events] == [("firing", 1, "")]
    assert (standing.state, standing.notified_at) == ("firing", at + timedelta(days=1))
    night = replace(slow, quiet_from="05:00", quiet_to="07:00")
    assert run(night, 9, before=asleep)[1][0].silenced == "quiet_hours"


@pytest.mark.parametrize(("hours", "silenced"), [(23, ""), (24, ""), (25, "snoozed")])
def test_the_end_of_an_alarm_is_silent_only_while_it_is_snoozed(hours: int, silenced: str) -> None:
    at = datetime(2026, 11, 1, 6, tzinfo=UTC)
    fired = Standing("firing", START - timedelta(days=1), since=at, notified_at=at)
    asleep = snoozed(fired, at + timedelta(hours=hours), "mia@example.com")
    (ended,) = run(replace(POLICY, cool_down=2880), 12, before=asleep)[1]  # judged 24 hours after it fired
    assert (ended.kind, ended.silenced) == ("resolved", silenced)


def test_an_alarm_that_was_taken_back_fires_on_and_ends_as_if_nobody_had_seen_to_it() -> None:
    fired, told = run(POLICY, 9)
    assert kinds(told) == [("firing", 1)]
    morrow = datetime(2026, 11, 2, 7, tzinfo=UTC)
    for seen in (acknowledged(fired, "mia@example.com"), snoozed(fired, morrow, "mia@example.com")):
        assert seen.acknowledged_by == "mia@example.com" and seen.state != "firing"
        again = reopened(seen)
        assert again == fired
        after, events = run(POLICY, 12, 9, 9, before=replace(again, bucket=START - timedelta(days=1)))
        assert kinds(events) == [("resolved", 1), ("firing", 2)] and after.state == "firing"
        assert run(POLICY, 9, 9, before=again)[1] == []  # it was told


def test_too_few_cases_are_no_verdict() -> None:
    small = replace(POLICY, minimum_volume=100)
    rate = {START: Point(START, 0.0, 0.0, 50.0)}
    standing, event = judge(small, LOW, Standing(), rate, START, datetime.now(UTC))
    assert event is None and standing.state == "ok" and standing.bucket == START


def test_a_rate_of_no_case_is_no_verdict_and_no_lack_of_data() -> None:
    over = Standing("firing", START - timedelta(days=1))
    nobody = {START: Point(START, None, 0.0, 0.0)}
    standing, event = judge(POLICY, LOW, over, nobody, START, datetime.now(UTC))
    assert event is None and (standing.state, standing.bucket) == ("firing", START)


def idle(day: date) -> Point:
    return Point(day, 0.0, idle=True)


def test_a_member_that_did_nothing_is_below_a_limit_and_what_it_did_too_much_of_is_over() -> None:
    day, now = START + timedelta(days=1), datetime.now(UTC)
    points = {START: Point(START, 12.0), day: idle(day)}
    _, fired = judge(POLICY, LOW, Standing(bucket=START), points, day, now, known=True)
    assert fired is not None and (fired.kind, fired.value, fired.threshold) == ("firing", 0.0, 10.0)
    high = condition({"kind": "above_share_of", "metric": "daily_budget", "share": 1.1})
    over = Standing("firing", START)
    for policy in (POLICY, replace(POLICY, minimum_volume=10)):
        standing, ended = judge(policy, high, over, points, day, now, known=True)
        assert standing.state == "ok" and ended is not None and ended.kind == "resolved"


def test_a_member_that_did_nothing_is_of_few_cases_where_a_rule_asks_for_some() -> None:
    points = {START: idle(START)}
    asks = replace(POLICY, minimum_volume=1)
    standing, event = judge(asks, LOW, Standing(), points, START, datetime.now(UTC), known=True)
    assert event is None and standing.state == "ok"


def test_a_member_that_is_not_heard_of_any_more_has_ended_and_is_well() -> None:
    over = Standing("firing", START - timedelta(days=1))
    standing, event = judge(POLICY, LOW, over, {}, START, datetime.now(UTC), known=True)
    assert standing.state == "ok" and event is not None and event.kind == "resolved"


def test_a_bucket_is_judged_once() -> None:
    points = series(9, 9)
    now = datetime(2026, 11, 3, tzinfo=UTC)
    standing, first = advance(POLICY, LOW, Standing(), points, sorted(points), now, frozenset())
    _, second = advance(POLICY, LOW, standing, points, sorted(points), now, frozenset())
    assert len(first) == 1 and second == []


def test_the_average_of_a_rate_is_sum_over_sum() -> None:
    days = [Point(START, 0.5, 1, 2), *[Point(START, 0.1, 10, 100)] * 9]
    assert mean(days) == pytest.approx(91 / 902)


def test_below_the_average_is_judged_against_the_days_before_only() -> None:
    drop = condition({"kind": "below_average", "factor": 0.7, "days": 10})
    before = [Point(START, 0.1, 10, 100)] * 10
    verdict = drop.judge(before, Point(START, 0.069, 6.9, 100), firing=False)
    assert verdict.breached is True and verdict.threshold == pytest.approx(0.07)
    assert drop.judge(before, Point(START, 0.071, 7.1, 100), firing=False).breached is False


def test_less_than_a_week_of_history_is_no_average() -> None:
    drop = condition({"kind": "below_average", "factor": 0.7, "days": 10})
    assert drop.judge([Point(START, 1.0)] * 6, Point(START, 0.0), firing=False).breached is None


def test_spend_is_held_against_the_budget_of_its_own_day() -> None:
    over = condition({"kind": "above_share_of", "metric": "daily_budget", "share": 1.1})
    assert over.judge([], Point(START, 111.0, reference=100.0), firing=False).breached is True
    assert over.judge([], Point(START, 110.0, reference=100.0), firing=False).breached is False
    assert over.judge([], Point(START, 110.0, reference=None), firing=False).breached is None


def test_a_fall_against_last_week_is_a_breach() -> None:
    fall = condition({"kind": "change", "share": -0.2, "buckets": 7})
    before = [Point(START, 100.0)] * 7
    assert fall.judge(before, Point(START, 79.0), firing=False).breached is True
    assert fall.judge(before, Point(START, 81.0), firing=False).breached is False
    assert fall.judge(before[:6], Point(START, 1.0), firing=False).breached is None


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "belw_average"},
        {"kind": "below_average", "factor": "much"},
        {"kind": "below_average", "factor": 7},
        {"kind": "below_average", "factor": float("nan")},
        {"kind": "threshold", "side": "under", "limit": 1},
        {},
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InputError):
        condition(fields)
