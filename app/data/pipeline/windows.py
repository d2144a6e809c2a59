"""Which days a sync reads: what is new, and again the days that the platform still changes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from app.data.connectors.base import Stream, Window
from app.errors import InputError
from app.periods import DAY
from app.text import t

# A platform may commit late what it stamped earlier; entities are upserted, so reading twice is harmless.
CURSOR_OVERLAP = timedelta(minutes=10)


def due(stream: Stream, position: str, today: date, asked: tuple[date, date] | None = None) -> Window:
    """The window of a sync. `position` is the stream's watermark, empty before its first sync."""
    first = oldest(stream, today)
    if asked:
        return Window(max(asked[0], first), min(asked[1], today), today)
    if not stream.dated:
        return Window(first, today, today, since=position)
    start = date.fromisoformat(position) - stream.lookback_days * DAY if position else first
    return Window(max(start, first), today, today)


def oldest(stream: Stream, today: date) -> date:
    """The first day that is kept of a stream."""
    return today - stream.history_days * DAY


def require_kept(streams: Sequence[Stream], today: date, asked: tuple[date, date]) -> None:
    """Raises: InputError when days are asked of which no stream keeps any."""
    if asked[1] < (first := kept(streams, today)):
        raise InputError(
            t("pipeline.too_old", day=asked[1], days=(today - first).days),
            hint=t("pipeline.too_old_hint", oldest=first),
        )


def kept(streams: Sequence[Stream], today: date) -> date:
    """The first day that is kept of any of the streams."""
    return min(oldest(stream, today) for stream in streams)


def cut(stream: Stream, today: date, asked: tuple[date, date] | None) -> str:
    """What is said of days that were asked and are not kept; empty when there are none."""
    first = oldest(stream, today)
    if not asked or asked[0] >= first:
        return ""
    return t("pipeline.days_not_kept", days=stream.history_days, oldest=first)


def slices(stream: Stream, window: Window) -> tuple[Window, ...]:
    """The window cut into the days that one request may cover.

    Windows are not cut: it would make spans that end at the cut, which nobody asks for.
    """
    if stream.by != "day":
        return (window,)
    found, start = [], window.start
    while start <= window.end:
        end = min(start + (stream.slice_days - 1) * DAY, window.end)
        found.append(replace(window, start=start, end=end))
        start = end + DAY
    return tuple(found)


def days(window: Window) -> tuple[date, ...]:
    return tuple(window.start + index * DAY for index in range((window.end - window.start).days + 1))


def cursor(began: datetime) -> str:
    """The position after a read that began at an instant."""
    return f"{began - CURSOR_OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
