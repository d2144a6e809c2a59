"""What the product brings along: the two rules of its specification, their groups, and the hourly check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import AuditEntry, User
from app.alerts.models import AlertRule
from app.alerts.rules import REMOVED
from app.data import schedules
from app.notify.models import RecipientGroup
from app.queue import requests
from app.services import Services
from app.text import t

HOURLY = "5 * * * *"


@dataclass(frozen=True)
class Told:
    """Who hears of a rule that comes with the product: the roles of its people, and a channel."""

    name: str
    roles: tuple[str, ...]
    channel: str


# Record 3.5 says which roles stand for the teams of the specification.
GROUPS = {
    "conversion-drop": Told("marketing", ("marketing_manager", "campaign_specialist", "admin"), "#marketing"),
    "budget-overspend": Told("budget", ("campaign_specialist", "executive", "admin"), "#marketing"),
}


def ensure(services: Services) -> None:
    """The rules, their groups and the schedule that come with the product, once."""
    try:
        _provide(services)
    except IntegrityError:  # another scheduler provides the same at this moment: what it wrote stands
        _provide(services)
    zone = services.settings.time_zone
    schedules.provide(services.database, services.clock, requests.CHECK_ALERTS, HOURLY, zone)


def _provide(services: Services) -> None:
    """Rules and groups, all in one commit, so that who comes second finds the whole of it or nothing."""
    with services.database.session() as session:
        removed = select(AuditEntry.object).where(AuditEntry.action == REMOVED)
        gone = set(session.scalars(removed))  # what a person deleted stays away
        for rule in _defaults():
            if session.get(AlertRule, rule.id) is None and rule.id not in gone:
                rule.created_at = services.clock.now()
                rule.group_id = _group(session, rule.id).id
                session.add(rule)
                session.flush()


def _defaults() -> list[AlertRule]:
    """Conversion rate below 0.7 times its average; a campaign's day above 1.1 times its budget.

    Both end after two good days only, past a margin: a campaign that stands at its threshold would else be
    told of every other day. A campaign of a few units of money overspends by rounding.
    """
    patience: dict[str, Any] = {
        "filters": [],
        "grain": "day",
        "breaches_to_fire": 1,
        "clears_to_resolve": 2,
        **dict.fromkeys(("quiet_from", "quiet_to", "time_zone"), ""),
        "actions": ["email", "slack", "inbox"],
        "enabled": True,
    }
    return [
        AlertRule(
            id="conversion-drop",
            title=t("alerts.default_conversion"),
            metric="session_conversion_rate",
            by="",
            condition={"kind": "below_average", "factor": 0.7, "days": 28, "margin": 0.1},
            minimum_volume=500,
            cool_down=2880,
            severity="medium",
            **patience,
        ),
        AlertRule(
            id="budget-overspend",
            title=t("alerts.default_budget"),
            metric="spend",
            by="campaign",
            condition={"kind": "above_share_of", "metric": "daily_budget", "share": 1.1, "margin": 0.05},
            minimum_volume=10,
            cool_down=1440,
            severity="high",
            **patience,
        ),
    ]


def _group(session: Session, rule_id: str) -> RecipientGroup:
    """People by inbox and e-mail, and one channel, under the name of the rule's group."""
    wanted = GROUPS[rule_id]
    name = t(f"alerts.group_{wanted.name}")
    group = session.scalar(select(RecipientGroup).where(RecipientGroup.name == name))
    if group is not None:
        return group
    able = select(User.email).where(User.role.in_(wanted.roles), ~User.disabled)
    people = session.scalars(able.order_by(User.email)).all()
    members = [{"channel": channel, "to": email} for email in people for channel in ("inbox", "email")]
    group = RecipientGroup(name=name, members=[*members, {"channel": "slack", "to": wanted.channel}])
    session.add(group)
    session.flush()
    return group
