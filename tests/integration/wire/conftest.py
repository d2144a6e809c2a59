"""A small company behind each platform's wire, with small pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.server import running
from sandbox.wire.tokens import Keys
from tests.integration.wire.caller import EPOCH, SMALL_PAGES, Caller, Wall


@pytest.fixture(scope="module")
def company() -> Company:
    return Company.small()


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys.new()


@pytest.fixture
def caller(company: Company, keys: Keys) -> Iterator[Caller]:
    wall = Wall()
    clock = SandboxClock(EPOCH, wall, speed=0.0)
    with running(company, SMALL_PAGES, clock, keys=keys) as up:
        yield Caller(up, wall)
