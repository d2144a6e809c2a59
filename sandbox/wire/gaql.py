"""A small reader of GAQL: SELECT list, FROM, WHERE, ORDER BY and LIMIT."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_SHAPE = re.compile(
    r"^\s*SELECT\s+(?P<select>.+?)\s+FROM\s+(?P<source>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>.+?))?(?:\s+LIMIT\s+(?P<limit>\d+))?(?:\s+PARAMETERS\s+.+)?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"^(?P<field>[\w.]+)\s*(?:"
    r"BETWEEN\s+'?(?P<low>[^']+?)'?\s+AND\s+'?(?P<high>[^']+?)'?"
    r"|DURING\s+(?P<during>\w+)"
    r"|(?P<not>NOT\s+)?IN\s*\((?P<items>[^)]*)\)"
    r"|(?P<op>!=|>=|<=|=|<|>)\s*(?P<value>'[^']*'|\"[^\"]*\"|[\w.-]+)"
    r")$",
    re.IGNORECASE | re.DOTALL,
)
DURING = {
    "TODAY": (0, 0),
    "YESTERDAY": (1, 1),
    "LAST_7_DAYS": (7, 1),
    "LAST_14_DAYS": (14, 1),
    "LAST_30_DAYS": (30, 1),
}


class QueryError(Exception):
    """A query that Google Ads refuses; `code` is the value of `queryError`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Condition:
    """One condition of the WHERE clause: `=`, `!=`, `<`, `<=`, `>`, `>=`, `IN` or `NOT IN`."""

    field: str
    op: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Gaql:
    """A query in its parts; a range or DURING has become two conditions."""

    select: tuple[str, ...]
    source: str
    where: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int | None


def parse(text: str, today: date) -> Gaql:
    """Read a query.

    Raises: QueryError
    """
    shape = _SHAPE.match(text)
    if not shape:
        raise QueryError(
            "UNEXPECTED_INPUT" if text.strip() else "EXPECTED_SELECT", "Error in query: unexpected input."
        )
    conditions: list[Condition] = []
    for part in _split_and(shape["where"] or ""):
        conditions += _condition(part, today)
    order = tuple(_order(term) for term in (shape["order"] or "").split(",") if term.strip())
    select = tuple(field.strip() for field in shape["select"].split(","))
    return Gaql(
        select, shape["source"], tuple(conditions), order, int(shape["limit"]) if shape["limit"] else None
    )


def _split_and(where: str) -> list[str]:
    """The conditions joined by AND, leaving the AND of a BETWEEN alone."""
    parts: list[str] = []
    for piece in re.split(r"\s+AND\s+", where.strip(), flags=re.IGNORECASE):
        if parts and re.search(r"\bBETWEEN\s+\S+$", parts[-1], re.IGNORECASE):
            parts[-1] += f" AND {piece}"
        elif piece:
            parts.append(piece.strip())
    return parts


def _condition(text: str, today: date) -> list[Condition]:
    found = _CONDITION.match(text)
    if not found:
        raise QueryError("UNEXPECTED_INPUT", f"Error in WHERE clause: unexpected input {text!r}.")
    field = found["field"]
    if found["low"]:
        return [Condition(field, ">=", (found["low"],)), Condition(field, "<=", (found["high"],))]
    if found["during"]:
        first, last = _during(found["during"].upper(), today)
        return [Condition(field, ">=", (first.isoformat(),)), Condition(field, "<=", (last.isoformat(),))]
    if found["items"] is not None:
        values = tuple(item.strip().strip("'\"") for item in found["items"].split(","))
        return [Condition(field, "NOT IN" if found["not"] else "IN", values)]
    return [Condition(field, found["op"], (found["value"].strip("'\""),))]


def _during(name: str, today: date) -> tuple[date, date]:
    if name not in DURING:
        raise QueryError(
            "INVALID_VALUE_WITH_DURING_OPERATOR", f"Unknown date range {name}; known: {list(DURING)}."
        )
    back, until = DURING[name]
    return today - timedelta(days=back), today - timedelta(days=until)


def _order(term: str) -> tuple[str, bool]:
    field, _, direction = term.strip().partition(" ")
    return field, direction.strip().upper() == "DESC"
