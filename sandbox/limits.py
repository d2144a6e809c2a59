"""What each platform allows: settings, and the counters that hold callers to them."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The platforms' own limits by default; the demo uses `GENEROUS`.

    Units: tokens, operations and requests in their window, lifetimes in seconds, sizes in rows.
    """

    ga_tokens_per_day: int = 200_000
    ga_tokens_per_hour: int = 40_000
    ga_tokens_per_project_per_hour: int = 14_000
    ga_concurrent_requests: int = 10
    ga_server_errors_per_project_per_hour: int = 10
    ga_max_rows: int = 250_000
    ads_operations_per_day: int = 15_000
    ads_page_rows: int = 10_000
    # ignored since 2026-09-09; an older major of the API asks for it
    ads_developer_token_required: bool = False
    ads_login_customer_required: bool = True
    ads_project_approved: bool = True  # for accounts that are no test accounts
    ads_customers_off: tuple[str, ...] = ()  # cancelled, suspended or not set up yet
    salesforce_requests_per_day: int = 100_000
    salesforce_batch_rows: int = 2_000
    salesforce_locator_seconds: int = 2 * 86_400
    salesforce_bulk_jobs_per_day: int = 10_000
    salesforce_bulk_job_seconds: int = 7 * 86_400
    salesforce_bulk_rows: int = 50_000
    google_token_seconds: int = 3_600
    salesforce_session_seconds: int = 7_200


PLATFORM = Limits()
GENEROUS = Limits(
    ga_tokens_per_day=50_000_000,
    ga_tokens_per_hour=20_000_000,
    ga_tokens_per_project_per_hour=10_000_000,
    ga_concurrent_requests=50,
    ga_server_errors_per_project_per_hour=1_000,
    ads_operations_per_day=5_000_000,
    salesforce_requests_per_day=5_000_000,
)


HOUR = 3_600


class Usage:
    """Counts what was used of each allowance in windows of the wire's clock."""

    def __init__(self) -> None:
        self._used: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def used(self, name: str, at: float, window: int) -> int:
        """How much was used of an allowance in the window that holds `at`."""
        return self._used[(name, int(at // window))]

    def trailing(self, name: str, at: float, hours: int) -> int:
        """How much was used in the last hours up to `at`, the running one included; added hour by hour."""
        newest = int(at // HOUR)
        return sum(self._used[(name, hour)] for hour in range(newest - hours + 1, newest + 1))

    def add(self, name: str, at: float, window: int, amount: int = 1) -> int:
        """Use some of an allowance; returns what is used by now."""
        with self._lock:
            self._used[(name, int(at // window))] += amount
            return self._used[(name, int(at // window))]

    def change(self, name: str, amount: int) -> int:
        """Raise or lower a plain counter, such as requests in flight."""
        with self._lock:
            self._used[(name, -1)] += amount
            return self._used[(name, -1)]
