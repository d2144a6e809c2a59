"""When models are trained: schedules that come with the product, then stay as people change them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.accounts.permissions import JOBS
from app.accounts.viewer import Viewer
from app.data import job_runs, schedules
from app.data.models import JobRun
from app.errors import AccessDenied
from app.services import Services
from app.text import t

if TYPE_CHECKING:
    from app.ml.series import Frequency

# What has a daily course worth expecting: the coming week of the weekly report.
DAILY = ("sessions", "leads", "mrr")


@dataclass(frozen=True)
class Training:
    """A training that is due again and again; `kind` is that of its job."""

    kind: str
    cron: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


# The days of the coming week every night, well before a Monday's report; what changes slowly once a week.
TRAININGS = (
    Training("train_week", "30 4 * * *", {"metrics": list(DAILY)}),
    Training("train_forecast", "45 3 * * MON", {"metric": "mrr", "freq": "M"}),
    Training("train_churn", "15 3 * * SUN"),
)


def series() -> Iterator[tuple[str, Frequency]]:
    """Every metric that is predicted again and again, with its frequency."""
    for training in TRAININGS:
        named = training.arguments
        yield from ((metric, "D") for metric in named.get("metrics", ()))
        if "metric" in named:
            yield named["metric"], named["freq"]


def ensure(services: Services) -> None:
    """Add the schedules of trainings that are not there yet."""
    zone = services.settings.time_zone
    for training in TRAININGS:
        schedules.provide(
            services.database, services.clock, training.kind, training.cron, zone, training.arguments
        )


def under_way(services: Services, *kinds: str) -> bool:
    """Whether one of them waits or runs, or follows a training that does."""
    runs = job_runs.live(services.database)
    return any({run.kind, *run.arguments.get("then", ())} & set(kinds) for run in runs)


def live(services: Services, *kinds: str) -> list[JobRun]:
    """Those of them that wait or run now, the oldest first."""
    return [run for run in job_runs.live(services.database) if run.kind in kinds]


def may_ask(viewer: Viewer) -> bool:
    """A training reads the whole company and replaces its models: it is for those who may see all of it."""
    return viewer.may(JOBS) and viewer.scope.unrestricted


def ask_as(services: Services, kind: str, viewer: Viewer) -> str:
    """`ask`, by a person. Raises: AccessDenied."""
    if not may_ask(viewer):
        raise AccessDenied(t("forecasts.may_not"), hint=t("forecasts.may_not_hint"))
    return ask(services, kind, viewer.email)


def ask(services: Services, kind: str, asked_by: str, **more: object) -> str:
    """Have one of them done now; while it waits or runs it is one job."""
    training = next(entry for entry in TRAININGS if entry.kind == kind)
    title, job_id = t(f"schedules.{kind}"), schedules.work_id(services.database, kind, training.arguments)
    return services.queue.enqueue(kind, title, asked_by, job_id=job_id, **training.arguments, **more)
