"""A sync of its own process that hangs in the middle: `python -m tests.integration.reader_of_tests HOME`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import httpx

from tests.ingest_cast import Company, Platform, text_of


def main(home: Path) -> None:
    replayed = Platform("google_ads")

    def hang(request: httpx.Request) -> httpx.Response:
        if "'2026-01-10'" in text_of(request) and "segments.hour" in text_of(request):
            (home / "hangs").touch()
            time.sleep(120)
        return replayed(request)

    Company(home, "google_ads", hang).sync()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
