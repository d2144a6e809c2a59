WITH credits AS 
(SELECT fact_credit.source_id AS source_id, fact_credit.account_id AS account_id, fact_credit.model AS model, fact_credit.opportunity_id AS opportunity_id, fact_credit.customer_id AS customer_id, fact_credit.date AS date, fact_credit.touched_at AS touched_at, fact_credit.traffic_key AS traffic_key, fact_credit.campaign_key AS campaign_key, fact_credit.device AS device, fact_credit.visitor_type AS visitor_type, fact_credit.country AS country, fact_credit.region AS region, fact_credit.landing_page AS landing_page, fact_credit.plan AS plan, fact_credit.weight AS weight, fact_credit.revenue AS revenue, fact_credit.load_id AS load_id, fact_credit.weight AS revenue_micros 
FROM fact_credit 
WHERE fact_credit.model = 'last_non_direct'), 
credit_sum AS 
(SELECT coalesce(dim_traffic.channel, '(not set)') AS channel, CAST(sum(credits.revenue) AS DOUBLE PRECISION) / 1000000.0 AS credited_revenue, count(*) FILTER (WHERE credits.revenue IS NULL AND credits.revenue_micros IS NOT NULL) AS credited_revenue__gap 
FROM credits LEFT OUTER JOIN dim_traffic ON credits.traffic_key = dim_traffic.traffic_key 
WHERE credits.date >= CAST($start AS DATE) AND credits.date <= CAST($end AS DATE) GROUP BY coalesce(dim_traffic.channel, '(not set)')), 
ad_sum AS 
(SELECT coalesce(dim_traffic.channel, '(not set)') AS channel, CAST(sum(rollup_ad_campaign_day.cost) AS DOUBLE PRECISION) / 1000000.0 AS ad_cost, count(*) FILTER (WHERE rollup_ad_campaign_day.cost IS NULL AND rollup_ad_campaign_day.cost_micros IS NOT NULL) AS ad_cost__gap 
FROM rollup_ad_campaign_day LEFT OUTER JOIN dim_traffic ON rollup_ad_campaign_day.traffic_key = dim_traffic.traffic_key 
WHERE rollup_ad_campaign_day.date >= CAST($start AS DATE) AND rollup_ad_campaign_day.date <= CAST($end AS DATE) GROUP BY coalesce(dim_traffic.channel, '(not set)')), 
spine AS 
(SELECT credit_sum.channel AS channel 
FROM credit_sum UNION SELECT ad_sum.channel AS channel 
FROM ad_sum), 
buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
credit_sum_covered AS 
(SELECT min(credits.date) AS first, greatest(max(credits.date), (SELECT max(dim_source.data_until) AS max_1 
FROM dim_source 
WHERE dim_source.source IN (SELECT DISTINCT credits.source_id 
FROM credits))) AS last 
FROM credits), 
cells AS 
(SELECT spine.channel AS channel, coalesce(credit_sum.credited_revenue, CASE WHEN (credit_sum_covered.first <= buckets.ends AND credit_sum_covered.last >= buckets.starts) THEN 0 END) AS credited_revenue, coalesce(credit_sum.credited_revenue__gap, CASE WHEN (credit_sum_covered.first <= buckets.ends AND credit_sum_covered.last >= buckets.starts) THEN 0 END) AS credited_revenue__gap, ad_sum.ad_cost AS ad_cost, ad_sum.ad_cost__gap AS ad_cost__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM spine JOIN buckets ON true LEFT OUTER JOIN credit_sum ON credit_sum.channel = spine.channel JOIN credit_sum_covered ON true LEFT OUTER JOIN ad_sum ON ad_sum.channel = spine.channel)
 SELECT cells.channel, cells.credited_revenue / nullif(cells.ad_cost, 0) AS roas, cells.credited_revenue AS roas__n, cells.ad_cost AS roas__d, cells.credited_revenue__gap, cells.ad_cost__gap 
FROM cells ORDER BY lower("channel"), "channel"
