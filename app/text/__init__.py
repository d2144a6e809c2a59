"""Every sentence a person reads, by key, from one catalogue.

A language is a folder of TOML files (`en/<subject>.toml`); the key of an entry is `<subject>.<name>`.
Placeholders are `{named}`. An unknown key refuses to answer: a page never shows a raw key.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from app.errors import DefinitionError

DEFAULT_LANGUAGE = "en"


@cache
def catalogue(language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """All sentences of one language, by key."""
    entries: dict[str, str] = {}
    for file in sorted((resources.files(__package__) / language).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            subject = file.name.removesuffix(".toml")
            entries |= {f"{subject}.{name}": text for name, text in tomllib.loads(file.read_text()).items()}
    return entries


def t(key: str, /, **values: object) -> str:
    """The sentence of a key, its placeholders filled.

    Raises: DefinitionError for a key that the catalogue lacks.
    """
    try:
        return catalogue()[key].format_map(values) if values else catalogue()[key]
    except KeyError as missing:
        raise DefinitionError(f"The text catalogue lacks {missing.args[0]!r} (asked for {key!r}).") from None
