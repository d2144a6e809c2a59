"""Rules as people keep them: listed, edited, acknowledged, snoozed; the two that come with the product."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.accounts.changes import Trail, fields
from app.accounts.models import User
from app.alerts import buckets, events
from app.alerts.conditions import condition
from app.alerts.evaluate import ALARMED, SEEN_TO, Policy, Standing, acknowledged, reopened, snoozed
from app.alerts.models import AlertEvent, AlertRule, AlertState
from app.alerts.series import filters, metrics
from app.data import schedules
from app.data.db import Database
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.route import choose
from app.errors import ConflictError, InputError, NotFound, unknown
from app.notify.message import CHANNELS, SEVERITIES
from app.notify.models import RecipientGroup
from app.text import t

LONGEST_SNOOZE = timedelta(days=30)
CHANGED, REMOVED, SEEN = "alert.changed", "alert.removed", "alert.seen"
GRAINS = ("hour", "day", "week", "month")


@dataclass(frozen=True)
class RuleView:
    """A rule with where it stands: one state a member, the worst first. `problem` says why it cannot be
    judged any more; its states are of before then."""

    rule: AlertRule
    states: Sequence[AlertState]
    owner: str
    group: RecipientGroup | None
    problem: str = ""

    @property
    def firing(self) -> Sequence[AlertState]:
        return [] if self.problem else [state for state in self.states if state.state in ALARMED]


def listed(database: Database) -> list[RuleView]:
    """Every rule: those that fire, those that cannot be judged, the others; the most severe first in each."""
    with database.session() as session:
        views = _views(session, select(AlertRule))
    return sorted(views, key=_rank)


def _rank(view: RuleView) -> tuple[bool, bool, int, str]:
    return not view.firing, not view.problem, -SEVERITIES.index(view.rule.severity), view.rule.title


def get(database: Database, rule_id: str) -> RuleView:
    """One rule. Raises: NotFound that suggests the nearest."""
    with database.session() as session:
        (view,) = _views(session, select(AlertRule).where(AlertRule.id == _rule(session, rule_id).id))
        return view


def policy(rule: AlertRule, zone: str) -> Policy:
    """The patience of a rule; without a zone of its own it keeps the organisation's hours."""
    return Policy(
        rule.breaches_to_fire,
        rule.clears_to_resolve,
        rule.minimum_volume,
        rule.cool_down,
        rule.quiet_from,
        rule.quiet_to,
        rule.time_zone or zone,
    )


def standing(row: AlertState) -> Standing:
    """A row as the state machine knows it."""
    bucket = buckets.read(row.bucket) if row.bucket else None
    return Standing(
        row.state,  # type: ignore[arg-type]
        bucket,
        row.since,
        row.breaches,
        row.clears,
        row.value,
        row.threshold,
        row.notified_at,
        row.snoozed_until,
        row.acknowledged_by,
    )


def add(database: Database, rule: AlertRule, trail: Trail) -> str:
    """Keep a new rule under a name made of its title. Raises: InputError."""
    check(rule)
    with database.session() as session:
        rule.id, rule.created_at = _free_id(session, rule.title), trail.clock.now()
        session.add(rule)
        session.flush()
        trail.note(session, CHANGED, rule.id, after=_told(session, rule))
        return rule.id


def edit(database: Database, rule_id: str, trail: Trail | None = None, **values: Any) -> None:
    """Change fields of a rule; numbers of the condition go in as `condition={...}`.

    Another metric, member, condition or least volume is judged anew, and so is a rule that was switched off:
    where it stood says nothing of now, and what passed meanwhile is no news. Raises: InputError, NotFound.
    """
    with database.session() as session:
        rule = _rule(session, rule_id)
        before, watched, slept = _told(session, rule), _watched(rule), not rule.enabled
        for name, value in values.items():
            setattr(rule, name, value)
        if values != {"enabled": False}:  # what cannot be judged any more can still be switched off
            check(rule)
        if _watched(rule) != watched or (slept and rule.enabled):
            session.execute(delete(AlertState).where(AlertState.rule_id == rule_id))
        if trail is not None:
            trail.note(session, CHANGED, rule.id, before, _told(session, rule))


def remove(database: Database, rule_id: str, trail: Trail) -> str:
    """Forget a rule and where it stands; what it said stays in the history. Raises: NotFound."""
    with database.session() as session:
        rule = _rule(session, rule_id)
        trail.note(session, REMOVED, rule.id, before=_told(session, rule))
        session.execute(delete(AlertState).where(AlertState.rule_id == rule_id))
        session.delete(rule)
        return rule.title


def using(database: Database, group_id: int) -> list[str]:
    """Titles of the rules that tell a group."""
    wanted = select(AlertRule.title).where(AlertRule.group_id == group_id).order_by(AlertRule.title)
    with database.session() as session:
        return list(session.scalars(wanted))


def _watched(rule: AlertRule) -> tuple[Any, ...]:
    asked = rule.metric, rule.by, tuple(rule.filters), rule.grain
    return *asked, condition(rule.condition), rule.minimum_volume


def _told(session: Session, rule: AlertRule) -> dict[str, Any]:
    """A rule as the audit log tells it: its group by name."""
    found = fields(rule)
    group = session.get(RecipientGroup, found.pop("group_id")) if rule.group_id else None
    return found | {"group": group.name if group else ""}


def _free_id(session: Session, title: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "rule"
    past = select(AlertEvent.rule_id).where(AlertEvent.rule_id.startswith(stem))
    taken = {
        *session.scalars(select(AlertRule.id).where(AlertRule.id.startswith(stem))),
        *session.scalars(past),
    }
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def check(rule: AlertRule) -> None:
    """Raises: InputError for whatever in a rule does not work, before it is kept."""
    if not 0 < len(rule.title.strip()) <= 200:
        raise InputError(t("alerts.title_wrong"))
    _check_question(rule)
    for kind, value, known in (
        ("severity", rule.severity, SEVERITIES),
        *(("channel", action, CHANNELS) for action in rule.actions),
    ):
        if value not in known:
            raise unknown(kind, value, known)
    _check_patience(rule)


def problem(rule: AlertRule) -> str:
    """Why a rule that was kept cannot be judged any more: what it asks for is not declared; else nothing."""
    try:
        _check_question(rule)
    except InputError as wrong:
        return wrong.message  # the names that are known are many, and in the form
    return ""


def _check_question(rule: AlertRule) -> None:
    """Raises: InputError for a metric, dimension, grain or condition that nothing answers."""
    judged = condition(rule.condition)
    if not rule.metric:
        raise InputError(t("alerts.no_metric"))
    for name in filter(None, (rule.metric, judged.reference)):
        METRICS.get(name)
    reached = catalogue.dimensions(rule.metric)
    for name in [*(f.dimension for f in filters(rule)), *filter(None, [rule.by])]:
        if name not in reached or name == "date":
            raise unknown("dimension", name, reached)
    if rule.grain not in GRAINS:
        raise unknown("grain", rule.grain, GRAINS)
    if rule.grain == "hour":
        _check_hours(rule)


def _check_hours(rule: AlertRule) -> None:
    """Raises: InputError for a metric that is not known by the hour, or not with what it is split by."""
    for name in metrics(rule):
        if not by_hour(name):
            raise InputError(t("alerts.no_hours", metric=METRICS.get(name).title))
        asked = ("hour", *filter(None, [rule.by]), *(f.dimension for f in filters(rule)))
        for measure in catalogue.measures(name):
            choose(measure.subject, asked)


def by_hour(metric: str) -> bool:
    """Whether a metric is known by the hour."""
    return metric in METRICS and "hour" in catalogue.dimensions(metric)


def _check_patience(rule: AlertRule) -> None:
    ranges = (
        ("breaches_to_fire", rule.breaches_to_fire, 1, 30),
        ("clears_to_resolve", rule.clears_to_resolve, 1, 30),
        ("cool_down", rule.cool_down, 0, 43200),
        ("minimum_volume", rule.minimum_volume, 0, 10**12),
    )
    for name, value, low, high in ranges:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InputError(t("alerts.number_wrong", name=t(f"alerts.field_{name}"), low=low, high=high))
    for text in filter(None, (rule.quiet_from, rule.quiet_to)):
        try:
            time.fromisoformat(text)
        except ValueError:
            raise InputError(t("alerts.time_wrong", text=text[:20])) from None
    if bool(rule.quiet_from) != bool(rule.quiet_to):
        raise InputError(t("alerts.time_half"))
    if rule.quiet_from and time.fromisoformat(rule.quiet_from) == time.fromisoformat(rule.quiet_to):
        raise InputError(t("alerts.time_same"))
    if rule.time_zone:
        schedules.checked_zone(rule.time_zone)


def acknowledge(database: Database, rule_id: str, member: str, trail: Trail) -> None:
    """Somebody has seen to it: no more is told of this firing. Raises: NotFound, ConflictError."""
    with database.session() as session:
        row = _standing_in(session, rule_id, member, ALARMED, "alerts.not_firing")
        if row.state == "acknowledged":
            raise ConflictError(t("alerts.seen_already", by=row.acknowledged_by))
        _see_to(session, row, "acknowledged", acknowledged(standing(row), trail.by), trail)


def reopen(database: Database, rule_id: str, member: str, trail: Trail) -> None:
    """Take back that somebody has seen to it or silenced it. Raises: NotFound, ConflictError."""
    with database.session() as session:
        row = _standing_in(session, rule_id, member, SEEN_TO, "alerts.not_seen_to")
        _see_to(session, row, "reopened", reopened(standing(row)), trail)


def snooze(database: Database, rule_id: str, member: str, hours: float, trail: Trail) -> None:
    """Silence until a time; if it still holds then, it is told again.

    Raises: InputError, NotFound, ConflictError.
    """
    span = timedelta(hours=hours)
    if not timedelta() < span <= LONGEST_SNOOZE:
        raise InputError(t("alerts.snooze_wrong", days=LONGEST_SNOOZE.days))
    with database.session() as session:
        row = _standing_in(session, rule_id, member, ALARMED, "alerts.not_firing")
        _see_to(session, row, "snoozed", snoozed(standing(row), trail.clock.now() + span, trail.by), trail)


def _standing_in(
    session: Session, rule_id: str, member: str, states: Sequence[str], otherwise: str
) -> AlertState:
    """Where a rule stands for a member. Raises: NotFound; ConflictError, in the words of a key, for a state
    that is none of these."""
    row = session.get(AlertState, (rule_id, member), with_for_update=True)
    if row is None:
        raise NotFound(t("alerts.gone", rule=rule_id))
    if row.state not in states:
        raise ConflictError(t(otherwise))
    return row


def _see_to(session: Session, row: AlertState, kind: str, now: Standing, trail: Trail) -> None:
    """Keep what a person made of an alarm, and who did it."""
    before = {"state": row.state, "until": row.snoozed_until}
    row.state, row.acknowledged_by, row.snoozed_until = now.state, now.acknowledged_by, now.snoozed_until
    events.seen_to(session, row, kind, trail.by, trail.clock.now())
    named = f"{row.rule_id}: {row.member}" if row.member else row.rule_id
    trail.note(session, SEEN, named, before, {"state": row.state, "until": row.snoozed_until})


def _views(session: Session, wanted: Select[Any]) -> list[RuleView]:
    """Rules with all that is shown of them, in two statements however many there are."""
    joined = (
        wanted.add_columns(User.email, RecipientGroup)
        .outerjoin(User, User.id == AlertRule.owner_id)
        .outerjoin(RecipientGroup, RecipientGroup.id == AlertRule.group_id)
    )
    found = session.execute(joined).all()
    states: dict[str, list[AlertState]] = {rule.id: [] for rule, _, _ in found}
    every = select(AlertState).where(AlertState.rule_id.in_(states)).order_by(AlertState.member)
    for state in session.scalars(every):
        states[state.rule_id].append(state)
    return [
        RuleView(
            rule,
            sorted(states[rule.id], key=lambda row: row.state not in ALARMED),
            owner or "",
            group,
            problem(rule),
        )
        for rule, owner, group in found
    ]


def _rule(session: Session, rule_id: str) -> AlertRule:
    rule = session.get(AlertRule, rule_id)
    if rule is None:
        known = session.scalars(select(AlertRule.id)).all()
        near = unknown("alert rule", rule_id, known or ["–"])
        raise NotFound(t("alerts.rule_gone", rule=rule_id), hint=near.hint)
    return rule
