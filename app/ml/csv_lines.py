"""CSV files as rows of texts, for series and for customers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import InputError
from app.text import t

EMPTY = {"", "na", "nan", "null", "none"}


@contextmanager
def opened(path: Path) -> Iterator[csv.DictReader[str]]:
    """Raises: InputError when the file is no CSV in UTF-8, also for what is read within."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield csv.DictReader(file)
    except UnicodeDecodeError:
        raise InputError(t("models.no_text", name=path.name), hint=t("models.no_text_hint")) from None
    except csv.Error as problem:
        raise InputError(
            t("models.no_csv", name=path.name, problem=problem), hint=t("models.no_text_hint")
        ) from None
