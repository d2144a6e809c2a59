"""Ids of the pages of models."""

from __future__ import annotations

TRAIN = "forecast-train"
TRAIN_SAID = "forecast-train-said"
SCORE = "churn-train"
SCORE_SAID = "churn-train-said"
SCORES_GRID = "scores-grid"
