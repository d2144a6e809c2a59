"""Members of dimensions in their readers' words."""

from __future__ import annotations

from app import members


def test_all_members_together_are_called_all() -> None:
    assert members.words("device", "*") == "all"


def test_that_no_ad_platform_is_set_has_words_of_its_own_and_they_mean_its_id() -> None:
    assert members.words("platform", "(not set)") == "No ad platform"
    assert members.stored("platform", "no ad platform") == "(not set)"
    assert members.words("region", "(not set)") == members.stored("region", "(not set)") == "(not set)"
