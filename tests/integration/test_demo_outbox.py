"""What lies in the sandbox's outbox once a demo has loaded its company: the weekly report and the planted
drop. The demo's own last step, a scheduler and workers bring them there, over Redis, a mail server with TLS
and Slack's endpoints."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any

import httpx
import pytest

from app.alerts import events
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.warehouse.snapshots import Snapshots
from app.notify import outbox
from app.notify.models import Delivery
from app.periods import DAY, Period
from app.processes import demo
from app.services import Services
from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.events import CONVERSION_DROP
from sandbox.limits import GENEROUS
from sandbox.outbox import mail_server
from sandbox.outbox.box import Box
from sandbox.server import serving
from sandbox.site import Site
from sandbox.wire.tokens import Keys
from tests import demo_company
from tests.demo_company import email
from tests.integration.test_jobs_killed import A_WHILE, works
from tests.waiting import PATIENCE, until

WEEK = Period(date(2026, 6, 8), date(2026, 6, 14))  # the last whole one before `demo_company.TODAY`
REPORTED = ("executives@larkfield.example", "marketing.team@larkfield.example")
WARNED = tuple(email(role) for role in ("admin", "campaign_specialist", "marketing_manager"))
CHANNELS = ("#executives", "#marketing")
FILES = [f"weekly-{WEEK.end}.{kind}" for kind in ("csv", "html", "pdf")]
DAYS = f"date BETWEEN '{WEEK.start}' AND '{WEEK.end}'"
SESSIONS = f"SELECT sum(sessions) FROM fact_session WHERE {DAYS}"
LEADS = f"""SELECT count(*) FROM (SELECT person_key, min(date) AS date FROM fact_lead WHERE NOT is_deleted
    GROUP BY 1) WHERE {DAYS}"""
CONVERTED = f"SELECT sum(key_event_sessions) FROM fact_session WHERE {DAYS}"
SPEND = f"SELECT sum(cost) / 1e6 FROM fact_ad WHERE {DAYS}"
BY_HAND = {
    "sessions": SESSIONS,
    "session_conversion_rate": f"SELECT ({CONVERTED}) / ({SESSIONS})",
    "leads": LEADS,
    "spend": SPEND,
    "cost_per_lead": f"SELECT ({SPEND}) / ({LEADS})",
    "customers_won": f"SELECT count(*) FROM fact_opportunity WHERE is_won AND close_{DAYS}",
}
_ROW = re.compile(r"<tr><td class=\"muted\">.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A line of the outbox page, and where it leads."""

    by: str
    to: str
    title: str
    links: tuple[str, ...]
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class Outbox:
    """The product, and the sandbox's outbox as a browser sees it."""

    services: Services
    base: str

    def shown(self) -> list[Shown]:
        return [_shown(row) for row in _ROW.findall(httpx.get(f"{self.base}/outbox", timeout=PATIENCE).text)]

    def attached(self, mail: Shown) -> dict[str, bytes]:
        """The files that the page of a mail offers."""
        page = httpx.get(f"{self.base}{mail.links[0]}", timeout=PATIENCE).text
        offered = re.findall(r'href="(/outbox/\d+/files/\d+)">([^<]+)<', page)
        return {name: self.fetched(address) for address, name in offered}

    def fetched(self, address: str) -> bytes:
        return httpx.get(f"{self.base}{address}", timeout=PATIENCE).content

    def command(self, *arguments: str) -> Any:
        """What `pad` prints as JSON, in a process of its own beside the running product."""
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments, "--format", "json"],
            env=demo_company.environment(self.services.settings),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)


def _shown(row: str) -> Shown:
    _, by, to, what = _CELL.findall(row)
    first = re.sub(r"<[^>]+>", "", what).strip().split("\n")[0]
    links = tuple(re.findall(r'href="(/outbox/[^"]+)"', what))
    pictures = tuple(re.findall(r'<img[^>]*src="([^"]+)"', what))
    return Shown(by.strip(), unescape(to), unescape(first), links, pictures)


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outbox]:
    """A demo from the end of its load on, until everything that waited to be told was told."""
    home = tmp_path_factory.mktemp("told")
    settings = demo_company.moved_in(demo_company.shared_folder(tmp_path_factory.getbasetemp()), home)
    env = {"PAD_HOME": str(home)}
    demo.connect_outbox(env)
    password, folder = env["SANDBOX_OUTBOX_PASSWORD"], home / "sandbox" / "outbox"
    memory = demo.Memory.of(settings)
    # Nobody of the company's people is needed to receive: its platforms were read before.
    nobody = Company.in_memory(7, demo_company.NOW, scale=0.01, months=1, billing=2)
    still = SandboxClock(demo_company.NOW, lambda: 0.0, 0.0)
    site = Site(nobody, still, GENEROUS, Keys.new(), outbox=Box(folder), slack_token=f"xoxb-{password}")
    with (
        serving(site, memory.port) as up,
        mail_server.receiving(site.outbox, folder, still.now, password, memory.smtp_port),
        works(home) as opened,
    ):
        demo.weekly_report(opened.services)
        until(lambda: _told(outbox.listed(opened.services.database)), A_WHILE)
        yield Outbox(opened.services, up.base)


def _told(rows: list[Delivery]) -> bool:
    ended = all(row.state not in ("queued", "sending") for row in rows)
    return ended and {row.kind for row in rows} == {"report", "alert"}


def test_the_outbox_shows_the_report_and_the_planted_drop_once_to_each_reader(arrived: Outbox) -> None:
    shown = arrived.shown()
    titles = [one.title.partition(":")[0] for one in shown]
    counted = Counter((one.by, one.to, title) for one, title in zip(shown, titles, strict=True))
    assert counted == Counter(
        [
            *(("mail", to, "Weekly report") for to in REPORTED),
            *(("post", to, "Weekly report") for to in CHANNELS),
            *(("mail", to, "Conversion drop") for to in WARNED),
            ("post", "#marketing", "Conversion drop"),
        ]
    )
    posts = [one for one in shown if one.by == "post"]
    assert all(arrived.fetched(one.pictures[0])[1:4] == b"PNG" for one in posts)
    assert [len(one.links) for one in posts if one.to == "#executives"] == [len(FILES)]


def test_the_reports_mail_has_its_three_files_and_their_numbers_are_those_of_sql_and_of_the_command(
    arrived: Outbox,
) -> None:
    mails = [one for one in arrived.shown() if one.by == "mail" and one.title.startswith("Weekly report")]
    files = [arrived.attached(mail) for mail in mails]
    assert files[0] == files[1]
    assert sorted(files[0]) == FILES
    assert files[0][FILES[2]].startswith(b"%PDF-") and b"<html" in files[0][FILES[1]]
    told, known = _reported(files[0][FILES[0]]), _by_hand(arrived.services)
    assert known["leads"] > 0 and known["spend"] > 0 and known["session_conversion_rate"] > 0
    assert told == pytest.approx(known)
    days = ("--from", str(WEEK.start), "--to", str(WEEK.end))
    (row,) = arrived.command("query", ",".join(BY_HAND), *days)["rows"]
    assert {name: row[name] for name in BY_HAND} == pytest.approx(known, abs=5e-7)  # money has whole micros


def _reported(file: bytes) -> dict[str, float]:
    """What the report says of its week, by metric."""
    catalogue.load()
    names = {METRICS.get(name).title: name for name in BY_HAND}
    lines = csv.DictReader(io.StringIO(file.decode()))
    return {
        names[line["row"]]: float(line["value"])
        for line in lines
        if (line["section"], line["column"]) == ("week_over_week", "value") and line["row"] in names
    }


def _by_hand(services: Services) -> Mapping[str, float]:
    snapshots = Snapshots(services.settings.warehouse_dir)
    try:
        with snapshots.cursor() as cursor:
            return {name: cursor.execute(sql).fetchone()[0] for name, sql in BY_HAND.items()}
    finally:
        snapshots.close()


def test_the_drop_is_told_of_a_day_that_the_answer_key_names_below_its_threshold(arrived: Outbox) -> None:
    (event,) = events.listed(arrived.services.database)
    assert (event.rule_id, event.kind, event.silenced) == ("conversion-drop", "firing", "")
    day = date.fromisoformat(event.bucket)
    assert CONVERSION_DROP.covers((day - demo_company.TODAY).days)
    rate, average = _rates(arrived.services, day)
    assert event.value == pytest.approx(rate) and event.threshold == pytest.approx(0.7 * average)
    assert rate < 0.7 * average
    (mail,) = [one for one in arrived.shown() if one.by == "mail" and one.to == email("admin")]
    body = httpx.get(f"{arrived.base}{mail.links[0]}/body", timeout=PATIENCE).text
    assert f"{rate:.1%} on {day.day} Jun 2026" in body and f"threshold is {0.7 * average:.1%}" in body


def _rates(services: Services, day: date) -> tuple[float, float]:
    """The conversion rate of a day, and that of the 28 days before."""
    rate = "SELECT sum(key_event_sessions) / sum(sessions) FROM fact_session WHERE date BETWEEN ? AND ?"
    snapshots = Snapshots(services.settings.warehouse_dir)
    try:
        with snapshots.cursor() as cursor:
            own = cursor.execute(rate, [day, day]).fetchone()[0]
            return own, cursor.execute(rate, [day - 28 * DAY, day - DAY]).fetchone()[0]
    finally:
        snapshots.close()


def test_the_list_of_deliveries_has_each_message_once_as_sent(arrived: Outbox) -> None:
    rows = arrived.command("deliveries", "list")
    assert Counter((row["kind"], row["channel"], row["to"], row["state"]) for row in rows) == Counter(
        [
            *(("report", "email", to, "sent") for to in REPORTED),
            *(("report", "slack", to, "sent") for to in CHANNELS),
            *(("alert", channel, to, "sent") for to in WARNED for channel in ("email", "inbox")),
            ("alert", "slack", "#marketing", "sent"),
        ]
    )
