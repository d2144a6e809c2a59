"""A pulse is armed by what lives and stopped by nothing."""

from __future__ import annotations

from dash import no_update

from app.layouts.pulse import Pulse

PULSE = Pulse("beat", every=1500)


def test_what_lives_arms_the_pulse_for_a_minute_of_beats() -> None:
    assert PULSE.layout(live=True).to_plotly_json()["props"]["max_intervals"] == 40  # 40 x 1.5 s
    assert (PULSE.armed(None), PULSE.armed(7, live=True)) == (40, 47)


def test_an_answer_of_which_nothing_lives_stops_nothing_that_was_started_meanwhile() -> None:
    assert PULSE.layout(live=False).to_plotly_json()["props"]["max_intervals"] == 0
    assert PULSE.armed(7, live=False) is no_update


def test_a_beat_pauses_while_its_answer_is_awaited() -> None:
    ((place, meanwhile, after),) = PULSE.waits
    assert (place.component_id, place.component_property) == ("beat", "interval")
    assert (meanwhile, after) == (20_000, 1500)
