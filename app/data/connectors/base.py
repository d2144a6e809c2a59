"""What a connector is: a folder or file beside this one that knows one platform, and is all that knows it.

A connector declares its streams: how each is read, which tables its rows become, and how a row becomes typed
records. It reads page by page and returns payload rows as received, by the platform's own names. It keeps no
state: windows come in, pages go out; state, retries and loading belong to the pipeline, which knows no
connector by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Literal, Protocol

from app.data.connectors.http import Session
from app.data.transform import Transform
from app.errors import DefinitionError
from app.periods import Period, shift_months
from app.registry import Registry
from app.text import t

PayloadRow = dict[str, Any]


def title(connector_id: str) -> str:
    """What a platform is called, where its connector is known by id."""
    return t(f"connectors.title_{connector_id}")


@dataclass(frozen=True)
class Account:
    """An account, property or organisation of a platform; `currency` and `time_zone` where it has one.

    `refusal`: why this one cannot be read though others can, and the way out; empty where it can.
    """

    id: str
    title: str
    time_zone: str
    currency: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class Window:
    """Days to read, both included, as seen on `today` in the account's zone.

    `since` is the cursor of a stream that is read by modification time (ISO instant; empty reads all).
    """

    start: date
    end: date
    today: date
    since: str = ""


@dataclass(frozen=True)
class Stream:
    """One kind of rows. `tables`: staged tables that its rows become; `transform`: how one becomes records.

    `by`: how it is read: 'day' (days that are replaced whole), 'window' (spans of days that are replaced
    whole, each counted by the platform itself: `spans` names those of a read), 'cursor' (entities changed
    since), 'full'. Rows of days and windows are unique as the platform sends them: one that comes again is
    refused, because it would count twice. `lookback_days`: days read again at each sync, because the
    platform restates them, unless a source has a look-back of its own. `slice_days`: days of one request,
    where it is read by days. `history_days`: how far the first sync goes back. `personal`: payload fields
    that are split off before anything is staged; `person`: the payload fields that can identify the person,
    the first that is filled does.
    """

    name: str
    tables: tuple[str, ...]
    transform: Transform
    by: Literal["day", "window", "cursor", "full"] = "day"
    spans: Callable[[Window], tuple[Period, ...]] | None = None
    lookback_days: int = 3
    slice_days: int = 31
    history_days: int = 731
    personal: tuple[str, ...] = ()
    person: str = ""

    def __post_init__(self) -> None:
        if (self.by == "window") != (self.spans is not None):
            raise DefinitionError(
                f"The stream {self.name} names spans if, and only if, it is read by windows."
            )
        if bool(self.personal) != bool(self.person):
            raise DefinitionError(f"The stream {self.name} needs both: what is personal, and whose it is.")

    @property
    def dated(self) -> bool:
        """Whether it is read by days that go by, so that its position is a day."""
        return self.by in ("day", "window")


class Connector(Protocol):
    """One platform. Made with a signed-in-on-demand HTTP session and the options of its credentials file."""

    id: ClassVar[str]
    streams: ClassVar[tuple[Stream, ...]]

    def accounts(self) -> tuple[Account, ...]:
        """The accounts that the credentials name, at least one of which can be read. Raises: SourceError."""

    def fetch(self, stream: Stream, account: Account, window: Window) -> Iterator[list[PayloadRow]]:
        """Pages of payload rows; what the platform says against one is in the session's `caveats` before.

        Raises: SourceTransient, SourcePermanent.
        """


@dataclass(frozen=True)
class CredentialField:
    """One value of the credentials, as a person is asked for it; its words are `sources.field_<name>`.

    `plain`: it is no secret and may be shown. `way`: of several ways to sign in the one that it belongs to;
    one of them has to be whole. `many`: a list. `holds`: it is a JSON file whose entries are the values, and
    these have to be among them. `header`: it is sent as one, which takes ASCII on one line.
    """

    name: str
    needed: bool = True
    plain: bool = False
    way: str = ""
    many: bool = False
    holds: tuple[str, ...] = ()
    header: bool = False


@dataclass(frozen=True)
class ConnectorKind:
    """A connector as the registry knows it: how to make one from credentials.

    `host`: the platform's own address. `fields`: what its credentials hold. `late_after`: the age at which
    its data counts as late. `settles_after`: how long after its end a day still grows so much that nothing
    should be judged by it; what comes later than that (a conversion weeks after its click) no wait covers.
    `begins`: the first day that the platform can have data of; no page asks for days before the usual one
    (`app/data/query/validate.py`); `keeps_months`: how long it keeps days, 0 where it deletes none.
    """

    connector: type[Any]
    host: str
    fields: tuple[CredentialField, ...]
    late_after: timedelta = timedelta(hours=6)
    settles_after: timedelta = timedelta(hours=24)
    begins: date = date(2000, 1, 1)
    keeps_months: int = 0

    def earliest(self, today: date) -> date:
        """The first day that the platform can be asked for."""
        return max(self.begins, shift_months(today, -self.keeps_months)) if self.keeps_months else self.begins

    @property
    def id(self) -> str:
        return str(self.connector.id)

    @property
    def title(self) -> str:
        return title(self.id)

    @property
    def streams(self) -> tuple[Stream, ...]:
        found: tuple[Stream, ...] = self.connector.streams
        return found

    @property
    def look_back(self) -> int:
        """The days that are read again at each sync, of the stream that reaches back farthest; 0: none is."""
        return max((stream.lookback_days for stream in self.streams if stream.dated), default=0)

    def make(self, http: Session, base_url: str, credentials: Mapping[str, Any]) -> Connector:
        """One for a session, the address in force (empty: the platform's own) and its credentials."""
        made: Connector = self.connector(http, (base_url or self.host).rstrip("/"), credentials)
        return made


CONNECTORS: Registry[ConnectorKind] = Registry("connector", "app.data.connectors")
