"""A registry: named, ordered, refuses doubles, suggests the nearest name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Generic, Protocol, TypeVar

from app.errors import DefinitionError, unknown


class Named(Protocol):
    """Anything with a stable id."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Things of one kind by id, in the order of their registration.

    `filled_by` is the package whose modules register them; it is imported before the first look, so that no
    process sees an empty registry because nobody has imported the declarations yet.
    """

    def __init__(self, kind: str, filled_by: str = "") -> None:
        self.kind = kind
        self._filled_by = filled_by
        self._items: dict[str, T] = {}

    def add(self, item: T) -> T:
        """Register one item.

        Raises: DefinitionError when the id is taken.
        """
        if item.id in self._items:
            raise DefinitionError(f"The {self.kind} {item.id!r} is declared twice.")
        self._items[item.id] = item
        return item

    def get(self, item_id: str) -> T:
        """One item.

        Raises: InputError that suggests the nearest id.
        """
        held = self._held()
        try:
            return held[item_id]
        except KeyError:
            raise unknown(self.kind, item_id, held) from None

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._held()

    def __iter__(self) -> Iterator[T]:
        return iter(self._held().values())

    def __len__(self) -> int:
        return len(self._held())

    def ids(self) -> tuple[str, ...]:
        return tuple(self._held())

    def _held(self) -> dict[str, T]:
        if self._filled_by:
            import_all(self._filled_by)  # another thread waits here for the same modules
            self._filled_by = ""
        return self._items


def import_all(package: str) -> None:
    """Import every module of a package, so that each can register what it declares."""
    module = import_module(package)
    for entry in iter_modules(module.__path__):
        if not entry.name.startswith("_"):
            import_module(f"{package}.{entry.name}")
