"""Settings: one row each, typed, with help; read once from the environment, wrong ones stop the start.

A secret may also come from a file: `NAME_FILE=/run/secrets/name`. Secrets print as `***`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.errors import SettingError

LONGEST_SOCKET = 100


def setting(
    help_text: str, default: Any = MISSING, *, parse: Callable[[str], Any] = str, secret: bool = False
) -> Any:
    """A field of `Settings` with its help, parser and secrecy."""
    return field(
        default=default, repr=not secret, metadata={"help": help_text, "parse": parse, "secret": secret}
    )


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None


def _port(text: str) -> int:
    value = _whole(text)
    if not 0 < value < 65536:
        raise ValueError("a port lies between 1 and 65535")
    return value


def _count(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise ValueError("at least 1")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError("a share lies between 0 and 1")
    return value


def _flag(text: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
    except KeyError:
        raise ValueError("yes or no") from None


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("an IANA time zone such as Europe/Berlin") from None
    return text


def _currency(text: str) -> str:
    if len(text) != 3 or not text.isalpha() or not text.isupper():
        raise ValueError("an ISO 4217 code such as USD")
    return text


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def _smtp_security(text: str) -> str:
    if text not in ("starttls", "tls"):
        raise ValueError("starttls or tls; mail without TLS is not sent")
    return text


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError("an address that begins with https:// or http://")
    return text


def _log_target(text: str) -> str:
    if text not in ("auto", "output", "files"):
        raise ValueError("auto, output or files")
    return text


def _log_format(text: str) -> str:
    if text not in ("json", "console"):
        raise ValueError("json or console")
    return text


@dataclass(frozen=True)
class Settings:
    """Everything the product can be told from outside."""

    home: Path = setting("Folder that keeps the product's data.", Path("var"), parse=Path)
    host: str = setting("Address to listen on.", "127.0.0.1")
    port: int = setting("Port to listen on.", 8050, parse=_port)
    web_workers: int = setting("Web processes.", 2, parse=_count)
    web_threads: int = setting("Threads of each web process.", 8, parse=_count)
    workers: int = setting("Job worker processes.", 1, parse=_count)
    database_url: str = setting(
        "Application database; empty means SQLite in the data folder.", "", secret=True
    )
    redis_url: str = setting("Redis for jobs and cache; empty means an embedded one.", "", secret=True)
    secret_key: str = setting(
        "Key that signs sessions; empty means one is made and kept in the data folder.", "", secret=True
    )
    credential_key: str = setting(
        "Key (32 bytes, base64) that encrypts credentials and persons; empty means one is made and kept.",
        "",
        secret=True,
    )
    organisation: str = setting("Name shown beside the logo.", "Performance Analytics")
    currency: str = setting("Reporting currency.", "USD", parse=_currency)
    time_zone: str = setting("Time zone of the organisation.", "America/New_York", parse=_zone)
    gross_margin: float = setting("Gross margin of revenue, used by LTV and ROI.", 0.8, parse=_share)
    attribution_lookback_days: int = setting(
        "Days before a won opportunity in which a touch counts.", 90, parse=_count
    )
    low_volume: int = setting("A rate over fewer cases than this is greyed.", 30, parse=_count)
    secure_cookies: bool = setting("Send cookies over HTTPS only; switch on behind TLS.", False, parse=_flag)
    trusted_proxies: int = setting(
        "Reverse proxies in front whose forwarding headers are believed.", 0, parse=_whole
    )
    metrics_port: int = setting("Port of the Prometheus metrics; 0 means off.", 0, parse=_whole)
    metrics_host: str = setting(
        "Address of that port; whoever reaches it reads the metrics, so by default this machine alone.",
        "127.0.0.1",
    )
    sync_every_minutes: int = setting("Minutes between two syncs of a source.", 60, parse=_count)
    public_url: str = setting(
        "Address under which people reach the product, for links in mails; empty means HOST and PORT.",
        "",
        parse=_address,
    )
    smtp_host: str = setting("Mail server; empty means that no e-mail can be sent.", "")
    smtp_port: int = setting("Port of the mail server.", 587, parse=_port)
    smtp_security: str = setting(
        "TLS with the mail server: starttls (port 587) or tls (port 465); its certificate is verified.",
        "starttls",
        parse=_smtp_security,
    )
    smtp_ca_file: str = setting("Certificates that are trusted instead of the system's, as PEM.", "")
    smtp_user: str = setting("Name to sign in with at the mail server; empty means without.", "")
    smtp_password: str = setting("Password at the mail server.", "", secret=True)
    smtp_token: str = setting("OAuth 2 access token (XOAUTH2), instead of a password.", "", secret=True)
    smtp_from: str = setting("Address that mails come from; empty means the name to sign in with.", "")
    slack_token: str = setting("Slack bot token: posts with charts and files.", "", secret=True)
    slack_webhook: str = setting("Slack webhook address: posts with text and a link only.", "", secret=True)
    slack_api: str = setting("Address of Slack's Web API.", "https://slack.com/api/", parse=_address)
    demo: bool = setting("Offer the made-up company and say so on every page.", False, parse=_flag)
    log_level: str = setting(
        "Least level that is logged: DEBUG, INFO, WARNING or ERROR.", "INFO", parse=_level
    )
    log_format: str = setting("How logs are written: json or console.", "console", parse=_log_format)
    log_to: str = setting(
        "Where pad run sends the logs of its processes: output (its standard output), files (logs/ in the "
        "data folder, turned over when full), or auto: files on a terminal, else output.",
        "auto",
        parse=_log_target,
    )

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

    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set: what must never be written anywhere."""
        values = [getattr(self, row.name) for row in fields(self) if row.metadata["secret"]]
        return tuple(value for value in values if value)


def load(env: Mapping[str, str]) -> Settings:
    """Settings from environment variables: `PORT` is free-standing, all others begin with `PAD_`
    except the customary `DATABASE_URL`, `REDIS_URL` and `SECRET_KEY`.

    Raises: SettingError that names the variable, what is wrong with it and what would be right.
    """
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
                    f"{name} is {shown}, which does not work: {problem}.", hint=row.metadata["help"]
                ) from None
    return Settings(**values)


CUSTOMARY = {
    "port": "PORT",
    "database_url": "DATABASE_URL",
    "redis_url": "REDIS_URL",
    "secret_key": "SECRET_KEY",
}


def variable(field_name: str) -> str:
    """The environment variable of a setting."""
    return CUSTOMARY.get(field_name, f"PAD_{field_name.upper()}")


def _text(name: str, env: Mapping[str, str]) -> str | None:
    if path := env.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as problem:
            raise SettingError(
                f"{name}_FILE cannot be read: {problem.strerror}.", hint="Give a readable file."
            ) from None
    return env.get(name)


def example() -> str:
    """The text of `.env.example`: every setting with its help and default."""
    lines = []
    for row in fields(Settings):
        shown = "" if row.metadata["secret"] else ("no" if row.default is False else row.default)
        lines += [f"# {row.metadata['help']}", f"#{variable(row.name)}={shown}", ""]
    return "\n".join(lines)


def shown(settings: Settings) -> list[dict[str, str]]:
    """Every setting in force with its help; a secret prints as `***`."""
    rows = []
    for row in fields(settings):
        value = getattr(settings, row.name)
        text = ("***" if value else "") if row.metadata["secret"] else str(value)
        rows.append({"name": variable(row.name), "value": text, "help": row.metadata["help"]})
    return rows
