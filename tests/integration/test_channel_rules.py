"""The channel mapping and the source of record from the shell: shown, replaced, audited, in force at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts import audit
from app.data.db import Database
from app.data.models import Load
from app.data.pipeline import channel_rules, records
from app.data.warehouse.channels import DEFAULT_RULES
from app.data.warehouse.snapshots import Snapshots
from app.errors import ConflictError
from app.home import prepared
from tests.ingest_cast import Company, Platform
from tests.shell import Shell

SOLD = (
    "subscription_id,customer_id,plan,interval,price,currency,status,started_on,ended_on,source,medium\n"
    "s1,c1,team,month,99,USD,active,2025-12-03,,google,cpc\n"
    "s2,c2,team,month,99,USD,active,2025-12-03,,newsletter,email\n"
)


class Rules(Shell):
    """The command `pad`, with what became of its changes."""

    def file(self, text: str, name: str = "rules.csv") -> str:
        path = self.home.parent / name
        path.write_text(text)
        return str(path)

    def channels(self) -> dict[str, str]:
        """The channel of each source of the warehouse."""
        with Snapshots(prepared({"PAD_HOME": str(self.home)}).warehouse_dir).cursor() as cursor:
            found = cursor.execute("SELECT source, channel FROM dim_traffic WHERE source NOT LIKE '(%'")
            return dict(found.fetchall())

    def changes(self) -> list[tuple[str, str, str]]:
        database = Database(prepared({"PAD_HOME": str(self.home)}).database)
        wanted = audit.AuditFilter(action=audit.SETTING_CHANGED)
        return [(one.actor, one.object, one.detail) for one in audit.every(database, wanted)]


@pytest.fixture
def pad(tmp_path: Path) -> Rules:
    return Rules(tmp_path / "home")


def test_rules_of_a_file_map_what_is_there_and_reset_maps_it_back(pad: Rules) -> None:
    pad.told("import", pad.file(SOLD, "sold.csv"), "--as", "subscriptions")
    assert pad.channels() == {"google": "Paid search", "newsletter": "Email"}
    rules = pad.file("channel,source,medium,campaign\nAds,google|bing,cpc,\nRest,,,\n")
    assert pad.told("channels", "set", rules) == [{"rules": 2, "data_version": 2}]
    assert pad.channels() == {"google": "Ads", "newsletter": "Rest"}
    assert pad.told("channels", "list") == [
        {"channel": "Ads", "source": "google|bing", "medium": "cpc", "campaign": "*"},
        {"channel": "Rest", "source": "*", "medium": "*", "campaign": "*"},
    ]
    pad.told("channels", "reset")
    assert pad.channels() == {"google": "Paid search", "newsletter": "Email"}
    count = len(DEFAULT_RULES)
    assert pad.changes() == [
        ("pad channels", "channels", f"2 rules, {count} before: rules.csv"),
        ("pad channels", "channels", f"{count} rules, 2 before: built-in"),
    ]


def test_the_built_in_rules_are_shown_as_such_and_can_be_given_back_as_they_are(pad: Rules) -> None:
    shown = pad("channels", "list", "--format", "csv")
    assert "These are the built-in rules." in shown.stderr
    assert channel_rules.read(Path(pad.file(shown.stdout))) == list(DEFAULT_RULES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channel,src\nAds,google\n", "rules.csv has the columns channel, src."),
        ("channel,source\n", "rules.csv has a header and no rows."),
        ("channel,source\n,google\n", "line 2: channel is empty"),
        ("channel,source\n(unattributed),google\n", "line 2: channel is '(unattributed)', which stands"),
        (f"channel,source\n{'x' * 61},google\n", "line 2: channel has more than 60 characters"),
        ("channel,source\nAds,google\nMore,google\n", "line 3: no traffic reaches this rule, line 2 takes"),
        ("channel,source\nAll,\nAds,google\n", "line 3: no traffic reaches this rule, line 2 takes"),
    ],
)
def test_wrong_rules_change_nothing(pad: Rules, text: str, said: str) -> None:
    done = pad("channels", "set", pad.file(text))
    assert done.exit_code == 1 and said in done.stderr
    assert len(pad.told("channels", "list")) == len(DEFAULT_RULES)
    assert pad.changes() == []


def test_a_source_of_record_is_shown_and_set_before_the_first_sync(pad: Rules) -> None:
    before = {one["subject"]: one["source"] for one in pad.told("sources", "record", "list")}
    assert before == dict.fromkeys(records.SUBJECTS)
    pad.told("sources", "record", "set", "web", "google_analytics")
    after = {one["subject"]: one["source"] for one in pad.told("sources", "record", "list")}
    assert after == before | {"web": "google_analytics"}
    assert pad.changes() == [("pad sources record", "record of web", "none -> google_analytics")]


@pytest.mark.parametrize(
    ("subject", "source", "said"),
    [
        ("wep", "google_analytics", "Did you mean 'web'?"),
        ("web", "google_analitics", "Did you mean 'google_analytics'?"),
        ("web", "salesforce", "Unknown source 'salesforce'."),
    ],
)
def test_a_source_that_cannot_bring_a_subject_is_refused(
    pad: Rules, subject: str, source: str, said: str
) -> None:
    done = pad("sources", "record", "set", subject, source)
    assert done.exit_code == 1 and said in done.stderr
    assert {one["source"] for one in pad.told("sources", "record", "list")} == {None}
    assert pad.changes() == []


def test_rows_that_were_kept_aside_enter_once_their_source_is_the_one_of_record(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", Platform("salesforce"))
    parts = company.parts
    with parts.snapshots.cursor(fresh=True) as cursor, parts.database.session() as session:
        records.decide(session, cursor, "crm", "hubspot")
    company.sync()
    assert len(company.publish().rejected) == 3
    with parts.snapshots.cursor(fresh=True) as cursor, parts.database.session() as session:
        records.decide(session, cursor, "crm", "salesforce")
    assert len(company.publish().loads) == 3
    assert company.ask("SELECT count(*) > 0 FROM fact_lead") == [(True,)]


def test_a_subject_whose_rows_are_there_stays_with_their_source(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", Platform("salesforce"))
    company.load()
    parts = company.parts
    with (
        pytest.raises(ConflictError, match="Rows of salesforce are in the warehouse as crm"),
        parts.snapshots.cursor(fresh=True) as cursor,
        parts.database.session() as session,
    ):
        records.decide(session, cursor, "crm", "hubspot")
    with parts.database.session() as session:
        assert records.effective(session)["crm"] == "salesforce"
        assert set(session.scalars(select(Load.state))) == {"published"}
