"""The DuckDB tables of the simulated truth; the only module that writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from sandbox import names
from sandbox.ads import Cells
from sandbox.billing import Invoice, Phase, Starts
from sandbox.campaigns import ACCOUNTS, CAMPAIGNS, UTMS
from sandbox.crm import CRM_CUSTOMERS_FROM, NEVER, STAGES, Deals, Leads
from sandbox.draws import uniform
from sandbox.people import Visits
from sandbox.timeline import Timeline
from sandbox.web import Inside
from sandbox.world import CHANNELS, DEVICES, LANDING_PAGES, PLACES, PLANS

TWICE = 0.025  # share of leads that are somebody who was entered before
LEAD, DEAL, ACCOUNT, HISTORY, CAMPAIGN, TOUCH = "00Q", "006", "001", "008", "701", "a0T"


def table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, object]) -> None:
    """Write columns of equal length as a table."""
    arrow = pa.table({key: pa.array(values) for key, values in columns.items()})
    con.register("incoming", arrow)
    con.execute(f"create table {name} as select * from incoming")
    con.unregister("incoming")


def rows(
    con: duckdb.DuckDBPyConnection, name: str, header: Sequence[str], values: Sequence[Sequence[object]]
) -> None:
    """Write rows as a table."""
    columns = list(zip(*values, strict=True)) if values else [() for _ in header]
    table(con, name, {key: list(column) for key, column in zip(header, columns, strict=True)})


def sessions(con: duckdb.DuckDBPyConnection, visits: Visits, inside: Inside) -> None:
    """Sessions that GA4's tag recorded, hour by hour, and those it missed in a table of their own."""
    columns = {**vars(visits), **vars(inside)}
    tracked = columns.pop("tracked")
    columns.pop("hot")
    columns["ts"] = columns.pop("at")
    hour = inside.day.astype(np.int16) * np.int16(24) + inside.hour
    kept = np.flatnonzero(tracked)[np.argsort(hour[tracked], kind="stable")]
    table(con, "session", {k: v[kept] for k, v in columns.items()})
    table(con, "session_missed", {k: v[~tracked] for k, v in columns.items()})


def ad_cells(con: duckdb.DuckDBPyConnection, timeline: Timeline, cells: Cells, late: np.ndarray) -> None:
    """Cells with the instant at which the account first reports them."""
    account = np.array([c.account for c in CAMPAIGNS])[cells.campaign]
    begins = np.stack([timeline.instants(a.zone) for a in ACCOUNTS])[account, cells.day, cells.hour]
    table(con, "ad_cell", {**vars(cells), "seen_at": begins + late * 3600})


def leads(
    con: duckdb.DuckDBPyConnection, seed: int, found: Leads, visits: Visits, cause: np.ndarray, mass: int
) -> None:
    """Leads with the session that made them. `cause` is the truth behind each and is never served."""
    person = _persons(seed, found.visitor)
    who = names.people(seed, person)
    companies = names.companies(seed, person)
    session = found.session
    table(
        con,
        "lead",
        {
            "visitor": found.visitor,
            "id": names.salesforce_ids(LEAD, found.visitor),
            "first_name": [f for f, _ in who],
            "last_name": [last for _, last in who],
            "company": companies,
            "email": [
                f"{f}.{last}.{v}@{c.split()[0]}-{c.split()[1]}.example".lower()
                for (f, last), c, v in zip(who, companies, person, strict=True)
            ],
            "created": found.created,
            "worked": found.worked,
            "converted": found.converted,
            "deleted": found.deleted,
            "mass": np.where(found.created < mass, mass, NEVER),
            "channel": visits.channel[session],
            "utm": visits.utm[session],
            "campaign": visits.campaign[session],
            "device": visits.device[session],
            "first": visits.first[session],
            "place": visits.place[session],
            "cause": cause,
        },
    )


def _persons(seed: int, visitor: np.ndarray) -> np.ndarray:
    """Who each lead is: some fill in the form again on another device, right after they did so first."""
    before = np.concatenate([visitor[:1], visitor[:-1]])
    return np.where(uniform(seed, visitor, 86) < TWICE, before, visitor)


def deals(con: duckdb.DuckDBPyConnection, seed: int, found: Leads, made: Deals, place: np.ndarray) -> None:
    """Opportunities in the currency of their country, and the history of their stages."""
    visitor, where = found.visitor[made.lead], place[made.lead]
    euro = np.array([p.country_id == "DE" for p in PLACES])[where]
    rate = np.where(euro, _euro_rate(con, made.created), 1.0)
    deal = {
        "visitor": visitor,
        "id": names.salesforce_ids(DEAL, visitor),
        "account": names.salesforce_ids(ACCOUNT, CRM_CUSTOMERS_FROM + visitor),
        "created": made.created,
        **{f"stage{k + 1}": made.stages[:, k] for k in range(4)},
        "won": made.won,
        "plan": made.plan,
        "annual": made.annual,
        "guess": np.where(euro, np.rint(made.guess / rate), made.guess),
        "amount": np.where(euro, np.round(made.amount / rate, 2), made.amount),
        "currency": np.where(euro, "EUR", "USD"),
        "place": where,
    }
    table(con, "deal", deal)
    table(con, "deal_history", _history(deal))


def _history(deal: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One row for each stage that deals enter; the proposal sets the amount, the close the last stage."""
    visitor, size = deal["visitor"], len(deal["visitor"])
    stages = [np.full(size, k) for k in range(4)] + [np.where(deal["won"], 4, 5)]
    values = [deal["guess"]] * 2 + [deal["amount"]] * 3
    return {
        "id": np.concatenate([names.salesforce_ids(HISTORY, visitor * 8 + k) for k in range(5)]),
        "deal": np.tile(deal["id"], 5),
        "ts": np.concatenate([deal["created"], *(deal[f"stage{k}"] for k in range(1, 5))]),
        "created": np.tile(deal["created"], 5),
        "stage": np.array(STAGES)[np.concatenate(stages)],
        "amount": np.concatenate(values),
        "currency": np.tile(deal["currency"], 5),
    }


def _euro_rate(con: duckdb.DuckDBPyConnection, at: np.ndarray) -> np.ndarray:
    known = con.execute("select epoch(date::timestamp)::bigint, rate from rate order by 1").fetchall()
    days, values = np.array([k for k, _ in known]), np.array([v for _, v in known])
    return values[np.clip(np.searchsorted(days, at, side="right") - 1, 0, len(values) - 1)]


def touches(
    con: duckdb.DuckDBPyConnection,
    visits: Visits,
    landing: np.ndarray,
    picked: np.ndarray,
    visitor: np.ndarray,
    lead_created: np.ndarray,
) -> None:
    """Sessions of people who became leads; those before the lead are written when the lead is."""
    start = np.r_[True, visitor[1:] != visitor[:-1]] if len(visitor) else np.zeros(0, bool)
    first = np.maximum.accumulate(np.where(start, np.arange(len(visitor)), 0))
    nth = np.arange(len(visitor)) - first
    ids = names.salesforce_ids(TOUCH, visitor * 512 + nth)
    table(
        con,
        "touch",
        {
            "id": ids,
            "lead": names.salesforce_ids(LEAD, visitor),
            "visitor": visitor,
            "ts": visits.at[picked],
            "created": np.maximum(visits.at[picked], lead_created),
            "channel": visits.channel[picked],
            "utm": visits.utm[picked],
            "campaign": visits.campaign[picked],
            "landing": landing[picked],
            "device": visits.device[picked],
            "first": visits.first[picked],
            "place": visits.place[picked],
        },
    )


def customers(con: duckdb.DuckDBPyConnection, seed: int, starts: Starts) -> None:
    """Paying customers, by the account id that billing and the CRM share."""
    crm = starts.lead >= 0
    visitor = np.where(crm, starts.id - CRM_CUSTOMERS_FROM, 0)
    company = np.where(crm, names.companies(seed, visitor), names.companies(seed + 1, starts.id))
    table(
        con,
        "customer",
        {
            "number": starts.id,
            "id": names.salesforce_ids(ACCOUNT, starts.id),
            "name": company.tolist(),
            "place": starts.place.astype(np.int8),
            "visitor": visitor,
            "started": list(starts.day),
        },
    )


def phases(con: duckdb.DuckDBPyConnection, found: list[Phase]) -> None:
    """Phases of subscriptions; `cause` tells why one was canceled and is never served."""
    table(
        con,
        "phase",
        {
            "subscription": [f"SUB-{p.subscription:09d}" for p in found],
            "customer": [p.customer for p in found],
            "plan": [p.plan for p in found],
            "annual": [p.annual for p in found],
            "price": [p.price for p in found],
            "started": [p.start for p in found],
            "ended": [p.end for p in found],
            "closes": [p.closes for p in found],
            "cause": [p.cause for p in found],
        },
    )


def invoices(con: duckdb.DuckDBPyConnection, bills: list[Invoice]) -> None:
    """Bills with the day they were paid, if ever."""
    table(
        con,
        "invoice",
        {
            "id": [f"INV-{b.customer:08d}-{b.issued:%Y%m%d}" for b in bills],
            "customer": [b.customer for b in bills],
            "issued": [b.issued for b in bills],
            "due": [b.due for b in bills],
            "paid": [b.paid for b in bills],
            "amount": [b.amount for b in bills],
            "plan": [b.plan for b in bills],
        },
    )


def dimensions(con: duckdb.DuckDBPyConnection, timeline: Timeline) -> None:
    """The names behind the codes, as small tables to join."""
    rows(
        con,
        "dim_place",
        ("place", "country", "country_id", "region", "criterion", "region_criterion"),
        [
            (i, p.country, p.country_id, p.region, p.country_criterion, p.region_criterion)
            for i, p in enumerate(PLACES)
        ],
    )
    rows(
        con,
        "dim_channel",
        ("channel", "source", "medium", "grp"),
        [(i, c.source, c.medium, c.group) for i, c in enumerate(CHANNELS)],
    )
    rows(
        con,
        "dim_utm",
        ("utm", "name", "campaign_id"),
        [(i, u.name, u.campaign_id) for i, u in enumerate(UTMS)],
    )
    rows(con, "dim_device", ("device", "name"), list(enumerate(DEVICES)))
    rows(con, "dim_landing", ("landing", "page"), list(enumerate(LANDING_PAGES)))
    rows(con, "dim_plan", ("plan", "name"), [(i, p.name) for i, p in enumerate(PLANS)])
    rows(
        con,
        "dim_campaign",
        ("campaign", "ads_id", "name", "kind", "account", "sf_id", "starts", "ends", "budget"),
        [_campaign_row(timeline, index) for index in range(len(CAMPAIGNS))],
    )


def _campaign_row(timeline: Timeline, index: int) -> tuple[object, ...]:
    item = CAMPAIGNS[index]
    starts = timeline.day(timeline.index(item.first)) if item.total else timeline.start
    ends = timeline.day(timeline.index(item.last)) if item.total else None
    return (
        index,
        item.id,
        item.name,
        item.kind,
        item.account,
        names.salesforce_id(CAMPAIGN, index + 1),
        starts,
        ends,
        float(item.total) if item.total else None,
    )
