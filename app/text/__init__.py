"""Every sentence a person reads, by key, from one catalogue.

A language is a folder of TOML files (`en/<subject>.toml`); the key of an entry is `<subject>.<name>`, of one
within a table `<subject>.<table>.<name>`. Placeholders are `{named}`. An unknown key refuses to answer: a
page never shows a raw key. An outside package brings a folder of its own (`add`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

DEFAULT_LANGUAGE = "en"
FOLDERS = [Path(__file__).parent]


class TextMissing(LookupError):
    """A key that the catalogue lacks, a placeholder that was not filled, or a file that holds no texts: a
    mistake in the code, or in what lies beside it.

    No error of `app.errors`: those say what they say through this module.
    """


def add(folder: Path) -> None:
    """Take the texts of an outside package too: `<folder>/<language>/<subject>.toml`, beside the module that
    declares what they are for. Where a key is said twice, the product's text stands.

    Raises: TextMissing for a folder without the default language.
    """
    if not (folder / DEFAULT_LANGUAGE).is_dir():
        raise TextMissing(f"{folder} holds no folder {DEFAULT_LANGUAGE!r} with texts, <subject>.toml.")
    if folder not in FOLDERS:
        FOLDERS.append(folder)
        texts.cache_clear()


@cache
def texts(subject: str, language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """The sentences of one subject by name; a command reads the files of the subjects that it speaks of.

    Raises: TextMissing for a file that cannot be read as texts.
    """
    files = [folder / language / f"{subject}.toml" for folder in reversed(FOLDERS)]
    return {name: text for file in files if file.is_file() for name, text in _flat(_tables(file), file)}


def _tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as broken:  # no TOML, or no UTF-8
        raise TextMissing(f"The texts of {file} cannot be read: {broken}.") from None


def _flat(table: dict[str, Any], file: Path, above: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a table and of the tables within it, by its name there: `spend.title`."""
    for name, held in table.items():
        if isinstance(held, dict):
            yield from _flat(held, file, f"{above}{name}.")
        elif isinstance(held, str):
            yield above + name, held
        else:
            raise TextMissing(f"{above}{name} in {file} is no text but {held!r}: put it in quotes.")


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
