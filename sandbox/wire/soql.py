"""A small reader of SOQL that turns a query into SQL over one object."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from sandbox.wire.sobjects import SOBJECTS, SObject

_SHAPE = re.compile(
    r"^\s*SELECT\s+(?P<select>.+?)\s+FROM\s+(?P<name>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>.+?))?(?:\s+LIMIT\s+(?P<limit>\d+))?(?:\s+OFFSET\s+(?P<offset>\d+))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,)|(?P<word>[^\s()=<>!,']+))"
)
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT")


class SoqlError(Exception):
    """A query that Salesforce refuses, with its error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Soql:
    """A query as ordered SQL without its limit.

    `fields` are spelled as the object spells them; `count` marks `COUNT()`.
    """

    sobject: SObject
    fields: tuple[str, ...]
    sql: str
    count: bool
    limit: int | None = None
    offset: int = 0


def compile_soql(text: str, deleted: bool) -> Soql:
    """Read a query; `deleted` includes soft-deleted records.

    Raises: SoqlError
    """
    shape = _SHAPE.match(text)
    if not shape:
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text.strip().split(' ')[0] or '<EOF>'}'")
    sobject = SOBJECTS.get(shape["name"].lower())
    if sobject is None:
        raise SoqlError(
            "INVALID_TYPE",
            f"sObject type '{shape['name']}' is not supported. If you are attempting to use "
            "a custom object, be sure to append the '__c' after the entity name.",
        )
    count = re.fullmatch(r"COUNT\(\s*\)", shape["select"].strip(), re.IGNORECASE) is not None
    fields = () if count else tuple(_field(sobject, name.strip()) for name in shape["select"].split(","))
    where = _Where(sobject, shape["where"]).sql() if shape["where"] else "true"
    if not deleted and "IsDeleted" in sobject.types:
        where = f"({where}) and not IsDeleted"
    order = [_order(sobject, term) for term in (shape["order"] or "").split(",") if term.strip()]
    columns = ", ".join(f'"{name}"' for name in fields) or "count(*)"
    tail = "" if count else f" order by {', '.join([*order, 'Id'])}"
    return Soql(
        sobject,
        fields,
        f"select {columns} from ({sobject.sql}) where {where}{tail}",
        count,
        int(shape["limit"]) if shape["limit"] else None,
        int(shape["offset"] or 0),
    )


def _field(sobject: SObject, name: str) -> str:
    for known in sobject.types:
        if known.lower() == name.lower():
            return known
    raise SoqlError(
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use "
        "a custom field, be sure to append the '__c' after the custom field name.",
    )


def _order(sobject: SObject, term: str) -> str:
    name, *words = term.split()
    down = any(word.upper() == "DESC" for word in words)
    return f'"{_field(sobject, name)}"{" desc" if down else ""} nulls {"last" if down else "first"}'


class _Where:
    """The WHERE clause, read from left to right."""

    def __init__(self, sobject: SObject, text: str) -> None:
        self._sobject = sobject
        self._words = [m[0].strip() for m in _WORD.finditer(text) if m[0].strip()]
        self._at = 0

    def sql(self) -> str:
        """The clause as SQL."""
        found = self._either()
        if self._at != len(self._words):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{self._words[self._at]}'")
        return found

    def _next(self) -> str:
        if self._at >= len(self._words):
            raise SoqlError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        self._at += 1
        return self._words[self._at - 1]

    def _peek(self) -> str:
        return self._words[self._at].upper() if self._at < len(self._words) else ""

    def _either(self) -> str:
        parts = [self._both()]
        while self._peek() == "OR":
            self._next()
            parts.append(self._both())
        return "(" + " or ".join(parts) + ")"

    def _both(self) -> str:
        parts = [self._one()]
        while self._peek() == "AND":
            self._next()
            parts.append(self._one())
        return " and ".join(parts)

    def _one(self) -> str:
        if self._peek() == "NOT":
            self._next()
            return f"not ({self._one()})"
        if self._peek() == "(":
            self._next()
            inside = self._either()
            self._close()
            return inside
        field = _field(self._sobject, self._next())
        sign = self._next().upper()
        if sign == "NOT":
            sign = f"NOT {self._next().upper()}"
        if sign in ("IN", "NOT IN"):
            return f'"{field}" {sign} ({", ".join(self._items(field))})'
        if sign not in ("=", "!=", "<>", "<", "<=", ">", ">=", "LIKE"):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{sign}'")
        value = self._value(field, self._next())
        if value == "null":
            return f'"{field}" is {"" if sign == "=" else "not "}null'
        return f'"{field}" {sign} {value}'

    def _items(self, field: str) -> list[str]:
        self._next()
        items = [self._value(field, self._next())]
        while self._peek() == ",":
            self._next()
            items.append(self._value(field, self._next()))
        self._close()
        return items

    def _close(self) -> None:
        if (word := self._next()) != ")":
            raise SoqlError("MALFORMED_QUERY", f"expecting a right parentheses, found '{word}'")

    def _value(self, field: str, word: str) -> str:
        kind = self._sobject.types[field]
        if word.lower() in ("null", "true", "false"):
            return word.lower()
        try:
            return _literal(kind, word)
        except ValueError:
            raise SoqlError(
                "INVALID_FIELD",
                f"value of filter criterion for field '{field}' must be of type {kind} and "
                "should not be enclosed in quotes"
                if kind != "string"
                else f"value of filter criterion for field '{field}' must be of type string and should be "
                "enclosed in quotes",
            ) from None


def _literal(kind: str, word: str) -> str:
    """A literal as SQL. Raises: ValueError when it does not suit the field's type."""
    if kind == "string":
        if not word.startswith("'"):
            raise ValueError(word)
        text = re.sub(r"\\(.)", r"\1", word[1:-1])
        return "'" + text.replace("'", "''") + "'"
    if kind == "datetime":
        if not _MOMENT.match(word):
            raise ValueError(word)
        return str(datetime.fromisoformat(word.replace("Z", "+00:00")).timestamp())
    if kind == "date":
        return f"date '{date.fromisoformat(word)}'"
    if kind == "double":
        return str(float(word))
    raise ValueError(word)
