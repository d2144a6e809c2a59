"""The source of record: whose rows count for a subject, so that two web analytics are never added.

The first source that brings a subject becomes its source of record; a line in the table that was written
before decides otherwise. Loads of another source stay in staging for reconciliation and enter no number.
Ads are not listed: spend of several platforms does add up.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.data.models import SourceOfRecord
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
