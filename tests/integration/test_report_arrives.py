"""A report as its readers get it: read back as a mail program and Slack show it."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from app.notify import dispatch
from app.notify.channels import senders
from app.reports import definitions, issue
from app.reports.document import Document
from app.reports.renderers import chart, pdf
from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.limits import GENEROUS
from sandbox.outbox import mail_server
from sandbox.server import Running, serving
from sandbox.site import Site
from sandbox.wire.tokens import Keys
from tests.fakes import NOW
from tests.integration.test_report_issue import deliveries
from tests.processes import free_port
from tests.report_case import weekly
from tests.waiting import PATIENCE

PASSWORD = "only for tests"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[tuple[Running, int, Path]]:
    """The sandbox's own mail server and Slack, without the people of the company behind it."""
    now = NOW
    made = Company.load(tmp_path / "company", 7, epoch=now, now=now, scale=0.02)
    site = Site(
        made, SandboxClock(now, lambda: 0.0, 0.0), GENEROUS, Keys.new(), slack_token=f"xoxb-{PASSWORD}"
    )
    folder, port = tmp_path / "outbox", free_port()
    with (
        serving(site) as up,
        mail_server.receiving(site.outbox, folder, site.clock.now, PASSWORD, port),
    ):
        yield up, port, folder / "ca.pem"


def mail_picture(mail: EmailMessage) -> bytes:
    """The picture that the text of a mail shows."""
    (part,) = [part for part in mail.walk() if part.get("Content-ID") == "<chart>"]
    assert part.get_content_disposition() == "inline"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def test_the_report_is_read_back_as_a_mail_program_and_slack_show_it(
    tmp_path: Path, company: tuple[Running, int, Path]
) -> None:
    up, port, ca_file = company
    services = weekly(
        tmp_path / "home",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_ca_file=str(ca_file),
        smtp_user=mail_server.USER,
        smtp_password=PASSWORD,
        smtp_from=mail_server.USER,
        slack_token=f"xoxb-{PASSWORD}",
        slack_api=f"{up.base}/slack/api/",
    )
    issue.send(services, "weekly")
    channels = senders(services.settings, services.database, services.clock)
    dispatch.drain(dispatch.Desk(services.database, services.clock, channels, services.settings.home))
    assert {row.state for row in deliveries(services)} == {"sent"}, [
        row.error for row in deliveries(services)
    ]
    document = issue.draft(services, definitions.get(services.database, "weekly")).document
    picture = chart.file(chart.cover(document))  # type: ignore[arg-type]
    reads_as_a_mail_program(up, document, picture)
    number = shows_as_slack(up, document, picture)
    shows_as_the_outbox(up, number)


def reads_as_a_mail_program(up: Running, document: Document, picture: bytes) -> None:
    mail = up.site.outbox.mail(1)
    assert mail is not None
    assert mail["Subject"] == f"Weekly report: {document.headline}"
    assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8050/unsubscribe/")
    body = mail.get_body(("html",))
    assert body is not None
    assert document.keys[0].value in body.get_content()
    files = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    assert files["weekly-2026-03-08.pdf"] == pdf.file(document)
    assert sorted(name.rpartition(".")[2] for name in files) == ["csv", "html", "pdf"]
    assert mail_picture(mail) == picture
    assert 'src="cid:chart"' in body.get_content()
    assert "Media spend by week. " in body.get_content()


def shows_as_slack(up: Running, document: Document, picture: bytes) -> int:
    """The number of the post that holds the picture."""
    posts = [entry for entry in up.site.outbox.arrivals() if entry.kind == "post"]
    assert document.headline in posts[-1].text
    name, blob = posts[0].files[0]
    assert (name, up.site.outbox.blob(blob)) == ("weekly-2026-03-08.png", picture)
    assert posts[0].alts[0].startswith("Media spend by week. ")
    assert posts[0].thread == str(posts[-1].number)
    return int(posts[0].number)


def shows_as_the_outbox(up: Running, number: int) -> None:
    page = httpx.get(f"{up.base}/outbox", timeout=PATIENCE).text
    shown_picture = httpx.get(f"{up.base}/outbox/{number}/files/0", timeout=PATIENCE)
    assert shown_picture.headers["Content-Type"] == "image/png"
    assert f'src="/outbox/{number}/files/0"' in page
    assert "Weekly report" in page
    assert "executives@example.com" in page
    shown = httpx.get(f"{up.base}/outbox/1/body", timeout=PATIENCE)
    assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_slack_of_the_sandbox_refuses_a_wrong_token_with_http_200(
    company: tuple[Running, int, Path],
) -> None:
    up, _, _ = company
    answer = httpx.post(
        f"{up.base}/slack/api/chat.postMessage",
        timeout=PATIENCE,
        headers={"Authorization": "Bearer xoxb-wrong"},
        json={"channel": "#a", "text": "b"},
    )
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": "invalid_auth"})
