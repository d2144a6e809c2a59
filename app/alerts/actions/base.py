"""An action turns a notice into a draft for one recipient; the outbox does the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.accounts.permissions import ALERTS
from app.alerts.wording import Notice
from app.notify.outbox import Draft
from app.registry import Registry


@dataclass(frozen=True)
class Action:
    """A way to tell people; its id is the channel that it uses."""

    id: str
    draft: Callable[[Notice, str], Draft]


ACTIONS: Registry[Action] = Registry("action", "app.alerts.actions")


def plain(notice: Notice, channel: str, to: str, html: str = "") -> Draft:
    """A draft with the notice's words."""
    return Draft(
        kind="alert",
        subject_id=f"{notice.rule_id}:{notice.event_id}",
        occasion=str(notice.event_id),
        channel=channel,
        to=to,
        title=notice.title,
        text=notice.text,
        html=html,
        link=notice.link,
        severity=notice.severity,
        owner=notice.owner,
        permission=ALERTS if notice.event_id else "",
        shown=notice.shown,
        files=(notice.picture,) if notice.picture and channel != "inbox" else (),
    )
