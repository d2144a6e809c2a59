"""`pad demo`: the whole product on a made-up company, loaded twice so that restatements are real."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing import active_children, get_context
from threading import Event
from typing import TYPE_CHECKING

import click

from app.cli import main
from app.text import t

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from rich.console import Console

    from app.clock import Clock
    from app.processes.demo import Company
    from app.processes.supervisor import Supervisor
    from app.services import Services

EARLIER = timedelta(days=28)
LONGEST_LEARNING = 30.0  # seconds that a first start waits for forecasts of the past
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Step:
    """One step of the first load; `weight` is its share of the time, roughly."""

    title: str
    weight: float
    work: Callable[[Progress], None]


@main.command(help=t("cli.demo"))
def demo() -> None:
    # Hours of the company keep coming while somebody looks, so they are fetched often.
    for name, value in (
        ("PAD_DEMO", "yes"),
        ("PAD_ORGANISATION", "Larkfield"),
        ("PAD_SYNC_EVERY_MINUTES", "10"),
        ("PAD_LOG_TO", "files"),  # the terminal is for the address and the sign-ins
    ):
        os.environ.setdefault(name, value)
    from app.cli.context import keep_logs, services, settings
    from app.cli.run import with_metrics
    from app.cli.tables import console as output
    from app.processes import installation
    from app.processes.demo import connect_outbox, disconnect_outbox
    from app.processes.supervisor import Supervisor

    connect_outbox(os.environ)
    console = output()
    with installation.alone(settings()), _interruptible():
        installation.require_free_ports(settings())
        made = services()
        logs = installation.logs(settings(), console.is_terminal)
        keep_logs(logs)
        if logs is not None:
            click.echo(t("cli.logs_kept", folder=logs))
        supervisor = Supervisor(with_metrics(made, installation.environment(settings(), os.environ)), logs)
        try:
            _run(console, made, supervisor)
        except KeyboardInterrupt:
            console.print(t("demo.stopping"))
            supervisor.stop()
            disconnect_outbox(settings())
            for child in active_children():
                child.terminate()
            os._exit(130)  # a read in the middle of its thread is not waited for; a load may be stopped
        finally:
            supervisor.stop()
            disconnect_outbox(settings())


def _run(console: Console, made: Services, supervisor: Supervisor) -> None:
    from app.processes import installation
    from app.processes.demo import Memory, company_part, promises, sign_ins, weekly_report

    settings = made.settings
    memory = Memory.of(settings)
    part, company = company_part(settings, memory)
    address = f"http://{settings.host}:{settings.port}"
    people = sign_ins(settings, made.database, made.clock)
    if not memory.loaded:
        promises(made.database, made.clock, settings.time_zone)
    with console.status(t("demo.starting")):
        supervisor.start([*installation.redis(settings), installation.web(settings)])
    console.print(t("demo.is_open", address=address), style="bold")
    if memory.loaded:
        _welcome(address, people, company)
    with console.status(t("demo.waking") if memory.loaded else t("demo.making")):
        supervisor.start([part])
    memory.keep(memory.loaded)
    _connect(made, company)
    if not memory.loaded:
        _load(console, made, company, supervisor)
        weekly_report(made)
        memory.keep(loaded=True)
        _welcome(address, people, company)
    supervisor.start([*installation.workers(settings), installation.scheduler()])
    supervisor.watch(Event())


def _load(console: Console, made: Services, company: Company, supervisor: Supervisor) -> None:
    """Do the steps under one progress bar; every step may be done twice, so a stopped load starts again."""
    from rich.progress import BarColumn, TaskProgressColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from app.cli.progress import doing

    steps = _steps(made, company)
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), doing())
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("", total=sum(step.weight for step in steps))
        done = 0.0
        for step in steps:

            def progress(share: float, message: str, step: Step = step, done: float = done) -> None:
                bar.update(task, completed=done + share * step.weight, description=message or step.title)

            if not console.is_terminal:
                console.print(step.title)
            progress(0.0, step.title)
            step.work(progress)
            supervisor.look()
            done += step.weight
        bar.update(task, completed=done, description=t("demo.loaded"))


def _steps(made: Services, company: Company) -> list[Step]:
    """The files, then all platforms as they were known 28 days ago, then as they are known now.

    A snapshot of the earlier state is what the models of that day learn from, before the later one is made.
    """
    from app.processes.demo import FILES, Earlier

    steps = [Step(t("demo.step_import", name=name), 1.0, _importing(made, company, name)) for name in FILES]
    earlier, models = Earlier(made.clock, EARLIER), get_context("spawn").Process(target=_learn, daemon=True)
    return [
        *steps,
        Step(t("demo.step_clock"), 0.2, _turning(company, earlier)),
        Step(t("demo.step_read_earlier"), 24.0, _reading(made, earlier)),
        Step(t("demo.step_publish_earlier"), 3.0, _publishing(made, earlier)),
        Step(t("demo.step_clock"), 0.2, _turning(company, made.clock)),
        Step(t("demo.step_read_now"), 8.0, _beside(models, _reading(made, made.clock))),
        Step(t("demo.step_publish_now"), 3.0, _publishing(made, made.clock)),
    ]


def _learn() -> None:
    """Forecast as 28 days ago, on what was known then, so that there are predictions that have come due."""
    from app.cli.context import services
    from app.processes import installation
    from app.processes.demo import Earlier
    from app.training.predictions import stage_all

    made = services()
    if (logs := installation.logs(made.settings, terminal=False)) is not None:
        # What the libraries of models print belongs beside the other logs, until the very end.
        with (logs / "models.log").open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
    stage_all(replace(made, clock=Earlier(made.clock, EARLIER)))


def _beside(models: BaseProcess, work: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Do some work while the models learn; the next snapshot holds both. Models that fail stop nothing:
    they are trained again, as jobs, on what is known now."""

    def both(progress: Progress) -> None:
        models.start()
        work(progress)
        progress(1.0, t("demo.step_forecast"))
        models.join(LONGEST_LEARNING)

    return both


def _turning(company: Company, clock: Clock) -> Callable[[Progress], None]:
    return lambda _progress: company.go_to(clock.now())


def _importing(made: Services, company: Company, name: str) -> Callable[[Progress], None]:
    def work(_progress: Progress) -> None:
        from app.data.pipeline.imports.importing import import_file
        from app.data.pipeline.ingestion import ingestion

        path = company.file(name, made.settings.home / "demo")
        import_file(ingestion(made.settings, made.database, made.clock), path, name)

    return work


def _reading(made: Services, clock: Clock) -> Callable[[Progress], None]:
    """All platforms at once: while one answers, another's rows are typed."""
    from concurrent.futures import ThreadPoolExecutor

    from app.data.pipeline.ingestion import ingestion
    from app.data.pipeline.sync import sync
    from app.processes.demo import SOURCES

    def work(progress: Progress) -> None:
        parts = ingestion(made.settings, made.database, clock)
        shares = dict.fromkeys(SOURCES, 0.0)

        def read(source: str) -> None:
            def tell(share: float, message: str) -> None:
                shares[source] = share
                progress(sum(shares.values()) / len(shares), message)

            sync(parts, source, progress=tell)

        threads = ThreadPoolExecutor(len(SOURCES))
        try:
            list(threads.map(read, SOURCES))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    return work


def _publishing(made: Services, clock: Clock) -> Callable[[Progress], None]:
    def work(_progress: Progress) -> None:
        from app.data.pipeline.ingestion import ingestion
        from app.data.pipeline.publish import publish

        parts = ingestion(made.settings, made.database, clock)
        published = publish(parts.database, parts.snapshots, parts.settings, parts.clock)
        published.require(published.rejected)  # a demo that lacks a stream would tell another story

    return work


def _connect(made: Services, company: Company) -> None:
    """Give every source the company's address of this start, and its credentials."""
    from app.data.pipeline import sources
    from app.data.pipeline.ingestion import ingestion
    from app.processes.demo import SOURCES

    for source in SOURCES:
        credentials = company.credentials(source)
        parts = ingestion(made.settings, made.database, made.clock)
        sources.add(parts, source, credentials, f"{company.base}/{source}", force=True)


def _welcome(address: str, people: list[dict[str, str]], company: Company) -> None:
    """Plain lines, so that an address or a password is never cut to the terminal's width."""
    wide = max(len(person["role"]) for person in people), max(len(person["email"]) for person in people)
    for person in people:
        click.echo(f"  {person['role']:<{wide[0]}}  {person['email']:<{wide[1]}}  {person['password']}")
    click.echo(t("demo.outbox", base=company.base))
    click.echo(t("demo.sign_in", address=address))


@contextmanager
def _interruptible() -> Iterator[None]:
    """A polite end stops a load in the middle as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
