"""A sync in a process of its own that hangs in the middle: `python -m tests.integration.reader_of_tests HOME
SOURCE TEXT`; it hangs in the request that holds the text."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import httpx

from tests.ingest_cast import Company, Platform, text_of


def main(home: Path, source: str, text: str) -> None:
    replayed = Platform(source)

    def hang(request: httpx.Request) -> httpx.Response:
        if text in text_of(request):
            (home / "hangs").touch()
            time.sleep(120)
        return replayed(request)

    Company(home, source, hang).sync()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
