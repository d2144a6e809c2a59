from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.data.warehouse.dimensions import dim_rate, dim_traffic
from app.data.warehouse.facts import AD, CREDIT
from app.data.warehouse.staging import StagedLoad, StagingWriter, open_load, seal, stage, staged_columns
from app.errors import InputError

LOAD = StagedLoad(
    "google_ads",
    "ads",
    "123",
    datetime(2026, 5, 2, 4, tzinfo=UTC),
    "UTC",
    "Google Ads",
    date(2026, 5, 1),
    {"fact_ad": (("google_ads", "123", date(2026, 5, 1)),)},
)


def test_a_staged_row_leaves_out_what_the_publisher_fills_in() -> None:
    assert staged_columns(AD.table)[-4:] == (
        "claimed_conversions",
        "currency",
        "cost_micros",
        "claimed_value_micros",
    )
    assert staged_columns(dim_traffic) == ("traffic_key", "source", "medium", "campaign_raw")
    assert staged_columns(dim_rate) == ("date", "currency", "rate", "source")


def test_a_sealed_load_reads_back_as_it_was_described(tmp_path: Path) -> None:
    seal(tmp_path, LOAD)
    read = open_load(tmp_path)
    assert (read.source_id, read.extracted_at, read.data_until) == (
        LOAD.source_id,
        LOAD.extracted_at,
        LOAD.data_until,
    )
    assert read.partitions == {"fact_ad": (("google_ads", "123", "2026-05-01"),)}


def test_an_unsealed_folder_is_no_load(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not whole"):
        open_load(tmp_path)


def test_a_damaged_description_is_named(tmp_path: Path) -> None:
    (tmp_path / "load.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        open_load(tmp_path)


def test_a_short_row_is_refused_with_the_columns_in_order(tmp_path: Path) -> None:
    writer = StagingWriter(tmp_path, dim_rate)
    writer.add([(date(2026, 5, 1), "EUR", 1.1)])
    with pytest.raises(InputError, match="3 values instead of 4.*date, currency, rate, source"):
        writer.close()


def test_a_value_of_the_wrong_type_names_its_column(tmp_path: Path) -> None:
    writer = StagingWriter(tmp_path, dim_rate)
    writer.add([(date(2026, 5, 1), "EUR", "much", "ecb")])
    with pytest.raises(InputError, match=r"dim_rate\.rate has a value of the wrong type"):
        writer.close()


def test_a_derived_fact_cannot_be_staged(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Unknown staged table 'fact_credit'"):
        StagingWriter(tmp_path, CREDIT.table)


def test_a_failed_writer_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError), StagingWriter(tmp_path, dim_rate) as writer:
        writer.add([(date(2026, 5, 1), "EUR", 1.0, "ecb")])
        raise InputError("the source stopped half-way")
    assert list(tmp_path.iterdir()) == []


def test_an_instant_without_a_zone_is_refused(tmp_path: Path) -> None:
    naive = StagedLoad("a", "b", "c", datetime(2026, 5, 2), "UTC", "A")  # noqa: DTZ001 - the point of the test
    with pytest.raises(InputError, match="time zone"):
        seal(tmp_path, naive)


def test_an_unknown_time_zone_is_refused_before_it_waits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'Europe/Nowhere' of Google Ads is no time zone"):
        seal(tmp_path, replace(LOAD, time_zone="Europe/Nowhere"))


def test_a_lost_file_does_not_pass_for_an_empty_partition(tmp_path: Path) -> None:
    stage(tmp_path, LOAD, {"dim_rate": [(date(2026, 5, 1), "EUR", 1.0, "ecb")]})
    (tmp_path / "dim_rate.parquet").unlink()
    with pytest.raises(InputError, match="is damaged"):
        open_load(tmp_path)
