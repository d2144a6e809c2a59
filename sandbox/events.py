"""What was planted in the company's history, in days relative to the day of the first start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """One planted event over the days [first, last] relative to the epoch's day, with its factor."""

    name: str
    first: int
    last: int
    factor: float
    says: str

    def covers(self, day: int) -> bool:
        """Whether a day relative to the epoch lies inside the event."""
        return self.first <= day <= self.last


OUTAGE = Planted(
    "tracking outage",
    -110,
    -109,
    0.03,
    "GA4 recorded 3 % of the sessions of one whole day and the morning of the next (to 12:00, "
    "property time). The CRM and the ad accounts went on recording.",
)
VIRAL = Planted(
    "viral post",
    -75,
    -72,
    14.0,
    "A post went viral: organic social visits multiplied on the first day and faded over three more, "
    "with almost no buyers among them.",
)
CPC_SPIKE = Planted(
    "CPC spike",
    -47,
    -43,
    2.2,
    "Clicks of every search campaign with a daily budget, in both ad accounts, cost 2.2 times as much; 20 % "
    "fewer clicks. Campaigns with a total budget (Product Launch) were spared.",
)
CONVERSION_DROP = Planted(
    "conversion drop",
    -4,
    3,
    0.55,
    "A broken form: the chance of any key event fell to 55 % of its usual value; it is repaired "
    "on the fourth day after the first start.",
)
BRAND_PAUSE = Planted(
    "brand search pause",
    -300,
    -280,
    0.0,
    "Search Brand (US) was switched off as an experiment. People who would have come anyway came "
    "through organic search instead; the others did not come.",
)
PLANTED = (OUTAGE, VIRAL, CPC_SPIKE, CONVERSION_DROP, BRAND_PAUSE)

MASS_UPDATE_DAY = -20
VIRAL_FADE = (1.0, 0.55, 0.25, 0.1)
