"""Every table of the application database: importing this module declares them all."""

from __future__ import annotations

import app.accounts.models
import app.alerts.models
import app.data.models
import app.data.schedule_models
import app.ml.runs
import app.notify.models
import app.reports.models  # noqa: F401
from app.data.db import Base

METADATA = Base.metadata
