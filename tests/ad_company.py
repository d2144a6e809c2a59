"""A small made-up company held in memory. It answers questions by plain arithmetic, without the compiler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS, Unit
from app.data.metrics.parts import parts
from app.data.query.frame import Freshness, MetricFrame, Passport, PassportPart, RowFrame, Scalar, Target
from app.data.query.ledger import Ledger
from app.data.query.spec import WITH_SPEND, Filter, MetricQuery, RowQuery
from app.errors import AccessDenied, unknown
from app.exports.csv_file import encode
from app.figures.table_view import Condition
from app.periods import bucket_start

NOW = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)
LAST_DAY = date(2026, 3, 12)
DAYS = 60
Parts = tuple[str, str | None, float, Unit]

# metric -> numerator column, denominator column, scale, unit
MATHS: dict[str, Parts] = {
    "spend": ("spend", None, 1, "money"),
    "impressions": ("impressions", None, 1, "count"),
    "clicks": ("clicks", None, 1, "count"),
    "ctr": ("clicks", "impressions", 1, "ratio"),
    "cpc": ("spend", "clicks", 1, "money"),
    "cpm": ("spend", "impressions", 1000, "money"),
    "conversions": ("conversions", None, 1, "count"),
    "cpa": ("spend", "conversions", 1, "money"),
    "attributed_revenue": ("revenue", None, 1, "money"),
    "roas": ("revenue", "spend", 1, "multiple"),
    "roi": ("revenue", "spend", 1, "ratio"),
    "claimed_conversions": ("claimed", None, 1, "count"),
    "cpa_claimed": ("spend", "claimed", 1, "money"),
    "claimed_value": ("claimed_value", None, 1, "money"),
    "roas_claimed": ("claimed_value", "spend", 1, "multiple"),
    "leads": ("leads", None, 1, "count"),
    "cost_per_lead": ("spend", "leads", 1, "money"),
    "sessions": ("sessions", None, 1, "count"),
}
CLAIMED = {"claimed_conversions", "cpa_claimed", "claimed_value", "roas_claimed"}
# channel, platform, account, campaign, spend a day, clicks a day, conversions a month
CAMPAIGNS = (
    ("Paid search", "google_ads", "Larkfield US", "Product launch 2026", 630, 960, 240),
    ("Paid search", "google_ads", "Larkfield US", "Search brand terms", 83, 67, 44),
    ("Paid search", "google_ads", "Larkfield EU", "Suche Marke", 51, 44, 31),
    ("Social", "facebook_ads", "Larkfield", "Brand awareness US", 326, 204, 51),
    ("Social", "facebook_ads", "Larkfield", "Retargeting, cart", 146, 92, 23),
    ("Social", "linkedin_ads", "Larkfield Ltd", "=cmd|' /C calc'!A0", 38, 12, 0),
    ("Referral", "(not set)", "(not set)", "Partner newsletter", 152, 28, 6),
    ("Organic search", "(not set)", "(not set)", "(not set)", 0, 0, 88),
)
DEVICES = (("desktop", 0.6), ("mobile", 0.4))
COLUMNS = (
    "date", "channel", "platform", "account", "campaign", "device", "country", "region",
    "spend", "impressions", "clicks", "conversions", "revenue", "claimed", "claimed_value", "leads",
    "sessions",
)  # fmt: skip


def history(days: int = DAYS) -> list[dict[str, Scalar]]:
    """One row a campaign, device and day; numbers follow from the day, nothing is drawn."""
    return [
        _row(campaign, device, share, LAST_DAY - timedelta(days=back))
        for back in range(days)
        for campaign in CAMPAIGNS
        for device, share in DEVICES
    ]


def _row(campaign: tuple, device: str, share: float, day: date) -> dict[str, Scalar]:
    channel, platform, account, name, spend, clicks, monthly = campaign
    swing = 1 + ((day.toordinal() * 7) % 11 - 5) / 50
    conversions = monthly * share / 30 * swing
    return {
        "date": day, "channel": channel, "platform": platform, "account": account, "campaign": name,
        "device": device, "country": "US", "region": "New York",
        "spend": round(spend * share * swing, 2), "clicks": round(clicks * share * swing),
        "impressions": round(clicks * share * swing * 34), "conversions": conversions,
        "revenue": round(conversions * 161.3, 2), "claimed": conversions * 1.3,
        "claimed_value": round(conversions * 190, 2), "leads": round(conversions * 3),
        "sessions": round(clicks * share * swing * 0.9),
    }  # fmt: skip


def declare_metrics() -> None:
    """Load the product's own declarations; the arithmetic here is independent of them."""
    catalogue.load()


@dataclass
class AdCompany:
    """A `QueryRunner` over the rows in memory."""

    rows_: list[dict[str, Scalar]] = field(default_factory=history)
    asked: list[MetricQuery] = field(default_factory=list)

    def run(self, query: MetricQuery) -> MetricFrame:
        self.asked.append(query)
        for name in query.metrics:
            if name not in MATHS:
                raise unknown("metric", name, MATHS)
        rows = self._answer(query)
        earlier = query.base_period
        if earlier:
            self._compare(query, rows, replace(query, period=earlier, compare="none"))
        notes = {m: "Claims of platforms are not added up." for m in query.metrics if m in CLAIMED}
        total = len(rows)
        if query.sort:
            column, down = query.sort[0].column, query.sort[0].descending
            present = [row for row in rows if row.get(column) is not None]
            present.sort(key=lambda row: row[column], reverse=down)
            rows = present + [row for row in rows if row.get(column) is None]
        rows = rows[query.offset :][: query.limit] if query.limit is not None else rows[query.offset :]
        units = {m: MATHS[m][3] for m in query.metrics}
        return MetricFrame(
            query, rows, units, "2026-03-12.07", query.as_of, _freshness(), earlier, total, notes
        )

    def rows(self, query: RowQuery) -> RowFrame:
        kept = self._kept(query.period, (*query.filters, *query.scope.filters))
        if query.sort:
            kept = sorted(kept, key=lambda row: row[query.sort[0].column], reverse=query.sort[0].descending)
        page = kept[query.offset :][: query.limit] if query.limit is not None else kept[query.offset :]
        columns = tuple((name, name.replace("_", " ").capitalize()) for name in COLUMNS)
        told = [[row[name] for name in COLUMNS] for row in page]
        totals = {"spend": float(sum(row["spend"] for row in kept))}
        return RowFrame(columns, told, len(kept), "2026-03-12.07", totals, _freshness())

    def stream(
        self, query: MetricQuery | RowQuery
    ) -> tuple[tuple[str, ...], Iterator[list[tuple[object, ...]]]]:
        if isinstance(query, RowQuery):
            frame = self.rows(query)
            return tuple(title for _, title in frame.columns), iter([[tuple(row) for row in frame.rows]])
        rows = self.run(query).rows
        names = tuple(dict.fromkeys(name for row in rows for name in row)) or self._names(query)
        return names, iter([[tuple(row.get(name) for name in names) for row in rows]])

    def csv(
        self,
        query: MetricQuery | RowQuery,
        columns: Sequence[tuple[str, str]],
        tests: Sequence[tuple[str, str, float]] = (),
    ) -> Iterator[bytes]:
        names, batches = self.stream(query)
        conditions = [(names.index(test[0]), Condition(*test)) for test in tests]
        rows = [
            [row[names.index(name)] for name, _ in columns]
            for batch in batches
            for row in batch
            if all(condition.holds(row[at]) for at, condition in conditions)
        ]
        return encode([head for _, head in columns], rows)

    def passport(self, metric: str, query: MetricQuery) -> Passport:
        frame = self.run(replace(query, metrics=(metric,), dimensions=(), grain=None))
        top, bottom = frame.parts(metric)
        *_, scale, unit = MATHS[metric]
        declared = METRICS.get(metric)
        return Passport(
            metric, declared.title, declared.definition, declared.version, declared.since, declared.owner,
            "last non-direct touch, 90 days", frame.value(metric), frame.base(metric),
            top, bottom, scale, unit, query.period,
            frame.base_period, query.filters, query.scope.filters, _freshness(),
            tuple(
                PassportPart(part.id, part.title, "Ads", 7, len(self._kept(query.period, query.filters)))
                for part in parts(metric)
            ), frame.data_version, "rates-31",
            "", "SELECT sum(cost) FROM fact_ad",
        )  # fmt: skip

    def members(self, dimension: str, query: MetricQuery) -> tuple[str, ...]:
        return tuple(sorted({str(row[dimension]) for row in self._kept(query.period, query.filters)}))

    def targets(self, on: date) -> tuple[Target, ...]:
        return ()

    def ledger(self, since: date) -> Ledger:
        return Ledger({}, ())

    def _names(self, query: MetricQuery) -> tuple[str, ...]:
        parts = [f"{m}{tail}" for m in query.metrics for tail in ("", "__n", "__d")]
        return (*(("date",) if query.grain else ()), *query.dimensions, *parts)

    def _kept(self, period, filters: tuple[Filter, ...]) -> list[dict[str, Scalar]]:
        for entry in filters:
            if entry.dimension not in COLUMNS:
                raise AccessDenied(f"{entry.dimension} is not available here.")
        return [
            row
            for row in self.rows_
            if period.start <= row["date"] <= period.end
            and all((str(row[f.dimension]) in self._values(f)) != f.negate for f in filters)
        ]

    def _values(self, entry: Filter) -> set[str]:
        """The members that a filter names, or means by their having spend."""
        spending = {str(row["platform"]) for row in self.rows_ if row["spend"]} - {"(not set)"}
        return {*entry.values, *(spending if WITH_SPEND in entry.values else ())}

    def _answer(self, query: MetricQuery) -> list[dict[str, Scalar]]:
        names = (*(("date",) if query.grain else ()), *query.dimensions)
        groups: dict[tuple, list[dict[str, Scalar]]] = defaultdict(list)
        for row in self._kept(query.period, (*query.filters, *query.scope.filters)):
            cells = {**row, "date": bucket_start(row["date"], query.grain or "day")}
            groups[tuple(cells[name] for name in names)].append(row)
        if not names:
            groups.setdefault((), [])
        return [
            dict(zip(names, key, strict=True)) | _numbers(query.metrics, groups[key])
            for key in sorted(groups, key=str)
        ]

    def _compare(self, query: MetricQuery, rows: list[dict[str, Scalar]], earlier: MetricQuery) -> None:
        before = {tuple(row[d] for d in query.dimensions): row for row in self._answer(earlier)}
        for row in rows:
            found = before.get(tuple(row[d] for d in query.dimensions), {})
            for metric in query.metrics:
                row[f"{metric}__base"] = found.get(metric)
                row[f"{metric}__base_n"] = found.get(f"{metric}__n")
                row[f"{metric}__base_d"] = found.get(f"{metric}__d")


def _numbers(metrics: tuple[str, ...], rows: list[dict[str, Scalar]]) -> dict[str, Scalar]:
    cells: dict[str, Scalar] = {}
    platforms = {row["platform"] for row in rows}
    for metric in metrics:
        top, below, scale, _ = MATHS[metric]
        above = sum(row[top] for row in rows) if rows else None
        under = sum(row[below] for row in rows) if rows and below else None
        value = above if below is None else (above / under * scale if above is not None and under else None)
        cells[metric] = None if metric in CLAIMED and len(platforms) > 1 else value
        cells[f"{metric}__n"], cells[f"{metric}__d"] = above, under
    return cells


def _freshness() -> tuple[Freshness, ...]:
    return (
        Freshness(
            "google_ads", "Google Ads", NOW - timedelta(minutes=14), LAST_DAY, target=timedelta(hours=6)
        ),
        Freshness("salesforce", "Salesforce", NOW - timedelta(hours=3), LAST_DAY, target=timedelta(hours=4)),
    )
