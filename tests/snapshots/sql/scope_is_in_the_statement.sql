WITH buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
deals AS 
(SELECT fact_opportunity.source_id AS source_id, fact_opportunity.lead_id AS lead_id, fact_opportunity.opportunity_id AS opportunity_id, fact_opportunity.customer_id AS customer_id, fact_opportunity.load_id AS load_id, fact_opportunity.date AS date, fact_opportunity.close_date AS close_date, fact_opportunity.country AS country, fact_opportunity.region AS region, fact_opportunity.plan AS plan, fact_opportunity.stage AS stage, fact_opportunity.currency AS currency, 1 AS closed, CASE WHEN (fact_opportunity.is_won IS true) THEN 1 ELSE 0 END AS won, CASE WHEN (fact_opportunity.is_won IS true AND row_number() OVER (PARTITION BY fact_opportunity.source_id, coalesce(fact_opportunity.customer_id, fact_opportunity.opportunity_id), fact_opportunity.is_won IS true ORDER BY fact_opportunity.close_date, fact_opportunity.opportunity_id) = 1) THEN 1 ELSE 0 END AS new_customer, CASE WHEN (fact_opportunity.is_won IS true) THEN fact_opportunity.amount END AS won_amount, CASE WHEN (fact_opportunity.is_won IS true) THEN fact_opportunity.amount_micros END AS won_amount_micros, CASE WHEN (fact_opportunity.is_won IS true) THEN date_diff('day', fact_opportunity.date, fact_opportunity.close_date) END AS cycle_days 
FROM fact_opportunity 
WHERE fact_opportunity.is_closed IS true AND fact_opportunity.is_deleted IS NOT true), 
deal_sum AS 
(SELECT CAST(sum(deals.won) AS BIGINT) AS deals_won 
FROM deals 
WHERE deals.close_date >= CAST($start AS DATE) AND deals.close_date <= CAST($end AS DATE) AND coalesce(deals.region, '(not set)') IN ($value_0, $value_1)), 
deal_sum_covered AS 
(SELECT min(deals.close_date) AS first, greatest(max(deals.close_date), (SELECT max(dim_source.data_until) AS max_1 
FROM dim_source 
WHERE dim_source.source IN (SELECT DISTINCT deals.source_id 
FROM deals))) AS last 
FROM deals), 
cells AS 
(SELECT coalesce(deal_sum.deals_won, CASE WHEN (deal_sum_covered.first <= buckets.ends AND deal_sum_covered.last >= buckets.starts) THEN 0 END) AS deals_won, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN deal_sum ON true JOIN deal_sum_covered ON true)
 SELECT cells.deals_won AS customers_won, cells.deals_won AS customers_won__n 
FROM cells
