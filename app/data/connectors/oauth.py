"""OAuth 2 sign-ins: a service account's signed assertion, a refresh token, client credentials."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.data.connectors.base import CredentialField
from app.data.connectors.http import Session, any_json, by_status
from app.errors import SourceError, SourcePermanent
from app.text import t

# Google's two ways in: a service account's key, or a person's refresh token.
GOOGLE_FIELDS = (
    CredentialField("key_file", way="key", holds=("type", "private_key", "client_email")),
    CredentialField("client_id", plain=True, way="token"),
    CredentialField("client_secret", way="token"),
    CredentialField("refresh_token", way="token"),
)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EARLY = 60.0  # seconds before its end at which a token is renewed


@dataclass
class Token:
    """An access token that is fetched when first needed and renewed before it ends.

    `form` makes the form fields of a token request. `rotated` is told of a new refresh token, so that it
    can be kept.
    """

    http: Session
    url: str
    form: Callable[[], dict[str, str]]
    rotated: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.time
    answer: dict[str, Any] = field(default_factory=dict)
    ends: float = 0.0

    def headers(self) -> Mapping[str, str]:
        if not self.answer or self.clock() >= self.ends:
            self.renew()
        return {"Authorization": f"Bearer {self.answer['access_token']}"}

    def renew(self) -> None:
        """Sign in again. Raises: SourcePermanent when the platform refuses the credentials."""
        answer = self.http.call("POST", self.url, self._judge, signed=False, data=self.form())
        token = answer.get("access_token")
        if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
            raise lacking(self.http.source, "access_token")
        told = (token, answer.get("refresh_token"))
        self.http.secrets = (*self.http.secrets, *(str(secret) for secret in told if secret))
        # Salesforce names no end; it says 401 when a session is over.
        self.ends = self.clock() + self._lasts(answer.get("expires_in", 86_400)) - EARLY
        self.answer = answer
        if fresh := answer.get("refresh_token"):
            self.rotated(str(fresh))

    def _lasts(self, told: object) -> float:
        try:
            return float(str(told))
        except ValueError:
            raise lacking(self.http.source, "expires_in") from None

    def _judge(self, response: httpx.Response) -> SourceError | None:
        if response.status_code not in (400, 401, 403):
            return by_status(response, self.http.source, response.text[:200])
        return SourcePermanent(
            t("connectors.sign_in_refused", source=self.http.source, reason=_reason(response)),
            hint=t("connectors.sign_in_refused_hint", source=self.http.source),
            reason="sign_in",
        )


def lacking(source: str, name: str) -> SourcePermanent:
    """The answer to a sign-in does not say what such answers say: somebody else gave it."""
    return SourcePermanent(
        t("connectors.sign_in_lacks", source=source, name=name),
        hint=t("connectors.sign_in_lacks_hint"),
        reason="unreachable",
    )


def _reason(response: httpx.Response) -> str:
    whole, body = any_json(response)
    if not whole:
        return t("connectors.sign_in_status", status=response.status_code)
    error = body.get("error") if isinstance(body, dict) else None
    said = body.get("error_description") if isinstance(body, dict) else None
    return f"{error} ({said})" if said else str(error or response.status_code)


def google(http: Session, credentials: Mapping[str, Any], url: str, scope: str) -> Token:
    """The sign-in of credentials that hold one of `GOOGLE_FIELDS`' ways. Raises: SourcePermanent."""
    if credentials.get("type") == "service_account":
        key = _private_key(str(credentials["private_key"]), http.source)
        return Token(http, url, lambda: _assertion(credentials, key, url, scope))
    fields = {
        name: str(credentials.get(name) or "") for name in ("client_id", "client_secret", "refresh_token")
    }
    if not all(fields.values()):
        raise SourcePermanent(
            t("connectors.sign_in_way", source=http.source, kind=credentials.get("type") or ""),
            hint=t("connectors.sign_in_way_hint"),
            reason="sign_in",
        )
    return Token(http, url, lambda: {"grant_type": "refresh_token", **fields})


def _assertion(
    credentials: Mapping[str, Any], key: rsa.RSAPrivateKey, url: str, scope: str
) -> dict[str, str]:
    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT", "kid": credentials.get("private_key_id", "")}
    audience = str(credentials.get("token_uri") or url)
    claims = {
        "iss": credentials["client_email"],
        "scope": scope,
        "aud": audience,
        "iat": now,
        "exp": now + 3600,
    }
    head = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    signature = key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {"grant_type": JWT_BEARER, "assertion": f"{head}.{_encoded(signature)}"}


def _private_key(text: str, source: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # one that is locked by a password is a TypeError
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SourcePermanent(
            t("connectors.private_key_unread", source=source),
            hint=t("connectors.private_key_unread_hint"),
            reason="sign_in",
        )
    return key


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
