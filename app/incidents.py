"""Unexpected errors: logged once, with a reference that the person sees and can pass on."""

from __future__ import annotations

import secrets

import structlog

KNOWN = "incident_reference"  # of an error that was reported
_log = structlog.get_logger("app.incidents")


def report(error: BaseException, **where: str) -> str:
    """Logs an error that nobody foresaw and returns its reference, such as 7F3A-91C2.

    Each place that it passes on its way out may report it: it is logged once and has one reference.
    """
    known: str = getattr(error, KNOWN, "")
    if known:
        return known
    digits = secrets.token_hex(4).upper()
    reference = f"{digits[:4]}-{digits[4:]}"
    _log.error("unexpected error", reference=reference, exc_info=error, **where)
    setattr(error, KNOWN, reference)
    return reference
