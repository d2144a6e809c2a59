"""Members of dimensions in their readers' words."""

from __future__ import annotations

from app import members


def test_all_members_together_are_called_all() -> None:
    assert members.words("device", "*") == "all"
