"""The full-size company: its scale is the agreed one, and what was planted can be found in the raw data."""

from __future__ import annotations

import csv
import io
import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sandbox import answer_key, files
from sandbox.campaigns import AWARENESS, CAMPAIGNS, LAUNCH, RETARGETING, daily_budget, spellings
from sandbox.company import Company
from sandbox.events import BRAND_PAUSE, CONVERSION_DROP, CPC_SPIKE, OUTAGE, VIRAL
from sandbox.world import DIRECT, FACEBOOK, LINKEDIN

EPOCH = datetime(2026, 11, 23, 8, tzinfo=UTC)
NOW = int(EPOCH.timestamp())
DAY = 86_400


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company.load(tmp_path_factory.mktemp("larkfield"), 7, EPOCH)


def ask(company: Company, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return company.con.execute(sql, list(values)).fetchall()


def number(company: Company, sql: str, *values: object) -> float:
    return float(ask(company, sql, *values)[0][0])


def rows_of(company: Company, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(files.content(company, name, EPOCH)))))


def day(company: Company, relative: int) -> int:
    return company.timeline.index(relative)


def test_customers_and_mrr_today_are_the_agreed_ones(company: Company) -> None:
    running = [
        r for r in rows_of(company, "subscriptions") if not r["ended_on"] and r["status"] != "trialing"
    ]
    mrr = sum(float(r["price"]) / (12 if r["interval"] == "year" else 1) for r in running)
    assert 1_150 <= len({r["customer_id"] for r in running}) <= 1_350
    assert 115_000 <= mrr <= 135_000


def test_monthly_churn_over_the_last_year_is_near_three_percent(company: Company) -> None:
    left = number(
        company,
        "select count(*) from phase where closes = 'canceled' and ended > ? and ended <= ?",
        date(2025, 11, 23),
        date(2026, 11, 23),
    )
    midway = number(
        company,
        "select count(distinct customer) from phase where closes <> 'trialing' and started <= ? "
        "and (ended is null or ended > ?)",
        date(2026, 5, 23),
        date(2026, 5, 23),
    )
    assert 0.024 <= left / 12 / midway <= 0.034


def test_visitors_leads_and_rates_of_the_last_thirty_days_are_the_agreed_ones(company: Company) -> None:
    first, last = day(company, -30), day(company, -1)
    visitors = number(
        company, "select count(distinct visitor) from session where day between ? and ?", first, last
    )
    keen = number(
        company,
        "select count(distinct visitor) from session where event > 0 and day between ? and ?",
        first,
        last,
    )
    leads = number(company, "select count(*) from lead where created between ? and ?", NOW - 30 * DAY, NOW)
    assert 78_000 <= visitors <= 92_000
    assert 400 <= leads <= 500
    assert 0.023 <= keen / visitors <= 0.032


def test_the_funnel_below_leads_has_the_agreed_rates(company: Company) -> None:
    old = NOW - 90 * DAY
    opportunities = number(
        company, "select avg((converted <= ?)::integer) from lead where created < ?", NOW, old
    )
    won = number(company, "select avg(won::integer) from deal where created < ?", old)
    cycle = statistics.median(
        d for (d,) in ask(company, "select (stage4 - created) / 86400.0 from deal where won")
    )
    assert 0.25 <= opportunities <= 0.30
    assert 0.32 <= won <= 0.39
    assert 21 <= cycle <= 35


def test_every_customer_of_the_last_24_months_comes_from_a_won_opportunity(company: Company) -> None:
    fresh = ask(
        company,
        "select min(started), customer from phase where closes <> 'trialing' group by customer "
        "having min(started) > ?",
        date(2024, 11, 23),
    )
    won = {row[0] for row in ask(company, "select visitor + 10000000 from deal where won")}
    assert len(fresh) > 800
    assert {customer for _, customer in fresh} <= won


def spent(company: Company, campaign: int) -> float:
    return number(
        company, "select sum(cost) / 1e6 from ad_cell where campaign = ? and seen_at <= ?", campaign, NOW
    )


def test_the_three_named_campaigns_keep_to_their_budgets(company: Company) -> None:
    launch, awareness = CAMPAIGNS[LAUNCH], CAMPAIGNS[AWARENESS]
    assert (launch.name, launch.total, launch.last - launch.first + 1) == ("Product Launch", 50_000, 30)
    assert (awareness.name, awareness.total, awareness.last - awareness.first + 1) == (
        "Brand Awareness",
        75_000,
        60,
    )
    assert 42_500 <= spent(company, LAUNCH) <= 50_000
    assert 0.8 <= spent(company, AWARENESS) / (daily_budget(awareness) * -awareness.first) <= 1.05
    clicks, shown = ask(
        company,
        "select sum(clicks), sum(impressions) from ad_cell where campaign = ? and day < ?",
        RETARGETING,
        day(company, 0),
    )[0]
    assert 11_500 <= clicks <= 14_000
    assert 0.014 <= clicks / shown <= 0.017


def test_some_days_spend_more_than_110_percent_of_the_budget(company: Company) -> None:
    days = ask(
        company,
        "select campaign, day, sum(cost) / 1e6 from ad_cell where day < ? group by 1, 2",
        day(company, 0),
    )
    over = [d for d in days if d[2] > 1.1 * daily_budget(CAMPAIGNS[d[0]])]
    assert 0.01 <= len(over) / len(days) <= 0.2


def test_google_ads_claims_more_than_the_crm_recorded(company: Company) -> None:
    claimed = number(company, "select count(*) from ad_claim where action >= 3 and known_at <= ?", NOW)
    assert claimed > 1.3 * number(
        company, "select count(*) from lead where campaign >= 0 and created <= ?", NOW
    )


def test_about_two_thirds_of_the_claims_show_on_the_day_and_all_after_28_days(company: Company) -> None:
    waits = [
        (known - booked) / DAY
        for known, booked in ask(
            company,
            "select known_at, epoch(?::date::timestamp)::bigint + day * 86400 from ad_claim where not viewed "
            "and day < ?",
            company.timeline.start.isoformat(),
            day(company, -60),
        )
    ]
    assert max(waits) <= 29.3
    assert 0.6 <= sum(wait <= 1.25 for wait in waits) / len(waits) <= 0.78


def sessions(company: Company, relative: int, where: str = "true") -> float:
    return number(company, f"select count(*) from session where day = ? and {where}", day(company, relative))


def test_the_tracking_outage_shows_in_analytics_and_not_in_the_ad_account(company: Company) -> None:
    assert sessions(company, OUTAGE.first) < 0.06 * sessions(company, OUTAGE.first - 7)
    assert 0.3 < sessions(company, OUTAGE.last) / sessions(company, OUTAGE.last - 7) < 0.85
    clicks = [
        number(company, "select sum(clicks) from ad_cell where day = ?", day(company, d))
        for d in (OUTAGE.first, OUTAGE.first - 7)
    ]
    assert 0.7 < clicks[0] / clicks[1] < 1.4


def test_the_viral_post_shows_in_social_visits_only(company: Company) -> None:
    social = f"channel in ({FACEBOOK}, {LINKEDIN})"
    assert sessions(company, VIRAL.first, social) > 5 * sessions(company, VIRAL.first - 7, social)
    rest = sessions(company, VIRAL.first, f"not {social}") / sessions(
        company, VIRAL.first - 7, f"not {social}"
    )
    assert 0.75 < rest < 1.3


def test_clicks_cost_more_than_twice_as_much_in_the_spike_but_for_a_total_budget(company: Company) -> None:
    def cpc(campaigns: list[int], first: int, last: int) -> float:
        return number(
            company,
            "select sum(cost) / sum(clicks) from ad_cell where list_contains(?, campaign) "
            "and day between ? and ?",
            campaigns,
            day(company, first),
            day(company, last),
        )

    def times(campaigns: list[int]) -> float:
        before = cpc(campaigns, CPC_SPIKE.first - 10, CPC_SPIKE.first - 1)
        return cpc(campaigns, CPC_SPIKE.first, CPC_SPIKE.last) / before

    search = [index for index, one in enumerate(CAMPAIGNS) if one.kind == "SEARCH"]
    assert times([index for index in search if index != LAUNCH]) == pytest.approx(CPC_SPIKE.factor, rel=0.08)
    assert times([LAUNCH]) == pytest.approx(1.0, abs=0.08)


def test_the_conversion_drop_is_visible_today(company: Company) -> None:
    def rate(first: int, last: int) -> float:
        return number(
            company,
            "select avg((event > 0)::integer) from session where day between ? and ?",
            day(company, first),
            day(company, last),
        )

    assert rate(CONVERSION_DROP.first, -1) / rate(-32, CONVERSION_DROP.first - 1) == pytest.approx(
        0.55, abs=0.1
    )


def test_brand_search_paused_moves_people_to_organic(company: Company) -> None:
    paused = "select coalesce(sum(clicks), 0) from ad_cell where campaign = 0 and day between ? and ?"
    span = day(company, BRAND_PAUSE.first), day(company, BRAND_PAUSE.last)
    assert number(company, paused, *span) == 0
    assert number(company, paused, span[0] - 21, span[1] - 21) > 500


def test_leavers_with_a_known_cause_show_it_and_the_others_do_not(company: Company) -> None:
    sql = """select p.cause, avg(a.active_users) filter (where a.week >= w.last - 2)
                 / avg(a.active_users) filter (where a.week < w.last - 12), avg(a.support_tickets)
                 filter (where a.week >= w.last - 3)
             from phase p join activity a on a.customer = p.customer
               join (select customer, max(week) as last from activity group by 1) w on w.customer = p.customer
             where p.closes = 'canceled' and p.ended between ? and ? group by 1 order by 1"""
    shown = {
        cause: (users, tickets)
        for cause, users, tickets in ask(company, sql, date(2025, 6, 1), date(2026, 11, 1))
    }
    assert shown[0][0] < 0.6
    assert shown[3][0] > 0.85
    assert shown[1][1] > 2 * shown[3][1]


def nps(answers: list[dict[str, str]], since: datetime) -> float:
    """The net promoter score of the thirty days from an instant on."""
    days = since.date().isoformat(), (since + timedelta(days=30)).date().isoformat()
    scores = [int(r["score"]) for r in answers if r["survey"] == "nps" and days[0] <= r["date"] <= days[1]]
    return 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)


def test_nps_awareness_and_market_share_are_the_agreed_ones(company: Company) -> None:
    answers = rows_of(company, "surveys")
    recent, before = nps(answers, EPOCH - timedelta(days=30)), nps(answers, EPOCH - timedelta(days=395))
    asked = [r for r in answers if r["survey"] == "awareness"]
    assert 39 <= recent <= 46
    assert 1 <= recent - before <= 10
    assert 0.22 <= sum(int(r["aided"]) for r in asked) / len(asked) <= 0.28
    assert 0.06 <= sum(int(r["unaided"]) for r in asked) / len(asked) <= 0.10
    own: dict[str, float] = {}
    for bill in rows_of(company, "invoices"):
        month = bill["issued_on"][:8] + "01"
        own[month] = own.get(month, 0.0) + float(bill["amount"])
    shares = [own[r["month"]] / float(r["market_revenue"]) for r in rows_of(company, "market_size")[-12:]]
    assert 0.031 <= statistics.mean(shares) <= 0.033
    assert max(abs(b - a) for a, b in pairwise(shares)) < 0.003


def test_sixty_months_of_bills_and_daily_rates(company: Company) -> None:
    bills = [r["issued_on"] for r in rows_of(company, "invoices")]
    rates = [r["date"] for r in rows_of(company, "exchange_rates")]
    assert (min(bills)[:7], max(bills)[:7]) == ("2021-11", "2026-11")
    assert rates == [(date(2021, 11, 23) + timedelta(days=n)).isoformat() for n in range(len(rates))]
    assert rates[-1] == "2026-11-23"


def test_campaign_names_have_the_usual_mess(company: Company) -> None:
    names = {n for (n,) in ask(company, "select distinct u.name from session s join dim_utm u using (utm)")}
    assert {"product_launch", "Product+Launch", "product launch", "PRODUCT LAUNCH", "Prodcut Launch"} <= names


def credited(company: Company, days: int) -> dict[int, tuple[int, float]]:
    """Won deals and their amount in USD by the campaign of the last non-direct touch in ninety days.

    The launch's own letters count for the launch.
    """
    letters = ", ".join(str(code) for code in spellings(LAUNCH))
    sql = f"""select campaign, count(*), sum(amount) from (
               select d.visitor, if(t.utm in ({letters}), {LAUNCH}, t.campaign) as campaign,
                 d.amount * if(d.currency = 'EUR', 1.09, 1.0) as amount from deal d
                 join touch t on t.visitor = d.visitor and t.ts between d.stage4 - 90 * 86400 and d.stage4
               where d.won and d.stage4 between ? and ?
               qualify row_number() over (partition by d.visitor order by t.channel = ?, t.ts desc) = 1)
             group by 1"""
    return {c: (n, a) for c, n, a in ask(company, sql, NOW - days * DAY, NOW, DIRECT)}


def test_ads_win_about_half_of_the_customers_and_earn_plausibly(company: Company) -> None:
    found = credited(company, 365)
    wins = sum(n for n, _ in found.values())
    assert 0.38 <= sum(n for c, (n, _) in found.items() if c >= 0) / wins <= 0.55
    spend = {
        c: float(cost)
        for c, cost in ask(
            company,
            "select campaign, sum(cost) / 1e6 * if(campaign >= 8, 1.09, 1.0) from ad_cell where day between "
            "? and ? group by 1",
            day(company, -365),
            day(company, -1),
        )
    }
    roas = {CAMPAIGNS[c].name: found[c][1] / spend[c] for c in spend}
    assert 3 <= roas["Search Brand"] <= 6
    assert 2.5 <= roas["Retargeting"] <= 6
    assert 1 <= roas["Search Generic"] <= 2
    assert 1.8 <= roas["Product Launch"] <= 4
    assert 0 < roas["Brand Awareness"] < 1


def test_most_leads_were_touched_more_than_once(company: Company) -> None:
    several = number(
        company, "select avg((n > 1)::integer) from (select count(*) n from touch group by lead)"
    )
    assert several > 0.6


def test_the_answer_key_counts_what_each_channel_caused(company: Company) -> None:
    text = answer_key.render(company)
    assert "| tracking outage | -110 to -109 | 2026-08-05 to 2026-08-06 | 0.03 |" in text
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| Google Ads: Retargeting")]
    seen, caused = int(rows[0][2]), int(rows[0][4])
    assert caused < 0.5 * seen


def test_the_answer_key_counts_persons_as_the_product_does_and_says_what_is_left_out(
    company: Company,
) -> None:
    text = answer_key.render(company)
    leads = number(company, "select count(*) from lead where created <= ?", NOW)
    deleted = number(company, "select count(*) from lead where created <= ? and deleted <= ?", NOW, NOW)
    persons = number(
        company, "select count(distinct email) from lead where created <= ? and deleted > ?", NOW, NOW
    )
    assert 0 < deleted < leads - persons
    twice = leads - deleted - persons
    assert (
        f"Of the {leads:.0f} leads that the CRM ever held, {deleted:.0f} were deleted and {twice:.0f} are "
        f"somebody who was entered twice. That leaves {persons:.0f} persons"
    ) in text
    assert "`pad query leads --from 2024-10-08 --to 2026-11-23`" in text
    rows = [line.split("|")[2:4] for line in text.splitlines() if line.count("|") == 7][2:]
    assert [sum(int(row[place]) for row in rows) for place in (0, 1)] == [leads, persons]


def test_the_answer_key_counts_claims_also_from_the_day_that_a_first_sync_reads(company: Company) -> None:
    first, days = company.timeline.start, company.timeline.marketing_days - 730
    claims = "select count(*) from ad_claim where known_at <= ? and day >= ?"
    rows = [
        line.split("|")[1:3]
        for line in answer_key.render(company).splitlines()
        if line.startswith("| 20") and "to 2026-11-23" in line
    ]
    assert [(since.split()[0], int(count)) for since, count in rows] == [
        (first.isoformat(), number(company, claims, NOW, 0)),
        ((first + timedelta(days=days)).isoformat(), number(company, claims, NOW, days)),
    ]


def test_the_answer_key_in_the_docs_is_the_generated_one(company: Company) -> None:
    assert Path("docs/answer-key.md").read_text(encoding="utf-8") == answer_key.render(company)
