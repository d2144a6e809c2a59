"""Google Ads API (REST): campaigns and budgets, days by device, hours, and places, asked in GAQL.

Source: https://developers.google.com/google-ads/api/rest/reference/rest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

import httpx

from app.data.connectors.base import (
    CONNECTORS,
    Account,
    ConnectorKind,
    CredentialField,
    PayloadRow,
    Stream,
    Window,
)
from app.data.connectors.google_ads import records
from app.data.connectors.google_ads.refusals import SOURCE, VERSION, CustomerOff, PageExpired, judge
from app.data.connectors.http import Session, rows_in
from app.data.connectors.oauth import GOOGLE_FIELDS, google
from app.errors import SourceError, SourcePermanent, SourceTransient
from app.text import t

SCOPE = "https://www.googleapis.com/auth/adwords"

_METRICS = (
    "metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value"
)
_WHO = "customer.id, customer.currency_code, campaign.id, campaign.name"
QUERIES = {
    "campaigns": (
        "SELECT customer.id, customer.descriptive_name, customer.currency_code, campaign.id, campaign.name, "
        "campaign.status, campaign.advertising_channel_type, campaign.start_date_time, "
        "campaign.end_date_time, campaign_budget.amount_micros, campaign_budget.total_amount_micros, "
        "campaign_budget.period, campaign_budget.id, campaign_budget.explicitly_shared FROM campaign"
    ),
    "ad_days": f"SELECT {_WHO}, segments.date, segments.device, {_METRICS} FROM campaign WHERE {{days}}",
    "ad_hours": f"SELECT {_WHO}, segments.date, segments.hour, {_METRICS} FROM campaign WHERE {{days}}",
    # The view mixes places of interest with places of presence; without the filter it counts double.
    "ad_places": (
        f"SELECT {_WHO}, geographic_view.country_criterion_id, geographic_view.location_type, "
        f"segments.geo_target_region, segments.date, {_METRICS} FROM geographic_view "
        "WHERE geographic_view.location_type = 'LOCATION_OF_PRESENCE' AND {days}"
    ),
}
CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone FROM customer"
)
PLACES = (
    "SELECT geo_target_constant.id, geo_target_constant.name, geo_target_constant.country_code "
    "FROM geo_target_constant WHERE geo_target_constant.id IN ({ids})"
)


class GoogleAds:
    """The accounts of one manager or advertiser."""

    id: ClassVar[str] = SOURCE
    # Conversions are booked on the day of the click and go on changing for weeks.
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("campaigns", ("dim_campaign", "fact_campaign_budget"), records.campaign, by="full"),
        Stream("ad_days", ("fact_ad", "dim_traffic"), records.ad_day, lookback_days=30, slice_days=92),
        Stream(
            "ad_hours",
            ("fact_ad_hour", "dim_traffic"),
            records.ad_hour,
            lookback_days=30,  # as the days: what is claimed of an hour is restated as long
            slice_days=14,
            history_days=60,
        ),
        Stream(
            "ad_places", ("fact_ad_geo", "dim_traffic"), records.ad_place, lookback_days=30, slice_days=92
        ),
    )

    def __init__(self, http: Session, base_url: str, credentials: Mapping[str, Any]) -> None:
        self.http = http
        self.base_url = base_url
        self.version = str(credentials.get("api_version") or VERSION)
        self.customers = _customers(credentials)
        self._headers = {
            name: str(value).replace("-", "") if name == "login-customer-id" else str(value)
            for name, value in (
                ("developer-token", credentials.get("developer_token")),
                ("login-customer-id", credentials.get("login_customer_id")),
            )
            if value
        }
        self._places: dict[str, tuple[str, str]] = {}
        token_url = f"{base_url}/token"
        if base_url == HOST:
            token_url = str(credentials.get("token_uri") or "https://oauth2.googleapis.com/token")
        http.sign_in = google(http, credentials, token_url, SCOPE)

    def accounts(self) -> tuple[Account, ...]:
        """Each customer with its zone and currency; both are fixed for the life of an account.

        One that is switched off is refused by itself, unless none is left. Raises: SourceError.
        """
        found = tuple(self._named(customer) for customer in self.customers)
        if all(account.refusal for account in found):
            raise SourcePermanent("\n".join(account.refusal for account in found), reason="account")
        return found

    def fetch(self, stream: Stream, account: Account, window: Window) -> Iterator[list[PayloadRow]]:
        """Pages of results as received; places carry the country code and region name they stand for."""
        days = f"segments.date BETWEEN '{window.start}' AND '{window.end}'"
        asked = _asked(QUERIES[stream.name])
        for page in self._search(account.id, QUERIES[stream.name].format(days=days)):
            _refuse_unasked(page, asked)
            yield self._with_places(account.id, page) if stream.name == "ad_places" else page

    def _named(self, customer: str) -> Account:
        try:
            return self._account(customer)
        except CustomerOff as off:
            said = t("connectors.google_ads_off", customer=customer, message=off.message)
            return Account(customer, customer, "", refusal=f"{said} {t('connectors.google_ads_off_hint')}")

    def _account(self, customer: str) -> Account:
        rows = [row for page in self._search(customer, CUSTOMER) for row in page]
        if not rows:
            raise SourcePermanent(
                t("connectors.google_ads_no_account", customer=customer),
                hint=t("connectors.google_ads_no_account_hint"),
                reason="account",
            )
        told = rows[0].get("customer", {})
        if missing := {"timeZone", "currencyCode"} - set(told):
            raise SourcePermanent(
                t("connectors.google_ads_lacks", missing=", customer.".join(sorted(missing))),
                hint=t("connectors.google_ads_changed_hint"),
            )
        title = str(told.get("descriptiveName") or customer)
        return Account(customer, title, str(told["timeZone"]), str(told["currencyCode"]))

    def _search(self, customer: str, query: str) -> Iterator[list[PayloadRow]]:
        url = f"{self.base_url}/{self.version}/customers/{customer}/googleAds:search"
        token, seen = "", set[str]()
        while True:
            body = {"query": query} | ({"pageToken": token} if token else {})
            answer = self._page(url, body)
            yield rows_in(answer, "results", self.id)
            token = str(answer.get("nextPageToken") or "")
            if not token:
                return
            if token in seen:
                raise SourceTransient(
                    t("connectors.google_ads_page_twice"), hint=t("connectors.window_again_hint")
                )
            seen.add(token)

    def _page(self, url: str, body: dict[str, str]) -> dict[str, Any]:
        """Raises: SourceTransient, at once, for an expired token: pages before it have been handed on."""
        try:
            answer: dict[str, Any] = self.http.call(
                "POST", url, self._judge, json=body, headers=self._headers
            )
        except PageExpired:
            raise SourceTransient(
                t("connectors.google_ads_page_expired"), hint=t("connectors.window_again_hint")
            ) from None
        return answer

    def _judge(self, response: httpx.Response) -> SourceError | None:
        return judge(response, self.version)

    def _with_places(self, customer: str, page: list[PayloadRow]) -> list[PayloadRow]:
        self._learn_places(customer, page)
        for row in page:
            country, region = _country_id(row), _region_id(row)
            row["place"] = {
                "countryCode": self._places.get(country, ("", ""))[1],
                "region": self._places.get(region, ("", ""))[0],
            }
        return page

    def _learn_places(self, customer: str, page: list[PayloadRow]) -> None:
        """Ask once for the names of ids not met before; they never change."""
        ids = {one for row in page for one in (_country_id(row), _region_id(row)) if one} - set(self._places)
        if not ids:
            return
        for found in self._search(customer, PLACES.format(ids=", ".join(sorted(ids)))):
            for row in found:
                place = row.get("geoTargetConstant", {})
                self._places[str(place.get("id", ""))] = (
                    str(place.get("name", "")),
                    str(place.get("countryCode", "")),
                )


def _asked(query: str) -> dict[str, set[str]]:
    """The fields that a query selects, by resource, as they are named on the wire."""
    selected = query.removeprefix("SELECT ").partition(" FROM ")[0]
    found: dict[str, set[str]] = {}
    for field in selected.split(", "):
        resource, _, name = field.partition(".")
        found.setdefault(_camel(resource), {"resourceName"}).add(_camel(name))
    return found


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _refuse_unasked(page: list[PayloadRow], asked: Mapping[str, set[str]]) -> None:
    """A field under a new name would pass for one that is zero or not set, since these are left out."""
    for row in page:
        for resource, fields in row.items():
            known = asked.get(resource)
            if known is None or not isinstance(fields, dict):
                raise _unasked(resource)
            if not fields.keys() <= known:
                raise _unasked(f"{resource}.{min(fields.keys() - known)}")


def _unasked(field: str) -> SourcePermanent:
    return SourcePermanent(
        t("connectors.google_ads_unasked", field=field), hint=t("connectors.google_ads_changed_hint")
    )


def _country_id(row: PayloadRow) -> str:
    return str(row.get("geographicView", {}).get("countryCriterionId") or "")


def _region_id(row: PayloadRow) -> str:
    return str(row.get("segments", {}).get("geoTargetRegion") or "").rpartition("/")[2]


def _customers(credentials: Mapping[str, Any]) -> tuple[str, ...]:
    many = credentials.get("customer_ids") or [credentials.get("customer_id")]
    ids = tuple(str(one).replace("-", "") for one in many if one)
    if not ids or not all(one.isdigit() for one in ids):
        raise SourcePermanent(
            t("connectors.google_ads_accounts_none"),
            hint=t("connectors.google_ads_accounts_none_hint"),
            reason="account",
        )
    return ids


HOST = "https://googleads.googleapis.com"
# Spend and clicks are final after three hours, conversions of a day's own clicks counted after up to fifteen.
CONNECTORS.add(
    ConnectorKind(
        GoogleAds,
        HOST,
        (
            CredentialField("customer_ids", plain=True, many=True),
            CredentialField("login_customer_id", needed=False, plain=True, header=True),
            CredentialField("developer_token", needed=False, header=True),
            *GOOGLE_FIELDS,
        ),
        late_after=timedelta(hours=6),
        settles_after=timedelta(hours=15),
        # It began as AdWords. Since June 2026 it keeps days for 37 months, and only months for longer.
        begins=date(2000, 10, 23),
        keeps_months=37,
    )
)
