"""Questions and answers as JSON: one form for command line, REST and exports. Unknown fields are refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from app.data.query.frame import MetricFrame, Scalar
from app.data.query.spec import EVERYTHING, Filter, MetricQuery, Scope, Sort
from app.errors import InputError
from app.periods import Comparison, Grain, Period
from app.text import t

FIELDS = ("metrics", "by", "from", "to", "grain", "where", "compare", "as_of", "sort", "limit", "offset")


def query(given: Mapping[str, Any], *, scope: Scope = EVERYTHING) -> MetricQuery:
    """The question that a JSON object asks; the scope is the asker's, never the object's.

    Raises: InputError that names the field and what would be right.
    """
    for field in given:
        if field not in FIELDS:
            raise InputError(
                t("query.field_unknown", field=field),
                hint=t("query.field_unknown_hint", known=", ".join(FIELDS)),
            )
    return MetricQuery(
        metrics=_names(given, "metrics", required=True),
        period=Period(_day(given, "from"), _day(given, "to")),
        dimensions=_names(given, "by"),
        grain=cast("Grain | None", given.get("grain")),
        filters=tuple(where(text) for text in _names(given, "where", split=False)),
        scope=scope,
        compare=cast(Comparison, given.get("compare") or "none"),
        as_of=_whole(given, "as_of"),
        sort=tuple(_sort(text) for text in _names(given, "sort")),
        limit=_whole(given, "limit"),
        offset=_whole(given, "offset") or 0,
    )


def encoded(asked: MetricQuery) -> dict[str, Any]:
    """The JSON object that asks a question; its scope is left to whoever asks it again."""
    fields: dict[str, Any] = {
        "metrics": list(asked.metrics),
        "by": list(asked.dimensions),
        "from": asked.period.start.isoformat(),
        "to": asked.period.end.isoformat(),
        "grain": asked.grain,
        "where": [written(one) for one in asked.filters],
        "compare": None if asked.compare == "none" else asked.compare,
        "as_of": asked.as_of,
        "sort": [f"{'-' if one.descending else ''}{one.column}" for one in asked.sort],
        "limit": asked.limit,
        "offset": asked.offset or None,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def where(text: str) -> Filter:
    """A filter written `dimension=value|value` or `dimension!=value`. Raises: InputError."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip("! "):
        raise InputError(t("query.field_wrong", field="where", value=text), hint=t("query.field_filter_hint"))
    return Filter(name.removesuffix("!").strip(), tuple(value.split("|")), negate=name.endswith("!"))


def written(one: Filter) -> str:
    """A filter as `where` reads it."""
    return f"{one.dimension}{'!=' if one.negate else '='}{'|'.join(one.values)}"


def frame(answer: MetricFrame, *, parts: bool = False) -> dict[str, Any]:
    """An answer as a JSON object: rows with one key a dimension and metric, ratios unrounded.

    `parts` adds numerators and denominators as `metric__n` and `metric__d`.
    """
    rows = [
        {name: _cell(answer, name, value) for name, value in row.items() if parts or _said(name)}
        for row in answer.rows
    ]
    return {
        "rows": rows,
        "as_of": answer.as_of,
        "data_version": answer.data_version,
        "units": dict(answer.units),
        "notes": dict(answer.notes),
        "total_rows": answer.total_rows,
        "base_period": _period(answer.base_period),
        "freshness": [
            {
                "source": source.source,
                "extracted_at": plain(source.extracted_at),
                "data_until": plain(source.data_until),
            }
            for source in answer.freshness
        ],
    }


def _cell(answer: MetricFrame, name: str, value: Scalar) -> str | int | float | bool | None:
    """A cell; money is kept in millionths, so digits behind the sixth come from the division alone."""
    if isinstance(value, float) and answer.units.get(name.partition("__")[0]) == "money":
        return round(value, 6)
    return plain(value)


def plain(value: Scalar) -> str | int | float | bool | None:
    """A cell as JSON has it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _said(name: str) -> bool:
    return not name.endswith(("__n", "__d", "__of", "__base_n", "__base_d", "__base_of"))


def _period(period: Period | None) -> dict[str, str] | None:
    if period is None:
        return None
    return {"from": period.start.isoformat(), "to": period.end.isoformat()}


def _sort(text: str) -> Sort:
    return Sort(text.removeprefix("-"), descending=text.startswith("-"))


def _names(
    given: Mapping[str, Any], field: str, *, required: bool = False, split: bool = True
) -> tuple[str, ...]:
    value = given.get(field)
    if required and not value:
        raise InputError(t("query.field_missing", field=field), hint=t("query.field_list_hint"))
    if isinstance(value, str):
        value = value.split(",") if split else [value]
    if not isinstance(value, list | tuple | None) or any(not isinstance(one, str) for one in value or ()):
        raise InputError(t("query.field_wrong", field=field, value=value), hint=t("query.field_list_hint"))
    return tuple(one.strip() for one in value or () if one.strip())


def _day(given: Mapping[str, Any], field: str) -> date:
    value = given.get(field)
    if value is None:
        raise InputError(t("query.field_missing", field=field), hint=t("query.field_day_hint"))
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InputError(
            t("query.field_wrong", field=field, value=value), hint=t("query.field_day_hint")
        ) from None


def _whole(given: Mapping[str, Any], field: str) -> int | None:
    value = given.get(field)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    raise InputError(t("query.field_wrong", field=field, value=value), hint=t("query.field_number_hint"))
