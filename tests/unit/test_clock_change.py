"""Days and hours around midnight and a clock change: each in the zone of the account it belongs to."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.data.connectors.google_analytics import records as google_analytics
from app.data.connectors.salesforce import records as salesforce
from app.data.transform import Context


def context(zone: str) -> Context:
    return Context("source", "account", "Account", zone, "USD")


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        # New York, 8 March 2026: at 2:00 the clock jumps from UTC-5 to UTC-4, so midnights differ.
        ("America/New_York", datetime(2026, 3, 8, 4, 59, tzinfo=UTC), date(2026, 3, 7)),
        ("America/New_York", datetime(2026, 3, 8, 5, 0, tzinfo=UTC), date(2026, 3, 8)),
        ("America/New_York", datetime(2026, 3, 9, 3, 59, tzinfo=UTC), date(2026, 3, 8)),
        ("America/New_York", datetime(2026, 3, 9, 4, 0, tzinfo=UTC), date(2026, 3, 9)),
        # Berlin, 25 October 2026: a day of 25 hours, from UTC+2 to UTC+1.
        ("Europe/Berlin", datetime(2026, 10, 24, 21, 59, tzinfo=UTC), date(2026, 10, 24)),
        ("Europe/Berlin", datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        ("Europe/Berlin", datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        ("Europe/Berlin", datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_a_day_begins_at_the_midnight_of_its_zone(zone: str, instant: datetime, day: date) -> None:
    assert context(zone).local_day(instant) == day


@pytest.mark.parametrize(
    ("zone", "written", "day"),
    [
        ("America/New_York", "2026-03-09T03:59:59.000+0000", date(2026, 3, 8)),
        ("America/New_York", "2026-03-09T04:00:00.000+0000", date(2026, 3, 9)),
        ("Europe/Berlin", "2026-03-28T22:59:59.000+0000", date(2026, 3, 28)),
        ("Europe/Berlin", "2026-03-29T22:00:00.000Z", date(2026, 3, 30)),
    ],
)
def test_a_lead_counts_on_the_day_of_the_account_it_was_created_on(
    zone: str, written: str, day: date
) -> None:
    row = {"Id": "00Q1", "CreatedDate": written}
    (lead,) = (values for table, values in salesforce.lead(row, context(zone)) if table == "fact_lead")
    assert lead["date"] == day


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("2026030801", datetime(2026, 3, 8, 6, tzinfo=UTC)),  # the last hour of winter time
        ("2026030803", datetime(2026, 3, 8, 7, tzinfo=UTC)),  # the next hour: there is no hour 2 on that day
        ("2026110100", datetime(2026, 11, 1, 4, tzinfo=UTC)),
        ("2026110101", datetime(2026, 11, 1, 5, tzinfo=UTC)),  # told once for both hours 1: the first of them
        ("2026110102", datetime(2026, 11, 1, 7, tzinfo=UTC)),
    ],
)
def test_an_hour_of_analytics_keeps_its_local_day_on_a_clock_change(stamp: str, utc: datetime) -> None:
    day, hour, instant = google_analytics.local_hour(stamp, "America/New_York")
    assert (f"{day:%Y%m%d}{hour:02}", instant.replace(tzinfo=UTC)) == (stamp, utc)
