"""Unexpected errors: logged once, with a reference that the person sees and can pass on."""

from __future__ import annotations

import secrets

import structlog

_log = structlog.get_logger("app.incidents")


def report(error: BaseException, **where: str) -> str:
    """Logs an error that nobody foresaw and returns its reference, such as 7F3A-91C2."""
    digits = secrets.token_hex(4).upper()
    reference = f"{digits[:4]}-{digits[4:]}"
    _log.error("unexpected error", reference=reference, exc_info=error, **where)
    return reference
