"""A rule whose question nothing answers any more: who is told, and that the others are judged as before."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from dash import html
from sqlalchemy import select

from app.accounts.models import User
from app.alerts import events, rules
from app.alerts.check import check_all
from app.alerts.models import AlertRule
from app.cli import alerts as alerts_cli
from app.cli import main
from app.clock import FixedClock
from app.errors import InputError
from app.layouts.alert_banner import banner
from app.layouts.pages.alerts import body
from app.notify.models import InboxItem
from app.services import Services
from tests.integration.test_alert_page import MIA, _cells, _found, _offered
from tests.integration.test_alerts import TODAY, _at, watched

BUDGET = "budget-overspend"


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Services:
    return watched(database_url, tmp_path)


def _watches(services: Services, metric: str, minutes: int = 0) -> None:
    """The budget rule, which is Mia's, watches a metric that is declared or gone, some minutes later."""
    assert isinstance(services.clock, FixedClock)
    services.clock.instant = _at(TODAY) + timedelta(minutes=minutes)
    with services.database.session() as session:
        rule = session.get_one(AlertRule, BUDGET)
        rule.metric, rule.enabled, rule.by = metric, True, ""
        rule.condition = {"kind": "threshold", "side": "below", "limit": 1000}
        rule.owner_id = session.scalar(select(User.id).where(User.email == "mia@example.com"))


def _inbox(services: Services) -> list[tuple[str, str]]:
    with services.database.session() as session:
        told = select(User.email, InboxItem.title).join(User, User.id == InboxItem.user_id)
        return list(session.execute(told.order_by(InboxItem.id)))


def test_the_owner_is_told_once_each_time_and_the_others_are_judged(services: Services) -> None:
    _watches(services, "gone")
    first, second = ({one.rule_id: one for one in check_all(services)} for _ in range(2))
    assert [one[BUDGET].problem for one in (first, second)] == ["Unknown metric 'gone'."] * 2
    assert (first["conversion-drop"].judged, first["conversion-drop"].events) == (1, 1)
    told = ("mia@example.com", "Cannot be judged: Budget overspend")
    assert _inbox(services) == [told]
    _watches(services, "session_conversion_rate", minutes=1)
    assert {one.rule_id: one.problem for one in check_all(services)}[BUDGET] == ""
    _watches(services, "gone", minutes=2)
    check_all(services)
    assert _inbox(services) == [told, told]
    turns = [one for one in events.listed(services.database, BUDGET) if "judged" in one.kind]
    assert [(one.kind, one.at.minute) for one in turns] == [("unjudged", 2), ("judged", 1), ("unjudged", 0)]


def test_without_an_owner_the_admins_are_told(services: Services) -> None:
    _watches(services, "gone")
    with services.database.session() as session:
        session.get_one(AlertRule, BUDGET).owner_id = None
    check_all(services)
    assert _inbox(services) == [("ada@example.com", "Cannot be judged: Budget overspend")]


def test_the_command_names_the_rule_and_fails(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts_cli, "services", lambda: services)
    assert CliRunner().invoke(main, ["alerts", "check"]).exit_code == 0
    _watches(services, "gone")
    failed = CliRunner().invoke(main, ["alerts", "check", "--format", "json"])
    assert failed.exit_code == 1 and failed.stderr.endswith(f"reason beside each: {BUDGET}\n")
    listed = CliRunner().invoke(main, ["alerts", "list", "--format", "json"])
    states = {row["id"]: row["state"] for row in json.loads(listed.stdout)}
    assert states == {BUDGET: "cannot be judged", "conversion-drop": "firing"}


def test_the_page_says_so_in_place_of_where_it_stood(services: Services) -> None:
    _watches(services, "session_conversion_rate")
    check_all(services)
    assert _now(services).startswith("firing") and len(_offered(services, MIA)) == 4
    _watches(services, "gone")
    assert _now(services).startswith("cannot be judgedThis rule cannot be judged: Unknown metric 'gone'.")
    assert len(_offered(services, MIA)) == 2  # of the rule that fires beside it
    above = banner(services, MIA)
    assert above is not None and "and 1 more" not in str(above)


def _now(services: Services) -> str:
    """What the page says of where the budget rule stands."""
    (now,) = [
        row[1]
        for row in _cells(_found(body(services, MIA), html.Table)[0])
        if row[0].startswith("Budget overspend")
    ]
    return now


def test_it_can_be_switched_off_and_not_on_again(services: Services) -> None:
    _watches(services, "gone")
    rules.edit(services.database, BUDGET, enabled=False)
    assert not rules.get(services.database, BUDGET).rule.enabled
    with pytest.raises(InputError, match="gone"):
        rules.edit(services.database, BUDGET, enabled=True)
