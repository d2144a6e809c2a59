"""Mails over a real SMTP server with TLS, read back as a client would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.notify.message import Attachment, DeliveryError, Message
from app.notify.smtp import SmtpSender
from app.settings import Settings
from tests.mail_server import PASSWORD, TOKEN, MailServer, certificate, mail_server

MESSAGE = Message(
    "email",
    "mia@example.com",
    "Weekly report: Müller & <Söhne>",
    "Revenue rose.\nSpend fell.",
    html="<h1>Revenue</h1>\n<p>rose</p>",
    message_id="<fixed-1@example.com>",
    attachments=(
        Attachment("report.pdf", "application/pdf", b"%PDF-1.7 body"),
        Attachment("cells.csv", "text/csv", b"day,value\n2026-11-01,3\n"),
    ),
    headers=(("List-Unsubscribe", "<https://example.com/u>"),),
)


def _settings(server: MailServer, **other: object) -> Settings:
    values = {
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_ca_file": str(server.ca_file),
        "smtp_user": "reports",
        "smtp_password": PASSWORD,
        "smtp_from": "reports@example.com",
    }
    return replace(Settings(), **{**values, **other})


def _problem(settings: Settings, message: Message = MESSAGE) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        SmtpSender(settings).send(message)
    return caught.value


def test_a_mail_arrives_whole_over_starttls(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        receipt = SmtpSender(_settings(server)).send(MESSAGE)
    mail = server.arrived.mails[0]
    assert receipt.reference == mail["Message-ID"] == "<fixed-1@example.com>"
    assert mail["Subject"] == "Weekly report: Müller & <Söhne>"
    assert mail["From"].addresses[0].addr_spec == "reports@example.com"
    assert mail["List-Unsubscribe"] == "<https://example.com/u>"
    assert mail.get_all("MIME-Version") == ["1.0"]
    plain, markup = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and plain.get_content().split() == ["Revenue", "rose.", "Spend", "fell."]
    assert markup is not None and "<h1>Revenue</h1> <p>rose</p>" in markup.get_content()
    files = {
        part.get_filename(): part.get_payload(decode=True) for part in mail.walk() if part.get_filename()
    }
    assert files == {"report.pdf": b"%PDF-1.7 body", "cells.csv": b"day,value\n2026-11-01,3\n"}
    assert {part.get_content_disposition() for part in mail.walk() if part.get_filename()} == {"attachment"}


def test_a_mail_arrives_over_tls_from_the_start(tmp_path: Path) -> None:
    with mail_server(tmp_path, implicit=True) as server:
        SmtpSender(_settings(server, smtp_security="tls")).send(MESSAGE)
    assert server.arrived.recipients == ["mia@example.com"]


def test_a_token_signs_in_by_xoauth2(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        SmtpSender(_settings(server, smtp_password="", smtp_token=TOKEN)).send(MESSAGE)
    assert server.arrived.recipients == ["mia@example.com"]


@pytest.mark.parametrize(("implicit", "security"), [(False, "starttls"), (True, "tls")])
def test_a_certificate_of_a_stranger_is_refused(tmp_path: Path, implicit: bool, security: str) -> None:
    (tmp_path / "other").mkdir()
    _, stranger = certificate(tmp_path / "other")
    with mail_server(tmp_path, implicit=implicit) as server:
        problem = _problem(_settings(server, smtp_ca_file=str(stranger), smtp_security=security))
    assert problem.outcome == "permanent" and "certificate" in problem.message
    assert server.arrived.mails == []


def test_a_wrong_password_is_permanent_and_never_shown(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        problem = _problem(_settings(server, smtp_password="wrong-secret"))
    assert problem.outcome == "permanent" and "535" in problem.message
    assert "wrong-secret" not in str(problem)


def test_one_recipient_of_three_refused_leaves_two_mails(tmp_path: Path) -> None:
    people = ("a@example.com", "b@example.com", "c@example.com")
    with mail_server(tmp_path) as server:
        server.arrived.refuse = frozenset({"b@example.com"})
        sender = SmtpSender(_settings(server))
        sender.send(replace(MESSAGE, to=people[0]))
        problem = _problem(_settings(server), replace(MESSAGE, to=people[1]))
        sender.send(replace(MESSAGE, to=people[2]))
    assert problem.outcome == "permanent" and "b@example.com" in problem.message
    assert server.arrived.recipients == ["a@example.com", "c@example.com"]


def test_a_mailbox_that_is_busy_is_worth_another_try(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        server.arrived.refuse, server.arrived.refuse_code = frozenset({MESSAGE.to}), "450"
        assert _problem(_settings(server)).outcome == "transient"


def test_a_server_that_dies_after_the_text_leaves_a_doubt_and_one_mail(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        server.arrived.die_after_data = True
        problem = _problem(_settings(server))
    assert problem.outcome == "unknown" and "may have arrived" in problem.message
    assert len(server.arrived.mails) == 1
    assert len(server.arrived.clients) == 1  # no second try within the client


def test_a_server_that_is_not_there_is_worth_another_try(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        pass
    assert _problem(_settings(server)).outcome == "transient"


def test_a_title_with_line_breaks_adds_no_header(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        SmtpSender(_settings(server)).send(replace(MESSAGE, title="Drop\r\nBcc: all@example.com"))
    assert server.arrived.mails[0]["Subject"] == "Drop Bcc: all@example.com"
    assert server.arrived.recipients == ["mia@example.com"]


def test_a_body_that_names_a_file_is_text_and_no_attachment(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        SmtpSender(_settings(server)).send(replace(MESSAGE, html="", text="/etc/hostname", attachments=()))
    mail = server.arrived.mails[0]
    body = mail.get_body(("plain",))
    assert body is not None and body.get_content().strip() == "/etc/hostname"
    assert list(mail.iter_attachments()) == []
