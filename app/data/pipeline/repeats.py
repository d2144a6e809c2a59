"""What a platform sends twice: days are summed, so a row that came once more would count twice. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class Repeats:
    """Looks through all pages of one stream for what came before.

    Rows of a `dated` stream are unique, for the platform groups them: each is remembered by eight bytes.
    Records of the others carry an id and are upserted, so that only a whole page gives a lost one away.
    """

    dated: bool

    def __post_init__(self) -> None:
        # Imported by the worker that reads, never by a web process that imports this module.
        import numpy

        self._numpy = numpy
        self._seen: Any = numpy.empty(0, numpy.int64)  # in order

    def found(self, lines: Sequence[bytes]) -> bool:
        """Whether something of a page came before, be it in the page itself; `lines` are its rows."""
        if not lines:
            return False
        marks = [hash(line) for line in lines] if self.dated else [hash(tuple(lines))]
        both = self._numpy.concatenate((self._seen, self._numpy.array(marks, self._numpy.int64)))
        both.sort(kind="stable")  # which finds what is in order already, and merges
        self._seen = both
        return bool((both[1:] == both[:-1]).any())
