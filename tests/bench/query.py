"""The Executive dashboard's questions, and what the campaign table asks when a reader opens a channel, cold,
against the same SQL one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.clock import FixedClock
from app.data.query.runner import Runner
from app.data.query.spec import MetricQuery
from app.data.warehouse.snapshots import Snapshots
from app.layouts import board, campaign_table, drill
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.pages import campaigns
from app.periods import preset
from app.services import Services
from tests.bench.company import BenchCompany
from tests.bench.statements import Listening, Statement, bare
from tests.bench.verdict import Pair, Verdict, seconds

ROUNDS = 7
READER = Viewer(1, "bench@larkfield.example", "Bench", "executive", ROLES["executive"])
TABLE = "?range=last_year"  # the campaign table as it opens, over a year
CHANNEL = "Paid search"
Ask = Callable[[Runner], None]


def measure(company: BenchCompany) -> Iterator[Verdict]:
    snapshots = Snapshots(company.settings.warehouse_dir)
    services = replace(company.services, query=_runner(company, snapshots))
    level = below(services, TABLE, CHANNEL)
    yield _against_sql(
        company, snapshots, "executive_cold", "answers to every question of the Executive dashboard",
        lambda runner: ask_dashboard(replace(services, query=runner)),
    )  # fmt: skip
    yield _against_sql(
        company, snapshots, "drill_cold", "the campaign table asked and drawn one level down, over a year",
        lambda runner: ask_table(replace(services, query=runner), level),
    )  # fmt: skip
    snapshots.close()


def _against_sql(company: BenchCompany, snapshots: Snapshots, name: str, of: str, ask: Ask) -> Verdict:
    listening = Listening(snapshots)
    first = _runner(company, listening)
    listening.heard.clear()
    compiling = seconds(lambda: ask(first))
    statements = listening.different

    def turn() -> tuple[float, float]:
        cold = _runner(company, snapshots)
        return seconds(lambda: ask(cold)), seconds(lambda: bare(snapshots, statements))

    return Pair.of(turn, ROUNDS).verdict(
        name, 2.0, f"{of}, nothing cached, against the same SQL one after another",
        statements=len(statements), asked=len(listening.heard),
        first_with_compiling_ms=round(compiling * 1000, 1),
    )  # fmt: skip


def _runner(company: BenchCompany, snapshots: Any) -> Runner:
    """A runner without any answer, which knows its snapshot as after the first request to it."""
    made = Runner(snapshots, company.settings, FixedClock(datetime.now(UTC)))
    made.run(MetricQuery(("arpa",), preset("last_7_days", company.last)))
    return made


def statements_of(company: BenchCompany, snapshots: Snapshots, search: str) -> list[Statement]:
    """The SQL of the Executive dashboard's view at an address."""
    listening = Listening(snapshots)
    runner = _runner(company, listening)
    listening.heard.clear()
    ask_dashboard(replace(company.services, query=runner), search)
    return listening.different


def ask_dashboard(services: Services, search: str = "") -> None:
    context = board.context_of(services, READER, EXECUTIVE.id, search)
    answers = board.ask(services.query, EXECUTIVE.widgets(), context)
    wait(answers.values())
    problems = [problem for answer in answers.values() if (problem := answer.exception())]
    assert problems == []


def below(services: Services, search: str, member: str) -> str:
    """The query string that a click on a line of the campaign table leads to."""
    lines = campaign_table.show(search, services, READER).rows
    return next(str(line["href"]) for line in lines if line["label"] == member).removeprefix(drill.PATH)


def ask_table(services: Services, search: str) -> None:
    """What the page does for an address: every question, and the table drawn from the answers."""
    shown = campaign_table.show(search, services, READER)
    assert shown.error is None and campaigns.body(shown)
