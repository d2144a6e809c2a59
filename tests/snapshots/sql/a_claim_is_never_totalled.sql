WITH buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
ad_sum AS 
(SELECT CAST(CASE WHEN (min(coalesce(dim_traffic.platform, '(not set)')) = max(coalesce(dim_traffic.platform, '(not set)'))) THEN sum(rollup_ad_campaign_day.claimed_value) END AS DOUBLE PRECISION) / 1000000.0 AS ad_claimed_value, count(*) FILTER (WHERE rollup_ad_campaign_day.claimed_value IS NULL AND rollup_ad_campaign_day.claimed_value_micros IS NOT NULL) AS ad_claimed_value__gap 
FROM rollup_ad_campaign_day LEFT OUTER JOIN dim_traffic ON rollup_ad_campaign_day.traffic_key = dim_traffic.traffic_key 
WHERE rollup_ad_campaign_day.date >= CAST($start AS DATE) AND rollup_ad_campaign_day.date <= CAST($end AS DATE)), 
cells AS 
(SELECT ad_sum.ad_claimed_value AS ad_claimed_value, ad_sum.ad_claimed_value__gap AS ad_claimed_value__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN ad_sum ON true)
 SELECT NULL AS claimed_value, NULL AS claimed_value__n, cells.ad_claimed_value__gap 
FROM cells
