"""Who is told of an event: the rule's group and its owner, as they wish, and only what they may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import preferences as kept
from app.accounts import scopes
from app.accounts.models import User
from app.accounts.permissions import ALERTS, ROLES
from app.alerts import buckets, picture, wording
from app.alerts.actions.base import ACTIONS
from app.alerts.buckets import Bucket
from app.alerts.conditions import Point
from app.alerts.models import AlertEvent, AlertRule, AlertState
from app.alerts.rules import RuleView
from app.alerts.series import filters
from app.alerts.wording import Notice
from app.data.query.spec import Filter
from app.notify import outbox, preferences
from app.notify.inbox import InboxSender, owners
from app.notify.message import Message
from app.notify.models import RecipientGroup
from app.notify.outbox import Draft
from app.services import Services
from app.text import t


def tell(
    services: Services,
    session: Session,
    rule: AlertRule,
    event: AlertEvent,
    points: Mapping[Bucket, Point],
    *,
    not_before: datetime | None = None,
) -> int:
    """Queue a message to everybody who is to know, in the caller's transaction; how many. `points` are the
    values that led to it."""
    told = recipients(session, rule, event)
    notice = notice_of(services, session, rule, event)
    if event.kind == "firing" and any(channel != "inbox" for channel, _ in told):
        shown = picture.kept(services, rule, points, buckets.read(event.bucket))
        notice = replace(notice, picture=shown)
    drafts = [ACTIONS.get(channel).draft(notice, to) for channel, to in told]
    for draft in drafts:
        outbox.add(session, services.clock, replace(draft, not_before=not_before), domain=domain(services))
    return len(drafts)


def tell_owner(services: Services, session: Session, view: RuleView) -> None:
    """Who owns a rule hears in the inbox that it cannot be judged any more, in the caller's transaction."""
    text = t("alerts.text_unjudged", reason=view.problem)
    title, link = wording.title(view.rule, "unjudged", ""), _link(services, view.rule)
    sender = InboxSender(services.database, services.clock)
    for email in owners(session, view.owner):
        sender.put(session, Message("inbox", email, title, text, link=link, severity="high"))


def notice_of(services: Services, session: Session, rule: AlertRule, event: AlertEvent) -> Notice:
    """An event as every channel tells it."""
    owner = session.get(User, rule.owner_id) if rule.owner_id else None
    return Notice(
        rule_id=rule.id,
        event_id=event.id,
        title=wording.title(rule, event.kind, event.member),
        text=event.text,
        link=_link(services, rule),
        severity=rule.severity if event.kind == "firing" else "low",
        owner=owner.email if owner else "",
        shown=tuple(shown(rule, event.member).items()),
    )


def recipients(session: Session, rule: AlertRule, event: AlertEvent) -> list[tuple[str, str]]:
    """Channel and address of everybody who is told. A channel that is not set up is no reason to be silent:
    its message fails, which stands in the log and is told to the rule's owner."""
    group = session.get(RecipientGroup, rule.group_id) if rule.group_id else None
    entries = [(entry["channel"], entry["to"]) for entry in (group.members if group else [])]
    found = dict.fromkeys((channel, to) for channel, to in entries if channel in rule.actions)
    return [(channel, to) for channel, to in found if _may_and_wants(session, rule, event, channel, to)]


def _link(services: Services, rule: AlertRule) -> str:
    """Where a rule stands on the page."""
    return f"{services.settings.address}/alerts?rule={rule.id}"


def domain(services: Services) -> str:
    """What stands behind the @ of a Message-ID."""
    sender = services.settings.smtp_from or services.settings.smtp_user
    return sender.rpartition("@")[2] if "@" in sender else ""


def _may_and_wants(session: Session, rule: AlertRule, event: AlertEvent, channel: str, to: str) -> bool:
    user = session.scalar(select(User).where(func.lower(User.email) == to.lower()))
    if user is None:
        return channel != "inbox"
    if user.disabled or ALERTS not in ROLES.get(user.role, frozenset()):
        return False
    if not visible(rule, event.member, scopes.scope_of(session, user.id).filters):
        return False
    choice = kept.of(session, user.id).get(preferences.NAME)
    return preferences.wanted(choice, channel, rule.severity)


def visible(rule: AlertRule, member: str, limits: Sequence[Filter]) -> bool:
    """Whether all that a rule tells of a member lies within what a scope allows; without a member all that it
    tells of any."""
    return scopes.covers(limits, shown(rule, member))


def shown(rule: AlertRule, member: str) -> dict[str, tuple[str, ...]]:
    """What a rule tells of a member, or without one of any: dimension -> members. A filter that leaves
    members out shows all others, also those that nobody knows yet, and so names none."""
    pinned = {entry.dimension: entry.values for entry in filters(rule) if not entry.negate}
    return pinned | ({rule.by: (member,)} if rule.by and member else {})


def test_drafts(services: Services, rule: AlertRule, to: str) -> list[Draft]:
    """The rule's message as a test: to one person, and to the places (Slack channels) of its group."""
    with services.database.session() as session:
        group = session.get(RecipientGroup, rule.group_id) if rule.group_id else None
        stands = select(AlertState).where(AlertState.rule_id == rule.id).order_by(AlertState.member)
        state = session.scalars(stands).first()
    places = [entry["to"] for entry in (group.members if group else []) if entry["channel"] == "slack"]
    currency = services.settings.currency
    words = t(
        "alerts.text_test",
        metric=wording.watched(rule, state.member if state else ""),
        day=wording.day(rule, buckets.read(state.bucket), services.settings) if state else "–",
        value=wording.value_text(rule, state.value if state else None, currency),
        threshold=wording.value_text(rule, state.threshold if state else None, currency),
    )
    title, link = wording.title(rule, "test", ""), _link(services, rule)
    notice = Notice(rule.id, 0, title, words, link, rule.severity, to)
    asked = [(channel, one) for channel in rule.actions for one in (places if channel == "slack" else [to])]
    occasion = f"test {services.clock.now().isoformat()}"
    return [
        replace(ACTIONS.get(channel).draft(notice, one), occasion=occasion, subject_id=f"{rule.id}:test")
        for channel, one in asked
    ]
