"""What happened to rules: what was judged, what people made of alarms, and when a rule cannot be judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, true, tuple_
from sqlalchemy.orm import Session

from app.alerts import buckets
from app.alerts.models import AlertEvent, AlertState
from app.data.db import Database
from app.notify.models import Delivery
from app.text import t

UNJUDGED, JUDGED = "unjudged", "judged"
SEEN_TO = ("acknowledged", "snoozed", "reopened")
PER_RULE = 10  # newest of each rule, so that many of one hide none of another
OF_LINKED = 200  # newest of the rule that a link names
_SECOND = "%Y-%m-%dT%H:%M:%SZ"  # what a person does twice within it is done once

May = Callable[[str, str], bool]  # rule and member -> whether the reader may see what is told of them


@dataclass(frozen=True)
class Past:
    """The newest events of each rule, the newest of all first, and how many older ones each rule has."""

    events: Sequence[AlertEvent]
    older: Mapping[str, int]


def listed(database: Database, rule_id: str = "", limit: int = 50) -> Sequence[AlertEvent]:
    """What happened to all rules or to one, the newest first."""
    wanted = select(AlertEvent).order_by(AlertEvent.at.desc(), AlertEvent.id.desc()).limit(limit)
    if rule_id:
        wanted = wanted.where(AlertEvent.rule_id == rule_id)
    with database.session() as session:
        return session.scalars(wanted).all()


def firing(database: Database, rule_id: str, member: str) -> AlertEvent | None:
    """The newest firing of a rule for a member."""
    wanted = select(AlertEvent).filter_by(rule_id=rule_id, member=member, kind="firing")
    with database.session() as session:
        return session.scalars(wanted.order_by(AlertEvent.at.desc(), AlertEvent.id.desc())).first()


def past(database: Database, may: May | None = None, linked: str = "") -> Past:
    """The newest of each rule among those that a reader may see (None: all), and more of the linked rule."""
    newest_first = (AlertEvent.at.desc(), AlertEvent.id.desc())
    place = func.row_number().over(partition_by=AlertEvent.rule_id, order_by=newest_first)
    most = case((AlertEvent.rule_id == linked, OF_LINKED), else_=PER_RULE)
    with database.session() as session:
        seen = _seen(session, may)
        ranked = select(AlertEvent.id, place.label("place")).where(seen).subquery()
        shown = select(AlertEvent).join(ranked, ranked.c.id == AlertEvent.id).where(ranked.c.place <= most)
        events = session.scalars(shown.order_by(*newest_first)).all()
        count = select(AlertEvent.rule_id, func.count()).where(seen).group_by(AlertEvent.rule_id)
        every = dict(session.execute(count).all())
    for event in events:
        every[event.rule_id] -= 1
    return Past(events, {rule_id: number for rule_id, number in every.items() if number > 0})


def _seen(session: Session, may: May | None) -> ColumnElement[bool]:
    """The events that a reader may see, as a condition: what is hidden takes no place of what is shown."""
    if may is None:
        return true()
    told = select(AlertEvent.rule_id, AlertEvent.member).distinct()
    pairs = [(rule_id, member) for rule_id, member in session.execute(told) if may(rule_id, member)]
    return tuple_(AlertEvent.rule_id, AlertEvent.member).in_(pairs)


def told(database: Database, events: Sequence[AlertEvent]) -> dict[str, list[Delivery]]:
    """Deliveries of these events, by what they tell of (`rule:event`), the newest first."""
    subjects = [f"{event.rule_id}:{event.id}" for event in events]
    wanted = select(Delivery).where(Delivery.kind == "alert", Delivery.subject_id.in_(subjects))
    found: dict[str, list[Delivery]] = {}
    with database.session() as session:
        for row in session.scalars(wanted.order_by(Delivery.at.desc(), Delivery.id.desc())):
            found.setdefault(row.subject_id, []).append(row)
    return found


def seen_to(session: Session, row: AlertState, kind: str, by: str, at: datetime) -> None:
    """Note what a person made of an alarm; a second press within the same second is the first."""
    named = {"rule_id": row.rule_id, "member": row.member, "bucket": at.strftime(_SECOND), "kind": kind}
    if session.scalar(select(AlertEvent.id).filter_by(**named)) is None:
        text = t(f"alerts.text_{kind}", by=by)
        session.add(AlertEvent(**named, at=at, value=row.value, threshold=row.threshold, text=text))


def turned(session: Session, rule_id: str, problem: str, at: datetime) -> bool:
    """Note that a rule cannot be judged any more, or again without a `problem`; whether that is new."""
    turns = select(AlertEvent.kind).where(
        AlertEvent.rule_id == rule_id, AlertEvent.kind.in_((UNJUDGED, JUDGED))
    )
    last = session.scalar(turns.order_by(AlertEvent.id.desc()).limit(1)) or JUDGED
    kind = UNJUDGED if problem else JUDGED
    if kind == last:
        return False
    text = t("alerts.text_unjudged", reason=problem) if problem else t("alerts.text_judged")
    session.add(AlertEvent(rule_id=rule_id, bucket=buckets.text(at), kind=kind, at=at, text=text))
    session.flush()
    return True
