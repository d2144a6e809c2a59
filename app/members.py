"""Members of dimensions in their readers' words; what programs read (files, JSON, REST) keeps the ids."""

from __future__ import annotations

from collections.abc import Iterable

from app.data.metrics.base import DIMENSIONS
from app.data.warehouse.dimensions import NOT_SET
from app.text import has, t, texts

NONE = "none"  # in a key of the catalogue: that nothing is set
EVERY = "*"  # stands for all members where a platform counted them together


def words(dimension: str, member: object) -> str:
    """A member as people call it; one that the catalogue has no words for is shown as it is stored."""
    if member == EVERY:
        return t("members.every")
    key = f"members.{dimension}_{NONE if member == NOT_SET else member}"
    return t(key) if has(key) else str(member)


def stored(dimension: str, name: str) -> str:
    """The id of a member that a person wrote in words; what is no word of the catalogue stands for itself."""
    for key, word in texts("members").items():
        if key.startswith(f"{dimension}_") and word.casefold() == name.casefold():
            found = key.removeprefix(f"{dimension}_")
            return NOT_SET if found == NONE else found
    return name


def condition(line: str) -> str:
    """A filter by ids, `platform=google_ads`, of one in words, `Platform=Google Ads`; what is none stays."""
    name, sign, member = line.partition("=")
    written, negated = name.removesuffix("!").strip(), "!" if name.endswith("!") else ""
    titled = (entry.id for entry in DIMENSIONS if entry.title.casefold() == written.casefold())
    dimension = next(titled, written)
    return f"{dimension}{negated}{sign}{stored(dimension, member.strip())}" if sign else line


def listed(dimension: str, members: Iterable[object]) -> str:
    """Some members in one line."""
    return ", ".join(words(dimension, member) for member in members)
