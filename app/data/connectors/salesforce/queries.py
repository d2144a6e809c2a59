"""Records by REST queries: batches of two thousand, one after the other. For what is small."""

from __future__ import annotations

from collections.abc import Iterator

from app.data.connectors.base import PayloadRow
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
    if most is not None and int(answer.get("totalSize", 0)) > most:
        raise TooMany
    seen: set[str] = set()
    while True:
        yield [{k: v for k, v in row.items() if k != "attributes"} for row in answer.get("records", [])]
        path = "" if answer.get("done", True) else str(answer.get("nextRecordsUrl") or "")
        if not path:
            return
        if path in seen:
            raise SourceTransient(
                t("connectors.salesforce_page_twice"), hint=t("connectors.stream_again_hint")
            )
        seen.add(path)
        answer = organisation.call("GET", path)
