"""Credentials files as the platforms' consoles would hand them out."""

from __future__ import annotations

from sandbox.campaigns import ACCOUNTS, MANAGER_ID
from sandbox.site import GA_PROPERTY, Site
from sandbox.wire.google import CLIENT_EMAIL


def of(site: Site, source: str) -> dict[str, object]:
    """What a caller needs to sign in to a source.

    Raises: KeyError when no such source exists.
    """
    return {"google_analytics": _google_analytics, "google_ads": _google_ads, "salesforce": _salesforce}[
        source
    ](site)


def _google_analytics(site: Site) -> dict[str, object]:
    return {
        "type": "service_account",
        "project_id": "larkfield-analytics",
        "private_key_id": site.keys.key_id,
        "private_key": site.keys.private_key,
        "client_email": CLIENT_EMAIL,
        "client_id": "117340912288104455021",
        "token_uri": f"{site.bases['google_analytics']}/token",
        "property_id": GA_PROPERTY,
        "property_ids": [GA_PROPERTY],
    }


def _google_ads(site: Site) -> dict[str, object]:
    return {
        "client_id": site.keys.client_id,
        "client_secret": site.keys.client_secret,
        "refresh_token": site.keys.refresh_token,
        "token_uri": f"{site.bases['google_ads']}/token",
        "developer_token": site.keys.developer_token,
        "login_customer_id": MANAGER_ID,
        "customer_ids": [account.id for account in ACCOUNTS],
    }


def _salesforce(site: Site) -> dict[str, object]:
    return {
        "grant_type": "client_credentials",
        "client_id": site.keys.client_id,
        "client_secret": site.keys.client_secret,
        "login_url": site.bases["salesforce"],
        "token_uri": f"{site.bases['salesforce']}/services/oauth2/token",
        "api_version": "62.0",
    }
