"""Serves the tables' pages over the made-up company: `python -m tests.table_server PORT`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bare_app import bare_app
from tests.table_services import table_services

if __name__ == "__main__":
    app, _ = bare_app(table_services(Path(tempfile.mkdtemp())))
    app.server.run("127.0.0.1", int(sys.argv[1]), threaded=True)
