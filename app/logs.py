"""Structured logs: one line an event, with the id of the request or the job; secrets are blotted out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import structlog

from app.processes.log_files import LogFile
from app.settings import Settings

BLOTTED = "***"
SERVICES = ("run", "demo", "web", "worker", "scheduler")
# A value under such a name is never for a log, whoever puts it there.
_TELLING = re.compile(
    r"pass(word|wd)|secret|token|authorization|cookie|api[-_]?key|credential", re.IGNORECASE
)


class Redactor:
    """Blots out the secrets it was told of, and whatever stands under a telling name."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        parts = {*secrets, *(urlsplit(value).password or "" for value in secrets if "://" in value)}
        self._pattern = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True) if part)

    def text(self, text: str) -> str:
        return re.sub(self._pattern, BLOTTED, text) if self._pattern else text

    def value(self, name: str, value: Any) -> Any:
        """One value of an event, with everything inside it."""
        if isinstance(value, Mapping):
            return {key: self.value(str(key), entry) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(name, entry) for entry in value]
        if _TELLING.search(name) and value is not None:
            return BLOTTED
        return self.text(str(value)) if isinstance(value, (str, BaseException)) else value

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {name: self.value(name, entry) for name, entry in event.items()}


def configure(settings: Settings, process: str, folder: Path | None = None) -> None:
    """Send everything that is logged, ours and the libraries', through one formatter.

    A service writes to its standard output, as containers want it; a command tells problems only, on its
    standard error beside what it was asked for. With a folder all of it goes into a file there, and only
    problems to the terminal.
    """
    outputs: list[logging.Handler] = [logging.StreamHandler(_stream(process))]
    if folder is not None or (process not in SERVICES and settings.log_level != "DEBUG"):
        outputs[0].setLevel(logging.WARNING)
    if folder is not None:
        outputs.append(LogFile(folder, process))
    for handler in outputs:
        handler.setFormatter(formatter(settings, process))
    logging.basicConfig(handlers=outputs, level=settings.log_level, force=True)
    for noisy in ("httpx", "httpcore", "alembic", "rq.worker"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _stream(process: str) -> TextIO:
    return sys.stdout if process in SERVICES else sys.stderr


def formatter(settings: Settings, process: str) -> logging.Formatter:
    """The one place where an event becomes a line; errors are text before the secrets are looked for."""
    last: Any = structlog.processors.JSONRenderer()
    if settings.log_format == "console":
        last = structlog.dev.ConsoleRenderer(colors=_stream(process).isatty())
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            lambda _logger, _method, event: {**event, "process": process},
            structlog.processors.format_exc_info,
            Redactor(settings.secrets()),
            last,
        ],
    )


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
