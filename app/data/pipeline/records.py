"""The source of record: whose rows count for a subject, so that two web analytics are never added.

The first source that brings a subject becomes its source of record, unless one was decided on before. Loads
of another source stay in staging for reconciliation and enter no number.
Ads are not listed: spend of several platforms does add up.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.data.models import Load, SourceOfRecord
from app.data.query.execute import Cursor
from app.errors import ConflictError
from app.text import t

SUBJECTS = {
    "web": ("fact_session", "fact_session_hour", "fact_landing", "fact_visitor_window"),
    "crm": ("fact_lead", "fact_opportunity", "fact_touch"),
    "subscriptions": ("fact_subscription",),
    "invoices": ("fact_invoice",),
    "account_activity": ("fact_activity",),
}


def refusal(session: Session, source_id: str, tables: Iterable[str]) -> str:
    """Why rows of a source may not enter; empty when it is, or becomes, the source of record of them."""
    carried = set(tables)
    for subject, facts in SUBJECTS.items():
        if carried.isdisjoint(facts):
            continue
        record = _record(session, subject, source_id)
        if record != source_id:
            return t("pipeline.not_of_record", record=record, subject=subject, source=source_id)
    return ""


def effective(session: Session) -> dict[str, str | None]:
    """The source of record by subject; None where the first that brings it will be."""
    kept = {line.subject: line.source_id for line in session.scalars(select(SourceOfRecord))}
    return {subject: kept.get(subject) for subject in SUBJECTS}


def decide(session: Session, cursor: Cursor, subject: str, source_id: str) -> None:
    """Make a source the one of record of a subject; loads of it that were kept aside wait for the publisher.

    Raises: ConflictError when rows of another source are in the warehouse: both would be added.
    """
    if others := sorted(_holders(cursor, subject) - {source_id}):
        named = ", ".join(others)
        raise ConflictError(
            t("pipeline.record_held", others=named, subject=subject, source=source_id),
            hint=t("pipeline.record_held_hint"),
        )
    session.merge(SourceOfRecord(subject=subject, source_id=source_id))
    aside = Load.source_id == source_id, Load.state == "quarantined"
    session.execute(update(Load).where(*aside).values(state="waiting"))


def _holders(cursor: Cursor, subject: str) -> set[str]:
    each = " UNION ".join(f"SELECT source_id FROM {fact}" for fact in SUBJECTS[subject])
    return {source for (source,) in cursor.execute(each).fetchall()}


def _record(session: Session, subject: str, source_id: str) -> str:
    known = session.get(SourceOfRecord, subject)
    if known is None:
        try:
            with session.begin_nested():
                session.add(SourceOfRecord(subject=subject, source_id=source_id))
            return source_id
        except IntegrityError:  # another publisher was faster
            session.expire_all()
            known = session.get_one(SourceOfRecord, subject)
    return known.source_id
