"""The WSGI application, for any WSGI server; the edge at which the environment is read."""

from __future__ import annotations

import os

from app.compose import application as compose_application
from app.compose import build
from app.home import prepared
from app.logs import configure

settings = prepared(os.environ)
configure(settings, "web")
application = compose_application(build(settings))
