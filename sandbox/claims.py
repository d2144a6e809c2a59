"""Conversions that Google Ads claims: every key event after a click, and some that nobody clicked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.campaigns import ACCOUNTS, AWARENESS, CAMPAIGNS, RETARGETING
from sandbox.draws import pick, uniform
from sandbox.timeline import DAY, Timeline

WINDOW = 28 * DAY - 2 * 3600
RESTATED_FOR = 28 * DAY
AT_ONCE = 0.85
LATER_CLAIMED = 0.24
VALUES = np.array([0, 15, 40, 180, 120])


@dataclass(frozen=True)
class Claims:
    """One row for each claimed conversion, booked on the click's day and hour.

    Units: `value` in the account's currency, `known_at` Unix seconds at which the account first shows it.
    """

    campaign: np.ndarray
    day: np.ndarray
    hour: np.ndarray
    device: np.ndarray
    place: np.ndarray
    value: np.ndarray
    action: np.ndarray
    known_at: np.ndarray
    viewed: np.ndarray


def claim(
    seed: int,
    timeline: Timeline,
    visitor: np.ndarray,
    at: np.ndarray,
    campaign: np.ndarray,
    event: np.ndarray,
    device: np.ndarray,
    place: np.ndarray,
) -> Claims:
    """All claims over sessions sorted by visitor and time.

    The last ad click of the visitor in the four weeks before a key event takes it whole, whatever door the
    visitor came through in the end (of later events only those it can still link to the click); of events
    without a click, some are claimed for having seen an ad.
    """
    events = np.flatnonzero(event > 1)
    clicks, taken, views = _linked(seed, visitor, at, campaign, events)
    seen = _viewed_campaign(seed, timeline, visitor[views], at[views], place[views])
    booked = np.concatenate([clicks, views])
    which = np.concatenate([campaign[clicks], seen]).astype(np.int8)
    taken = np.concatenate([taken, views])
    day, hour = _booked(timeline, which, at[booked])
    return Claims(
        which,
        day,
        hour,
        device[booked],
        place[booked],
        VALUES[event[taken]],
        event[taken],
        _known(seed, visitor[taken], at[booked], at[taken]),
        np.arange(len(taken)) >= len(clicks),
    )


def _linked(
    seed: int, visitor: np.ndarray, at: np.ndarray, campaign: np.ndarray, events: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The clicks that take an event, the events they take, and the events claimed for a view."""
    click = np.maximum.accumulate(np.where(campaign >= 0, np.arange(len(at)), -1))
    last, key = click[events], visitor[events] * 100_003 + at[events]
    clicked = (last >= 0) & (visitor[last] == visitor[events]) & (at[events] - at[last] <= WINDOW)
    clicked &= (uniform(seed, key, 44) < LATER_CLAIMED) | (at[events] - at[last] < DAY // 2)
    viewed = ~clicked & (uniform(seed, key, 41) < 0.055)
    return last[clicked], events[clicked], events[viewed]


def _viewed_campaign(
    seed: int, timeline: Timeline, visitor: np.ndarray, at: np.ndarray, place: np.ndarray
) -> np.ndarray:
    """The display campaign credited with a view: awareness while it runs, else retargeting or prospecting."""
    relative = (at - timeline.start_at) // DAY - timeline.marketing_days
    home = np.array([AWARENESS, RETARGETING, 3])[pick(seed, visitor, 42, np.array([0.5, 0.3, 0.2]))]
    off = (home == AWARENESS) & (
        (relative < CAMPAIGNS[AWARENESS].first) | (relative > CAMPAIGNS[AWARENESS].last)
    )
    europe = np.isin(place, [p for p, _ in ACCOUNTS[1].places])
    return np.where(europe, 11, np.where(off, RETARGETING, home))


def _booked(timeline: Timeline, campaign: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    day, hour = np.zeros(len(at), np.int32), np.zeros(len(at), np.int8)
    account = np.array([c.account for c in CAMPAIGNS])[campaign]
    for index, item in enumerate(ACCOUNTS):
        mine = account == index
        day[mine], hour[mine] = timeline.local(item.zone, at[mine])
    return day, hour


def _known(seed: int, visitor: np.ndarray, clicked: np.ndarray, happened: np.ndarray) -> np.ndarray:
    """When a claim shows up: most within hours, the rest over 28 days after the click, none later."""
    u = uniform(seed, visitor, 43)
    late = (np.maximum(u - AT_ONCE, 0.0) / (1 - AT_ONCE)) ** 1.6 * 27 * DAY
    wait = np.where(u < AT_ONCE, 2 * 3600 * (1 + u), np.maximum(late, DAY / 2))
    latest = np.maximum(clicked + RESTATED_FOR - 3600, happened)
    return np.asarray(np.minimum(happened + wait.astype(np.int64), latest))
