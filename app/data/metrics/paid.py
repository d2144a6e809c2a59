"""Paid media that can be set against spend: the ad platforms that have ad facts at all.

A platform whose spend nobody reads has deals and no costs: beside the spend of the others they would make
ads look cheaper than they are. It is asked of all days, so that a platform that pauses stays one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, select

from app.data.warehouse import facts
from app.data.warehouse.dimensions import NOT_SET, dim_traffic
from app.data.warehouse.rollups import ROLLUPS

if TYPE_CHECKING:
    from app.data.metrics.subjects import Read

NEWEST = next(rollup.table for rollup in ROLLUPS if rollup.fact is facts.AD)  # smaller, and without history


def platforms(read: Read) -> Select[tuple[str]]:
    """The ad platforms whose spend is known, as it stands or as it was known after a load."""
    known = read(facts.AD)
    ads = NEWEST if known is facts.AD.table else known
    of_ads = dim_traffic.c.traffic_key.in_(select(ads.c.traffic_key))
    return select(dim_traffic.c.platform).where(dim_traffic.c.platform != NOT_SET, of_ads)


def traffic(read: Read) -> Select[tuple[int]]:
    """The keys of all traffic behind which one of them is."""
    of_platforms = dim_traffic.c.platform.in_(platforms(read))
    return select(dim_traffic.c.traffic_key).where(of_platforms)
