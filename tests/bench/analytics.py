"""Google Analytics as a server of pages that were prepared beforehand, so that serving costs next to nothing.

`python -m tests.bench.analytics FOLDER`: answers the reports of a property from the pages in a folder, and
notes every question, so that the very same pages can be asked for again. Prints its port.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from app.data.connectors.google_analytics import COUNTS, DIMENSIONS, PAGE, GoogleAnalytics
from app.data.pipeline import windows

PROPERTY = "318204455"
ASKED = "asked.jsonl"
SHARES = {"sessions": 0.8, "landing_pages": 0.15, "session_hours": 0.05}  # of all rows
SAID = {
    "metadata": {"currencyCode": "EUR", "timeZone": "UTC"},
    "propertyQuota": {"tokensPerDay": {"consumed": 12, "remaining": 199_000}},
    "kind": "analyticsData#runReport",
}
TOKEN = b'{"access_token": "only-for-measuring", "expires_in": 3600}'

_COUNTRIES = ("AT", "BR", "CA", "CH", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "MX", "NL", "PL", "SE", "US")
# What tells the rows of a day apart: each part holds the values of one or several dimensions; the first is
# what follows the day in its own cell.
_DAY, _HOURS = [("",)], [(f"{hour:02}",) for hour in range(24)]
_TRAFFIC = [
    (source, medium, f"{name} {year} {theme}", str(987_654_000 + index))
    for source, medium in (("google", "cpc"), ("bing", "cpc"), ("facebook.com", "paid_social"))
    for index, (name, year, theme) in enumerate(
        product(("Brand", "Generic", "Launch", "Partner"), (2024, 2025), ("DE", "UK", "US"))
    )
] + [
    (source, medium, "(not set)", "(not set)")
    for source, medium in (("(direct)", "(none)"), ("google", "organic"), ("news.example", "referral"))
]
_DEVICES = [("desktop",), ("mobile",), ("tablet",)]
_PLACES = [(country, f"Region {country}-{index}") for country in _COUNTRIES for index in range(12)]
_PARTS: dict[str, tuple[Sequence[tuple[str, ...]], ...]] = {
    "sessions": (_DAY, _TRAFFIC, _DEVICES, [("new",), ("returning",), ("(not set)",)], _PLACES),
    "session_hours": (_HOURS, _TRAFFIC, _DEVICES),
    "landing_pages": (_DAY, [(f"/guides/topic-{index}/overview",) for index in range(2_000)], _DEVICES),
}


@dataclass(frozen=True)
class Prepared:
    """Pages in a folder, and how many rows they hold together."""

    folder: Path
    rows: int


def prepare(folder: Path, rows: int, today: date) -> Prepared:
    """Write the pages of a first sync that brings about so many rows."""
    folder.mkdir(parents=True)
    written = sum(_prepare(folder, name, int(rows * share), today) for name, share in SHARES.items())
    return Prepared(folder, written)


def _prepare(folder: Path, name: str, rows: int, today: date) -> int:
    stream = next(one for one in GoogleAnalytics.streams if one.name == name)
    whole, written = windows.due(stream, "", today), 0
    a_day = max(1, rows // len(windows.days(whole)))
    for part in windows.slices(stream, whole):
        lines = [line for day in windows.days(part) for line in _lines(name, day, a_day)]
        for offset in range(0, len(lines), PAGE):
            page = _page(name, lines[offset : offset + PAGE], len(lines))
            (folder / _file(name, part.start.isoformat(), offset)).write_bytes(gzip.compress(page, 1))
        written += len(lines)
    return written


def _page(name: str, lines: Sequence[str], total: int) -> bytes:
    heads = {
        "dimensionHeaders": [{"name": one} for one in DIMENSIONS[name]],
        "metricHeaders": [{"name": one, "type": "TYPE_INTEGER"} for one in COUNTS],
    }
    rest = json.dumps({**heads, "rowCount": total, **SAID}, separators=(",", ":"))
    return f'{rest[:-1]},"rows":[{",".join(lines)}]}}'.encode()


def _lines(name: str, day: date, rows: int) -> Iterator[str]:
    """The rows of a day, in the order of their dimensions, spread over all that there could be."""
    parts = _PARTS[name]
    most = prod(map(len, parts))
    if rows > most:
        raise ValueError(f"a day of {name} has at most {most} rows")
    for index in range(rows):
        place, cells = index * most // rows, ()
        for part in reversed(parts):
            place, digit = divmod(place, len(part))
            cells = (*part[digit], *cells)
        yield _line((f"{day:%Y%m%d}{cells[0]}", *cells[1:]), _counts(day, index))


def _line(dimensions: Sequence[str], metrics: Sequence[str]) -> str:
    ours, theirs = (",".join(f'{{"value":"{one}"}}' for one in part) for part in (dimensions, metrics))
    return f'{{"dimensionValues":[{ours}],"metricValues":[{theirs}]}}'


def _counts(day: date, index: int) -> tuple[str, ...]:
    """Sessions, engaged, the rate of key events, views, seconds and key events: few of most, many of some."""
    drawn = int.from_bytes(blake2b(f"{day}{index}".encode(), digest_size=4).digest(), "big")
    sessions = 1 + drawn % 7 * (1 + drawn // 7 % 23) * (1 + drawn // 161 % 3)
    engaged, keyed = drawn % (sessions + 1), drawn // 11 % (sessions + 1)
    views, seconds = sessions * (1 + drawn % 5), engaged * (9 + drawn // 5 % 240)
    return tuple(map(str, (sessions, engaged, keyed / sessions, views, seconds, keyed)))


def _file(name: str, start: str, offset: int) -> str:
    return f"{name}-{start}-{offset}.json.gz"


# ---- the server --------------------------------------------------------------------------------------------

_STREAMS = {dimensions: name for name, dimensions in DIMENSIONS.items()}
_NOTHING = gzip.compress(json.dumps({"rowCount": 0, **SAID}).encode())


class Handler(BaseHTTPRequestHandler):
    """One connection that is kept open."""

    protocol_version = "HTTP/1.1"
    folder: Path
    disable_nagle_algorithm = True  # the body would wait 40 ms for the receipt of the head

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/token"):
            self._answer(TOKEN)
            return
        with (self.folder / ASKED).open("ab") as asked:
            asked.write(body + b"\n")
        self._answer(self._report(json.loads(body)), encoding="gzip")

    def _report(self, asked: dict[str, Any]) -> bytes:
        name = _STREAMS.get(tuple(one["name"] for one in asked.get("dimensions", ())), "")
        page = self.folder / _file(name, asked["dateRanges"][0]["startDate"], asked.get("offset", 0))
        return page.read_bytes() if page.exists() else _NOTHING

    def _answer(self, body: bytes, encoding: str = "identity") -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def serving(prepared: Prepared) -> Iterator[str]:
    """The server in a process of its own; its address."""
    command = [sys.executable, "-m", "tests.bench.analytics", str(prepared.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def main() -> None:
    Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
