"""A number on a card and its passport are one number, whatever the page was asked with."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from app.accounts import users
from app.accounts.audit import EXPORT
from app.accounts.models import AuditEntry
from app.callbacks import exports
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.spec import MetricQuery
from app.errors import InputError
from app.exports.request import ExportRequest, facts
from app.layouts.dashboards.base import DASHBOARDS
from app.layouts.filters import DIMENSIONS, SEGMENTS
from app.periods import preset
from app.units import Units
from tests.demo_company import Site, email
from tests.page_text import Element, read
from tests.visits import DAYS, RANGE, asked, callback, exported
from tests.waiting import until

READ_FROM = ("sessions", "spend", "mrr", "leads")
VIEWS = [f"?segment={name}" for name in SEGMENTS]
VIEWS += ["?range=this_quarter&compare=year", "?segment=mobile&channel=Paid+search&compare=none"]
NARROWED = [f"?{name}=" for name in DIMENSIONS]
SAID_MISSING = "–"


def searched(site: Site, view: str) -> str:
    """A view; a dimension without a member takes the first that there is."""
    if not view.endswith("="):
        return view
    dimension = view[1:-1]
    metric = next(name for name in READ_FROM if dimension in catalogue.dimensions(name))
    members = site.services.query.members(dimension, MetricQuery((metric,), DAYS))
    return f"?{urlencode({dimension: next(name for name in members if name != '(not set)')})}"


def cards(site: Site, dashboard: str, search: str) -> dict[str, Element]:
    """Every card of a dashboard, the late ones too."""
    answer: dict[str, Any] = {}

    def whole() -> bool:
        answer.update(site.browser("executive").client.get(f"/view/{dashboard}{search}").json)
        return not answer["late"]

    until(whole)
    return {name: read(text) for name, text in answer["cards"].items()}


def numbers(site: Site, dashboard: str, search: str) -> list[Element]:
    """Every number of a dashboard that leads to a passport."""
    return [number for card in cards(site, dashboard, search).values() for number in card.named("number")]


def points(site: Site, dashboard: str, search: str) -> list[tuple[Element, str]]:
    """Every point of a plot that leads to a passport, as a number of a card, and the value drawn there."""
    found, every = [], [one for card in cards(site, dashboard, search).values() for one in card.elements()]
    plots = [one for one in every if "data-figure" in one.attributes]
    for figure in (json.loads(plot.attributes["data-figure"]) for plot in plots):
        meta = figure["layout"].get("meta", {"asked": "", "days": {}})
        for trace in (one for one in figure["data"] if "meta" in one):
            unit = METRICS.get(trace["meta"]).unit
            for name, value in zip(trace["x"], trace["y"], strict=True):
                if name not in meta["days"] or value is None:
                    continue
                asked = {"data-metric": trace["meta"], "data-days": meta["days"][name]}
                number = Element("button", {**asked, "data-asked": meta["asked"]})
                found.append((number, Units("USD").full(value, unit)))
    return found


def panel(site: Site, number: Element, search: str, **forged: str) -> str:
    """The passport that a click on a number opens, as the browser asks for it."""
    names = {"metric": "data-metric", "where": "data-where", "days": "data-days", "question": "data-asked"}
    given = {key: number.attributes.get(name) for key, name in names.items()} | forged
    values = {"passport-asked.data": {**given, "search": search}}
    answer = asked(site, "executive", callback(site, "passport-asked.data"), values).json
    return json.dumps(answer, ensure_ascii=False)


def component(text: str, name: str) -> Any:
    """The children of the first component in an answer that has some classes."""
    found: list[Any] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            props = part.get("props", {})
            if {*name.split()} <= {*str(props.get("className")).split()}:
                found.append(props["children"])
            for child in part.values():
                walk(child)
        elif isinstance(part, list):
            for child in part:
                walk(child)

    walk(json.loads(text))
    return found[0] if found else None


def has_its_value(site: Site, number: Element, search: str) -> None:
    value = component(panel(site, number, search), "passport-value")
    exact = re.split(", (?:low volume|at most)", number.attributes["title"])[0]
    expected = exact if exact[-1].isdigit() or exact[-1] in "%xKMp" else SAID_MISSING
    assert value == expected or number.words == value, (search, number.attributes, value)


@pytest.mark.parametrize("search", VIEWS)
def test_the_passport_of_every_number_on_a_card_has_its_value(site: Site, search: str) -> None:
    for dashboard in DASHBOARDS:
        shown = numbers(site, dashboard.id, search)
        assert len(shown) > 5
        for number in shown:
            has_its_value(site, number, search)


def question(number: Element) -> tuple[str | None, ...]:
    names = ("data-metric", "data-where", "data-days", "data-asked")
    return tuple(number.attributes.get(name) for name in names)


@pytest.mark.parametrize("view", NARROWED)
def test_the_passport_of_every_number_that_obeys_a_filter_has_its_value(site: Site, view: str) -> None:
    """The others answer the question that they answer on the page without it."""
    search = searched(site, view)
    for dashboard in DASHBOARDS:
        plain = {question(number) for number in numbers(site, dashboard.id, "")}
        obeying = [one for one in numbers(site, dashboard.id, search) if question(one) not in plain]
        assert obeying
        for number in obeying:
            has_its_value(site, number, search)


@pytest.mark.parametrize("search", ["", "?plan=Team&range=last_quarter"])
def test_a_point_of_a_plot_has_the_passport_of_its_number(site: Site, search: str) -> None:
    search = searched(site, "?plan=") if "plan" in search else search
    shown = points(site, "executive", search)
    assert len(shown) > 60  # twelve months of five movements and the level, with the growth of both plots
    for number, value in shown:
        assert component(panel(site, number, search), "passport-value") == value, number.attributes


def test_what_a_step_is_made_of_stands_in_the_passport_that_it_opens(site: Site) -> None:
    funnel = cards(site, "executive", "")["funnel"]
    made = [one for one in funnel.named("number") if re.search(r"\d.* of .*\d", one.words)]
    assert len(made) >= 3
    for number in made:
        division = " ".join(words(component(panel(site, number, ""), "passport-division")))
        assert all(count in division for count in re.findall(r"[\d,]+", number.words))


def test_the_export_of_a_card_is_the_answer_that_it_shows_and_is_noted(site: Site) -> None:
    asked = {"range": "last_quarter", "compare": "previous"}
    (revenue,) = exported(site, "executive", "executive-revenue", **asked)
    total = MetricQuery(("mrr",), preset("last_quarter", site.services.clock.today("America/New_York")))
    assert float(revenue["mrr"]) == site.services.query.run(total).value("mrr") > 0
    assert set(revenue) == {"mrr", "arr", "mrr_base", "arr_base"}
    months = exported(site, "executive", "executive-mrr", **asked)
    assert [row["date"][-2:] for row in months] == ["01"] * 12
    assert float(months[-1]["mrr"]) == pytest.approx(float(revenue["mrr"]))
    returns = exported(site, "executive", "executive-returns", **asked)
    assert {"channel", "roas", "roi", "conversions"} == set(returns[0]) and len(returns) > 1
    with site.services.database.session() as session:
        noted = session.scalars(select(AuditEntry.object).where(AuditEntry.action == EXPORT)).all()
    assert {"executive-revenue", "executive-mrr", "executive-returns"} <= {
        name.partition("_")[0] for name in noted
    }


def test_the_export_of_a_card_has_as_many_rows_as_its_header_says(site: Site) -> None:
    answers = {
        widget.id: site.browser("executive").client.get(f"/export/executive-{widget.id}.csv?range={RANGE}")
        for widget in DASHBOARDS.get("executive").widgets()
    }
    found = {
        name: (len(list(csv.DictReader(io.StringIO(one.text, newline="")))), int(one.headers["X-Row-Count"]))
        for name, one in answers.items()
        if one.status_code == 200
    }
    assert len(found) >= 7 and [name for name, (rows, said) in found.items() if rows != said] == []
    assert found["campaigns"][0] > 5, "every campaign, not only those on the card"
    limited = ExportRequest("two", MetricQuery(("spend",), DAYS, ("campaign",), limit=2))
    assert facts(site.services.query, limited).rows == 2


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("executive-insights.csv", "shows no table of numbers"),
        ("executive-actions.csv", "shows no table of numbers"),
        ("executive-nothing.csv", "nothing"),
        ("executive-mrr.csv?colour=red", "colour"),
    ],
)
def test_what_a_card_cannot_export_is_refused_with_the_reason(site: Site, address: str, words: str) -> None:
    answer = site.browser("executive").client.get(f"/export/{address}")
    assert answer.status_code == 400 and words in answer.text


def test_no_error_and_no_menu_offers_an_export_that_would_be_refused(site: Site) -> None:
    browser, reader = site.browser("executive"), users.viewer(site.services.database, email("executive"))
    offered = set(exports._answering(site.services, reader))
    assert "executive-mrr" in offered and "executive-insights" not in offered
    for name in offered:
        assert browser.client.get(f"/export/{name}.csv?range={RANGE}").status_code == 200, name
    shown = [one for card in cards(site, "executive", "").values() for one in card.elements()]
    menus = [one.attributes["data-menu"] for one in shown if "data-menu" in one.attributes]
    linked = {name for menu in menus for name in re.findall(r"/export/([a-z_-]+)\.csv", menu)}
    assert linked and linked <= offered
    assert (
        "executive-insights" not in browser.client.get("/export/executive-insight.csv").text.partition(".")[2]
    )
    with pytest.raises(InputError, match="shows no table of numbers"):
        exports.queue_xlsx(site.services, reader, "executive-insights", "")


def test_a_card_that_cannot_obey_a_filter_says_none_in_its_passport(site: Site) -> None:
    search = "?segment=mobile"
    mrr = next(one for one in numbers(site, "executive", search) if one.attributes["data-metric"] == "mrr")
    text = panel(site, mrr, search)
    assert "device" not in str(component(text, "passport-name")) and "cannot be asked" not in text
    assert '"Filters"' in text and '"none"' in text
    links = sorted(set(re.findall(r"/(?:export/)?rows[^\"]*", text)))
    assert len(links) == 2 and not [link for link in links if "mobile" in link]


def test_paid_medias_total_leads_to_the_rows_of_paid_media(site: Site) -> None:
    shown = [one.attributes for one in numbers(site, "executive", "")]
    paid = [one["data-asked"] for one in shown if "paid=1" in one["data-asked"]]
    whole = {"data-metric": "spend", "data-asked": min(paid, key=len)}
    assert any(whole.items() <= one.items() for one in shown)
    total = Element("button", whole)
    text = panel(site, total, "")
    assert "paid media only" in text
    rows = exported(site, "executive", "rows", metric="spend", paid="1")
    spent = sum(float(row["spend"] or 0) for row in rows)
    assert f"{spent:,.2f}" in component(text, "passport-value")


@pytest.mark.parametrize(
    "question", ["?salary=1", "?range=yesterday", "?segment=rich", "?range=2026-06-14..2026-05-16"]
)
def test_a_forged_question_is_refused_with_its_reason(site: Site, question: str) -> None:
    (number, *_) = numbers(site, "executive", "")
    text = panel(site, number, "", question=question)
    assert "passport-error" in text and "passport-value" not in text


@pytest.mark.parametrize("metric", ["mrr", "customers", "market_share", "nps"])
def test_the_passport_judges_a_change_with_the_words_of_the_card(site: Site, metric: str) -> None:
    answer = site.browser("executive").client.get("/view/executive").json
    card = next(
        one
        for text in answer["cards"].values()
        for one in [read(text)]
        if one.named("kpi-v") and one.named("kpi-v")[0].attributes["data-metric"] == metric
    )
    (number,), (delta,) = card.named("kpi-v"), card.named("delta")
    said = component(panel(site, number, ""), "passport-delta")
    parts = [said[0]["props"]["children"][-1], said[-1]["props"]["children"]]
    assert " ".join(delta.words.split()) == " ".join(" ".join(parts).split())


def test_the_passport_of_few_cases_is_low_names_them_and_judges_nothing(site: Site) -> None:
    shown = [one for one in numbers(site, "executive", "") if "low-n" in one.classes]
    low = [one for one in shown if re.search(r"\d", one.attributes["title"])]  # a value, of however few
    texts = [panel(site, number, "") for number in low]
    for number, text in zip(low, texts, strict=True):
        assert component(text, "passport-value low") and re.search(r"low volume, n = \d", text)
        assert "cell-better" not in text and "cell-worse" not in text, number.attributes
    told = [" ".join(words(component(text, "passport-delta"))) for text in texts]
    assert any("%, too few cases" in one for one in told)


def words(part: Any) -> list[str]:
    """Every text of a component, in its order."""
    if isinstance(part, dict):
        return words(part["props"].get("children"))
    if isinstance(part, list):
        return [text for child in part for text in words(child)]
    return [] if part is None else [str(part)]


def explained(site: Site, metric: str) -> str:
    """The passport of a metric over the usual range."""
    (number, *_) = numbers(site, "executive", "")
    return panel(site, number, "", metric=metric, question="?compare=none", where="{}")


def test_a_passport_writes_out_the_factor_and_the_settings_that_make_its_value(site: Site) -> None:
    name, mrr, factor, equal, arr = words(component(explained(site, "arr"), "passport-division"))
    assert (name, factor, equal) == ("MRR", "× 12", "=")
    assert float(mrr.replace(",", "")) * 12 == pytest.approx(float(arr.replace(",", "")), abs=1e-3)
    assert "ARPA × gross margin of 80.0%" in words(component(explained(site, "ltv"), "passport-division"))
    roi = words(component(explained(site, "roi"), "passport-division"))
    assert "Attributed revenue × gross margin of 80.0% − (Ad spend + Costs)" in roi
    velocity = component(explained(site, "sales_velocity"), "passport-value")
    assert re.fullmatch(r"\$[\d,]+\.\d\d a day", velocity)


def test_the_invoices_behind_a_market_share_are_a_part_of_their_own(site: Site) -> None:
    text = explained(site, "market_share")
    assert "1 row of “Market”" in text
    own = exported(site, "executive", "rows", metric="market_share", part="market_invoice_latest")
    assert len(own) > 1 and f"{len(own):,} rows of “Invoices of the market's month”" in text
    revenue = sum(float(row["own_month_revenue"]) for row in own)
    shown = words(component(text, "fraction"))
    assert float(shown[1].replace(",", "")) == pytest.approx(revenue)
