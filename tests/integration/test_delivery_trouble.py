"""What reaches people when names are hostile, rights are lost on the way, and servers die: all the way from a
rule or a report to a real mail server and a Slack endpoint."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.changes import Trail
from app.accounts.models import User
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.alerts import defaults, rules
from app.alerts.check import check_all
from app.alerts.models import AlertRule
from app.alerts.rehearse import rehearse
from app.clock import FixedClock
from app.data.models import Load
from app.data.query.frame import Freshness, MetricFrame
from app.data.query.spec import EVERYTHING, MetricQuery
from app.errors import InputError
from app.layouts.pages.alerts import body
from app.notify import dispatch, outbox
from app.notify.channels import senders
from app.notify.models import InboxItem, RecipientGroup
from app.periods import DAY
from app.reports import issue
from app.reports.models import Report
from app.reports.renderers import csv_file, html_page, pdf
from app.services import Services
from tests.fakes import NOW, FakeRunner
from tests.integration.test_report_pages import text_of
from tests.mail_server import PASSWORD, MailServer, mail_server
from tests.report_case import HOSTILE, HostileRunner, document, weekly
from tests.slack_server import Slack, slack_server

EVIL = f"{HOSTILE}<!channel>\r\nBcc: all@example.com"
MIA = "mia@example.com"


@dataclass
class Overspent(FakeRunner):
    """One campaign with a hostile name spends twice its budget, day by day."""

    def run(self, query: MetricQuery) -> MetricFrame:
        days = [query.period.start + n * DAY for n in range(query.period.days)]
        rows = [{"date": day, "campaign": EVIL, "spend": 200.0, "daily_budget": 100.0} for day in days]
        fresh = (Freshness("google_ads", "Google Ads", NOW, query.period.end),)
        return MetricFrame(query, rows, {}, "7", 12, fresh)


@dataclass
class Office:
    """The product with a mail server and Slack, and a person more among its users."""

    services: Services
    mails: MailServer
    slack: Slack

    def drain(self) -> None:
        made = self.services
        channels = senders(made.settings, made.database, made.clock)
        dispatch.drain(dispatch.Desk(made.database, made.clock, channels, made.settings.home))

    def states(self) -> dict[str, str]:
        """The state of each delivery by its recipient."""
        return {row.to: row.state for row in outbox.listed(self.services.database)}

    def told(self, email: str) -> list[str]:
        with self.services.database.session() as session:
            wanted = select(InboxItem.title).join(User, User.id == InboxItem.user_id)
            return list(session.scalars(wanted.where(User.email == email)))


@contextmanager
def opened(home: Path, runner: FakeRunner | None = None) -> Iterator[Office]:
    with mail_server(home) as mails, slack_server() as slack:
        services = weekly(
            home / "home", runner, smtp_host="127.0.0.1", smtp_port=mails.port,
            smtp_ca_file=str(mails.ca_file), smtp_user="reports", smtp_password=PASSWORD,
            smtp_from="reports@example.com", slack_token="xoxb-test", slack_api=slack.base,
        )  # fmt: skip
        with services.database.session() as session:
            session.add(User(email=MIA, name="Mia", role="executive", password_hash="-", created_at=NOW))
        yield Office(services, mails, slack)


def _published(source: str) -> Load:
    return Load(id=1, source_id=source, stream="s", path="p", rows=1, extracted_at=NOW, state="published",
                published_version=1)  # fmt: skip


def words_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_hostile_campaign_name_is_words_in_the_alerts_mail_and_post(tmp_path: Path) -> None:
    with opened(tmp_path, Overspent()) as office:
        defaults.ensure(office.services)
        with office.services.database.session() as session:
            wanted = select(RecipientGroup).where(RecipientGroup.name == "Budget alerts")
            group = session.scalars(wanted).one()
            group.members = [{"channel": "email", "to": MIA}, {"channel": "slack", "to": "#marketing"}]
            user = session.scalars(select(User).where(User.email == MIA)).one()
            user.role = "marketing_manager"
            session.add(_published("google_ads"))
        (found,) = check_all(office.services, only="budget-overspend")
        assert (found.events, found.problem) == (1, "")
        office.drain()
        (mail,), post = office.mails.arrived.mails, office.slack.posts[0]
    assert office.mails.arrived.recipients == [MIA]
    assert "\n" not in mail["Subject"] and mail["Bcc"] is None
    html = words_of(mail, "html")
    assert "<script>" not in html and "&lt;script&gt;alert(" in html
    assert "<script>alert('x')" in words_of(mail, "plain")  # plain text is read as it is
    assert "<!channel>" not in post["text"] and "&lt;!channel&gt;" in post["text"]


def test_a_hostile_name_is_words_on_paper_and_page_and_in_the_csv(tmp_path: Path) -> None:
    made, path = document(HostileRunner()), tmp_path / "report.pdf"
    path.write_bytes(pdf.file(made))
    paper = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True
    )
    assert "<script>alert" in "".join(paper.stdout.split("\n"))
    assert b"/URI (http://evil" not in path.read_bytes() and b"/JavaScript" not in path.read_bytes()
    assert 'href="http://evil' not in html_page.page(made).decode()
    cells = [cell for row in csv.reader(io.StringIO(csv_file.table(made).decode())) for cell in row]
    assert [cell for cell in cells if "HYPERLINK" in cell and not cell.startswith("'=")] == []


def test_the_report_with_hostile_names_reaches_mail_and_slack_as_words(tmp_path: Path) -> None:
    with opened(tmp_path, HostileRunner()) as office:
        with office.services.database.session() as session:
            session.get_one(Report, "weekly").title = HOSTILE
        issue.send(office.services, "weekly")
        office.drain()
    assert set(office.states().values()) == {"sent"}
    (mail,) = office.mails.arrived.mails
    html = words_of(mail, "html")
    assert "<script>alert" not in html and "=HYPERLINK(&#34;http://evil&#34;)&lt;script&gt;alert(" in html
    said = "".join(post["text"] for post in office.slack.posts)
    assert "\u202e" not in said + html + words_of(mail, "plain") + mail["Subject"]
    assert mail["Subject"].startswith(HOSTILE.replace("\u202e", ""))
    assert "<script>" not in said and "&lt;script&gt;alert('x')&lt;/script&gt;" in said


@pytest.mark.parametrize("lost", ["the right", "the account"])
def test_who_lost_a_right_between_scheduling_and_sending_gets_nothing_and_the_owner_hears_it(
    tmp_path: Path, lost: str
) -> None:
    with opened(tmp_path) as office:
        with office.services.database.session() as session:
            report = session.get_one(Report, "weekly")
            report.recipients = [*report.recipients, {"channel": "email", "to": MIA}]
        issue.send(office.services, "weekly")
        assert office.states()[MIA] == "queued"
        with office.services.database.session() as session:
            user = session.scalars(select(User).where(User.email == MIA)).one()
            if lost == "the right":
                user.role = "nobody"
            else:
                user.disabled = True
        office.drain()
    assert office.mails.arrived.recipients == ["executives@example.com"]
    told = {"executives@example.com": "sent", "#marketing": "sent", MIA: "failed"}
    assert {to: state for to, state in office.states().items() if to in told} == told
    assert [title[:14] for title in office.told("alice@example.com")] == ["Not delivered:"]


def test_of_three_addresses_the_one_that_is_refused_fails_and_its_owner_hears_it(tmp_path: Path) -> None:
    with opened(tmp_path) as office:
        with office.services.database.session() as session:
            report = session.get_one(Report, "weekly")
            more = [{"channel": "email", "to": to} for to in (MIA, "gone@example.com")]
            report.recipients = [*report.recipients, *more]
        office.mails.arrived.refuse = frozenset({"gone@example.com"})
        issue.send(office.services, "weekly")
        office.drain()
        office.drain()  # a refusal for good is not tried again
    assert sorted(office.mails.arrived.recipients) == ["executives@example.com", MIA]
    told = {"executives@example.com": "sent", MIA: "sent", "gone@example.com": "failed"}
    assert {to: state for to, state in office.states().items() if to in told} == told
    assert [title[:14] for title in office.told("alice@example.com")] == ["Not delivered:"]
    assert office.told(MIA) == []


def test_a_mail_whose_server_died_after_the_text_is_unknown_and_never_sent_twice(tmp_path: Path) -> None:
    with opened(tmp_path) as office:
        issue.send(office.services, "weekly")
        office.mails.arrived.die_after_data = True
        office.drain()
        assert office.states()["executives@example.com"] == "unknown"
        office.mails.arrived.die_after_data = False
        clock = office.services.clock
        assert isinstance(clock, FixedClock)
        clock.instant += timedelta(days=1)
        office.drain()
    assert len(office.mails.arrived.mails) == 1
    assert office.states()["executives@example.com"] == "unknown"
    assert any(title.startswith("Not known whether it arrived") for title in office.told("alice@example.com"))


def test_a_rule_on_a_metric_that_is_gone_is_shown_named_and_can_be_deleted(tmp_path: Path) -> None:
    with opened(tmp_path) as office:
        services = office.services
        defaults.ensure(services)
        with services.database.session() as session:
            session.get_one(AlertRule, "conversion-drop").metric = "gone_metric"

        def refuse(query: MetricQuery) -> Exception | None:
            return InputError("Unknown metric 'gone_metric'.") if "gone_metric" in query.metrics else None

        strict = replace(services, query=FakeRunner(error=refuse))
        (found,) = check_all(strict, only="conversion-drop")
        assert "gone_metric" in found.problem
        with pytest.raises(InputError, match="gone_metric"):
            rehearse(strict, rules.get(services.database, "conversion-drop").rule)
        viewer = Viewer(1, "alice@example.com", "Alice", "admin", ROLES["admin"], EVERYTHING)
        assert "Conversion drop" in text_of(body(services, viewer))
        assert (
            rules.remove(services.database, "conversion-drop", Trail(services.clock, MIA))
            == "Conversion drop"
        )
