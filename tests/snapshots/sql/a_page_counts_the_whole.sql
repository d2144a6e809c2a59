WITH ad_sum AS 
(SELECT coalesce(dim_campaign.campaign, '(not set)') AS campaign, CAST(sum(rollup_ad_campaign_day.cost) AS DOUBLE PRECISION) / 1000000.0 AS ad_cost, count(*) FILTER (WHERE rollup_ad_campaign_day.cost IS NULL AND rollup_ad_campaign_day.cost_micros IS NOT NULL) AS ad_cost__gap 
FROM rollup_ad_campaign_day LEFT OUTER JOIN dim_campaign ON rollup_ad_campaign_day.campaign_key = dim_campaign.campaign_key 
WHERE rollup_ad_campaign_day.date >= CAST($start AS DATE) AND rollup_ad_campaign_day.date <= CAST($end AS DATE) GROUP BY coalesce(dim_campaign.campaign, '(not set)')), 
buckets AS 
(SELECT CAST($start AS DATE) AS date, CAST($start AS DATE) AS starts, CAST($end AS DATE) AS ends), 
cells AS 
(SELECT ad_sum.campaign AS campaign, ad_sum.ad_cost AS ad_cost, ad_sum.ad_cost__gap AS ad_cost__gap, buckets.starts AS starts, buckets.ends AS ends 
FROM ad_sum JOIN buckets ON true)
 SELECT cells.campaign, cells.ad_cost AS spend, cells.ad_cost AS spend__n, cells.ad_cost__gap, count(*) OVER () AS total__rows 
FROM cells ORDER BY "spend" DESC NULLS LAST, lower("campaign"), "campaign" 
 LIMIT $limit OFFSET $offset
