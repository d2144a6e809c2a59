"""Sealing and opening with AES-256-GCM: credentials of sources and data of persons."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import SettingError
from app.text import t

NONCE = 12  # bytes, as the mode wants it


class Vault:
    """Holds the key of the organisation; what it seals opens only with that key and under the same name."""

    def __init__(self, key: str) -> None:
        try:
            self._key = base64.b64decode(key, validate=True)
        except binascii.Error:
            self._key = b""
        if len(self._key) != 32:
            raise SettingError(
                t("pipeline.key_wrong"),
                hint=t("pipeline.key_wrong_hint"),
            )
        self._cipher = AESGCM(self._key)

    def __repr__(self) -> str:
        return "Vault(***)"

    def seal(self, name: str, value: dict[str, Any]) -> tuple[bytes, bytes]:
        """Nonce and ciphertext; `name` is authenticated with it, so that no row can stand in for another."""
        nonce = os.urandom(NONCE)
        return nonce, self._cipher.encrypt(nonce, json.dumps(value).encode(), name.encode())

    def open(self, name: str, nonce: bytes, sealed: bytes) -> dict[str, Any]:
        """What was sealed under a name.

        Raises: SettingError when the key is another one, or the row was changed.
        """
        try:
            opened: dict[str, Any] = json.loads(self._cipher.decrypt(nonce, sealed, name.encode()))
        except InvalidTag:
            raise SettingError(
                t("pipeline.sealed_shut", name=name),
                hint=t("pipeline.sealed_shut_hint"),
            ) from None
        return opened

    def lookup(self, *parts: str) -> str:
        """A keyed hash: finds a person again without keeping who it is."""
        return hmac.new(self._key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
