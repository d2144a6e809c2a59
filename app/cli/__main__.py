"""`python -m app.cli`: how the supervisor starts its own children, wherever `pad` is installed."""

from __future__ import annotations

from app.cli import main

main(prog_name="pad")
