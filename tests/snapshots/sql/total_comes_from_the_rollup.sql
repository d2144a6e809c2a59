WITH buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
ad_sum AS 
(SELECT CAST(sum(rollup_ad_campaign_day.cost) AS DOUBLE PRECISION) / 1000000.0 AS ad_cost, count(*) FILTER (WHERE rollup_ad_campaign_day.cost IS NULL AND rollup_ad_campaign_day.cost_micros IS NOT NULL) AS ad_cost__gap 
FROM rollup_ad_campaign_day 
WHERE rollup_ad_campaign_day.date >= CAST($start AS DATE) AND rollup_ad_campaign_day.date <= CAST($end AS DATE)), 
cells AS 
(SELECT ad_sum.ad_cost AS ad_cost, ad_sum.ad_cost__gap AS ad_cost__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN ad_sum ON true)
 SELECT cells.ad_cost AS spend, cells.ad_cost AS spend__n, cells.ad_cost__gap 
FROM cells
