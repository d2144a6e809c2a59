"""One GA4 report: the request checked, turned into SQL, and its rows written as strings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from sandbox.site import Site
from sandbox.wire.ga_fields import DIMENSIONS, EVENT_SCOPED, JOINS, METRICS, NOT_WITH_EVENT_SCOPED
from sandbox.wire.google import GoogleError
from sandbox.world import GA_ZONE

_KNOWN = {
    "dateRanges",
    "dimensions",
    "metrics",
    "dimensionFilter",
    "metricFilter",
    "orderBys",
    "limit",
    "offset",
    "keepEmptyRows",
    "returnPropertyQuota",
    "currencyCode",
    "property",
}


@dataclass
class Query:
    """The parts of the SQL, growing while the request is read."""

    dimensions: list[str]
    metrics: list[str]
    joins: set[str] = field(default_factory=set)
    params: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """A named parameter for a value."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"${name}"


def run(site: Site, body: dict[str, Any], ignore_offset: bool = False) -> tuple[dict[str, Any], int]:
    """The report, for orjson to write, and the tokens it cost.

    Raises: GoogleError
    """
    unknown = set(body) - _KNOWN
    if unknown:
        raise GoogleError(
            400, f'Invalid JSON payload received. Unknown name "{sorted(unknown)[0]}": Cannot find field.'
        )
    query = Query(
        [d["name"] for d in body.get("dimensions", [])], [m["name"] for m in body.get("metrics", [])]
    )
    _check(query, body)
    ranges = [_range(site, r) for r in body["dateRanges"]]
    limit = min(int(body.get("limit", 10_000)), site.limits.ga_max_rows)
    offset = 0 if ignore_offset else int(body.get("offset", 0))
    sql = _sql(site, query, body, ranges)
    query.params |= {"now": site.seconds(), "limit": limit, "offset": offset}
    cursor = site.company.cursor()
    rows = cursor.execute(sql, query.params).fetchall()
    total = rows[0][-1] if rows else (_total(cursor, sql, query) if offset else 0)
    cursor.close()
    days = sum((last - first).days + 1 for first, last in ranges)
    return _answer(query, rows, total, len(ranges) > 1), max(1, len(rows) // 500 + days // 10)


def _total(cursor: Any, sql: str, query: Query) -> int:
    first = cursor.execute(sql, query.params | {"limit": 1, "offset": 0}).fetchone()
    return int(first[-1]) if first else 0


def _check(query: Query, body: dict[str, Any]) -> None:
    for name in query.dimensions:
        if name in EVENT_SCOPED and set(query.metrics) & set(NOT_WITH_EVENT_SCOPED):
            raise GoogleError(
                400,
                f"Please remove {name} to make the request compatible. The request's dimensions & "
                "metrics are incompatible.",
            )
        if name not in DIMENSIONS:
            raise GoogleError(
                400,
                f"Field {name} is not a valid dimension. For a list of valid dimensions and "
                "metrics, see the metadata method.",
            )
    for name in query.metrics:
        if name not in METRICS:
            raise GoogleError(
                400,
                f"Field {name} is not a valid metric. For a list of valid dimensions and metrics, "
                "see the metadata method.",
            )
    for what, found, most in (
        ("dimensions", query.dimensions, 9),
        ("metrics", query.metrics, 10),
        ("dateRanges", body.get("dateRanges", []), 4),
    ):
        if len(found) > most:
            raise GoogleError(
                400,
                f"Requests are limited to {most} {what} within a nonOR filter. This request is for "
                f"{len(found)} {what}.",
            )
    if not body.get("dateRanges") or not query.metrics:
        raise GoogleError(400, "A dateRange and at least one metric are required.")


_NUMBER = "if({m} = trunc({m}), {m}::bigint::varchar, {m}::varchar)"


def _range(site: Site, asked: dict[str, Any]) -> tuple[date, date]:
    first, last = (_day(site, str(asked.get(key, ""))) for key in ("startDate", "endDate"))
    if first > last:
        raise GoogleError(400, f"The startDate {first} is after the endDate {last}.")
    return first, last


def _day(site: Site, text: str) -> date:
    today = site.now().astimezone(ZoneInfo(GA_ZONE)).date()
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if ago := re.fullmatch(r"(\d+)daysAgo", text):
        return today - timedelta(days=int(ago[1]))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise GoogleError(
            400, f"Invalid startDate or endDate: {text!r}. Expected YYYY-MM-DD, NdaysAgo, yesterday or today."
        ) from None


def _expression(query: Query, name: str) -> str:
    if name not in DIMENSIONS:
        raise GoogleError(400, f"Field {name} is not a valid dimension.")
    dimension = DIMENSIONS[name]
    if dimension.join:
        query.joins.add(dimension.join)
    return dimension.sql


def _sql(site: Site, query: Query, body: dict[str, Any], ranges: list[tuple[date, date]]) -> str:
    """The report as one statement; its last column is the count of all rows."""
    columns = [f"{_expression(query, name)} as d{i}" for i, name in enumerate(query.dimensions)]
    metrics = [f"{METRICS[name].sql} as m{i}" for i, name in enumerate(query.metrics)]
    where = _where(site, query, body.get("dimensionFilter"))
    having = _having(query, body.get("metricFilter"))
    if not body.get("keepEmptyRows"):
        having += " and (" + " or ".join(f"m{i} <> 0" for i in range(len(metrics))) + ")"
    joins = " ".join(JOINS[j] for j in sorted(query.joins))
    group = (
        f"group by {', '.join(str(i + 1) for i in range(len(columns)))}" if columns else "having count(*) > 0"
    )
    start = site.company.timeline.start
    parts = []
    for number, (first, last) in enumerate(ranges):
        span = f"s.day between {(first - start).days} and {(last - start).days}"
        parts.append(
            f"select {', '.join([*columns, *metrics])}, {number} as rng from session s {joins} "
            f"where {span} and s.seen_at <= $now and {where} {group}"
        )
    body_sql = " union all ".join(parts)
    names = [str(r.get("name", f"date_range_{i}")) for i, r in enumerate(body["dateRanges"])]
    return (
        f"select {_row(query, start, names)}, total from (select *, count(*) over () as total "
        f"from ({body_sql}) where {having} order by {_order(query, body)} limit $limit offset $offset)"
    )


def _row(query: Query, start: date, ranges: list[str]) -> str:
    """SQL of one row's JSON; DuckDB writes it, since a hundred thousand rows take Python many seconds.

    Only names of date ranges come from outside; no other value holds what JSON would have to escape.
    """
    texts = [DIMENSIONS[name].written(f"d{i}", start) for i, name in enumerate(query.dimensions)]
    if len(ranges) > 1:
        labels = ", ".join(query.bind(orjson.dumps(name).decode()[1:-1]) for name in ranges)
        texts.append(f"[{labels}][rng + 1]")
    numbers = [_NUMBER.format(m=f"m{i}") for i in range(len(query.metrics))]
    parts = [_values("dimensionValues", texts)] if texts else []
    parts.append(_values("metricValues", numbers))
    return "'{' || " + " || ',' || ".join(parts) + " || '}'"


def _values(name: str, texts: list[str]) -> str:
    written = " || ',' || ".join(f"'{{\"value\":\"' || {text} || '\"}}'" for text in texts)
    return f"'\"{name}\":[' || {written} || ']'"


def _order(query: Query, body: dict[str, Any]) -> str:
    terms = []
    for order in body.get("orderBys", []):
        kind = "dimension" if "dimension" in order else "metric"
        name = order[kind][f"{kind}Name"]
        known = query.dimensions if kind == "dimension" else query.metrics
        if name not in known:
            raise GoogleError(400, f"Field {name} in orderBys is not among the requested {kind}s.")
        terms.append(f"{kind[0]}{known.index(name)}{' desc' if order.get('desc') else ''}")
    return ", ".join([*terms, *(f"d{i}" for i in range(len(query.dimensions))), "rng"])


def _where(site: Site, query: Query, node: dict[str, Any] | None) -> str:
    """A filter expression of dimensions."""
    if not node:
        return "true"
    if "notExpression" in node:
        return f"not ({_where(site, query, node['notExpression'])})"
    for group, word in (("andGroup", " and "), ("orGroup", " or ")):
        if group in node:
            return "(" + word.join(_where(site, query, n) for n in node[group]["expressions"]) + ")"
    leaf = node.get("filter", {})
    code = _expression(query, leaf.get("fieldName", ""))
    return _leaf(query, DIMENSIONS[leaf["fieldName"]].written(code, site.company.timeline.start), leaf)


_MATCH = {
    "EXACT": "{a} = {b}",
    "BEGINS_WITH": "starts_with({a}, {b})",
    "ENDS_WITH": "ends_with({a}, {b})",
    "CONTAINS": "contains({a}, {b})",
    "FULL_REGEXP": "regexp_full_match({a}, {b})",
    "PARTIAL_REGEXP": "regexp_matches({a}, {b})",
}


def _leaf(query: Query, text: str, leaf: dict[str, Any]) -> str:
    if "inListFilter" in leaf:
        values = ", ".join(query.bind(v) for v in leaf["inListFilter"]["values"])
        return f"{text} in ({values})"
    if "stringFilter" in leaf:
        wanted = leaf["stringFilter"]
        a, b = text, query.bind(wanted["value"])
        if not wanted.get("caseSensitive"):
            a, b = f"lower({a})", f"lower({b})"
        return _MATCH[wanted.get("matchType", "EXACT")].format(a=a, b=b)
    raise GoogleError(400, f"A filter on {leaf.get('fieldName')} needs stringFilter or inListFilter.")


_COMPARE = {
    "EQUAL": "=",
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "<=",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": ">=",
}


def _having(query: Query, node: dict[str, Any] | None) -> str:
    """A filter expression of one metric."""
    if not node:
        return "true"
    leaf = node["filter"]
    if leaf["fieldName"] not in query.metrics:
        raise GoogleError(
            400, f"Field {leaf['fieldName']} in metricFilter is not among the requested metrics."
        )
    number = leaf["numericFilter"]
    value = number["value"].get("doubleValue", number["value"].get("int64Value"))
    position, sign = query.metrics.index(leaf["fieldName"]), _COMPARE[number["operation"]]
    return f"m{position} {sign} {query.bind(float(value))}"


def _answer(query: Query, rows: list[tuple[str, int]], total: int, several: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    headers = [{"name": name} for name in [*query.dimensions, *(["dateRange"] if several else [])]]
    if headers:
        answer["dimensionHeaders"] = headers
    answer["metricHeaders"] = [{"name": name, "type": METRICS[name].type} for name in query.metrics]
    if rows:
        answer["rows"] = orjson.Fragment("[" + ",".join(row for row, _ in rows) + "]")
    if total:
        answer["rowCount"] = total
    return answer | {
        "metadata": {"currencyCode": "USD", "timeZone": GA_ZONE},
        "kind": "analyticsData#runReport",
    }
