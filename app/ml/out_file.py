"""The files of an answer: a CSV, and what it is worth beside it as JSON."""

from __future__ import annotations

from pathlib import Path

from app.errors import InputError
from app.text import t

ABOUT = ".json"


def checked(path: Path, *read: Path) -> Path:
    """The CSV to write, known to have a place before anything is fitted.

    Raises: InputError for a folder that is not there, a name that is that of the JSON beside it, or one of a
    file that is `read`.
    """
    if path.suffix.lower() == ABOUT:
        raise InputError(
            t("models.out_json", name=path.name),
            hint=t("models.out_json_hint", instead=path.with_suffix(".csv")),
        )
    if not path.parent.is_dir():
        raise InputError(
            t("models.out_no_folder", folder=path.parent, name=path.name), hint=t("models.out_no_folder_hint")
        )
    kept = {one.resolve() for one in read}
    for written in (path, about(path)):
        if written.resolve() in kept:
            raise InputError(t("models.out_is_read", name=written.name), hint=t("models.out_is_read_hint"))
    return path


def about(path: Path) -> Path:
    """The JSON beside a CSV."""
    return path.with_suffix(ABOUT)
