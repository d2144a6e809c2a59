"""How far the data reaches: the words in the header, the same on every page."""

from __future__ import annotations

from app.accounts.viewer import Viewer
from app.data.query.spec import MetricQuery
from app.errors import PadError
from app.layouts.filters import DEFAULT_RANGE
from app.periods import preset
from app.services import Services
from app.text import t
from app.units import Units

# One metric of each subject that is read every day; surveys and estimates come when they come.
DAILY = ("spend", "sessions", "leads")


def data_time(services: Services, viewer: Viewer) -> str:
    """The newest day for which every daily source is complete; nothing where none may be read."""
    settings = services.settings
    period = preset(DEFAULT_RANGE, services.clock.today(settings.time_zone))
    days = []
    for metric in DAILY:
        try:
            frame = services.query.run(MetricQuery((metric,), period, scope=viewer.scope))
        except PadError:
            continue
        days += [entry.data_until for entry in frame.freshness if entry.data_until]
    return t("shell.data_until", day=Units(settings.currency).day(min(days))) if days else ""
