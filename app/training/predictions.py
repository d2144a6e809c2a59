"""Training models on the own data: read through the one door, publish, and keep what a training was worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from app.data.metrics.base import METRICS
from app.data.pipeline.ingestion import ingestion
from app.data.pipeline.predictions import stage_predictions
from app.data.pipeline.publish import publish
from app.data.query.spec import MetricQuery
from app.data.warehouse.facts import CUSTOMER_SCORE, FORECAST
from app.errors import DataUnavailable, PadError
from app.ml import runs
from app.ml.base import Progress, silent
from app.ml.forecasting import Forecast, forecast, report
from app.ml.runs import ModelRun
from app.ml.series import Frequency, Series, series
from app.periods import DAY, Grain, Period, bucket_end, bucket_start, shift_months
from app.services import Services
from app.text import t
from app.training import trainings

if TYPE_CHECKING:
    from app.ml.churn import Churn

MONTHS, DAYS = 60, 400
HORIZONS: dict[Frequency, int] = {"M": 12, "D": 7}
GRAINS: dict[Frequency, Grain] = {"M": "month", "D": "day"}
FITTING = 0.95  # of a job's progress
ASKER = "models"


def forecast_metric(
    services: Services, progress: Progress, metric: str, freq: Frequency
) -> Mapping[str, Any]:
    """Predict a metric for twelve months, or seven days, and publish it.

    A history too short to be judged is no failure: the run says so, and pages show it.
    """
    run = _trained(services, metric, freq, progress)
    version = {"data_version": _published(services)} if run.state == "done" else {}
    return {**_keep(services, run), "winner": run.winner, **version}


def forecast_week(
    services: Services,
    progress: Progress,
    metrics: Sequence[str],
    report_id: str = "",
    then: Sequence[str] = (),
) -> Mapping[str, Any]:
    """Predict the next seven days of some metrics, and publish them at once.

    For a report that is named, all is predicted from the end of the last whole week first, which its newest
    issue looks on from; then it is asked for. It goes out without a forecast rather than not at all.
    `then`: other trainings that follow it.
    """
    today = services.clock.today(services.settings.time_zone)
    yesterday, sunday = today - DAY, bucket_start(today, "week") - DAY
    first, half = (sunday, 0.5) if report_id and sunday < yesterday else (yesterday, 1.0)
    try:
        found = _week(services, metrics, first, lambda at, text: progress(at * half, text))
    finally:
        if report_id:
            _ask_for_report(services, report_id)
        for kind in then:
            trainings.ask(services, kind, ASKER)
    if first < yesterday:
        found = _week(services, metrics, yesterday, lambda at, text: progress((1 + at) / 2, text))
    return found


def _week(services: Services, metrics: Sequence[str], until: date, progress: Progress) -> dict[str, Any]:
    """Staged, published and only then kept: a process that dies before the end leaves no run behind, and
    the next attempt makes the one there is."""
    made: list[ModelRun] = []
    try:
        _stage_week(services, metrics, until, progress, made)
        version = _published(services)
    finally:
        for run in made:
            _keep(services, run)
    states = {metric: run.state for metric, run in zip(metrics, made, strict=True)}
    return {"states": states, "data_version": version}


def _stage_week(
    services: Services, metrics: Sequence[str], until: date, progress: Progress, made: list[ModelRun]
) -> None:
    """Each training that ended is added to `made`."""
    for at, metric in enumerate(metrics):

        def tell(share: float, message: str, at: int = at) -> None:
            progress((at + share) / len(metrics), message)

        made.append(_trained(services, metric, "D", tell, until))


def _ask_for_report(services: Services, report_id: str) -> None:
    title, job_id = t("forecasts.then_report"), f"report-{report_id}-first"
    services.queue.enqueue("report", title, ASKER, job_id=job_id, report_id=report_id)


def stage_all(services: Services) -> None:
    """Every forecast of the timetable, left to the next publish."""
    made = [_trained(services, metric, freq, silent) for metric, freq in trainings.series()]
    for run in made:
        _keep(services, run)


def _trained(
    services: Services, metric: str, freq: Frequency, progress: Progress, until: date | None = None
) -> ModelRun:
    """One training: predictions staged; its row is left to be kept. `until`: the last day to know.

    Raises: PadError, after the row of the failure is kept.
    """
    run = ModelRun(
        kind="forecast", subject=runs.subject(metric, GRAINS[freq]), at=services.clock.now(), state="done"
    )
    try:
        known, run.data_version, run.as_of = read(services, metric, freq, until)
        if known is None:
            raise DataUnavailable(t("forecasts.no_values", metric=metric))
        found = forecast(known, HORIZONS[freq], _fitting(METRICS.get(metric).title, progress))
    except DataUnavailable as short:
        run.state, run.note = "not_enough_history", str(short)
        return run
    except PadError as problem:
        _fail(services, run, problem)
        raise
    run.winner, run.scores = found.model, report(found, known)
    _stage(services, metric, freq, found)
    return run


def score_churn(services: Services, progress: Progress) -> Mapping[str, Any]:
    """Score who will leave within 90 days, and publish it."""
    from app.ml import churn as own  # brings pandas: only a process that trains pays for it
    from app.ml.features import rows

    histories, today = services.query.histories(), services.clock.today(services.settings.time_zone)
    run = ModelRun(kind="churn", subject=runs.CHURN, at=services.clock.now(), state="done",
                   data_version=histories.data_version, as_of=histories.as_of)  # fmt: skip
    try:
        found = own.churn(rows(histories), today, _learning(progress))
    except DataUnavailable as short:
        run.state, run.note = "not_enough_history", str(short)
        return _keep(services, run)
    except PadError as problem:
        _fail(services, run, problem)
        raise
    run.winner, run.scores = own.MODEL, own.report(found)
    _stage_scores(services, found)
    version = _published(services)
    return {**_keep(services, run), "customers": len(found.scores), "data_version": version}


def _learning(progress: Progress) -> Progress:
    return lambda share, _: progress(share * FITTING, t("customers.fitting"))


def _fitting(title: str, progress: Progress) -> Progress:
    def tell(share: float, _origin: str) -> None:
        progress(share * FITTING, t("forecasts.fitting", metric=title, share=f"{share:.0%}"))

    return tell


def read(
    services: Services, metric: str, freq: Frequency, until: date | None = None
) -> tuple[Series | None, str, int | None]:
    """Complete months or days of a metric, none when there is no value; data version and newest load."""
    today = until + DAY if until else services.clock.today(services.settings.time_zone)
    end = bucket_start(today, GRAINS[freq]) - DAY
    start = (
        shift_months(bucket_start(today, "month"), -MONTHS) if freq == "M" else end - timedelta(days=DAYS - 1)
    )
    frame = services.query.run(MetricQuery((metric,), Period(start, end), grain=GRAINS[freq]))
    days = [day for row in frame.rows if isinstance(day := row["date"], date)]
    values = [None if (value := row[metric]) is None else float(str(value)) for row in frame.rows]
    days, values = _covered(days, values, GRAINS[freq], frame.freshness)
    found = series(days, values, freq) if any(value is not None for value in values) else None
    return found, frame.data_version, frame.as_of


def _covered(
    days: list[date], values: list[float | None], grain: Grain, freshness: Sequence[Any]
) -> tuple[list[date], list[float | None]]:
    """Without buckets that end after the newest day that every source knows: there, no row is no zero, and a
    part of a month is no month."""
    until = min((one.data_until for one in freshness if one.data_until), default=None)
    kept = [at for at, day in enumerate(days) if until is None or bucket_end(day, grain) <= until]
    return [days[at] for at in kept], [values[at] for at in kept]


def _stage(services: Services, metric: str, freq: Frequency, found: Forecast) -> None:
    rows = [
        {
            "metric": metric,
            "grain": GRAINS[freq],
            "made_on": found.made_on,
            "date": point.date,
            "horizon": point.horizon,
            "model": found.model,
            "predicted": point.value,
            **{name: getattr(point, name) for name in ("low_80", "high_80", "low_95", "high_95")},
        }
        for point in found.points
    ]
    parts = ingestion(services.settings, services.database, services.clock)
    stage_predictions(parts, FORECAST, rows, t("forecasts.source"), found.made_on)


def _stage_scores(services: Services, found: Churn) -> None:
    rows = [
        {
            "score": runs.CHURN,
            "customer_id": one.customer_id,
            "date": found.as_of,
            "probability": one.probability,
            "reasons": json.dumps(one.reasons),
            "intervention": one.intervention,
            "plan": one.plan,
            "country": one.country,
            "region": one.region,
        }
        for one in found.scores
    ]
    parts = ingestion(services.settings, services.database, services.clock)
    stage_predictions(parts, CUSTOMER_SCORE, rows, t("forecasts.source"), found.as_of)


def _published(services: Services) -> int:
    parts = ingestion(services.settings, services.database, services.clock)
    return publish(parts.database, parts.snapshots, parts.settings, parts.clock).version


def _keep(services: Services, run: ModelRun) -> dict[str, Any]:
    """Keep the row of a training, the last thing that it does."""
    with services.database.session() as session:
        session.add(run)
        session.flush()
        return {"run": run.id, "state": run.state, "note": run.note}


def _fail(services: Services, run: ModelRun, problem: PadError) -> None:
    run.state, run.note = "failed", str(problem)
    _keep(services, run)
