"""`pad reports send` and `pad deliveries list`: the names that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.accounts import audit
from app.accounts.audit import AuditFilter
from app.cli import deliveries, main, reports
from app.notify import outbox
from app.notify.models import Delivery
from app.reports.models import Report
from app.services import Services
from tests.mail_server import PASSWORD, MailServer, mail_server
from tests.report_case import weekly

Pad = Callable[..., Result]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as up:
        yield up


@pytest.fixture
def services(tmp_path: Path, server: MailServer) -> Services:
    """The weekly report as a table, for Bob's inbox."""
    made = weekly(
        tmp_path / "home",
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_ca_file=str(server.ca_file),
        smtp_user="reports",
        smtp_password=PASSWORD,
        smtp_from="reports@example.com",
    )
    with made.database.session() as session:
        report = session.get_one(Report, "weekly")
        report.formats = ["csv"]
        report.recipients = [{"channel": "inbox", "to": "bob@example.com"}]
    return made


@pytest.fixture
def pad(services: Services, monkeypatch: pytest.MonkeyPatch) -> Pad:
    for command in (deliveries, reports):
        monkeypatch.setattr(command, "services", lambda: services)
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def said(done: Result) -> list[str]:
    """The words of the last line; what is logged stands before it where nobody set up the log."""
    return done.stdout.splitlines()[-1].split()


def test_a_report_is_sent_to_its_list_or_to_one_address_and_the_log_tells_it(
    pad: Pad, server: MailServer
) -> None:
    to_all = pad("reports", "send", "weekly")
    assert (to_all.exit_code, said(to_all)) == (0, ["sent", "inbox", "bob@example.com"])
    to_one = pad("reports", "send", "weekly", "--to", "carol@example.com")
    assert (to_one.exit_code, said(to_one)) == (0, ["sent", "email", "carol@example.com"])
    assert server.arrived.recipients == ["carol@example.com"]
    listed = pad("deliveries", "list", "--format", "json")
    rows = json.loads(listed.stdout)
    assert (listed.exit_code, listed.stderr) == (0, "")
    assert sorted((row["kind"], row["channel"], row["state"], row["to"]) for row in rows) == [
        ("report", "email", "sent", "carol@example.com"),
        ("report", "inbox", "sent", "bob@example.com"),
    ]
    assert all(datetime.fromisoformat(row["at"]).tzinfo for row in rows)


def test_a_list_of_deliveries_that_is_cut_says_so_beside_it(pad: Pad) -> None:
    pad("reports", "send", "weekly")
    pad("reports", "send", "weekly", "--again")
    pad("reports", "send", "weekly", "--to", "carol@example.com")
    cut = pad("deliveries", "list", "--limit", "1", "--format", "json")
    assert len(json.loads(cut.stdout)) == 1
    assert cut.stderr.startswith("These are the newest 1; there are more.")
    whole = pad("deliveries", "list", "--limit", "3", "--format", "json")
    assert (len(json.loads(whole.stdout)), whole.stderr) == (3, "")


def test_sending_a_delivery_again_is_in_the_audit_log_with_what_goes_to_whom(
    pad: Pad, services: Services
) -> None:
    pad("reports", "send", "weekly")
    (row,) = outbox.listed(services.database)
    with services.database.session() as session:
        session.get_one(Delivery, row.id).state = "failed"
    assert pad("deliveries", "again", str(row.id)).exit_code == 0
    refused = pad("deliveries", "again", str(row.id))
    assert refused.exit_code == 1 and "Only a delivery that failed" in refused.stderr
    (entry,) = audit.every(services.database, AuditFilter(action=outbox.AGAIN))
    assert (entry.actor, entry.object, entry.detail) == (
        "pad deliveries",
        f"{row.id}: {row.title}",
        "state: failed → queued; channel: – → inbox; to: – → bob@example.com",
    )


def test_the_help_promises_to_send_again_only_what_can_be(pad: Pad) -> None:
    told = " ".join(pad("deliveries", "again", "--help").output.split())
    assert "Send once more what failed or is in doubt. What is held goes out when its report" in told


def test_an_unknown_report_is_an_error_that_names_the_nearest(pad: Pad) -> None:
    wrong = pad("reports", "send", "weakly")
    assert wrong.exit_code == 1 and "weekly" in wrong.stderr
