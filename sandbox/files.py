"""Files for import: what the back office would export, known up to the company's clock."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from sandbox.activity import monday, week_of
from sandbox.company import Company

HEADERS: dict[str, str] = {
    "subscriptions": "subscription_id,customer_id,customer_name,plan,interval,price,currency,status,"
    "started_on,ended_on,"
    "country,region,source,medium,campaign",
    "invoices": "invoice_id,customer_id,issued_on,due_on,paid_on,amount,currency,plan,country,region",
    "account_activity": "customer_id,date,active_users,features_used,support_tickets,invoices_late,"
    "onboarding_step",
    "surveys": "response_id,date,survey,wave,score,aided,unaided,country,region",
    "market_size": "month,market_revenue,low,high,currency,source",
    "costs": "month,category,channel,amount,currency",
    "targets": "metric,starts_on,ends_on,value",
    "exchange_rates": "date,currency,rate,source",
}

_SQL: dict[str, str] = {
    # A phase keeps the status it ends with; a running one is past due while a bill is.
    "subscriptions": """
        select p.subscription, c.id, c.name, n.name, case when p.annual then 'year' else 'month'
          end, p.price, 'USD',
          case when p.closes = 'trialing' then 'trialing' when p.closes = 'canceled' and p.ended <=
            $day then 'canceled'
               when coalesce(p.ended > $day, true) and o.customer is not null then 'past_due' else
                 'active' end,
          p.started, case when p.ended <= $day then p.ended end, g.country, g.region,
          coalesce(h.source, ''), coalesce(h.medium, ''), coalesce(u.name, '')
        from phase p join customer c on c.number = p.customer join dim_plan n using (plan)
          join dim_place g using (place) left join lead l on l.visitor = c.visitor and c.visitor > 0
          left join dim_channel h on h.channel = l.channel left join dim_utm u on u.utm = l.utm
          left join (select distinct customer from invoice where due < $day and issued > $day - 100
                     and coalesce(paid > $day, true)) o on o.customer = p.customer
        where p.started <= $day order by p.started, p.subscription""",
    "invoices": """
        select i.id, c.id, i.issued, i.due, case when i.paid <= $day then i.paid end, i.amount, 'USD', n.name,
          g.country, g.region
        from invoice i join customer c on c.number = i.customer join dim_plan n using (plan)
          join dim_place g using (place) where i.issued <= $day order by i.issued, i.id""",
    "account_activity": """
        select c.id, a.week, a.active_users, a.features_used, a.support_tickets,
          coalesce((select count(*) from invoice i where i.customer = a.customer
             and i.due < $monday + 7 * a.week::integer and i.due >= $monday + 7 * a.week::integer - 90
             and coalesce(i.paid > i.due, true)
             and coalesce(i.paid > $monday + 7 * a.week::integer - 30, true)), 0), a.onboarding_step
        from activity a join customer c on c.number = a.customer where a.week < $week order by
          a.week, c.id""",
    "surveys": """select response_id, date, survey, wave, score, aided, unaided, country, region from survey
        where date <= $day order by date, response_id""",
    "market_size": """select month, market_revenue, low, high, currency, source from market
        where month + interval 40 day <= $day order by month""",
    "costs": """select month, category, channel, amount, currency from cost where month <= $day
        order by month, category, channel""",
    "targets": "select metric, starts_on, ends_on, value from target order by metric, starts_on",
    "exchange_rates": "select date, currency, rate, source from rate where date <= $day order by date",
}


def content(company: Company, name: str, now: datetime) -> Iterator[str]:
    """A file's text in pieces, header first.

    Raises: KeyError when no such file exists.
    """
    yield HEADERS[name] + "\r\n"
    cursor = company.cursor()
    wanted = {"day": now.date(), "monday": monday(0), "week": week_of(now.date())}
    cursor.execute(_SQL[name], {k: v for k, v in wanted.items() if f"${k}" in _SQL[name]})
    while rows := cursor.fetchmany(5_000):
        out = io.StringIO()
        csv.writer(out).writerows([_cell(name, i, value) for i, value in enumerate(row)] for row in rows)
        yield out.getvalue()
    cursor.close()


def _cell(name: str, column: int, value: object) -> object:
    if value is None:
        return ""
    if name == "account_activity" and column == 1:
        return monday(int(str(value))).isoformat()
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def write(company: Company, folder: Path, now: datetime) -> list[Path]:
    """All files, written into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in HEADERS:
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            out.writelines(content(company, name, now))
        paths.append(path)
    return paths
