"""Everything one running sandbox holds: the company, its clock, limits, faults and sign-ins."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.faults import Faults
from sandbox.limits import Limits, Usage
from sandbox.outbox.box import Box
from sandbox.wire.tokens import Keys, Tokens

SOURCES = ("google_analytics", "google_ads", "salesforce")
GA_PROPERTY = "318204455"


@dataclass
class Site:
    """One sandbox in service. `bases` maps a source (and `salesforce_instance`) to its address once known."""

    company: Company
    clock: SandboxClock
    limits: Limits
    keys: Keys
    faults: Faults = field(default_factory=Faults)
    usage: Usage = field(default_factory=Usage)
    bases: dict[str, str] = field(default_factory=dict)
    outbox: Box = field(default_factory=Box)
    slack_token: str = field(default="", repr=False)  # empty: nobody can post
    tokens: dict[str, Tokens] = field(init=False)
    locators: dict[str, tuple[str, tuple[object, ...], float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        google, session = self.limits.google_token_seconds, self.limits.salesforce_session_seconds
        self.tokens = {
            "google_analytics": Tokens(self.keys, google, "ya29.a0"),
            "google_ads": Tokens(self.keys, google, "ya29.c0"),
            "salesforce": Tokens(self.keys, session, "00DLF000000aaaa!AR"),
        }

    def now(self) -> datetime:
        """The company's time, never beyond what is simulated."""
        last = datetime.fromtimestamp(self.company.timeline.end_at, self.clock.now().tzinfo) - timedelta(
            hours=1
        )
        return min(self.clock.now(), last)

    def seconds(self) -> int:
        """The company's time in Unix seconds."""
        return int(self.now().timestamp())

    def signed_in(self, source: str, header: str | None) -> bool:
        """Whether a request carries a token that works; a planned expiry ends all tokens first."""
        if self.faults.take(source, "expire_tokens"):
            self.tokens[source].expire_all()
        return self.tokens[source].valid(header, self.clock.wall())

    @staticmethod
    def request_id() -> str:
        """An id for one answer."""
        return secrets.token_urlsafe(16)
