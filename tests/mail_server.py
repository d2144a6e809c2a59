"""A real mail server with TLS and its own authority, that can be told to misbehave."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.processes import free_port
from tests.waiting import PATIENCE

PASSWORD = "correct horse"
TOKEN = "bearer-token"


@dataclass
class Arrived:
    """What came: sender, recipients and the mail as a client would read it."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse: frozenset[str] = frozenset()
    refuse_code: str = "550"
    die_after_data: bool = False
    slow: float = 0.0  # seconds at most between taking a mail and saying so
    clients: set[tuple[str, int]] = field(default_factory=set)  # the far end of every connection that spoke

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, name: str, answers: list[str]
    ) -> list[str]:
        self.clients.add(session.peer)
        session.host_name = name
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return f"{self.refuse_code} no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        if self.slow:
            await asyncio.sleep(random.uniform(0, self.slow))
        if self.die_after_data:
            server.transport.abort()
        return "250 accepted"


@dataclass
class MailServer:
    """Where it listens and what came."""

    port: int
    ca_file: Path
    arrived: Arrived


class _Xoauth2(SMTP):
    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        from base64 import b64decode

        said = b64decode(args[1]).decode()
        good = said == f"user=reports\1auth=Bearer {TOKEN}\1\1"
        return AuthResult(success=good, handled=good)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Xoauth2(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(folder: Path, *, implicit: bool = False, auth: bool = True) -> Iterator[MailServer]:
    """A server on a free port of this machine: STARTTLS, or TLS from the start."""
    context, ca_file = certificate(folder)
    arrived = Arrived()
    options: dict[str, Any] = {"ssl_context": context} if implicit else {"tls_context": context}
    if auth:
        options |= {"authenticator": _sign_in, "auth_required": True, "auth_require_tls": not implicit}
    if not implicit:
        options["require_starttls"] = True
    controller = _Controller(
        arrived, hostname="127.0.0.1", port=free_port(), ready_timeout=PATIENCE, **options
    )
    controller.start()
    try:
        yield MailServer(controller.port, ca_file, arrived)
    finally:
        controller.stop()


def _sign_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"reports", PASSWORD.encode())
    return AuthResult(success=good, handled=False) if not good else AuthResult(success=True)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A context with a certificate for 127.0.0.1, and the file of the authority that signed it."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    ca = _signed(name, name, ca_key, ca_key, ca=True)
    own = _signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]), name, key, ca_key, ca=False)
    pem, ca_file = folder / "server.pem", folder / "ca.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + own.public_bytes(serialization.Encoding.PEM))
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, ca_file


def _signed(subject: Any, issuer: Any, key: Any, signer: Any, *, ca: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if ca:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        place = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        builder = builder.add_extension(place, critical=False)
    return builder.sign(signer, hashes.SHA256())
