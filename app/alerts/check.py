"""The live check: each distinct question once, each rule through the state machine, events and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.alerts import buckets, events, moments, rules, series, wording
from app.alerts.conditions import condition
from app.alerts.evaluate import QUIET_HOURS, Event, Policy, Standing, advance, quiet_until
from app.alerts.models import AlertEvent, AlertRule, AlertState
from app.alerts.rules import RuleView
from app.alerts.tell import tell, tell_owner
from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.errors import PadError
from app.periods import DAY
from app.services import Services

log = structlog.get_logger(__name__)

CATCH_UP = 14  # buckets that a check goes back for, so that rules that were judged lately ask the same
CATCH_UP_HOURS = 72
FURTHEST = 90  # days that it goes back for after a longer pause


@dataclass(frozen=True)
class Checked:
    """What came of one rule; `problem` when its question cannot be answered."""

    rule_id: str
    judged: int = 0
    events: int = 0
    problem: str = ""


def check_all(
    services: Services, told: Callable[[float], None] = lambda _share: None, only: str = ""
) -> list[Checked]:
    """Judge every rule that is switched on, or the one that is named.

    Raises: NotFound for an unknown name.
    """
    found = [rules.get(services.database, only)] if only else rules.listed(services.database)
    watched = [view for view in found if view.rule.enabled or only]
    answers: dict[MetricQuery, MetricFrame | PadError] = {}
    results = []
    for number, view in enumerate(watched, start=1):
        results.append(_check(services, view, answers))
        told(number / len(watched))
    return results


def _check(services: Services, view: RuleView, answers: dict[MetricQuery, MetricFrame | PadError]) -> Checked:
    rule = view.rule
    if view.problem:
        log.warning("alert rule cannot be judged", rule=rule.id, problem=view.problem)
        return _kept(services, rule, lambda session: _unjudged(services, session, view))
    try:
        frame = _answer(services, question(services, view), answers)
        history = series.history(rule, frame, moments.reached(services, rule, frame))
    except PadError as problem:
        log.warning("alert rule cannot be judged", rule=rule.id, problem=str(problem))
        return Checked(rule.id, problem=str(problem))
    return _kept(services, rule, lambda session: _judge(services, session, rule, history))


def _kept(services: Services, rule: AlertRule, work: Callable[[Session], Checked]) -> Checked:
    """What came of a rule, in one commit."""
    try:
        with services.database.session() as session:
            return work(session)
    except (IntegrityError, OperationalError) as problem:  # another check writes the same at this moment
        log.info("alert rule left to another check", rule=rule.id, problem=type(problem).__name__)
        return Checked(rule.id)


def _unjudged(services: Services, session: Session, view: RuleView) -> Checked:
    """The owner is told when it becomes so, not at each check."""
    if events.turned(session, view.rule.id, view.problem, services.clock.now()):
        tell_owner(services, session, view)
    return Checked(view.rule.id, problem=view.problem)


def question(services: Services, view: RuleView) -> MetricQuery:
    """What is asked to judge the newest buckets, after an outage all that passed since the last check."""
    rule = view.rule
    last = series.newest_day(rule, services.clock.today(services.settings.time_zone))
    ripe = last - METRICS.get(rule.metric).matures * DAY
    judged = [date.fromisoformat(state.bucket[:10]) for state in view.states if state.bucket]
    oldest = max(min(judged, default=ripe), ripe - FURTHEST * DAY)
    usual = CATCH_UP_HOURS if rule.grain == "hour" else CATCH_UP
    return series.question(rule, last, back=max(usual, series.count(rule, oldest, ripe)))


def _answer(
    services: Services, query: MetricQuery, answers: dict[MetricQuery, MetricFrame | PadError]
) -> MetricFrame:
    """The answer of a question, asked once a check. Raises: PadError, also when it was refused before."""
    if query not in answers:
        try:
            answers[query] = services.query.run(query)
        except PadError as problem:
            answers[query] = problem
    found = answers[query]
    if isinstance(found, PadError):
        raise found
    return found


def _judge(services: Services, session: Session, rule: AlertRule, history: series.History) -> Checked:
    rows = {
        row.member: row
        for row in session.scalars(select(AlertState).where(AlertState.rule_id == rule.id).with_for_update())
    }
    policy, judged, count = rules.policy(rule, services.settings.time_zone), 0, 0
    events.turned(session, rule.id, "", services.clock.now())
    for member in series.members(history, list(rows)):
        before = rules.standing(rows[member]) if member in rows else Standing()
        after, came = advance(
            policy,
            condition(rule.condition),
            before,
            history.series.get(member, {}),
            history.buckets,
            services.clock.now(),
            history.known,
        )
        judged += after.bucket != before.bucket
        fresh = [event for event in came if not _noted(session, rule, member, event)]
        for event in fresh:
            _note(services, session, rule, member, event, policy, history)
        after = after if after.since else replace(after, since=services.clock.now())
        _keep(session, rows.get(member), rule.id, member, after)
        count += len(fresh)
    return Checked(rule.id, judged, count)


def _noted(session: Session, rule: AlertRule, member: str, event: Event) -> bool:
    """Whether it was said before: a rule that is judged anew comes by its newest buckets a second time."""
    same = {"rule_id": rule.id, "member": member, "bucket": buckets.text(event.bucket), "kind": event.kind}
    return session.scalar(select(AlertEvent.id).filter_by(**same)) is not None


def _note(
    services: Services,
    session: Session,
    rule: AlertRule,
    member: str,
    event: Event,
    policy: Policy,
    history: series.History,
) -> None:
    row = AlertEvent(
        rule_id=rule.id,
        member=member,
        bucket=buckets.text(event.bucket),
        kind=event.kind,
        at=event.at,
        value=event.value,
        threshold=event.threshold,
        as_of=history.as_of,
        text=wording.text(rule, event, member, services.settings),
        silenced=event.silenced,
    )
    session.add(row)
    session.flush()
    if event.silenced in ("", QUIET_HOURS) and not (member and event.kind == "no_data"):
        later = quiet_until(policy, event.at) if event.silenced else None
        tell(services, session, rule, row, history.series.get(member, {}), not_before=later)


def _keep(session: Session, row: AlertState | None, rule_id: str, member: str, now: Standing) -> None:
    if row is None:
        row = AlertState(rule_id=rule_id, member=member)
        session.add(row)
    row.state, row.breaches, row.clears = now.state, now.breaches, now.clears
    row.bucket = buckets.text(now.bucket) if now.bucket else ""
    row.value, row.threshold = now.value, now.threshold
    row.notified_at, row.snoozed_until = now.notified_at, now.snoozed_until
    row.acknowledged_by = now.acknowledged_by
    assert now.since is not None
    row.since = now.since
