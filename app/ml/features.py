"""What was known of each paying customer at the end of a day, as numbers. Pure: rows in, numbers out.

Nothing dated later than the as-of day is looked at, and nothing that a later day writes into an earlier row
(an invoice counts as unpaid until the day of its payment; a subscription's end is not read at all). A week of
activity is known when the week is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.data.query.histories import Histories
from app.ml.series import Floats

WEEK = np.timedelta64(7, "D")
DAY = np.timedelta64(1, "D")
FEATURES = (
    "tenure_days",
    "yearly",
    "days_to_renewal",
    "mrr",
    "mrr_change_90",
    "returned",
    "active_users",
    "users_trend",
    "features_used",
    "features_trend",
    "tickets_4w",
    "tickets_12w",
    "weeks_silent",
    "onboarding_step",
    "invoices_overdue",
    "late_share_180",
)


@dataclass(frozen=True)
class Snapshot:
    """Customers who paid at the end of a day.

    Shape: values (customers, features); unknown is not-a-number.
    """

    as_of: date
    customers: NDArray[np.object_]
    values: Floats
    places: Mapping[str, NDArray[np.object_]]  # plan, country, region


@dataclass(frozen=True)
class Rows:
    """The histories as sorted frames, made once for many as-of days."""

    phases: pd.DataFrame
    movements: pd.DataFrame
    invoices: pd.DataFrame
    activity: pd.DataFrame


def rows(found: Histories) -> Rows:
    parts = (found.phases, found.movements, found.invoices, found.activity)
    return Rows(*(_frame(part) for part in parts))


def snapshot(history: Rows, as_of: date) -> Snapshot:
    """Everybody who paid at the end of a day, as known then."""
    day = np.datetime64(as_of, "D")
    moved = history.movements[history.movements["date"] <= day]
    held = moved.groupby("customer_id").agg(
        customers=("customers", "sum"), mrr=("amount", "sum"), first=("date", "min")
    )
    paying = held[held["customers"] > 0]
    table = pd.DataFrame(index=paying.index)
    table["tenure_days"] = (day - paying["first"]) / DAY
    table["mrr"] = paying["mrr"]
    recent = moved[(moved["date"] > day - 90 * DAY) & (moved["kind"] != "new")]
    table["mrr_change_90"] = recent.groupby("customer_id")["amount"].sum().reindex(table.index).fillna(0.0)
    back = moved[moved["kind"] == "reactivation"].groupby("customer_id").size()
    table["returned"] = back.reindex(table.index).notna().astype(float)
    phase = _phase(history.phases, table.index, day)
    table["yearly"] = (phase["billing_interval"] == "year").astype(float)
    table["days_to_renewal"] = _to_renewal(phase, day)
    table = table.join(_usage(history.activity, day)).join(_payment(history.invoices, day))
    table["weeks_silent"] = table["weeks_silent"].fillna(np.minimum(table["tenure_days"] // 7, 52.0))
    places = {
        name: phase[name].astype(object).where(phase[name].notna(), "").to_numpy()
        for name in ("plan", "country", "region")
    }
    values = table.reindex(columns=list(FEATURES)).to_numpy(dtype=float)
    return Snapshot(as_of, table.index.to_numpy(dtype=object), values, places)


def left(history: Rows, found: Snapshot, days: int) -> NDArray[np.bool_]:
    """Who of a snapshot's customers left within some days after it: the outcome, never a feature."""
    start = np.datetime64(found.as_of, "D")
    moved = history.movements
    gone = moved[(moved["kind"] == "churn") & (moved["customers"] < 0)]
    gone = gone[(gone["date"] > start) & (gone["date"] <= start + days * DAY)]
    return np.isin(found.customers.astype(str), gone["customer_id"].astype(str).unique())


def _frame(columns: Mapping[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {name: np.ma.filled(_masked(values), _fill(values)) for name, values in columns.items()}
    )
    for name in ("date", "due_on", "paid_on"):
        if name in frame:
            frame[name] = frame[name].astype("datetime64[s]")
    return frame


def _masked(values: object) -> Any:
    return values if isinstance(values, np.ma.MaskedArray) else np.ma.masked_array(values)


def _fill(values: object) -> Any:
    kind = np.asarray(values).dtype.kind
    return np.datetime64("NaT") if kind == "M" else np.nan if kind == "f" else 0 if kind in "iu" else None


def _phase(phases: pd.DataFrame, customers: pd.Index, day: np.datetime64) -> pd.DataFrame:
    """The newest phase of each customer that had begun."""
    known = phases[phases["date"] <= day]
    return known.groupby("customer_id").last().reindex(customers)


def _to_renewal(phase: pd.DataFrame, day: np.datetime64) -> pd.Series:
    """Days until a yearly subscription comes up; unknown for monthly ones."""
    into = ((day - phase["date"]) / DAY) % 365.25
    return (365.25 - into).where(phase["billing_interval"] == "year")


def _usage(activity: pd.DataFrame, day: np.datetime64) -> pd.DataFrame:
    """The last four whole weeks, beside the eight before them."""
    over = activity[(activity["date"] <= day - WEEK + DAY) & (activity["date"] > day - 53 * WEEK)]
    new = over[over["date"] > day - 5 * WEEK + DAY].groupby("customer_id")
    old = over[(over["date"] <= day - 5 * WEEK + DAY) & (over["date"] > day - 13 * WEEK + DAY)].groupby(
        "customer_id"
    )
    found = pd.DataFrame(index=over["customer_id"].unique())
    now, then = new[["active_users", "features_used"]].mean(), old[["active_users", "features_used"]].mean()
    found["active_users"] = now["active_users"]
    found["features_used"] = now["features_used"]
    found["users_trend"] = now["active_users"] / then["active_users"].where(then["active_users"] > 0)
    found["features_trend"] = now["features_used"] / then["features_used"].where(then["features_used"] > 0)
    found["tickets_4w"] = new["support_tickets"].sum()
    found["tickets_12w"] = found["tickets_4w"] + old["support_tickets"].sum().reindex(found.index).fillna(0.0)
    found["onboarding_step"] = over.groupby("customer_id")["onboarding_step"].max()
    used = over[over["active_users"] > 0].groupby("customer_id")["date"].max()
    found["weeks_silent"] = np.floor((day - used.reindex(found.index)) / DAY / 7) - 1
    found["weeks_silent"] = found["weeks_silent"].clip(lower=0)
    return found


def _payment(invoices: pd.DataFrame, day: np.datetime64) -> pd.DataFrame:
    """Bills that are overdue, and the share of the last half year's that were paid late or not yet."""
    due = invoices[(invoices["due_on"] <= day) & (invoices["date"] > day - 180 * DAY)]
    unpaid = ~(due["paid_on"] <= day)  # a payment after the day had not happened yet
    late = unpaid | (due["paid_on"] > due["due_on"])
    by = due["customer_id"]
    return pd.DataFrame(
        {
            "invoices_overdue": unpaid.astype(float).groupby(by).sum(),
            "late_share_180": late.astype(float).groupby(by).mean(),
        }
    )
