"""A small warehouse with rows that a person can add up: one company, January to March 2026.

Every row follows from arithmetic on its position, so that the same answer can be had by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from duckdb_sqlalchemy import Dialect
from sqlalchemy import Table

from app.clock import FixedClock
from app.data.query.runner import Runner
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.rollups import ROLLUPS
from app.settings import Settings
from tests.one_snapshot import OneSnapshot

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
DAYS = [FIRST + timedelta(days=i) for i in range(90)]
NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)
CLOCK = FixedClock(NOW)

# traffic key -> source, medium, campaign, channel, platform
TRAFFIC = {
    1: ("google", "cpc", "Launch", "Paid search", "google_ads"),
    2: ("facebook", "paid_social", "Retarget", "Social", "facebook_ads"),
    3: ("google", "organic", "(not set)", "Organic search", "(not set)"),
    4: ("(direct)", "(none)", "(not set)", "Direct", "(not set)"),
}
# One campaign has a daily budget that was changed in February, one a total for its ninety days.
CHANGED = date(2026, 2, 10)
BUDGETS: tuple[dict[str, Any], ...] = (
    {"campaign_key": 11, "date": date(2026, 1, 20), "daily_budget_micros": 40_000_000},
    {"campaign_key": 11, "date": CHANGED, "daily_budget_micros": 70_000_000},
    {"campaign_key": 12, "date": date(2026, 1, 20), "total_budget_micros": 1_800_000_000}
    | {"starts_on": FIRST, "ends_on": LAST},
)
# campaign key -> platform, account id, account, campaign
CAMPAIGNS = {
    11: ("google_ads", "g1", "Google EU", "Product Launch"),
    12: ("facebook_ads", "f1", "Facebook EU", "Retargeting"),
    13: ("google_ads", "g1", "Google EU", "Brand"),
}
DEVICES = ("mobile", "desktop")
COUNTRIES = (("DE", "Berlin"), ("US", "Texas"))
VISITORS = ("new", "returning")
PLANS = ("Starter", "Pro")
CRM = {"source_id": "salesforce", "account_id": "o1", "load_id": 9}
# Deals of somebody who is a customer already, and leads of somebody who is a lead already.
AGAIN = {20: "c12", 36: "c12"}
TWICE = {5: 4, 41: 33, 46: 45, 70: 4}


def empty(path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A warehouse with all tables and no rows."""
    connection = duckdb.connect(str(path))
    for table in WAREHOUSE.sorted_tables:
        columns = ", ".join(f'"{c.name}" {c.type.compile(dialect=Dialect())}' for c in table.columns)
        connection.execute(f"CREATE TABLE {table.name} ({columns})")
    connection.execute("CREATE TABLE warehouse_state (name VARCHAR, value VARCHAR)")
    return connection


def insert(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rows by column name; columns left out are null."""
    table: Table = WAREHOUSE.tables[name]
    columns = [column.name for column in table.columns]
    unknown = {key for row in rows for key in row} - set(columns)
    assert not unknown, f"{name} lacks {unknown}"
    marks = f"({', '.join('?' for _ in columns)})"
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        values = [row.get(column) for row in part for column in columns]
        connection.execute(f"INSERT INTO {name} VALUES {', '.join([marks] * len(part))}", values)


@cache
def company() -> duckdb.DuckDBPyConnection:
    """The whole company; one for all tests, which only read it."""
    return company_to_change()


def company_to_change() -> duckdb.DuckDBPyConnection:
    """The same company once more, for a test that changes it."""
    connection = empty()
    _dimensions(connection)
    _ads(connection)
    _web(connection)
    _crm(connection)
    _billing(connection)
    _brand(connection)
    roll_up(connection)
    number(connection)
    return connection


def runner(connection: duckdb.DuckDBPyConnection, store: Any = None, **settings: Any) -> Runner:
    """A runner on one warehouse."""
    return Runner(OneSnapshot(connection), Settings(**settings), CLOCK, store)


def roll_up(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the rollups from their facts."""
    for rollup in ROLLUPS:
        by, sums = ", ".join(rollup.by), ", ".join(f"sum({name})" for name in rollup.sums)
        connection.execute(f"DELETE FROM {rollup.table.name}")
        connection.execute(
            f"INSERT INTO {rollup.table.name} SELECT {by}, {sums} FROM {rollup.fact.table.name} GROUP BY {by}"
        )


def number(connection: duckdb.DuckDBPyConnection, version: int = 1, load_id: int = 9) -> None:
    """Give every fact a version, and the warehouse a newest load."""
    connection.execute("DELETE FROM fact_version")
    facts = [name for name in WAREHOUSE.tables if name.startswith("fact_") and not name.endswith("_history")]
    for name in facts:
        if name != "fact_version":
            connection.execute(
                f"INSERT INTO fact_version SELECT ?, ?, ?, count(*) FROM {name}",
                [name.removeprefix("fact_"), version, load_id],
            )
    connection.execute("DELETE FROM published_load")
    connection.execute(
        "INSERT INTO published_load (load_id, source, stream, extracted_at, rows, changed) "
        "VALUES (?, 'google_ads', 'ads', '2026-04-01T05:00:00+00:00', 1, TRUE)",
        [load_id],
    )


def _dimensions(connection: duckdb.DuckDBPyConnection) -> None:
    names = ("source", "medium", "campaign_raw", "channel", "platform")
    insert(
        connection,
        "dim_traffic",
        [{"traffic_key": key, **dict(zip(names, row, strict=True))} for key, row in TRAFFIC.items()],
    )
    names = ("platform", "account_id", "account", "campaign")
    insert(
        connection,
        "dim_campaign",
        [{"campaign_key": key, **dict(zip(names, row, strict=True))} for key, row in CAMPAIGNS.items()],
    )
    told = {"currency": "USD", "load_id": 9}
    insert(connection, "fact_campaign_budget", [told | _owner(one["campaign_key"]) | one for one in BUDGETS])
    sources = ("google_ads", "facebook_ads", "google_analytics", "salesforce", "billing", "survey", "market")
    insert(
        connection,
        "dim_source",
        [
            {"source": name, "title": name.title(), "time_zone": "UTC", "data_until": LAST}
            | {"extracted_at": "2026-04-01T05:00:00+00:00", "load_id": 9}
            for name in sources
        ],
    )
    insert(connection, "dim_rate", [{"date": FIRST, "currency": "EUR", "rate": 1.1, "rate_version": 4}])


def _owner(campaign: int) -> dict[str, str]:
    platform, account, *_ = CAMPAIGNS[campaign]
    return {"source_id": platform, "account_id": account}


def _ads(connection: duckdb.DuckDBPyConnection) -> None:
    rows, places, hours = [], [], []
    for n, day in enumerate(DAYS):
        for traffic, campaign in ((1, 11), (1, 13), (2, 12)):
            shared: dict[str, Any] = _owner(campaign) | {"date": day, "load_id": 9}
            shared |= {"traffic_key": traffic, "campaign_key": campaign, "currency": "USD"}
            for i, device in enumerate(DEVICES):
                rows.append(shared | {"device": device} | _media(n, campaign, 1 + i))
            if shared["source_id"] == "google_ads":
                for i, (country, region) in enumerate(COUNTRIES):
                    places.append(
                        shared | {"country": country, "region": region} | _media(n, campaign, 1 + i)
                    )
                hours += [shared | {"hour": hour} | _media(n, campaign, 1) for hour in (9, 15)]
    insert(connection, "fact_ad", rows)
    insert(connection, "fact_ad_geo", places)
    insert(connection, "fact_ad_hour", hours)


def _media(n: int, campaign: int, factor: int) -> dict[str, Any]:
    cost = (10 + n % 7 + campaign) * factor * 1_000_000
    value = (30 + n % 5) * factor * 1_000_000
    return {
        "impressions": (1000 + 10 * n) * factor,
        "clicks": (20 + n % 11) * factor,
        "claimed_conversions": 0.5 * factor,
        "cost": cost,
        "cost_micros": cost,
        "claimed_value": value,
        "claimed_value_micros": value,
    }


def _web(connection: duckdb.DuckDBPyConnection) -> None:
    sessions, hours, pages = [], [], []
    for n, day in enumerate(DAYS):
        shared = {"source_id": "google_analytics", "account_id": "w1", "date": day, "load_id": 9}
        for key in TRAFFIC:
            for i, device in enumerate(DEVICES):
                country, region = COUNTRIES[(n + i) % 2]
                visit = {"device": device, "visitor_type": VISITORS[i], "country": country, "region": region}
                sessions.append(
                    shared | {"traffic_key": key, "campaign_key": 11} | visit | _visit(n, key + i)
                )
            hours.append(shared | {"traffic_key": key, "hour": 10, "device": "mobile"} | _visit(n, key))
        pages += [
            shared | {"landing_page": page, "device": "mobile"} | _visit(n, 2) for page in ("/", "/pricing")
        ]
    insert(connection, "fact_session", sessions)
    insert(connection, "fact_session_hour", hours)
    insert(connection, "fact_landing", pages)
    insert(connection, "fact_visitor_window", list(_windows()))


def _visit(n: int, factor: int) -> dict[str, int]:
    sessions = (10 + n % 4) * factor
    return {
        "sessions": sessions,
        "engaged_sessions": sessions - 3 * factor,
        "key_event_sessions": factor,
        "page_views": sessions * 3,
        "engagement_seconds": sessions * 40,
        "key_events": 2 * factor,
    }


def _windows() -> Iterator[dict[str, Any]]:
    """Visitors of January, February and the quarter: of everybody, by device, by country."""
    for start, end, count in (
        (date(2026, 1, 1), date(2026, 1, 31), 4000),
        (date(2026, 2, 1), date(2026, 2, 28), 4200),
        (FIRST, LAST, 9000),
    ):
        every = {"device": "*", "visitor_type": "*", "country": "*", "region": "*"}
        window = {"source_id": "google_analytics", "account_id": "w1", "load_id": 9}
        window |= {"window_start": start, "window_end": end}
        yield window | every | {"visitors": count}
        yield window | every | {"device": "mobile", "visitors": count * 6 // 10}
        yield window | every | {"device": "desktop", "visitors": count * 5 // 10}
        yield window | every | {"country": "DE", "visitors": count // 4}
        yield window | every | {"country": "DE", "region": "Berlin", "visitors": count // 8}


def _crm(connection: duckdb.DuckDBPyConnection) -> None:
    """Each day one lead; every second one becomes a deal, some of which are lost or open."""
    leads, deals, credits = [], [], []
    for n, day in enumerate(DAYS):
        leads.append(_origin(n) | _traffic(n) | _lead(n, day))
        if n % 2 == 1:
            continue
        deal = _deal(n // 2, day, n)
        country, region = COUNTRIES[n % 2]
        deals.append(CRM | {"country": country, "region": region} | deal)
        if deal["is_won"]:
            credits.append(_origin(n) | _traffic(n) | _credit(deal))
    insert(connection, "fact_lead", leads)
    insert(connection, "fact_opportunity", deals)
    insert(connection, "fact_credit", credits)


def _origin(n: int) -> dict[str, Any]:
    country, region = COUNTRIES[n % 2]
    visit = {"device": DEVICES[n % 2], "visitor_type": VISITORS[n % 2]}
    return CRM | {"country": country, "region": region} | visit


def _traffic(n: int) -> dict[str, int]:
    return {"traffic_key": n % 4 + 1, "campaign_key": 11 + n % 3}


def _lead(n: int, day: date) -> dict[str, Any]:
    return {
        "lead_id": f"l{n}",
        "date": day,
        "opportunity_id": f"d{n}" if n % 2 == 0 else None,
        "is_deleted": n == 89,
        "person_key": f"p{TWICE.get(n, n)}",
    }


def _deal(i: int, day: date, n: int) -> dict[str, Any]:
    """Deal `i`, of lead `n`."""
    closed, won, amount = i % 5 != 4, i % 5 != 4 and i % 3 != 2, (100 + i) * 1_000_000
    close = min(day + timedelta(days=10 + i % 7), LAST)
    return (
        {"opportunity_id": f"d{n}", "customer_id": AGAIN.get(n, f"c{n}"), "lead_id": f"l{n}"}
        | {"date": day, "close_date": close, "stage": "Won" if won else "Other", "currency": "USD"}
        | {"is_closed": closed, "is_won": won, "amount": amount, "amount_micros": amount}
        | {"plan": PLANS[i % 2], "is_deleted": False}
    )


def _credit(deal: dict[str, Any]) -> dict[str, Any]:
    same = {name: deal[name] for name in ("opportunity_id", "customer_id", "plan")}
    own = {"model": "last_non_direct", "landing_page": "/", "weight": 1.0}
    return same | own | {"date": deal["close_date"], "revenue": deal["amount"]}


def _billing(connection: duckdb.DuckDBPyConnection) -> None:
    """Twenty customers before the year, one new a week, churn every second week, some changes of plan."""
    moves, invoices = [], []
    for c in range(33):
        start = date(2025, 6, 1) if c < 20 else FIRST + timedelta(days=7 * (c - 20))
        price = (50 + 10 * (c % 5)) * 1_000_000
        country, region = COUNTRIES[c % 2]
        shared = {"source_id": "billing", "account_id": "b1", "load_id": 9, "customer_id": f"c{c}"}
        shared |= {"country": country, "region": region, "currency": "USD", "plan": PLANS[c % 2]}
        for day, kind, amount, customers in _moves(c, start, price):
            move = {"date": day, "kind": kind, "customers": customers}
            moves.append(shared | _traffic(c) | move | {"amount": amount, "amount_micros": amount})
        for month in (1, 2, 3):
            if start <= (day := date(2026, month, 28)):
                invoice = {"invoice_id": f"i{c}-{month}", "date": day}
                invoices.append(shared | invoice | {"amount": price, "amount_micros": price})
    insert(connection, "fact_mrr_movement", moves)
    insert(connection, "fact_invoice", invoices)
    insert(connection, "fact_cost", list(_costs()))


def _moves(c: int, start: date, price: int) -> Iterator[tuple[date, str, int, int]]:
    """Day, kind, amount and customers of what happened to the subscription of customer `c`."""
    yield start, "new", price, 1
    if c % 6 == 1 and c < 20:
        yield date(2026, 2, 1 + c), "churn", -price, -1
        if c == 1:
            yield date(2026, 2, 20), "reactivation", price, 1
    elif c % 4 == 2:
        yield date(2026, 3, 5), "expansion", 20_000_000, 0
    elif c % 4 == 3 and c < 20:
        yield date(2026, 1, 20), "contraction", -5_000_000, 0


def _costs() -> Iterator[dict[str, Any]]:
    for month in (1, 2, 3):
        for category, channel, dollars in (
            ("salaries", "", 3100),
            ("agencies", "paid_search", 620),
            ("content", "Organic search", 310),
        ):
            amount = dollars * 1_000_000
            yield (
                {"source_id": "costs", "date": date(2026, month, 1), "category": category}
                | {"channel": channel, "currency": "USD", "load_id": 9}
                | {"amount": amount, "amount_micros": amount}
            )


def _brand(connection: duckdb.DuckDBPyConnection) -> None:
    answers = []
    for n, day in enumerate(DAYS):
        country, region = COUNTRIES[n % 2]
        shared = {"source_id": "survey", "country": country, "region": region, "date": day, "load_id": 9}
        score = (n * 7) % 11
        answers.append(
            shared
            | {"response_id": f"n{n}", "survey": "nps", "wave": f"{day:%Y-%m}", "score": score}
            | {"promoter": int(score >= 9), "detractor": int(score <= 6), "passive": int(score in (7, 8))}
        )
        answers.append(
            shared
            | {"response_id": f"a{n}", "survey": "awareness", "wave": f"{day:%Y-%m}"}
            | {"aided": int(n % 3 == 0), "unaided": int(n % 5 == 0) if n % 2 else None}
        )
    insert(connection, "fact_survey", answers)
    insert(
        connection,
        "fact_market",
        [
            {"source_id": "market", "date": date(2026, month, 1), "estimate_of": "Market", "currency": "USD"}
            | {"revenue": revenue * 1_000_000, "revenue_micros": revenue * 1_000_000, "load_id": 9}
            | {"low": revenue * 800_000, "low_micros": revenue * 800_000}
            | {"high": revenue * 1_250_000, "high_micros": revenue * 1_250_000}
            for month, revenue in ((1, 40_000), (2, 50_000))
        ],
    )
