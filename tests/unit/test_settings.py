"""Settings: what is wrong is named with a way out, and a secret never shows."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app.errors import SettingError
from app.home import DEMO_OUTBOX, prepared, with_outbox
from app.processes import demo
from app.settings import TOOLING, Settings, example, load, shown, variable

CANARY = "canary-2f9c1d-0123456789-abcdefghij"


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty'"),
        ({"PORT": "70000"}, "a port lies between 1 and 65535"),
        ({"PAD_CURRENCY": "dollar"}, "an ISO 4217 code such as USD"),
        ({"PAD_CURRENCY": "ABC"}, "an ISO 4217 code such as USD"),
        ({"PAD_TIME_ZONE": "Mars/Base"}, "an IANA time zone"),
        ({"PAD_GROSS_MARGIN": "1.5"}, "a share lies between 0 and 1"),
        ({"PAD_GROSS_MARGIN": "abc"}, "which does not work: a share lies between 0 and 1"),
        ({"PAD_GROSS_MARGIN": "nan"}, "which does not work: a share lies between 0 and 1"),
        (
            {"PAD_TRUSTED_PROXIES": "-1"},
            "PAD_TRUSTED_PROXIES is '-1', which does not work: a whole number of",
        ),
        ({"PAD_SMTP_CA_FILE": "/none.pem"}, "'/none.pem', which does not work: an existing file"),
        ({"PAD_PORT": "80"}, "There is no setting PAD_PORT. Did you mean PORT?"),
        ({"PAD_SECRET_KEY": CANARY}, "There is no setting PAD_SECRET_KEY. Did you mean SECRET_KEY?"),
        ({"PAD_REDIS_URL": "redis://x"}, "There is no setting PAD_REDIS_URL. Did you mean REDIS_URL?"),
        ({"PAD_DATABASE_URL_FILE": "/x"}, "no setting PAD_DATABASE_URL_FILE. Did you mean DATABASE_URL?"),
        ({"PAD_LOG_LEVEL": "loud"}, "DEBUG, INFO, WARNING or ERROR"),
        ({"PAD_DEMO": "maybe"}, "yes or no"),
        ({"PAD_METRICS_PORT": "-1"}, "a port lies between 1 and 65535"),
        (
            {"DATABASE_URL": "nonsense"},
            "DATABASE_URL is ***, which does not work: an address that begins with",
        ),
        ({"DATABASE_URL": "mysql://db/pad"}, "sqlite:/// or postgresql://"),
        ({"DATABASE_URL": "postgresql://app@db:port/pad"}, "sqlite:/// or postgresql://"),
        ({"REDIS_URL": "http://cache"}, "redis://, rediss:// or unix://"),
        ({"SECRET_KEY": "x"}, "SECRET_KEY is ***, which does not work: at least 32 characters"),
        ({"PAD_CREDENTIAL_KEY": "short"}, "PAD_CREDENTIAL_KEY is ***, which does not work: 32 random bytes"),
        ({"PAD_CURENCY": "EUR"}, "There is no setting PAD_CURENCY. Did you mean PAD_CURRENCY?"),
        ({"PAD_SMTP_PASWORD_FILE": "/x"}, "Did you mean PAD_SMTP_PASSWORD?"),
        ({"PAD_PROXIES": "1"}, "There is no setting PAD_PROXIES. Did you mean PAD_TRUSTED_PROXIES?"),
        ({"PAD_XYZ": ""}, "There is no setting PAD_XYZ. Take it out of the environment"),
        ({"PAD_BENCH_DATA_FILE": "/x"}, "There is no setting PAD_BENCH_DATA_FILE."),
    ],
)
def test_a_wrong_setting_is_named_with_its_problem(env: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError) as refused:
        load(env)
    assert message in str(refused.value)
    assert refused.value.hint


TREE = Path(__file__).parents[2]
NAMES = re.compile(r"(?<![A-Z_])PAD_[A-Z_]*[A-Z]")


def used_by_tools() -> set[str]:
    """Every variable that begins with ours in what is run around the product."""
    folders = [TREE / ".ci", TREE / "sandbox", TREE / "tests" / "bench", TREE / "app" / "processes"]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    parts = TREE / "tests" / "integration" / "parts_of_company.py"
    read = [file for file in [*files, parts, TREE / "Makefile"] if file.suffix in ("", ".py")]
    return {name for file in read for name in NAMES.findall(file.read_text(encoding="utf-8"))}


def test_what_the_tools_around_the_product_use_is_declared_and_refused_by_no_start() -> None:
    known = {variable(row.name) for row in fields(Settings)}
    assert used_by_tools() - known == TOOLING
    assert load(dict.fromkeys(TOOLING, "1")).port == 8050


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{CANARY}\n")
    assert load({"SECRET_KEY_FILE": str(file)}).secret_key == CANARY


def test_a_missing_secret_file_is_named() -> None:
    with pytest.raises(SettingError, match="SECRET_KEY_FILE cannot be read: No such file"):
        load({"SECRET_KEY_FILE": "/does/not/exist"})


def test_a_secret_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "raw.key"
    file.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SettingError, match="PAD_CREDENTIAL_KEY_FILE cannot be read: not text in UTF-8"):
        load({"PAD_CREDENTIAL_KEY_FILE": str(file)})


def test_a_secret_prints_as_stars() -> None:
    settings = load({"SECRET_KEY": CANARY, "DATABASE_URL": f"postgresql://app:{CANARY}@db/pad"})
    assert CANARY not in repr(settings)
    values = {row["name"]: row["value"] for row in shown(settings)}
    assert (values["SECRET_KEY"], values["DATABASE_URL"], values["REDIS_URL"]) == ("***", "***", "")


def test_the_example_file_is_current() -> None:
    assert Path(".env.example").read_text() == example()


def test_a_deep_home_gets_a_socket_path_that_the_system_accepts() -> None:
    deep = Settings(home=Path("/" + "/".join(["folder"] * 30)))
    assert len(str(deep.redis_socket)) <= 100
    assert deep.redis_socket != Settings(home=deep.home / "other").redis_socket


def test_keys_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first = prepared({"PAD_HOME": str(tmp_path / "home")})
    again = prepared({"PAD_HOME": str(tmp_path / "home")})
    assert (first.secret_key, first.credential_key) == (again.secret_key, again.credential_key)
    assert len(first.secret_key) >= 48
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_home_that_is_a_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="PAD_HOME is .*File exists"):
        prepared({"PAD_HOME": str(tmp_path / "file")})


def test_a_command_beside_a_demo_finds_its_outbox_and_none_once_the_demo_is_over(tmp_path: Path) -> None:
    env = {"PAD_HOME": str(tmp_path)}
    demo.connect_outbox({**env, "PAD_ORGANISATION": "Larkfield", "PAD_DEMO": "yes"})
    kept = tmp_path / DEMO_OUTBOX
    assert kept.stat().st_mode & 0o777 == 0o600
    beside = prepared(with_outbox(env))
    assert (beside.smtp_host, beside.smtp_user) == ("127.0.0.1", demo.MAILBOX)
    assert (beside.organisation, beside.demo) == ("Larkfield", True)  # which reports print
    assert beside.smtp_password and beside.slack_token == f"xoxb-{beside.smtp_password}"
    demo.disconnect_outbox(beside)
    assert prepared(with_outbox(env)).smtp_host is None or prepared(with_outbox(env)).smtp_host == ""
