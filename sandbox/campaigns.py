"""The Google Ads accounts and campaigns, and the UTM spellings that people typed."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.world import NOT_SET

MANAGER_ID = "9901234567"
ALWAYS = 10**6


@dataclass(frozen=True)
class Account:
    """A Google Ads customer. `places` are indices of `world.PLACES` with their share of impressions."""

    id: str
    name: str
    currency: str
    zone: str
    places: tuple[tuple[int, float], ...]


ACCOUNTS = (
    Account(
        "4512301178",
        "Larkfield US",
        "USD",
        "America/New_York",
        ((0, 0.40), (1, 0.26), (2, 0.20), (3, 0.10), (7, 0.04)),
    ),
    Account("7730912245", "Larkfield EU", "EUR", "Europe/Berlin", ((4, 0.46), (5, 0.27), (6, 0.27))),
)


@dataclass(frozen=True)
class Campaign:
    """One campaign and what it truly does.

    Units: money in the account's currency; days relative to the epoch's day; `hot` share of its clicks in the
    market to buy; `anyway` share of those people who would have come without it; `known` share of its clicks
    by people who visited before; `halo` later unpaid visitors caused by each thousand impressions.
    """

    id: int
    account: int
    name: str
    kind: str
    daily: float
    cpc: float
    ctr: float
    hot: float
    anyway: float
    known: float
    mobile: float = 0.45
    first: int = -ALWAYS
    last: int = ALWAYS
    total: int = 0
    halo: float = 0.0


CAMPAIGNS = (
    Campaign(20110001001, 0, "Search Brand", "SEARCH", 60, 1.20, 0.12, 0.27, 0.70, 0.45, 0.36),
    Campaign(20110001002, 0, "Search Generic", "SEARCH", 150, 2.80, 0.035, 0.19, 0.15, 0.05, 0.34),
    Campaign(20110001003, 0, "Competitors", "SEARCH", 60, 3.20, 0.022, 0.22, 0.10, 0.05, 0.30),
    Campaign(20110001004, 0, "Display Prospecting", "DISPLAY", 45, 0.80, 0.004, 0.012, 0.05, 0.03, 0.68),
    Campaign(20110001005, 0, "Dynamic Search Ads", "SEARCH", 40, 1.90, 0.03, 0.14, 0.25, 0.05, 0.40),
    Campaign(
        20110001006, 0, "Product Launch", "SEARCH", 0, 3.30, 0.03, 0.11, 0.10, 0.10, 0.48, -70, -41, 50_000
    ),
    Campaign(
        20110001007,
        0,
        "Brand Awareness",
        "DISPLAY",
        0,
        3.90,
        0.0032,
        0.012,
        0.05,
        0.03,
        0.66,
        -25,
        34,
        75_000,
        0.6,
    ),
    Campaign(20110001008, 0, "Retargeting", "DISPLAY", 63, 3.15, 0.015, 0.30, 0.85, 1.0, 0.40),
    Campaign(20110002001, 1, "Search Brand EU", "SEARCH", 25, 1.10, 0.11, 0.26, 0.70, 0.40, 0.34),
    Campaign(20110002002, 1, "Search Generic EU", "SEARCH", 75, 2.60, 0.032, 0.18, 0.15, 0.05, 0.32),
    Campaign(20110002003, 1, "Competitors EU", "SEARCH", 30, 3.00, 0.021, 0.21, 0.10, 0.05, 0.30),
    Campaign(20110002004, 1, "Display Prospecting EU", "DISPLAY", 25, 0.75, 0.004, 0.012, 0.05, 0.03, 0.66),
    Campaign(20110002005, 1, "DSA EU", "SEARCH", 20, 1.80, 0.028, 0.14, 0.25, 0.05, 0.38),
)
BRAND_US, LAUNCH, AWARENESS, RETARGETING = 0, 5, 6, 7


def daily_budget(campaign: Campaign) -> float:
    """The budget of one day; a total budget is spread evenly over the campaign's days."""
    return campaign.total / (campaign.last - campaign.first + 1) if campaign.total else campaign.daily


@dataclass(frozen=True)
class Utm:
    """A campaign name as it reaches GA4; `campaign_id` is known only for auto-tagged clicks."""

    name: str
    campaign_id: str = NOT_SET


TYPED = {
    5: ("product_launch", "Product+Launch", "product launch", "PRODUCT LAUNCH", "Prodcut Launch"),
    6: ("brand_awareness", "Brand+Awareness", "brand awareness"),
    7: ("retargeting", "RETARGETING", "re-targeting"),
}
SOCIAL = ("always_on_social", "Always On Social", "always+on+social", "Always_On_Social")
DECISION = ("abm_decision_makers", "ABM Decision Makers", "abm+decision+makers")
LETTERS = ("monthly_newsletter", "Monthly Newsletter", "monthly+newsletter", "Montly Newsletter")
EBOOK = ("ebook_kpi_guide", "Ebook KPI Guide")

UTMS: tuple[Utm, ...] = (
    Utm("(organic)"),
    Utm("(direct)"),
    Utm("(referral)"),
    *(Utm(c.name, str(c.id)) for c in CAMPAIGNS),
    *(Utm(name) for names in TYPED.values() for name in names),
    *(Utm(name) for names in (SOCIAL, DECISION, LETTERS, EBOOK) for name in names),
)
_INDEX = {utm.name: index for index, utm in enumerate(UTMS)}


def utm_indices(names: tuple[str, ...]) -> list[int]:
    """Positions in `UTMS` of some spellings."""
    return [_INDEX[name] for name in names]


def spellings(campaign: int) -> list[int]:
    """Positions in `UTMS` of the auto-tagged name of a campaign and of its hand-typed twins."""
    return utm_indices((CAMPAIGNS[campaign].name, *TYPED.get(campaign, ())))
