"""Payload rows to typed records. Pure: no clock, no network, no database; one file a platform."""

from __future__ import annotations

from importlib import import_module

from app.data.pipeline.transform.base import Transform
from app.errors import DefinitionError


def of_stream(source_id: str, stream: str) -> Transform:
    """The transform of a stream.

    Raises: DefinitionError when the platform's file lacks it.
    """
    transforms: dict[str, Transform] = import_module(f"{__name__}.{source_id}").TRANSFORMS
    try:
        return transforms[stream]
    except KeyError:
        raise DefinitionError(f"{source_id} has no transform of its stream {stream!r}.") from None
