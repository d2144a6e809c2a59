"""People: how they first arrive, how often they return, and through which door each time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from sandbox import campaigns as catalogue
from sandbox.ads import Clicks
from sandbox.campaigns import CAMPAIGNS
from sandbox.draws import choose, stream
from sandbox.events import VIRAL, VIRAL_FADE
from sandbox.timeline import CHUNK_DAYS, DAY, Timeline
from sandbox.world import (
    BLOG,
    CHANNELS,
    CPC,
    DIRECT,
    EMAIL,
    FACEBOOK,
    LINKEDIN,
    ORGANIC,
    PAID_FACEBOOK,
    PAID_LINKEDIN,
    PLACES,
    hour_weights,
    shares,
)

PEOPLE = 2
ARRIVALS_A_DAY = 2190.0
NO_CAMPAIGN = -1
RETURN_DOORS = np.array([0.78, 0.08, 0.08, 0.02, 0.04])
T = TypeVar("T")
SELF = -1


@dataclass
class People:
    """One row for each visitor.

    Units: `at` Unix seconds of the first visit. `cause` is the channel that truly brought the person (for
    clicks 100 + campaign), -1 when they would have come anyway; it is never served.
    """

    id: np.ndarray
    at: np.ndarray
    place: np.ndarray
    device: np.ndarray
    channel: np.ndarray
    utm: np.ndarray
    campaign: np.ndarray
    hot: np.ndarray
    cause: np.ndarray

    def take(self, rows: np.ndarray) -> People:
        """The same columns for some rows."""
        return People(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass
class Visits:
    """One row for each session: who, when and through which door; `campaign` is -1 without an ad click."""

    visitor: np.ndarray
    at: np.ndarray
    place: np.ndarray
    device: np.ndarray
    channel: np.ndarray
    utm: np.ndarray
    campaign: np.ndarray
    hot: np.ndarray
    first: np.ndarray


def stack(parts: list[T]) -> T:
    """Columns of several equal dataclasses put end to end."""
    kind, names = type(parts[0]), list(vars(parts[0]))
    return kind(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in names})


def arrive(
    seed: int,
    timeline: Timeline,
    chunk: int,
    scale: float,
    clicks: Clicks,
    halo: np.ndarray,
    known: People | None,
    next_id: int,
) -> tuple[People, Visits]:
    """The newcomers of one chunk, and all sessions that follow from them and from the clicks of the chunk.

    `known` are the newcomers of the chunk before: ads also reach people who were here already.
    """
    rng = stream(seed, PEOPLE, chunk)
    walk_in = _walk_ins(rng, timeline, chunk, scale, halo)
    landed = np.flatnonzero(rng.random(len(clicks.at)) < 0.93)
    again = rng.random(len(landed)) < np.array([c.known for c in CAMPAIGNS])[clicks.campaign[landed]]
    fresh = _from_clicks(rng, clicks, landed[~again])
    people = stack([walk_in, fresh])
    people.id = np.arange(next_id, next_id + len(people.at), dtype=np.int64)
    pool = stack([known, people]) if known is not None else people
    parts = [_first(people), _returns(rng, people), _known_clicks(rng, clicks, landed[again], pool)]
    return people, stack(parts)


def _walk_ins(
    rng: np.random.Generator, timeline: Timeline, chunk: int, scale: float, halo: np.ndarray
) -> People:
    """Newcomers who did not click an ad in Google Ads, counted for each channel and day."""
    base = np.array([c.share for c in CHANNELS]) * ARRIVALS_A_DAY * scale
    groups: list[tuple[np.ndarray, int, int]] = []
    for offset in range(CHUNK_DAYS):
        index = chunk * CHUNK_DAYS + offset
        counts = rng.poisson(base * timeline.rhythm(index) * _viral(timeline, index))
        organic, direct = rng.multinomial(rng.poisson(halo[max(offset - 1, 0)]), [0.6, 0.4])
        groups.append((np.repeat([ORGANIC, DIRECT], [organic, direct]), index, 100 + catalogue.AWARENESS))
        groups.append((np.repeat(np.arange(len(CHANNELS)), counts), index, SELF))
    sizes = [len(kinds) for kinds, _, _ in groups]
    channels = np.concatenate([kinds for kinds, _, _ in groups])
    days = np.repeat([index for _, index, _ in groups], sizes)
    own = np.repeat([why for _, _, why in groups], sizes)
    brought = np.array([c.caused for c in CHANNELS])[channels]
    causes = np.where(rng.random(len(channels)) < brought, channels, own)
    return _dress(rng, timeline, channels, days, causes)


def _viral(timeline: Timeline, index: int) -> np.ndarray:
    factors = np.ones(len(CHANNELS))
    relative = index - timeline.marketing_days
    if VIRAL.covers(relative):
        factors[[FACEBOOK, LINKEDIN]] = 1 + (VIRAL.factor - 1) * VIRAL_FADE[relative - VIRAL.first]
    return factors


def _dress(
    rng: np.random.Generator, timeline: Timeline, channel: np.ndarray, day: np.ndarray, cause: np.ndarray
) -> People:
    """Place, device, hour, campaign spelling and intent of newcomers."""
    size = len(channel)
    place = choose(rng, np.array([p.weight for p in PLACES]), size)
    edges = np.stack([np.cumsum(hour_weights(p)) for p in range(len(PLACES))])
    hour = (rng.random(size)[:, None] > edges[place][:, :-1]).sum(axis=1)
    at = timeline.start_at + day * DAY + hour * 3600 + rng.integers(0, 3600, size)
    mobile = np.array([c.mobile for c in CHANNELS])[channel]
    u = rng.random(size)
    device = np.where(u < mobile, 1, np.where(u < mobile + 0.05, 2, 0))
    relative = day - timeline.marketing_days
    viral = (relative >= VIRAL.first) & (relative <= VIRAL.last) & np.isin(channel, (FACEBOOK, LINKEDIN))
    hot = rng.random(size) < np.array([c.hot for c in CHANNELS])[channel] * np.where(viral, 0.08, 1.0)
    return People(
        np.zeros(size, np.int64),
        at,
        place.astype(np.int8),
        device.astype(np.int8),
        channel.astype(np.int8),
        spelled(rng, channel, relative),
        np.full(size, NO_CAMPAIGN, np.int8),
        hot,
        cause.astype(np.int16),
    )


def spelled(rng: np.random.Generator, channel: np.ndarray, relative: np.ndarray) -> np.ndarray:
    """The campaign name, in one of the spellings people typed, of sessions that no ad account tagged."""
    utm = np.full(len(channel), 2, np.int16)
    utm[channel <= 1], utm[channel == DIRECT] = 0, 1
    launch = (relative >= -70) & (relative <= -41)
    names = {
        PAID_FACEBOOK: catalogue.SOCIAL,
        PAID_LINKEDIN: catalogue.DECISION,
        EMAIL: catalogue.LETTERS,
        BLOG: catalogue.EBOOK,
    }
    for kind, typed in names.items():
        rows = np.flatnonzero(channel == kind)
        weights = shares([6.0, *(1.5 for _ in typed[1:])])
        utm[rows] = np.array(catalogue.utm_indices(typed))[choose(rng, weights, len(rows))]
    rows = np.flatnonzero(
        launch & np.isin(channel, (PAID_FACEBOOK, EMAIL)) & (rng.random(len(channel)) < 0.5)
    )
    typed_launch = np.array(catalogue.utm_indices(catalogue.TYPED[catalogue.LAUNCH]))
    utm[rows] = typed_launch[rng.integers(0, len(typed_launch), len(rows))]
    return utm


def tagged(rng: np.random.Generator, campaign: np.ndarray) -> np.ndarray:
    """The campaign name of ad clicks: mostly auto-tagged, sometimes typed by hand."""
    utm = np.zeros(len(campaign), np.int16)
    for index in range(len(CAMPAIGNS)):
        rows, names = np.flatnonzero(campaign == index), np.array(catalogue.spellings(index))
        weights = shares([0.8, *(0.2 / max(len(names) - 1, 1) for _ in names[1:])])
        utm[rows] = names[choose(rng, weights, len(rows))]
    return utm


def _from_clicks(rng: np.random.Generator, clicks: Clicks, rows: np.ndarray) -> People:
    """Newcomers by ad click; while a campaign is paused, only those who would have come anyway, unpaid."""
    campaign = clicks.campaign[rows]
    anyway = rng.random(len(rows)) < np.array([c.anyway for c in CAMPAIGNS])[campaign]
    hot = rng.random(len(rows)) < np.array([c.hot for c in CAMPAIGNS])[campaign]
    paused, utm = clicks.paused[rows], tagged(rng, campaign)
    people = People(
        np.zeros(len(rows), np.int64),
        clicks.at[rows],
        clicks.place[rows],
        clicks.device[rows],
        np.where(paused, ORGANIC, CPC).astype(np.int8),
        np.where(paused, 0, utm).astype(np.int16),
        np.where(paused, NO_CAMPAIGN, campaign).astype(np.int8),
        hot,
        np.where(anyway, SELF, 100 + campaign).astype(np.int16),
    )
    return people.take(np.flatnonzero(anyway | ~paused))


def _first(people: People) -> Visits:
    return Visits(
        people.id,
        people.at,
        people.place,
        people.device,
        people.channel,
        people.utm,
        people.campaign,
        people.hot,
        np.ones(len(people.id), bool),
    )


def _returns(rng: np.random.Generator, people: People) -> Visits:
    """Later visits of the same people, mostly unpaid; those in the market come back more often.

    Those whom the launch brought had its address from the ad and come back straight to it.
    """
    counts = np.where(people.hot, rng.poisson(2.4, len(people.id)), rng.poisson(0.16, len(people.id)))
    rows = np.repeat(np.arange(len(people.id)), counts)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    gap = rng.exponential(np.where(people.hot[rows], 3.5, 8.0)) * (1 + nth)
    at = people.at[rows] + (np.maximum(gap, 0.05) * DAY).astype(np.int64)
    door = np.array([DIRECT, ORGANIC, EMAIL, LINKEDIN, BLOG])[choose(rng, RETURN_DOORS, len(rows))]
    door = np.where(people.campaign[rows] == catalogue.LAUNCH, DIRECT, door)
    channel = np.where(
        (rng.random(len(rows)) < 0.22) & (people.channel[rows] != CPC), people.channel[rows], door
    )
    utm = spelled(rng, channel, np.full(len(rows), -10_000))
    return Visits(
        people.id[rows],
        at,
        people.place[rows],
        people.device[rows],
        channel.astype(np.int8),
        utm,
        np.full(len(rows), NO_CAMPAIGN, np.int8),
        people.hot[rows],
        np.zeros(len(rows), bool),
    )


def _keenest(
    rng: np.random.Generator, members: np.ndarray, upto: np.ndarray, hot: np.ndarray, campaign: np.ndarray
) -> np.ndarray:
    """One person for each click, out of the first `upto` members: the first keen one of those at hand."""
    looks = np.array([c.keen for c in CAMPAIGNS])[campaign]
    chosen = members[(rng.random(len(upto)) * upto).astype(np.int64)]
    for look in range(1, int(looks.max(initial=1))):
        other = members[(rng.random(len(upto)) * upto).astype(np.int64)]
        chosen = np.where(hot[chosen] | (look >= looks), chosen, other)
    return np.asarray(chosen)


def _known_clicks(rng: np.random.Generator, clicks: Clicks, rows: np.ndarray, pool: People) -> Visits:
    """Ad clicks by people who were here before, in the same place."""
    found, who = [], []
    for place in range(len(PLACES)):
        members = np.flatnonzero(pool.place == place)
        members = members[np.argsort(pool.at[members], kind="stable")]
        mine = rows[clicks.place[rows] == place]
        upto = np.searchsorted(pool.at[members], clicks.at[mine])
        mine, upto = mine[upto > 0], upto[upto > 0]
        found.append(mine)
        who.append(_keenest(rng, members, upto, pool.hot, clicks.campaign[mine]))
    click, person = np.concatenate(found), np.concatenate(who).astype(np.int64)
    paused, campaign = clicks.paused[click], clicks.campaign[click]
    return Visits(
        pool.id[person],
        clicks.at[click],
        pool.place[person],
        clicks.device[click],
        np.where(paused, ORGANIC, CPC).astype(np.int8),
        np.where(paused, 0, tagged(rng, campaign)).astype(np.int16),
        np.where(paused, NO_CAMPAIGN, campaign).astype(np.int8),
        pool.hot[person],
        np.zeros(len(click), bool),
    )
