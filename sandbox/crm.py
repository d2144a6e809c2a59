"""The sales side: leads from web sessions, opportunities from leads, their stages and touches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.campaigns import CAMPAIGNS
from sandbox.draws import uniform
from sandbox.timeline import DAY
from sandbox.world import CHANNELS, LEAD_EVENTS, PLANS, monthly_price

LEAD_TO_OPPORTUNITY, OPPORTUNITY_TO_WON = 0.262, 0.330
ANNUAL_SHARE = 0.25
CRM_CUSTOMERS_FROM = 10_000_000
NEVER = np.iinfo(np.int64).max
STAGES = ("Qualification", "Needs Analysis", "Proposal", "Negotiation", "Closed Won", "Closed Lost")


@dataclass(frozen=True)
class Leads:
    """One row for each lead, with the session that made it and what became of it.

    Units: instants in Unix seconds, `NEVER` when it does not happen; `session` indexes the sessions.
    """

    visitor: np.ndarray
    session: np.ndarray
    created: np.ndarray
    worked: np.ndarray
    converted: np.ndarray
    deleted: np.ndarray


@dataclass(frozen=True)
class Deals:
    """One row for each opportunity; `lead` indexes the leads.

    Units: `stages` holds the instants of the four stage changes, the last one closes it (shape: deals x 4);
    amounts in USD, `guess` before the proposal and `amount` from it on.
    """

    lead: np.ndarray
    created: np.ndarray
    stages: np.ndarray
    won: np.ndarray
    plan: np.ndarray
    annual: np.ndarray
    guess: np.ndarray
    amount: np.ndarray


def leads(seed: int, visitor: np.ndarray, at: np.ndarray, event: np.ndarray) -> Leads:
    """The first demo request or sign-up of each visitor, over sessions sorted by visitor and time."""
    rows = np.flatnonzero(np.isin(event, LEAD_EVENTS))
    keep = np.ones(len(rows), bool)
    keep[1:] = visitor[rows][1:] != visitor[rows][:-1]
    rows = rows[keep]
    rows = rows[np.argsort(at[rows], kind="stable")]
    who, created = visitor[rows], at[rows]
    worked = created + (DAY * (0.1 + 1.5 * uniform(seed, who, 1))).astype(np.int64)
    deleted = np.where(uniform(seed, who, 2) < 0.012, created + 12 * DAY, NEVER)
    return Leads(who, rows, created, worked, np.full(len(rows), NEVER), deleted)


def deals(seed: int, found: Leads, channel: np.ndarray, campaign: np.ndarray) -> tuple[Leads, Deals]:
    """The opportunities of some leads, with the leads marked as converted."""
    quality = np.array([c.quality for c in CHANNELS])[channel]
    quality = np.where(campaign >= 0, np.array([c.quality for c in CAMPAIGNS])[campaign], quality)
    chance = LEAD_TO_OPPORTUNITY * quality
    makes = (uniform(seed, found.visitor, 3) < chance) & (found.deleted == NEVER)
    row = np.flatnonzero(makes)
    who = found.visitor[row]
    created = found.worked[row] + (DAY * (0.5 + 8 * uniform(seed, who, 4))).astype(np.int64)
    converted = found.converted.copy()
    converted[row] = created
    won = uniform(seed, who, 5) < OPPORTUNITY_TO_WON * np.sqrt(quality[row])
    cycle = _cycle(seed, who) * np.where(won, 1.0, 0.85)
    parts = np.array([0.18, 0.45, 0.75, 1.0])
    stages = created[:, None] + (cycle[:, None] * parts * DAY).astype(np.int64)
    plan = _plan(seed, who, campaign[row])
    annual = uniform(seed, who, 9) < ANNUAL_SHARE
    amount = np.array([12 * monthly_price(int(p), bool(a)) for p, a in zip(plan, annual, strict=True)])
    guess = np.rint(amount * (0.75 + 0.6 * uniform(seed, who, 10)) / 10) * 10
    marked = Leads(found.visitor, found.session, found.created, found.worked, converted, found.deleted)
    return marked, Deals(row, created, stages, won, plan, annual, guess, amount)


def _plan(seed: int, who: np.ndarray, campaign: np.ndarray) -> np.ndarray:
    """The plan each customer buys: the usual mix, or that of the campaign that led to it."""
    edges = np.cumsum([*(c.plans for c in CAMPAIGNS), [p.weight for p in PLANS]], axis=1)[:, :-1]
    return np.asarray((uniform(seed, who, 8)[:, None] >= edges[campaign]).sum(axis=1))


def led_by(visitor: np.ndarray, at: np.ndarray, campaign: np.ndarray, found: Leads) -> np.ndarray:
    """The campaign of each lead's last ad click in the ninety days up to it, -1 without one.

    Takes sessions sorted by visitor and time.
    """
    rows = np.arange(len(at))
    click = np.maximum.accumulate(np.where(campaign >= 0, rows, -1))[found.session]
    near = (click >= 0) & (visitor[click] == found.visitor) & (found.created - at[click] <= 90 * DAY)
    return np.where(near, campaign[click], -1)


def _cycle(seed: int, who: np.ndarray) -> np.ndarray:
    """Days from opportunity to close: lognormal around four weeks."""
    u = np.clip(uniform(seed, who, 6), 1e-9, 1 - 1e-9)
    v = uniform(seed, who, 7)
    normal = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
    return np.asarray(np.clip(26.5 * np.exp(0.3 * normal), 6, 80))


def touches(visitor: np.ndarray, at: np.ndarray, found: Leads) -> tuple[np.ndarray, np.ndarray]:
    """Sessions by visitors who became leads, up to ninety days after.

    Shape: session rows, and for each the index of its lead.
    """
    order = np.argsort(found.visitor, kind="stable")
    spot = np.searchsorted(found.visitor[order], visitor)
    spot = np.minimum(spot, max(len(order) - 1, 0))
    lead = order[spot] if len(order) else np.zeros(len(visitor), np.int64)
    known = (
        (found.visitor[lead] == visitor) & (at <= found.created[lead] + 90 * DAY)
        if len(order)
        else visitor < 0
    )
    rows = np.flatnonzero(known)
    return rows, lead[rows]
