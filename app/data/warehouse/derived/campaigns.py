"""Canonical campaign names: every spelling of a campaign takes the name that its platform gave it."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from app.data.warehouse.dimensions import NOT_SET, campaign_slug, dim_campaign
from app.data.warehouse.rewriting import rewrite

_SEPARATORS = ("%20", "+", "_", "-", "–")


def refresh(connection: DuckDBPyConnection) -> bool:
    """Name all campaigns; returns whether a name changed."""
    rows = connection.execute(
        "SELECT campaign_key, platform, name_raw, campaign FROM dim_campaign "
        "ORDER BY starts_on NULLS LAST, campaign_key"
    ).fetchall()
    names = canonical_names([(platform, raw) for _, platform, raw, _ in rows])
    changes = [(row[0], name) for name, row in zip(names, rows, strict=True) if name != row[3]]
    if changes:
        rewrite(connection, dim_campaign, ("campaign",), changes)
    return bool(changes)


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
