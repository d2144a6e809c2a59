"""A time that is picked becomes a line, a line becomes words and its next runs."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, ctx, html

from app.callbacks.base import Callbacks
from app.errors import PadError
from app.layouts.timing import choice, line, meaning
from app.layouts.timing_ids import Timing


def follows(callbacks: Callbacks, timing: Timing, permission: str) -> None:
    """Keep the fields of one dialog in step."""

    @callbacks.on(
        Output(timing.usual, "value"),
        Output(timing.cron, "value"),
        Output(timing.preview, "children"),
        Input(timing.usual, "value"),
        Input(timing.cron, "value"),
        Input(timing.zone, "value"),
        prevent_initial_call=True,
        permission=permission,
    )
    def follow(usual: str | None, cron: str | None, zone: str | None) -> tuple[Any, ...]:
        picked = ctx.triggered_id == timing.usual
        written = line(timing, usual or "", cron or "") if picked else cron or ""
        chosen = usual if picked else choice(timing, written)
        try:
            return chosen, written, meaning(callbacks.services, timing, written, zone or "")
        except PadError as problem:
            return chosen, written, html.Div(str(problem), className="dialog-problem", role="alert")


def told_elsewhere(callbacks: Callbacks, timing: Timing, problem: PadError, cron: Any, zone: Any) -> str:
    """The words of a refusal under the form; none where the fields above say the same already (`follows`)."""
    try:
        meaning(callbacks.services, timing, str(cron or ""), str(zone or ""))
    except PadError as at_the_field:
        return "" if str(at_the_field) == str(problem) else str(problem)
    return str(problem)
