"""CSV files as rows of texts, for series and for customers."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
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


def whole(rows: csv.DictReader[str], name: str) -> Iterator[dict[str, str]]:
    """Each row of an opened file. Raises: InputError for a row of the wrong length: a comma within a number
    is one field more, and what stands before it would be another number."""
    for row in rows:
        if None in row or None in row.values():
            said = t("models.fields_wrong", line=rows.line_num, name=name)
            raise InputError(said, hint=t("models.fields_wrong_hint"))
        yield row


def lacking(name: str, missing: Sequence[str], hint: str) -> InputError:
    """The error of a file that lacks columns."""
    *before, last = missing
    if not before:
        return InputError(t("models.lacks_column", name=name, missing=last), hint=hint)
    return InputError(t("models.lacks_columns", name=name, missing=", ".join(before), last=last), hint=hint)
