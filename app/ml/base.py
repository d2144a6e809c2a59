"""What models are: pure functions from numbers to numbers. Each lives in one file of `app.ml.models`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.ml.series import Floats, Frequency, Series
from app.registry import Registry

Progress = Callable[[float, str], None]  # share of the work done, and the name of what is being done


class Forecaster(Protocol):
    """Says the next values of a series; intervals are not its business, they come from the back-test."""

    @property
    def id(self) -> str: ...

    def suits(self, freq: Frequency, known: int) -> bool:
        """Whether the model can be fitted on that many values."""

    def forecast(self, series: Series, horizon: int) -> Floats:
        """The next values. Shape: (horizon,). Raises: ModelFailed."""


class Scorer(Protocol):
    """Learns to tell rows apart that later had an outcome from those that had not."""

    @property
    def id(self) -> str: ...

    def fit(self, rows: Floats, outcome: NDArray[np.bool_], groups: NDArray[np.int64]) -> FittedScorer:
        """Rows of one group (the same customer at several times) never stand on both sides of a split."""


class FittedScorer(Protocol):
    """A scorer that has learned. Shape: rows (n, features), missing values as not-a-number."""

    @property
    def out_of_fold(self) -> Floats:
        """The probability of each training row, from models that had not seen its group."""

    def probability(self, rows: Floats) -> Floats: ...

    def contributions(self, rows: Floats) -> Floats:
        """How much each value alone moves the log-odds of an average row. Shape: as `rows`."""


FORECASTERS: Registry[Forecaster] = Registry("forecaster", "app.ml.models")
SCORERS: Registry[Scorer] = Registry("scorer", "app.ml.models")


@contextmanager
def on_one_thread(library: str) -> Iterator[None]:
    """Matrices and trees of this size: more threads only wait for each other, dearly on a busy machine.

    `library`: the module whose threads are meant; they can be limited only once it is loaded.
    """
    import_module(library)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def silent(_share: float, _message: str) -> None:
    """Nobody watches."""
