"""What happened on the page of alerts: the newest of each rule, what people made of it, and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.alerts import buckets, events, rules, wording
from app.alerts.events import Past
from app.alerts.models import AlertEvent, AlertRule
from app.alerts.tell import visible
from app.layouts import told
from app.layouts.attributes import NAV
from app.layouts.told import Told
from app.notify.models import Delivery
from app.services import Services
from app.text import t
from app.units import MISSING, Units

LOOKS = {"firing": "n", "unjudged": "n", "resolved": "p", "judged": "p"}


def section(services: Services, viewer: Viewer, linked: str) -> list[Component]:
    """The heading, the table, and how many older events there are."""
    head = html.H2(t("alerts.history"), className="page-h2")
    known, limits = (
        {view.rule.id: view.rule for view in rules.listed(services.database)},
        viewer.scope.filters,
    )

    def may(rule_id: str, member: str) -> bool:
        return rule_id in known and visible(known[rule_id], member, limits)

    # A rule that is deleted is known by its id alone: of its events nobody can say whether they lie in a
    # scope, so that they are for those who see everything.
    past = events.past(services.database, may if limits else None, linked)
    if not past.events:
        return [
            head,
            html.P(t("alerts.history_none_scoped" if limits else "alerts.history_none"), className="muted"),
        ]
    for rule_id in {event.rule_id for event in past.events} - known.keys():
        known[rule_id] = AlertRule(id=rule_id, title=rule_id, metric="")
    return [head, _table(services, past.events, known), *_older(past, known, linked)]


def _older(past: Past, known: Mapping[str, AlertRule], linked: str) -> list[Component]:
    """How many events of which rule are not shown, and the way to them."""
    lines: list[Component] = []
    for rule_id, count in past.older.items():
        words = html.Bdi(t("alerts.history_older", rule=known[rule_id].title, count=count))
        more = _more(rule_id, count) if rule_id != linked else None
        lines.append(html.P([words, " ", more], className="muted"))
    return lines


def _more(rule_id: str, count: int) -> Component:
    words = t("alerts.history_more", count=min(count, events.OF_LINKED - events.PER_RULE))
    return html.A(words, href=f"/alerts?{urlencode({'rule': rule_id})}", className="btn btn-text", **NAV)


def _table(services: Services, shown: Sequence[AlertEvent], known: Mapping[str, AlertRule]) -> Component:
    sent = events.told(services.database, shown)
    columns = ("when", "what", "value", "threshold", "told")
    head = [html.Th(t(f"alerts.event_{name}"), className=f"c-{name}", scope="col") for name in columns]
    at_once = {
        (event.rule_id, event.member, event.at): buckets.read(event.bucket)
        for event in shown
        if wording.told_of(event)
    }
    rows = []
    for event in shown:
        rule, with_it = known[event.rule_id], at_once.get((event.rule_id, event.member, event.at))
        silence = wording.silence(rule, event.silenced, with_it, services.settings)
        who = _who(event, silence, sent.get(f"{event.rule_id}:{event.id}", ()))
        rows.append(_event(services, event, rule, who))
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table-look people-table")
    return html.Div(table, className="card table-card")


def _event(services: Services, event: AlertEvent, rule: AlertRule, who: Sequence[Component]) -> Component:
    look = LOOKS.get(event.kind, "w")
    currency, zone = services.settings.currency, services.settings.time_zone
    numbers = [wording.value_text(rule, value, currency) for value in (event.value, event.threshold)]
    if event.kind in (events.UNJUDGED, events.JUDGED):
        numbers = [MISSING, MISSING]  # it tells of the rule, not of a value
    what = [
        html.Div(
            [
                html.Bdi(wording.named(rule, event.member)),
                html.Span(t(f"alerts.event_{event.kind}"), className=f"badge-look {look}"),
            ],
            className="strong",
        ),
        html.Div(html.Bdi(event.text), className="sub wrap"),
    ]
    return html.Tr(
        [
            html.Td(Units().instant(event.at, zone), className="c-when"),
            html.Td(what, className="c-name"),
            html.Td(numbers[0], className="num"),
            html.Td(numbers[1], className="num"),
            html.Td(who, className="c-told"),
        ]
    )


def _who(event: AlertEvent, silence: str, sent: Sequence[Delivery]) -> list[Component]:
    """Who was told with which outcome; of what a person did nobody is."""
    if event.kind in (*events.SEEN_TO, events.JUDGED):
        return [html.Div(MISSING, className="sub")]
    if event.kind == events.UNJUDGED:
        return [html.Div(t("alerts.told_owner"), className="sub wrap")]
    lines: list[Component] = [html.Div(silence, className="sub wrap")] if silence else []
    alike: dict[tuple[str, str, str], list[str]] = {}
    for row in sent:
        alike.setdefault((row.channel, row.state, row.error), []).append(row.to)
    lines += told.lines(
        Told(channel, to, t(f"alerts.delivery_{state}"), error)
        for (channel, state, error), to in alike.items()
    )
    return lines or [html.Div(t("alerts.told_nobody"), className="sub")]
