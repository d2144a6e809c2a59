"""Google Ads' resources, segments and metrics as SQL over the simulated cells and claims."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One selectable field: its SQL, and how its value is written.

    `kind` is `int64` (a string on the wire), `double`, `int32`, `string` or `bool`.
    """

    sql: str
    kind: str = "string"


CAMPAIGN_FIELDS = {
    "customer.id": Field("k.customer_id", "int64"),
    "customer.descriptive_name": Field("k.customer_name"),
    "customer.currency_code": Field("k.currency"),
    "customer.time_zone": Field("k.zone"),
    "campaign.id": Field("k.ads_id", "int64"),
    "campaign.name": Field("k.name"),
    "campaign.status": Field("k.status"),
    "campaign.advertising_channel_type": Field("k.kind"),
    "campaign.start_date": Field("strftime(k.starts, '%Y-%m-%d')"),
    "campaign.end_date": Field("strftime(k.ends, '%Y-%m-%d')"),
    "campaign.start_date_time": Field("strftime(k.starts, '%Y-%m-%d 00:00:00')"),
    "campaign.end_date_time": Field("strftime(k.ends, '%Y-%m-%d 23:59:59')"),
    "campaign.campaign_budget": Field("k.budget_name"),
    "campaign_budget.id": Field("k.budget_id", "int64"),
    "campaign_budget.amount_micros": Field("k.daily_micros", "int64"),
    "campaign_budget.total_amount_micros": Field("k.total_micros", "int64"),
    "campaign_budget.period": Field("k.period"),
    "campaign_budget.explicitly_shared": Field("false", "bool"),
}
SEGMENTS = {
    "segments.date": Field("strftime(date '{start}' + f.day::integer, '%Y-%m-%d')"),
    "segments.hour": Field("f.hour", "int32"),
    "segments.device": Field("upper(v.name)"),
}
GEO_FIELDS = {
    "geographic_view.country_criterion_id": Field("p.criterion", "int64"),
    "geographic_view.location_type": Field("'LOCATION_OF_PRESENCE'"),
    "segments.geo_target_region": Field(
        "case when p.region_criterion > 0 then 'geoTargetConstants/' || p.region_criterion end"
    ),
}
METRICS = {
    "metrics.impressions": Field("sum(f.impressions)", "int64"),
    "metrics.clicks": Field("sum(f.clicks)", "int64"),
    "metrics.cost_micros": Field("sum(f.cost)", "int64"),
    "metrics.conversions": Field("sum(f.conversions)", "double"),
    "metrics.conversions_value": Field("sum(f.value)", "double"),
    "metrics.all_conversions": Field("sum(f.conversions)", "double"),
    "metrics.all_conversions_value": Field("sum(f.value)", "double"),
    "metrics.ctr": Field("sum(f.clicks)::double / nullif(sum(f.impressions), 0)", "double"),
    "metrics.average_cpc": Field("sum(f.cost)::double / nullif(sum(f.clicks), 0)", "double"),
    "metrics.view_through_conversions": Field("sum(f.views)", "int64"),
}
GEO_CONSTANT_FIELDS = {
    "geo_target_constant.id": Field("g.id", "int64"),
    "geo_target_constant.name": Field("g.name"),
    "geo_target_constant.country_code": Field("g.country_code"),
    "geo_target_constant.target_type": Field("g.target_type"),
    "geo_target_constant.canonical_name": Field("g.canonical_name"),
    "geo_target_constant.status": Field("'ENABLED'"),
}
CLIENT_FIELDS = {
    "customer_client.id": Field("c.id", "int64"),
    "customer_client.descriptive_name": Field("c.name"),
    "customer_client.currency_code": Field("c.currency"),
    "customer_client.time_zone": Field("c.zone"),
    "customer_client.level": Field("c.level", "int64"),
    "customer_client.manager": Field("c.manager", "bool"),
    "customer_client.status": Field("'ENABLED'"),
    "customer_client.test_account": Field("false", "bool"),
}
GEO_VIEWS = ("geographic_view", "user_location_view")
FIELDS_OF = {
    "campaign": {**CAMPAIGN_FIELDS, **SEGMENTS, **METRICS},
    "campaign_budget": {
        **CAMPAIGN_FIELDS,
        **{k: f for k, f in SEGMENTS.items() if k == "segments.date"},
        **METRICS,
    },
    "customer": {
        **{k: f for k, f in CAMPAIGN_FIELDS.items() if k.startswith("customer.")},
        **SEGMENTS,
        **METRICS,
    },
    "geographic_view": {**CAMPAIGN_FIELDS, **SEGMENTS, **GEO_FIELDS, **METRICS},
    "user_location_view": {
        **CAMPAIGN_FIELDS,
        **SEGMENTS,
        **GEO_FIELDS,
        **METRICS,
        "user_location_view.country_criterion_id": GEO_FIELDS["geographic_view.country_criterion_id"],
        "user_location_view.targeting_location": Field("true", "bool"),
    },
    "geo_target_constant": GEO_CONSTANT_FIELDS,
    "customer_client": CLIENT_FIELDS,
}
