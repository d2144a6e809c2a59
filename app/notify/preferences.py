"""What a person wants to be told by which channel: a least severity each, or nothing."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import unknown
from app.notify.message import SEVERITIES

NAME = "notify"  # of the preference
OFF = "off"
PERSONAL = ("email", "inbox")
CHOICES = (*SEVERITIES, OFF)
DEFAULTS = {"email": "medium", "inbox": "low"}


def chosen(kept: object) -> dict[str, str]:
    """The choice of each channel, the default where none was made."""
    values = kept if isinstance(kept, Mapping) else {}
    return {
        channel: str(values.get(channel)) if values.get(channel) in CHOICES else default
        for channel, default in DEFAULTS.items()
    }


def wanted(kept: object, channel: str, severity: str) -> bool:
    """Whether a person wants a message of a severity by a channel; places have no wishes."""
    if channel not in PERSONAL:
        return True
    least = chosen(kept)[channel]
    return least != OFF and SEVERITIES.index(severity) >= SEVERITIES.index(least)


def checked(values: Mapping[str, str]) -> dict[str, str]:
    """Raises: InputError for an unknown channel or severity."""
    for channel, least in values.items():
        if channel not in PERSONAL:
            raise unknown("channel", channel, PERSONAL)
        if least not in CHOICES:
            raise unknown("severity", least, CHOICES)
    return dict(values)
