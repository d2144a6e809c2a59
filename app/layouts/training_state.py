"""How a training is that was asked for, or was under way when its page was opened, beside the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.data.models import JobRun
from app.layouts import followed, forecast_ids
from app.layouts.attributes import attributes
from app.layouts.followed import Followed
from app.layouts.pages.base import PageContext
from app.layouts.pulse import Pulse
from app.services import Services
from app.text import t
from app.training import trainings


@dataclass(frozen=True)
class TrainingState:
    """Where the page at `path` tells of trainings of some `kinds`; `done` is the key of its last words."""

    said: str
    followed: Followed
    kinds: tuple[str, ...]
    path: str
    done: str

    def place(self, context: PageContext) -> list[Component]:
        """The words, and what follows a training that is under way now."""
        services, viewer = context.services, context.viewer
        named = [run.id for run in trainings.live(services, *self.kinds)]
        runs = followed.seen(services, viewer, named)
        shown = self.words(services, viewer, runs, context.search) if runs else None
        said = html.Span(shown, id=self.said, className="muted", **attributes({"aria-live": "polite"}))
        return [said, *self.followed.layout([run.id for run in runs])]

    def words(
        self, services: Services, viewer: Viewer, runs: Sequence[JobRun], search: str
    ) -> list[Component | str]:
        """How the trainings are; once all are done, the way to what came of them: what a reader looks at is
        not drawn anew under the reader's hands."""
        run = followed.foremost(runs)
        if run.state != "done":
            return followed.words(services, viewer, run)
        query = search.lstrip("?")
        way = html.A(t("forecasts.show_new"), href=f"{self.path}?{query}" if query else self.path)
        return [t(self.done), " ", way]


FORECASTS = TrainingState(
    forecast_ids.TRAIN_SAID,
    Followed(forecast_ids.TRAIN_JOBS, Pulse(forecast_ids.TRAIN_POLL, every=2000)),
    ("train_forecast", "train_week"),
    "/forecasts",
    "forecasts.are_new",
)
SCORES = TrainingState(
    forecast_ids.SCORE_SAID,
    Followed(forecast_ids.SCORE_JOBS, Pulse(forecast_ids.SCORE_POLL, every=2000)),
    ("train_churn",),
    "/customers",
    "customers.are_new",
)
