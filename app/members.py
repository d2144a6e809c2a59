"""Members of dimensions in their readers' words; exports, the command line and REST keep the ids."""

from __future__ import annotations

from collections.abc import Iterable

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


def listed(dimension: str, members: Iterable[object]) -> str:
    """Some members in one line."""
    return ", ".join(words(dimension, member) for member in members)
