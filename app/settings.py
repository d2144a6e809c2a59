"""Settings: one row each, typed, with help; read once from the environment, wrong ones stop the start.

A secret may also come from a file: `NAME_FILE=/run/secrets/name`. Secrets print as `***`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from app.errors import SettingError
from app.text import t

LONGEST_SOCKET = 100
SHORTEST_KEY = 32  # characters that a signing key must have
KEY_BYTES = 32  # AES-256


def setting(
    default: Any = MISSING,
    *,
    parse: Callable[[str], Any] = str,
    secret: bool = False,
    numbers: bool = False,
) -> Any:
    """A field of `Settings` with its parser, its secrecy and whether numbers depend on it. Its help is
    the text `settings.<name>`."""
    metadata = {"parse": parse, "secret": secret, "numbers": numbers}
    return field(default=default, repr=not secret, metadata=metadata)


def help_text(field_name: str) -> str:
    """What a setting is for."""
    return t(f"settings.{field_name}")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(t("settings.want_whole")) from None


def _port(text: str) -> int:
    value = _whole(text)
    if not 0 < value < 65536:
        raise ValueError(t("settings.want_port"))
    return value


def _port_or_none(text: str) -> int:
    return 0 if text == "0" else _port(text)


def _count(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise ValueError(t("settings.want_count"))
    return value


def _count_or_none(text: str) -> int:
    value = _whole(text)
    if value < 0:
        raise ValueError(t("settings.want_none"))
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise ValueError(t("settings.want_share"))
    return value


def _file(text: str) -> str:
    if text and not Path(text).is_file():
        raise ValueError(t("settings.want_file"))
    return text


def _flag(text: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
    except KeyError:
        raise ValueError(t("settings.want_flag")) from None


def known_zone(text: str) -> str:
    """A time zone's name. Raises: ValueError that says what is wanted."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, such as Europe, is an OSError
        raise ValueError(t("settings.want_zone")) from None
    return text


@cache
def currencies() -> frozenset[str]:
    """The codes of ISO 4217, those of earlier years too; XXX, which stands for none, is not among them."""
    return frozenset(Locale("en").currencies) - {"XXX"}


def known_currency(text: str) -> str:
    """A currency's code. Raises: ValueError that says what is wanted."""
    if text not in currencies():
        raise ValueError(t("settings.want_currency"))
    return text


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError(t("settings.want_level"))
    return text.upper()


def _smtp_security(text: str) -> str:
    if text not in ("starttls", "tls"):
        raise ValueError(t("settings.want_smtp_security"))
    return text


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError(t("settings.want_address"))
    return text


def _url(text: str, schemes: tuple[str, ...], problem: str) -> str:
    """An address of one of the schemes, with a port that is a number when it has one."""
    try:
        urlsplit(text).port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise ValueError(problem) from None
    if not text.startswith(schemes):
        raise ValueError(problem)
    return text


def _database_url(text: str) -> str:
    return text and _url(text, ("sqlite:///", "postgresql://"), t("settings.want_database"))


def _redis_url(text: str) -> str:
    return text and _url(text, ("redis://", "rediss://", "unix://"), t("settings.want_redis"))


def _secret_key(text: str) -> str:
    if text and len(text) < SHORTEST_KEY:
        raise ValueError(t("settings.want_long_key", count=SHORTEST_KEY))
    return text


def _credential_key(text: str) -> str:
    try:
        known = not text or len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        known = False
    if not known:
        raise ValueError(t("settings.want_credential_key", count=KEY_BYTES))
    return text


def _log_target(text: str) -> str:
    if text not in ("auto", "output", "files"):
        raise ValueError(t("settings.want_log_target"))
    return text


def _log_format(text: str) -> str:
    if text not in ("json", "console"):
        raise ValueError(t("settings.want_log_format"))
    return text


@dataclass(frozen=True)
class Settings:
    """Everything the product can be told from outside."""

    home: Path = setting(Path("var"), parse=Path)
    host: str = setting("127.0.0.1")
    port: int = setting(8050, parse=_port)
    web_workers: int = setting(2, parse=_count)
    web_threads: int = setting(8, parse=_count)
    workers: int = setting(1, parse=_count)
    database_url: str = setting("", parse=_database_url, secret=True)
    redis_url: str = setting("", parse=_redis_url, secret=True)
    secret_key: str = setting("", parse=_secret_key, secret=True)
    credential_key: str = setting("", parse=_credential_key, secret=True)
    organisation: str = setting("Performance Analytics")
    currency: str = setting("USD", parse=known_currency, numbers=True)
    time_zone: str = setting("America/New_York", parse=known_zone, numbers=True)
    gross_margin: float = setting(0.8, parse=_share, numbers=True)
    attribution_lookback_days: int = setting(90, parse=_count, numbers=True)
    low_volume: int = setting(30, parse=_count, numbers=True)
    secure_cookies: bool = setting(False, parse=_flag)
    trusted_proxies: int = setting(0, parse=_count_or_none)
    metrics_port: int = setting(0, parse=_port_or_none)
    metrics_host: str = setting("127.0.0.1")
    sync_every_minutes: int = setting(60, parse=_count)
    public_url: str = setting("", parse=_address)
    smtp_host: str = setting("")
    smtp_port: int = setting(587, parse=_port)
    smtp_security: str = setting("starttls", parse=_smtp_security)
    smtp_ca_file: str = setting("", parse=_file)
    smtp_user: str = setting("")
    smtp_password: str = setting("", secret=True)
    smtp_token: str = setting("", secret=True)
    smtp_from: str = setting("")
    slack_token: str = setting("", secret=True)
    slack_webhook: str = setting("", secret=True)
    slack_api: str = setting("https://slack.com/api/", parse=_address)
    demo: bool = setting(False, parse=_flag)
    log_level: str = setting("INFO", parse=_level)
    log_format: str = setting("console", parse=_log_format)
    log_to: str = setting("auto", parse=_log_target)

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the application database."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'app.db'}"

    @property
    def warehouse_dir(self) -> Path:
        return self.home / "warehouse"

    @property
    def staging_dir(self) -> Path:
        return self.home / "staging"

    @property
    def exports_dir(self) -> Path:
        return self.home / "exports"

    @property
    def static_dir(self) -> Path:
        return self.home / "static"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"

    @property
    def address(self) -> str:
        """The product's own address, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def redis_socket(self) -> Path:
        """Socket of the embedded Redis, used when no address is set.

        A socket's path may have 107 characters; a deep home gets a short one in the temporary folder.
        """
        inside = self.home.resolve() / "redis.sock"
        if len(str(inside)) <= LONGEST_SOCKET:
            return inside
        short = hashlib.sha256(str(inside).encode()).hexdigest()[:16]
        return Path(gettempdir()) / f"pad-{short}" / "redis.sock"

    @property
    def redis(self) -> str:
        """The address of Redis, the embedded one's when none is set."""
        return self.redis_url or f"unix://{self.redis_socket}"

    def behind_numbers(self) -> dict[str, str]:
        """The settings on which numbers depend, by variable."""
        rows = [row for row in fields(self) if row.metadata["numbers"]]
        return {variable(row.name): str(getattr(self, row.name)) for row in rows}

    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set: what must never be written anywhere."""
        values = [getattr(self, row.name) for row in fields(self) if row.metadata["secret"]]
        return tuple(value for value in values if value)


def load(env: Mapping[str, str]) -> Settings:
    """Settings from environment variables: `PORT` is free-standing, all others begin with `PAD_`
    except the customary `DATABASE_URL`, `REDIS_URL` and `SECRET_KEY`.

    Raises: SettingError that names the variable, what is wrong with it and what would be right.
    """
    _refuse_unknown(env)
    values: dict[str, Any] = {}
    for row in fields(Settings):
        name = variable(row.name)
        text = _text(name, env)
        if text is not None and (text or row.metadata["secret"]):
            try:
                values[row.name] = row.metadata["parse"](text)
            except ValueError as problem:
                shown = "***" if row.metadata["secret"] else repr(text)
                raise SettingError(
                    t("settings.wrong", name=name, shown=shown, problem=problem), hint=help_text(row.name)
                ) from None
    return Settings(**values)


def without_password(address: str) -> str:
    """An address without the name and the password that may stand in it."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


CUSTOMARY = {
    "port": "PORT",
    "database_url": "DATABASE_URL",
    "redis_url": "REDIS_URL",
    "secret_key": "SECRET_KEY",
}


def variable(field_name: str) -> str:
    """The environment variable of a setting."""
    return CUSTOMARY.get(field_name, f"PAD_{field_name.upper()}")


# Variables of the tools around the product: benches, tests, the installer, and the mark of the supervisor.
TOOLING = frozenset(("PAD_ASK", "PAD_BENCH_DATA", "PAD_BENCH_SERVED", "PAD_SUPERVISED_BY", "PAD_TEST_BEHIND"))


def _refuse_unknown(env: Mapping[str, str]) -> None:
    """Raises: SettingError for a variable that begins like one of ours and is none."""
    known = {variable(row.name) for row in fields(Settings)}
    for name in env:
        ours = name if name in known else name.removesuffix("_FILE")
        if not name.startswith("PAD_") or ours in known or name in TOOLING:
            continue
        customary = CUSTOMARY.get(ours.removeprefix("PAD_").lower())
        near = [customary] if customary else get_close_matches(ours, known, n=1, cutoff=0.7)
        hint = t("settings.unknown_hint", near=near[0]) if near else t("settings.unknown_list")
        raise SettingError(t("settings.unknown", name=name), hint=hint)


def _text(name: str, env: Mapping[str, str]) -> str | None:
    if path := env.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else t("settings.want_utf8")
            raise SettingError(
                t("settings.file_unread", name=name, reason=reason), hint=t("settings.file_unread_hint")
            ) from None
    return env.get(name)


def example() -> str:
    """The text of `.env.example`: every setting with its help and default."""
    lines = []
    for row in fields(Settings):
        shown = "" if row.metadata["secret"] else ("no" if row.default is False else row.default)
        lines += [f"# {help_text(row.name)}", f"#{variable(row.name)}={shown}", ""]
    return "\n".join(lines)


def shown(settings: Settings) -> list[dict[str, str]]:
    """Every setting in force with its help; a secret prints as `***`."""
    rows = []
    for row in fields(settings):
        value = getattr(settings, row.name)
        text = ("***" if value else "") if row.metadata["secret"] else str(value)
        rows.append({"name": variable(row.name), "value": text, "help": help_text(row.name)})
    return rows
