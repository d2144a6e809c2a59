"""The Google Ads accounts and campaigns, and the UTM spellings that people typed."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.world import NOT_SET

MANAGER_ID = "9901234567"
ALWAYS = 10**6
USUAL = (0.545, 0.40, 0.055)
UPMARKET = (0.38, 0.53, 0.09)
TOP_EDITION = (0.0, 0.06, 0.94)


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
    by people who visited before, the keenest of `keen` people at hand; `pull` multiplies the chance of a key
    event in the visit it opens; `quality` the chance that its leads become opportunities and are won; `plans`
    what its customers buy; `halo` later unpaid visitors caused by each thousand impressions.
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
    keen: int = 2
    pull: float = 1.0
    quality: float = 1.0
    plans: tuple[float, float, float] = USUAL


# fmt: off
CAMPAIGNS = (
    Campaign(
        20110001001,
        0,
        "Search Brand",
        "SEARCH",
        48,
        0.95,
        0.12,
        0.27,
        0.70,
        0.45,
        0.36,
        keen=8,
        pull=2.0,
        quality=1.6,
        plans=UPMARKET,
    ),
    Campaign(
        20110001002,
        0,
        "Search Generic",
        "SEARCH",
        96,
        1.70,
        0.035,
        0.29,
        0.15,
        0.05,
        0.34,
        pull=2.2,
        quality=1.55,
    ),
    Campaign(
        20110001003,
        0,
        "Competitors",
        "SEARCH",
        46,
        2.30,
        0.022,
        0.26,
        0.10,
        0.05,
        0.30,
        pull=1.9,
        quality=1.4,
    ),
    Campaign(
        20110001004, 0, "Display Prospecting", "DISPLAY", 32, 0.70, 0.004, 0.02, 0.05, 0.11, 0.68, keen=12
    ),
    Campaign(
        20110001005,
        0,
        "Dynamic Search Ads",
        "SEARCH",
        32,
        1.40,
        0.03,
        0.20,
        0.25,
        0.08,
        0.40,
        keen=6,
        pull=2.0,
        quality=1.4,
    ),
    Campaign(
        20110001006,
        0,
        "Product Launch",
        "SEARCH",
        0,
        3.30,
        0.03,
        0.118,
        0.10,
        0.04,
        0.48,
        -70,
        -41,
        50_000,
        pull=1.8,
        quality=1.9,
        plans=TOP_EDITION,
    ),
    Campaign(
        20110001007,
        0,
        "Brand Awareness",
        "DISPLAY",
        0,
        3.90,
        0.0032,
        0.015,
        0.05,
        0.12,
        0.66,
        -40,
        19,
        75_000,
        0.6,
        keen=20,
    ),
    Campaign(
        20110001008,
        0,
        "Retargeting",
        "DISPLAY",
        63,
        3.15,
        0.015,
        0.30,
        0.85,
        1.0,
        0.40,
        keen=14,
        pull=2.8,
        quality=1.7,
        plans=UPMARKET,
    ),
    Campaign(
        20110002001,
        1,
        "Search Brand EU",
        "SEARCH",
        22,
        0.95,
        0.11,
        0.26,
        0.70,
        0.40,
        0.34,
        keen=8,
        pull=2.0,
        quality=1.45,
        plans=UPMARKET,
    ),
    Campaign(
        20110002002,
        1,
        "Search Generic EU",
        "SEARCH",
        44,
        1.55,
        0.032,
        0.27,
        0.15,
        0.05,
        0.32,
        pull=2.3,
        quality=1.6,
    ),
    Campaign(
        20110002003,
        1,
        "Competitors EU",
        "SEARCH",
        24,
        2.10,
        0.021,
        0.26,
        0.10,
        0.05,
        0.30,
        pull=2.0,
        quality=1.5,
    ),
    Campaign(
        20110002004, 1, "Display Prospecting EU", "DISPLAY", 20, 0.70, 0.004, 0.02, 0.05, 0.14, 0.66, keen=12
    ),
    Campaign(
        20110002005,
        1,
        "DSA EU",
        "SEARCH",
        18,
        1.40,
        0.028,
        0.20,
        0.25,
        0.08,
        0.38,
        keen=6,
        pull=2.0,
        quality=1.4,
    ),
)
# fmt: on
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
