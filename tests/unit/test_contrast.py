"""Both themes can be read: WCAG 2.2 contrast of every pair of tokens that stand on each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "assets" / "tokens.css").read_text()
TEXTS = ("text", "text-2", "text-3", "accent", "positive", "negative", "warning", "neutral")
SURFACES = ("bg", "surface", "surface-2", "overlay")
ON_SOFT = [(name, f"{name}-soft") for name in ("accent", "positive", "negative", "warning", "neutral")]
CHANNELS = ("organic", "paid", "social", "direct", "email", "content", "referral", "other")
MARKS = (
    *(f"s-{name}" for name in CHANNELS),
    "accent", "compare", "border-control", "focus", "warning-mark", "seq-5", "seq-6", "div-n2", "div-p2",
)  # fmt: skip


def tokens(theme: str) -> dict[str, str]:
    """The colours of one theme."""
    block = re.search(rf'\[data-bs-theme="{theme}"\]{{(.*?)}}', TOKENS, re.S)
    assert block is not None
    return dict(re.findall(r"--([a-z0-9-]+):(#[0-9A-Fa-f]{6})", block.group(1)))


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_on_every_surface(theme: str) -> None:
    held = tokens(theme)
    pairs = [(text, surface) for text in TEXTS for surface in SURFACES] + ON_SOFT + [("on-accent", "accent")]
    weak = {pair: round(contrast(held[pair[0]], held[pair[1]]), 2) for pair in pairs}
    assert {pair: found for pair, found in weak.items() if found < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_mark_can_be_told_from_its_card(theme: str) -> None:
    held = tokens(theme)
    weak = {mark: round(contrast(held[mark], held["surface"]), 2) for mark in MARKS}
    assert {mark: found for mark, found in weak.items() if found < 3} == {}
