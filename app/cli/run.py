"""`pad run|web|worker|scheduler`: the processes, all together or one by one."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

import click

from app.cli import main
from app.cli.context import keep_logs, services, settings
from app.errors import QueueUnavailable
from app.settings import without_password
from app.text import t

if TYPE_CHECKING:
    from app.processes.supervisor import Part, Supervisor
    from app.services import Services


@main.command(help=t("cli.run"))
def run() -> None:
    import sys

    from app.processes import installation
    from app.processes.supervisor import Supervisor

    stop = stopped_by_signal()
    with installation.alone(settings()):
        installation.require_free_ports(settings())
        made = services()
        first_admin(made)
        logs = installation.logs(settings(), sys.stdout.isatty())
        keep_logs(logs)
        parts = [
            *installation.redis(settings()),
            installation.web(settings()),
            *installation.workers(settings()),
            installation.scheduler(),
        ]
        env = with_metrics(made, installation.environment(settings(), os.environ))
        _supervise(Supervisor(env, logs), parts, stop)


def _supervise(supervisor: Supervisor, parts: Sequence[Part], stop: Event) -> None:
    try:
        supervisor.start(parts, stop)
        click.echo(t("cli.listening", host=settings().host, port=settings().port))
        if supervisor.logs:
            click.echo(t("cli.logs_kept", folder=supervisor.logs))
        supervisor.watch(stop)
    finally:
        supervisor.stop()


@main.command(help=t("cli.web"))
def web() -> None:
    from app.processes import installation
    from app.processes.supervisor import Supervisor

    made = services()
    first_admin(made)
    env = installation.environment(settings(), os.environ)
    if not settings().metrics_port:
        installation.replace_process(installation.web_command(), env)
    stop = stopped_by_signal()
    _supervise(Supervisor(with_metrics(made, env)), [installation.web(settings())], stop)


@main.command(help=t("cli.worker"))
@click.option("--awaited", is_flag=True, help=t("cli.worker_awaited"))
def worker(awaited: bool) -> None:
    from jobs.worker import work

    if not services().queue.available():
        raise QueueUnavailable(
            t("process.redis_silent", address=without_password(settings().redis)),
            hint=t("process.redis_silent_hint"),
        )
    work(settings(), awaited_only=awaited)


@main.command(help=t("cli.scheduler"))
def scheduler() -> None:
    from typing import cast

    from app.operations import setting_changes
    from app.queue.redis_queue import RedisQueue
    from jobs.scheduler import schedule

    made = services()
    setting_changes.keep(made.database, made.clock, made.settings)
    schedule(made, cast(RedisQueue, made.queue), stopped_by_signal())


def stopped_by_signal() -> Event:
    """An event that Ctrl-C and a polite end set."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def first_admin(made: Services) -> None:
    """At the very first start: make an admin and say once how to sign in."""
    from app.accounts.users import ensure_first_admin

    first = ensure_first_admin(made.database, made.clock, made.settings.home)
    if first is not None:
        click.echo(t("cli.first_admin", email=first.email, password=first.password, path=first.path))


def with_metrics(made: Services, env: dict[str, str]) -> dict[str, str]:
    """Open the metrics port when one is set; the web workers are told where to keep their counts."""
    from app.operations import gauges

    if not made.settings.metrics_port:
        return env
    counts = gauges.folder(made.settings.home.resolve())
    gauges.serve(made, counts)
    return {**env, "PROMETHEUS_MULTIPROC_DIR": str(counts)}
