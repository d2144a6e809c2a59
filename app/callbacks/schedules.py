"""What the page of schedules does: run now, pause, go on, edit with a preview of the next runs."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, no_update

from app.accounts.changes import Trail
from app.accounts.permissions import SCHEDULES
from app.accounts.viewer import Viewer
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.callbacks.sent import number
from app.callbacks.timing import follows, told_elsewhere
from app.data import schedules
from app.data.schedule_models import Schedule
from app.errors import PadError, unknown
from app.layouts import alert_ids as ids
from app.layouts import handed
from app.layouts.pages.schedules import asked, body, form
from app.layouts.timing_ids import OF_SCHEDULE
from app.services import Services
from app.text import t
from app.units import Units

Answer = tuple[Any, ...]


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the page."""
    closes(callbacks, ids.SCHEDULE_DIALOG)
    _doing(callbacks)
    _asking(callbacks)
    _editing(callbacks)
    _saving(callbacks)


def _doing(callbacks: Callbacks) -> None:
    @callbacks.on_press(
        Output(ids.SCHEDULE_BODY, "children"),
        Input(ids.schedule_button("resume", ALL), "n_clicks"),
        permission=SCHEDULES,
    )
    def resume(button: Button) -> Any:
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            said = do(services, viewer, "resume", _schedule(button["schedule"]))
        except PadError as problem:
            return body(services, viewer, problem=str(problem))
        return body(services, viewer, said)


def _asking(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on_press(
        Output(ids.SCHEDULE_DIALOG, "children", allow_duplicate=True),
        Output(ids.SCHEDULE_DIALOG, "is_open", allow_duplicate=True),
        *(Input(ids.schedule_button(verb, ALL), "n_clicks") for verb in ids.SCHEDULE_ASKED),
        permission=SCHEDULES,
    )
    def ask(button: Button) -> Answer:
        verb = str(button["type"]).removeprefix("schedule-")
        row = schedules.changeable(services.database, _schedule(button["schedule"]), callbacks.viewer())
        return asked(services, row, verb), True

    @callbacks.on(
        Output(ids.SCHEDULE_BODY, "children", allow_duplicate=True),
        Output(ids.SCHEDULE_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.SCHEDULE_PROBLEM, "children", allow_duplicate=True),
        Input(ids.SCHEDULE_CONFIRM, "n_clicks"),
        State(ids.SCHEDULE_TARGET, "data"),
        prevent_initial_call=True,
        permission=SCHEDULES,
    )
    def confirm(clicks: int | None, target: Any) -> Answer:
        if not clicks:
            return (no_update,) * 3
        named, viewer = target if isinstance(target, dict) else {}, callbacks.viewer()
        try:
            said = do(services, viewer, str(named.get("verb")), _schedule(named.get("schedule")))
        except PadError as problem:
            return no_update, True, str(problem)
        return body(services, viewer, said), False, ""


def do(services: Services, viewer: Viewer, verb: str, schedule_id: int) -> str:
    """One of the row's verbs; what is said of it. Raises: PadError."""
    row = schedules.changeable(services.database, schedule_id, viewer)
    if verb == "run":
        return _run(services, viewer, row)
    if verb not in ("pause", "resume"):
        raise unknown("action", verb, (*ids.SCHEDULE_ASKED, "resume"))
    paused = verb == "pause"
    schedules.pause(services.database, services.clock, row.id, paused, Trail(services.clock, viewer.email))
    if paused:
        return t("schedules.is_paused", title=row.title)
    when = Units().instant(schedules.get(services.database, row.id).next_at, row.time_zone)
    return t("schedules.is_on", title=row.title, when=when)


def _run(services: Services, viewer: Viewer, row: Schedule) -> str:
    """Hands over what a schedule does, unless it waits or runs already; what is said of it."""
    if schedules.running(services.database, row):
        return handed.told(services, t("schedules.runs_already", title=row.title))
    job_id = schedules.work_id(services.database, row.kind, row.arguments)
    services.queue.enqueue(row.kind, row.title, viewer.email, job_id=job_id, **row.arguments)
    return handed.told(services, t("schedules.started", title=row.title))


def _editing(callbacks: Callbacks) -> None:
    @callbacks.on_press(
        Output(ids.SCHEDULE_DIALOG, "children"),
        Output(ids.SCHEDULE_DIALOG, "is_open"),
        Input(ids.schedule_button("edit", ALL), "n_clicks"),
        permission=SCHEDULES,
    )
    def open_form(button: Button) -> Answer:
        services = callbacks.services
        row = schedules.changeable(services.database, _schedule(button["schedule"]), callbacks.viewer())
        return form(services, row), True

    follows(callbacks, OF_SCHEDULE, SCHEDULES)


def _saving(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.SCHEDULE_BODY, "children", allow_duplicate=True),
        Output(ids.SCHEDULE_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.SCHEDULE_PROBLEM, "children"),
        Input(ids.SCHEDULE_SAVE, "n_clicks"),
        State(ids.SCHEDULE_TARGET, "data"),
        State(ids.SCHEDULE_TITLE, "value"),
        State(OF_SCHEDULE.cron, "value"),
        State(OF_SCHEDULE.zone, "value"),
        prevent_initial_call=True,
        permission=SCHEDULES,
    )
    def save(
        clicks: int | None, target: int | None, title: str | None, cron: str | None, zone: str | None
    ) -> Answer:
        if not clicks:
            return (no_update,) * 3
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            row = schedules.changeable(services.database, _schedule(target), viewer)
            words = {"title": title or "", "cron": cron or "", "time_zone": zone or ""}
            trail = Trail(services.clock, viewer.email)
            schedules.edit(services.database, services.clock, row.id, **words, trail=trail)
        except PadError as problem:
            return no_update, True, told_elsewhere(callbacks, OF_SCHEDULE, problem, cron, zone)
        return body(services, viewer, t("schedules.saved", title=words["title"])), False, ""


def _schedule(value: object) -> int:
    """The schedule in what the browser sent. Raises: NotFound."""
    return number(value, t("schedules.gone"))
