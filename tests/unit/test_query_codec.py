"""A question and its JSON say the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from app.data.query import codec
from app.data.query.spec import Filter, MetricQuery, RowQuery, Scope, Sort
from app.errors import InputError
from app.periods import Period

ASKED = {
    "metrics": "spend,roas",
    "by": ["channel"],
    "from": "2026-03-01",
    "to": "2026-03-12",
    "grain": "week",
    "where": ["device=mobile", "country!=US", "device=tablet"],
    "compare": "year",
    "sort": "-spend,channel",
    "limit": "10",
}
QUERY = MetricQuery(
    metrics=("spend", "roas"),
    period=Period(date(2026, 3, 1), date(2026, 3, 12)),
    dimensions=("channel",),
    grain="week",
    filters=(Filter("device", ("mobile", "tablet")), Filter("country", ("US",), negate=True)),
    compare="year",
    sort=(Sort("spend"), Sort("channel", descending=False)),
    limit=10,
)


def test_a_json_object_is_read_as_the_question_that_it_asks() -> None:
    assert codec.query(ASKED) == QUERY


def test_a_question_survives_the_way_there_and_back() -> None:
    assert codec.query(codec.encoded(QUERY)) == QUERY


@pytest.mark.parametrize("name", ["Brand | Search", "a=b, c", "!important", "x != y", "50% off; 'quoted'"])
def test_no_character_of_a_name_is_taken_for_a_sign(name: str) -> None:
    assert codec.filters([f"campaign={name}"]) == (Filter("campaign", (name,)),)
    asked = replace(QUERY, filters=(Filter("campaign", (name, "other"), negate=True),))
    assert codec.query(json.loads(json.dumps(codec.encoded(asked)))) == asked


def test_two_filters_of_one_dimension_stay_two_conditions_that_must_both_hold() -> None:
    """Segment mobile and the chip desktop: no row, never the rows of both."""
    both = (Filter("device", ("mobile",)), Filter("device", ("desktop",)))
    asked = replace(QUERY, filters=both)
    assert codec.query(codec.encoded(asked)).filters == both


def test_rows_behind_a_number_survive_the_way_there_and_back() -> None:
    asked = RowQuery("roas", QUERY.period, QUERY.filters, as_of=3, limit=5, offset=10, part="spend")
    assert codec.rows(codec.encoded(asked)) == asked


def test_the_scope_comes_from_the_asker_and_no_field_can_set_it() -> None:
    scope = Scope((Filter("region", ("Texas",)),))
    assert codec.query(ASKED, scope=scope).scope == scope
    with pytest.raises(InputError, match="A query has no field 'scope'. Known: metrics, by, from"):
        codec.query({**ASKED, "scope": []})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metrics": None}, "The query lacks 'metrics'"),
        ({"from": None}, "The query lacks 'from'"),
        ({"to": "12 March"}, "to is '12 March', which does not work. Give a day such as 2026-03-12."),
        ({"metrics": [1]}, "metrics is [1], which does not work. Give a list of names."),
        ({"by": {"a": 1}}, "by is {'a': 1}, which does not work."),
        ({"limit": "ten"}, "limit is 'ten', which does not work. Give a whole number, 0 or more."),
        ({"offset": "--1"}, "offset is '--1', which does not work. Give a whole number, 0 or more."),
        ({"as_of": True}, "as_of is True, which does not work."),
        ({"where": [{"dimension": "device"}]}, "where is {'dimension': 'device'}, which does not work."),
        ({"where": [{"dimension": "device", "in": []}]}, "where is {'dimension': 'device', 'in': []}, which"),
        ({"where": [{"dimension": "device", "in": ["x"], "or": 1}]}, "where is {'dimension': 'device', 'in'"),
        ({"where": 7}, "where is 7, which does not work."),
        ({"where": ["device="]}, "“device=” is no filter. Write a filter as dimension=value or"),
        (
            {"where": ["device"]},
            "“device” is no filter. Write a filter as dimension=value or dimension!=value",
        ),
    ],
)
def test_a_wrong_field_is_named_with_what_would_be_right(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as refused:
        codec.query({**ASKED, **change})
    assert str(refused.value).startswith(words)
