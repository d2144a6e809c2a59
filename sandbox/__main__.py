"""`python -m sandbox serve|files|answer-key`: the made-up company on a port, as files, or explained."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from sandbox import answer_key, files
from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.limits import GENEROUS, PLATFORM
from sandbox.outbox import mail_server
from sandbox.outbox.box import Box
from sandbox.server import serving
from sandbox.site import Site
from sandbox.wire.tokens import Keys

# The password of the mail server, and with "xoxb-" before it the token of the Slack bot.
OUTBOX_PASSWORD = "SANDBOX_OUTBOX_PASSWORD"


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and do what it asks."""
    asked = _parser().parse_args(arguments)
    now = asked.clock or datetime.now(UTC)
    try:
        company = Company.load(asked.state, asked.seed, epoch=now, now=now, scale=asked.scale)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return int(
        {"serve": _serve, "files": _files, "answer-key": _answer_key}[asked.command](asked, company, now)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, says in (
        ("serve", "answer on a port until stopped"),
        ("files", "write the files for import"),
        ("answer-key", "write what was planted, as Markdown"),
    ):
        command = commands.add_parser(name, help=says)
        command.add_argument(
            "--state", type=Path, default=Path("var/sandbox"), help="folder that keeps the company"
        )
        command.add_argument("--seed", type=int, default=7)
        command.add_argument("--scale", type=float, default=1.0, help="1.0 is about 1,250 customers")
        command.add_argument(
            "--clock", type=_instant, default=None, help="the company's time, ISO; default: now"
        )
        if name == "serve":
            command.add_argument("--port", type=int, default=0, help="0 picks a free one")
            command.add_argument(
                "--smtp-port", type=int, default=0, help=f"receive mails there; needs {OUTBOX_PASSWORD}"
            )
            command.add_argument("--speed", type=float, default=1.0, help="company seconds in one second")
            command.add_argument(
                "--real-limits", action="store_true", help="hold callers to the platforms' own quotas"
            )
        else:
            command.add_argument("--out", type=Path, required=name == "files")
    return parser


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _serve(asked: argparse.Namespace, company: Company, now: datetime) -> int:
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    password = os.environ.get(OUTBOX_PASSWORD, "")
    site = Site(
        company,
        SandboxClock(now, time.time, asked.speed),
        PLATFORM if asked.real_limits else GENEROUS,
        Keys.kept(asked.state / "keys.json"),
        outbox=Box(asked.state / "outbox"),
        slack_token=f"xoxb-{password}" if password else "",
    )
    with ExitStack() as stack:
        if asked.smtp_port and password:
            stack.enter_context(
                mail_server.receiving(
                    site.outbox, asked.state / "outbox", site.clock.now, password, asked.smtp_port
                )
            )
        up = stack.enter_context(serving(site, asked.port))
        print(json.dumps({"base": up.base, "salesforce_instance": up.salesforce_instance}), flush=True)
        stop.wait()
    return 0


def _files(asked: argparse.Namespace, company: Company, now: datetime) -> int:
    for path in files.write(company, asked.out, now):
        print(path)
    return 0


def _answer_key(asked: argparse.Namespace, company: Company, now: datetime) -> int:
    text = answer_key.render(company)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
