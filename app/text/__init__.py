"""Every sentence a person reads, by key, from one catalogue.

A language is a folder of TOML files (`en/<subject>.toml`); the key of an entry is `<subject>.<name>`.
Placeholders are `{named}`. An unknown key refuses to answer: a page never shows a raw key.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

DEFAULT_LANGUAGE = "en"
FOLDER = Path(__file__).parent


class TextMissing(LookupError):
    """A key that the catalogue lacks, or a placeholder that was not filled: a mistake in the code.

    No error of `app.errors`: those say what they say through this module.
    """


@cache
def texts(subject: str, language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """The sentences of one subject by name; a command reads the files of the subjects that it speaks of."""
    file = FOLDER / language / f"{subject}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def has(key: str) -> bool:
    """Whether the catalogue has a key."""
    subject, _, name = key.partition(".")
    return name in texts(subject)


def t(key: str, /, **values: object) -> str:
    """The sentence of a key, its placeholders filled.

    Raises: TextMissing for a key that the catalogue lacks.
    """
    subject, _, name = key.partition(".")
    try:
        text = texts(subject)[name]
        return text.format_map(values) if values else text
    except KeyError as missing:
        raise TextMissing(f"The text catalogue lacks {missing.args[0]!r} (asked for {key!r}).") from None
