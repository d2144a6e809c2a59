"""How old the data behind a card is, and whether that is late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import Freshness
from app.layouts.states import stale_badge
from app.periods import DAY
from app.text import t
from app.units import age, age_stands

NAMED = 2  # late sources that have room on a card
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def late(entry: Freshness, now: datetime) -> bool:
    """Whether a source was read longer ago than its target."""
    if entry.target is None:
        return False
    return entry.extracted_at is None or entry.behind(now) is not None


def oldest(entries: Iterable[Freshness]) -> Freshness | None:
    """The source that was read longest ago; one that was never read comes first."""
    return min(entries, key=lambda entry: entry.extracted_at or NEVER, default=None)


def age_text(entry: Freshness, now: datetime) -> str:
    if entry.extracted_at is None:
        return t("widgets.never_read")
    return t("widgets.ago", age=age(now - entry.extracted_at))


def words_stand(entries: Iterable[Freshness], now: datetime) -> timedelta:
    """How long all that is said about the age of some sources stays true; a day at most."""
    spans = [DAY]
    for entry in entries:
        if entry.extracted_at is None:
            continue
        spans.append(age_stands(now - entry.extracted_at))
        if entry.target is not None:
            over = now - entry.extracted_at - entry.target
            spans.append(age_stands(over) if over > timedelta(0) else -over)
    return min(spans)


def badge(entries: Iterable[Freshness], now: datetime) -> Component | None:
    """The amber badge of a card with late sources: two by name, all of them behind the pointer."""
    found = sorted((one for one in entries if late(one, now)), key=lambda one: one.extracted_at or NEVER)
    if not found:
        return None
    said = [_late_words(entry, now) for entry in found]
    more = t("widgets.more_sources", count=len(said) - NAMED) if len(said) > NAMED else ""
    return stale_badge(", ".join(said[:NAMED]) + more, ", ".join(said))


def _late_words(entry: Freshness, now: datetime) -> str:
    behind = entry.behind(now)
    if behind is None:
        return t("widgets.source_never_read", source=entry.title)
    return t("states.late", source=entry.title, age=age(behind))


def page_line(entries: Iterable[Freshness], now: datetime) -> Component:
    """The line below the table of a page: the sources and their age, and which of them is late."""
    known = list(entries)
    return html.Div([footer(known, now), badge(known, now)], className="page-fresh")


def footer(entries: Iterable[Freshness], now: datetime, extra: str | Sequence[Any] = "") -> Component:
    """The bottom line of a card: a dot, the sources and their age, and one more fact at the right end."""
    known = list(entries)
    found = oldest(known)
    if found is None:
        words, tone = t("widgets.no_source"), "n"
    else:
        more = t("widgets.more_sources", count=len(known) - 1) if len(known) > 1 else ""
        said = (
            age_text(found, now) if not extra or found.extracted_at is None else age(now - found.extracted_at)
        )
        words, tone = f"{found.title}{more}, {said}", "w" if late(found, now) else ""
    return html.Div(
        [
            html.I(className=f"dot {tone}"),
            html.Span(words, className="cut", title=words),
            html.Span(extra, className="extra"),
        ],
        className="cf",
    )
