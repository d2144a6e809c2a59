"""Canonical campaigns: every spelling of a campaign takes the name and the account of its platform's own."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from app.data.warehouse.dimensions import NOT_SET, campaign_slug, dim_campaign
from app.data.warehouse.rewriting import rewrite

_SEPARATORS = ("%20", "+", "_", "-", "–")


def refresh(connection: DuckDBPyConnection) -> bool:
    """Name all campaigns and their accounts; returns whether one changed."""
    rows = connection.execute(
        "SELECT campaign_key, platform, name_raw, account, campaign FROM dim_campaign "
        "ORDER BY starts_on NULLS LAST, campaign_key"
    ).fetchall()
    told = [(platform, raw, account) for _, platform, raw, account, _ in rows]
    names = canonical_names([(platform, raw) for platform, raw, _ in told])
    wanted = zip(canonical_accounts(told), names, strict=True)
    changes = [(row[0], *now) for now, row in zip(wanted, rows, strict=True) if now != row[3:]]
    if changes:
        rewrite(connection, dim_campaign, ("account", "campaign"), changes)
    return bool(changes)


def canonical_accounts(campaigns: list[tuple[str | None, str | None, str | None]]) -> list[str | None]:
    """The account of each campaign (platform, raw name, account); a name in a link has that of its twin."""
    of_slug: dict[str, str | None] = {}
    for platform, raw, account in campaigns:
        if raw and platform not in (None, "", NOT_SET):
            of_slug.setdefault(campaign_slug(raw), account)
    return [
        of_slug.get(campaign_slug(raw or ""), account) if platform in (None, "", NOT_SET) else account
        for platform, raw, account in campaigns
    ]


def canonical_names(campaigns: list[tuple[str | None, str | None]]) -> list[str]:
    """The name of each campaign (platform, raw name); of platform twins the first one names the rest."""
    of_slug: dict[str, str] = {}
    for platform, raw in campaigns:
        if raw and platform not in (None, "", NOT_SET):
            of_slug.setdefault(campaign_slug(raw), raw.strip())
    return [of_slug.get(campaign_slug(raw or ""), readable(raw)) for _, raw in campaigns]


def readable(raw: str | None) -> str:
    """A name from a link with its separators as blanks."""
    name = raw or NOT_SET
    for separator in _SEPARATORS:
        name = name.replace(separator, " ")
    return " ".join(name.split()) or NOT_SET
