"""The weekly report from frames to PDF against the renderer alone, and what 200 rules ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from app.accounts.changes import Trail
from app.accounts.models import User
from app.alerts import rules
from app.alerts.check import check_all
from app.alerts.models import AlertRule
from app.data.metrics import catalogue
from app.data.models import Load
from app.data.query.spec import MetricQuery
from app.reports import definitions, issue
from app.reports.compose import compose, questions
from app.reports.renderers import pdf
from app.services import Services
from tests.bench.company import EMAIL, BenchCompany
from tests.bench.verdict import Figure, Pair, Verdict, seconds

ROUNDS = 5
RULES = 200
METRICS = ("spend", "clicks", "sessions", "leads", "conversions", "cost_per_lead", "bounce_rate", "cpc")
BY_HOUR = ("spend", "clicks", "sessions")
MOST_SECONDS = 10.0


@dataclass
class Counted:
    """The reader of the warehouse, with every question that reaches it."""

    runner: Any
    asked: list[MetricQuery] = field(default_factory=list)

    def run(self, query: MetricQuery) -> Any:
        self.asked.append(query)
        return self.runner.run(query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runner, name)


def measure(company: BenchCompany) -> Iterator[Verdict]:
    """Seconds and ratio of the report; questions asked a distinct question of the rules."""
    services = company.services
    catalogue.load()
    yield from _report(services)
    _loaded(company)
    yield _rules(services)


def _report(services: Services) -> Iterator[Verdict]:
    report = _weekly(services)
    owner = definitions.owner(services.database, report)
    context = issue.context_of(services, report, owner, None)
    sections = issue.sections_of(report)
    answers = issue.answers_of(services.query, questions(sections, context))
    head = issue.head_of(services, report, owner)

    def whole() -> bytes:
        return pdf.file(compose(head, sections, answers, context))

    whole()  # fonts and templates are read once a process
    html = pdf.page(compose(head, sections, answers, context))
    pair = Pair.of(lambda: (seconds(whole), seconds(lambda: pdf.printed(html))), ROUNDS)
    yield Verdict(
        "report_to_pdf_seconds", round(pair.ours, 2), MOST_SECONDS, "the weekly report from answers to PDF",
        {"bytes": len(whole())},
    )  # fmt: skip
    yield pair.verdict("report_to_pdf", 2.0, "the same, against the renderer alone on the same page")


def _weekly(services: Services) -> Any:
    with services.database.session() as session:
        user = session.scalar(select(User.id).where(User.email == EMAIL))
    assert user is not None
    definitions.provide_weekly(services.database, services.clock, "UTC", user, [])
    return definitions.get(services.database, definitions.WEEKLY)


def _loaded(company: BenchCompany) -> None:
    """Every source was read today and is complete to yesterday: only complete data is judged."""
    services = company.services
    with services.database.session() as session:
        for number, source in enumerate(services.query.sources(), start=1):
            load = Load(
                id=number, source_id=source, stream="all", path="", rows=0, state="published",
                extracted_at=services.clock.now(), data_until=company.last, time_zone="UTC",
                published_version=1,
            )  # fmt: skip
            session.add(load)


def _rules(services: Services) -> Verdict:
    """Rules of eight metrics by the day and three by the hour, whole and by channel, each with a limit of its
    own."""
    trail = Trail(services.clock, "bench")
    for number in range(RULES):
        hourly, at = number % 2, number // 2
        named = BY_HOUR if hourly else METRICS
        rule = AlertRule(
            title=f"Rule {number}", metric=named[at % len(named)],
            by="channel" if at // len(named) % 2 else "", filters=[], grain="hour" if hourly else "day",
            condition={"kind": "threshold", "side": "below", "limit": float(-number - 1)},
            minimum_volume=0, breaches_to_fire=1, clears_to_resolve=1, cool_down=60, quiet_from="",
            quiet_to="", time_zone="", severity="low", actions=["inbox"], enabled=True,
        )  # fmt: skip
        rules.add(services.database, rule, trail)
    counted, checked = Counted(services.query), []
    taken = seconds(lambda: checked.extend(check_all(replace(services, query=counted))))
    unjudged = {one.problem for one in checked if one.problem}
    assert len(checked) == RULES and not unjudged, f"rules that were not judged: {unjudged}"
    distinct = len(set(counted.asked))
    figures: dict[str, Figure] = {
        "rules": RULES,
        "queries": len(counted.asked),
        "distinct": distinct,
        "seconds": round(taken, 2),
    }
    what = "questions that a check of all rules asks, against the distinct ones among them"
    return Verdict("alert_queries", len(counted.asked) / distinct, 1.0, what, figures)
