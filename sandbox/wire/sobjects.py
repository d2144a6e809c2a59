"""The org's objects: fields with their types, and SQL that shows each record as it stands at an instant."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.crm import STAGES

_S = [f"'{stage}'" for stage in STAGES]


@dataclass(frozen=True)
class SObject:
    """One object. `types` maps a field to `string`, `datetime`, `date`, `boolean` or `double`.

    `bulk`: whether query jobs read it.

    Units: in `sql`, datetimes are Unix seconds; `$now` is the instant of asking.
    """

    name: str
    types: dict[str, str]
    sql: str
    bulk: bool = True


def _types(**kinds: str) -> dict[str, str]:
    return {field: kind for kind, fields in kinds.items() for field in fields.split()}


LEAD = SObject(
    "Lead",
    _types(
        string="Id Email FirstName LastName Company Status Rating LeadSource OwnerId ConvertedAccountId "
        "ConvertedOpportunityId Utm_Source__c Utm_Medium__c Utm_Campaign__c Device__c "
        "Visitor_Type__c Country State "
        "MasterRecordId",
        boolean="IsConverted IsDeleted",
        date="ConvertedDate",
        datetime="CreatedDate LastModifiedDate SystemModstamp",
    ),
    """select l.id as Id, l.email as Email, l.first_name as FirstName, l.last_name as LastName,
      l.company as Company, null::varchar as Rating, null::varchar as MasterRecordId,
      case when l.converted <= $now then 'Closed - Converted' when l.deleted <= $now then 'Closed -
        Not Converted'
           when l.worked <= $now then 'Working - Contacted' else 'Open - Not Contacted' end as Status,
      'Web' as LeadSource, '005LF000000owner1AAA' as OwnerId,
      case when l.converted <= $now then d.account end as ConvertedAccountId,
      case when l.converted <= $now then d.id end as ConvertedOpportunityId,
      c.source as Utm_Source__c, c.medium as Utm_Medium__c, u.name as Utm_Campaign__c, v.name as Device__c,
      case when l.first then 'new' else 'returning' end as Visitor_Type__c, p.country as Country,
      nullif(p.region, '(not set)') as State, l.converted <= $now as IsConverted, l.deleted <= $now
        as IsDeleted,
      case when l.converted <= $now then make_timestamp(l.converted * 1000000)::date end as ConvertedDate,
      l.created as CreatedDate, stamp as LastModifiedDate, stamp as SystemModstamp
    from (select *, greatest(created, case when worked <= $now then worked else 0 end,
            case when converted <= $now then converted else 0 end, case when deleted <= $now then
              deleted else 0 end,
            case when mass <= $now then mass else 0 end) as stamp from lead where created <= $now) l
      join dim_channel c using (channel) join dim_utm u using (utm) join dim_device v using (device)
      join dim_place p using (place) left join deal d using (visitor)""",
)

OPPORTUNITY = SObject(
    "Opportunity",
    _types(
        string="Id AccountId Name StageName CurrencyIsoCode Type LeadSource ForecastCategory "
        "ForecastCategoryName CampaignId "
        "OwnerId Lead__c Plan__c Billing_Interval__c Country__c Region__c",
        boolean="IsClosed IsWon IsDeleted HasOpportunityLineItem",
        double="Amount Probability ExpectedRevenue",
        date="CloseDate",
        datetime="CreatedDate LastModifiedDate LastStageChangeDate SystemModstamp",
    ),
    f"""select *, Amount * Probability / 100 as ExpectedRevenue from (
    select d.id as Id, d.account as AccountId, l.company || ' - ' || n.name as Name,
      case when d.stage4 <= $now then case when d.won then {_S[4]} else {_S[5]} end when d.stage3
        <= $now then {_S[3]}
           when d.stage2 <= $now then {_S[2]} when d.stage1 <= $now then {_S[1]} else {_S[0]} end
             as StageName,
      case when d.stage4 <= $now then case when d.won then 100.0 else 0.0 end when d.stage3 <= $now then 75.0
           when d.stage2 <= $now then 50.0 when d.stage1 <= $now then 25.0 else 10.0 end::double as
             Probability,
      d.stage4 <= $now as IsClosed, d.stage4 <= $now and d.won as IsWon, false as IsDeleted,
      false as HasOpportunityLineItem, case when d.stage2 <= $now then d.amount else d.guess
        end::double as Amount,
      d.currency as CurrencyIsoCode, 'New Business' as Type, 'Web' as LeadSource,
      case when d.stage4 <= $now then case when d.won then 'Closed' else 'Omitted' end else 'Pipeline' end
        as ForecastCategory, ForecastCategory as ForecastCategoryName, k.sf_id as CampaignId,
      '005LF000000owner1AAA' as OwnerId, l.id as Lead__c, n.name as Plan__c,
      case when d.annual then 'year' else 'month' end as Billing_Interval__c, p.country as Country__c,
      p.region as Region__c,
      make_timestamp(case when d.stage4 <= $now then d.stage4 else d.created + 30 * 86400
        end::bigint * 1000000)::date
        as CloseDate, d.created as CreatedDate,
      case when d.stage4 <= $now then d.stage4 when d.stage3 <= $now then d.stage3 when d.stage2 <=
        $now then d.stage2
           when d.stage1 <= $now then d.stage1 else d.created end as LastStageChangeDate,
      LastStageChangeDate as LastModifiedDate, LastStageChangeDate as SystemModstamp
    from deal d join lead l using (visitor) join dim_plan n on n.plan = d.plan join dim_place p on
      p.place = d.place
      left join dim_campaign k on k.campaign = l.campaign where d.created <= $now)""",
)

HISTORY = SObject(
    "OpportunityHistory",
    _types(
        string="Id OpportunityId StageName ForecastCategory CreatedById CurrencyIsoCode",
        boolean="IsDeleted",
        double="Amount Probability ExpectedRevenue PrevAmount",
        date="CloseDate PrevCloseDate",
        datetime="CreatedDate SystemModstamp",
    ),
    f"""select *, Amount * Probability / 100 as ExpectedRevenue from (
    select id as Id, deal as OpportunityId, stage as StageName, amount::double as Amount, currency
      as CurrencyIsoCode,
      case stage when {_S[0]} then 10.0 when {_S[1]} then 25.0 when {_S[2]} then 50.0 when {_S[3]} then 75.0
                 when {_S[4]} then 100.0 else 0.0 end::double as Probability,
      case when stage = {_S[4]} then 'Closed' when stage = {_S[5]} then 'Omitted' else 'Pipeline' end
        as ForecastCategory, '005LF000000owner1AAA' as CreatedById, false as IsDeleted,
      lag(amount::double) over (partition by deal order by ts) as PrevAmount,
      make_timestamp(case when starts_with(stage, 'Closed') then ts else created + 30 * 86400 end *
        1000000)::date
        as CloseDate, null::date as PrevCloseDate, ts as CreatedDate, ts as SystemModstamp
    from deal_history where ts <= $now)""",
)

ACCOUNT = SObject(
    "Account",
    _types(
        string="Id Name Industry Type BillingCountry BillingState AccountSource OwnerId ParentId "
        "CurrencyIsoCode",
        boolean="IsDeleted",
        double="AnnualRevenue NumberOfEmployees",
        datetime="CreatedDate LastModifiedDate SystemModstamp",
    ),
    """select Id, Name, null::varchar as Industry, Type, p.country as BillingCountry,
      nullif(p.region, '(not set)') as BillingState, Source as AccountSource,
        '005LF000000owner1AAA' as OwnerId,
      null::varchar as ParentId, case when p.country_id = 'DE' then 'EUR' else 'USD' end as CurrencyIsoCode,
      false as IsDeleted, null::double as AnnualRevenue, null::double as NumberOfEmployees, CreatedDate,
      Stamp as LastModifiedDate, Stamp as SystemModstamp
    from (select d.account as Id, l.company as Name, case when d.won and d.stage4 <= $now then 'Customer' else
        'Prospect' end as Type, d.place, 'Web' as Source, d.created as CreatedDate,
        case when d.won and d.stage4 <= $now then d.stage4 else d.created end as Stamp
      from deal d join lead l using (visitor) where d.created <= $now
      union all
      select id, name, 'Customer', place, 'Legacy', epoch(started::timestamp)::bigint,
        epoch(started::timestamp)::bigint
      from customer where visitor = 0 and epoch(started::timestamp) <= $now) a
      join dim_place p using (place)""",
)

CAMPAIGN = SObject(
    "Campaign",
    _types(
        string="Id Name ParentId Type Status CurrencyIsoCode",
        boolean="IsActive IsDeleted",
        date="StartDate EndDate",
        double="BudgetedCost ActualCost NumberOfLeads NumberOfConvertedLeads NumberOfOpportunities "
        "NumberOfWonOpportunities",
        datetime="CreatedDate LastModifiedDate SystemModstamp",
    ),
    """select k.sf_id as Id, k.name as Name, null::varchar as ParentId, 'Advertisement' as Type,
      case when k.ends < make_timestamp($now::bigint * 1000000)::date then 'Completed' else 'In
        Progress' end as Status,
      case when k.account = 1 then 'EUR' else 'USD' end as CurrencyIsoCode,
      coalesce(k.ends >= make_timestamp($now::bigint * 1000000)::date, true) as IsActive, false as IsDeleted,
      k.starts as StartDate, k.ends as EndDate, k.budget::double as BudgetedCost, null::double as ActualCost,
      (select count(*) from lead l where l.campaign = k.campaign and l.created <= $now)::double as
        NumberOfLeads,
      (select count(*) from lead l where l.campaign = k.campaign and l.converted <= $now)::double
        as NumberOfConvertedLeads,
      (select count(*) from lead l where l.campaign = k.campaign and l.converted <= $now)::double
        as NumberOfOpportunities,
      (select count(*) from lead l join deal d using (visitor) where l.campaign = k.campaign and d.won
        and d.stage4 <= $now)::double as NumberOfWonOpportunities,
      epoch(k.starts::timestamp)::bigint as CreatedDate, CreatedDate as LastModifiedDate,
        CreatedDate as SystemModstamp
    from dim_campaign k where epoch(k.starts::timestamp) <= $now""",
)

TOUCH = SObject(
    "Web_Touch__c",
    _types(
        string="Id Name Lead__c Utm_Source__c Utm_Medium__c Utm_Campaign__c Landing_Page__c Device__c "
        "Visitor_Type__c "
        "Country__c Region__c",
        boolean="IsDeleted",
        datetime="Occurred_At__c CreatedDate LastModifiedDate SystemModstamp",
    ),
    """select t.id as Id, 'WT-' || right(t.id, 8) as Name, t.lead as Lead__c, c.source as Utm_Source__c,
      c.medium as Utm_Medium__c, u.name as Utm_Campaign__c, g.page as Landing_Page__c, v.name as Device__c,
      case when t.first then 'new' else 'returning' end as Visitor_Type__c, p.country as Country__c,
      p.region as Region__c, false as IsDeleted, t.ts as Occurred_At__c, t.created as CreatedDate,
      t.created as LastModifiedDate, t.created as SystemModstamp
    from touch t join dim_channel c using (channel) join dim_utm u using (utm) join dim_device v
      using (device)
      join dim_place p using (place) join dim_landing g using (landing) where t.created <= $now""",
)

STAGE = SObject(
    "OpportunityStage",
    _types(
        string="Id MasterLabel ApiName",
        boolean="IsClosed IsWon IsActive",
        double="DefaultProbability SortOrder",
    ),
    "select * from (values "
    + ", ".join(
        f"('01JLF00000000{i}0AAA', {s}, {s}, {i >= 4}, {i == 4}, true, {p}.0::double, {i + 1}.0::double)"
        for i, (s, p) in enumerate(zip(_S, (10, 25, 50, 75, 100, 0), strict=True))
    )
    + ") t(Id, MasterLabel, ApiName, IsClosed, IsWon, IsActive, DefaultProbability, SortOrder)",
    bulk=False,
)

SOBJECTS = {o.name.lower(): o for o in (LEAD, OPPORTUNITY, HISTORY, ACCOUNT, CAMPAIGN, TOUCH, STAGE)}
