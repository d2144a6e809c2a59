"""The data folder: its layout and the keys that the first start makes there, readable by the owner only."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app.errors import SettingError
from app.settings import Settings, load, variable
from app.text import t

SECRET_KEY = "secret.key"
CREDENTIAL_KEY = "credential.key"
DEMO_OUTBOX = "demo-outbox.json"  # settings of a demo that runs; they go with it


def prepared(env: Mapping[str, str]) -> Settings:
    """Settings that are complete: the data folder exists, missing keys are made and kept in it.

    Raises: SettingError when a variable is wrong or the folder cannot be written.
    """
    settings = load(env)
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (settings.warehouse_dir, settings.staging_dir, settings.exports_dir):
            folder.mkdir(exist_ok=True)
        return replace(
            settings,
            secret_key=settings.secret_key or _kept(settings.home / SECRET_KEY, _signing_key),
            credential_key=settings.credential_key or _kept(settings.home / CREDENTIAL_KEY, _sealing_key),
        )
    except OSError as problem:
        raise SettingError(
            t(
                "process.home_wrong",
                variable=variable("home"),
                home=str(settings.home),
                reason=problem.strerror,
            ),
            hint=t("process.home_wrong_hint"),
        ) from None


def with_outbox(env: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with the made-up company's mail server, Slack and name while its demo runs."""
    kept = load(env).home / DEMO_OUTBOX
    return {**json.loads(kept.read_text()), **env} if kept.is_file() else env


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The key in a file; the first process to come makes it, all others read that one.

    The file appears whole under its name, so nobody reads one that is still being written.
    """
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _signing_key() -> str:
    return secrets.token_urlsafe(48)


def _sealing_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
