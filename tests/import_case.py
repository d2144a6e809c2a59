"""Files to import, and what may not be left of one that was refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from app.data.models import Load, Person, Source, SyncRun
from app.data.pipeline.imports.importing import import_file
from app.errors import InputError
from tests.ingest_cast import Company

RATES = "date,currency,rate\n2026-01-01,EUR,1.1\n"
COSTS = "month,category,channel,amount,currency\n2026-01-01,tools,email,1200.50,USD\n"


COST_ROWS: list[list[Any]] = [
    COSTS.splitlines()[0].split(","),
    *([date(2026, month, 1), "tools", "email", 10 * month, "USD"] for month in (1, 2, 3, 4)),
]
SUBSCRIPTIONS = (
    "subscription_id,customer_id,customer_name,plan,interval,price,currency,status,started_on,ended_on\n"
    "s1,c1,Canaryperson Ltd,team,month,99,USD,active,2025-12-03,\n"
)


def written(tmp_path: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def sheet(tmp_path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "file.xlsx")
    return tmp_path / "file.xlsx"


def refused(company: Company, path: Path, stream: str = "costs", **options: Any) -> InputError:
    """The refusal of a file, after a look that nothing whatever changed."""
    with pytest.raises(InputError) as caught:
        import_file(company.parts, path, stream, **options)
    with company.parts.database.session() as session:
        counts = [session.scalar(select(func.count()).select_from(row)) for row in (Load, Person, SyncRun)]
        assert counts == [0, 0, 0]
        assert session.get(Source, stream) is None
    assert list(company.parts.staging.glob(f"{stream}/*")) == []
    return caught.value
