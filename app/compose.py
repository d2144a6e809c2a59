"""Puts the parts together: one `Services` value from the settings, and the web application around it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from app.clock import Clock, SystemClock
from app.data.db import Database
from app.queue.redis_connection import connect
from app.queue.redis_queue import RedisQueue
from app.services import QueryRunner, Services
from app.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def build(settings: Settings, clock: Clock | None = None) -> Services:
    """Everything a page, a job or a command needs; nothing is opened before it is used."""
    time = clock or SystemClock()
    database = Database(settings.database)
    return Services(
        settings=settings,
        clock=time,
        database=database,
        query=cast(QueryRunner, _AtFirstUse(lambda: _runner(settings, time))),
        queue=RedisQueue(database, time, connect(settings.redis), settings.secrets()),
    )


def application(services: Services) -> WSGIApplication:
    """The whole web application: the dashboard behind the health checks, ready for its first request."""
    from app import access
    from app.accounts import current
    from app.factory import Access, create_app
    from app.operations.health import Health

    dash = create_app(services, Access(current.viewer, lambda callbacks: access.protect(services, callbacks)))
    return Health(dash.server, services)


def _runner(settings: Settings, clock: Clock) -> QueryRunner:
    """The one reader of the warehouse, with Redis behind its cache."""
    from flask_caching.backends import RedisCache

    from app.data.query.runner import Runner
    from app.data.warehouse.snapshots import Snapshots

    store = RedisCache(host=cast(str, connect(settings.redis)), key_prefix="pad-cache-")
    return Runner(Snapshots(settings.warehouse_dir), settings, clock, store)


class _AtFirstUse:
    """Stands for an object until somebody asks it something: most commands never open the warehouse."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)
