"""Pages, statuses, files and styles of the shell."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.assets import FOLDER, FOREVER, STYLES, Assets
from app.factory import create_app
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.icons import PATHS, style_sheet
from app.layouts.pages.base import PAGES
from app.text import t
from tests.fakes import access, services, viewer
from tests.page_text import read

MOST_BYTES = 2_000_000


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    app = create_app(services(tmp_path_factory.mktemp("home")), access(viewer("executive", theme="dark")))
    client: FlaskClient = app.server.test_client()
    return client


def test_every_style_sheet_has_its_place_in_the_cascade() -> None:
    assert sorted(STYLES) == sorted(path.name for path in FOLDER.glob("*.css"))


def test_the_start_leads_to_the_first_page(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.location) == (302, "/executive")


def test_an_unknown_page_answers_404_in_plain_words(client: FlaskClient) -> None:
    assert client.get("/nowhere").status_code == 404
    body = client.get("/_dash-layout", headers={"Referer": "http://localhost/nowhere"}).get_data(as_text=True)
    assert "There is no such page" in body
    assert "Go to Executive" in body


def test_a_page_of_which_the_browser_tells_the_host_alone_is_asked_for_by_the_address_it_has(
    client: FlaskClient,
) -> None:
    """Browsers cut a referrer of more than 4,096 letters to the host."""
    body = client.get("/_dash-layout", headers={"Referer": "http://localhost/"}).get_data(as_text=True)
    assert "late-page" in body and "There is no such page" not in body
    location = json.loads(body)["props"]["children"][0]
    assert location["type"] == "Location" and "pathname" not in location["props"]


def test_the_document_comes_in_the_readers_theme_without_outside_assets(client: FlaskClient) -> None:
    page = client.get("/executive").get_data(as_text=True)
    assert 'data-bs-theme="dark"' in page
    assert "<title>Executive · Performance Analytics</title>" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_the_layout_holds_the_page_that_was_asked_for(client: FlaskClient) -> None:
    address = "http://localhost/executive?segment=mobile"
    body = client.get("/_dash-layout", headers={"Referer": address}).get_data(as_text=True)
    assert "Acquisition funnel" in body
    assert "Action items" in body


def test_the_document_shows_every_card_before_any_script_has_run(client: FlaskClient) -> None:
    document = client.get("/executive?segment=mobile").get_data(as_text=True)
    page = read(document.split("<body>")[1].split("<footer>")[0])
    places = [one for one in page.elements() if "data-card" in one.attributes]
    cards = {place.attributes["data-card"]: place.words for place in places}
    assert list(cards) == [widget.id for widget in EXECUTIVE.widgets() if not widget.live]
    assert "not affected by segment" in cards["market"]
    assert all(t(widget.title) in cards[widget.id] for widget in EXECUTIVE.widgets() if not widget.live)


def test_the_name_of_the_refresh_button_begins_with_the_words_on_it(client: FlaskClient) -> None:
    """Whoever speaks to the browser says what stands there."""
    document = client.get("/executive").get_data(as_text=True)
    page = read(document.split("<body>")[1].split("<footer>")[0])
    (button,) = [one for one in page.elements() if one.attributes.get("title") == t("shell.refresh_label")]
    assert button.words.strip() == "Refresh"
    assert button.attributes["aria-label"] == "Refresh: read the newest data"


def test_a_view_answers_the_bar_and_every_card_at_once(client: FlaskClient) -> None:
    answer = client.get("/view/executive?segment=mobile").json
    assert answer["late"] == [] and "actions" not in answer["cards"]
    assert "Acquisition funnel" in answer["cards"]["funnel"]
    assert "Applies to" in read(answer["bar"]).words


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/view/executiv", "Unknown page 'executiv'. Did you mean 'executive'?"),
        ("/view/users", "Unknown page 'users'."),
        ("/view/executive/fun", "Unknown card 'fun'. Did you mean 'funnel'?"),
        ("/view/executive/actions", "Unknown card 'actions'."),
        ("/members/executive/colour", "Unknown dimension 'colour'."),
    ],
)
def test_a_view_of_something_unknown_names_it_and_the_way_out(
    client: FlaskClient, path: str, said: str
) -> None:
    answer = client.get(path)
    problem = answer.json["error"]
    assert answer.status_code == 400
    assert f"{problem['message']} {problem['hint']}".startswith(said)


def test_the_reporting_currency_is_named_once_in_the_header(client: FlaskClient) -> None:
    document = client.get("/executive").get_data(as_text=True)
    page = read(document.split("<body>")[1].split("<footer>")[0])
    (header,) = [one for one in page.elements() if one.tag == "header"]
    assert re.findall(r"\b[A-Z]{3}\b", header.named("meta")[0].words) == ["USD", "UTC"]


def test_without_an_address_the_page_is_asked_for_later(client: FlaskClient) -> None:
    assert "late-page" in client.get("/_dash-layout").get_data(as_text=True)


def test_every_file_of_the_page_is_kept_for_good_and_small_enough(client: FlaskClient) -> None:
    page = client.get("/executive").get_data(as_text=True)
    addresses = re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^"]+\.(?:js|css)[^"]*)"', page)
    total = 0
    for address in addresses:
        answer = client.get(address, headers={"Accept-Encoding": "br, gzip"})
        assert answer.status_code == 200, address
        assert f"max-age={FOREVER}, immutable" in answer.headers["Cache-Control"], address
        total += len(answer.get_data())
    assert any("plotly-basic" in address for address in addresses)
    assert 0 < total < MOST_BYTES


def test_compressed_bytes_are_the_same_file_made_once_and_kept_on_disk(tmp_path: Path) -> None:
    import brotli

    body = Assets(tmp_path / "static").bodies["app.js"]
    assert brotli.decompress(body.data("br")) == (FOLDER / "app.js").read_bytes()
    kept = tmp_path / "static" / f"{body.version}.br"
    assert kept.read_bytes() == body.data("br")
    kept.write_bytes(b"what was kept")
    assert body.data("br") == b"what was kept"


def test_a_file_changed_since_the_start_is_not_kept_under_its_former_name(tmp_path: Path) -> None:
    folder, shelf = tmp_path / "assets", tmp_path / "static"
    folder.mkdir()
    (folder / "own.js").write_text("// before\n" * 500)
    body = Assets(shelf, folder).bodies["own.js"]
    (folder / "own.js").write_text("// after\n" * 500)
    assert body.data("gzip")
    assert not (shelf / f"{body.version}.gzip").exists()


def test_a_full_disk_costs_a_compression_and_no_page(tmp_path: Path) -> None:
    (tmp_path / "static").write_text("a file stands where the folder would be")
    body = Assets(tmp_path / "static").bodies["app.js"]
    assert gzip.decompress(body.data("gzip")) == (FOLDER / "app.js").read_bytes()


def test_the_icon_sheet_is_the_one_generated_from_the_drawings() -> None:
    assert (FOLDER / "icons.css").read_text() == style_sheet()


def test_every_page_has_a_drawn_icon() -> None:
    assert {page.icon for page in PAGES} <= set(PATHS)


def test_every_style_variable_is_declared() -> None:
    sheets = "".join(path.read_text() for path in FOLDER.glob("*.css") if "bootstrap" not in path.name)
    used = set(re.findall(r"var\((--(?!bs-|ag-|Dash-)[\w-]+)", sheets))
    assert used - set(re.findall(r"(--[\w-]+)\s*:", sheets)) <= {"--even"}


def test_no_source_of_the_shell_holds_a_sentence_of_its_own() -> None:
    """Sentences live in the catalogue: a capital, a blank and lower case in a string of a layout are one."""
    found = []
    for path in Path("app/layouts").rglob("*.py"):
        code = re.sub(r'""".*?"""|#.*', "", path.read_text(), flags=re.S)
        found += [(path.name, text) for text in re.findall(r'"([A-Z][a-z]+ [a-z]+ [^"]*)"', code)]
    shell_files = {"shell.py", "cards.py", "board.py", "filter_bar.py", "states.py"}
    assert [entry for entry in found if entry[0] in shell_files] == []
