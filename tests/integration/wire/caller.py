"""Who calls the sandbox in the tests of the wire: signed in to each platform, on a clock moved by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.limits import Limits
from sandbox.server import Running

EPOCH = datetime(2026, 6, 15, 12, tzinfo=UTC)
SMALL_PAGES = Limits(  # quotas: tests/contract/test_quotas.py
    ads_page_rows=50, salesforce_batch_rows=20, ads_developer_token_required=True
)
REPORT = "v1beta/properties/318204455:runReport"
DAILY = (
    "SELECT campaign.id, segments.date, segments.device, metrics.impressions, metrics.cost_micros, "
    "metrics.conversions FROM campaign WHERE segments.date BETWEEN '2026-05-01' AND '2026-06-10'"
)


class Wall:
    """The wire's clock, moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000_000.0

    def __call__(self) -> float:
        return self.at


class Caller:
    """Signs in to each source and asks."""

    def __init__(self, up: Running, wall: Wall) -> None:
        self.up, self.wall = up, wall
        self.http = httpx.Client(timeout=20)
        self.headers = {s: self._sign_in(s) for s in ("google_analytics", "google_ads", "salesforce")}

    def credentials(self, source: str) -> dict[str, Any]:
        return self.http.get(f"{self.up.base}/_sandbox/credentials/{source}.json").json()

    def _sign_in(self, source: str) -> dict[str, str]:
        given = self.credentials(source)
        if source == "google_analytics":
            now = int(time.time())
            claims = {
                "iss": given["client_email"],
                "scope": "s",
                "aud": given["token_uri"],
                "iat": now,
                "exp": now + 3600,
            }
            signed = jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(given["private_key"]))
            form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}
        else:
            keys = ("client_id", "client_secret", "refresh_token")
            form = {k: given[k] for k in keys if k in given}
            form["grant_type"] = "refresh_token" if source == "google_ads" else "client_credentials"
        answer = self.http.post(given["token_uri"], data=form).json()
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        if source == "google_ads":
            headers |= {
                "developer-token": given["developer_token"],
                "login-customer-id": given["login_customer_id"],
            }
        return headers

    def report(self, **body: Any) -> httpx.Response:
        asked = {
            "dateRanges": [{"startDate": "2026-06-01", "endDate": "2026-06-07"}],
            "metrics": [{"name": "sessions"}],
        }
        return self.http.post(
            f"{self.up.base}/google_analytics/{REPORT}",
            json=asked | body,
            headers=self.headers["google_analytics"],
        )

    def ads(
        self, query: str, customer: str = "4512301178", kind: str = "search", **body: Any
    ) -> httpx.Response:
        return self.http.post(
            f"{self.up.base}/google_ads/v25/customers/{customer}/googleAds:{kind}",
            json={"query": query, **body},
            headers=self.headers["google_ads"],
        )

    def soql(self, query: str, everything: bool = False) -> httpx.Response:
        return self.get_instance(f"/services/data/v62.0/{'queryAll' if everything else 'query'}", q=query)

    def get_instance(self, path: str, **params: str) -> httpx.Response:
        return self.http.get(
            self.up.salesforce_instance + path, params=params or None, headers=self.headers["salesforce"]
        )

    def fault(self, **fault: Any) -> None:
        assert self.http.post(f"{self.up.base}/_sandbox/faults", json=fault).status_code == 200

    def set_clock(self, now: datetime) -> None:
        self.http.post(f"{self.up.base}/_sandbox/clock", json={"now": now.isoformat()})


def all_records(caller: Caller, query: str, everything: bool = False) -> list[dict[str, Any]]:
    answer = caller.soql(query, everything).json()
    records = answer["records"]
    while not answer["done"]:
        answer = caller.get_instance(answer["nextRecordsUrl"]).json()
        records += answer["records"]
    assert len(records) == answer["totalSize"]
    return records
