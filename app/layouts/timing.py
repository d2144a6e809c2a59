"""When something starts by itself: usual times to pick from, the line, its zone, and what both mean."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.data import schedules
from app.layouts import dialogs
from app.layouts.timetable import in_words
from app.layouts.timing_ids import Timing
from app.services import Services
from app.text import t
from app.units import Units

USUAL = ("0 * * * *", "0 7 * * *", "0 8 * * 1-5", "0 9 * * 1", "0 9 1 * *")
OWN, NEVER = "own", "never"


def choice(timing: Timing, cron: str) -> str:
    """What is picked while a line stands in its field."""
    if timing.rests and not cron.strip():
        return NEVER
    return cron.strip() if cron.strip() in USUAL else OWN


def line(timing: Timing, picked: str, cron: str) -> str:
    """The line of a choice; one's own is left as it stands."""
    if picked in USUAL:
        return picked
    return "" if timing.rests and picked == NEVER else cron


def fields(services: Services, timing: Timing, cron: str, zone: str) -> list[Component]:
    """The controls, and beneath them what they mean. Raises: InputError."""
    return [
        dialogs.field(
            t("schedules.field_usual"),
            dbc.Select(id=timing.usual, options=_options(timing), value=choice(timing, cron)),
        ),
        dialogs.field(
            t("schedules.field_cron"),
            dbc.Input(id=timing.cron, value=cron, maxLength=100, debounce=True),
            t("schedules.cron_hint"),
        ),
        dialogs.field(
            t("schedules.field_zone"), dbc.Input(id=timing.zone, value=zone, maxLength=60, debounce=True)
        ),
        html.Div(meaning(services, timing, cron, zone), id=timing.preview, className="timing-told"),
    ]


def upcoming(services: Services, cron: str, zone: str) -> list[Component]:
    """The next five runs of a line in its own zone, each under the other. Raises: InputError."""
    runs = schedules.next_runs(cron, zone, services.clock.now())
    return [html.Div(Units().instant(run, zone), className="num sub") for run in runs]


def meaning(services: Services, timing: Timing, cron: str, zone: str) -> list[Component]:
    """What a line means, in words and runs. Raises: InputError."""
    if timing.rests and not cron.strip():
        return [html.Div(t("schedules.rests"), className="sub")]
    runs = upcoming(services, cron, zone)  # a line that cannot be kept has no words
    head = html.Div(t("schedules.next"), className="sub")
    return [html.Div(in_words(cron), className="strong"), head, *runs]


def _options(timing: Timing) -> list[dict[str, str]]:
    rest = [(NEVER, t("schedules.usual_never"))] if timing.rests else []
    usual = [(cron, in_words(cron)) for cron in USUAL]
    return [
        {"label": label, "value": value} for value, label in (*usual, *rest, (OWN, t("schedules.usual_own")))
    ]
