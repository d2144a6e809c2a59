"""The places, devices, channels and price list of the made-up company."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GA_ZONE = "America/New_York"
NOT_SET = "(not set)"


@dataclass(frozen=True)
class Place:
    """A country with a region as GA4 names them.

    Units: `weight` is the share of visitors, `offset` hours from UTC used for the daily rhythm.
    """

    country: str
    country_id: str
    region: str
    weight: float
    offset: int
    country_criterion: int
    region_criterion: int


PLACES = (
    Place("United States", "US", "California", 0.26, -8, 2840, 21137),
    Place("United States", "US", "New York", 0.18, -5, 2840, 21167),
    Place("United States", "US", "Texas", 0.14, -6, 2840, 21176),
    Place("Canada", "CA", "Ontario", 0.09, -5, 2124, 20121),
    Place("United Kingdom", "GB", "England", 0.13, 0, 2826, 20339),
    Place("Germany", "DE", "Bavaria", 0.08, 1, 2276, 20229),
    Place("Germany", "DE", "Berlin", 0.08, 1, 2276, 20228),
    Place("United States", "US", NOT_SET, 0.04, -6, 2840, 0),
)
DEVICES = ("desktop", "mobile", "tablet")

_BUSINESS_HOURS = np.array(
    [2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 8, 9, 10, 10, 9, 7, 6, 5, 5, 5, 4, 3], dtype=float
)


@dataclass(frozen=True)
class Channel:
    """A source and medium, with how its visitors behave.

    Units: `share` of unpaid-by-click arrivals a day, `hot` share of arrivals in the market to buy,
    `quality` multiplies the chance that a lead becomes an opportunity, `mobile` share on phones.
    """

    source: str
    medium: str
    group: str
    share: float
    hot: float
    quality: float
    mobile: float
    caused: float = 0.0


CHANNELS = (
    Channel("google", "organic", "Organic Search", 0.43, 0.034, 0.72, 0.36),
    Channel("bing", "organic", "Organic Search", 0.05, 0.034, 0.72, 0.18),
    Channel("google", "cpc", "Paid Search", 0.0, 0.0, 0.95, 0.38),
    Channel("(direct)", "(none)", "Direct", 0.20, 0.037, 0.75, 0.30),
    Channel("facebook.com", "referral", "Organic Social", 0.03, 0.012, 0.70, 0.74, 0.95),
    Channel("linkedin.com", "referral", "Organic Social", 0.05, 0.045, 1.05, 0.46, 0.90),
    Channel("facebook", "paid_social", "Paid Social", 0.05, 0.016, 0.60, 0.78, 0.93),
    Channel("linkedin", "paid_social", "Paid Social", 0.03, 0.055, 1.05, 0.42, 0.88),
    Channel("newsletter", "email", "Email", 0.04, 0.060, 0.95, 0.44, 0.35),
    Channel("blog", "content", "Unassigned", 0.05, 0.065, 1.00, 0.34, 0.80),
    Channel("g2.com", "referral", "Referral", 0.04, 0.095, 1.00, 0.22, 0.55),
    Channel("partner.io", "referral", "Referral", 0.04, 0.08, 1.00, 0.24, 0.85),
)
ORGANIC, BING, CPC, DIRECT, FACEBOOK, LINKEDIN, PAID_FACEBOOK, PAID_LINKEDIN, EMAIL, BLOG, G2, PARTNER = (
    range(12)
)

LANDING_PAGES = (
    "/",
    "/pricing",
    "/product",
    "/blog/kpi-guide",
    "/blog/closing-the-books",
    "/compare/alternatives",
    "/launch",
    "/demo",
    "/customers",
    NOT_SET,
)
KEY_EVENTS = ("", "newsletter_signup", "pricing_download", "demo_request", "signup")
LEAD_EVENTS = (3, 4)


@dataclass(frozen=True)
class Plan:
    """One line of the price list. Units: `month` and `year` in USD, `weight` share of new customers."""

    name: str
    month: int
    year: int
    weight: float


PLANS = (Plan("Starter", 29, 290, 0.545), Plan("Team", 99, 990, 0.40), Plan("Business", 349, 3490, 0.055))


def monthly_price(plan: int, annual: bool) -> float:
    """Monthly-normalised price of a plan in USD; an annual price counts a twelfth."""
    return PLANS[plan].year / 12 if annual else float(PLANS[plan].month)


def hour_weights(place: int) -> np.ndarray:
    """Share of a day's visits in each UTC hour for people of one place."""
    rolled = np.roll(_BUSINESS_HOURS, -PLACES[place].offset)
    return np.asarray(rolled / rolled.sum())


def local_hour_weights() -> np.ndarray:
    """Share of a day's visits in each local hour."""
    return np.asarray(_BUSINESS_HOURS / _BUSINESS_HOURS.sum())


def shares(values: list[float]) -> np.ndarray:
    """The values scaled to sum to one."""
    array = np.asarray(values, dtype=float)
    return np.asarray(array / array.sum())
