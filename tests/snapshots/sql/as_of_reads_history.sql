WITH buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
ad_as_of AS 
(SELECT fact_ad.source_id AS source_id, fact_ad.account_id AS account_id, fact_ad.date AS date, fact_ad.traffic_key AS traffic_key, fact_ad.campaign_key AS campaign_key, fact_ad.device AS device, fact_ad.impressions AS impressions, fact_ad.clicks AS clicks, fact_ad.claimed_conversions AS claimed_conversions, fact_ad.currency AS currency, fact_ad.cost_micros AS cost_micros, fact_ad.cost AS cost, fact_ad.claimed_value_micros AS claimed_value_micros, fact_ad.claimed_value AS claimed_value, fact_ad.load_id AS load_id 
FROM fact_ad 
WHERE fact_ad.load_id <= $as_of UNION ALL SELECT fact_ad_history.source_id AS source_id, fact_ad_history.account_id AS account_id, fact_ad_history.date AS date, fact_ad_history.traffic_key AS traffic_key, fact_ad_history.campaign_key AS campaign_key, fact_ad_history.device AS device, fact_ad_history.impressions AS impressions, fact_ad_history.clicks AS clicks, fact_ad_history.claimed_conversions AS claimed_conversions, fact_ad_history.currency AS currency, fact_ad_history.cost_micros AS cost_micros, fact_ad_history.cost AS cost, fact_ad_history.claimed_value_micros AS claimed_value_micros, fact_ad_history.claimed_value AS claimed_value, fact_ad_history.load_id AS load_id 
FROM fact_ad_history 
WHERE fact_ad_history.valid_from <= $as_of AND fact_ad_history.valid_to > $as_of), 
ad_sum AS 
(SELECT CAST(sum(ad_as_of.cost) AS DOUBLE PRECISION) / 1000000.0 AS ad_cost, count(*) FILTER (WHERE ad_as_of.cost IS NULL AND ad_as_of.cost_micros IS NOT NULL) AS ad_cost__gap 
FROM ad_as_of 
WHERE ad_as_of.date >= CAST($start AS DATE) AND ad_as_of.date <= CAST($end AS DATE)), 
cells AS 
(SELECT ad_sum.ad_cost AS ad_cost, ad_sum.ad_cost__gap AS ad_cost__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN ad_sum ON true)
 SELECT cells.ad_cost AS spend, cells.ad_cost AS spend__n, cells.ad_cost__gap 
FROM cells
