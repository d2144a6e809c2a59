"""A question as JSON, and an answer as JSON: one form for the command line, REST and exports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast, get_args

from app.data.query.frame import MetricFrame
from app.data.query.spec import Filter, MetricQuery, day
from app.errors import InputError, unknown
from app.periods import Comparison, Grain, Period

FIELDS = ("metrics", "by", "from", "to", "grain", "where", "compare", "as_of", "limit", "offset")


def query_from(fields: Mapping[str, Any]) -> MetricQuery:
    """The question of a JSON object.

    Raises: InputError that names an unknown field or a wrong value.
    """
    for name in fields:
        if name not in FIELDS:
            raise unknown("field", name, FIELDS)
    return MetricQuery(
        metrics=_names(fields, "metrics"),
        period=Period(_day(fields, "from"), _day(fields, "to")),
        dimensions=_names(fields, "by"),
        grain=cast("Grain | None", _choice(fields, "grain", get_args(Grain))),
        filters=_filters(fields.get("where") or []),
        compare=cast("Comparison", _choice(fields, "compare", get_args(Comparison)) or "none"),
        as_of=_whole(fields, "as_of"),
        limit=_whole(fields, "limit"),
        offset=_whole(fields, "offset") or 0,
    )


def answer(frame: MetricFrame) -> dict[str, Any]:
    """An answer as a JSON object: one key a dimension and metric, ratios unrounded."""
    shown = ("date",) * (frame.query.grain is not None) + frame.query.dimensions + frame.query.metrics
    if frame.query.compare != "none":
        shown += tuple(f"{metric}__base" for metric in frame.query.metrics)
    return {
        "rows": [{name: row.get(name) for name in shown} for row in frame.rows],
        "as_of": frame.as_of,
        "data_version": frame.data_version,
        "notes": dict(frame.notes),
    }


def _names(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise InputError(f"{name!r} is no list of names.", hint=f'Write it as {{"{name}": ["one", "two"]}}.')
    if name == "metrics" and not value:
        raise InputError("The question names no metric.", hint="'pad metrics list' shows them.")
    return tuple(value)


def _day(fields: Mapping[str, Any], name: str) -> date:
    try:
        return day(fields[name])
    except (KeyError, TypeError, ValueError):
        shown = fields.get(name)
        raise InputError(f"{name!r} is {shown!r}, which is no day.", hint="Write 2026-03-31.") from None


def _choice(fields: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str | None:
    value = fields.get(name)
    if value is not None and value not in known:
        raise unknown(name, str(value), known)
    return value


def _whole(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise InputError(f"{name!r} is {value!r}, which is no whole number.")
    return value


def _filters(lines: list[Any]) -> tuple[Filter, ...]:
    found: dict[str, list[str]] = {}
    for line in lines:
        name, sign, value = str(line).partition("=")
        if not sign:
            raise InputError(f"The filter {line!r} has no '='.", hint="Write dimension=value.")
        found.setdefault(name.strip(), []).append(value.strip())
    return tuple(Filter(name, tuple(values)) for name, values in found.items())
