"""Ids of the pages of models."""

from __future__ import annotations

TRAIN = "forecast-train"
TRAIN_SAID = "forecast-train-said"
TRAIN_JOBS = "forecast-train-jobs"
TRAIN_POLL = "forecast-train-poll"
SCORE = "churn-train"
SCORE_SAID = "churn-train-said"
SCORE_JOBS = "churn-train-jobs"
SCORE_POLL = "churn-train-poll"
SCORES_GRID = "scores-grid"
