"""How many SQL statements a dashboard costs: a ceiling one can justify, and equal questions once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import event

from app.accounts import users
from app.data.query.execute import Cursor
from app.data.query.runner import Runner
from app.data.warehouse.snapshots import Snapshots
from app.layouts.board import ask, context_of, one
from app.layouts.dashboards.base import DASHBOARDS
from tests.demo_company import Site, email
from tests.visits import cards


@contextmanager
def application_statements(site: Site) -> Iterator[list[str]]:
    """What is asked of the application database within the block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = site.services.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Counting:
    """The published warehouse, whose statements are counted."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self.seen: list[tuple[str, str]] = []

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        with self._snapshots.cursor() as cursor:
            yield _Noting(cursor, self.seen)


class _Noting:
    def __init__(self, cursor: Cursor, seen: list[tuple[str, str]]) -> None:
        self._cursor, self._seen = cursor, seen

    @property
    def version(self) -> int:
        return self._cursor.version

    def execute(self, sql: str, parameters: object = None) -> Any:
        self._seen.append((sql, str(parameters)))
        return self._cursor.execute(sql, parameters)


@pytest.fixture
def counted(site: Site) -> tuple[Runner, Counting]:
    """A runner with an empty cache over the same warehouse."""
    settings = site.services.settings
    counting = Counting(Snapshots(settings.warehouse_dir))
    return Runner(counting, settings, site.services.clock), counting


@dataclass(frozen=True)
class Ceiling:
    """What a cold dashboard may cost: questions, and statements with those about the snapshot itself."""

    questions: int
    statements: int


# 11 cards of 4 questions at most, most of them of the insights; MRR a year before; ROI apart from ROAS, so
# that a reader whose scope knows no costs sees the one without the other.
CEILINGS = {"executive": Ceiling(questions=46, statements=93)}


def opened(site: Site, runner: Runner, dashboard: str = "executive") -> tuple[Any, Any]:
    """A dashboard and what its widgets are drawn with, for the executive."""
    services = replace(site.services, query=runner)
    viewer = users.viewer(services.database, email("executive"))
    return DASHBOARDS.get(dashboard), context_of(services, viewer, dashboard, "?segment=mobile")


def test_every_dashboard_has_a_ceiling(site: Site) -> None:
    assert {dashboard.id for dashboard in DASHBOARDS} == set(CEILINGS)


@pytest.mark.parametrize("name", CEILINGS)
def test_a_cold_dashboard_asks_the_warehouse_each_question_once(
    name: str, site: Site, counted: tuple[Runner, Counting]
) -> None:
    runner, counting = counted
    dashboard, context = opened(site, runner, name)
    answers = ask(runner, dashboard.widgets(), context)
    assert [answer.exception() for answer in answers.values()] == [None] * len(answers)
    questions = [pair for pair in counting.seen if "FROM cells" in pair[0] or "WITH" in pair[0]]
    assert [pair for pair, times in Counter(questions).items() if times > 1] == []
    # Every question is one statement, and one more where it is compared with an earlier period.
    compared = sum(query.compare != "none" for query in answers)
    assert len(questions) == len(answers) + compared
    assert len(answers) <= CEILINGS[name].questions


@pytest.mark.parametrize("name", CEILINGS)
def test_the_whole_dashboard_is_a_bounded_number_of_statements_and_none_the_second_time(
    name: str, site: Site, counted: tuple[Runner, Counting]
) -> None:
    runner, counting = counted
    dashboard, context = opened(site, runner, name)
    for answer in ask(runner, dashboard.widgets(), context).values():
        answer.result()
    first = len(counting.seen)
    for answer in ask(runner, dashboard.widgets(), context).values():
        answer.result()
    assert first <= CEILINGS[name].statements
    assert len(counting.seen) == first


def test_equal_questions_asked_at_the_same_moment_run_once(
    site: Site, counted: tuple[Runner, Counting]
) -> None:
    runner, counting = counted
    dashboard, context = opened(site, runner)
    runner.run(next(iter(dashboard.widget("revenue").queries(context))))
    before = len(counting.seen)
    funnel = dashboard.widget("funnel")
    with ThreadPoolExecutor(6) as threads:
        frames = list(threads.map(lambda _: runner.run(funnel.queries(context)[0]), range(6)))
    assert len({str(frame.rows) for frame in frames}) == 1
    assert len(counting.seen) - before == 2  # the range and the one before it


def test_a_page_costs_the_application_database_a_handful_of_statements(site: Site) -> None:
    cards(site, "executive")
    client = site.browser("executive").client
    with application_statements(site) as document:
        client.get("/executive")
    # The session with its person, the row scope, the preferences, the rules and where they stand, the newest
    # training, by which a held forecast is known to be the last one, the action items with their owners, who
    # may own one, the inbox and how much of it is unread.
    assert len(document) <= 10, "\n".join(document)
    with application_statements(site) as layout:
        client.get("/_dash-layout", headers={"Referer": "http://localhost/executive"})
    assert len(layout) <= 10, "\n".join(layout)
    assert not [line for line in layout if line.startswith(("INSERT", "DELETE"))]


def test_one_card_alone_asks_its_own_questions_only(site: Site, counted: tuple[Runner, Counting]) -> None:
    runner, counting = counted
    dashboard, context = opened(site, runner)
    runner.run(next(iter(dashboard.widget("revenue").queries(context))))
    before = len(counting.seen)
    one(replace(site.services, query=runner), dashboard.widget("market"), context)
    # The value with its earlier one, the line of twelve months.
    assert 0 < len(counting.seen) - before <= 4


def test_another_range_asks_nothing_anew_about_how_old_the_sources_are(site: Site) -> None:
    viewer = users.viewer(site.services.database, email("executive"))
    freshness = DASHBOARDS.get("executive").widget("freshness")
    searches = ("", "?range=last_year&compare=year", "?range=2026-02-01..2026-03-11&segment=mobile")
    asked = [freshness.queries(context_of(site.services, viewer, "executive", search)) for search in searches]
    assert len(asked[0]) == 7 and asked[1:] == [asked[0], asked[0]]
