"""The registered kinds of jobs: every module beside this one may declare `KINDS`, a name for each body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import jobs
from app.errors import DefinitionError

Body = Callable[..., Mapping[str, Any] | None]


@cache
def kinds() -> dict[str, Body]:
    """Every job body by its kind. A body is called as `body(services, job, **arguments)`.

    Raises: DefinitionError when two modules declare the same kind.
    """
    found: dict[str, Body] = {}
    for entry in iter_modules(jobs.__path__):
        declared: dict[str, Body] = getattr(import_module(f"jobs.{entry.name}"), "KINDS", {})
        if doubles := found.keys() & declared.keys():
            raise DefinitionError(
                f"The job kind {min(doubles)!r} is declared twice, again in jobs.{entry.name}."
            )
        found |= declared
    return found
