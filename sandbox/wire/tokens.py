"""Sign-in as the platforms do it: service-account grants, refresh tokens, client credentials, expiry."""

from __future__ import annotations

import base64
import json
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class Keys:
    """The secrets of this sandbox: made at its first start, never derived from the seed."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    developer_token: str = field(repr=False)
    private_key: str = field(repr=False)
    key_id: str

    @classmethod
    def new(cls) -> Keys:
        """Fresh secrets."""
        pem = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(
            f"{secrets.token_hex(6)}.apps.larkfield.example",
            secrets.token_urlsafe(24),
            f"1//{secrets.token_urlsafe(32)}",
            secrets.token_urlsafe(16),
            pem.decode(),
            secrets.token_hex(20),
        )

    @classmethod
    def kept(cls, path: Path) -> Keys:
        """The secrets of a state folder, made when there are none."""
        if path.exists():
            return cls(**json.loads(path.read_text()))
        keys = cls.new()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(asdict(keys), out)
        return keys


class GrantRefused(Exception):
    """A token request that the platform turns down, with OAuth's error and description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class Tokens:
    """Access tokens of one platform, with their expiry on the wire's clock."""

    def __init__(self, keys: Keys, lifetime: int, prefix: str) -> None:
        self.keys, self._lifetime, self._prefix = keys, lifetime, prefix
        self._expires: dict[str, float] = {}
        self._refresh = {keys.refresh_token}
        self._lock = threading.Lock()

    def issue(self, at: float) -> str:
        """A new access token."""
        token = self._prefix + secrets.token_urlsafe(40)
        with self._lock:
            self._expires[token] = at + self._lifetime
        return token

    def valid(self, header: str | None, at: float) -> bool:
        """Whether an Authorization header carries a token that still works."""
        kind, _, token = (header or "").partition(" ")
        return kind.lower() == "bearer" and self._expires.get(token, 0.0) > at

    def expire_all(self) -> None:
        """End every access token at once."""
        with self._lock:
            self._expires.clear()

    def check_client(self, form: Mapping[str, str], basic: str | None) -> None:
        """Client id and secret from the form or a Basic header.

        Raises: GrantRefused
        """
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        if basic and basic.lower().startswith("basic "):
            decoded = base64.b64decode(basic[6:]).decode()
            given = tuple(decoded.partition(":")[::2])  # type: ignore[assignment]
        if given != (self.keys.client_id, self.keys.client_secret):
            raise GrantRefused("invalid_client", "invalid client credentials")

    def check_refresh(self, form: Mapping[str, str], rotate: bool) -> str | None:
        """A refresh token; with rotation, the one that replaces it after a short grace for both.

        Raises: GrantRefused
        """
        with self._lock:
            if form.get("refresh_token") not in self._refresh:
                raise GrantRefused("invalid_grant", "Token has been expired or revoked.")
            if not rotate:
                return None
            fresh = secrets.token_urlsafe(32)
            self._refresh.add(fresh)
            return fresh

    def check_assertion(self, assertion: str, issuer: str, audiences: tuple[str, ...]) -> None:
        """An RS256 assertion: signature, issuer, audience and lifetime (callers bring clocks of their own).

        Raises: GrantRefused
        """
        try:
            claims = jwt.decode(
                assertion, RSAKey.import_key(self.keys.private_key), algorithms=["RS256"]
            ).claims
        except (JoseError, ValueError) as error:
            raise GrantRefused("invalid_grant", f"Invalid JWT Signature. {error}") from None
        if claims.get("iss") != issuer:
            raise GrantRefused("invalid_grant", f"Invalid JWT: issuer {claims.get('iss')!r} is not known")
        if claims.get("aud") not in audiences:
            raise GrantRefused(
                "invalid_grant", f"Invalid JWT: audience {claims.get('aud')!r}, expected {audiences[0]}"
            )
        if "iat" in claims and not 0 < float(claims.get("exp", 0)) - float(claims["iat"]) <= 3600:
            raise GrantRefused(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in "
                "a reasonable timeframe. Check your iat and exp values.",
            )
