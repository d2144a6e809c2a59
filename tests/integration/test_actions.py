"""What somebody promised to do: its state, owner and due day can be changed, it can be deleted, and
all of it is audited."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.accounts import audit
from app.accounts.changes import Trail
from app.clock import FixedClock
from app.data import actions
from app.errors import InputError, NotFound
from app.layouts import ids
from app.services import Services
from tests.demo_company import Site
from tests.fakes import NOW, services
from tests.visits import pressed

ALICE = Trail(FixedClock(NOW), "alice@example.com")


@pytest.fixture
def made(tmp_path: Path) -> Services:
    return services(tmp_path)


def item(made: Services, number: int) -> actions.ActionEntry:
    return next(entry for entry in actions.listed(made.database) if entry.id == number)


def test_an_item_goes_to_work_with_a_new_owner_and_day(made: Services) -> None:
    day = date(2026, 4, 1)
    actions.change(made.database, 1, ALICE, state="in_work", owner_id=2, due=day)
    found = item(made, 1)
    assert (found.state, found.owner, found.due) == ("in_work", "Bob Meyer", day)


def test_an_item_may_lose_its_owner_and_its_day(made: Services) -> None:
    actions.change(made.database, 2, ALICE, state="waiting", owner_id=None, due=None)
    found = item(made, 2)
    assert (found.state, found.owner, found.due) == ("waiting", "", None)


def test_a_done_item_goes_to_the_end_of_the_list(made: Services) -> None:
    actions.change(made.database, 2, ALICE, state="done", owner_id=2, due=None)
    assert [entry.id for entry in actions.listed(made.database)] == [1, 3, 2]


def test_two_who_tick_an_item_at_one_time_leave_it_done(site: Site) -> None:
    database = site.services.database
    number = actions.add(database, "Call back", ALICE, owner_id=None, due=None)
    for person in ("executive", "admin"):  # each page was drawn while it was open
        assert pressed(site, person, ids.action_done(number, "done")).status_code == 200
    (found,) = [entry for entry in actions.listed(database) if entry.id == number]
    assert found.state == "done"


def test_an_unknown_state_is_refused_and_the_known_ones_are_listed(made: Services) -> None:
    with pytest.raises(InputError, match="Unknown state 'finished'"):
        actions.change(made.database, 1, ALICE, state="finished", owner_id=1, due=None)
    assert item(made, 1).state == "open"


def test_an_owner_who_is_no_user_is_refused(made: Services) -> None:
    with pytest.raises(InputError, match="no longer a user"):
        actions.change(made.database, 1, ALICE, state="open", owner_id=99, due=None)


def test_an_item_that_is_gone_says_so(made: Services) -> None:
    with pytest.raises(NotFound, match="no longer there"):
        actions.change(made.database, 99, ALICE, state="open", owner_id=None, due=None)


def noted(made: Services) -> list[tuple[str, str, str, str]]:
    found = audit.every(made.database, audit.AuditFilter())
    return [(entry.actor, entry.action, entry.object, entry.detail) for entry in found][3:]  # of the company


def test_every_change_of_an_item_is_in_the_audit_log_and_no_change_is_not(made: Services) -> None:
    by = Trail(FixedClock(NOW), "bob@example.com")
    number = actions.add(made.database, " Call  back ", by, owner_id=1, due=date(2026, 4, 1))
    actions.change(made.database, number, by, state="waiting", owner_id=2, due=None)
    actions.change(made.database, number, by, state="waiting", owner_id=2, due=None)
    actions.complete(made.database, number, by, done=True)
    actions.remove(made.database, number, by)
    assert noted(made) == [
        ("bob@example.com", action, "Call back", detail)
        for action, detail in (
            ("action.changed", "owner: – → alice@example.com; due: – → 2026-04-01; state: – → open"),
            (
                "action.changed",
                "owner: alice@example.com → bob@example.com; due: 2026-04-01 → –; state: open → waiting",
            ),
            ("action.changed", "state: waiting → done"),
            ("action.removed", "owner: bob@example.com → –; state: done → –"),
        )
    ]


def test_a_deleted_item_is_gone_and_cannot_be_deleted_again(made: Services) -> None:
    actions.remove(made.database, 2, ALICE)
    assert [entry.id for entry in actions.listed(made.database)] == [1, 3]
    with pytest.raises(NotFound, match="no longer there"):
        actions.remove(made.database, 2, ALICE)
