"""Passwords: Argon2 hashes, the rule for new ones, and a check that takes as long for unknown people."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from app.errors import InputError
from app.text import t

LEAST = 12
MOST = 256

_hasher = PasswordHasher()


def require_good(password: str, email: str) -> None:
    """Refuse a password that is too short, too long, or says who it belongs to.

    Raises: InputError.
    """
    if len(password) < LEAST:
        raise InputError(t("login.password_short", least=LEAST), hint=t("login.password_hint"))
    if len(password) > MOST:
        raise InputError(t("login.password_long", most=MOST))
    local = email.split("@")[0].lower()
    if len(set(password)) < 5 or (len(local) > 3 and local in password.lower()):
        raise InputError(t("login.password_guessable"), hint=t("login.password_hint"))


def hashed(password: str) -> str:
    """The Argon2 hash to keep."""
    return _hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether a password belongs to a stored hash."""
    try:
        return _hasher.verify(stored, password[: MOST + 1])
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def invented() -> str:
    """A new random password that a person can type."""
    return "-".join(secrets.token_hex(2) for _ in range(5))


@cache
def decoy() -> str:
    """A hash nobody knows the password of: verified for unknown people, so that they cost the same time."""
    return hashed(secrets.token_urlsafe(24))
