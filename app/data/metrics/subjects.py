"""Subjects: what a measure is about, and the tables that can answer, best first.

A source is one table of a subject with the dimensions it reaches. Dimensions that stand in another table
are reached by many-to-one joins only, so that no join can multiply a row. The first source that has every
asked dimension answers; tables that lack platforms or rows (hours, places) stand last, so that a total
never comes from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Double,
    FromClause,
    Integer,
    Table,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from app.data.metrics.credits import credits, paid_credits
from app.data.warehouse import facts
from app.data.warehouse.budgets import in_force
from app.data.warehouse.channels import slug_column
from app.data.warehouse.dimensions import NOT_SET, dim_campaign, dim_traffic
from app.data.warehouse.facts import Fact
from app.data.warehouse.rollups import ROLLUPS
from app.registry import Registry
from app.text import t

Read = Callable[[Fact], FromClause]  # a fact as it stands, or as it was known after a load


@dataclass(frozen=True)
class Join:
    """A many-to-one step to the table that describes a row; `after` is the step that brings the key."""

    table: Table | Fact
    on: tuple[tuple[str, str], ...]
    after: Join | None = None


@dataclass(frozen=True)
class At:
    """Where a dimension stands: a column of the rows themselves or of a joined table."""

    column: str
    join: Join | None = None


@dataclass(frozen=True)
class Source:
    """One table that can answer: `rows` shapes it, `facts` are all that it reads."""

    id: str
    facts: tuple[Fact, ...]
    rows: Callable[[Read], FromClause]
    dimensions: Mapping[str, At]
    date: str = "date"
    # A rollup has no history: it answers only what is asked of the newest load.
    rollup: bool = False

    @cached_property
    def columns(self) -> frozenset[str]:
        """Names of the columns that its rows have."""
        return frozenset(self.rows(lambda fact: fact.table).c.keys())


@dataclass(frozen=True)
class Subject:
    """What measures are about. `events`: each row is a thing that happened, so no row within the days that
    the fact covers is a true zero; elsewhere no row means that nothing is known."""

    id: str
    sources: tuple[Source, ...]
    events: bool = False

    @property
    def title(self) -> str:
        return t(f"subjects.{self.id}")

    def dimensions(self) -> tuple[str, ...]:
        """Every dimension that at least one source reaches."""
        return tuple(dict.fromkeys(name for source in self.sources for name in source.dimensions))


TRAFFIC = Join(dim_traffic, (("traffic_key", "traffic_key"),))
CAMPAIGN = Join(dim_campaign, (("campaign_key", "campaign_key"),))
LEAD = Join(facts.LEAD, (("source_id", "source_id"), ("lead_id", "lead_id")))


def _of(join: Join | None, *columns: str) -> dict[str, At]:
    return {column: At(column, join) for column in columns}


def _traffic(lead: Join | None = None) -> dict[str, At]:
    """Dimensions reached by the traffic and campaign keys of a row, or of its lead."""
    traffic = Join(dim_traffic, TRAFFIC.on, lead)
    campaign = Join(dim_campaign, CAMPAIGN.on, lead)
    return {
        **_of(traffic, "channel", "platform", "source", "medium"),
        **_of(campaign, "account", "campaign"),
    }


PLACE = _of(None, "country", "region")
DEVICE = _of(None, "device")
VISIT = _of(None, "device", "visitor_type")
PLAN = _of(None, "plan")
LANDING_PAGE = _of(None, "landing_page")
HOUR = _of(None, "hour")


def _whole(fact: Fact) -> Callable[[Read], FromClause]:
    return lambda read: read(fact)


def _table(fact: Fact, dimensions: Mapping[str, At]) -> Source:
    return Source(fact.table.name, (fact,), _whole(fact), dimensions, fact.date)


def _rollup(fact: Fact, dimensions: Mapping[str, At]) -> tuple[Source, ...]:
    kept = [rollup.table for rollup in ROLLUPS if rollup.fact is fact]
    return tuple(Source(table.name, (fact,), _itself(table), dimensions, rollup=True) for table in kept)


def _itself(table: Table) -> Callable[[Read], FromClause]:
    return lambda _read: table


def _budgets(read: Read) -> FromClause:
    """What a campaign may spend on each day on which it ran, by the budget in force on that day, at the very
    rate of that day's spend. A budget that several share is split by what each spent that day: it counts once
    in their sum, and each is as far over it as they are together."""
    ad = read(facts.AD)
    keys = (ad.c.source_id, ad.c.account_id, ad.c.date, ad.c.campaign_key)
    ran = (
        select(
            *keys,
            func.max(ad.c.traffic_key).label("traffic_key"),
            func.max(ad.c.load_id).label("load_id"),
            func.sum(ad.c.cost).label("cost"),
            func.nullif(func.sum(ad.c.cost_micros), 0).label("received"),
        )
        .group_by(*keys)
        .subquery("ran")
    )
    budget = in_force(read(facts.CAMPAIGN_BUDGET)).subquery("in_force")
    that_day = and_(ran.c.date >= budget.c.since, ran.c.date < budget.c.until)
    shown = [column for column in ran.c if column.name not in {"cost", "received"}]
    together = (ran.c.source_id, ran.c.account_id, ran.c.date, budget.c.drawn_on)
    of_all = func.sum(ran.c.received).over(partition_by=together)
    return (
        select(
            *shown,
            budget.c.read_on.label("budget_read_on"),
            (budget.c.daily * (ran.c.received / of_all)).label("budget_micros"),
            (budget.c.daily * (ran.c.cost / of_all)).label("budget"),
        )
        .select_from(ran.join(budget, and_(budget.c.campaign_key == ran.c.campaign_key, that_day)))
        .cte("budgets")
    )


def _deals(read: Read) -> FromClause:
    """Opportunities closed, by close date; `new_customer` marks the first that a customer won."""
    deal = read(facts.OPPORTUNITY)
    won = deal.c.is_won.is_(True)
    customer = func.coalesce(deal.c.customer_id, deal.c.opportunity_id)
    place = func.row_number().over(
        partition_by=(deal.c.source_id, customer, won), order_by=(deal.c.close_date, deal.c.opportunity_id)
    )
    return (
        select(
            *(deal.c[name] for name in ("source_id", "lead_id", "opportunity_id", "customer_id", "load_id")),
            *(
                deal.c[name]
                for name in ("date", "close_date", "country", "region", "plan", "stage", "currency")
            ),
            ONE.label("closed"),
            case((won, 1), else_=0).label("won"),
            case((and_(won, place == 1), 1), else_=0).label("new_customer"),
            case((won, deal.c.amount)).label("won_amount"),
            case((won, deal.c.amount_micros)).label("won_amount_micros"),
            case((won, func.date_diff("day", deal.c.date, deal.c.close_date))).label("cycle_days"),
        )
        .where(deal.c.is_closed.is_(True), deal.c.is_deleted.is_not(True))
        .cte("deals")
    )


def _pipeline(read: Read) -> FromClause:
    """Movements of the open pipeline: +1 on the day a deal is created, -1 on the day it is closed."""
    deal = read(facts.OPPORTUNITY)
    shown = [deal.c[name] for name in ("source_id", "lead_id", "opportunity_id", "country", "region", "plan")]
    alive = deal.c.is_deleted.is_not(True)
    opened = select(*shown, deal.c.date.label("date"), ONE.label("deals"), deal.c.load_id).where(alive)
    closed = select(*shown, deal.c.close_date, -ONE, deal.c.load_id).where(alive, deal.c.is_closed.is_(True))
    return union_all(opened, closed).cte("pipeline")


def _leads(read: Read) -> FromClause:
    """Persons who became leads: of a person entered twice the first lead counts, on its day and its traffic,
    and it has an opportunity when any of the person's leads has. A row of no known person is its own."""
    lead = read(facts.LEAD)
    person = (lead.c.source_id, func.coalesce(lead.c.person_key, lead.c.lead_id))
    first = func.row_number().over(
        partition_by=person, order_by=(lead.c.date, lead.c.created_at, lead.c.lead_id)
    )
    converted = case((lead.c.opportunity_id.is_not(None), 1), else_=0)
    each = (
        select(
            *(column for column in lead.c if column.name not in {"is_deleted", "person_key"}),
            first.label("place"),
            func.max(converted).over(partition_by=person).label("with_opportunity"),
        )
        .where(lead.c.is_deleted.is_not(True))
        .subquery("each_lead")
    )
    shown = [column for column in each.c if column.name != "place"]
    return select(*shown, ONE.label("leads")).where(each.c.place == 1).cte("leads")


def _opportunities(read: Read) -> FromClause:
    deal = read(facts.OPPORTUNITY)
    shown = [column for column in deal.c if column.name != "is_deleted"]
    return (
        select(*shown, ONE.label("opportunities")).where(deal.c.is_deleted.is_not(True)).cte("opportunities")
    )


def _movements(read: Read) -> FromClause:
    move = read(facts.MRR_MOVEMENT)
    return select(*move.c, (-move.c.customers).label("customers_lost")).cte("movements")


def _daily_costs(read: Read) -> FromClause:
    """Costs beside media, booked by month; a month's cost is spread evenly over its days.

    People write `paid_search` or `Paid search`: a cost joins the channel of the mapping by its slug.
    """
    cost = read(facts.COST)
    names = (
        select(dim_traffic.c.channel, slug_column(dim_traffic.c.channel).label("slug"))
        .distinct()
        .subquery("names")
    )
    days = cast(func.date_part("day", func.last_day(cost.c.date)), Integer)
    spread = select(
        cost.c.source_id,
        func.coalesce(names.c.channel, func.nullif(cost.c.channel, ""), NOT_SET).label("channel"),
        cost.c.category,
        cost.c.load_id,
        func.unnest(func.range(days)).label("offset"),
        cost.c.date.label("month"),
        (cost.c.amount / cast(days, Double)).label("amount"),
        (cost.c.amount_micros / cast(days, Double)).label("amount_micros"),
    ).select_from(cost.outerjoin(names, names.c.slug == slug_column(cost.c.channel)))
    spread = spread.where(cost.c.category.is_distinct_from(facts.MEDIA))
    each = spread.subquery("spread")
    shown = [column for column in each.c if column.name not in {"offset", "month"}]
    day = cast(each.c.month + cast(each.c.offset, Integer), Date)
    return select(*shown, day.label("date")).cte("daily_costs")


def _answers(survey: str) -> Callable[[Read], FromClause]:
    def rows(read: Read) -> FromClause:
        answer = read(facts.SURVEY)
        return (
            select(
                *(column for column in answer.c if column.name != "person_key"),
                case((answer.c.score.is_not(None), 1), else_=0).label("scored"),
                case((answer.c.aided.is_not(None), 1), else_=0).label("asked_aided"),
                case((answer.c.unaided.is_not(None), 1), else_=0).label("asked_unaided"),
                answer.c.wave.label("period_key"),
                func.max(answer.c.date).over(partition_by=answer.c.wave).label("period_end"),
            )
            .where(answer.c.survey == literal_column(f"'{survey}'"))
            .cte(f"{survey}_answers")
        )

    return rows


def _month(day: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    first = cast(func.date_trunc(literal_column("'month'"), day), Date)
    return first.label("period_key"), func.last_day(day).label("period_end")


def _market_months(read: Read) -> FromClause:
    """Months with an estimate of the market."""
    market = read(facts.MARKET)
    return select(*market.c, *_month(market.c.date)).cte("market_months")


def _market_invoices(read: Read) -> FromClause:
    """The invoices of every month with an estimate of the market; a month without any has one empty line, so
    that no earlier month answers for it."""
    market, invoice = read(facts.MARKET), read(facts.INVOICE)
    months = select(*_month(market.c.date)).distinct().subquery("months")
    month, _ = _month(invoice.c.date)
    joined = months.outerjoin(invoice, month.element == months.c.period_key)
    return select(*invoice.c, *months.c).select_from(joined).cte("market_invoices")


ONE: ColumnElement[int] = literal_column("1", BigInteger)
DEAL = {**_traffic(LEAD), **_of(LEAD, "device", "visitor_type"), **PLACE, **PLAN}

SUBJECTS: Registry[Subject] = Registry("subject")


def _subject(name: str, *sources: Source, events: bool = False) -> Subject:
    return SUBJECTS.add(Subject(name, sources, events))


def _shaped(
    fact: Fact,
    rows: Callable[[Read], FromClause],
    dimensions: Mapping[str, At],
    date: str = "date",
    *also: Fact,
) -> Source:
    return Source(fact.table.name, (fact, *also), rows, dimensions, date)


AD = _subject(
    "ad",
    *_rollup(facts.AD, _traffic()),
    _table(facts.AD, {**_traffic(), **DEVICE}),
    _table(facts.AD_GEO, {**_traffic(), **PLACE}),
    _table(facts.AD_HOUR, {**_traffic(), **HOUR}),
)
BUDGETS = _shaped(facts.AD, _budgets, _traffic(), "date", facts.CAMPAIGN_BUDGET)
BUDGET = _subject("budget", BUDGETS)
SESSION = _subject(
    "session",
    _table(facts.SESSION, {**_traffic(), **VISIT, **PLACE}),
    _table(facts.SESSION_HOUR, {**_traffic(), **DEVICE, **HOUR}),
    _table(facts.LANDING, {**DEVICE, **LANDING_PAGE}),
)
VISITOR = _subject("visitor", _table(facts.VISITOR_WINDOW, {**VISIT, **PLACE}))
LEADS = _subject("lead", _shaped(facts.LEAD, _leads, {**_traffic(), **VISIT, **PLACE}), events=True)
OPPORTUNITY = _subject("opportunity", _shaped(facts.OPPORTUNITY, _opportunities, DEAL), events=True)
CLOSED = _subject("deal", _shaped(facts.OPPORTUNITY, _deals, DEAL, "close_date"), events=True)
PIPELINE = _subject("pipeline", _shaped(facts.OPPORTUNITY, _pipeline, DEAL))
TOUCHED = {**_traffic(), **VISIT, **PLACE, **LANDING_PAGE, **PLAN}
CREDIT = _subject("credit", _shaped(facts.CREDIT, credits, TOUCHED), events=True)
PAID_CREDIT = _subject(
    "paid_credit", _shaped(facts.CREDIT, paid_credits, TOUCHED, "date", facts.AD), events=True
)
MOVEMENT = _subject(
    "movement",
    _shaped(facts.MRR_MOVEMENT, _movements, {**_traffic(), **PLACE, **PLAN}),
    events=True,
)
INVOICE = _subject("invoice", _table(facts.INVOICE, {**PLACE, **PLAN}), events=True)
COST = _subject("cost", _shaped(facts.COST, _daily_costs, {"channel": At("channel")}))
NPS = _subject("nps", _shaped(facts.SURVEY, _answers("nps"), PLACE))
AWARENESS = _subject("awareness", _shaped(facts.SURVEY, _answers("awareness"), PLACE))
MARKET = _subject("market", _shaped(facts.MARKET, _market_months, {}))
MARKET_INVOICE = _subject(
    "market_invoice",
    _shaped(facts.INVOICE, _market_invoices, {}, "date", facts.MARKET),
)
