"""The made-up company's books close, and equal seeds make equal companies."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, date, datetime

import pytest

from sandbox import files
from sandbox.__main__ import main
from sandbox.billing import Phase, add_months, invoices
from sandbox.company import Company
from sandbox.names import salesforce_id

EPOCH = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> Company:
    return Company.small()


def rows_of(company: Company, name: str, now: datetime = EPOCH) -> list[dict[str, str]]:
    text = "".join(files.content(company, name, now))
    return list(csv.DictReader(io.StringIO(text)))


def paying(rows: list[dict[str, str]], day: date) -> dict[str, float]:
    """MRR of each customer at the end of a day, from the file alone."""
    found: dict[str, float] = {}
    for row in rows:
        inside = row["started_on"] <= day.isoformat() and (
            not row["ended_on"] or row["ended_on"] > day.isoformat()
        )
        if inside and row["status"] != "trialing":
            price = float(row["price"]) / (12 if row["interval"] == "year" else 1)
            found[row["customer_id"]] = found.get(row["customer_id"], 0.0) + price
    return found


def test_opening_plus_new_minus_churned_is_closing_every_month(company: Company) -> None:
    rows = rows_of(company, "subscriptions")
    ends = [add_months(date(2025, 6, 15), month) for month in range(13)]
    for opening_day, closing_day in zip(ends, ends[1:], strict=False):
        opening, closing = paying(rows, opening_day), paying(rows, closing_day)
        began = sum(
            1
            for r in rows
            if r["status"] != "trialing"
            and opening_day.isoformat() < r["started_on"] <= closing_day.isoformat()
        )
        stopped = sum(
            1
            for r in rows
            if r["status"] != "trialing"
            and opening_day.isoformat() < r["ended_on"] <= closing_day.isoformat()
        )
        assert len(opening) + began - stopped == len(closing)


def test_mrr_movements_sum_to_the_change(company: Company) -> None:
    rows = rows_of(company, "subscriptions")
    opening, closing = paying(rows, date(2025, 12, 31)), paying(rows, date(2026, 5, 31))
    new = sum(v for c, v in closing.items() if c not in opening)
    churn = sum(v for c, v in opening.items() if c not in closing)
    moved = sum(closing[c] - v for c, v in opening.items() if c in closing)
    assert sum(opening.values()) + new + moved - churn == pytest.approx(sum(closing.values()))
    assert new > 0
    assert churn > 0


def test_no_customer_has_two_phases_at_once(company: Company) -> None:
    spans: dict[str, list[tuple[str, str]]] = {}
    for row in rows_of(company, "subscriptions"):
        spans.setdefault(row["customer_id"], []).append((row["started_on"], row["ended_on"] or "9999"))
    for phases in spans.values():
        ordered = sorted(phases)
        assert all(first[1] <= second[0] for first, second in zip(ordered, ordered[1:], strict=False))


def test_every_invoice_is_for_a_phase_that_ran_that_day(company: Company) -> None:
    phases = rows_of(company, "subscriptions")
    for bill in rows_of(company, "invoices"):
        running = [
            p
            for p in phases
            if p["customer_id"] == bill["customer_id"]
            and p["started_on"] <= bill["issued_on"]
            and (not p["ended_on"] or bill["issued_on"] < p["ended_on"])
        ]
        assert [p["price"] for p in running if p["status"] != "trialing"] == [bill["amount"]]


def test_the_same_seed_makes_the_same_bytes_and_another_seed_does_not() -> None:
    def mark(seed: int) -> str:
        company = Company.small(seed)
        text = "".join("".join(files.content(company, name, EPOCH)) for name in files.HEADERS)
        sessions = company.con.execute(
            "select count(*), sum(ts), sum(pages), sum(event), bit_xor(seen_at) from session"
        ).fetchone()
        cells = company.con.execute("select sum(impressions), sum(clicks), sum(cost) from ad_cell").fetchone()
        return hashlib.sha256(f"{text}{sessions}{cells}".encode()).hexdigest()

    assert mark(7) == mark(7)
    assert mark(7) != mark(8)


def test_a_longer_simulation_repeats_the_shorter_one(tmp_path) -> None:
    """Restarting weeks later extends the same company: what was known before stays as it was."""
    before = Company.load(tmp_path, 7, EPOCH, scale=0.02, months=3, billing=6)
    known = {name: "".join(files.content(before, name, EPOCH)) for name in files.HEADERS}
    leads = before.con.execute("select id from lead where created <= ?", [int(EPOCH.timestamp())]).fetchall()
    later = datetime(2026, 9, 20, tzinfo=UTC)
    after = Company.load(tmp_path, 7, now=later, scale=0.02, months=3, billing=6)
    assert after.timeline.chunks > before.timeline.chunks
    assert after.epoch == EPOCH
    assert {name: "".join(files.content(after, name, EPOCH)) for name in files.HEADERS} == known
    assert (
        after.con.execute("select id from lead where created <= ?", [int(EPOCH.timestamp())]).fetchall()
        == leads
    )


def test_a_state_folder_of_another_seed_is_refused(tmp_path) -> None:
    Company.load(tmp_path, 7, EPOCH, scale=0.01, months=1, billing=2)
    with pytest.raises(ValueError, match="holds {'seed': 7.*asked for {'seed': 8"):
        Company.load(tmp_path, 8, EPOCH, scale=0.01, months=1, billing=2)


def test_files_know_nothing_of_the_days_after_the_clock(company: Company) -> None:
    before = datetime(2026, 5, 18, 12, tzinfo=UTC)
    for name, column in (("subscriptions", "started_on"), ("invoices", "issued_on"), ("surveys", "date")):
        assert max(row[column] for row in rows_of(company, name, before)) <= "2026-05-18"
    ended = [row["ended_on"] for row in rows_of(company, "subscriptions", before) if row["ended_on"]]
    assert max(ended) <= "2026-05-18"


def test_files_have_exactly_the_agreed_header(company: Company) -> None:
    for name, header in files.HEADERS.items():
        assert next(iter(files.content(company, name, EPOCH))) == header + "\r\n"


def test_the_command_writes_every_file(tmp_path, capsys) -> None:
    asked = ["files", "--state", str(tmp_path / "state"), "--scale", "0.01", "--clock", "2026-06-15T12:00:00"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 0
    assert {path.stem for path in (tmp_path / "out").iterdir()} == set(files.HEADERS)
    assert (tmp_path / "out" / "targets.csv").read_text().startswith("metric,starts_on,ends_on,value\n")
    assert "targets.csv" in capsys.readouterr().out


def test_an_annual_price_is_billed_once_a_year() -> None:
    phase = Phase(1, 1, 1, True, date(2024, 1, 31), None, "active", -1)
    bills = invoices(7, [phase], date(2024, 1, 1), date(2026, 6, 1))
    assert [(b.issued.isoformat(), b.amount) for b in bills] == [
        ("2024-01-31", 990),
        ("2025-01-28", 990),
        ("2026-01-28", 990),
    ]


def test_salesforce_ids_have_eighteen_characters_and_the_right_check() -> None:
    assert salesforce_id("001", 0) == "001000000000000AAA"
    assert salesforce_id("00Q", 35)[:15] == "00Q00000000000Z"
    assert salesforce_id("00Q", 35) == "00Q00000000000ZEAQ"


@pytest.mark.parametrize(
    ("day", "months", "expected"), [("2026-01-31", 1, "2026-02-28"), ("2025-11-15", 2, "2026-01-15")]
)
def test_months_are_added_on_the_calendar(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months).isoformat() == expected
