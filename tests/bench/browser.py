"""The Executive dashboard in Chromium against plain HTML with the same Plotly bundle and one fetch.

Both are timed alike. A visit: from the navigation until the last widget is drawn; `alive_ms` tells when Dash,
too, has taken over the page. A change: from the click to the last change of the page, once nothing has been
asked or changed for a while; once to a view that was opened before, once to one that nobody has opened yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from app.data.warehouse.snapshots import Snapshots
from app.layouts.dashboards.executive import EXECUTIVE
from tests.bench.company import EMAIL, PASSWORD, BenchCompany
from tests.bench.query import statements_of
from tests.bench.served import FLOOR, keep_floor
from tests.bench.server import running, signed_in, warm
from tests.bench.statements import Statement
from tests.bench.verdict import Pair, Verdict
from tests.browser.screenshots import launched

ROUNDS = 9
DASHBOARD = f"/{EXECUTIVE.id}"
TABLE = "/campaigns"
CHANGED = "?range=last_7_days"
LINK = "a[href*='range=last_7_days']"
FLOOR_IS = "against plain HTML with the same Plotly bundle and one fetch of figures that are ready"
CHANGES = {
    "filter_change": ("a view that the server has shown before", FLOOR_IS),
    "unopened_change": (
        "a view that nobody has opened since the data came",
        "against plain HTML with the same Plotly bundle and one fetch that asks the same SQL, one statement "
        "after another, before it hands over figures that are ready",
    ),
}
Turn = dict[str, tuple[float, float]]  # ours and the floor's, by what was timed

# Remembers when the last widget was drawn, when the page was last busy, and how many answers are awaited.
WATCH = """
window.watch = { asked: 0, last: 0, drawn: 0 };
const whole = () => {
  const cards = document.querySelectorAll("[data-card]");
  const figures = document.querySelectorAll("[data-figure]");
  return document.readyState !== "loading" && cards.length > 0
    && Array.from(cards).every((card) => card.firstChild)
    && Array.from(figures).every((figure) => !figure.offsetParent || figure.data);
};
const busy = () => {
  window.watch.last = performance.now();
  if (!window.watch.drawn && whole()) window.watch.drawn = window.watch.last;
};
const plain = window.fetch;
window.fetch = (...what) => {
  window.watch.asked += 1; busy();
  return plain(...what).finally(() => { window.watch.asked -= 1; busy(); });
};
const all = { subtree: true, childList: true, attributes: true, characterData: true };
new MutationObserver(busy).observe(document, all);
"""
QUIET = """() => window.watch.drawn > 0 && window.watch.asked === 0
  && performance.now() - window.watch.last > 500"""
CLICK = """(link, address) => {
  if (address) link.setAttribute("href", address);
  window.watch.began = performance.now();
  link.click();
}"""
FIGURES = """() => Array.from(document.querySelectorAll("[data-figure]")).map((place, at) => (
  { at, shown: !!place.offsetParent, data: place.data, layout: place.layout }
)).filter((figure) => figure.shown && figure.data)"""
CARDS = """() => {
  const copy = document.querySelector("#react-entry-point").cloneNode(true);
  copy.querySelectorAll("[data-figure]").forEach((place) => { place.innerHTML = ""; });
  return copy.innerHTML;
}"""
SCRIPTS = """() => performance.getEntriesByType("resource")
  .filter((entry) => /[.](js|css)([?]|$)/.test(entry.name))
  .map((entry) => [entry.name, entry.encodedBodySize])"""


def measure(company: BenchCompany) -> Iterator[Verdict]:
    with running(company) as server:
        with signed_in(server) as client:
            warm(client)
            warm(client, DASHBOARD + CHANGED)
        with sync_playwright() as driver:
            browser = launched(driver)
            try:
                yield from _measure(browser, server.base, company)
            finally:
                browser.close()


def _measure(browser: Browser, base: str, company: BenchCompany) -> Iterator[Verdict]:
    unopened = [_unopened(company, at) for at in range(ROUNDS + 1)]
    page = _signed_in(browser, base)
    _open(page, base + DASHBOARD)
    keep_floor(company.home, *_shown(page), _asked(company, unopened))
    page.context.close()
    fetched = {path: _fetched(browser, base + path) for path in (DASHBOARD, TABLE)}
    turns = [_turn(browser, base, f"{DASHBOARD}{search}") for search in unopened][1:]
    for name, cache in (("first_visit", "empty"), ("revisit", "filled")):
        alive = median(turn[f"{name}_alive"][0] for turn in turns)
        yield _pair(turns, name).verdict(
            f"browser_{name}", 1.5, f"a visit until the last widget, the browser's cache {cache}, {FLOOR_IS}",
            alive_ms=round(alive * 1000, 1),
        )  # fmt: skip
    yield from judged_changes(turns)
    yield _sizes(fetched)


def judged_changes(turns: list[Turn]) -> Iterator[Verdict]:
    """A change of the filter, by one limit whether the server holds the view or has to ask and draw it."""
    ready = median(turn["filter_change"][1] for turn in turns)
    for name, (view, against) in CHANGES.items():
        pair = _pair(turns, name)
        yield pair.verdict(
            f"browser_{name}",
            1.3,
            f"a change of the filter to {view}, {against}",
            to_ready_figures=round(pair.ours / ready, 2),
        )


def _pair(turns: list[Turn], name: str) -> Pair:
    times = iter([turn[name] for turn in turns])
    return Pair.of(lambda: next(times), len(turns))


def _unopened(company: BenchCompany, at: int) -> str:
    """The query string of a view that nobody has opened: another thirty days each turn."""
    last = company.last - timedelta(days=40 + at)
    return f"?range={last - timedelta(days=29)}..{last}"


def _asked(company: BenchCompany, searches: list[str]) -> dict[str, list[Statement]]:
    """The SQL of each view, as the dashboard asks it."""
    snapshots = Snapshots(company.settings.warehouse_dir)
    try:
        return {search: statements_of(company, snapshots, search) for search in searches}
    finally:
        snapshots.close()


def _fetched(browser: Browser, address: str) -> dict[str, int]:
    """The scripts and styles that a page brings to an empty cache, by name. Units: bytes, compressed."""
    page = _signed_in(browser, address.rsplit("/", 1)[0])
    page.goto(address)
    page.wait_for_load_state("networkidle")
    scripts: list[tuple[str, int]] = page.evaluate(SCRIPTS)
    page.context.close()
    return {name.split("/")[-1].split("?")[0]: size for name, size in scripts}


def _sizes(fetched: dict[str, dict[str, int]]) -> Verdict:
    """The heavier page is held against the limit; what each weighs stands beside it."""
    weights = {path: round(sum(sizes.values()) / 1e6, 3) for path, sizes in fetched.items()}
    heaviest = max(weights, key=lambda path: weights[path])
    sizes = fetched[heaviest]
    largest = sorted(sizes, key=lambda name: -sizes[name])[:5]
    return Verdict(
        "scripts_and_styles_mb", weights[heaviest], 2.0,
        "JavaScript and CSS, compressed, that the heavier of two pages brings to an empty cache",
        {"files": len(sizes), "largest": [f"{name} {sizes[name]}" for name in largest], "pages": weights},
    )  # fmt: skip


def _turn(browser: Browser, base: str, unopened: str) -> Turn:
    """Ours, then the floor: a visit with empty caches, another, two changes of the filter. Units: seconds."""
    ours, floor = (_visit(browser, base, path, unopened) for path in (DASHBOARD, FLOOR))
    return {name: (ours[name], floor[name]) for name in ours}


def _visit(browser: Browser, base: str, path: str, unopened: str) -> dict[str, float]:
    page = _signed_in(browser, base)
    times = {}
    for name in ("first_visit", "revisit"):
        times[name], times[f"{name}_alive"] = _open(page, base + path)
    for name, address in (("filter_change", ""), ("unopened_change", unopened)):
        page.locator(LINK).first.evaluate(CLICK, address)
        page.wait_for_function(QUIET)
        times[name] = page.evaluate("() => window.watch.last - window.watch.began") / 1000
    page.context.close()
    return times


def _open(page: Page, address: str) -> tuple[float, float]:
    """Seconds until the last widget is drawn, and until nothing changes any more."""
    page.goto(address)
    page.wait_for_function(QUIET)
    drawn, last = page.evaluate("() => [window.watch.drawn, window.watch.last]")
    return drawn / 1000, last / 1000


def _signed_in(browser: Browser, base: str) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{base}/login")
    page.fill("input[name=email]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("button[type=submit]")
    shown = context.new_page()
    page.close()
    shown.add_init_script(WATCH)
    return shown


def _shown(page: Page) -> tuple[str, list[dict[str, Any]]]:
    """The page as it stands, its figures apart: what the floor fetches and draws."""
    figures = page.evaluate(FIGURES)
    return page.evaluate(CARDS), figures
