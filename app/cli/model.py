"""`pad model`: forecasts and churn scores, on the own data and on files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.cli import main

if TYPE_CHECKING:
    from app.services import Job


@main.group()
def model() -> None:
    """Forecasts and churn scores."""


@model.command()
@click.option("--in", "source", type=click.Path(exists=True, dir_okay=False), required=True,
              help="CSV with the columns ds and y.")  # fmt: skip
@click.option("--horizon", type=click.IntRange(1, 366), required=True, help="How many buckets ahead.")
@click.option("--freq", type=click.Choice(["M", "D"]), required=True, help="Months or days.")
@click.option("--out", "target", type=click.Path(dir_okay=False), required=True,
              help="CSV to write; the back-test goes beside it as JSON.")  # fmt: skip
def forecast(source: str, horizon: int, freq: str, target: str) -> None:
    """Predict a series: ds,y in; ds,yhat,lower,upper (95%) out, with the 80% interval after them."""
    import json
    from pathlib import Path
    from typing import cast

    from app.cli.progress import bar
    from app.ml import series_file
    from app.ml.forecasting import forecast as predict
    from app.ml.forecasting import report
    from app.ml.series import Frequency

    out = Path(target)
    series = series_file.read(Path(source), cast(Frequency, freq))
    with bar() as progress:
        found = predict(series, horizon, progress)
    series_file.write(out, found.points)
    about = out.with_suffix(".json")
    about.write_text(json.dumps(report(found, series), indent=2))
    click.echo(f"{found.model}, {len(found.points)} values in {out}, the back-test in {about}.", err=True)


@model.command()
@click.option("--train", "teacher", type=click.Path(exists=True, dir_okay=False), required=True,
              help="CSV of customers whose outcome is known.")  # fmt: skip
@click.option("--score", "asked", type=click.Path(exists=True, dir_okay=False), required=True,
              help="CSV of customers to score, with the same columns.")  # fmt: skip
@click.option("--target", required=True, help="The column of the outcome: yes or no, 1 or 0.")
@click.option("--out", "target_file", type=click.Path(dir_okay=False), required=True,
              help="CSV to write; the judgement goes beside it as JSON.")  # fmt: skip
@click.option("--drop", multiple=True, help="A column to leave out.")
@click.option("--time", default="", help="A column of dates; the last quarter by it judges.")
@click.option("--believe", type=click.FloatRange(0.5, 1.0), default=None,
              help="The highest AUC that is no leak.")  # fmt: skip
def churn(
    teacher: str,
    asked: str,
    target: str,
    target_file: str,
    drop: tuple[str, ...],
    time: str,
    believe: float | None,
) -> None:
    """Score customers: learn from a file whose outcome is known, judge on held-out rows, score another."""
    import json
    from pathlib import Path

    from app.ml import table_file
    from app.ml.churn_file import Options, score
    from app.ml.judging import BELIEVED_AUC

    out, wanted = Path(target_file), table_file.read(Path(asked))
    options = Options(target, drop, time, BELIEVED_AUC if believe is None else believe)
    found = score(table_file.read(Path(teacher)), wanted, options)
    table_file.write(out, wanted, found.left_out, found.probability, found.reasons, found.at_risk)
    about = out.with_suffix(".json")
    about.write_text(json.dumps(found.report, indent=2))
    click.echo(f"AUC {found.judgement.auc:.3f} on {found.judgement.rows} rows held out, base rate"
               f" {found.judgement.base_rate:.3f}; {wanted.rows} scores in {out}, judged in {about}.",
               err=True)  # fmt: skip
    if not found.judgement.signal:
        click.echo("These scores tell no more than chance.", err=True)


@model.group()
def train() -> None:
    """Train on the own data, and publish what comes of it."""


@train.command("forecast")
@click.option("--metric", default="mrr", show_default=True)
@click.option("--freq", type=click.Choice(["M", "D"]), default="M", show_default=True)
def train_forecast(metric: str, freq: str) -> None:
    """Predict a metric 12 months, or 7 days, ahead."""
    from typing import cast

    from app.cli.context import services
    from app.ml.series import Frequency
    from jobs import training

    with job() as shown:
        found = training.train_forecast(services(), shown, metric, cast("Frequency", freq))
    say(found)


@train.command("churn")
def train_churn() -> None:
    """Score who of the paying customers will leave within 90 days."""
    from app.cli.context import services
    from jobs import training

    with job() as shown:
        found = training.train_churn(services(), shown)
    say(found)


@contextmanager
def job() -> Iterator[Job]:
    """What a job's body reports to, as a bar."""
    from app.cli.progress import Reported, bar

    with bar() as progress:
        yield Reported(progress)


def say(found: Mapping[str, object]) -> None:
    """The outcome of a training, one line for each thing known."""
    for name, value in found.items():
        if value not in ("", None):
            click.echo(f"{name}: {value}")
