"""Leaving a list without an account: a signed link that names the address and the report."""

from __future__ import annotations

from collections.abc import Iterable

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clock import Clock
from app.data.db import Database
from app.errors import InputError
from app.notify.models import Unsubscription
from app.settings import Settings
from app.text import t

PATH = "/unsubscribe/"
SALT = "unsubscribe"


def link(settings: Settings, address: str, report_id: str) -> str:
    """Where this address leaves this report."""
    token = _signer(settings).dumps([address.strip().lower(), report_id])
    return f"{settings.address}{PATH}{token}"


def headers(address: str) -> tuple[tuple[str, str], ...]:
    """By which a mail program offers the link as its own button; one click needs TLS (RFC 8058)."""
    found = (("List-Unsubscribe", f"<{address}>"),)
    if not address.startswith("https://"):
        return found
    return (*found, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))


def read(settings: Settings, token: str) -> tuple[str, str]:
    """Address and report of a link. Raises: InputError for one that we did not sign."""
    try:
        address, report_id = _signer(settings).loads(token)
    except (BadData, ValueError):
        raise InputError(t("reports.unsubscribe_bad"), hint=t("reports.unsubscribe_bad_text")) from None
    return str(address), str(report_id)


def leave(database: Database, clock: Clock, address: str, report_id: str) -> None:
    """Write that an address wants no more; twice is once."""
    try:
        with database.session() as session:
            session.add(Unsubscription(address=address.lower(), report_id=report_id, at=clock.now()))
    except IntegrityError:
        return


def left(database: Database, report_id: str) -> frozenset[str]:
    """The addresses that want no more of a report."""
    with database.session() as session:
        rows = session.scalars(
            select(Unsubscription.address).where(Unsubscription.report_id == report_id)
        ).all()
    return frozenset(rows)


def come_back(session: Session, addresses: Iterable[str], report_id: str) -> None:
    """Forget, in the caller's transaction, that addresses left: the owner put them on the list again."""
    session.execute(
        delete(Unsubscription).where(
            Unsubscription.address.in_([address.lower() for address in addresses]),
            Unsubscription.report_id == report_id,
        )
    )


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt=SALT)
