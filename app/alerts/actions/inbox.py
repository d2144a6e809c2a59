"""An alert in the inbox of the product."""

from __future__ import annotations

from app.alerts.actions.base import ACTIONS, Action, plain
from app.alerts.wording import Notice
from app.notify.outbox import Draft


def draft(notice: Notice, to: str) -> Draft:
    return plain(notice, "inbox", to)


ACTIONS.add(Action("inbox", draft))
