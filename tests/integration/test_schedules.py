"""Schedules over clock changes, two schedulers, and time that was missed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, event

from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.alerts import defaults
from app.callbacks import schedules as actions
from app.clock import FixedClock
from app.data import job_runs, schedules
from app.data.db import Database
from app.data.migrate import upgrade
from app.data.models import JobRun
from app.data.query.spec import EVERYTHING
from app.data.schedule_models import Schedule
from app.errors import InputError, NotFound
from app.layouts.pages import schedules as page
from app.services import Services
from app.settings import Settings
from app.training import trainings
from tests.ad_company import AdCompany
from tests.table_services import NotedQueue
from tests.waiting import PATIENCE

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
ZONE = "America/New_York"
DAYS_OF_CHANGE = {  # the day of 25 hours and that of 23
    ZONE: (date(2026, 11, 1), date(2027, 3, 14)),
    "Europe/Berlin": (date(2026, 10, 25), date(2027, 3, 28)),
}
MIA = Viewer(1, "mia@example.com", "Mia", "admin", ROLES["admin"], EVERYTHING)


@pytest.fixture
def database(database_url: str) -> Database:
    upgrade(database_url)
    return Database(database_url)


def _add(database: Database, cron: str = "0 7 * * MON", zone: str = ZONE, now: datetime = NOW) -> int:
    return schedules.add(
        database, FixedClock(now), title="Weekly report", kind="report", cron=cron, time_zone=zone,
        arguments={"report_id": "weekly"},
    )  # fmt: skip


def _fired(cron: str, zone: str, day: date) -> int:
    """Runs from one local midnight to the next, each counted from the one before, as the scheduler does."""
    first, last = (
        datetime.combine(one, time(), ZoneInfo(zone)).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )
    at, count = schedules.next_firing(cron, zone, first - timedelta(seconds=1)), 0
    while at < last:
        at, count = schedules.next_firing(cron, zone, at), count + 1
    return count


def test_the_next_five_mondays_at_seven_keep_the_local_hour_over_the_clock_change() -> None:
    runs = schedules.next_runs("0 7 * * MON", ZONE, datetime(2027, 3, 1, 13, tzinfo=UTC))
    assert [f"{run:%m-%d %H:%M}" for run in runs] == [
        "03-08 12:00", "03-15 11:00", "03-22 11:00", "03-29 11:00", "04-05 11:00",
    ]  # fmt: skip


def test_a_local_minute_that_comes_twice_fires_once() -> None:
    runs = schedules.next_runs("30 1 * * *", ZONE, datetime(2026, 10, 31, 12, tzinfo=UTC))
    assert [f"{run:%m-%d %H:%M}" for run in runs[:2]] == ["11-01 05:30", "11-02 06:30"]


@pytest.mark.parametrize(
    ("cron", "fires"),
    [
        ("*/15 * * * *", ["05:45", "06:00", "06:15", "06:30", "06:45", "07:00"]),
        ("5 * * * *", ["06:05", "07:05"]),
        ("@hourly", ["06:00", "07:00"]),
        ("*/30 0-3 * * *", ["07:00", "07:30"]),  # names its hours, so each of its minutes comes once
    ],
)
def test_a_line_for_every_hour_keeps_its_pace_through_the_doubled_hour(cron: str, fires: list[str]) -> None:
    after = datetime(2026, 11, 1, 5, 35, tzinfo=UTC)  # 01:35, the first time
    runs = schedules.next_runs(cron, ZONE, after, len(fires))
    assert [f"{run:%H:%M}" for run in runs] == fires


@pytest.mark.parametrize("hours", ["*", "*/1", "0-23", "0-23/1", "0-11,12-23", "*,3"])
@pytest.mark.parametrize("zone", [ZONE, "Europe/Berlin"])
def test_every_hour_however_it_is_written_is_as_many_runs_as_the_day_has_hours(hours: str, zone: str) -> None:
    longest, shortest = DAYS_OF_CHANGE[zone]
    assert _fired(f"5 {hours} * * *", zone, longest) == 25
    assert _fired(f"5 {hours} * * *", zone, shortest) == 23
    assert _fired(f"*/15 {hours} * * *", zone, longest) == 100


@pytest.mark.parametrize("zone", [ZONE, "Europe/Berlin"])
@pytest.mark.parametrize(
    ("hours", "count"), [("*/2", 12), ("1-23/2", 12), ("*/3", 8), ("0-11", 12), ("0-22", 23)]
)
def test_hours_that_are_named_come_once_each_on_the_days_of_the_change(
    hours: str, count: int, zone: str
) -> None:
    """Half past an hour that the spring skips comes when the clock goes on, half an hour before the next."""
    for day in DAYS_OF_CHANGE[zone]:
        assert _fired(f"30 {hours} * * *", zone, day) == count


def test_every_second_hour_is_one_of_the_wall_clock() -> None:
    autumn = schedules.next_runs("0 */2 * * *", ZONE, datetime(2026, 11, 1, 3, tzinfo=UTC), 4)
    assert [f"{run:%H:%M}" for run in autumn] == ["04:00", "07:00", "09:00", "11:00"]  # 0, 2, 4, 6 there
    spring = schedules.next_runs("0 */2 * * *", ZONE, datetime(2027, 3, 14, 4, tzinfo=UTC), 4)
    assert [f"{run:%H:%M}" for run in spring] == ["05:00", "07:00", "08:00", "10:00"]  # 0, 3 for 2, 4, 6


def test_a_firing_in_the_hour_that_repeats_is_not_asked_for_again_when_counted_from_it() -> None:
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30, the first time
    assert schedules.next_firing("30 1 * * *", ZONE, first) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_a_local_minute_that_the_spring_skips_fires_when_the_clock_goes_on() -> None:
    (run,) = schedules.next_runs("30 2 * * *", ZONE, datetime(2027, 3, 14, 5, tzinfo=UTC), 1)
    assert run == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)  # 03:00 there


def test_every_quarter_of_an_hour_goes_on_through_the_night_of_the_change() -> None:
    runs = schedules.next_runs("*/15 * * * *", ZONE, datetime(2027, 3, 14, 6, 30, tzinfo=UTC), 3)
    assert [f"{run:%H:%M}" for run in runs] == ["06:45", "07:00", "07:15"]


@pytest.mark.parametrize("cron", ["", "every day", "61 * * * *", "0 7 * * MON extra words", "* * * * * *"])
def test_a_time_that_cannot_be_kept_is_refused(cron: str) -> None:
    with pytest.raises(InputError, match="no time that can be kept"):
        schedules.checked_cron(cron)


def test_a_day_that_never_comes_is_refused(database: Database) -> None:
    with pytest.raises(InputError, match="never comes"):
        _add(database, "0 0 31 2 *")


def test_an_unknown_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(InputError, match="Mars/Olympus"):
        _add(database, zone="Mars/Olympus")


def test_a_due_firing_is_owned_once_by_one_of_many_schedulers(database: Database) -> None:
    name = _add(database)
    due = NOW + timedelta(hours=3)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: schedules.claim_due(database, due), range(8)))
    owned = [firing for answer in answers for firing in answer]
    assert [firing.job_id for firing in owned] == [f"schedule-{name}-20261123T1200"]
    assert schedules.get(database, name).next_at == datetime(2026, 11, 30, 12, tzinfo=UTC)
    (job,) = job_runs.live(database)
    assert (job.kind, job.arguments, job.state) == ("report", {"report_id": "weekly"}, "queued")


def test_of_three_missed_weeks_the_newest_is_made_up_once(database: Database) -> None:
    name = _add(database)
    late = NOW + timedelta(days=16)
    (firing,) = schedules.claim_due(database, late)
    assert firing.at == datetime(2026, 12, 7, 12, tzinfo=UTC)
    assert schedules.claim_due(database, late) == []
    assert schedules.get(database, name).fired == 1


def test_a_paused_schedule_is_silent_and_makes_nothing_up_when_it_goes_on(database: Database) -> None:
    name = _add(database)
    schedules.pause(database, FixedClock(NOW), name, True)
    late = NOW + timedelta(days=16)
    assert schedules.claim_due(database, late) == []
    schedules.pause(database, FixedClock(late), name, False)
    assert schedules.claim_due(database, late) == []
    assert schedules.get(database, name).next_at == datetime(2026, 12, 14, 12, tzinfo=UTC)


def test_an_edit_moves_the_next_firing(database: Database) -> None:
    name = _add(database)
    schedules.edit(
        database, FixedClock(NOW), name, title=" Daily ", cron="0 8 * * *", time_zone="Europe/Berlin"
    )
    row = schedules.get(database, name)
    assert (row.title, row.next_at) == ("Daily", datetime(2026, 11, 24, 7, tzinfo=UTC))


def test_a_schedule_that_is_gone_is_said_so(database: Database) -> None:
    name = _add(database)
    with pytest.raises(NotFound):
        schedules.get(database, name + 1)


def test_a_run_that_was_asked_for_is_one_job_until_it_has_ended(database_url: str, tmp_path: Path) -> None:
    upgrade(database_url)
    services = _services(database_url, tmp_path)
    _start(services)
    database, asked = services.database, services.queue.jobs  # type: ignore[attr-defined]
    weekly = _add(database)
    for name, job_id in ((weekly, "report-weekly"), (_of(database, "train_churn"), "train-churn")):
        title, before = schedules.get(database, name).title, len(asked)
        for state in ("queued", "running"):
            said = [actions.do(services, MIA, "run", name) for _ in range(2)]
            already = f"“{title}” waits or runs already; it is not started twice."
            assert said == [f"“{title}” waits for a worker." if state == "queued" else already, already]
            _now(database, job_id, "running")
        assert len(asked) == before + 1
        _now(database, job_id, "done")
        assert "waits for a worker" in actions.do(services, MIA, "run", name)
        assert len(asked) == before + 2
        assert job_runs.numbered(database, job_id) == {1: "done", 2: "queued"}, "both stand in the history"
    trainings.ask(services, "train_churn", MIA.email)  # as the page of customers asks
    assert len([kind for kind, _ in asked if kind == "train_churn"]) == 2


def test_a_run_of_the_timetable_is_not_started_a_second_time(database_url: str, tmp_path: Path) -> None:
    upgrade(database_url)
    services = _services(database_url, tmp_path)
    name = _add(services.database)
    (firing,) = schedules.claim_due(services.database, NOW + timedelta(hours=4))
    assert "runs already" in actions.do(services, MIA, "run", name)
    _now(services.database, firing.job_id, "failed")
    assert "waits for a worker" in actions.do(services, MIA, "run", name)


def test_the_page_counts_runs_by_the_clock_one_as_one(database_url: str, tmp_path: Path) -> None:
    upgrade(database_url)
    services = _services(database_url, tmp_path)
    name = _add(services.database)

    def shown() -> str:
        return str(page.body(services, MIA))

    assert "'0 runs by the clock so far'" in shown()
    schedules.claim_due(services.database, NOW + timedelta(hours=4))
    assert schedules.get(services.database, name).fired == 1
    assert "'1 run by the clock so far'" in shown()
    schedules.claim_due(services.database, NOW + timedelta(days=8))
    assert "'2 runs by the clock so far'" in shown()


def _of(database: Database, kind: str) -> int:
    return next(row.id for row in schedules.listed(database) if row.kind == kind)


def _now(database: Database, job_id: str, state: str) -> None:
    with database.session() as session:
        session.get_one(JobRun, job_id).state = state


@pytest.mark.parametrize(
    ("provide", "kinds"),
    [
        (trainings.ensure, ["train_churn", "train_forecast", "train_week"]),
        (defaults.ensure, ["check_alerts"]),
    ],
)
def test_schedulers_that_start_at_once_provide_each_schedule_once(
    database_url: str, tmp_path: Path, provide: Callable[[Services], None], kinds: list[str]
) -> None:
    """All four have looked, and found none, before the first of them adds one."""
    upgrade(database_url)
    defaults.ensure(_services(database_url, tmp_path))
    with Database(database_url).session() as session:
        session.execute(delete(Schedule))  # only the rules are there
    gate = Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: provide(_services(database_url, tmp_path, gate)), range(4)))
    assert sorted(row.kind for row in schedules.listed(Database(database_url))) == kinds


def test_what_people_made_of_a_schedule_stands_when_the_scheduler_starts_again(
    database_url: str, tmp_path: Path
) -> None:
    upgrade(database_url)
    services = _services(database_url, tmp_path)
    _start(services)
    for row in schedules.listed(services.database):
        schedules.edit(
            services.database, services.clock, row.id, title="Ours", cron="0 1 * * *", time_zone=ZONE
        )
        schedules.pause(services.database, services.clock, row.id, True)
    _start(services)
    found = [(row.title, row.cron, row.paused) for row in schedules.listed(services.database)]
    assert found == [("Ours", "0 1 * * *", True)] * 4


def _start(services: Services) -> None:
    """What the scheduler provides before its first look."""
    defaults.ensure(services)
    trainings.ensure(services)


def _services(database_url: str, home: Path, gate: Barrier | None = None) -> Services:
    """Services with a connection of their own, which wait at the gate before they add the first schedule."""
    database, waiting = Database(database_url), [gate]

    @event.listens_for(database.engine, "before_cursor_execute")
    def wait(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT INTO schedule") and (at := waiting[0]) is not None:
            waiting[0] = None
            at.wait(timeout=PATIENCE)

    settings = Settings(home=home, time_zone="UTC")
    return Services(settings, FixedClock(NOW), database, AdCompany(), NotedQueue(database))
