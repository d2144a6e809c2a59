"""Runs the whole simulation, part after part, into tables of one DuckDB file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import duckdb
import numpy as np

from sandbox import activity, ads, billing, claims, crm, office, people, store, web
from sandbox.billing import Phase, Starts, add_months
from sandbox.crm import CRM_CUSTOMERS_FROM, Deals, Leads
from sandbox.events import MASS_UPDATE_DAY
from sandbox.people import People, Visits
from sandbox.timeline import Timeline

FIRST_WINS_DAY = 40
T = TypeVar("T")


@dataclass(frozen=True)
class Web:
    """All visits and their inside, sorted by visitor and time; `cause` in the order of the visitors' ids."""

    cause: np.ndarray
    visits: Visits
    inside: web.Inside


def run(con: duckdb.DuckDBPyConnection, seed: int, timeline: Timeline, scale: float) -> None:
    """Simulate everything once and fill the tables."""
    seen = _traffic(con, seed, timeline, scale)
    visits, inside = seen.visits, seen.inside
    store.sessions(con, visits, inside)
    claimed = claims.claim(
        seed, timeline, visits.visitor, visits.at, visits.campaign, inside.event, visits.device, visits.place
    )
    store.table(con, "ad_claim", vars(claimed))
    store.dimensions(con, timeline)
    found = crm.leads(seed, visits.visitor, visits.at, inside.event)
    first, last = _books(timeline)
    rates = office.rates(seed, first, (last - first).days)
    store.rows(con, "rate", ("date", "currency", "rate", "source"), rates)
    led = crm.led_by(visits.visitor, visits.at, visits.campaign, found)
    leads, deals = crm.deals(seed, found, visits.channel[found.session], led)
    store_crm(con, seed, timeline, seen, leads, deals)
    _books_of(con, seed, timeline, scale, _starts(seed, timeline, scale, seen, leads, deals))


def _traffic(con: duckdb.DuckDBPyConnection, seed: int, timeline: Timeline, scale: float) -> Web:
    """Ads, people and sessions, chunk after chunk; each chunk knows only the one before."""
    known: People | None = None
    causes, visits, insides, shown, next_id = [], [], [], [], 1
    for chunk in range(timeline.chunks):
        cells, clicks, halo = ads.simulate(seed, timeline, chunk, scale)
        shown.append(cells)
        known, walked = people.arrive(seed, timeline, chunk, scale, clicks, halo, known, next_id)
        next_id += len(known.id)
        causes.append(known.cause)
        visits.append(walked)
        insides.append(web.happen(seed, timeline, chunk, walked))
    every = people.stack(shown)
    store.ad_cells(con, timeline, every, ads.late_hours(seed, every))
    order = _by_visitor(visits, timeline.end_at)
    return Web(np.concatenate(causes), _joined(visits, order), _joined(insides, order))


def _by_visitor(visits: list[Visits], until: int) -> np.ndarray:
    visitor, at = (np.concatenate([getattr(v, f) for v in visits]) for f in ("visitor", "at"))
    order = np.lexsort((at, visitor))
    return order[at[order] < until]


def _joined(parts: list[T], order: np.ndarray) -> T:
    """Chunks end to end, in another order; each chunk's columns are let go as soon as they are joined."""
    kind, names = type(parts[0]), list(vars(parts[0]))
    joined = {name: np.concatenate([vars(part).pop(name) for part in parts])[order] for name in names}
    return kind(**joined)


def _books(timeline: Timeline) -> tuple[date, date]:
    first = add_months(timeline.epoch_day, -timeline.billing_months)
    return first, timeline.day(timeline.days)


def store_crm(
    con: duckdb.DuckDBPyConnection, seed: int, timeline: Timeline, seen: Web, leads: Leads, deals: Deals
) -> None:
    """Leads, deals and touches, with the instants at which each changes."""
    session = leads.session
    visits = seen.visits
    mass = (
        int(
            datetime.combine(
                timeline.epoch_day + timedelta(days=MASS_UPDATE_DAY), datetime.min.time(), UTC
            ).timestamp()
        )
        + 3 * 3600
        + 26 * 60
        + 7
    )
    store.leads(con, seed, leads, visits, seen.cause[leads.visitor - 1], mass)
    store.deals(con, seed, leads, deals, visits.place[session])
    rows, lead = crm.touches(visits.visitor, visits.at, leads)
    store.touches(con, visits, seen.inside.landing, rows, leads.visitor[lead], leads.created[lead])


def _starts(seed: int, timeline: Timeline, scale: float, seen: Web, leads: Leads, deals: Deals) -> Starts:
    """Customers of the years before the CRM, then every won deal."""
    old = billing.legacy(seed, _books(timeline)[0], timeline.day(FIRST_WINS_DAY), scale)
    won = np.flatnonzero(deals.won & (deals.stages[:, 3] < timeline.end_at))
    lead = deals.lead[won]
    days = np.array(
        [datetime.fromtimestamp(int(at), UTC).date() for at in deals.stages[won, 3]], dtype=object
    )
    new = Starts(
        CRM_CUSTOMERS_FROM + leads.visitor[lead],
        days,
        seen.visits.place[leads.session[lead]],
        deals.plan[won],
        deals.annual[won],
        lead,
    )
    return Starts(*(np.concatenate([getattr(old, f), getattr(new, f)]) for f in Starts.__dataclass_fields__))


def _books_of(
    con: duckdb.DuckDBPyConnection, seed: int, timeline: Timeline, scale: float, starts: Starts
) -> None:
    first, last = _books(timeline)
    phases = billing.lives(seed, starts, first, last)
    bills = billing.invoices(seed, phases, first, last)
    store.customers(con, seed, starts)
    store.phases(con, phases)
    store.invoices(con, bills)
    acts = activity.simulate(seed, phases, timeline.start, last)
    store.table(con, "activity", vars(acts))
    _office(con, seed, timeline, scale, bills, phases)


def _office(
    con: duckdb.DuckDBPyConnection,
    seed: int,
    timeline: Timeline,
    scale: float,
    bills: list[billing.Invoice],
    phases: list[Phase],
) -> None:
    first, last = _books(timeline)
    answers = office.surveys(seed, timeline.start, last, scale, timeline.epoch_day)
    store.rows(
        con,
        "survey",
        ("response_id", "date", "survey", "wave", "score", "aided", "unaided", "country", "region"),
        answers,
    )
    store.rows(
        con,
        "market",
        ("month", "market_revenue", "low", "high", "currency", "source"),
        office.market(seed, bills, first, last),
    )
    store.rows(
        con,
        "cost",
        ("month", "category", "channel", "amount", "currency"),
        office.costs(seed, timeline.start, last),
    )
    store.rows(con, "target", ("metric", "starts_on", "ends_on", "value"), office.targets(timeline.epoch_day))
