WITH buckets AS 
(SELECT days.day AS date, greatest(days.day, CAST($start AS DATE)) AS starts, least(CAST((days.day + INTERVAL 1 week) - INTERVAL 1 day AS DATE), CAST($end AS DATE)) AS ends 
FROM (SELECT CAST(unnest(generate_series(CAST(date_trunc('week', CAST($start AS DATE)) AS DATE), CAST($end AS DATE), INTERVAL 1 week)) AS DATE) AS day) AS days), 
ad_sum AS 
(SELECT CAST(date_trunc('week', rollup_ad_campaign_day.date) AS DATE) AS date, CAST(sum(rollup_ad_campaign_day.clicks) AS BIGINT) AS ad_clicks, CAST(sum(rollup_ad_campaign_day.impressions) AS BIGINT) AS ad_impressions 
FROM rollup_ad_campaign_day 
WHERE rollup_ad_campaign_day.date >= CAST($start AS DATE) AND rollup_ad_campaign_day.date <= CAST($end AS DATE) GROUP BY CAST(date_trunc('week', rollup_ad_campaign_day.date) AS DATE)), 
cells AS 
(SELECT buckets.date AS date, ad_sum.ad_clicks AS ad_clicks, ad_sum.ad_impressions AS ad_impressions, buckets.starts AS starts, buckets.ends AS ends 
FROM buckets LEFT OUTER JOIN ad_sum ON ad_sum.date = buckets.date)
 SELECT cells.date, CAST(cells.ad_clicks AS DOUBLE PRECISION) / nullif(CAST(cells.ad_impressions AS DOUBLE PRECISION), 0) AS ctr, cells.ad_clicks AS ctr__n, cells.ad_impressions AS ctr__d 
FROM cells ORDER BY "date"
