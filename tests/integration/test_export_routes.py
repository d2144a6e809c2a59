"""Exports and downloads over HTTP: the file is the table, and belongs to the one who asked."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import AuditEntry
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks import exports as route
from app.data.models import JobRun
from app.data.query.spec import Filter, MetricQuery, Scope
from app.errors import InputError
from app.layouts import campaign_table, export_state
from app.periods import Period
from app.services import Services
from jobs.exports import KINDS
from tests.ad_company import NOW, AdCompany
from tests.bare_app import ANALYST, bare_app
from tests.table_services import table_services

BOB = Viewer(2, "bob@larkfield.example", "Bob", "analyst", ROLES["analyst"])
ADA = Viewer(3, "ada@larkfield.example", "Ada", "admin", ROLES["admin"])
MONTH = Period(date(2026, 2, 11), date(2026, 3, 12))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return table_services(tmp_path)


def client(services: Services, viewer: Viewer = ANALYST) -> FlaskClient:
    return bare_app(services, viewer)[0].server.test_client()


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


class Told:
    def __init__(self, job_id: str = "") -> None:
        self.id = job_id
        self.shares: list[float] = []

    def progress(self, share: float, message: str) -> None:
        self.shares.append(share)


def test_the_csv_is_the_table_is_the_query(services: Services) -> None:
    answer = client(services).get("/export/campaigns.csv?columns=spend,clicks,conversions")
    rows = read(answer.text)
    shown = campaign_table.show("columns=spend,clicks,conversions", services, ANALYST)
    card = AdCompany().run(MetricQuery(("spend", "clicks"), MONTH))
    assert shown.answer is not None and shown.answer.table.total is not None
    assert len(rows) == shown.answer.table.leaves == int(answer.headers["X-Row-Count"]) == 8
    for metric in ("spend", "clicks"):
        total = sum(float(row[metric]) for row in rows)
        assert total == pytest.approx(shown.answer.table.total[metric]) == pytest.approx(card.value(metric))
    assert answer.headers["X-Data-Version"] == "2026-03-12.07"
    name = "campaigns_2026-02-11_2026-03-12_USD.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_csv_has_the_tables_own_order_search_and_conditions(services: Services) -> None:
    answer = client(services).get(
        "/export/campaigns.csv?group=campaign&columns=spend&sort=spend&find=a&only=spend>2000"
    )
    rows = read(answer.text)
    shown = campaign_table.show(
        "group=campaign&columns=spend&sort=spend&find=a&only=spend>2000", services, ANALYST
    )
    assert shown.answer is not None
    assert [row["campaign"] for row in rows] == [
        "'" + name if name.startswith("=") else name
        for name in (row.path[0] for row in shown.answer.table.rows)
    ]
    assert [float(row["spend"]) for row in rows] == sorted(float(row["spend"]) for row in rows)
    assert len(rows) == 5


def test_a_campaign_named_like_a_formula_is_text_in_the_file(services: Services) -> None:
    text = client(services).get("/export/campaigns.csv?columns=spend").text
    assert "Social,'=cmd|' /C calc'!A0," in text


def test_an_export_stays_within_the_readers_scope(services: Services) -> None:
    narrow = Viewer(
        4, "e@x.example", "E", "analyst", ROLES["analyst"], Scope((Filter("platform", ("google_ads",)),))
    )
    rows = read(
        client(services, narrow).get("/export/campaigns.csv?columns=spend&platform=facebook_ads").text
    )
    assert rows == []
    rows = read(client(services, narrow).get("/export/campaigns.csv?columns=spend").text)
    assert {row["channel"] for row in rows} == {"Paid search"}


def test_numerator_and_denominator_recomputed_from_exported_rows_are_the_passports(
    services: Services,
) -> None:
    rows = read(client(services).get("/export/rows.csv?metric=cpa&channel=Social").text)
    found = services.query.passport(
        "cpa", MetricQuery(("cpa",), MONTH, filters=(Filter("channel", ("Social",)),))
    )
    spend, conversions = (sum(float(row[name]) for row in rows) for name in ("Spend", "Conversions"))
    assert found.denominator is not None
    assert spend == pytest.approx(found.numerator)
    assert conversions == pytest.approx(found.denominator)
    assert spend / conversions == pytest.approx(found.value)
    assert len(rows) == found.parts[0].rows


WRONG = [
    ("planets", "", "Known: campaigns"),
    ("rows", "", "names no metric"),
    ("rows", "metric=spent", "Did you mean 'spend'?"),
    ("rows", "metric=leads&range=rubbish", "The range “rubbish” is not known."),
    ("rows", "metric=leads&range=2026-03-31..2026-03-01", "before it starts"),
    ("rows", "metric=leads&segment=martians", "The segment “martians” is not known."),
    ("rows", "metric=leads&as_of=999999", "“as_of”, which is not a filter"),
    ("campaigns", "columns=spend&range=2026-03-31..2026-03-01", "before it starts"),
    ("campaigns", "columns=spend&range=1999-03-01..2026-03-01", "Choose a day from 2000-01-01 on."),
    ("campaigns", "columns=spend&range=2026-03-01..9999-12-31", "Choose a day up to 2027-12-31."),
    ("campaigns", "segment=martians", "The segment “martians” is not known."),
    ("campaigns", "columns=nope", "columns “nope”, which is not known."),
    ("campaigns", "columns=spend&colour=red", "“colour”, which is not a filter"),
    ("campaigns", "paid=1&paid=0", "The address asks for paid as “1” and as “0”. Choose one."),
    ("campaigns", "only=spend>>1", "The condition “spend>>1” cannot be read."),
]


@pytest.mark.parametrize(("kind", "search", "words"), WRONG)
def test_a_wrong_address_says_what_is_wrong(services: Services, kind: str, search: str, words: str) -> None:
    answer = client(services).get(f"/export/{kind}.csv?{search}")
    assert answer.status_code == 400 and words in answer.text
    assert "left out" not in answer.text  # nothing was exported, so nothing was left out of it
    app, _ = bare_app(services, ANALYST)
    with app.server.test_request_context("/"), pytest.raises(InputError, match=re.escape(words)):
        route.queue_xlsx(services, ANALYST, kind, f"?{search}")
    assert services.queue.jobs == []  # type: ignore[attr-defined]


def test_a_mark_before_the_text_is_asked_for_in_the_address(services: Services) -> None:
    plain, marked = (
        client(services).get(f"/export/campaigns.csv?columns=spend{bom}").data for bom in ("", "&bom=1")
    )
    assert marked == "\ufeff".encode() + plain


def test_the_export_of_customers_refuses_a_filter_that_it_does_not_have(services: Services) -> None:
    answer = client(services).get("/export/customers.csv?plan=Nope")
    assert (answer.status_code, answer.text) == (
        400,
        "This export has no parameter 'plan'. It always holds every customer in your scope; leave the"
        " parameter out.",
    )


def test_an_xlsx_job_writes_the_same_rows_and_only_its_reader_gets_the_file(services: Services) -> None:
    app, _ = bare_app(services, ANALYST)
    with app.server.test_request_context("/"):
        job_id = route.queue_xlsx(services, ANALYST, "campaigns", "columns=spend,clicks")
    _, arguments = services.queue.jobs[0]  # type: ignore[attr-defined]
    told = Told(job_id)
    result = KINDS["export_xlsx"](services, told, **arguments)
    with services.database.session() as session:
        run = session.get(JobRun, job_id)
        assert run is not None
        run.state, run.result = "done", result
    answer = client(services).get(f"/download/{job_id}")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    data = list(book["Data"].values)
    text = read(client(services).get("/export/campaigns.csv?columns=spend,clicks").text)
    assert sum(row[2] for row in data[1:]) == pytest.approx(sum(float(row["spend"]) for row in text))
    assert result["rows"] == len(text) == len(data) - 1
    about = dict(book["About"].values)
    assert (about["Range"], about["For"], about["Data version"]) == (
        "2026-02-11 – 2026-03-12", "ana@larkfield.example", "2026-03-12.07"
    )  # fmt: skip
    statuses = [
        client(services, viewer).get(f"/download/{job_id}").status_code for viewer in (ANALYST, BOB, ADA)
    ]
    assert statuses == [200, 404, 404]


def test_a_download_that_is_not_there_looks_like_one_of_somebody_else(services: Services) -> None:
    assert client(services).get("/download/export-unknown").status_code == 404
    with services.database.session() as session:
        session.add(
            JobRun(id="sync-1", kind="sync", title="x", state="done", asked_by=ANALYST.email, created_at=NOW)
        )
    assert client(services).get("/download/sync-1").status_code == 404


def test_every_export_is_in_the_audit_log_with_its_filters(services: Services) -> None:
    answer = client(services).get(
        "/export/campaigns.csv?columns=spend,ctr&channel=Social&paid=1&only=spend>10"
    )
    assert answer.headers["X-Filters"] == "Channel is Social; paid media only; spend>10"
    app, _ = bare_app(services, ANALYST)
    with app.server.test_request_context("/"):
        route.queue_xlsx(services, ANALYST, "rows", "metric=cpa")
    with services.database.session() as session:
        entries = [(e.actor, e.action, e.object, e.detail) for e in session.scalars(select(AuditEntry))]
    assert entries == [
        (
            ANALYST.email,
            "export",
            "campaigns_2026-02-11_2026-03-12_USD.csv",
            "Ad spend, Click-through rate; by Channel, Campaign; 2026-02-11..2026-03-12; Channel is Social; "
            "paid media only; spend>10",
        ),
        (
            ANALYST.email,
            "export",
            "rows-cpa-ad_sum_2026-02-11_2026-03-12_USD.xlsx",
            "Cost per conversion; single rows; 2026-02-11..2026-03-12",
        ),
    ]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("campaigns.csv?columns=clicks&group=date,device", "by Day, Device"),
        ("campaigns.csv?columns=clicks&group=country", "by Country"),
        ("rows.csv?metric=clicks", "single rows"),
        ("executive-campaigns.csv", "by Campaign"),
    ],
)
def test_the_note_of_an_export_tells_groupings_apart(services: Services, address: str, said: str) -> None:
    assert client(services).get(f"/export/{address}").status_code == 200
    with services.database.session() as session:
        (detail,) = [entry.detail for entry in session.scalars(select(AuditEntry))]
    assert detail.split("; ")[1] == said


def test_an_xlsx_waits_for_a_queue_that_is_down_and_says_so_while_csv_works(services: Services) -> None:
    services.queue.up = False  # type: ignore[attr-defined]
    app, _ = bare_app(services, ANALYST)
    with app.server.test_request_context("/"):
        job_id = route.queue_xlsx(services, ANALYST, "campaigns", "")
        run = route.own_job(services, ANALYST, job_id)
    assert run is not None and run.state == "queued"
    words = "The job queue cannot be reached. Jobs wait and start by themselves when it is back."
    assert words in str(export_state.of(services, run))
    services.queue.up = True  # type: ignore[attr-defined]
    assert "The export waits for a worker." in str(export_state.of(services, run))
    assert client(services).get("/export/campaigns.csv").status_code == 200
