"""Google Ads as counted things: impressions shown in each cell, clicks on them, and what each click cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox import campaigns as catalogue
from sandbox.campaigns import ACCOUNTS, CAMPAIGNS, Campaign, daily_budget
from sandbox.draws import stream, uniform
from sandbox.events import BRAND_PAUSE, CPC_SPIKE
from sandbox.timeline import CHUNK_DAYS, Timeline
from sandbox.world import local_hour_weights

ADS = 1


@dataclass(frozen=True)
class Cells:
    """Impressions, clicks and cost of each (campaign, local day, hour, device, place) that had impressions.

    Units: `cost` in micros of the account's currency.
    """

    campaign: np.ndarray
    day: np.ndarray
    hour: np.ndarray
    device: np.ndarray
    place: np.ndarray
    impressions: np.ndarray
    clicks: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True)
class Clicks:
    """One row for each click: the cell it fell into, when, and whether the campaign was switched off.

    Units: `at` in Unix seconds.
    """

    campaign: np.ndarray
    day: np.ndarray
    hour: np.ndarray
    device: np.ndarray
    place: np.ndarray
    at: np.ndarray
    paused: np.ndarray


def simulate(seed: int, timeline: Timeline, chunk: int, scale: float) -> tuple[Cells, Clicks, np.ndarray]:
    """One chunk of days for all campaigns.

    Shape: cells, clicks, and the impressions that spread the word, one number a day of the chunk.
    """
    parts = [_campaign(seed, timeline, chunk, scale, index) for index in range(len(CAMPAIGNS))]
    cells = Cells(*(np.concatenate([getattr(p, f) for p in parts]) for f in Cells.__dataclass_fields__))
    clicks = _expand(stream(seed, ADS, chunk, 99), timeline, cells)
    paused = _paused(timeline, cells.campaign, cells.day)
    shown = Cells(*(getattr(cells, f)[~paused] for f in Cells.__dataclass_fields__))
    halo = np.array([c.halo for c in CAMPAIGNS])[shown.campaign] * shown.impressions / 1000
    return shown, clicks, np.bincount(shown.day - chunk * CHUNK_DAYS, weights=halo, minlength=CHUNK_DAYS)


def _paused(timeline: Timeline, campaign: np.ndarray, day: np.ndarray) -> np.ndarray:
    relative = day - timeline.marketing_days
    inside = (relative >= BRAND_PAUSE.first) & (relative <= BRAND_PAUSE.last)
    return np.asarray(inside & (campaign == catalogue.BRAND_US))


def _campaign(seed: int, timeline: Timeline, chunk: int, scale: float, index: int) -> Cells:
    campaign = CAMPAIGNS[index]
    rng = stream(seed, ADS, chunk, index)
    days = np.arange(chunk * CHUNK_DAYS, (chunk + 1) * CHUNK_DAYS)
    wanted, price = _plan(rng, timeline, campaign, days, scale)
    places, place_share = zip(*ACCOUNTS[campaign.account].places, strict=True)
    devices = np.array([0.95 - campaign.mobile, campaign.mobile, 0.05])
    shape = np.einsum(
        "d,dh,v,p->dhvp", wanted, _open_hours(timeline, campaign, days), devices, np.array(place_share)
    )
    impressions = rng.poisson(shape)
    day, hour, device, place = np.nonzero(impressions)
    counted = impressions[day, hour, device, place]
    ctr = campaign.ctr * np.array([1.1, 0.92, 0.8])[device]
    clicks = rng.binomial(counted, ctr * np.where(price[day] > 1, 0.8, 1.0))
    mean = campaign.cpc * price[day] * np.exp(rng.normal(-0.02, 0.2, len(day)))
    cost = np.rint(clicks * mean * 100).astype(np.int64) * 10_000
    return Cells(
        np.full(len(day), index, np.int8),
        days[day].astype(np.int32),
        hour.astype(np.int8),
        device.astype(np.int8),
        np.array(places, np.int8)[place],
        counted,
        clicks,
        cost,
    )


def _plan(
    rng: np.random.Generator, timeline: Timeline, campaign: Campaign, days: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Impressions wanted on each day, and the factor on the price of a click."""
    relative = days - timeline.marketing_days
    running = (relative >= campaign.first) & (relative <= campaign.last)
    pace = np.array([timeline.day(int(d)).weekday() < 5 for d in days]) * 0.16 + 0.84
    noise = np.exp(rng.normal(0.0, 0.04 if campaign.total else 0.08, len(days)))
    phase = 1.0 if campaign.total else 0.85 + 0.12 * np.sin(days / 37.0 + campaign.id % 7)
    spend = daily_budget(campaign) * np.where(running, pace * noise * phase, 0.0)
    spike = (relative >= CPC_SPIKE.first) & (relative <= CPC_SPIKE.last)
    hit = spike & (campaign.kind == "SEARCH") & (campaign.total == 0)
    return spend * scale / (campaign.cpc * campaign.ctr), np.where(hit, CPC_SPIKE.factor, 1.0)


def _open_hours(timeline: Timeline, campaign: Campaign, days: np.ndarray) -> np.ndarray:
    """Share of a day in each local hour; an hour that the clocks skip shows nothing."""
    exists = timeline.instants(ACCOUNTS[campaign.account].zone)[days] >= 0
    return np.asarray(exists * local_hour_weights())


def _expand(rng: np.random.Generator, timeline: Timeline, cells: Cells) -> Clicks:
    """One row for each click, at a random second of its hour."""
    rows = np.repeat(np.arange(len(cells.clicks)), cells.clicks)
    campaign, day, hour = cells.campaign[rows], cells.day[rows], cells.hour[rows]
    account = np.array([c.account for c in CAMPAIGNS])[campaign]
    begins = np.stack([timeline.instants(a.zone) for a in ACCOUNTS])[account, day, hour]
    at = begins + rng.integers(0, 3600, len(rows))
    return Clicks(
        campaign, day, hour, cells.device[rows], cells.place[rows], at, _paused(timeline, campaign, day)
    )


def late_hours(seed: int, cells: Cells) -> np.ndarray:
    """Hours after its own hour at which each cell is first reported; a few days arrive a day late."""
    ids = cells.campaign.astype(np.int64) * 100_000 + cells.day
    return np.where(uniform(seed, ids, 71) < 0.03, 30, 3)
