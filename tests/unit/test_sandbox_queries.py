"""The sandbox's readers of GAQL and SOQL, as tables of inputs and readings."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.wire.gaql import Condition, QueryError, parse
from sandbox.wire.soql import SoqlError, compile_soql

TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (
            "segments.date BETWEEN '2026-06-01' AND '2026-06-14'",
            (
                Condition("segments.date", ">=", ("2026-06-01",)),
                Condition("segments.date", "<=", ("2026-06-14",)),
            ),
        ),
        (
            "segments.date DURING LAST_7_DAYS AND campaign.id = 5",
            (
                Condition("segments.date", ">=", ("2026-06-08",)),
                Condition("segments.date", "<=", ("2026-06-14",)),
                Condition("campaign.id", "=", ("5",)),
            ),
        ),
        (
            "campaign.status IN ('ENABLED', 'PAUSED')",
            (Condition("campaign.status", "IN", ("ENABLED", "PAUSED")),),
        ),
        ("campaign.name != 'a b'", (Condition("campaign.name", "!=", ("a b",)),)),
    ],
)
def test_gaql_conditions_are_read(where: str, expected: tuple[Condition, ...]) -> None:
    assert (
        parse(f"SELECT campaign.id FROM campaign WHERE {where} ORDER BY campaign.id LIMIT 9", TODAY).where
        == expected
    )


def test_gaql_order_and_limit_are_read() -> None:
    gaql = parse("select a.b, c.d from campaign order by a.b desc, c.d limit 3", TODAY)
    assert gaql.select == ("a.b", "c.d")
    assert gaql.order == (("a.b", True), ("c.d", False))
    assert gaql.limit == 3


def test_gaql_without_a_from_is_refused() -> None:
    with pytest.raises(QueryError) as caught:
        parse("SELECT campaign.id", TODAY)
    assert caught.value.code == "UNEXPECTED_INPUT"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Status = 'a''b'", None),
        ("CreatedDate >= 2026-06-01T00:00:00Z", '("CreatedDate" >= 1780272000.0)'),
        (
            "IsConverted = true AND (State = null OR State LIKE 'B%')",
            """("IsConverted" = true and ("State" is null or "State" LIKE 'B%'))""",
        ),
        ("NOT Status IN ('x', 'y')", """(not ("Status" IN ('x', 'y')))"""),
        (r"Company = 'O\'Hara'", """("Company" = 'O''Hara')"""),
    ],
)
def test_soql_conditions_become_sql(where: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(SoqlError):
            compile_soql(f"SELECT Id FROM Lead WHERE {where}", True)
    else:
        assert expected in compile_soql(f"SELECT Id FROM Lead WHERE {where}", True).sql


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Nope__c FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id WHERE 1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-06-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE (Status = 'x'", "MALFORMED_QUERY"),
    ],
)
def test_soql_that_cannot_be_answered_is_refused_by_name(query: str, code: str) -> None:
    with pytest.raises(SoqlError) as caught:
        compile_soql(query, False)
    assert caught.value.code == code


def test_soft_deleted_records_are_left_out_of_query() -> None:
    assert compile_soql("SELECT Id FROM Lead", False).sql.endswith("and not IsDeleted order by Id")
    assert "not IsDeleted" not in compile_soql("SELECT Id FROM Lead", True).sql
