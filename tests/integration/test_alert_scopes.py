"""Whoever may see a part of the company sees the rules that tell of that part alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.models import RowScope, User
from app.alerts import defaults
from app.alerts.models import AlertEvent, AlertRule
from app.alerts.tell import recipients, visible
from app.callbacks import alerts
from app.data.query.spec import Filter, Scope
from app.errors import AccessDenied
from app.layouts import alert_ids as ids
from app.layouts.alert_banner import banner
from app.layouts.pages.alerts import body
from app.notify.channels import senders
from app.notify.dispatch import Desk, send_one
from app.notify.models import Delivery
from app.services import Services
from tests.integration.test_alert_page import MIA, _fired, _page, _rule
from tests.integration.test_report_pages import text_of
from tests.report_case import weekly

NARROW = Scope((Filter("platform", ("google_ads",)),))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = weekly(tmp_path)
    defaults.ensure(made)
    return made


@pytest.mark.parametrize(
    ("filters", "by", "member", "may"),
    [
        (["platform=google_ads"], "", "", True),
        (["platform=google_ads,meta_ads"], "", "", False),
        (["platform!=google_ads"], "", "", False),
        (["platform!=meta_ads"], "", "", False),  # and a platform that comes later is shown too
        (["device!=mobile", "platform=google_ads"], "", "", True),
        (["device=mobile"], "", "", False),
        (["platform!=meta_ads"], "platform", "google_ads", True),
        (["platform!=google_ads"], "platform", "meta_ads", False),
        (["platform=google_ads"], "platform", "", True),
        ([], "platform", "", False),
        ([], "platform", "google_ads", True),
    ],
)
def test_a_rule_is_seen_where_all_that_it_tells_lies_within_the_scope(
    filters: list[str], by: str, member: str, may: bool
) -> None:
    rule = AlertRule(id="x", title="X", metric="sessions", by=by, filters=filters)
    assert visible(rule, member, NARROW.filters) is may


def test_a_filter_that_leaves_the_readers_part_out_shows_the_reader_nothing(services: Services) -> None:
    """Neither on the page nor above a dashboard, nor by message, nor by one that waits meanwhile."""
    rule = _rule(services, by="", filters=["platform!=google_ads"], actions=["inbox"])
    _fired(services, rule, "")
    with services.database.session() as session:
        alice = session.scalars(select(User).where(User.email == "alice@example.com")).one()
        session.add(RowScope(user_id=alice.id, dimension="platform", value="google_ads"))
        (queued,) = session.scalars(select(Delivery))
    narrow = replace(MIA, scope=NARROW)
    assert "Few visits" in _page(services) and "Few visits" in text_of(banner(services, MIA))
    assert "Few visits" not in text_of(body(services, narrow)) and banner(services, narrow) is None
    for verb in (*ids.VERBS, *ids.ASKED):
        with pytest.raises(AccessDenied):
            alerts.do(services, narrow, verb, rule.id, "")
    with services.database.session() as session:
        (event,) = session.scalars(select(AlertEvent))
        assert recipients(session, rule, event) == []
    made = senders(services.settings, services.database, services.clock)
    assert (
        send_one(Desk(services.database, services.clock, made, services.settings.home), queued.id) == "failed"
    )
    with services.database.session() as session:
        error = session.get_one(Delivery, queued.id).error
    assert "alice@example.com" in error and "platform = google_ads" in error


def test_a_rule_that_was_not_judged_yet_is_seen_where_it_lies_within_the_scope(services: Services) -> None:
    narrow = replace(MIA, scope=NARROW)
    _rule(services, filters=["platform=google_ads"])
    shown = text_of(body(services, narrow))
    assert "Few visits" in shown and "not judged yet" in shown
    assert "Conversion drop" not in shown  # of the whole company, and not judged either


def test_a_reader_of_a_part_is_not_told_that_there_are_no_rules_and_no_firings(services: Services) -> None:
    _fired(services, _rule(services), "google_ads")
    narrow = text_of(body(services, replace(MIA, scope=Scope((Filter("platform", ("meta_ads",)),)))))
    assert "No rule lies within what you may see." in narrow
    assert "No rule has fired yet within what you may see." in narrow
    assert "There is no rule yet" not in narrow and "No rule has fired yet." not in narrow
