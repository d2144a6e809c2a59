"""Reports over the made-up answers: one definition, its owner Alice, and names nobody should have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from app.data.metrics import catalogue
from app.data.query.frame import MetricFrame
from app.data.query.predictions import ForecastPoint
from app.data.query.spec import MetricQuery
from app.errors import PadError
from app.notify.models import RecipientGroup
from app.periods import Period
from app.reports import definitions
from app.reports.compose import Head, compose, questions
from app.reports.context import ReportContext
from app.reports.document import Document
from app.reports.section import SECTIONS, Section
from app.services import Services
from app.units import Units
from tests.fakes import FakeRunner, services

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
HOSTILE = "=HYPERLINK(\"http://evil\")<script>alert('x')</script>&\u202eevil"
EXECUTIVES = {"channel": "email", "to": "executives@example.com"}
MARKETING = {"channel": "slack", "to": "#marketing"}


@dataclass
class HostileRunner(FakeRunner):
    """Every member of every dimension has the same bad name."""

    name: str = HOSTILE

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        rows = [{**row, **dict.fromkeys(query.dimensions, self.name)} for row in frame.rows]
        return replace(frame, rows=rows)


def context(**more: Any) -> ReportContext:
    catalogue.load()
    return ReportContext(WEEK, Units(), "America/New_York", **more)


def predicted(at: int, value: float, low: float, high: float) -> ForecastPoint:
    """What a model said on Sunday of the day `at` days after the first of the week to come."""
    day = date(2026, 3, 9 + at)
    return ForecastPoint(day, at + 1, value, low, high, low - 1, high + 1, date(2026, 3, 8), "ets")


def coming() -> dict[str, tuple[ForecastPoint, ...]]:
    """A forecast of the week after: a count of each day, and a level."""
    return {
        "leads": tuple(predicted(at, 15.4, 11.0, 19.0) for at in range(7)),
        "mrr": tuple(predicted(at, 1000.0 + at, 900.0 - at, 1100.0 + at) for at in range(7)),
    }


def answers(runner: FakeRunner, sections: list[Section], asked: ReportContext) -> dict[Any, Any]:
    found: dict[MetricQuery, MetricFrame | PadError] = {}
    for query in questions(sections, asked):
        try:
            found[query] = runner.run(query)
        except PadError as problem:
            found[query] = problem
    return found


def document(runner: FakeRunner, only: str = "", **more: Any) -> Document:
    """A report of all sections, or of one."""
    sections = [section for section in SECTIONS if only in ("", section.id)]
    asked = context(**more)
    head = Head("weekly", "Weekly report", "Larkfield", "Alice Keller", "https://pad.example")
    return compose(head, sections, answers(runner, sections, asked), asked)


def weekly(home: Path, runner: FakeRunner | None = None, **settings: Any) -> Services:
    """Services with the weekly report, owned by Alice, and a group of recipients."""
    made = services(home, runner)
    made = replace(made, settings=replace(made.settings, secret_key="only for tests", **settings))
    with made.database.session() as session:
        session.add(RecipientGroup(name="Board", members=[{"channel": "email", "to": "carol@example.com"}]))
    definitions.provide_weekly(made.database, made.clock, "America/New_York", 1, [EXECUTIVES, MARKETING])
    return made
