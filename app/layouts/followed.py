"""Work that a press asked for, followed until it has ended: which jobs, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dash import Output, Patch, State, dcc, html, no_update
from dash.development.base_component import Component

from app.accounts.permissions import JOBS
from app.accounts.viewer import Viewer
from app.data import job_runs
from app.data.models import JobRun
from app.layouts import handed
from app.layouts.menus import link
from app.layouts.pages.jobs import Asked, told
from app.layouts.pulse import Pulse
from app.services import Services
from app.text import t

MOST = 20  # jobs of one page that are looked at, the newest: nobody presses that often
HUSH = ""  # in a store of jobs: of those before it nothing is said any more
FIRST_TOLD = ("running", "queued", "failed", "done")  # of several jobs the one that matters is told


@dataclass(frozen=True)
class Followed:
    """The jobs that a page follows, by id in a store, and the pulse by which it asks how they are.

    Presses add to the store and beats take out what has ended, each as a patch: an answer that comes late
    takes out nothing that was asked for meanwhile.
    """

    jobs: str
    pulse: Pulse

    def layout(self, jobs: Sequence[str] = ()) -> list[Component]:
        """Both in a page, with the jobs that it follows from the beginning."""
        return [self.store(jobs), self.pulse.layout(bool(jobs))]

    def store(self, jobs: Sequence[str] = ()) -> dcc.Store:
        """The jobs alone, in a page whose pulse asks for more than them."""
        return dcc.Store(id=self.jobs, data=list(jobs))

    @property
    def output(self) -> Output:
        """Where `begun` and `left` go."""
        return Output(self.jobs, "data", allow_duplicate=True)

    @property
    def outputs(self) -> tuple[Output, Output]:
        """The store and the pulse."""
        return self.output, self.pulse.output(allow_duplicate=True)

    @property
    def state(self) -> State:
        return State(self.jobs, "data")

    def begun(self, beats: int | None, *jobs: str) -> tuple[Any, Any]:
        """For the `outputs` of a press: these are followed from now on."""
        added = Patch()
        added.extend(jobs)
        return added, self.pulse.armed(beats)

    def hushed(self) -> tuple[Any, Any]:
        """For the `outputs` of a press that says something else: what was asked for before is followed on,
        but not told any more, else the next beat would put its words in the place of these."""
        mark = Patch()
        mark.append(HUSH)
        return mark, no_update

    def asked(self, beats: int | None, jobs: Sequence[str], live: bool) -> tuple[Any, Any]:
        """For the `outputs` of a beat: it beats on while something lives, else the jobs are left."""
        return no_update if live else self.left(jobs), self.pulse.armed(beats, live)

    def left(self, jobs: Sequence[str]) -> Patch:
        """The store without these."""
        rest = Patch()
        for job in dict.fromkeys(jobs):
            rest.remove(job)
        return rest


def seen(
    services: Services,
    viewer: Viewer,
    jobs: Sequence[str],
    theirs: Callable[[JobRun], bool] = lambda _: False,
) -> list[JobRun]:
    """Of jobs that a browser names those that the viewer asked for, may see on the Jobs page, or that belong
    to something that the viewer sees (`theirs`). The others are as if they did not exist."""
    runs = job_runs.named(services.database, jobs[-MOST:])
    return [run for run in runs if run.asked_by == viewer.email or viewer.may(JOBS) or theirs(run)]


def spoken(jobs: Sequence[str], runs: Sequence[JobRun]) -> list[JobRun]:
    """Of the runs of these jobs those of which something is said."""
    since = len(jobs) - list(reversed(jobs)).index(HUSH) if HUSH in jobs else 0
    return [run for run in runs if run.id in jobs[since:]]


def live(runs: Sequence[JobRun]) -> bool:
    return any(run.state in job_runs.LIVE for run in runs)


def foremost(runs: Sequence[JobRun]) -> JobRun:
    """Of several the one to tell of: what runs, else what waits, else what failed."""
    return min(runs, key=lambda run: FIRST_TOLD.index(run.state))


def words(services: Services, viewer: Viewer, run: JobRun) -> list[Component | str]:
    """How a job is."""
    if run.state == "queued":
        return [str(handed.told(services, t("jobs.waits", title=run.title)))]
    if run.state == "running":
        return [running(run)]
    return failure(viewer, run) if run.state == "failed" else [t("jobs.is_done", title=run.title)]


def running(run: JobRun) -> str:
    return t("jobs.runs", title=run.title, percent=round(100 * run.progress))


def failure(viewer: Viewer, run: JobRun) -> list[Component | str]:
    """Why a job failed, as far as the viewer may know, and where it can be tried again."""
    why = run.error if told(run, viewer) else ""
    said = t("jobs.broke_because", title=run.title, error=why) if why else t("jobs.broke", title=run.title)
    way = link(t("jobs.see_failed"), href=Asked("failed").address(), className="named")
    return [html.Bdi(said), " ", way] if viewer.may(JOBS) else [html.Bdi(said)]
