"""The made-up company as the product meets it: over HTTP only, like any platform, in a process of its own."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from app.accounts import passwords, users
from app.accounts.changes import Trail
from app.accounts.permissions import ROLES
from app.clock import Clock
from app.data import actions
from app.data.db import Database
from app.errors import PadError
from app.home import DEMO_OUTBOX, prepared, write_privately
from app.processes.supervisor import Part
from app.reports import definitions
from app.services import Services
from app.settings import Settings
from app.text import t
from app.training import trainings

DOMAIN = "larkfield.example"
FILES = (
    "exchange_rates",
    "subscriptions",
    "invoices",
    "account_activity",
    "surveys",
    "market_size",
    "costs",
    "targets",
)
SOURCES = ("google_analytics", "google_ads", "salesforce")
SCOPED = ("california", "analyst", {"region": ["California"]})
ACTOR = "pad demo"
# What the company's people promised each other: which text, whose role, due in how many days, how far it is.
PROMISES = (
    ("form", "marketing_manager", 1, actions.IN_WORK),
    ("budget", "campaign_specialist", 4, actions.WAITING),
    ("accounts", "executive", 9, actions.OPEN),
    ("names", "campaign_specialist", -2, actions.OPEN),
    ("launch", "analyst", -6, actions.DONE),
)
MAILBOX = f"reports@{DOMAIN}"
REPORT_OWNER = "marketing_manager"


@dataclass(frozen=True)
class Earlier:
    """A clock that is behind another: the product as it stood some time ago."""

    clock: Clock
    behind: timedelta

    def now(self) -> datetime:
        return self.clock.now() - self.behind

    def today(self, zone: str) -> date:
        return self.now().astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True)
class Memory:
    """What a demo remembers from start to start: the company's port, and whether all is loaded."""

    path: Path
    port: int
    loaded: bool = False
    smtp_port: int = 0

    @staticmethod
    def of(settings: Settings) -> Memory:
        path = settings.home / "demo.json"
        try:
            known = json.loads(path.read_text())
        except FileNotFoundError:
            known = {}
        ports = [known.get(name, 0) for name in ("port", "smtp_port")]
        port, smtp_port = (port if _free(port) else _any_port() for port in ports)
        return Memory(path, port, known.get("loaded", False), smtp_port)

    def keep(self, loaded: bool) -> None:
        write_privately(
            self.path, json.dumps({"port": self.port, "smtp_port": self.smtp_port, "loaded": loaded})
        )


@dataclass(frozen=True)
class Company:
    """The sandbox's own doors beside those of the platforms."""

    base: str

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.base}/_sandbox/state", timeout=2.0).status_code == 200
        except httpx.HTTPError:
            return False

    def go_to(self, instant: datetime) -> None:
        """Move the company's clock."""
        self._ask("POST", "/_sandbox/clock", json={"now": instant.isoformat()})

    def file(self, name: str, folder: Path) -> Path:
        """Fetch one of the files for import."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.csv"
        path.write_bytes(self._ask("GET", f"/_sandbox/files/{name}.csv").content)
        return path

    def credentials(self, source: str) -> dict[str, Any]:
        """What the platform's console would hand out."""
        answer: dict[str, Any] = self._ask("GET", f"/_sandbox/credentials/{source}.json").json()
        return answer

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = httpx.request(method, f"{self.base}{path}", timeout=120.0, **options)
        if answer.is_error:
            raise PadError(t("demo.refused", status=answer.status_code, method=method, path=path))
        return answer


def company_part(settings: Settings, memory: Memory) -> tuple[Part, Company]:
    """The company's process; its first start simulates it, which takes a while."""
    company = Company(f"http://127.0.0.1:{memory.port}")
    state = settings.home.resolve() / "sandbox"
    command = [sys.executable, "-m", "sandbox", "serve", "--port", str(memory.port), "--state", str(state)]
    command += ["--smtp-port", str(memory.smtp_port)]
    return Part("company", command, ready=company.answers, patience=180.0, quiet=True), company


def connect_outbox(env: MutableMapping[str, str]) -> None:
    """Let mails and posts go to the made-up company, unless a mail server or a Slack is set already."""
    if any(env.get(name) for name in ("PAD_SMTP_HOST", "PAD_SLACK_TOKEN", "PAD_SLACK_WEBHOOK")):
        return
    settings = prepared(env)
    memory = Memory.of(settings)
    memory.keep(memory.loaded)
    password = passwords.invented()
    authority = settings.home.resolve() / "sandbox" / "outbox" / "ca.pem"
    authority.parent.mkdir(parents=True, exist_ok=True)
    authority.touch()  # the company fills it when it starts; a setting may not name a missing file
    found = {
        "PAD_SMTP_HOST": "127.0.0.1",
        "PAD_SMTP_PORT": str(memory.smtp_port),
        "PAD_SMTP_CA_FILE": str(authority),
        "PAD_SMTP_USER": MAILBOX,
        "PAD_SMTP_PASSWORD": password,
        "PAD_SMTP_FROM": MAILBOX,
        "PAD_SLACK_TOKEN": f"xoxb-{password}",
        "PAD_SLACK_API": f"http://127.0.0.1:{memory.port}/slack/api/",
    }
    env.update(found | {"SANDBOX_OUTBOX_PASSWORD": password})
    shown = {name: env[name] for name in ("PAD_DEMO", "PAD_ORGANISATION") if name in env}
    kept = json.dumps(found | shown)  # for commands of this home beside it, which write the same reports
    write_privately(settings.home / DEMO_OUTBOX, kept)


def disconnect_outbox(settings: Settings) -> None:
    """Nothing receives mails and posts any more."""
    (settings.home / DEMO_OUTBOX).unlink(missing_ok=True)


def weekly_report(services: Services) -> None:
    """Set up the weekly report, owned by the marketing manager; have all models trained, and its first
    issue made as soon as the coming week is predicted."""
    database, clock = services.database, services.clock
    owner = next(user for user in users.listing(database) if user.role == REPORT_OWNER)
    to = [
        {"channel": "email", "to": f"executives@{DOMAIN}"},
        {"channel": "email", "to": f"marketing.team@{DOMAIN}"},
        {"channel": "slack", "to": "#marketing"},
        {"channel": "slack", "to": "#executives"},
    ]
    report = definitions.provide_weekly(database, clock, services.settings.time_zone, owner.id, to)
    later = ["train_forecast", "train_churn"]
    trainings.ask(services, "train_week", ACTOR, report_id=report, then=later)


def sign_ins(settings: Settings, database: Database, clock: Clock) -> list[dict[str, str]]:
    """One person for each role and one who sees California only; made once, then read from the file."""
    path = settings.home / "demo-signins.json"
    if path.exists():
        known: list[dict[str, str]] = json.loads(path.read_text())
        return known
    made = [_person(database, clock, role.replace("_", "."), role, {}) for role in ROLES]
    name, role, scope = SCOPED
    # Under a role of its own, so that who looks a role up finds the one who sees everything.
    made.append(
        _person(database, clock, name, role, scope) | {"role": t("demo.only", role=role, name=name.title())}
    )
    write_privately(path, json.dumps(made, indent=2) + "\n")
    return made


def promises(database: Database, clock: Clock, zone: str) -> None:
    """Action items of the people who can sign in, once; days count from today."""
    if actions.listed(database, limit=1):
        return
    owners = {user.role: user.id for user in reversed(users.listing(database))}
    today, trail = clock.today(zone), Trail(clock, ACTOR)
    for name, role, days, state in PROMISES:
        due = today + timedelta(days=days)
        title = t(f"demo.promise_{name}")
        item = actions.add(database, title, trail, owner_id=owners[role], due=due)
        actions.change(database, item, trail, state=state, owner_id=owners[role], due=due)


def _person(
    database: Database, clock: Clock, name: str, role: str, scope: dict[str, list[str]]
) -> dict[str, str]:
    email, password = f"{name}@{DOMAIN}", passwords.invented()
    called = name.replace(".", " ").title()
    known = {user.email: user.id for user in users.listing(database)}
    if email in known:  # a start that was stopped between the database and the file
        users.set_password(database, clock, known[email], password, actor=ACTOR, must_change=False)
    else:
        users.add(database, clock, email, called, role, password, actor=ACTOR, must_change=False, scope=scope)
    return {"role": role, "email": email, "password": password}


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return port > 0 and probe.connect_ex(("127.0.0.1", port)) != 0


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
