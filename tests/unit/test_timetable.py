"""Cron lines in words."""

from __future__ import annotations

import pytest

from app.layouts.timetable import in_words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 7 * * 1", "Every Monday at 07:00"),
        ("0 7 * * MON-FRI", "Monday to Friday at 07:00"),
        ("0 7 * * 7", "Every Sunday at 07:00"),
        ("0 7 * * 0,6", "Every Saturday and Sunday at 07:00"),
        ("0 7 * * 0-2", "Every Monday, Tuesday and Sunday at 07:00"),
        ("0 9 * * 1-7", "Every day at 09:00"),
        ("5 0 * * *", "Every day at 00:05"),
        ("0 7,19 * * *", "Every day at 07:00 and 19:00"),
        ("@daily", "Every day at 00:00"),
        ("0 9 1,15 * *", "On day 1 and 15 of the month at 09:00"),
        ("0 5 * 1,7 *", "Every day at 05:00 in January and July"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("* * * * *", "Every minute"),
        ("0 * * * *", "Every hour at minute 00"),
        ("30 */2 * * *", "Every 2 hours at minute 30"),
        ("5 8-18 * * 1-5", "Monday to Friday every hour from 08:05 to 18:05"),
        ("*/15 8-18 * * 1-5", "Monday to Friday every 15 minutes from 08:00 to 18:45"),
    ],
)
def test_a_line_is_said_as_people_say_it(cron: str, words: str) -> None:
    assert in_words(cron) == words


def test_a_day_of_the_month_and_a_weekday_mean_either() -> None:
    assert in_words("0 9 1 * 1") == "On day 1 of the month and every Monday at 09:00"


@pytest.mark.parametrize(
    "cron", ["0 0 L * *", "0 9 * * 1#2", "R R * * *", "0 9 */2 * *", "7,9 * * * *", "0 1-3,9,17,20 * * *"]
)
def test_a_line_that_words_would_make_longer_or_wrong_stays_a_line(cron: str) -> None:
    assert in_words(cron) == ""
