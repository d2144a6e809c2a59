"""A question and its JSON say the same."""

from __future__ import annotations

from datetime import date

import pytest

from app.data.query import codec
from app.data.query.spec import Filter, MetricQuery, Scope, Sort
from app.errors import InputError
from app.periods import Period

ASKED = {
    "metrics": "spend,roas",
    "by": ["channel"],
    "from": "2026-03-01",
    "to": "2026-03-12",
    "grain": "week",
    "where": ["device=mobile|tablet", "country!=US"],
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


def test_a_value_with_an_equals_sign_or_a_comma_stays_whole() -> None:
    assert codec.where("campaign=a=b, c") == Filter("campaign", ("a=b, c",))


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
        ({"limit": "ten"}, "limit is 'ten', which does not work. Give a whole number."),
        ({"as_of": True}, "as_of is True, which does not work."),
        ({"where": ["device"]}, "where is 'device', which does not work. Write a filter as dimension=value"),
    ],
)
def test_a_wrong_field_is_named_with_what_would_be_right(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as refused:
        codec.query({**ASKED, **change})
    assert str(refused.value).startswith(words)
