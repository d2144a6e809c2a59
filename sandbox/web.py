"""What happens inside a session: pages, seconds, engagement and key events, and when GA4 gets to know it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.campaigns import CAMPAIGNS
from sandbox.draws import choose, stream
from sandbox.events import CONVERSION_DROP, OUTAGE
from sandbox.people import Visits
from sandbox.timeline import Timeline
from sandbox.world import BLOG, GA_ZONE, PAID_FACEBOOK, PAID_LINKEDIN

WEB = 3
HOUR = 3600
HOT_KEY_EVENT, COLD_KEY_EVENT = 0.102, 0.0100
HOT_KINDS = np.array([0.0, 0.35, 0.37, 0.175, 0.105])
COLD_KINDS = np.array([0.0, 0.80, 0.165, 0.025, 0.010])
_LANDING = {
    True: np.array([0.30, 0.24, 0.16, 0.05, 0.04, 0.08, 0.0, 0.08, 0.04, 0.01]),
    False: np.array([0.34, 0.06, 0.14, 0.20, 0.14, 0.05, 0.0, 0.01, 0.04, 0.02]),
}


@dataclass(frozen=True)
class Inside:
    """Per session, in the order of the visits.

    Units: `day` and `hour` on the property's wall clock, `seconds` engaged, `event` an index of
    `world.KEY_EVENTS` (0 for none), `seen_at` and `event_at` Unix seconds at which GA4 reports them.
    """

    day: np.ndarray
    hour: np.ndarray
    landing: np.ndarray
    engaged: np.ndarray
    pages: np.ndarray
    seconds: np.ndarray
    event: np.ndarray
    seen_at: np.ndarray
    event_at: np.ndarray
    tracked: np.ndarray


def happen(seed: int, timeline: Timeline, chunk: int, visits: Visits) -> Inside:
    """The inside of every session of one chunk."""
    rng = stream(seed, WEB, chunk)
    size = len(visits.at)
    day, hour = timeline.local(GA_ZONE, visits.at)
    event = _key_events(rng, visits, day - timeline.marketing_days)
    depth = np.where(visits.hot, 2.6, 0.9) * np.where(visits.device == 1, 0.8, 1.0)
    pages = 1 + rng.poisson(depth)
    stays = rng.random(size) < np.where(visits.hot, 0.72, 0.38)
    engaged = stays | (pages >= 2) & (rng.random(size) < 0.6) | (event > 0)
    seconds = np.where(engaged, 10 + rng.gamma(1.5, 38.0 + 14.0 * pages, size), rng.random(size) * 9).astype(
        np.int32
    )
    return Inside(
        day,
        hour,
        _landing(rng, visits),
        engaged,
        pages.astype(np.int16),
        seconds,
        event,
        visits.at + _delay(rng, size),
        visits.at + _delay(rng, size) + 2 * HOUR,
        _tracked(rng, day - timeline.marketing_days, hour),
    )


def _key_events(rng: np.random.Generator, visits: Visits, relative: np.ndarray) -> np.ndarray:
    """A session has at most one key event; a broken form lowers everyone's chance alike."""
    fine = np.where(visits.hot, HOT_KEY_EVENT, COLD_KEY_EVENT) * np.where(visits.device == 1, 0.82, 1.08)
    broken = (relative >= CONVERSION_DROP.first) & (relative <= CONVERSION_DROP.last)
    pull = np.array([*(c.pull for c in CAMPAIGNS), 1.0])[visits.campaign]
    happens = rng.random(len(visits.at)) < fine * pull * np.where(broken, CONVERSION_DROP.factor, 1.0)
    hot, cold = choose(rng, HOT_KINDS, len(visits.at)), choose(rng, COLD_KINDS, len(visits.at))
    return np.where(happens, np.where(visits.hot, hot, cold), 0).astype(np.int8)


def _landing(rng: np.random.Generator, visits: Visits) -> np.ndarray:
    size = len(visits.at)
    page = np.where(visits.hot, choose(rng, _LANDING[True], size), choose(rng, _LANDING[False], size))
    page = np.where(visits.channel == BLOG, 3, page)
    page = np.where((visits.campaign == 5) & (rng.random(size) < 0.9), 6, page)
    social = np.isin(visits.channel, (PAID_FACEBOOK, PAID_LINKEDIN))
    return np.where(social & (rng.random(size) < 0.5), 7, page).astype(np.int8)


def _delay(rng: np.random.Generator, size: int) -> np.ndarray:
    """Seconds until GA4 has processed something: mostly hours, sometimes days, never after 72 hours."""
    u, spread = rng.random(size), rng.random(size)
    hours = np.where(u < 0.86, 1 + 4 * spread, np.where(u < 0.96, 5 + 25 * spread, 24 + 44 * spread))
    return (hours * HOUR).astype(np.int64)


def _tracked(rng: np.random.Generator, relative: np.ndarray, hour: np.ndarray) -> np.ndarray:
    dark = (relative == OUTAGE.first) | (relative == OUTAGE.last) & (hour < 12)
    return np.asarray(~dark | (rng.random(len(relative)) < OUTAGE.factor))
