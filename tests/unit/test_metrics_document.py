"""The written registry is the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS, Measure, Metric, metric, of
from app.data.metrics.document import document
from app.errors import DefinitionError

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
SPEND = Measure("x", "ad", "cost", money=True)


def test_docs_metrics_md_is_what_the_registry_says() -> None:
    assert DOCUMENT.read_text() == document()


def declared(numerator: object) -> Metric:
    return Metric("made_up", "count", "up", numerator, theme="ads")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (declared(of(Measure("x", "ads", "cost"))), "reads the unknown subject 'ads'"),
        (declared(of(Measure("x", "ad", "costs"))), "reads costs, which subject 'ad' lacks"),
        (declared(of(Measure("x", "movement", "mrr_left", "panel"))), "asks the panel for 'mrr_left'"),
        (declared(of(SPEND) * metric("made_up")), "in a circle: made_up > made_up"),
        (
            declared(of(SPEND)),
            "'made_up' lacks metrics.made_up.title, metrics.made_up.definition in .*metrics.toml",
        ),
    ],
)
def test_a_wrong_declaration_refuses_to_start(
    monkeypatch: pytest.MonkeyPatch, wrong: Metric, words: str
) -> None:
    catalogue.load()
    monkeypatch.setitem(METRICS._items, "made_up", wrong)
    try:
        with pytest.raises(DefinitionError, match=words):
            catalogue.check(wrong)
    finally:
        catalogue.measures.cache_clear()


def test_ratios_of_a_name_share_their_parts() -> None:
    """CTR here and CTR there are one declaration: no two metrics divide the same measures alike."""
    catalogue.load()
    seen = [(m.numerator, m.denominator, m.scale) for m in METRICS]
    assert len(set(seen)) == len(seen)
