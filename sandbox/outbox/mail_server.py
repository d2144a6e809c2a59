"""A mail server as a company has one: STARTTLS first, then a sign-in, then the mail."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from sandbox.outbox import authority
from sandbox.outbox.box import Box

USER = "reports@larkfield.example"
LARGEST = 32 * 1024 * 1024
READY_TIMEOUT = 60  # seconds that it may take to start on a busy machine


def _quiet(record: logging.LogRecord) -> bool:
    """aiosmtpd warns of its own use of `login_data` at every sign-in; nobody here can change that."""
    return "login_data is deprecated" not in str(record.msg)


class _Inward:
    def __init__(self, box: Box, now: Callable[[], datetime]) -> None:
        self._box = box
        self._now = now

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._box.take_mail(envelope.content, list(envelope.rcpt_tos), self._now())
        return "250 OK: the mail is in the sandbox's outbox"


@contextmanager
def receiving(
    box: Box, folder: Path, now: Callable[[], datetime], password: str, port: int, host: str = "127.0.0.1"
) -> Iterator[int]:
    """The server until the block ends; its port."""

    def sign_in(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        wanted = (USER.encode(), password.encode())
        good = isinstance(given, LoginPassword) and (given.login, given.password) == wanted
        return AuthResult(success=good, handled=False) if not good else AuthResult(success=True)

    logging.getLogger("mail.log").addFilter(_quiet)
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(
        _Inward(box, now),
        hostname=host,
        port=port,
        tls_context=authority.context(folder),
        require_starttls=True,
        authenticator=sign_in,
        auth_required=True,
        data_size_limit=LARGEST,
        ready_timeout=READY_TIMEOUT,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
