"""What must count once: media of two records, a customer with two deals, a person with two leads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.data.models import Person
from app.data.pipeline.persons import Persons
from app.data.pipeline.vault import Vault
from app.data.query.spec import MetricQuery
from tests import warehouse
from tests.fakes import services
from tests.integration.test_query_traps import JANUARY, credit, filled, media, value


def test_media_twice_an_imported_media_cost_adds_nothing_to_what_the_platform_charged() -> None:
    """100 on Google, 3,100 of salaries, and an older import that holds the same 100 as a cost of media."""
    cost = {"source_id": "costs", "date": date(2026, 1, 1), "currency": "USD", "load_id": 1}
    costs = [
        cost | {"category": name, "amount": amount * 1_000_000, "amount_micros": amount * 1_000_000}
        for name, amount in (("salaries", 3100), ("media", 100))
    ]
    facts = filled(fact_ad=[media(1, 100)], fact_cost=costs, fact_opportunity=[won("d1", "c1", 20)])
    assert value(facts, "cac_loaded") == pytest.approx(3200)


def won(deal: str, customer: str, day: int, month: int = 1) -> dict[str, Any]:
    """A deal of 50 won on a day."""
    row = {"source_id": "salesforce", "opportunity_id": deal, "customer_id": customer, "load_id": 1}
    row |= {"date": date(2025, 12, 1), "close_date": date(2026, month, day), "currency": "USD"}
    return row | {"is_closed": True, "is_won": True, "amount": 50_000_000, "amount_micros": 50_000_000}


def test_second_deals_a_customer_is_new_once() -> None:
    """600 of spend; c1 buys twice in January, c2 bought in December: one new customer, not three."""
    before = won("d0", "c2", 1) | {"close_date": date(2025, 12, 20)}
    deals = [before, won("d1", "c1", 5), won("d2", "c1", 9), won("d3", "c2", 12)]
    credits = [credit(5, 1, 50) | {"opportunity_id": "d1", "customer_id": "c1"}]
    credits += [credit(9, 1, 50) | {"opportunity_id": "d2", "customer_id": "c1"}]
    costs = [
        {"source_id": "costs", "date": date(2026, 1, 1), "category": "tools", "currency": "USD", "load_id": 1}
        | {"amount": 310_000_000, "amount_micros": 310_000_000}
    ]
    facts = filled(fact_ad=[media(1, 600)], fact_opportunity=deals, fact_credit=credits, fact_cost=costs)
    assert value(facts, "customers_won") == 3
    assert value(facts, "cac_loaded") == pytest.approx(910)
    assert value(facts, "cac_paid") == pytest.approx(600)
    assert value(facts, "conversions") == 2


def lead(name: str, person: str | None, day: int, deal: str | None = None) -> dict[str, Any]:
    row = {"source_id": "salesforce", "lead_id": name, "person_key": person, "opportunity_id": deal}
    return row | {"date": date(2026, 1, day), "traffic_key": 1, "is_deleted": False, "load_id": 1}


def test_one_person_twice_a_lead_is_a_person_and_not_a_row() -> None:
    """Ann is entered on the 3rd and again on the 9th, where she converts; two rows name nobody."""
    rows = [lead("l1", "ann", 3), lead("l2", "ann", 9, "d1"), lead("l3", None, 4), lead("l4", None, 4)]
    facts = filled(fact_lead=rows, fact_ad=[media(1, 90)])
    assert value(facts, "leads") == 3
    assert value(facts, "cost_per_lead") == 30
    assert value(facts, "lead_to_opportunity") == pytest.approx(1 / 3)
    days = warehouse.runner(facts).run(MetricQuery(("leads",), JANUARY, grain="day")).rows
    assert {row["date"].day: row["leads"] for row in days if row["leads"]} == {3: 1, 4: 2}


def test_a_person_is_known_by_his_address_however_it_is_written(tmp_path: Path) -> None:
    """Two leads of one address are one person; one without an address is known by its own id."""
    parts = services(tmp_path)
    persons = Persons(parts.database, Vault("A" * 43 + "="), parts.clock, "salesforce")
    rows = [
        {"Id": "1", "Email": "Ann@Example.com", "LastName": "Old"},
        {"Id": "2", "Email": " ann@example.COM ", "LastName": "New"},
        {"Id": "3", "Email": None, "LastName": "Bob"},
        {"Id": "b", "Email": "", "LastName": "Eve"},
        {"Id": "B", "Email": "", "LastName": "Max"},
    ]
    keys = [row["person_key"] for row in persons.split(rows, ("Email", "LastName"), "Email Id")]
    persons.keep()
    assert keys[0] == keys[1] and len(set(keys)) == 4
    with parts.database.session() as session:
        found = session.get_one(Person, keys[0])
        assert "ann" not in f"{found.lookup} {found.sealed!r}".casefold()
