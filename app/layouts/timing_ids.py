"""Component ids of the fields that say when something starts by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """The fields of one dialog; `rests`: an empty line means that nothing starts by itself."""

    usual: str
    cron: str
    zone: str
    preview: str
    rests: bool = False


OF_SCHEDULE = Timing("schedule-usual", "schedule-cron", "schedule-zone", "schedule-runs")
OF_REPORT = Timing("report-usual", "report-cron", "report-zone", "report-runs", rests=True)
