"""Logs: a planted secret never reaches a line, wherever in an event it stands."""

from __future__ import annotations

import json
import logging

from app.logs import Redactor, formatter
from app.settings import Settings

CANARY = "canary-77ab03"


def _line(settings: Settings, record: logging.LogRecord) -> str:
    return formatter(settings, "test").format(record)


def _record(message: str, *args: object, problem: BaseException | None = None) -> logging.LogRecord:
    info = (type(problem), problem, None) if problem else None
    return logging.LogRecord("lib", logging.ERROR, __file__, 1, message, args, info)


def test_a_secret_in_a_message_or_a_traceback_is_blotted_out() -> None:
    settings = Settings(secret_key=CANARY, log_format="json")
    line = _line(settings, _record("key %s", CANARY, problem=ValueError(f"bad {CANARY}")))
    assert CANARY not in line
    event = json.loads(line)
    assert event["event"] == "key ***"
    assert "ValueError: bad ***" in event["exception"]
    assert event["process"] == "test"


def test_the_password_within_an_address_is_blotted_out_on_its_own() -> None:
    settings = Settings(database_url=f"postgresql://app:{CANARY}@db/pad", log_format="console")
    assert CANARY not in _line(settings, _record(f"login with {CANARY} failed"))


def test_a_value_under_a_telling_name_is_blotted_out_at_any_depth() -> None:
    event = {"event": "call", "headers": {"Authorization": "Bearer x"}, "rows": [{"api_key": "k"}], "n": 3}
    assert Redactor(())(None, "info", event) == {
        "event": "call",
        "headers": {"Authorization": "***"},
        "rows": [{"api_key": "***"}],
        "n": 3,
    }
