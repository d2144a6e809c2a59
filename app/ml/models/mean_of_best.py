"""The mean of the best: several models average out each other's errors. Who is best is known from earlier origins only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.ml.series import Floats

ID = "mean_of_best"
MEMBERS = 3


def members(errors: Mapping[str, float]) -> tuple[str, ...]:
    """The models to be averaged, the best first. `errors`: model -> mean scaled error so far."""
    return tuple(sorted(errors, key=lambda model: errors[model])[:MEMBERS])


def mean(predicted: Mapping[str, Floats], chosen: tuple[str, ...]) -> Floats:
    """Shape: (horizon,)."""
    return np.asarray(np.mean([predicted[model] for model in chosen], axis=0))
