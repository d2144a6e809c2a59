"""Dimension tables of the warehouse. Facts hold their keys; names, channels and rates live only here."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Integer, MetaData, String, Table

WAREHOUSE = MetaData()

NOT_SET = "(not set)"

dim_traffic = Table(
    "dim_traffic",
    WAREHOUSE,
    Column("traffic_key", BigInteger, primary_key=True),
    Column("source", String),
    Column("medium", String),
    Column("campaign_raw", String),
    Column("channel", String),  # by the ordered channel rules; re-mapping rewrites this column only
    Column("platform", String),  # the ad platform behind paid traffic, else '(not set)'
)

dim_campaign = Table(
    "dim_campaign",
    WAREHOUSE,
    Column("campaign_key", BigInteger, primary_key=True),
    Column("platform", String),
    Column("account_id", String),
    Column("account", String),  # descriptive name
    Column("campaign_id", String),
    Column("name_raw", String),  # as the platform or the UTM wrote it
    Column("campaign", String),  # canonical name: UTM twins take the name of the platform's campaign
    Column("status", String),  # active | paused | removed | other
    Column("starts_on", Date),
    Column("load_id", Integer),
)

dim_rate = Table(
    "dim_rate",
    WAREHOUSE,
    Column("date", Date, primary_key=True),
    Column("currency", String, primary_key=True),
    Column("rate", Double),  # reporting currency for one unit of `currency`
    Column("source", String),
    Column("rate_version", Integer),  # the load that brought it
)

# When each source last reached the warehouse: the freshness that every card shows.
dim_source = Table(
    "dim_source",
    WAREHOUSE,
    Column("source", String, primary_key=True),
    Column("title", String),
    Column("time_zone", String),
    Column("extracted_at", String),  # ISO instant of the newest published load
    Column("data_until", Date),  # newest complete day
    Column("load_id", Integer),
    Column("late_after_seconds", Integer),  # null: nobody reads it by a schedule
    Column("settles_after_seconds", Integer),  # null: what came is all that comes
)

# One row a fact: grows each time a publish touches the fact; cache keys read it.
fact_version = Table(
    "fact_version",
    WAREHOUSE,
    Column("fact", String, primary_key=True),
    Column("version", Integer),
    Column("load_id", Integer),
    Column("rows", BigInteger),
)

# One row a published load.
published_load = Table(
    "published_load",
    WAREHOUSE,
    Column("load_id", Integer, primary_key=True),
    Column("source", String),
    Column("stream", String),
    Column("extracted_at", String),
    Column("rows", BigInteger),
    Column("changed", Boolean),
    Column("data_until", Date),  # newest complete day that it brought
)


def traffic_key(source: str, medium: str, campaign: str = NOT_SET) -> int:
    """Key of a raw source, medium and campaign."""
    return _key("traffic", source, medium, campaign)


def campaign_key(platform: str, account_id: str, campaign_id: str) -> int:
    """Key of a platform's own campaign."""
    return _key("campaign", platform, account_id, campaign_id)


def utm_campaign_key(name: str) -> int:
    """Key of a campaign known only by the name in a link; spellings that differ by case or blanks meet."""
    return _key("utm", campaign_slug(name))


def campaign_slug(name: str) -> str:
    """A campaign name without case, blanks and separators: `Product+Launch` and `product_launch` are one."""
    for separator in ("%20", "+", "_", " ", "–"):
        name = name.replace(separator, "-")
    return "-".join(part for part in name.casefold().split("-") if part)


@lru_cache(maxsize=50_000)
def _key(*parts: str) -> int:
    digest = blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
