"""Channels: the ordered rules that give raw traffic its channel and ad platform, in `dim_traffic` only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from fnmatch import translate
from hashlib import blake2b
from typing import Any

from duckdb import DuckDBPyConnection
from sqlalchemy import ColumnElement, func

from app.data.warehouse.dimensions import NOT_SET, dim_traffic, traffic_key
from app.data.warehouse.rewriting import rewrite

UNATTRIBUTED = "(unattributed)"
UNATTRIBUTED_KEY = traffic_key(UNATTRIBUTED, UNATTRIBUTED, UNATTRIBUTED)
OTHER = "Other"


@dataclass(frozen=True)
class Rule:
    """One line of the mapping: glob patterns without case, `|` between alternatives; the first match wins."""

    channel: str
    source: str = "*"
    medium: str = "*"
    campaign: str = "*"


_SEARCH = "google*|bing*|yahoo*|duckduckgo*|ecosia*|baidu*|yandex*|adwords"
_NETWORKS = (
    "facebook*|fb|*.facebook.com|instagram*|ig|meta|linkedin*|lnkd.in|*.linkedin.com|twitter*|t.co|x|x.com",
    "tiktok*|youtube*|*.youtube.com|reddit*|*.reddit.com|pinterest*|snapchat*|threads*|mastodon*|bluesky*",
)
_PAID = "cpc|ppc|paid*|cpm|cpv|sem|retargeting|remarketing"

DEFAULT_RULES = (
    Rule("Direct", source="(direct)|direct", medium="(none)|none|(not set)|direct|"),
    Rule("Email", medium="email*|e-mail*|e_mail*|newsletter*"),
    Rule("Email", source="newsletter*|email*|mailchimp*|hubspot_email"),
    *(Rule("Social", source=networks) for networks in _NETWORKS),
    Rule("Social", medium="social*|paid_social*|paid-social*|paidsocial*|sm"),
    Rule("Paid search", source=_SEARCH, medium=_PAID),
    Rule("Paid search", medium="cpc|ppc|paid_search*|paid-search*|paidsearch*|sem"),
    Rule("Organic search", medium="organic"),
    Rule("Organic search", source=_SEARCH, medium="search|seo"),
    Rule("Content", medium="content*|blog*|article*|podcast*|webinar*|ebook*|whitepaper*|video*"),
    Rule("Content", source="blog*|podcast*|webinar*"),
    Rule("Referral", medium="referral*|link|partner*|affiliate*"),
)

# The ad platform behind paid traffic; what is not paid has none.
PLATFORM_RULES = (
    Rule("google_ads", source="google*|adwords|youtube*", medium=f"{_PAID}|display|banner"),
    Rule("facebook_ads", source="facebook*|fb|instagram*|ig|meta", medium=f"{_PAID}|display|banner"),
    Rule("linkedin_ads", source="linkedin*|lnkd.in", medium=f"{_PAID}|display|banner"),
)


def slug(channel: str) -> str:
    """What is left of a channel's name however people write it: costs join channels by this."""
    return channel.lower().replace(" ", "_").replace("-", "_")


def slug_column(channel: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same in SQL."""
    return func.lower(func.replace(func.replace(channel, " ", "_"), "-", "_"))


class Mapping:
    """A set of rules made ready to classify; equal rules have equal fingerprints."""

    def __init__(self, rules: Sequence[Rule] = DEFAULT_RULES) -> None:
        self._channels = [_compiled(rule) for rule in rules]
        self._platforms = [_compiled(rule) for rule in PLATFORM_RULES]
        texts = ["\x1f".join(astuple(rule)) for rule in (*rules, *PLATFORM_RULES)]
        self.fingerprint = blake2b("\x1e".join(texts).encode(), digest_size=8).hexdigest()

    def channel(self, source: str | None, medium: str | None, campaign: str | None) -> str:
        """The channel of raw traffic; what no rule knows is 'Other'."""
        if source == UNATTRIBUTED:
            return UNATTRIBUTED
        return _first(self._channels, source, medium, campaign) or OTHER

    def platform(self, source: str | None, medium: str | None, campaign: str | None) -> str:
        """The ad platform of raw traffic, or '(not set)'."""
        return _first(self._platforms, source, medium, campaign) or NOT_SET


_Compiled = tuple[str, tuple[re.Pattern[str], ...]]


def _compiled(rule: Rule) -> _Compiled:
    patterns = (rule.source, rule.medium, rule.campaign)
    return rule.channel, tuple(
        re.compile("|".join(translate(one.strip().casefold()) for one in pattern.split("|")))
        for pattern in patterns
    )


def _first(rules: Sequence[_Compiled], *values: str | None) -> str | None:
    texts = [(value or "").strip().casefold() for value in values]
    for name, patterns in rules:
        if all(pattern.match(text) for pattern, text in zip(patterns, texts, strict=True)):
            return name
    return None


def refresh(connection: DuckDBPyConnection, mapping: Mapping, *, everything: bool) -> bool:
    """Map new traffic, or all of it when the rules changed; returns whether a row changed."""
    _ensure_unattributed(connection)
    where = "" if everything else " WHERE channel IS NULL"
    query = f"SELECT traffic_key, source, medium, campaign_raw, channel, platform FROM dim_traffic{where}"
    changes = []
    for key, source, medium, campaign, channel, platform in connection.execute(query).fetchall():
        mapped = mapping.channel(source, medium, campaign), mapping.platform(source, medium, campaign)
        if mapped != (channel, platform):
            changes.append((key, *mapped))
    if changes:
        rewrite(connection, dim_traffic, ("channel", "platform"), changes)
    return bool(changes)


def _ensure_unattributed(connection: DuckDBPyConnection) -> None:
    connection.execute(
        "INSERT INTO dim_traffic (traffic_key, source, medium, campaign_raw) SELECT ?, ?, ?, ? "
        "WHERE NOT EXISTS (SELECT 1 FROM dim_traffic WHERE traffic_key = ?)",
        [UNATTRIBUTED_KEY, UNATTRIBUTED, UNATTRIBUTED, UNATTRIBUTED, UNATTRIBUTED_KEY],
    )
