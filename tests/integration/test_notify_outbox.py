"""The book-keeping around the channels: once, in doubt, again, and who is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts import audit
from app.accounts.changes import Trail
from app.accounts.models import RowScope, User
from app.accounts.permissions import REPORTS
from app.clock import FixedClock
from app.data.db import Database
from app.data.migrate import upgrade
from app.errors import ConflictError, InputError
from app.notify import dispatch, outbox
from app.notify.dispatch import Desk
from app.notify.inbox import InboxSender
from app.notify.message import DeliveryError, Message, Receipt
from app.notify.models import Delivery, InboxItem

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DRAFT = outbox.Draft(
    "alert", "conversion-drop", "2026-11-22", "email", "mia@example.com", "Conversion fell", "1.9%",
    owner="owner@example.com",
)  # fmt: skip


@dataclass
class Post:
    """A channel that keeps what it was handed and can end in any way."""

    problem: DeliveryError | None = None
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        if self.problem is not None:
            raise self.problem
        self.sent.append(message)
        return Receipt()


@dataclass
class Office:
    """A desk with a channel that is watched."""

    desk: Desk
    clock: FixedClock
    post: Post

    def row(self, delivery_id: int) -> Delivery:
        with self.desk.database.session() as session:
            found = session.get(Delivery, delivery_id)
            assert found is not None
            return found

    def told(self, email: str) -> list[str]:
        with self.desk.database.session() as session:
            mine = select(InboxItem.title).join(User, User.id == InboxItem.user_id).where(User.email == email)
            return list(session.scalars(mine))


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    upgrade(database_url)
    database, clock, post = Database(database_url), FixedClock(NOW), Post()
    with database.session() as session:
        for email, role in (("owner@example.com", "analyst"), ("admin@example.com", "admin")):
            session.add(User(email=email, name=email, role=role, password_hash="x", created_at=NOW))
    senders = {"email": post, "inbox": InboxSender(database, clock)}
    return Office(Desk(database, clock, senders, tmp_path), clock, post)


def _queued(office: Office, *drafts: outbox.Draft) -> list[int]:
    return outbox.queue(office.desk.database, office.clock, drafts or (DRAFT,))


def test_the_same_message_twice_is_one_delivery(office: Office) -> None:
    assert _queued(office) == _queued(office)
    assert dispatch.drain(office.desk) == {"sent": 1}
    assert _queued(office) and dispatch.drain(office.desk) == {}
    assert [message.to for message in office.post.sent] == ["mia@example.com"]


def test_success_is_written_only_after_the_server_accepted(office: Office) -> None:
    (name,) = _queued(office)
    states: list[str] = []
    office.post.send = lambda message: (states.append(office.row(name).state), Receipt())[1]  # type: ignore[method-assign]
    dispatch.drain(office.desk)
    assert states == ["sending"] and office.row(name).state == "sent"
    assert office.row(name).sent_at == NOW


def test_a_passing_failure_waits_and_then_gives_up_and_tells_the_owner(office: Office) -> None:
    (name,) = _queued(office)
    office.post.problem = DeliveryError("busy", "transient")
    assert dispatch.drain(office.desk) == {"waiting": 1}
    assert dispatch.drain(office.desk) == {}  # not before a minute has passed
    for _ in range(4):
        office.clock.instant += timedelta(hours=1)
        dispatch.drain(office.desk)
    assert (office.row(name).state, office.row(name).attempts) == ("failed", 5)
    assert office.told("owner@example.com") == ["Not delivered: Conversion fell"]


def test_a_throttle_is_waited_for_as_long_as_it_said(office: Office) -> None:
    _queued(office)
    office.post.problem = DeliveryError("busy", "transient", retry_after=600)
    dispatch.drain(office.desk)
    office.post.problem = None
    office.clock.instant += timedelta(seconds=599)
    assert dispatch.drain(office.desk) == {}
    office.clock.instant += timedelta(seconds=1)
    assert dispatch.drain(office.desk) == {"sent": 1}


def test_a_doubt_is_never_sent_again_by_itself(office: Office) -> None:
    (name,) = _queued(office)
    office.post.problem = DeliveryError("died after DATA", "unknown")
    assert dispatch.drain(office.desk) == {"unknown": 1}
    office.post.problem = None
    office.clock.instant += timedelta(days=2)
    assert dispatch.drain(office.desk) == {} and office.post.sent == []
    assert office.told("owner@example.com") == ["Not known whether it arrived: Conversion fell"]
    outbox.again(office.desk.database, Trail(office.clock, "owner@example.com"), name)
    assert dispatch.drain(office.desk) == {"sent": 1}


def test_a_process_that_died_while_sending_leaves_a_doubt(office: Office) -> None:
    (name,) = _queued(office)

    def die(_message: Message) -> Receipt:
        raise KeyboardInterrupt

    office.post.send = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        dispatch.drain(office.desk)
    assert office.row(name).state == "sending"
    assert not dispatch.pending(office.desk.database, office.clock.now())
    office.clock.instant += timedelta(minutes=1)
    assert dispatch.pending(office.desk.database, office.clock.now())
    assert dispatch.drain(office.desk) == {"unknown": 1} and office.post.sent == []
    assert office.told("owner@example.com") == ["Not known whether it arrived: Conversion fell"]


def test_without_an_owner_the_admins_are_told(office: Office) -> None:
    _queued(office, replace(DRAFT, owner=""))
    office.post.problem = DeliveryError("no", "permanent")
    dispatch.drain(office.desk)
    assert office.told("admin@example.com") == ["Not delivered: Conversion fell"]
    assert office.told("owner@example.com") == []


def test_the_inbox_is_written_with_the_state(office: Office) -> None:
    _queued(office, replace(DRAFT, channel="inbox", to="Owner@Example.com"))
    assert dispatch.drain(office.desk) == {"sent": 1}
    assert office.told("owner@example.com") == ["Conversion fell"]


def test_a_person_who_may_no_longer_sign_in_is_told_nothing(office: Office) -> None:
    (mail,) = _queued(office, replace(DRAFT, to="owner@example.com", owner=""))
    with office.desk.database.session() as session:
        owner = session.scalar(select(User).where(User.email == "owner@example.com"))
        assert owner is not None
        owner.disabled = True
    assert dispatch.drain(office.desk) == {"failed": 1}
    assert "no longer" in office.row(mail).error and office.post.sent == []


def test_a_file_outside_the_data_folder_is_not_sent(office: Office) -> None:
    (name,) = _queued(
        office, replace(DRAFT, files=(outbox.FileRef("x", "text/plain", "../../etc/hostname"),))
    )
    assert dispatch.drain(office.desk) == {"failed": 1}
    assert office.post.sent == [] and office.row(name).error == "The file x of this message is gone."


def test_what_was_sent_cannot_be_sent_again_by_mistake(office: Office) -> None:
    (name,) = _queued(office)
    dispatch.drain(office.desk)
    with pytest.raises(ConflictError):
        outbox.again(office.desk.database, Trail(office.clock, "owner@example.com"), name)
    assert audit.actions(office.desk.database) == []


def test_an_unknown_channel_is_refused_at_once(office: Office) -> None:
    with pytest.raises(InputError, match="channel 'emial'"):
        _queued(office, replace(DRAFT, channel="emial"))


NORTH = (("region", ("North",)),)


def _narrowed(office: Office, *regions: str, role: str = "analyst") -> str:
    """A person who may see some regions only."""
    with office.desk.database.session() as session:
        ned = User(email="ned@example.com", name="Ned", role=role, password_hash="x", created_at=NOW)
        session.add(ned)
        session.flush()
        session.add_all(RowScope(user_id=ned.id, dimension="region", value=one) for one in regions)
    return "ned@example.com"


@pytest.mark.parametrize("channel", ["email", "inbox"])
def test_who_may_see_less_than_the_owner_gets_nothing_and_the_owner_hears_why(
    office: Office, channel: str
) -> None:
    to = _narrowed(office, "North")
    (row,) = _queued(office, replace(DRAFT, channel=channel, to=to, permission=REPORTS))
    dispatch.drain(office.desk)
    found = office.row(row)
    assert found.state == "failed"
    assert found.error.startswith("ned@example.com may see only region = North, and this shows more")
    assert office.post.sent == [] and office.told(to) == []
    assert office.told("owner@example.com") == ["Not delivered: Conversion fell"]


def test_who_may_see_all_that_is_shown_gets_it(office: Office) -> None:
    to = _narrowed(office, "North", "South")
    (row,) = _queued(office, replace(DRAFT, to=to, permission=REPORTS, shown=NORTH))
    dispatch.drain(office.desk)
    assert office.row(row).state == "sent"


def test_a_scope_that_is_narrowed_while_a_message_waits_counts(office: Office) -> None:
    later = NOW + timedelta(hours=2)
    draft = replace(DRAFT, to="ned@example.com", permission=REPORTS, shown=NORTH, not_before=later)
    (row,) = _queued(office, draft)
    _narrowed(office, "South")
    office.clock.instant = later
    dispatch.drain(office.desk)
    assert office.row(row).state == "failed" and office.post.sent == []


def test_who_lost_the_right_to_reports_gets_nothing(office: Office) -> None:
    to = _narrowed(office, role="visitor")
    (row,) = _queued(office, replace(DRAFT, to=to, permission=REPORTS))
    dispatch.drain(office.desk)
    assert "has no right to see this any more (role: visitor)" in office.row(row).error
    assert office.post.sent == []
