"""The Executive dashboard's questions and one drill-down, cold, against the same SQL one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.data.query.execute import Cursor
from app.data.query.runner import Runner
from app.data.query.spec import Filter, MetricQuery
from app.data.warehouse.snapshots import Snapshots
from app.layouts import board
from app.layouts.dashboards.executive import EXECUTIVE
from app.periods import preset
from tests.bench.company import BenchCompany
from tests.bench.verdict import Pair, Verdict, seconds

ROUNDS = 7
READER = Viewer(1, "bench@larkfield.example", "Bench", "executive", ROLES["executive"])
Statement = tuple[str, Any]
Ask = Callable[[BenchCompany, Runner], None]


@dataclass
class Listening:
    """The published warehouse, remembering what it was asked."""

    inner: Snapshots
    heard: list[Statement] = field(default_factory=list)

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        with self.inner.cursor() as cursor:
            yield _Heard(cursor, self.heard)


@dataclass(frozen=True)
class _Heard:
    inner: Cursor
    heard: list[Statement]

    @property
    def version(self) -> int:
        return self.inner.version

    def execute(self, sql: str, parameters: object = None) -> Any:
        self.heard.append((sql, parameters))
        return self.inner.execute(sql, parameters)


def measure(company: BenchCompany) -> Iterator[Verdict]:
    snapshots = Snapshots(company.settings.warehouse_dir)
    for name, ask in (("executive_cold", _ask_dashboard), ("drill_cold", _ask_drill)):
        yield _against_sql(company, snapshots, name, ask)
    snapshots.close()


def _against_sql(company: BenchCompany, snapshots: Snapshots, name: str, ask: Ask) -> Verdict:
    listening = Listening(snapshots)
    first = _runner(company, listening)
    listening.heard.clear()
    compiling = seconds(lambda: ask(company, first))
    statements = list({repr(entry): entry for entry in listening.heard}.values())

    def turn() -> tuple[float, float]:
        cold = _runner(company, snapshots)
        return seconds(lambda: ask(company, cold)), seconds(lambda: _bare(snapshots, statements))

    return Pair.of(turn, ROUNDS).verdict(
        name, 2.0, statements=len(statements), asked=len(listening.heard),
        first_with_compiling_ms=round(compiling * 1000, 1),
    )  # fmt: skip


def _runner(company: BenchCompany, snapshots: Any) -> Runner:
    """A runner without any answer, which knows its snapshot as after the first request to it."""
    made = Runner(snapshots, company.settings)
    made.run(MetricQuery(("arpa",), preset("last_7_days", company.last)))
    return made


def _ask_dashboard(company: BenchCompany, runner: Runner) -> None:
    services = replace(company.services, query=runner)
    context = board.context_of(services, READER, EXECUTIVE.id, "")
    answers = board.ask(runner, EXECUTIVE.widgets(), context)
    wait(answers.values())
    problems = [problem for answer in answers.values() if (problem := answer.exception())]
    assert problems == []


def _ask_drill(company: BenchCompany, runner: Runner) -> None:
    """From a channel to its campaigns, over a year."""
    metrics = ("spend", "clicks", "ctr", "conversions", "roas")
    chosen = Filter("channel", ("Paid search",))
    runner.run(MetricQuery(metrics, preset("last_year", company.last), ("campaign",), filters=(chosen,)))


def _bare(snapshots: Snapshots, statements: list[Statement]) -> None:
    with snapshots.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values).fetchall()
