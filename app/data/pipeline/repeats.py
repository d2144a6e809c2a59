"""What a platform sends twice: days are summed, so a row that came once more would count twice. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from app.data.connectors.base import PayloadRow


@dataclass
class Repeats:
    """Looks through all pages of one stream for what came before.

    Rows of a `dated` stream are unique, for the platform groups them: each is remembered by eight bytes.
    Records of the others carry an id and are upserted, so that only a whole page gives a lost one away.
    """

    dated: bool
    _seen: set[int] = field(default_factory=set)

    def found(self, page: Sequence[PayloadRow]) -> bool:
        """Whether something of a page came before, be it in the page itself."""
        if not page:
            return False
        told = [hash(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)) for row in page]
        marks = told if self.dated else [hash(tuple(told))]
        before = len(self._seen)
        self._seen.update(marks)
        return len(self._seen) < before + len(marks)
