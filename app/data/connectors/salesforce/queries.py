"""Records by REST queries: batches of two thousand, one after the other. For what is small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.data.connectors.base import PayloadRow
from app.data.connectors.http import count_in, rows_in
from app.data.connectors.salesforce.answers import SOURCE, Gone, require_all
from app.data.connectors.salesforce.organisation import Organisation
from app.errors import SourceTransient
from app.text import t


class TooMany(Exception):
    """More records than queries are meant for; none was read."""


def pages(
    organisation: Organisation, soql: str, *, deleted: bool = True, most: int | None = None
) -> Iterator[list[PayloadRow]]:
    """Pages of records; with `deleted` the removed ones too.

    Raises: TooMany before the first page when there are more than `most`; SourceError.
    """
    path = f"{organisation.root}/{'queryAll' if deleted else 'query'}"
    answer = organisation.call("GET", path, params={"q": soql})
    announced = count_in(answer, "totalSize", SOURCE)
    if most is not None and announced > most:
        raise TooMany
    received, seen = 0, set[str]()
    while True:
        rows = rows_in(answer, "records", SOURCE)
        received += len(rows)
        yield [{k: v for k, v in row.items() if k != "attributes"} for row in rows]
        path = "" if answer.get("done", True) else str(answer.get("nextRecordsUrl") or "")
        if not path:
            require_all(announced, received)
            return
        if path in seen:
            raise SourceTransient(
                t("connectors.salesforce_page_twice"), hint=t("connectors.stream_again_hint")
            )
        seen.add(path)
        answer = _further(organisation, path)


def _further(organisation: Organisation, path: str) -> dict[str, Any]:
    """Raises: SourceTransient, at once, for a locator that has died: pages before it were handed on."""
    try:
        answer: dict[str, Any] = organisation.call("GET", path)
    except Gone as problem:
        raise SourceTransient(
            t("connectors.salesforce_locator_gone", said=problem.message),
            hint=t("connectors.stream_again_hint"),
        ) from None
    return answer
