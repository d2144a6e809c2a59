"""Every connector on what its platform sent: each stream becomes typed rows, twice the same, no persons."""

from __future__ import annotations

import gzip

import pytest

from app.data import source_states
from app.data.connectors.base import CONNECTORS, Stream
from app.data.models import Person
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import FACTS
from app.data.warehouse.staging import stageable
from tests.ingest_cast import PAYLOADS, PLATFORMS, Company, Platform

STREAMS = [(kind.id, stream) for kind in CONNECTORS for stream in kind.streams]
NAMES = [f"{source}-{stream.name}" for source, stream in STREAMS]
# The last column of the partition that each way of reading replaces whole; entities have none.
REPLACES = {"day": "date", "window": "window_end", "cursor": "", "full": ""}
# Who loaded a row and under which random key its person stands changes with an installation, not with a load.
PERSONAL = [b"Canaryperson", b"canary-person", b"Canary Works"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Company]:
    """Each platform, synced once and published."""
    companies = {
        source: Company(tmp_path_factory.mktemp(source), source, Platform(source)) for source in PLATFORMS
    }
    for company in companies.values():
        company.load()
    return companies


@pytest.mark.parametrize(("source", "stream"), STREAMS, ids=NAMES)
def test_a_stream_is_declared_wholly(source: str, stream: Stream) -> None:
    assert (PAYLOADS / source / f"{stream.name}.json").is_file()
    assert set(stream.tables) <= set(stageable())
    for name in {one.removeprefix("fact_") for one in stream.tables} & set(FACTS):
        assert (FACTS[name].partition or ("",))[-1] == REPLACES[stream.by], name


@pytest.mark.parametrize(("source", "stream"), STREAMS, ids=NAMES)
def test_what_a_stream_received_stands_in_the_warehouse(
    loaded: dict[str, Company], source: str, stream: Stream
) -> None:
    table = stream.tables[0]
    assert loaded[source].ask(f"SELECT count(*) FROM {table}")[0][0] >= 1


@pytest.mark.parametrize("source", PLATFORMS)
def test_loading_twice_gives_the_same_rows(loaded: dict[str, Company], source: str) -> None:
    company = loaded[source]
    tables = {table for kind in CONNECTORS if kind.id == source for s in kind.streams for table in s.tables}
    asked = {table: f"SELECT {_columns(table)} FROM {table} ORDER BY ALL" for table in sorted(tables)}
    before = {table: company.ask(sql) for table, sql in asked.items()}
    company.load()
    assert {table: company.ask(sql) for table, sql in asked.items()} == before
    assert source_states.all_states(company.parts.database)[0].source.state == "ready"


def _columns(table: str) -> str:
    return ", ".join(column.name for column in WAREHOUSE.tables[table].columns if column.name != "load_id")


@pytest.mark.parametrize("source", PLATFORMS)
def test_personal_columns_reach_neither_staging_nor_warehouse_nor_database(
    loaded: dict[str, Company], source: str
) -> None:
    company = loaded[source]
    files = [path for path in company.home.rglob("*") if path.is_file()]
    assert any(path.name == "payload.jsonl.gz" for path in files)
    for path in files:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert not [text for text in PERSONAL if text in content], path.name


def test_a_person_opens_with_the_key_that_the_fact_carries(loaded: dict[str, Company]) -> None:
    company = loaded["salesforce"]
    key = company.ask("SELECT person_key FROM fact_lead")[0][0]
    with company.parts.database.session() as session:
        person = session.get_one(Person, key)
        opened = company.parts.vault.open(key, person.nonce, person.sealed)
    assert (opened["FirstName"], opened["LastName"]) == ("Ada", "Canaryperson")
