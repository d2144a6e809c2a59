"""One GAQL query answered: rows of the simulated accounts as camelCase JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.campaigns import ACCOUNTS, CAMPAIGNS, MANAGER_ID, Account, daily_budget
from sandbox.site import Site
from sandbox.wire.ads_fields import FIELDS_OF, GEO_FIELDS, GEO_VIEWS, METRICS, SEGMENTS, Field
from sandbox.wire.gaql import Condition, Gaql, QueryError, parse


@dataclass(frozen=True)
class Page:
    """Some results of a query, and how many there are in all."""

    results: list[dict[str, Any]]
    total: int
    fields: tuple[str, ...]


def answer(site: Site, customer: str, text: str, now: int, limit: int | None, offset: int) -> Page:
    """The rows of a query from `offset` on, as known at the instant `now`.

    Raises: QueryError
    """
    account = next((a for a in ACCOUNTS if a.id == customer), None)
    zone = ZoneInfo(account.zone if account else "UTC")
    gaql = parse(text, site.now().astimezone(zone).date())
    if gaql.source not in FIELDS_OF:
        raise QueryError(
            "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE",
            f"'{gaql.source}' is not a valid resource here; known: {', '.join(FIELDS_OF)}.",
        )
    _check(gaql, account)
    sql = _statement(site, gaql, account, now)
    cursor = site.company.cursor()
    count = cursor.execute(f"select count(*) from ({sql})").fetchone()
    total = min(int(count[0]) if count else 0, gaql.limit or 10**12)
    room = max(total - offset, 0) if limit is None else min(limit, max(total - offset, 0))
    rows = cursor.execute(f"{sql} limit {room} offset {offset}").fetchall() if room else []
    cursor.close()
    return Page([_row(gaql, account, customer, row) for row in rows], total, gaql.select)


def _check(gaql: Gaql, account: Account | None) -> None:
    fields = FIELDS_OF[gaql.source]
    used = [*gaql.select, *(c.field for c in gaql.where), *(name for name, _ in gaql.order)]
    for name in used:
        if name == "segments.hour" and gaql.source in GEO_VIEWS:
            raise QueryError(
                "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
                f"Cannot select or filter on the following segments: 'segments.hour', since segment is "
                f"incompatible with the resource in the FROM clause '{gaql.source}'.",
            )
        if name not in fields and not name.endswith("resource_name"):
            raise QueryError("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{name}'.")
    if account is None and any(name in METRICS for name in used):
        raise QueryError(
            "REQUESTED_METRICS_FOR_MANAGER", "Metrics cannot be requested for a manager account."
        )


def _statement(site: Site, gaql: Gaql, account: Account | None, now: int) -> str:
    start = site.company.timeline.start
    fields = {name: field.sql.format(start=start) for name, field in FIELDS_OF[gaql.source].items()}
    columns = [fields.get(name, "''") for name in gaql.select]
    order = [f"{fields[name]}{' desc' if down else ''}" for name, down in gaql.order]
    plain = [str(i + 1) for i, name in enumerate(gaql.select) if name not in METRICS]
    order_sql = f" order by {', '.join([*order, *plain])}" if order or plain else ""
    select = ", ".join(f'{sql} as "{name}"' for name, sql in zip(gaql.select, columns, strict=True))
    if gaql.source in ("geo_target_constant", "customer_client"):
        where = _where(gaql, fields, gaql.where)
        return f"select {select} from {_listing(gaql.source)} where {where}{order_sql}"
    segmented = [n for n in gaql.select if n in SEGMENTS or n in GEO_FIELDS] or gaql.source in GEO_VIEWS
    metrics = any(name in METRICS for name in [*gaql.select, *(c.field for c in gaql.where)])
    extra = [fields[n] for n, _ in gaql.order if n not in METRICS and n not in gaql.select]
    group = f" group by {', '.join([*plain, *extra])}" if metrics and (plain or extra) else ""
    tables = _campaigns(site, account)
    if metrics or segmented:
        facts = _facts(site, gaql, now, start)
        tables += f" {'join' if segmented else 'left join'} {facts} f using (campaign)"
        tables += " left join dim_device v on v.device = f.device left join dim_place p on p.place = f.place"
    rest = [c for c in gaql.where if c.field != "segments.date" and c.field not in METRICS]
    where = _where(gaql, fields, tuple(rest))
    having = _where(gaql, fields, tuple(c for c in gaql.where if c.field in METRICS))
    asked = [fields[n] for n in gaql.select if n in METRICS]
    if segmented and asked:
        having += " and (" + " or ".join(f"{sql} <> 0" for sql in asked) + ")"
    distinct = "distinct " if gaql.source == "customer" and not metrics else ""
    return (
        f"select {distinct}{select} from {tables} where {where}{group}"
        f"{' having ' + having if metrics else ''}{order_sql}"
    )


def _facts(site: Site, gaql: Gaql, now: int, start: date) -> str:
    """Cells reported by now and claims known by now, within the days asked for."""
    span = " and ".join(
        f"day {c.op} {(_day(c) - start).days}" for c in gaql.where if c.field == "segments.date"
    )
    span = span or "true"
    return (
        f"(select campaign, day, hour, device, place, impressions, clicks, cost, 0 as conversions, 0 "
        f"as value, "
        f"0 as views from ad_cell where {span} and seen_at <= {now} union all "
        f"select campaign, day, hour, device, place, 0, 0, 0, 1, value, viewed::integer from ad_claim "
        f"where {span} and known_at <= {now})"
    )


def _day(condition: Condition) -> date:
    try:
        return date.fromisoformat(condition.values[0])
    except ValueError:
        raise QueryError(
            "INVALID_VALUE_WITH_DATE", f"Invalid date literal {condition.values[0]!r}; expected 'YYYY-MM-DD'."
        ) from None


def _campaigns(site: Site, account: Account | None) -> str:
    """The account's campaigns as a table of values."""
    today = site.now().date()
    rows = []
    for index, item in enumerate(CAMPAIGNS):
        if account is None or ACCOUNTS[item.account] is not account:
            continue
        timeline = site.company.timeline
        first = timeline.day(timeline.index(item.first)) if item.total else timeline.start
        last = timeline.day(timeline.index(item.last)) if item.total else None
        if first > today:
            continue
        daily = "null" if item.total else str(round(daily_budget(item) * 1_000_000))
        total = str(item.total * 1_000_000) if item.total else "null"
        end = f"date '{last}'" if last else "null::date"
        status = "PAUSED" if last and last < today else "ENABLED"
        rows.append(
            f"({index}, {item.id}, '{item.name}', '{status}', '{item.kind}', {account.id}, '{account.name}', "
            f"'{account.currency}', '{account.zone}', date '{first}', {end}, {daily}, {total}, "
            f"'{'CUSTOM_PERIOD' if item.total else 'DAILY'}', {item.id + 500}, "
            f"'customers/{account.id}/campaignBudgets/{item.id + 500}')"
        )
    return (
        f"(values {', '.join(rows)}) k(campaign, ads_id, name, status, kind, customer_id, "
        f"customer_name, currency, "
        "zone, starts, ends, daily_micros, total_micros, period, budget_id, budget_name)"
    )


def _listing(source: str) -> str:
    if source == "customer_client":
        rows = [f"({MANAGER_ID}, 'Larkfield Group', 'USD', 'America/New_York', 0, true)"]
        rows += [f"({a.id}, '{a.name}', '{a.currency}', '{a.zone}', 1, false)" for a in ACCOUNTS]
        return f"(values {', '.join(rows)}) c(id, name, currency, zone, level, manager)"
    return (
        "(select distinct criterion as id, country as name, country_id as country_code, 'Country' as "
        "target_type, "
        "country as canonical_name from dim_place union all select region_criterion, region, country_id, "
        "case when country_id = 'CA' then 'Province' else 'State' end, region || ',' || country from "
        "dim_place "
        "where region_criterion > 0) g"
    )


def _where(gaql: Gaql, fields: dict[str, str], conditions: tuple[Condition, ...]) -> str:
    parts = ["true"]
    for condition in conditions:
        numeric = FIELDS_OF[gaql.source].get(condition.field, Field("")).kind in ("int64", "int32", "double")
        values = ", ".join(_literal(v, numeric) for v in condition.values)
        right = f"({values})" if condition.op in ("IN", "NOT IN") else values
        parts.append(f"{fields[condition.field]} {condition.op} {right}")
    return " and ".join(parts)


def _literal(value: str, numeric: bool) -> str:
    if numeric:
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise QueryError("INVALID_VALUE_WITH_COMPARISON_OPERATOR", f"{value!r} is not a number.")
        return value
    return "'" + value.replace("'", "''") + "'"


def _row(gaql: Gaql, account: Account | None, customer: str, values: tuple[Any, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in zip(gaql.select, values, strict=True):
        value = 0 if value is None and name in METRICS else value
        if value is None or name.endswith("resource_name"):
            continue
        group, _, leaf = name.partition(".")
        result.setdefault(camel(group), {})[camel(leaf)] = _written(FIELDS_OF[gaql.source][name], value)
    ids = {"customer": "", "campaign": "campaigns", "campaignBudget": "campaignBudgets"}
    for group, folder in ids.items():
        if group in result and (not folder or "id" in result[group]):
            result[group]["resourceName"] = f"customers/{customer}" + (
                f"/{folder}/{result[group]['id']}" if folder else ""
            )
    if "geoTargetConstant" in result and "id" in result["geoTargetConstant"]:
        result["geoTargetConstant"]["resourceName"] = (
            f"geoTargetConstants/{result['geoTargetConstant']['id']}"
        )
    return result


def _written(field: Field, value: Any) -> Any:
    if field.kind == "int64":
        return str(int(value))
    if field.kind == "double":
        return float(value)
    return value


def camel(name: str) -> str:
    """snake_case as the JSON's camelCase."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
