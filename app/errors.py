"""One taxonomy of errors: each names the bad thing, says what is wrong, and gives the way out."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from app.text import t


class PadError(Exception):
    """Base of every error that the product raises on purpose.

    `status` is the HTTP status a web edge answers with; `hint` is the way out, one sentence.
    """

    status = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class DefinitionError(PadError):
    """A metric, dashboard, setting or plug-in is declared wrongly: the process refuses to start."""


class SettingError(DefinitionError):
    """A setting is missing or wrong."""


class InputError(PadError):
    """What a person or a client sent cannot be used as it is."""

    status = 400


class NotFound(InputError):
    """The named object does not exist, or the asker may not know that it does."""

    status = 404


class AccessDenied(PadError):
    """The asker lacks a permission, or the answer lies outside the asker's scope."""

    status = 403


class DataUnavailable(PadError):
    """The data that would answer is not there: a state to show, never a zero."""

    status = 200


class SourceError(PadError):
    """A platform could not be read.

    `reason` is what to mend: 'sign_in' (the credentials), 'account' (which account, or the right to it),
    'unreachable' (address or network), 'busy' (nothing: wait); empty when it is something else.
    """

    status = 502
    reason = ""

    def __init__(self, message: str, *, hint: str = "", reason: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason or self.reason


def mendable(problem: PadError) -> str:
    """What is to be mended at a platform: the `reason` of a `SourceError`, else 'other'."""
    return getattr(problem, "reason", "") or "other"


class SourceTransient(SourceError):
    """Worth another try: a throttle, a time-out, a 5xx; `retry_after` in seconds, when it was said."""

    reason = "busy"

    def __init__(
        self, message: str, *, hint: str = "", retry_after: float | None = None, reason: str = ""
    ) -> None:
        super().__init__(message, hint=hint, reason=reason)
        self.retry_after = retry_after


class SourcePermanent(SourceError):
    """No retry will help: refused sign-in, unknown field, missing right."""


class QualityError(PadError):
    """Received rows failed the gate as a whole (nothing was loaded)."""


class ConflictError(PadError):
    """Somebody else is doing the same thing, or changed it meanwhile."""

    status = 409


class ModelFailed(PadError):
    """A model found no answer for these numbers; others may."""


class QueueUnavailable(PadError):
    """The job queue cannot be reached; work waits, pages still open."""

    status = 503


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """An error for a name that is not in a list: names it, suggests the nearest, lists the rest.

    `kind` is a word of the catalogue's `names`, such as 'metric'.
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = t("names.near", name=near[0]) if near else t("names.known", names=", ".join(names))
    return InputError(t("names.unknown", kind=t(f"names.{kind}"), name=name), hint=hint)
