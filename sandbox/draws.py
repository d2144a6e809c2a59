"""Random numbers that depend only on who is asked about what, so that a longer run repeats a shorter one."""

from __future__ import annotations

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def stream(seed: int, *key: int) -> np.random.Generator:
    """A generator of its own for one key, for example one part of one chunk of days."""
    return np.random.default_rng([seed, *key])


def uniform(seed: int, ids: np.ndarray, question: int) -> np.ndarray:
    """One number in [0, 1) for each id and question.

    Source: splitmix64 (Steele, Lea and Flood 2014), used as a counter-based generator.
    """
    with np.errstate(over="ignore"):
        x = np.asarray(ids).astype(np.uint64) * np.uint64(0xD1342543DE82EF95)
        x = x + np.uint64(question + 1) * _GOLDEN + np.uint64(seed) * np.uint64(0xA0761D6478BD642F)
        for _ in range(2):
            x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            x = (x ^ (x >> np.uint64(31))) + _GOLDEN
    return (x >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def pick(seed: int, ids: np.ndarray, question: int, weights: np.ndarray) -> np.ndarray:
    """One index for each id, drawn by weights that sum to one."""
    edges = np.cumsum(weights)[:-1]
    return np.searchsorted(edges, uniform(seed, ids, question), side="right")


def choose(rng: np.random.Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """Indices drawn by weights; faster than `rng.choice` for millions."""
    return np.searchsorted(np.cumsum(weights)[:-1], rng.random(size), side="right")
