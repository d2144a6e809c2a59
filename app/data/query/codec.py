"""Questions and answers as JSON: one form for command line, REST, alert rules and exports.

Unknown fields are refused. People write a filter as text, programs may write it as an object; several values
are several texts that begin alike, so that no character of a name is taken for a sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from app.data.query.frame import BASE_DAY, OTHER_WEEKDAY, MetricFrame, Scalar
from app.data.query.spec import EVERYTHING, Filter, MetricQuery, RowQuery, Scope, Sort
from app.errors import InputError
from app.periods import Comparison, Grain, Period, custom
from app.text import t

FIELDS = ("metrics", "by", "from", "to", "grain", "where", "compare", "as_of", "sort", "limit", "offset")
IN, NOT_IN = "in", "not_in"
MOST_DIGITS = 100  # of a whole number written as text


def query(given: Mapping[str, Any], *, scope: Scope = EVERYTHING, today: date | None = None) -> MetricQuery:
    """The question that a JSON object asks; the scope is the asker's, never the object's.

    `today`: the days are written by a person, and read as those of a page are (`app.periods.custom`).
    Raises: InputError that names the field or the range, and what would be right.
    """
    for field in given:
        if field not in FIELDS:
            raise InputError(
                t("query.field_unknown", field=field),
                hint=t("query.field_unknown_hint", known=", ".join(FIELDS)),
            )
    start, end = _day(given, "from"), _day(given, "to")
    return MetricQuery(
        metrics=_names(given, "metrics", required=True),
        period=custom(start, end, today) if today else Period(start, end),
        dimensions=_names(given, "by"),
        grain=cast("Grain | None", given.get("grain")),
        filters=_filters(given.get("where")),
        scope=scope,
        compare=cast(Comparison, given.get("compare") or "none"),
        as_of=_whole(given, "as_of"),
        sort=tuple(_sort(text) for text in _names(given, "sort")),
        limit=_whole(given, "limit"),
        offset=_whole(given, "offset") or 0,
    )


def rows(given: Mapping[str, Any]) -> RowQuery:
    """The rows that an encoded question asks for. Raises: InputError."""
    return RowQuery(
        metric=str(given["metric"]),
        part=str(given.get("part", "")),
        period=Period(_day(given, "from"), _day(given, "to")),
        filters=_filters(given.get("where")),
        as_of=_whole(given, "as_of"),
        sort=tuple(_sort(text) for text in _names(given, "sort")),
        limit=_whole(given, "limit"),
        offset=_whole(given, "offset") or 0,
    )


def encoded(asked: MetricQuery | RowQuery) -> dict[str, Any]:
    """The JSON object that asks a question; its scope is left to whoever asks it again."""
    fields: dict[str, Any] = {
        "from": asked.period.start.isoformat(),
        "to": asked.period.end.isoformat(),
        "where": objects(asked.filters),
        "as_of": asked.as_of,
        "sort": [f"{'-' if one.descending else ''}{one.column}" for one in asked.sort],
        "limit": asked.limit,
        "offset": asked.offset or None,
    }
    if isinstance(asked, RowQuery):
        fields |= {"metric": asked.metric, "part": asked.part or None}
    else:
        fields |= {"metrics": list(asked.metrics), "by": list(asked.dimensions), "grain": asked.grain}
        fields["compare"] = None if asked.compare == "none" else asked.compare
    return {name: value for name, value in fields.items() if value not in (None, [])}


def filters(texts: Iterable[str]) -> tuple[Filter, ...]:
    """Filters written `dimension=value` or `dimension!=value`; alike ones are values of one filter.

    Raises: InputError that shows the text.
    """
    values: dict[tuple[str, bool], list[str]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        dimension, negate = name.removesuffix("!").strip(), name.endswith("!")
        if not sign or not dimension or not value:
            raise InputError(t("query.filter_wrong", text=text[:60]), hint=t("query.field_filter_hint"))
        values.setdefault((dimension, negate), []).append(value)
    return tuple(Filter(name, tuple(found), negate) for (name, negate), found in values.items())


def objects(given: Iterable[Filter]) -> list[dict[str, Any]]:
    """Filters as objects, one each: two of one dimension stay two conditions that must both hold."""
    return [{"dimension": one.dimension, NOT_IN if one.negate else IN: list(one.values)} for one in given]


def of_objects(given: Iterable[Mapping[str, Any]]) -> tuple[Filter, ...]:
    """Filters out of objects. Raises: InputError that shows the object."""
    return tuple(_filter(one) for one in given)


def frame(answer: MetricFrame, currency: str, *, parts: bool = False) -> dict[str, Any]:
    """An answer as a JSON object: rows with one key a dimension and metric, ratios unrounded, money in the
    reporting currency.

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
        "currency": currency,
        "notes": dict(answer.notes),
        "total_rows": answer.total_rows,
        "period": _period(answer.query.period),
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
    """A cell; money is kept in millionths, so digits behind the sixth come from the division alone. What was
    divided keeps its digits: the denominator of money may be a rate."""
    if isinstance(value, float) and answer.units.get(name.removesuffix("__base")) == "money":
        return round(value, 6)
    return plain(value)


def plain(value: Scalar) -> str | int | float | bool | None:
    """A cell as JSON has it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _said(name: str) -> bool:
    hidden = name.endswith(("__n", "__d", "__of", "__base_n", "__base_d", "__base_of"))
    return not hidden and name not in (BASE_DAY, OTHER_WEEKDAY)


def _period(period: Period | None) -> dict[str, str] | None:
    if period is None:
        return None
    return {"from": period.start.isoformat(), "to": period.end.isoformat()}


def _filters(value: Any) -> tuple[Filter, ...]:
    """The filters of a field: a text, or a list of texts and objects."""
    given = [value] if isinstance(value, str | Mapping) else (value or [])
    if not isinstance(given, list | tuple) or any(not isinstance(one, str | Mapping) for one in given):
        raise InputError(
            t("query.field_wrong", field="where", value=value), hint=t("query.field_filter_hint")
        )
    texts = [one for one in given if isinstance(one, str)]
    return filters(texts) + of_objects(one for one in given if isinstance(one, Mapping))


def _filter(given: Mapping[str, Any]) -> Filter:
    signs = [sign for sign in (IN, NOT_IN) if sign in given]
    values = given.get(signs[0]) if len(signs) == 1 else None
    if (
        set(given) != {"dimension", *signs}
        or not isinstance(given["dimension"], str)
        or not isinstance(values, list | tuple)
        or not values
        or any(not isinstance(one, str) for one in values)
    ):
        raise InputError(
            t("query.field_wrong", field="where", value=dict(given)), hint=t("query.field_object_hint")
        )
    return Filter(given["dimension"], tuple(values), negate=signs == [NOT_IN])


def _sort(text: str) -> Sort:
    return Sort(text.removeprefix("-"), descending=text.startswith("-"))


def _names(given: Mapping[str, Any], field: str, *, required: bool = False) -> tuple[str, ...]:
    value = given.get(field)
    if required and not value:
        raise InputError(t("query.field_missing", field=field), hint=t("query.field_list_hint"))
    if isinstance(value, str):
        value = value.split(",")
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
    # One below 0 is whole as well: what may be asked with it is refused by the name of what it is for.
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) < MOST_DIGITS:
        return int(value)
    raise InputError(t("query.field_wrong", field=field, value=value), hint=t("query.field_number_hint"))
