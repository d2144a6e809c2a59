"""`pad model`: forecasts and churn scores, on the own data and on files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from app.cli import main
from app.text import t


@main.group(help=t("cli.model"))
def model() -> None:
    pass


@model.command(help=t("cli.model_forecast"))
@click.option("--in", "source", type=click.Path(exists=True, dir_okay=False), required=True,
              help=t("cli.model_forecast_in"))  # fmt: skip
@click.option("--horizon", type=click.IntRange(1, 366), required=True, help=t("cli.model_forecast_horizon"))
@click.option("--freq", type=click.Choice(["M", "D"]), required=True, help=t("cli.model_forecast_freq"))
@click.option("--out", "target", type=click.Path(dir_okay=False), required=True,
              help=t("cli.model_forecast_out"))  # fmt: skip
def forecast(source: str, horizon: int, freq: str, target: str) -> None:
    import json
    from pathlib import Path
    from typing import cast

    from app.cli.progress import bar
    from app.ml import out_file, series_file
    from app.ml.forecasting import forecast as predict
    from app.ml.forecasting import report
    from app.ml.series import Frequency

    out = out_file.checked(Path(target), Path(source))
    read = series_file.read(Path(source), cast(Frequency, freq))
    with bar() as progress:
        found = predict(read.series, horizon, progress)
    series_file.write(out, found.points)
    about = out_file.about(out)
    worth = report(found, read.series) | {
        "interval_80": series_file.interval_80(found.points),
        "newest_empty": len(read.empty),
        "warnings": list(read.warnings),
    }
    about.write_text(json.dumps(worth, indent=2))
    click.echo(
        t("cli.forecast_done", model=found.model, count=len(found.points), out=out, about=about), err=True
    )
    warn(read.warnings)


@model.command(help=t("cli.model_churn"))
@click.option("--train", "teacher", type=click.Path(exists=True, dir_okay=False), required=True,
              help=t("cli.model_churn_train"))  # fmt: skip
@click.option("--score", "asked", type=click.Path(exists=True, dir_okay=False), required=True,
              help=t("cli.model_churn_score"))  # fmt: skip
@click.option("--target", required=True, help=t("cli.model_churn_target"))
@click.option("--out", "target_file", type=click.Path(dir_okay=False), required=True,
              help=t("cli.model_churn_out"))  # fmt: skip
@click.option("--drop", multiple=True, help=t("cli.model_churn_drop"))
@click.option("--time", default="", help=t("cli.model_churn_time"))
@click.option("--believe", type=click.FloatRange(0.5, 1.0), default=None,
              help=t("cli.model_churn_believe"))  # fmt: skip
def churn(
    teacher: str,
    asked: str,
    target: str,
    target_file: str,
    drop: tuple[str, ...],
    time: str,
    believe: float | None,
) -> None:
    import json
    from pathlib import Path

    from app.cli.progress import bar
    from app.ml import out_file, table_file
    from app.ml.churn_file import Options, score
    from app.ml.judging import BELIEVED_AUC

    out = out_file.checked(Path(target_file), Path(teacher), Path(asked))
    wanted = table_file.read(Path(asked))
    options = Options(target, drop, time, BELIEVED_AUC if believe is None else believe)
    train = table_file.read(Path(teacher))
    with bar() as progress:
        found = score(train, wanted, options, progress)
    table_file.write(out, wanted, found.left_out, found.probability, found.reasons, found.at_risk)
    about = out_file.about(out)
    about.write_text(json.dumps(found.report, indent=2))
    judged = found.judgement
    numbers = {"auc": judged.auc, "rows": judged.rows, "base_rate": judged.base_rate}
    click.echo(t("cli.churn_done", **numbers, scored=wanted.rows, out=out, about=about), err=True)
    warn(found.warnings)


@model.group(help=t("cli.model_train"))
def train() -> None:
    pass


@train.command("forecast", help=t("cli.train_forecast"))
@click.option("--metric", default="mrr", show_default=True)
@click.option("--freq", type=click.Choice(["M", "D"]), default="M", show_default=True)
def train_forecast(metric: str, freq: str) -> None:
    from typing import cast

    from app.cli.context import services
    from app.cli.progress import bar
    from app.ml.series import Frequency
    from app.training.predictions import forecast_metric

    with bar() as progress:
        found = forecast_metric(services(), progress, metric, cast("Frequency", freq))
    say(found)


@train.command("churn", help=t("cli.train_churn"))
def train_churn() -> None:
    from app.cli.context import services
    from app.cli.progress import bar
    from app.training.predictions import score_churn

    with bar() as progress:
        found = score_churn(services(), progress)
    say(found)


def warn(warnings: Iterable[str]) -> None:
    """What whoever uses an answer should know, beside it on the error stream."""
    for warning in warnings:
        click.echo(t("cli.model_warning", warning=warning), err=True)


def say(found: Mapping[str, object]) -> None:
    """The outcome of a training, one line for each thing known."""
    for name, value in found.items():
        if value not in ("", None):
            click.echo(f"{name}: {value}")
