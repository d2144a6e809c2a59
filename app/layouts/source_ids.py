"""Component ids of the Sources page and its dialog."""

from __future__ import annotations

from dash import ALL

from app.layouts.ids import Id

LIST = "sources-list"
POLL = "sources-poll"
JOBS = "sources-jobs"
MESSAGE = "sources-message"
DIALOG = "source-dialog"
TARGET = "source-target"
PROBLEM = "source-problem"
BACKFILL_START = "backfill-start"
BACKFILL_END = "backfill-end"
BACKFILL_GO = "backfill-go"
TRIAL = "source-trial"
VERDICT = "source-verdict"
CREDENTIALS_SAVE = "credentials-save"
CONNECT_SAVE = "connect-save"
CHOOSE = "sources-choose"
ADDRESS = "base_url"  # a field beside those of the credentials
VERBS = ("backfill", "test", "credentials")  # those that open the dialog
CARD, RESULT = "card", "result"  # where a button stands


def button(verb: str, source: str, place: str = CARD) -> Id:
    """A button of a source: sync, backfill, test, credentials or connect."""
    return {"type": f"source-{verb}", "source": source, "place": place}


def any_button(verb: str) -> Id:
    """The buttons of a verb, of whatever source."""
    return {"type": f"source-{verb}", "source": ALL, "place": ALL}


def field(name: str) -> Id:
    """A field of the credentials."""
    return {"type": "credential-field", "name": name}


FIELD_ANY: Id = {"type": "credential-field", "name": ALL}
