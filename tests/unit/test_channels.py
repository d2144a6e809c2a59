from __future__ import annotations

import duckdb
import pytest
from sqlalchemy import literal_column

from app.data.warehouse.channels import Mapping, Rule, slug, slug_column
from app.data.warehouse.derived.campaigns import canonical_accounts, canonical_names


@pytest.mark.parametrize(
    ("source", "medium", "channel", "platform"),
    [
        ("google", "organic", "Organic search", "(not set)"),
        ("google", "cpc", "Paid search", "google_ads"),
        ("Google", "CPC", "Paid search", "google_ads"),
        ("bing", "cpc", "Paid search", "(not set)"),
        ("facebook", "paid_social", "Social", "facebook_ads"),
        ("linkedin", "paid_social", "Social", "linkedin_ads"),
        ("linkedin.com", "referral", "Social", "(not set)"),
        ("(direct)", "(none)", "Direct", "(not set)"),
        ("newsletter", "email", "Email", "(not set)"),
        ("blog", "content", "Content", "(not set)"),
        ("partner.example", "referral", "Referral", "(not set)"),
        ("(not set)", "(not set)", "Other", "(not set)"),
        (None, None, "Other", "(not set)"),
        ("(unattributed)", "(unattributed)", "(unattributed)", "(not set)"),
    ],
)
def test_the_default_rules_know_the_usual_traffic(
    source: str | None, medium: str | None, channel: str, platform: str
) -> None:
    mapping = Mapping()
    assert mapping.channel(source, medium, "") == channel
    assert mapping.platform(source, medium, "") == platform


def test_the_first_rule_that_matches_decides() -> None:
    mapping = Mapping([Rule("Brand", campaign="brand*"), Rule("Search", source="google")])
    assert mapping.channel("google", "cpc", "Brand US") == "Brand"
    assert mapping.channel("google", "cpc", "generic") == "Search"


def test_equal_rules_have_one_fingerprint_and_their_order_counts() -> None:
    one, two = Rule("A", source="a*"), Rule("B", source="*")
    assert Mapping([one, two]).fingerprint == Mapping([one, two]).fingerprint
    assert Mapping([one, two]).fingerprint != Mapping([two, one]).fingerprint


def test_a_name_in_a_link_takes_the_name_of_the_platform_campaign_it_means() -> None:
    assert (
        canonical_names(
            [
                ("google_ads", "Product Launch"),
                ("(not set)", "product_launch"),
                ("(not set)", "Product+LAUNCH"),
            ]
        )
        == ["Product Launch"] * 3
    )


def test_a_name_in_a_link_belongs_to_the_account_of_the_platform_campaign_it_means() -> None:
    told = [
        ("google_ads", "Product Launch", "Acme EU"),
        ("(not set)", "product_launch", None),
        ("(not set)", "newsletter", None),
        ("google_ads", "product launch", "Acme US"),
    ]
    assert canonical_accounts(told) == ["Acme EU", "Acme EU", None, "Acme US"]


def test_a_name_only_in_links_shows_its_separators_as_blanks() -> None:
    assert canonical_names([("(not set)", "spring_sale-2026"), (None, None)]) == [
        "spring sale 2026",
        "(not set)",
    ]


@pytest.mark.parametrize("name", ["Paid search", "paid-search", "PAID_SEARCH", "(unattributed)", "Über uns"])
def test_a_name_is_read_alike_by_the_gate_and_by_the_warehouse(name: str) -> None:
    column = slug_column(literal_column("$1")).compile(compile_kwargs={"literal_binds": True})
    assert duckdb.execute(f"SELECT {column}", [name]).fetchall() == [(slug(name),)]
    assert slug("Paid-Search") == slug("paid_search") == "paid_search"
