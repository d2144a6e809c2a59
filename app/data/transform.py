"""What a transform is, and how text of the wire becomes typed values, or a reason why it cannot. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from math import inf, isfinite, nan
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from app.data.warehouse.dimensions import NOT_SET, traffic_key, utm_campaign_key
from app.text import t

Values = Mapping[str, object]
# Of a whole number, and of money in micros: a trillion. The warehouse holds nine times as much, so that an
# amount can be converted and added to others.
LARGEST = 10**18
DIGITS = len(str(LARGEST))


@dataclass(frozen=True)
class Context:
    """What a row does not say itself. `currency` is the account's, else the organisation's."""

    source_id: str
    account_id: str
    account: str
    time_zone: str
    currency: str

    @property
    def key(self) -> dict[str, object]:
        return {"source_id": self.source_id, "account_id": self.account_id}

    def local_day(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.time_zone)).date()


# A row becomes any number of records: (table name, values by column).
Transform = Callable[[Mapping[str, Any], Context], Iterable[tuple[str, Values]]]


class Untypable(ValueError):
    """A row that cannot become a record; the message names the field, its value and what was expected."""


def part(row: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """A nested object of a row."""
    value = row.get(field)
    if not isinstance(value, Mapping):
        raise Untypable(
            t("records.missing", field=field)
            if value is None
            else t("records.not_object", field=field, value=value)
        )
    return value


def whole(row: Mapping[str, Any], field: str) -> int:
    """A count; the platforms leave a zero out."""
    value: Any = row.get(field)
    if isinstance(value, str) and len(value) < DIGITS and value.isdecimal():  # nearly every one
        return int(value)
    digits = isinstance(value, str) and value.isdecimal() and len(value) == DIGITS
    number = int(value) if digits or isinstance(value, int) else fraction(row, field)
    if number != int(number):
        raise Untypable(t("records.not_whole", field=field, value=value))
    if abs(number) > LARGEST:
        raise Untypable(t("records.too_large", field=field, value=value))
    return int(number)


def fraction(row: Mapping[str, Any], field: str) -> float:
    """A number; absent means zero on the wire of every platform that sends counts."""
    value = row.get(field)
    if value is None or value == "":
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        number = inf
    except (TypeError, ValueError):
        number = nan
    if not isfinite(number):
        raise Untypable(t("records.not_number", field=field, value=value))
    return number


def truth(row: Mapping[str, Any], field: str) -> bool:
    """Yes or no, as JSON says it or as text does; absent means no."""
    value = row.get(field)
    if value in (None, ""):
        return False
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise Untypable(t("records.not_flag", field=field, value=value))
    return bool(value == "true")


def micros(value: object, field: str) -> int | None:
    """Money in millionths of its currency, exactly; None when there is none."""
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value)) * 1_000_000
        large = abs(amount) > LARGEST
    except ArithmeticError:
        raise Untypable(t("records.not_money", field=field, value=value)) from None
    if large:
        raise Untypable(t("records.too_large", field=field, value=value))
    return int(amount.to_integral_value())


def day(value: object, field: str) -> date:
    """A day as `2026-03-12` or `20260312`; of an instant the day that is written."""
    try:
        return _day(str(value))
    except ValueError:
        raise Untypable(t("records.not_day", field=field, value=value)) from None


@lru_cache(maxsize=4_000)
def _day(written: str) -> date:
    if written[10:11] in ("T", " "):
        return datetime.fromisoformat(written).date()
    return date.fromisoformat(written)


def maybe_day(value: object, field: str) -> date | None:
    return day(value, field) if value not in (None, "") else None


def instant(value: object, field: str) -> datetime:
    """A UTC instant; some platforms write `+0000` here and `Z` there."""
    text = str(value).replace("Z", "+00:00")
    if text[-5:-4] in "+-" and ":" not in text[-5:]:
        text = f"{text[:-2]}:{text[-2:]}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Untypable(t("records.not_instant", field=field, value=value)) from None


def stored(moment: datetime) -> datetime:
    """An instant as the warehouse keeps it: UTC without the zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def text(value: object) -> str:
    """A dimension's value; what the platform leaves open is '(not set)'."""
    found = str(value).strip() if value is not None else ""
    return found or NOT_SET


@lru_cache(maxsize=20_000)
def traffic(
    source: object, medium: object, campaign: object
) -> tuple[Mapping[str, object], Sequence[tuple[str, Values]]]:
    """Keys of raw traffic, and the dimension rows that the keys need; nobody changes them."""
    names = text(source), text(medium), text(campaign)
    key, campaign_key = traffic_key(*names), utm_campaign_key(names[2])
    rows: list[tuple[str, Values]] = [
        (
            "dim_traffic",
            {"traffic_key": key, "source": names[0], "medium": names[1], "campaign_raw": names[2]},
        ),
        ("dim_campaign", {"campaign_key": campaign_key, "platform": NOT_SET, "name_raw": names[2]}),
    ]
    return {"traffic_key": key, "campaign_key": campaign_key}, rows


@cache
def _countries() -> dict[str, str]:
    names = Locale("en").territories
    return {name.casefold(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}


@lru_cache(maxsize=2_000)
def country(value: object) -> str:
    """ISO code of a country given by code or English name."""
    found = text(value)
    if len(found) == 2 and found.isalpha():
        return found.upper()
    return _countries().get(found.casefold(), found)


@lru_cache(maxsize=2_000)
def device(value: object) -> str:
    """desktop, mobile, tablet, tv or other."""
    found = text(value).casefold()
    if found in ("desktop", "mobile", "tablet", NOT_SET):
        return found
    return "tv" if "tv" in found else "other"
