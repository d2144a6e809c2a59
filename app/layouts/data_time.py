"""How far the data reaches: the words in the header, the same on every page."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

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
    """The newest day for which every daily source is complete, and when the newest of them was read; nothing
    where none may be read."""
    settings = services.settings
    period = preset(DEFAULT_RANGE, services.clock.today(settings.time_zone))
    days, reads = [], []
    for metric in DAILY:
        try:
            frame = services.query.run(MetricQuery((metric,), period, scope=viewer.scope))
        except PadError:
            continue
        days += [entry.data_until for entry in frame.freshness if entry.data_until]
        reads += [entry.extracted_at for entry in frame.freshness if entry.extracted_at]
    if not days:
        return ""
    day = Units(settings.currency).day(min(days))
    if not reads:
        return t("shell.data_until", day=day)
    return t("shell.data_as_of", day=day, time=_as_of(max(reads), services))


def _as_of(read: datetime, services: Services) -> str:
    """14:02 in the installation's zone; of an earlier day with that day."""
    settings = services.settings
    local = read.astimezone(ZoneInfo(settings.time_zone))
    if local.date() == services.clock.today(settings.time_zone):
        return f"{local:%H:%M}"
    return Units(settings.currency).instant(read, settings.time_zone)
